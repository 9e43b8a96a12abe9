"""What is told with the team's own tables before every answer."""

from __future__ import annotations

import datetime as dt

from deserts.config import Settings
from deserts.patients.search.facts import load_team_facts
from deserts.services import load_service


def test_a_computer_that_believes_to_live_before_the_data_is_told(tmp_path):
    def warnings(data_on: str | None) -> tuple[str, ...]:
        settings = Settings(local_dir=tmp_path / "local")
        return load_team_facts(settings, load_service("itb"), today=dt.date(2020, 1, 1), data_on=data_on).warnings

    assert warnings("2199-01-01")[0].startswith("CHECK THE CLOCK: this computer says ")
    assert warnings(dt.datetime.now(dt.UTC).date().isoformat()) == ()
    assert warnings(None) == ()

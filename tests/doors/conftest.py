"""The doors of the example region, opened once for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from deserts.api.run import Run
from deserts.config import Settings
from deserts.patients.search.backups import BackupData
from deserts.patients.search.facts import load_team_facts
from deserts.publish.finder import write_finder
from deserts.specialists.log import open_log
from deserts.web.desk import load_desk
from tests.doors.harness import Doors, random_calls
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app


@pytest.fixture(scope="package")
def doors(example_data: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Command, API, panel and finder of the example, all with one log of calls."""
    made = example_run(example_data)
    folder = tmp_path_factory.mktemp("doors")
    run = Run(
        Settings(data_dir=example_data, local_dir=folder, allow_network=False), made.region, made.service, made.grade
    )
    data = BackupData.load(run.store).prepared()
    open_log(run.settings).append(random_calls(data.sites, today=TODAY, seed=5))
    facts = load_team_facts(run.settings, run.service, today=TODAY, data_on=None)
    client = TestClient(make_app(load_desk(run, today=lambda: TODAY)), base_url=ADDRESS, headers={"origin": ADDRESS})
    report = write_finder(run.store, folder / "finder.html", data=data, today=TODAY, facts=facts)
    context = browser.new_context()
    page = context.new_page()
    page.clock.set_fixed_time(f"{TODAY}T12:00:00Z")
    page.goto(report.path.as_uri())
    page.wait_for_selector("#find:enabled")
    yield Doors(run=run, data=data, facts=facts, client=client, finder=page, today=TODAY)
    context.close()


@pytest.fixture(scope="module")
def zip_codes(example_store: Any) -> list[str]:
    """ZIPs of the region, which the finder knows too."""
    zips = example_store.read("zips")
    return sorted(zips.loc[zips["state"] == "XA", "zip"])

"""The doors of the example region, opened once for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from deserts.patients.search.backups import BackupData
from deserts.publish.finder import write_finder
from deserts.web.desk import load_desk
from tests.doors.harness import Doors
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app


@pytest.fixture(scope="module")
def doors(example_data: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """Command, API, panel and finder of the example."""
    run = example_run(example_data)
    folder = tmp_path_factory.mktemp("doors")
    data = BackupData.load(run.store).prepared()
    client = TestClient(make_app(load_desk(run, today=lambda: TODAY)), base_url=ADDRESS, headers={"origin": ADDRESS})
    report = write_finder(run.store, folder / "finder.html", data=data, today=TODAY)
    context = browser.new_context()
    page = context.new_page()
    page.clock.set_fixed_time(f"{TODAY}T12:00:00Z")
    page.goto(report.path.as_uri())
    page.wait_for_function("ask !== null", timeout=30_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BackupData, "load", classmethod(lambda cls, *_, **__: data))
        yield Doors(data=data, data_dir=example_data, local=folder, client=client, finder=page, today=TODAY)
    context.close()


@pytest.fixture(scope="module")
def zip_codes(example_store: Any) -> list[str]:
    """ZIPs of the region, which the finder knows too."""
    zips = example_store.read("zips")
    return sorted(zips.loc[zips["state"] == "XA", "zip"])

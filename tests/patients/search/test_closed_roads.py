"""What a patient's answer becomes while roads are closed."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest
import shapely
from typer.testing import CliRunner

import deserts
from deserts.cli import build_app
from deserts.errors import InputError
from deserts.patients.search.origin import from_zip
from deserts.patients.search.routes import snap_origin
from deserts.roads import pair_times
from deserts.roads.shut import roads_in, shut

TODAY = dt.date(2026, 11, 22)
ZIP = "86901"


@pytest.fixture(scope="module")
def run(example_data) -> deserts.Run:
    return deserts.open("example", data=example_data, local=example_data / "local")


@pytest.fixture(scope="module")
def found(run):
    return run.backups(zip=ZIP, k=3, today=TODAY)


def _around(lon, lat, half=0.15):
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    return {"type": "LineString", "coordinates": [*ring, ring[0]]}


@pytest.fixture(scope="module")
def ring(found, tmp_path_factory):
    """A line around the clinic that lies farthest, across every road to it."""
    far = max(found.answer.candidates, key=lambda c: c.drive_min or 0)
    assert far.drive_min > 60
    path = tmp_path_factory.mktemp("ring") / "bridge.geojson"
    path.write_text(json.dumps(_around(far.lon, far.lat)), encoding="utf-8")
    return far, path


def test_closed_roads_cut_a_clinic_off_and_leave_the_rest(run, found, ring):
    far, path = ring
    closed = run.backups(zip=ZIP, k=3, today=TODAY, close_roads=[path]).roads_closed
    assert closed.closed == "bridge.geojson"
    assert closed.edges > 0
    drives = {drive.npi: drive for drive in closed.drives}
    assert drives[far.npi].closed_min is None
    assert drives[far.npi].more_min is None
    near = min(found.answer.candidates, key=lambda c: c.drive_min)
    assert drives[near.npi].more_min == pytest.approx(0, abs=1e-9)
    assert far.npi not in closed.first_npi.values()
    assert any("nothing changes" in line for line in closed.sentences)


def test_minutes_on_closed_roads_are_those_of_a_search_without_them(run, found, tmp_path):
    far = max(found.answer.candidates, key=lambda c: c.drive_min or 0)
    origin = from_zip(ZIP, run.backup_data.zips)
    middle = [(origin.lon + far.lon) / 2, (origin.lat + far.lat) / 2]
    path = tmp_path / "flood.geojson"
    path.write_text(json.dumps(_around(*middle, half=0.1)), encoding="utf-8")
    data = run.backup_data
    roads = roads_in(data.network, [shapely.from_geojson(path.read_text(encoding="utf-8"))])
    closed = run.backups(zip=ZIP, k=3, today=TODAY, close_roads=[path]).roads_closed
    start = snap_origin(from_zip(ZIP, data.zips), data)
    rows = {str(site): row for row, site in enumerate(data.sites["site_id"])}
    by_npi = {c.npi: c for c in found.answer.candidates}
    ends = data.snaps[np.array([rows[by_npi[drive.npi].site_id] for drive in closed.drives])]
    starts = start[np.zeros(len(ends), dtype=np.int64)]
    minutes = pair_times(shut(data.network, roads), starts, ends)[0]
    told = [np.nan if drive.closed_min is None else drive.closed_min for drive in closed.drives]
    assert np.allclose(told, minutes, atol=1e-4, equal_nan=True)
    assert all(drive.more_min is None or drive.more_min >= -1e-9 for drive in closed.drives)


def test_the_command_says_what_becomes_of_the_answer(example_data, ring):
    _, path = ring
    where = ["--data", str(example_data), "--local", str(example_data / "local"), "--today", TODAY.isoformat()]
    words = ["backup", "--zip", ZIP, "-k", "3", "--close-roads", str(path), *where]
    done = CliRunner().invoke(build_app(), words)
    assert done.exit_code == 0, done.output
    assert "If bridge.geojson is closed:" in done.stdout
    told = json.loads(CliRunner().invoke(build_app(), [*words, "--json"]).stdout)
    assert told["roads_closed"]["closed"] == "bridge.geojson"
    assert (
        json.loads(CliRunner().invoke(build_app(), [*words[:5], *where, "--json"]).stdout).get("roads_closed") is None
    )


def test_a_file_that_meets_no_road_or_a_region_without_winter_roads_is_refused(run, tmp_path):
    path = tmp_path / "sea.geojson"
    path.write_text(json.dumps(_around(0.0, 0.0)), encoding="utf-8")
    with pytest.raises(InputError, match="no road to close"):
        run.backups(zip=ZIP, today=TODAY, close_roads=[path])
    with pytest.raises(InputError, match="no road of the region is shut in winter"):
        run.backups(zip=ZIP, today=TODAY, snow=True)

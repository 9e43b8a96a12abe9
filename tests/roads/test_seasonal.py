"""What a closed pass does to minutes is a column: in tables of drives, by command and from Python."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import deserts
from deserts.access.reach import with_closed_season
from deserts.cli import build_app
from deserts.pipeline.times import _closed_season
from deserts.roads import pair_times, read_network, snap, times_to_sites
from deserts.roads.seasonal import all_year, closed_season
from deserts.roads.seasons import Season

ROAD = {"highway": "residential", "maxspeed": "40"}
PASS = ROAD | {"motor_vehicle:conditional": "no @ (Nov-Apr)"}
# 2 to 5 over a pass, or round by 4; 6 lies behind a pass alone
NODES = {
    1: (-70.0, 45.0), 2: (-70.0, 45.01), 3: (-69.96, 45.0), 4: (-69.96, 45.01), 5: (-69.98, 45.03), 6: (-69.98, 45.06),
}  # fmt: skip
WAYS = [
    (12, [1, 2], ROAD), (13, [1, 3], ROAD), (24, [2, 4], ROAD), (34, [3, 4], ROAD), (25, [2, 5], PASS),
    (45, [4, 5], ROAD), (56, [5, 6], PASS),
]  # fmt: skip
PAIRS = ((1, 3), (2, 5), (1, 6))


@pytest.fixture
def summer(write_osm):
    return read_network(write_osm(NODES, WAYS))


def _ends(network, column):
    lon, lat = np.array([NODES[pair[column]] for pair in PAIRS]).T
    return snap(network, lon, lat, max_snap_km=1)


def _by_winter(write_osm):
    network = read_network(write_osm(NODES, WAYS), season=Season.WINTER)
    return pair_times(network, _ends(network, 0), _ends(network, 1))


def test_the_columns_are_what_winter_makes_of_each_drive(summer, write_osm):
    minutes, _, _ = pair_times(summer, _ends(summer, 0), _ends(summer, 1))
    then = all_year(summer)
    assert all_year(summer) is then
    found, _, status = pair_times(then, _ends(summer, 0), _ends(summer, 1))
    closed_min, why = closed_season(minutes, found, status)
    winter, _, by_winter = _by_winter(write_osm)
    assert why.tolist() == ["", "ok", "unreachable"]
    assert by_winter.tolist() == ["ok", "ok", "unsnapped"]  # a winter network does not hold the pass at all
    assert closed_min[1] == pytest.approx(winter[1], abs=1e-6)
    assert closed_min[1] > minutes[1] + 1
    assert np.isnan(closed_min[[0, 2]]).all()


def test_the_stage_has_the_same_and_tells_what_lies_beyond_the_limit(summer):
    starts, ends = _ends(summer, 0), _ends(summer, 1)
    times = times_to_sites(summer, starts, ends, limit_min=60)
    closed_min, why = _closed_season(summer, starts, ends, times, 60, None)
    minutes = {
        (p, s): m for p, s, m in zip(times.point.tolist(), times.site.tolist(), closed_min.tolist(), strict=True)
    }
    told = dict(zip(zip(times.point.tolist(), times.site.tolist(), strict=True), why.tolist(), strict=True))
    then = all_year(summer)
    for (point, site), word in told.items():
        now = pair_times(summer, starts[[point]], ends[[site]])[0][0]
        winter = pair_times(then, starts[[point]], ends[[site]])[0][0]
        if word == "ok":
            assert minutes[point, site] == pytest.approx(winter)
            assert winter > now + 1
        else:
            assert np.isnan(minutes[point, site])
            assert (word == "beyond_limit") == np.isnan(winter)
    assert set(told.values()) == {"", "ok", "beyond_limit"}


def test_a_network_without_seasonal_roads_is_not_searched_again(write_osm):
    network = read_network(write_osm(NODES, [(way, nodes, ROAD) for way, nodes, _ in WAYS]))
    assert all_year(network) is None
    starts, ends = _ends(network, 0), _ends(network, 1)
    times = times_to_sites(network, starts, ends, limit_min=60)
    closed_min, why = _closed_season(network, starts, ends, times, 60, None)
    assert np.isnan(closed_min).all()
    assert set(why.tolist()) == {""}


def test_command_and_python_have_the_columns(write_osm, tmp_path):
    roads = write_osm(NODES, WAYS)
    table = tmp_path / "pairs.csv"
    rows = [[f"{a}-{b}", *NODES[a], *NODES[b]] for a, b in PAIRS]
    names = ["pair_id", "origin_lon", "origin_lat", "dest_lon", "dest_lat"]
    pd.DataFrame(rows, columns=names).to_csv(table, index=False)
    out = tmp_path / "times.csv"
    words = ["access", "drive-times", "--roads", str(roads), "--pairs", str(table), "--out", str(out)]
    done = CliRunner().invoke(build_app(), [*words, "--max-snap-km", "1"])
    assert done.exit_code == 0, done.output
    by_command = pd.read_csv(out, keep_default_na=False)
    assert by_command["closed_season_status"].tolist() == ["", "ok", "unreachable"]
    assert [bool(text) for text in by_command["closed_season_min"]] == [False, True, False]
    starts, ends = (
        gpd.GeoSeries(gpd.points_from_xy(*np.array([NODES[pair[side]] for pair in PAIRS]).T), crs="EPSG:4326")
        for side in (0, 1)
    )
    found = deserts.drive_times(starts, ends, roads=str(roads), pairwise=True, max_snap_km=1)
    assert found["closed_season_status"].tolist() == by_command["closed_season_status"].tolist()
    assert found["closed_season_min"][1] == pytest.approx(float(by_command["closed_season_min"][1]), abs=1e-4)


def test_reach_says_it_of_each_of_its_drives():
    reach = pd.DataFrame({"point_id": ["a", "a", "b"], "site_id": ["x", "y", ""], "rank": [1, 2, 1]})
    changed = pd.DataFrame(
        {"point_id": pd.Categorical(["a"]), "site_id": pd.Categorical(["x"]), "drive_min": [20.0],
         "closed_season_min": [61.0], "closed_season_status": pd.Categorical(["ok"])}
    )  # fmt: skip
    found = with_closed_season(reach, changed)
    assert found["closed_season_status"].tolist() == ["ok", "", ""]
    assert found["closed_season_min"].fillna(-1).tolist() == [61.0, -1.0, -1.0]
    assert found[list(reach.columns)].equals(reach)

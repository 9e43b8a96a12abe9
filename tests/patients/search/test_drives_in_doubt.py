"""How far off minutes may be, how far the roads are, and what a drive hangs on, in every answer that has drives."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
import shapely

import deserts
from deserts.patients.search.backup_text import render
from deserts.patients.search.doubts import doubts_of, notes_of
from deserts.patients.search.emergency import find_emergency, load_hospitals
from deserts.patients.search.origin import from_zip
from deserts.patients.search.routes import snap_origin
from deserts.patients.words import phrases
from deserts.roads.arrays import EdgeFlag
from deserts.roads.seasonal import without_seasonal
from deserts.roads.shut import roads_in
from deserts.roads.tags import FERRY, ROAD_CLASSES

TODAY = dt.date(2026, 11, 22)
ZIP = "86901"
SITE_MIN = {"zip": 20, "city": 20}


@pytest.fixture(scope="module")
def run(example_data) -> deserts.Run:
    return deserts.open("example", data=example_data, local=example_data / "local")


@pytest.fixture(scope="module")
def found(run):
    return run.backups(zip=ZIP, k=3, today=TODAY).answer


def _ring(lon, lat, half=0.15):
    corners = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    return shapely.LinearRing(corners)


def _with_rules(data, **rules):
    ends = data.network.meta["ends"] | rules
    return dataclasses.replace(data, network=dataclasses.replace(data.network, meta=data.network.meta | {"ends": ends}))


def test_minutes_that_nobody_compared_carry_a_band_everywhere(run, found):
    hospitals = load_hospitals(run.store)
    emergency = find_emergency(from_zip(ZIP, run.backup_data.zips), run.backup_data, hospitals, today=TODAY)
    doubts = run.network.meta["doubts"]
    for one in (*found.candidates, *found.places, *emergency.nearest):
        share = doubts["unchecked"][one.drive_min >= doubts["far_min"]] / 1000
        site_min = SITE_MIN.get(getattr(one, "precision", "zip"), 0)
        assert one.plus_minus_min == pytest.approx(np.hypot(site_min, share * one.drive_min), abs=1.01)
        assert not one.checked
    for notes in (found.notes, emergency.notes):
        assert notes[-2:] == (phrases()["note.band"], phrases()["note.not_checked"])


def test_a_long_leg_is_told(run):
    data = run.backup_data
    start = snap_origin(from_zip(ZIP, data.zips), data)
    site = np.flatnonzero(data.snaps.snapped & (data.snaps.snap_km > 0.001))[:1]
    (plain,) = doubts_of(start, data.snaps[site], np.array([30.0]), data)
    assert notes_of(plain) == ()
    (rough,) = doubts_of(start, data.snaps[site], np.array([30.0]), _with_rules(data, long_leg_km=0.001))
    assert rough["legs"][1] == pytest.approx(1000 * data.snaps.snap_km[site[0]], abs=0.51)
    assert any("from the nearest road in the data: the minutes are rough" in note for note in notes_of(rough))


@pytest.mark.parametrize(("road", "kind"), [(FERRY, "ferry"), ("residential", "road")])
def test_a_drive_that_hangs_on_a_season_says_so(run, found, road, kind):
    """All roads across a ring are made seasonal, so that without them no road leads to the clinic inside."""
    data = run.backup_data
    far = max(found.candidates, key=lambda c: c.drive_min)
    near = min(found.candidates, key=lambda c: c.drive_min)
    assert far.drive_min > 60
    across = roads_in(data.network, [_ring(far.lon, far.lat)])
    flags = np.where(across, data.network.edge_flags | EdgeFlag.CLOSED_WINTER, data.network.edge_flags)
    road_class = np.where(across, ROAD_CLASSES.index(road), data.network.road_class)
    seasonal = dataclasses.replace(
        data.network, edge_flags=flags.astype(np.uint8), road_class=road_class.astype(np.uint8)
    )
    assert list(without_seasonal(seasonal)) == [kind]
    assert without_seasonal(data.network) == {}
    there = dataclasses.replace(data, network=seasonal, ready=None)
    rows = {str(site): row for row, site in enumerate(data.sites["site_id"])}
    ends = data.snaps[np.array([rows[far.site_id], rows[near.site_id]])]
    start = snap_origin(from_zip(ZIP, there.zips), there)
    to_far, to_near = doubts_of(start, ends, np.array([far.drive_min, near.drive_min]), there)
    assert to_far["without"] == [[kind, -1]]
    assert notes_of(to_far) == (phrases()[f"drive.by_{kind}"].replace("{then}", "no road leads there"),)
    assert notes_of(to_near) == ()


def test_what_is_known_of_a_drive_stands_in_text_and_json(found):
    noted = [dataclasses.replace(one, drive_notes=("by a ferry",)) for one in found.tiers[0].candidates]
    tier = dataclasses.replace(found.tiers[0], candidates=tuple(noted))
    answer = dataclasses.replace(found, tiers=(tier, *found.tiers[1:]))
    assert render(answer).count("     the drive: by a ferry\n") == len(noted) > 0
    told = json.loads(json.dumps(answer.to_dict(), default=str))
    assert told["tiers"][0]["candidates"][0]["drive_notes"] == ["by a ferry"]
    assert told["tiers"][0]["candidates"][0]["checked"] is False

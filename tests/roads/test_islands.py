"""Where roads end: islands, water, small parts of a network, editors' ids, damaged files; on real extracts too."""

from __future__ import annotations

import numpy as np
import osmium
import pytest

from deserts.errors import DesertsError
from deserts.roads import pair_times, read_network, snap
from deserts.roads.water import Shores

from .conftest import osm_text, town


@pytest.fixture(scope="module")
def fiji(shared):
    return read_network(shared / "roads" / "extracts" / "fiji-ferry.osm.pbf")


def drive(network, *places):
    ends = [snap(network, *place, max_snap_km=5) for place in places]
    minutes, _, status = pair_times(network, *ends)
    return status[0], minutes[0]


@pytest.mark.shared
def test_fiji_keeps_its_islands_apart_and_their_small_roads_open(fiji):
    """Suva on Viti Levu, and Taveuni beyond the antimeridian: no ferry for cars lies in the extract."""
    suva, suburb, taveuni, village = (178.44, -18.14), (178.46, -18.10), (-179.99, -16.82), (-179.84, -16.69)
    assert drive(fiji, suva, taveuni)[0] == "unreachable"
    for ends in ((suva, suburb), (taveuni, village)):
        status, minutes = drive(fiji, *ends)
        assert status == "ok"
        assert 3 < minutes < 90
    # parts of 42 and 32 nodes inside the city are yards behind gates, not islands
    for part in (3, 4):
        inside = np.flatnonzero(fiji.component_id == part)
        yard = float(fiji.node_lon[inside[0]]), float(fiji.node_lat[inside[0]])
        found = snap(fiji, *yard, max_snap_km=5)
        assert {part, 0} <= set(fiji.component_id[fiji.edge_tail[found.edge[0][found.edge[0] >= 0]]].tolist())
        assert drive(fiji, yard, suva)[0] == "ok"


@pytest.mark.shared
def test_ids_of_an_editor_are_below_zero(shared):
    path = shared / "roads" / "extracts" / "portland_negative_ids.osm.pbf"
    network = read_network(path)
    assert (network.way_id < 0).any() or (network.node_id < 0).any()
    assert drive(network, (-122.68, 45.52), (-122.63, 45.50))[0] == "ok"


def shore(*lines):
    ptr = np.cumsum([0, *(len(line) for line in lines)]).astype(np.int64)
    points = np.rint(np.concatenate(lines) * 1e7).astype(np.int32)
    return Shores(ptr, points[:, 0].copy(), points[:, 1].copy(), widest_m=200.0, off_shore_m=500.0)


def across(width_m, *, start_m=1000.0):
    """Return a strait that runs north: land, water so wide, land; the water lies on the left of both shores."""
    east = (start_m + width_m) / 111_195
    west = start_m / 111_195
    # driven south the west shore has the water on its left; driven north the east shore has
    return shore(np.array([[west, 0.1], [west, -0.1]]), np.array([[east, -0.1], [east, 0.1]]))


@pytest.mark.parametrize(("width_m", "blocked"), [(150, False), (250, True), (5000, True)])
def test_a_leg_crosses_narrow_water_only(width_m, blocked):
    legs = tuple(np.array([value]) for value in (0.0, 0.0, 0.1, 0.0))
    assert across(width_m).blocks(legs).tolist() == [blocked]
    back = (legs[2], legs[3], legs[0], legs[1])
    assert across(width_m).blocks(back).tolist() == [blocked]
    along = tuple(np.array([value]) for value in (0.0, 0.0, 0.0, 0.05))
    assert across(width_m).blocks(along).tolist() == [False]


def test_a_place_may_lie_a_little_off_its_shore():
    """The centre of a ZIP in a bay: so far it counts as lying on the shore, further out it does not."""
    strait = across(3000.0)
    for metres, blocked in ((400, False), (800, True)):
        lon = (1000 + 3000 - metres) / 111_195
        legs = tuple(np.array([value]) for value in (lon, 0.0, 0.1, 0.0))
        assert strait.blocks(legs).tolist() == [blocked]


def test_damaged_files_are_refused_and_nothing_else_goes_wrong(tmp_path):
    """Bytes of a file without compression are changed, left out or put at their limits."""
    nodes, ways = town(2, side=6)
    plain, whole, changed = tmp_path / "town.osm", tmp_path / "town.osm.pbf", tmp_path / "changed.osm.pbf"
    plain.write_text(osm_text(nodes, ways), encoding="utf-8")
    with osmium.SimpleWriter(osmium.io.File(str(whole), "pbf,pbf_compression=none")) as writer:
        for thing in osmium.FileProcessor(str(plain)):
            writer.add(thing)
    data, rng, refused = whole.read_bytes(), np.random.default_rng(4), 0
    for _ in range(60):
        held = bytearray(data)
        for at in rng.integers(0, len(held), rng.integers(1, 5)).tolist():
            held[at] = int(rng.choice([0, 127, 128, 255, rng.integers(256)]))
        if rng.random() < 0.2:
            cut = int(rng.integers(len(held)))
            del held[cut : cut + int(rng.integers(1, 40))]
        changed.write_bytes(held)
        try:
            assert read_network(changed).edges > 0
        except DesertsError:
            refused += 1
    assert 5 < refused < 60

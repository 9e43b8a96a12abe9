"""Water that an extract draws itself: coastlines and the outlines of lakes and rivers, made up and real."""

from __future__ import annotations

import numpy as np
import osmium
import pytest
import shapely

from deserts.roads import Network, read_network, snap
from deserts.roads.cut import cut_network

AT = (40.0, 10.0)
"""Abroad, so that no outline of the United States stands in."""
M = 1 / 111_195
"""Degrees a metre."""


def place(east_m: float, north_m: float) -> tuple[float, float]:
    return AT[0] + east_m * M, AT[1] + north_m * M


STREET = {1: place(1500, -2000), 2: place(1500, 0), 3: place(1500, 2000)}
BESIDE = (11, [1, 2, 3], {"highway": "residential"})


def strait(width_m: float, *, coast: bool = True) -> tuple[dict, list]:
    """A street on the east shore of a strait that runs north, land on both sides; the place lies 1 km west of it."""
    west, east = 1000 - width_m, 1000
    nodes = {
        **STREET,
        4: place(west, -9000), 5: place(west, 9000), 6: place(east, -9000), 7: place(east, 9000),
    }  # fmt: skip
    # OpenStreetMap: land on the left of a coastline. West of the strait that is driven north, east of it south.
    ways = [(12, [4, 5], {"natural": "coastline"}), (13, [7, 6], {"natural": "coastline"})] if coast else []
    return nodes, [BESIDE, *ways]


@pytest.mark.parametrize(("width_m", "snapped"), [(0, True), (150, True), (250, False), (900, False)])
def test_a_coastline_keeps_a_leg_from_crossing_wide_water(write_osm, width_m, snapped):
    network = read_network(write_osm(*strait(width_m, coast=width_m > 0)))
    assert snap(network, *place(0, 0), max_snap_km=5).snapped.tolist() == [snapped]
    assert snap(network, *place(1400, 100), max_snap_km=5).snapped.tolist() == [True]


WET = [{"natural": "water"}, {"waterway": "riverbank"}, {"landuse": "reservoir"}, {"water": "lake"}]
DRY = [{"natural": "wood"}, {"landuse": "forest"}, {"natural": "wood", "water": "lake"}, {"water": "no"}]


@pytest.mark.parametrize("tags", WET + DRY)
@pytest.mark.parametrize("turned", [False, True])
def test_a_water_area_does_whichever_way_round_it_is_drawn(write_osm, tags, turned):
    corners = {4: place(500, -3000), 5: place(900, -3000), 6: place(900, 3000), 7: place(500, 3000)}
    ring = [4, 5, 6, 7, 4]
    lake = (12, ring[::-1] if turned else ring, tags)
    network = read_network(write_osm({**STREET, **corners}, [BESIDE, lake]))
    is_dry = tags in DRY
    assert network.meta["shores"]["own_lines"] == (0 if is_dry else 1)
    assert snap(network, *place(0, 0), max_snap_km=5).snapped.tolist() == [is_dry]


def test_ponds_and_open_outlines_are_no_shores(write_osm):
    corners = {4: place(500, 0), 5: place(600, 0), 6: place(600, 100), 7: place(500, 100), 8: place(500, 4000)}
    ways = [(12, [4, 5, 6, 7, 4], {"natural": "water"}), (13, [4, 5, 6, 8], {"natural": "water"})]
    assert read_network(write_osm({**STREET, **corners}, [BESIDE, *ways])).meta["shores"]["own_lines"] == 0


def test_a_coast_that_lacks_nodes_is_no_straight_line_across_the_gap(write_osm):
    """The coast leaves the extract south of the street and comes back north of it; what lies between is not known."""
    corners = {4: place(1000, -9000), 5: place(1000, -4000), 6: place(1000, 4000), 7: place(1000, 9000)}
    coast = {"natural": "coastline"}
    for refs, lines in (([7, 6, 99, 5, 4], 2), ([7, 99, 98, 4], 0), ([7, 6, 5, 4], 1), ([99, 7, 6, 5, 98], 1)):
        network = read_network(write_osm({**STREET, **corners}, [BESIDE, (12, refs, coast)]))
        assert network.meta["shores"]["own_lines"] == lines
        # from 1,400 metres out at sea, which is too far off the shore to be taken as lying on it
        across = [bool(snap(network, *place(-400, at), max_snap_km=5).snapped[0]) for at in (0, 1600)]
        assert across == [lines != 1] * 2


def test_the_file_that_draws_most_of_a_coast_is_kept(write_osm, tmp_path):
    whole = {4: place(1000, -9000), 5: place(1000, 0), 6: place(1000, 9000)}
    way = (12, [6, 99, 5, 4], {"natural": "coastline"})
    parted = write_osm({**STREET, **whole, 99: place(1000, 4000)}, [BESIDE, way], name="whole.osm")
    torn = write_osm({**STREET, **whole}, [BESIDE, way], name="torn.osm")
    for files in ([parted, torn], [torn, parted]):
        (shores,) = read_network(files).shores.parts
        assert shores.lat.max() == round(whole[6][1] * 1e7)


def test_a_way_of_two_files_is_one_shore_and_is_kept(write_osm, tmp_path):
    nodes, ways = strait(600)
    files = [write_osm(nodes, ways, name=name) for name in ("a.osm", "b.osm")]
    network = read_network(files)
    assert network.meta["shores"]["own_lines"] == 2
    network.save(tmp_path / "saved")
    kept = Network.load(tmp_path / "saved")
    ends = snap(network, *place(1500, 0), max_snap_km=5)
    cut = cut_network(network, np.ones(network.edges, dtype=bool), [ends]).network
    for one in (kept, cut):
        assert snap(one, *place(0, 0), max_snap_km=5).snapped.tolist() == [False]


@pytest.mark.shared
def test_real_lakes_and_rivers_block_as_their_shapes_say(shared):
    """Legs about Columbus, Ohio, against the shapes of its water as another library joins them."""
    path = shared / "roads" / "columbus_oh.osm.pbf"
    shores = read_network(path).shores.parts[0]
    rings = []
    for way in osmium.FileProcessor(str(path)).with_locations():
        wet = isinstance(way, osmium.osm.Way) and (
            way.tags.get("natural") == "water" or way.tags.get("waterway") == "riverbank"
        )
        if wet and way.is_closed() and all(node.location.valid() for node in way.nodes):
            rings.append(shapely.Polygon([(node.lon, node.lat) for node in way.nodes]).buffer(0))
    water = shapely.union_all(rings)
    assert_blocked_as(shores, water, sorted(rings, key=lambda ring: ring.area)[-12:], legs=9000)


def assert_blocked_as(shores, water, about, *, legs):
    """Hold random legs about some areas to the stretches of water that shapely finds along them."""
    across = np.cos(np.radians(about[0].centroid.y))
    rng = np.random.default_rng(5)
    centres = np.array([shapely.get_coordinates(ring.centroid)[0] for ring in about])[rng.integers(0, len(about), legs)]
    starts = centres + rng.uniform(-0.015, 0.015, (legs, 2))
    ends = starts + rng.uniform(-0.02, 0.02, (legs, 2))
    dry = ~shapely.intersects_xy(water.buffer(0.0008), starts) & ~shapely.intersects_xy(water.buffer(0.0008), ends)
    starts, ends = starts[dry], ends[dry]
    widest = []
    for (x, y), (u, v) in zip(starts, ends, strict=True):
        parts = shapely.get_parts(shapely.intersection(water, shapely.LineString([(x, y), (u, v)])))
        ends_of = [shapely.get_coordinates(part)[[0, -1]] for part in parts if part.length > 0]
        metres = [float(np.hypot((b[0] - a[0]) * across, b[1] - a[1]) / M) for a, b in ends_of]
        widest.append(max(metres, default=0.0))
    found = shores.blocks((starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1]))
    told = np.abs(np.array(widest) - shores.widest_m) > 60
    wrong = (found != (np.array(widest) > shores.widest_m))[told]
    assert found.sum() > 200
    assert wrong.sum() <= 0.01 * found.sum()

"""Lakes that a relation of several ways draws, with islands: made up and real, whole and cut off."""

from __future__ import annotations

import itertools

import osmium
import pytest
import shapely

from deserts.roads import read_network, snap
from deserts.roads.osm.extract import read_extract
from tests.roads.conftest import osm_text
from tests.roads.test_own_water import BESIDE, STREET, assert_blocked_as, place
from tests.roads.test_restrictions import with_relations

WATER, RESERVOIR, FOREST = {"natural": "water"}, {"landuse": "reservoir"}, {"landuse": "forest"}
# A lake 1,200 m wide between the place at 0 and the street at 1,500, in which an island leaves 150 m on each side.
SHORE = {21: (100, -3000), 22: (1300, -3000), 23: (1300, 3000), 24: (100, 3000)}
ISLAND = {31: (250, -2500), 32: (1150, -2500), 33: (1150, 2500), 34: (250, 2500)}
NODES = {**STREET, **{node: place(*at) for node, at in {**SHORE, **ISLAND}.items()}}
OUTER = [(201, [21, 22]), (202, [24, 23, 22]), (203, [24, 21])]
INNER = [(301, [33, 32, 31]), (302, [33, 34, 31])]
ISLE = [("inner", "way", way) for way, _ in INNER]
LAKE = [("outer", "way", way) for way, _ in OUTER]


def ways_of(*ways, tags=None):
    return [(number, nodes, tags or {}) for number, nodes in ways]


@pytest.fixture
def extract(tmp_path):
    """Write an extract with relations, as XML or as sorted PBF."""

    def write(ways, *relations, nodes=NODES, door="xml"):
        text = tmp_path / "lake.osm"
        text.write_text(with_relations(osm_text(nodes, [BESIDE, *ways]), relations, "multipolygon"), encoding="utf-8")
        if door == "xml":
            return text
        header = osmium.io.Header()
        header.set("sorting", "Type_then_ID")
        path = tmp_path / "lake.osm.pbf"
        with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
            osmium.apply(osmium.io.Reader(str(text)), writer)
        return path

    return write


def lands_across(path) -> bool:
    """Whether a leg from the place west of the lake reaches the street east of it."""
    return bool(snap(read_network(path), *place(0, 0), max_snap_km=5).snapped[0])


@pytest.mark.parametrize("door", ["xml", "pbf"])
@pytest.mark.parametrize("tags", [WATER, {"waterway": "riverbank"}, {"water": "reservoir"}, RESERVOIR, FOREST])
def test_a_lake_of_several_ways_keeps_a_leg_from_crossing_and_its_island_is_land(extract, tags, door):
    is_wet = tags != FOREST
    whole = extract(ways_of(*OUTER), (tags, LAKE), door=door)
    assert lands_across(whole) is not is_wet
    with_island = extract(ways_of(*OUTER, *INNER), (tags, LAKE + ISLE), door=door)
    assert read_network(with_island).meta["shores"]["own_lines"] == (2 if is_wet else 0)
    assert lands_across(with_island)


@pytest.mark.parametrize("roles", [("", ""), ("outer", ""), ("outer", "outer"), ("", "inner")])
def test_islands_are_told_by_where_they_lie_whatever_their_role(extract, roles):
    members = [(roles[0], "way", way) for _, _, way in LAKE] + [(roles[1], "way", way) for _, _, way in ISLE]
    path = extract(ways_of(*OUTER, *INNER), (WATER, members))
    assert read_network(path).meta["shores"]["own_lines"] == 2
    assert lands_across(path)


def test_water_on_an_island_is_water(extract):
    pond = {41: (400, -2000), 42: (1000, -2000), 43: (1000, 2000), 44: (400, 2000)}
    nodes = {**NODES, **{node: place(*at) for node, at in pond.items()}}
    ways = ways_of(*OUTER, *INNER, (401, [41, 42, 43, 44, 41]))
    members = LAKE + ISLE + [("outer", "way", 401)]
    assert not lands_across(extract(ways, (WATER, members), nodes=nodes))
    cut = extract(ways[1:], (WATER, members), nodes=nodes)
    assert not lands_across(cut), "the pond on the island is whole, though the lake about it is not"
    assert read_network(cut).meta["shores"]["own_lines"] == 1


@pytest.mark.parametrize("door", ["xml", "pbf"])
@pytest.mark.parametrize("lost", [201, 202, 203, 301, 302])
def test_a_lake_with_a_part_cut_off_keeps_no_leg_from_crossing(extract, lost, door):
    ways = [way for way in ways_of(*OUTER, *INNER) if way[0] != lost]
    path = extract(ways, (WATER, LAKE + ISLE), door=door)
    assert read_network(path).meta["shores"]["own_lines"] == 0
    assert lands_across(path)


@pytest.mark.parametrize("lost", sorted({**SHORE, **ISLAND}))
def test_so_it_is_with_a_node_cut_off(extract, lost):
    nodes = {node: at for node, at in NODES.items() if node != lost}
    assert lands_across(extract(ways_of(*OUTER, *INNER), (WATER, LAKE + ISLE), nodes=nodes))


def test_a_whole_basin_counts_where_another_is_cut_off(extract):
    far = {51: (100, 4000), 52: (1300, 4000), 53: (1300, 5000)}
    nodes = {**NODES, **{node: place(*at) for node, at in far.items()}}
    members = [*LAKE, ("outer", "way", 501), ("outer", "way", 502)]
    path = extract(ways_of(*OUTER, (501, [51, 52, 53])), (WATER, members), nodes=nodes)
    assert not lands_across(path)
    unsaid = [*LAKE, ("", "way", 501), ("", "way", 502)]
    assert lands_across(extract(ways_of(*OUTER, (501, [51, 52, 53])), (WATER, unsaid), nodes=nodes))


def test_an_outline_that_is_tagged_itself_is_not_counted_beside_its_relation(extract):
    ring = [(201, [21, 22, 23, 24, 21], WATER)]
    alone = extract(ring)
    assert not lands_across(alone)
    members = [("outer", "way", 201), *ISLE]
    for tags in (WATER, {}, {"source": "survey"}):
        path = extract([*ring, *ways_of(*INNER)], (tags, members))
        assert read_network(path).meta["shores"]["own_lines"] == 2
        assert lands_across(path)
    cut = extract([*ring, *ways_of(*INNER[:1])], (WATER, members))
    assert lands_across(cut), "an island that is cut off may lie anywhere"


def test_members_that_are_no_ways_are_no_shores(extract):
    members = [*LAKE, ("label", "node", 1)]
    assert not lands_across(extract(ways_of(*OUTER), (WATER, members)))
    nested = [*LAKE, ("", "relation", 7)]
    assert lands_across(extract(ways_of(*OUTER), (WATER, nested)))


def test_lakes_that_touch_or_share_a_shore_are_one_water(extract):
    middle = {61: (700, -3000), 62: (700, 3000)}
    nodes = {**NODES, **{node: place(*at) for node, at in middle.items()}}
    ways = ways_of((201, [61, 21, 24, 62]), (202, [61, 22, 23, 62]), (203, [61, 62]))
    west = (WATER, [("outer", "way", 201), ("outer", "way", 203)])
    east = (WATER, [("outer", "way", 202), ("outer", "way", 203)])
    path = extract(ways, west, east, nodes=nodes)
    extent = read_extract(path).waters
    assert extent.ids.tolist() == [201, 202]
    assert not lands_across(path)


def test_a_lake_of_two_files_is_one_and_the_fuller_one_is_kept(extract, tmp_path):
    whole = extract(ways_of(*OUTER, *INNER), (WATER, LAKE + ISLE)).rename(tmp_path / "a.osm")
    other = extract(ways_of(*OUTER), (WATER, LAKE)).rename(tmp_path / "b.osm")
    for files in itertools.permutations([whole, other]):
        network = read_network(list(files))
        assert network.meta["shores"]["own_lines"] == 2
        assert snap(network, *place(0, 0), max_snap_km=5).snapped.all()


@pytest.mark.shared
def test_real_lakes_of_relations_block_as_their_shapes_say(shared):
    """Legs about Bangor, Maine, against the areas that another library assembles; one relation is of the old kind."""
    file = shared / "roads" / "bangor_maine.osm.pbf"
    shores, path = read_network(file).shores.parts[0], str(file)
    outlines, members, old = {}, {}, 1315601
    for one in osmium.FileProcessor(path).with_areas():
        if isinstance(one, osmium.osm.Relation) and one.tags.get("type") == "multipolygon":
            members[one.id] = [(member.ref, member.role) for member in one.members]
        wet = one.tags.get("natural") == "water" or one.tags.get("waterway") == "riverbank"
        if isinstance(one, osmium.osm.Area) and wet:
            shape = shapely.from_wkb(bytes.fromhex(osmium.geom.WKBFactory().create_multipolygon(one)))
            outlines[one.from_way(), one.orig_id()] = shape
    lakes = {number: shape for (from_way, number), shape in outlines.items() if not from_way}
    assert sorted(lakes) == [551764, 1312964, 1315593, 4000365]
    assert sum(len(part.interiors) for lake in lakes.values() for part in lake.geoms) == 7
    drawn = {way for number in (*lakes, old) for way, role in members[number] if role == "outer"}
    ways = {number: shape for (from_way, number), shape in outlines.items() if from_way}
    water = shapely.union_all([*lakes.values(), *(shape for number, shape in ways.items() if number not in drawn)])
    rings = {
        way.id: shapely.Polygon([(node.lon, node.lat) for node in way.nodes])
        for way in osmium.FileProcessor(path).with_locations()
        if isinstance(way, osmium.osm.Way) and way.id in {number for number, _ in members[old]}
    }
    outer, *islands = (rings[number] for number, _ in sorted(members[old], key=lambda member: member[1] != "outer"))
    water = shapely.union(water, outer.difference(shapely.union_all(islands)))
    about = [part for lake in [*lakes.values(), outer] for part in shapely.get_parts(lake)]
    assert_blocked_as(shores, water, about, legs=6000)

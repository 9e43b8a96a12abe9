"""The example's land and roads: shared borders, islands, a barrier with passes, a bridge that can be closed."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import osmium
import pytest
import shapely

from deserts.example.land import build_land, to_lonlat
from deserts.example.streets import LONG_BRIDGE
from deserts.example.towns import build_towns
from deserts.sources.publishers.centres import read_centres
from deserts.sources.publishers.counties import read_county_polygons
from deserts.sources.raw import RawArea

DRIVABLE = ("motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential")


@pytest.fixture(scope="module")
def polygons(area: RawArea):
    return read_county_polygons(area.paths("county_polygons")[0]).frame


@pytest.fixture(scope="module")
def ways(area: RawArea) -> dict[int, tuple[dict[str, str], list[int], list[tuple[float, float]]]]:
    found = {}
    for path in area.paths("roads"):
        for way in (
            osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        ):
            nodes = [(node.ref, (node.lon, node.lat)) for node in way.nodes]
            found[way.id] = (dict(way.tags), [ref for ref, _ in nodes], [place for _, place in nodes])
    return found


def graph_of(ways, *, closed: str | None = None) -> nx.DiGraph:
    """An independent reading: length in km, one-way rules, no private roads."""
    graph = nx.DiGraph()
    for tags, refs, places in ways.values():
        highway = tags.get("highway", "")
        is_road = highway.removesuffix("_link") in DRIVABLE and tags.get("access") != "private"
        if not (is_road or tags.get("route") == "ferry") or (closed and tags.get("name") == closed):
            continue
        implied = highway == "motorway" or tags.get("junction") == "roundabout"
        oneway = tags.get("oneway", "yes" if implied else "no")
        for (a, p), (b, q) in itertools.pairwise(zip(refs, places, strict=True)):
            km = math.dist(p, q) * 100
            if oneway != "-1":
                graph.add_edge(a, b, km=km)
            if oneway in ("no", "-1"):
                graph.add_edge(b, a, km=km)
    return graph


def nearest_node(ways, key: str, graph: nx.DiGraph) -> int:
    town = next(town for town in build_towns(build_land()) if town.key == key)
    lon, lat = to_lonlat(np.array([town.x, town.y]))
    places = {ref: place for _, refs, at in ways.values() for ref, place in zip(refs, at, strict=True) if ref in graph}
    return min(places, key=lambda ref: (math.dist(places[ref], (lon, lat)), ref))


def test_counties_share_their_borders_exactly(polygons) -> None:
    assert polygons.geometry.is_valid.all()
    whole = shapely.union_all(polygons.geometry)
    assert whole.area == pytest.approx(polygons.geometry.area.sum(), rel=1e-12)
    main = max(shapely.get_parts(whole), key=lambda part: part.area)
    assert not main.interiors, "a gap between neighbours would show as a hole"
    assert polygons["county_fips"].str[:2].value_counts().to_dict() == {"97": 40, "98": 10}


def test_size_of_the_state(area: RawArea, polygons, ways) -> None:
    points = read_centres(area.paths("centres_block_group")[0]).frame
    own = points[points["county_fips"].str[:2] == "97"]
    assert 560 <= len(own) <= 640
    assert set(points["county_fips"]) == set(polygons["county_fips"])
    nodes = {ref for tags, refs, _ in ways.values() if "highway" in tags for ref in refs}
    assert 18_000 <= len(nodes) <= 24_000
    # every level of the census hierarchy has the same people
    totals = [read_centres(area.paths(f"centres_{kind}")[0]).frame["population"].sum() for kind in ("tract", "county")]
    assert totals == [points["population"].sum()] * 2


def test_points_lie_in_the_county_that_their_code_names(area: RawArea, polygons) -> None:
    points = read_centres(area.paths("centres_block_group")[0]).frame
    shapes = polygons.set_index("county_fips").geometry
    inside = shapely.contains_xy(shapes.loc[points["county_fips"]].to_numpy(), points["lon"], points["lat"])
    assert inside.all()


def test_state_lies_in_open_ocean(polygons) -> None:
    west, south, east, north = polygons.total_bounds
    # Bermuda ends at 32.4 N, Nova Scotia begins at 43 N, the mainland of the United States ends at 66.9 W
    assert (west, south, east, north) > (-66, 35, -55, 41) or (west > -66 and south > 35 and east < -55 and north < 41)


def test_closing_the_long_bridge_lengthens_the_way(ways) -> None:
    whole, closed = graph_of(ways), graph_of(ways, closed=LONG_BRIDGE)
    assert whole.number_of_edges() - closed.number_of_edges() == 2
    start, end = nearest_node(ways, "bridge_west", whole), nearest_node(ways, "second", whole)
    before = nx.dijkstra_path_length(whole, start, end, weight="km")
    after = nx.dijkstra_path_length(closed, start, end, weight="km")
    assert after > 1.5 * before


def test_islands_and_the_ferry(ways) -> None:
    graph = graph_of(ways)
    parts = {node: number for number, part in enumerate(nx.strongly_connected_components(graph)) for node in part}
    at = {
        key: parts[nearest_node(ways, key, graph)]
        for key in ("capital", "own_clinic", "no_clinic", "ferry", "north", "crossing", "far_north")
    }
    assert at["capital"] == at["ferry"] == at["north"] == at["crossing"] == at["far_north"]
    assert len({at["capital"], at["own_clinic"], at["no_clinic"]}) == 3
    for key in ("own_clinic", "no_clinic"):
        assert sum(part == at[key] for part in parts.values()) >= 50


def test_the_north_is_reached_by_the_passes_only(ways) -> None:
    graph = graph_of(ways)
    for name in ("High Pass", "Border Pass"):
        assert any(tags.get("name") == name for tags, _, _ in ways.values())
    start, end = nearest_node(ways, "capital", graph), nearest_node(ways, "north", graph)
    inside = {
        ref for tags, refs, _ in ways.values() if tags.get("name") in ("High Pass", "Border Pass") for ref in refs
    }
    assert inside & set(nx.dijkstra_path(graph, start, end, weight="km"))
    without = graph.subgraph(set(graph) - inside)
    assert not nx.has_path(without, start, end)


def test_roads_carry_the_tags_that_readers_stumble_over(ways) -> None:
    tags = [tags for tags, _, _ in ways.values()]
    assert any(t.get("highway") == "motorway" and "oneway" not in t for t in tags)
    assert any(t.get("junction") == "roundabout" and "oneway" not in t for t in tags)
    assert any(t.get("oneway") == "-1" for t in tags)
    assert any(";" in t.get("maxspeed", "") for t in tags)
    assert any(t.get("access") == "private" for t in tags)
    assert any(t.get("route") == "ferry" and t.get("duration") == "01:20" for t in tags)
    assert any(t.get("highway") == "motorway_link" for t in tags)
    assert any(t.get("waterway") == "river" for t in tags)


def test_ways_over_the_state_line_are_whole_in_both_extracts(area: RawArea) -> None:
    ids = [
        {
            way.id: len(way.nodes)
            for way in osmium.FileProcessor(str(path)).with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        }
        for path in area.paths("roads")
    ]
    shared = set(ids[0]) & set(ids[1])
    assert shared
    assert all(ids[0][way] == ids[1][way] for way in shared)

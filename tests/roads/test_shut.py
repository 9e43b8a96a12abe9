"""Roads that close for a while: a shut bridge, a flooded area, snow."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely

from deserts.errors import InputError, MissingDataError
from deserts.roads import pair_times, read_network, snap
from deserts.roads.closings import read_closing
from deserts.roads.seasons import Season
from deserts.roads.shut import roads_in, roads_to_shut, shut

from .conftest import osm_text, town

# two bridges over a river that runs along latitude 45.005, and a pass in the north that winter closes
ROAD = {"highway": "residential", "maxspeed": "40"}
NODES = {
    1: (-70.0, 45.0), 2: (-70.0, 45.01), 3: (-69.96, 45.0), 4: (-69.96, 45.01), 5: (-69.98, 45.03),
}  # fmt: skip
WAYS = [
    (12, [1, 2], ROAD | {"name": "West"}), (34, [3, 4], ROAD | {"name": "East"}), (13, [1, 3], ROAD),
    (24, [2, 4], ROAD),
    (25, [2, 5], ROAD | {"motor_vehicle:conditional": "no @ (Nov-Apr)"}), (45, [4, 5], ROAD),
]  # fmt: skip
WEST_BRIDGE = [[-70.001, 45.005], [-69.999, 45.005]]


def geojson(tmp_path, *geometries, name="closed.geojson"):
    path = tmp_path / name
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in geometries]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def minutes(network, start, end):
    ends = [snap(network, *NODES[node], max_snap_km=1) for node in (start, end)]
    found, _, status = pair_times(network, *ends)
    return float(found[0]) if status[0] == "ok" else status[0]


@pytest.mark.parametrize("turns", [False, True])
def test_a_shut_bridge_sends_drivers_to_the_other_one(write_osm, tmp_path, turns):
    network = read_network(write_osm(NODES, WAYS), turns=turns)
    line = geojson(tmp_path, {"type": "LineString", "coordinates": WEST_BRIDGE})
    roads = roads_to_shut(network, [read_closing(line)], snow=False)
    assert network.way_id[roads].tolist() == [12]
    after = shut(network, roads)
    east = minutes(network, 3, 4)
    assert minutes(after, 3, 4) == east  # the other bridge is as before
    assert minutes(after, 1, 2) == pytest.approx(minutes(network, 1, 2) + 2 * (3.151 * 60 / 40), rel=0.2)
    assert minutes(after, 1, 2) > minutes(network, 1, 2) + 5
    both = geojson(
        tmp_path, {"type": "LineString", "coordinates": [[-70.1, 45.005], [-69.9, 45.005]]}, name="both.geojson"
    )
    assert minutes(shut(network, roads_to_shut(network, [read_closing(both)], snow=False)), 1, 2) == "unreachable"
    assert minutes(network, 1, 2) < minutes(after, 1, 2)  # the network itself stays as it was


@pytest.mark.parametrize("turns", [False, True])
def test_shut_roads_equal_a_network_without_them(tmp_path, turns):
    """On a town: the same minutes as when the ways had never been drawn, for places on other roads."""
    nodes, ways = town(5, side=8)
    path, other = tmp_path / "a.osm", tmp_path / "b.osm"
    path.write_text(osm_text(nodes, ways), encoding="utf-8")
    network = read_network(path, turns=turns, contract=False)
    area = shapely.box(-69.975, 45.02, -69.955, 45.035)
    roads = roads_in(network, [area])
    assert 3 < roads.sum() < network.edges / 3
    gone = set(network.way_id[roads].tolist())
    roads = np.isin(network.way_id, list(gone))
    other.write_text(osm_text(nodes, [way for way in ways if way[0] not in gone]), encoding="utf-8")
    without, after = read_network(other, turns=turns, contract=False), shut(network, roads)
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-70, -69.93, 60), rng.uniform(45, 45.056, 60)
    ends, others = (snap(one, lon, lat, max_snap_km=5) for one in (network, without))
    same = (network.way_id[ends.edge] == without.way_id[others.edge]).all(axis=1)
    assert same.sum() > 20
    pairs = np.flatnonzero(same)[:20], np.flatnonzero(same)[-20:]
    found, expected = (
        pair_times(one, snaps[pairs[0]], snaps[pairs[1]]) for one, snaps in ((after, ends), (without, others))
    )
    assert found[2].tolist() == expected[2].tolist()
    if turns:  # fewer roads meet at a junction that was never drawn, so it may cost less
        assert (found[0] >= expected[0] - 1e-9)[found[2] == "ok"].all()
    else:
        # a junction of the town that was never drawn holds nobody up
        assert (np.abs(found[0] - expected[0]) < 0.5)[found[2] == "ok"].all()


def test_snow_closes_what_winter_closes(write_osm):
    path = write_osm(NODES, WAYS)
    summer, winter = read_network(path), read_network(path, season=Season.WINTER)
    snow = roads_to_shut(summer, [], snow=True)
    assert summer.way_id[snow].tolist() == [25]
    assert minutes(summer, 2, 5) < minutes(winter, 2, 5)
    assert minutes(shut(summer, snow), 2, 5) == pytest.approx(minutes(winter, 2, 5), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bridge", "no GeoJSON"),
        ('{"type": "Point", "coordinates": [-70, 45]}', "is a Point"),
        ('{"type": "FeatureCollection", "features": []}', "no shape"),
        ('{"type": "Feature", "geometry": null}', "no GeoJSON"),
        ('{"type": "LineString", "coordinates": [[500000, 4900000], [500100, 4900000]]}', "not in degrees"),
        ("[1, 2]", "no GeoJSON"),
        ('{"type": "LineString", "coordinates": [[1, "a"]]}', "no GeoJSON"),
    ],
)
def test_files_that_close_nothing(tmp_path, text, says):
    path = tmp_path / "closed.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_closing(path)


def test_lines_that_meet_no_road_and_files_that_are_not_there(write_osm, tmp_path):
    network = read_network(write_osm(NODES, WAYS))
    far = geojson(tmp_path, {"type": "LineString", "coordinates": [[1, 1], [2, 2]]})
    with pytest.raises(InputError, match="no road to close"):
        roads_to_shut(network, [read_closing(far)], snow=False)
    with pytest.raises(MissingDataError):
        read_closing(tmp_path / "nothing.geojson")


def test_shapes_of_many_edges_are_those_of_each(tmp_path):
    """By slices of the arrays, one edge after the other."""
    path = tmp_path / "a.osm"
    path.write_text(osm_text(*town(3, side=6)), encoding="utf-8")
    network = read_network(path)
    edges = np.flatnonzero(np.arange(network.edges) % 3 == 0)
    assert np.diff(network.shape_ptr)[edges].max() > 0
    points, line = network.shapes(edges)
    for number, edge in enumerate(edges.tolist()):
        inner = slice(int(network.shape_ptr[edge]), int(network.shape_ptr[edge + 1]))
        lon = [network.node_lon[network.edge_tail[edge]], *(network.shape_lon[inner] * 1e-7)]
        lat = [network.node_lat[network.edge_tail[edge]], *(network.shape_lat[inner] * 1e-7)]
        lon.append(network.node_lon[network.edge_head[edge]])
        lat.append(network.node_lat[network.edge_head[edge]])
        assert points[line == number].tolist() == list(map(list, zip(lon, lat, strict=True)))
        assert network.shape(edge).tolist() == points[line == number].tolist()
    assert len(network.shapes(edges[:0])[0]) == 0

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.earth import METRES_PER_DEGREE, great_circle_m
from deserts.errors import InputError
from deserts.roads import (
    Snaps,
    nearest_sites,
    pair_times,
    read_network,
    snap,
    times_from_point,
    times_to_sites,
    within_km,
)

from .conftest import osm_text, town


def scatter(network, count, seed, spread=0.01):
    rng = np.random.default_rng(seed)
    west, east = network.node_lon.min() - spread, network.node_lon.max() + spread
    south, north = network.node_lat.min() - spread, network.node_lat.max() + spread
    return snap(network, rng.uniform(west, east, count), rng.uniform(south, north, count), max_snap_km=10)


@pytest.fixture(scope="module")
def points(town_network):
    return scatter(town_network, 60, 1)


@pytest.fixture(scope="module")
def sites(town_network):
    found = scatter(town_network, 25, 2)
    return found[np.r_[np.arange(25), 3, 3]]  # several clinicians at one address


def all_pairs(network, points, sites, **options):
    i, j = np.divmod(np.arange(len(points) * len(sites)), len(sites))
    found = pair_times(network, points[i], sites[j], **options)
    return tuple(part.reshape(len(points), len(sites)) for part in found)


def test_snap_equals_brute_force(town_network):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-70.02, -69.85, 300), rng.uniform(44.99, 45.12, 300)
    found = snap(town_network, lon, lat, max_snap_km=100)
    edges = np.flatnonzero(town_network.snappable)
    for i in range(0, 300, 7):
        scale = np.array([np.cos(np.radians(lat[i])), 1.0]) * METRES_PER_DEGREE
        here = shapely.Point(0, 0)
        lines = [shapely.LineString((town_network.shape(e) - [lon[i], lat[i]]) * scale) for e in edges]
        metres = np.array([line.distance(here) for line in lines])
        assert found.snap_km[i] == pytest.approx(metres.min() / 1000, abs=1e-9)
        nearest = np.sort(metres)[: found.roads]
        np.testing.assert_allclose(found.leg_km[i], nearest / 1000, rtol=0, atol=1e-9)
        for road in range(found.roads):
            line = lines[int(np.searchsorted(edges, found.edge[i, road]))]
            assert line.distance(here) == pytest.approx(nearest[road], abs=1e-6)
            assert found.fraction[i, road] == pytest.approx(line.project(here, normalized=True), abs=1e-9)


def test_few_points_snap_like_many(town_network):
    lon, lat = np.linspace(-70.05, -69.8, 40), np.linspace(44.97, 45.15, 40)
    many = snap(town_network, lon, lat, max_snap_km=3)
    assert 0 < many.snapped.sum() < 40
    for i in range(40):
        one = snap(town_network, lon[i], lat[i], max_snap_km=3)
        roads = max(1, int((many.edge[i] >= 0).sum()))
        # of roads that meet at one place either may come first
        np.testing.assert_allclose(one.leg_km[0], many.leg_km[i, :roads], rtol=0, atol=1e-12)
        assert one.edge[0, 0] == many.edge[i, 0]
        np.testing.assert_allclose(one.fraction[0, 0], many.fraction[i, 0], atol=1e-12)
        np.testing.assert_allclose(one.access_min[0], many.access_min[i], atol=1e-12)


def test_snaps_survive_a_table(points):
    back = Snaps.from_frame(points.to_frame())
    for name in Snaps.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(back, name), getattr(points, name))
    assert (points.to_frame()["status"] == "ok").all()


def test_small_components_and_nan(write_osm):
    nodes, ways = town(4)
    nodes |= {9001: (-69.5, 45.0), 9002: (-69.5, 45.01)}
    ways = [*ways, (9001, [9001, 9002], {"highway": "primary"})]
    network = read_network(write_osm(nodes, ways))
    found = snap(network, [-69.5, np.nan], [45.005, 45.0], max_snap_km=5)
    assert found.status.tolist() == ["ok", "unsnapped"]
    assert found.component_id[0] > 0  # a road of two nodes is a road
    apart = pair_times(network, found[[0]], snap(network, [-69.99], [45.01], max_snap_km=5))
    assert apart[2].tolist() == ["unreachable"]
    with pytest.raises(InputError, match="swapped"):
        snap(network, [45.0], [-170.0], max_snap_km=1)


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    """Two towns without a road between them, and a third whose roads cross the first without a junction."""
    parts = [
        town(1),
        town(2, side=9, at=(-68.0, 45.0), first=10_000),
        town(6, side=9, at=(-69.995, 45.004), first=20_000),
    ]
    path = tmp_path_factory.mktemp("islands") / "islands.osm"
    nodes = {number: place for part in parts for number, place in part[0].items()}
    path.write_text(osm_text(nodes, [way for part in parts for way in part[1]]), encoding="utf-8")
    return read_network(path)


def test_islands_keep_their_people_and_crossing_roads_do_not(islands):
    assert (islands.component_nodes[:3] >= 50).all()
    crossing = snap(islands, [-69.95], [45.02], max_snap_km=50)
    parts = islands.component_id[islands.edge_tail[crossing.edge[0][crossing.edge[0] >= 0]]]
    assert set(parts.tolist()) == {0, 1}  # the one town and the one that it crosses: people may leave by either
    ends = snap(islands, [-69.95, -67.97, -69.95, -30.0], [45.05, 45.03, 45.02, 45.0], max_snap_km=50)
    a, b = ends[[0, 0, 0, 3]], ends[[1, 2, 2, 0]]
    minutes, km, status = pair_times(islands, a, b)
    assert status.tolist() == ["unreachable", "ok", "ok", "unsnapped"]
    assert np.isnan(minutes[[0, 3]]).all()
    assert np.isnan(km[[0, 3]]).all()
    assert pair_times(islands, a, b, max_min=0.5)[2].tolist() == [
        "unreachable",
        "beyond_limit",
        "beyond_limit",
        "unsnapped",
    ]


def test_every_search_gives_the_same(town_network, points, sites):
    minutes, km, status = all_pairs(town_network, points, sites)
    assert (status == "ok").all()
    limit = float(np.median(minutes))
    found = times_to_sites(town_network, points, sites, limit_min=limit)
    i, j = np.nonzero(minutes <= limit)
    np.testing.assert_array_equal(found.point, i)
    np.testing.assert_array_equal(found.site, j)
    np.testing.assert_array_equal(found.drive_min, minutes[i, j])
    np.testing.assert_array_equal(found.dist_km, km[i, j])
    for p in range(0, len(points), 9):
        alone = times_from_point(town_network, points[p : p + 1], sites)
        np.testing.assert_array_equal(alone[0], minutes[p])
        np.testing.assert_array_equal(alone[1], km[p])
        cut = times_from_point(town_network, points[p : p + 1], sites, limit_min=limit)
        np.testing.assert_array_equal(cut[2] == "ok", minutes[p] <= limit)


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_change_nothing(town_network, points, sites, threads):
    one = times_to_sites(town_network, points, sites, limit_min=15, max_workers=1)
    many = times_to_sites(town_network, points, sites, limit_min=15, max_workers=threads)
    np.testing.assert_array_equal(one.drive_min, many.drive_min)
    np.testing.assert_array_equal(one.site, many.site)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_nearest_equals_sorting_all(town_network, points, sites, k):
    minutes, _, _ = all_pairs(town_network, points, sites)
    index, found = nearest_sites(town_network, points, sites, k=k, limit_min=None)
    expected = np.sort(minutes, axis=1)[:, :k]
    np.testing.assert_array_equal(found[:, : expected.shape[1]], expected)
    taken = np.take_along_axis(minutes, np.maximum(index, 0), axis=1)
    np.testing.assert_array_equal(np.where(index >= 0, taken, np.nan), found)
    assert (index[:, expected.shape[1] :] == -1).all()
    assert all(len(set(row[row >= 0])) == (row >= 0).sum() for row in index)


def test_nearest_practices(town_network, points, sites):
    groups = np.arange(len(sites)) % 5
    minutes, _, _ = all_pairs(town_network, points, sites)
    index, found = nearest_sites(town_network, points, sites, k=3, limit_min=None, groups=groups)
    best = np.stack([minutes[:, groups == group].min(axis=1) for group in range(5)], axis=1)
    np.testing.assert_array_equal(found, np.sort(best, axis=1)[:, :3])
    assert all(len(set(groups[row])) == 3 for row in index)


def test_the_limit_of_nearest_is_that_of_the_whole_drive(town_network, points, sites):
    limit = 8.0
    _, free = nearest_sites(town_network, points, sites, k=4, limit_min=None)
    _, cut = nearest_sites(town_network, points, sites, k=4, limit_min=limit)
    np.testing.assert_array_equal(cut, np.where(free <= limit, free, np.nan))


def test_the_same_address_takes_the_minutes_at_both_ends(town_network, points):
    minutes, km, status = pair_times(town_network, points, points)
    np.testing.assert_allclose(minutes, 2 * points.end_min, atol=1e-4)
    assert (minutes > 0).all()
    assert (km == 0).all()
    assert (status == "ok").all()
    index, nearest = nearest_sites(town_network, points, points, k=1, limit_min=None)
    np.testing.assert_array_equal(nearest[:, 0], minutes)
    np.testing.assert_array_equal(index[:, 0], np.arange(len(points)))
    assert len(times_to_sites(town_network, points, points, limit_min=0.0)) == 0


def test_no_trip_is_shorter_than_one_inside_the_place(town_network, points, sites):
    """A ZIP whose centre is all that is known: every way of asking says so, and further trips are as before."""
    wide = replace(points, within_km=np.where(np.arange(len(points)) % 3 == 0, 3.0, 0.0))
    free, _, _ = all_pairs(town_network, points, sites)
    least = wide.within_km * wide.km_min + 2 * wide.end_min
    expected = np.maximum(free, np.where(wide.within_km > 0, least, 0)[:, None])
    minutes, _, _ = all_pairs(town_network, wide, sites)
    np.testing.assert_allclose(minutes, expected, atol=1e-4)
    assert (minutes > free).any()
    found = times_to_sites(town_network, wide, sites, limit_min=600)
    np.testing.assert_array_equal(found.drive_min.reshape(minutes.shape), minutes)
    _, nearest = nearest_sites(town_network, wide, sites, k=4, limit_min=None)
    np.testing.assert_array_equal(nearest, np.sort(minutes, axis=1)[:, :4])
    for p in range(0, len(points), 9):
        np.testing.assert_array_equal(times_from_point(town_network, wide[p : p + 1], sites)[0], minutes[p])
        back = pair_times(town_network, sites, wide[np.full(len(sites), p)])[0]
        assert (back >= expected[p].min() - 1e-4).all()


def test_a_place_is_as_wide_as_its_neighbours_are_far():
    lon, lat = np.array([0.0, 0.0, 0.0, 0.1, -0.1]), np.array([0.0, 0.1, -0.1, 0.0, 0.0])
    km = float(great_circle_m(0, 0, 0, 0.1)) / 1000
    # four neighbours at one distance: a disc of half that radius, of which a third is the mean way
    assert within_km(lon[:1], lat[:1], (lon, lat))[0] == pytest.approx(km / 3, rel=1e-6)
    assert within_km(np.array([np.nan]), np.array([0.0]), (lon, lat))[0] == 0
    alone = np.array([5.0])
    assert within_km(alone, alone)[0] == 0  # nothing tells of its size


@pytest.fixture
def lane(write_osm):
    """A ring of one-way streets with a two-way lane across, wide enough to snap to."""
    nodes, ways = town(8)
    last = {901: (-69.0, 45.0), 902: (-68.99, 45.0), 903: (-68.99, 45.01), 904: (-69.0, 45.01)}
    tags = {"highway": "primary", "maxspeed": "60"}
    ring = (9001, [901, 902, 903, 904, 901], tags | {"oneway": "yes"})
    ramp = (9002, [14, 901], tags)
    return read_network(write_osm(nodes | last, [*ways, ring, ramp]))


def test_two_places_on_one_edge(lane):
    """Along a one-way ring: straight on with the traffic, round the ring against it."""
    found = snap(lane, [-68.997, -68.993], [45.0, 45.0], max_snap_km=1)
    found = replace(found, edge=found.edge[:, :1], fraction=found.fraction[:, :1], leg_km=found.leg_km[:, :1])
    assert found.edge[0, 0] == found.edge[1, 0]
    minutes, km, _ = pair_times(lane, found, found[[1, 0]])
    ring_m = int(lane.edge_m[found.edge[0, 0]])
    step = abs(found.fraction[1, 0] - found.fraction[0, 0]) * ring_m / 1000
    assert km[0] == pytest.approx(step, abs=0.002)
    assert km[1] == pytest.approx(ring_m / 1000 - step, abs=0.002)
    assert minutes[1] > minutes[0]
    forward = times_from_point(lane, found[:1], found)
    assert forward[0][1] == minutes[0]
    table = times_to_sites(lane, found, found, limit_min=60)
    assert table.drive_min[(table.point == 1) & (table.site == 0)] == minutes[1]


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_slower_roads_and_closed_roads_never_shorten(tmp_path_factory, limits_only, seed):
    """Without junctions, whose delay a place inside an edge shares: a new limit cuts edges, and so the shares."""
    nodes, ways = town(seed, side=9)
    rng = np.random.default_rng(seed)
    slower = [(way, refs, tags | {"maxspeed": "20"} if rng.random() < 0.2 else tags) for way, refs, tags in ways]
    path = tmp_path_factory.mktemp("slower") / "a.osm"
    path.write_text(osm_text(nodes, ways), encoding="utf-8")
    other = path.with_name("b.osm")
    other.write_text(osm_text(nodes, slower), encoding="utf-8")
    before, after = read_network(path, speeds=limits_only), read_network(other, speeds=limits_only)
    lon, lat = rng.uniform(-70, -69.92, 20), rng.uniform(45, 45.06, 20)
    times = []
    for network in (before, after):
        ends = snap(network, lon, lat, max_snap_km=20)
        times.append(pair_times(network, ends[:10], ends[10:])[0])
    assert (times[1] >= times[0] - 1e-9).all()


@pytest.mark.parametrize(("leg_km", "straight"), [(1.0, True), (3.0, True), (4.0, False)])
def test_no_local_road_leads_straight_across_empty_land(write_osm, leg_km, straight):
    """Two places 12 km apart, each so far from a highway that goes a long way round."""
    km = 1 / 111.195  # of latitude
    far = 12 * km / np.cos(np.radians(45.0))
    nodes = {1: (-70.0, 45.0), 2: (-70.0, 44.7), 3: (-70.0 + far, 44.7), 4: (-70.0 + far, 45.0)}
    network = read_network(write_osm(nodes, [(1, [1, 2, 3, 4], {"highway": "primary"})]))
    ends = snap(network, [-70.0, -70.0 + far], [45.0 + leg_km * km] * 2, max_snap_km=20)
    minutes = pair_times(network, ends[:1], ends[1:])[0][0]
    rules = network.meta["ends"]
    assert (12 + 2 * rules["direct_leg"] * leg_km <= rules["direct_km"]) == straight
    local = 12 * ends.km_min.mean() + ends.end_min.sum()
    assert minutes == pytest.approx(local, rel=0.01) if straight else minutes > 1.5 * local
    # the other searches find the same
    assert times_from_point(network, ends[:1], ends[1:])[0][0] == minutes
    assert times_to_sites(network, ends[:1], ends[1:], limit_min=480).drive_min.tolist() == [minutes]


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_triangle_inequality(town_network, seed):
    ends = scatter(town_network, 3, seed)
    direct = pair_times(town_network, ends[[0]], ends[[2]])[0][0]
    legs = pair_times(town_network, ends[[0, 1]], ends[[1, 2]])[0]
    assert direct <= legs.sum() + 1e-3

"""Drive times on networks that know turns: every way of asking agrees with a plain search from place to place."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import shapely

from deserts.earth import great_circle_m
from deserts.roads import (
    Network,
    Router,
    isochrones,
    load_speeds,
    nearest_sites,
    pair_times,
    read_network,
    snap,
    times_from_point,
    times_to_sites,
)
from deserts.roads.costs import cost_of, cost_to_minutes
from deserts.roads.isochrone import arrival_minutes, node_minutes
from deserts.roads.speeds import RoadKind

from .conftest import osm_text, town


@pytest.fixture(scope="module")
def streets(tmp_path_factory):
    """A town with signals, read with turns; as a mapped folder, too."""
    nodes, ways = town(11, side=9)
    rng = np.random.default_rng(3)
    tags = {int(node): {"highway": "traffic_signals"} for node in rng.choice(81, 12, replace=False) + 1}
    folder = tmp_path_factory.mktemp("turns")
    path = folder / "town.osm"
    path.write_text(osm_text(nodes, ways, tags), encoding="utf-8")
    network = read_network(path, turns=True)
    network.save(folder / "network")
    return network, Network.load(folder / "network")


@pytest.fixture(scope="module")
def places(streets):
    rng = np.random.default_rng(8)
    network = streets[0]
    lon, lat = rng.uniform(-70, -69.92, 40), rng.uniform(45, 45.064, 40)
    return snap(network, lon, lat, max_snap_km=5)


def legs_of(place):
    """Return edge, place along it and milliseconds of the leg of each road of a place."""
    ms = cost_of((place.leg_km[0] * place.km_min[0] + place.end_min[0]) * 60_000, 0) >> 24
    return [
        (int(edge), float(share), int(leg))
        for edge, share, leg in zip(place.edge[0], place.fraction[0], ms, strict=True)
        if edge >= 0
    ]


def drive(network, start, end):
    """Return the milliseconds from one place to another by a plain search from each of its roads."""
    near = great_circle_m(start.lon, start.lat, end.lon, end.lat)[0] / 1000
    found = [
        one + ms + other
        for e, f, one in legs_of(start)
        for g, h, other in legs_of(end)
        if (ms := drive_between(network, (e, f), (g, h))) is not None
    ]
    ends = network.meta["ends"]
    if near + ends["direct_leg"] * (start.snap_km[0] + end.snap_km[0]) <= ends["direct_km"]:
        local = near * (start.km_min[0] + end.km_min[0]) / 2 + start.end_min[0] + end.end_min[0]
        found.append(int(cost_of(local * 60_000, 0) >> 24))
    return min(found)


def drive_between(network, start, end):
    """Return milliseconds on the roads from a place on one to a place on another by a plain search, or None."""
    of_edge, arcs, side = network.turns.of_edge, network.forward, network.turns.forward
    delays = network.turns.delays >> 24
    times = network.edge_ms, network.edge_back_ms
    (e, f), (g, h) = start, end
    best = None
    if e == g and (f == h or times[0 if h > f else 1][e]):
        best = int(cost_of(abs(h - f) * times[0 if h >= f else 1][e], 0) >> 24)
    queue = []
    for back, share in ((0, 1 - f), (1, f)):
        if of_edge[e, back] >= 0:
            queue.append((int(cost_of(share * times[back][e], 0) >> 24), int(of_edge[e, back])))
    heapq.heapify(queue)
    done = set()
    part = {int(of_edge[g, back]): int(cost_of((1 - h if back else h) * times[back][g], 0) >> 24) for back in (0, 1)}
    while queue:
        ms, arc = heapq.heappop(queue)
        if arc in done:
            continue
        done.add(arc)
        node = arcs.heads[arc]
        for out in range(arcs.ptr[node], arcs.ptr[node + 1]):
            code = side.codes[side.row[arc] + out - arcs.ptr[node]]
            if code == 255:
                continue
            entered = ms + int(delays[code])
            if out in part and (best is None or entered + part[out] < best):
                best = entered + part[out]
            heapq.heappush(queue, (entered + int(arcs.costs[out] >> 24), out))
    return best


def test_pairs_equal_a_plain_search(streets, places):
    for network in streets:
        rng = np.random.default_rng(1)
        a, b = rng.integers(0, 40, 60), rng.integers(0, 40, 60)
        minutes, _, status = pair_times(network, places[a], places[b])
        for i in range(60):
            ms = drive(network, places[a[i : i + 1]], places[b[i : i + 1]])
            assert status[i] == "ok"
            assert minutes[i] == cost_to_minutes(cost_of(ms, 0))


def test_every_way_of_asking_agrees(streets, places):
    network = streets[1]
    points, sites = places[:30], places[30:]
    pairs = times_to_sites(network, points, sites, limit_min=600)
    matrix = np.full((30, 10), np.nan)
    matrix[pairs.point, pairs.site] = pairs.drive_min
    assert np.isfinite(matrix).all()
    grid = np.repeat(np.arange(30), 10), np.tile(np.arange(10), 30)
    by_pair, km, _ = pair_times(network, points[grid[0]], sites[grid[1]])
    np.testing.assert_array_equal(by_pair.reshape(30, 10), matrix)
    back, _, _ = pair_times(network, points[grid[0][:200]], sites[grid[1][:200]])  # hubs are points here
    np.testing.assert_array_equal(back, by_pair[:200])
    np.testing.assert_array_equal(km.reshape(30, 10)[pairs.point, pairs.site], pairs.dist_km)
    router = Router(network)
    ends = router.destinations(sites)
    for i in (0, 7, 29):
        np.testing.assert_array_equal(times_from_point(network, points[i : i + 1], sites)[0], matrix[i])
        np.testing.assert_array_equal(router.times(points[i : i + 1], ends)[0], matrix[i])
    for k in (1, 3):
        index, minutes = nearest_sites(network, points, sites, k=k, limit_min=None)
        np.testing.assert_array_equal(minutes, np.sort(matrix, axis=1)[:, :k])
        np.testing.assert_array_equal(np.take_along_axis(matrix, index, axis=1), minutes)
    limit = float(np.median(matrix))
    within = times_to_sites(network, points, sites, limit_min=limit)
    assert len(within) == (matrix <= limit).sum()


def test_dask_workers_map_the_turns(streets, places):
    pytest.importorskip("distributed")
    network = streets[1]
    direct = times_to_sites(network, places[:30], places[30:], limit_min=600)
    spread = times_to_sites(network, places[:30], places[30:], limit_min=600, processes=2)
    np.testing.assert_array_equal(spread.drive_min, direct.drive_min)


def test_turns_cost_time_and_nothing_else(streets, tmp_path, limits_only):
    """Without delays at junctions, a network that knows turns is as quick as one that does not."""
    nodes, ways = town(11, side=9)
    path = tmp_path / "town.osm"
    path.write_text(osm_text(nodes, ways), encoding="utf-8")
    plain, turning = (read_network(path, speeds=limits_only, turns=turns) for turns in (False, True))
    assert turning.meta["counts"]["edges"] == plain.meta["counts"]["edges"]
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(-70, -69.92, 80), rng.uniform(45, 45.064, 80)
    minutes = []
    for network in (plain, turning):
        snaps = snap(network, lon, lat, max_snap_km=5)
        minutes.append(pair_times(network, snaps[:40], snaps[40:])[0])
    added = minutes[1] - minutes[0]
    assert (added >= 0).all()
    assert 0.05 < np.median(added) < 5
    assert (minutes[0] > 0).all()


def test_isochrones_know_turns(streets, places):
    network = streets[0]
    sites = places[:2]
    beyond = arrival_minutes(network, sites, 500.0)
    minutes = node_minutes(network, beyond)
    # from the end of every edge on: no sooner than a car that stands at the node already
    assert (beyond[:, 0] >= minutes[network.edge_head] - 1e-9).all()
    shapes = isochrones(network, sites, bands_min=[7, 10])
    assert shapes.geometry[1].covers(shapes.geometry[0])
    assert shapes.geometry[0].area > 0
    quick = times_to_sites(network, places[2:], sites, limit_min=6.0)
    assert len(quick) > 5
    inside = shapely.covers(
        shapes.geometry[0], shapely.points(places.lon[2:][quick.point], places.lat[2:][quick.point])
    )
    assert inside.mean() > 0.8


def unknown_urbanity():
    """Return how urban streets are taken to be where nothing tells."""
    model = load_speeds()
    return float(model.kinds[RoadKind.STREETS].scale.urbanity(np.array([model.unknown_per_km2]))[0])


def test_turning_left_across_costs_more_than_turning_right(write_osm):
    nodes = {1: (-0.01, 0.0), 2: (0.0, 0.0), 3: (0.01, 0.0), 4: (0.0, 0.01), 5: (0.0, -0.01)}
    minor, major = {"highway": "residential", "maxspeed": "40"}, {"highway": "primary", "maxspeed": "40"}
    network = read_network(write_osm(nodes, [(1, [1, 2, 3], major), (2, [4, 2, 5], minor)]), turns=True)
    at = {int(name): i for i, name in enumerate(network.node_id)}
    part = load_speeds().junction_s
    town_ness = unknown_urbanity()

    def seconds(start, end):
        from deserts.roads.times import node_costs

        return int(node_costs(network, np.array([at[end]]))[0, at[start]] >> 24) / 1000

    def parts(*names):
        rural, urban = (sum(part[name][side] for name in names) for side in (0, 1))
        return rural + (urban - rural) * town_ness

    arm = seconds(1, 2)
    across = seconds(4, 2)
    assert seconds(1, 3) - 2 * arm == pytest.approx(parts("on"), abs=0.15)
    assert seconds(1, 5) - arm - across == pytest.approx(parts("on", "right"), abs=0.15)
    assert seconds(1, 4) - arm - across == pytest.approx(parts("on", "left"), abs=0.15)
    assert seconds(4, 5) - 2 * across == pytest.approx(parts("on", "give_way"), abs=0.15)
    assert seconds(4, 3) - arm - across == pytest.approx(parts("on", "give_way", "left"), abs=0.15)


def test_roundabouts(write_osm):
    """Driving into one costs, driving on inside does not, and nobody turns round in it."""
    ring = {10 + i: (0.0002 * np.cos(a), 0.0002 * np.sin(a)) for i, a in enumerate(np.arange(8) * np.pi / 4)}
    arms = {1: (0.01, 0.0), 2: (0.0, 0.01), 3: (-0.01, 0.0)}
    road = {"highway": "tertiary", "maxspeed": "40"}
    ways = [
        (1, [*ring, 10], road | {"junction": "roundabout"}), (2, [1, 10], road), (3, [2, 12], road), (4, [3, 14], road),
    ]  # fmt: skip
    network = read_network(write_osm(ring | arms, ways), turns=True)
    delays = network.turns.delay_ms[network.turns.forward.codes[network.turns.forward.codes < 255]] / 1000
    part = load_speeds().junction_s["roundabout"]
    entry = part[0] + (part[1] - part[0]) * unknown_urbanity()
    assert sorted(set(delays.tolist())) == pytest.approx([0.0, entry, delays.max()], abs=0.1)

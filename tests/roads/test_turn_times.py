"""Drive times on networks that know turns: every way of asking agrees with a plain search from place to place."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import shapely

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


def drive(network, start, end):
    """Return milliseconds on the roads from one place to another by a plain search, or None."""
    of_edge, arcs, side = network.turns.of_edge, network.forward, network.turns.forward
    delays = network.turns.delays >> 24
    times = network.edge_ms, network.edge_back_ms
    e, f = int(start.edge[0]), float(start.fraction[0])
    g, h = int(end.edge[0]), float(end.fraction[0])
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
            if a[i] == b[i]:
                assert minutes[i] == 0
                continue
            ms = drive(network, places[a[i : i + 1]], places[b[i : i + 1]])
            legs = places[a[i : i + 1]].access_cost + places[b[i : i + 1]].access_cost
            assert status[i] == "ok"
            assert minutes[i] == cost_to_minutes(legs + cost_of(ms, 0))[0]


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


def test_turns_cost_time_and_nothing_else(streets, tmp_path):
    """Without delays at junctions, a network that knows turns is as quick as one that does not."""
    nodes, ways = town(11, side=9)
    path = tmp_path / "town.osm"
    path.write_text(osm_text(nodes, ways), encoding="utf-8")
    plain, turning = read_network(path), read_network(path, turns=True)
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
    shapes = isochrones(network, sites, bands_min=[3, 6])
    assert shapes.geometry[1].covers(shapes.geometry[0])
    assert shapes.geometry[0].area > 0
    point = np.array([[float(places.lon[5]), float(places.lat[5])]])
    assert point.size
    quick = times_to_sites(network, places[2:], sites, limit_min=2.5)

    inside = shapely.covers(
        shapes.geometry[0], shapely.points(places.lon[2:][quick.point], places.lat[2:][quick.point])
    )
    assert inside.mean() > 0.9


def test_turning_left_across_costs_more_than_turning_right(write_osm):
    nodes = {1: (-0.01, 0.0), 2: (0.0, 0.0), 3: (0.01, 0.0), 4: (0.0, 0.01), 5: (0.0, -0.01)}
    minor, major = {"highway": "residential", "maxspeed": "40"}, {"highway": "primary", "maxspeed": "40"}
    network = read_network(write_osm(nodes, [(1, [1, 2, 3], major), (2, [4, 2, 5], minor)]), turns=True)
    at = {int(name): i for i, name in enumerate(network.node_id)}
    part = load_speeds().junction_s
    town_ness = load_speeds().unknown_urbanity

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
    road = {"highway": "secondary", "maxspeed": "40"}
    ways = [
        (1, [*ring, 10], road | {"junction": "roundabout"}), (2, [1, 10], road), (3, [2, 12], road), (4, [3, 14], road),
    ]  # fmt: skip
    network = read_network(write_osm(ring | arms, ways), turns=True)
    delays = network.turns.delay_ms[network.turns.forward.codes[network.turns.forward.codes < 255]] / 1000
    part = load_speeds().junction_s["roundabout"]
    entry = part[0] + (part[1] - part[0]) * load_speeds().unknown_urbanity
    assert sorted(set(delays.tolist())) == pytest.approx([0.0, entry, delays.max()], abs=0.1)

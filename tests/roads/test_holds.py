"""What holds cars up: each crossing once, each sign for the traffic it faces."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from deserts.earth import METRES_PER_DEGREE
from deserts.roads import load_speeds, read_network
from deserts.roads.costs import METRE_BITS
from deserts.roads.times import node_costs

ROAD = {"highway": "primary", "maxspeed": "60"}
SIDE = {"highway": "residential", "maxspeed": "60"}
SIGNALS = {"highway": "traffic_signals"}
M = 1 / METRES_PER_DEGREE
DELAY = load_speeds().delay_s


@pytest.fixture
def held(write_osm):
    """Return the seconds that tags of nodes add to a drive through some nodes, there and back."""

    def seconds(nodes, ways, tags, *route):
        found = []
        for node_tags in ({}, tags):
            network = read_network(write_osm(nodes, ways, node_tags), contract=False)
            at = {int(name): i for i, name in enumerate(network.node_id)}
            stops = np.array([at[name] for name in route])
            costs = node_costs(network, stops) >> METRE_BITS
            ahead = sum(costs[i + 1, stops[i]] for i in range(len(route) - 1))
            back = sum(costs[i, stops[i + 1]] for i in range(len(route) - 1))
            found.append(np.array([ahead, back]))
        return tuple(((found[1] - found[0]) / 1000).tolist())

    return seconds


def line(*metres, start=1):
    """Return nodes along a parallel, so many metres apart."""
    east = itertools.accumulate(metres, initial=0.0)
    return {start + i: (x * M, 0.0) for i, x in enumerate(east)}


# two roads that cross at 3, signals at the four approaches: 2 and 4 on one, 12 and 13 on the other
CROSS = line(200, 20, 20, 200) | {11 + i: (220 * M, north * M) for i, north in enumerate((200, 20, -20, -200))}
CROSSING_WAYS = [(1, [1, 2, 3, 4, 5], ROAD), (2, [11, 12, 3, 13, 14], SIDE)]


@pytest.mark.parametrize(
    "tagged",
    [(3,), (2, 4, 12, 13), (2, 3, 4), (2, 3, 4, 12, 13), (12, 13, 3)],
    ids=["the middle", "each approach", "both", "all", "the other road's approaches"],
)
def test_a_crossing_is_waited_at_once(held, tagged):
    tags = dict.fromkeys(tagged, SIGNALS)
    for start, end in ((1, 5), (11, 14), (1, 11), (14, 5)):
        ahead, back = held(CROSS, CROSSING_WAYS, tags, start, end)
        assert (ahead, back) == (DELAY["traffic_signals"], DELAY["traffic_signals"])


def test_walkers_signals_beside_a_crossing_are_part_of_it(held):
    tags = {2: {"highway": "crossing", "crossing": "traffic_signals"}, 3: SIGNALS}
    assert held(CROSS, CROSSING_WAYS, tags, 1, 5) == (DELAY["traffic_signals"],) * 2
    alone = {2: {"highway": "crossing", "crossing": "traffic_signals", "direction": "forward"}}
    assert held(CROSS, CROSSING_WAYS, alone, 1, 5) == (DELAY["walkers_signals"], 0)


def test_a_divided_road_is_crossed_at_one_light(held):
    # carriageways at 2 and 3, 25 m apart, both tagged
    nodes = line(200, 25, 200) | {21: (200 * M, 300 * M), 22: (225 * M, -300 * M)}
    ways = [(1, [1, 2, 3, 4], SIDE), (2, [21, 2], ROAD), (3, [3, 22], ROAD)]
    assert held(nodes, ways, {2: SIGNALS, 3: SIGNALS}, 1, 4) == (DELAY["traffic_signals"],) * 2


def test_two_crossings_are_two(held):
    nodes = line(200, 100, 200) | {21: (200 * M, 300 * M), 22: (300 * M, 300 * M)}
    ways = [(1, [1, 2, 3, 4], ROAD), (2, [21, 2], SIDE), (3, [3, 22], SIDE)]
    assert held(nodes, ways, {2: SIGNALS, 3: SIGNALS}, 1, 4) == (2 * DELAY["traffic_signals"],) * 2
    # approaches 20 m before each of two junctions that lie 90 m apart
    nodes = line(200, 20, 90, 20, 200) | {21: (220 * M, 300 * M), 22: (310 * M, 300 * M)}
    ways = [(1, [1, 2, 3, 4, 5, 6], ROAD), (2, [21, 3], SIDE), (3, [4, 22], SIDE)]
    assert held(nodes, ways, dict.fromkeys((2, 3, 4, 5), SIGNALS), 1, 6) == (2 * DELAY["traffic_signals"],) * 2


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "stop"}, (1, 0)),
        ({"highway": "stop", "direction": "backward"}, (0, 1)),
        ({"highway": "stop", "direction": "forward"}, (1, 0)),
        ({"highway": "stop", "direction": "both"}, (1, 0)),
        ({"highway": "give_way"}, (1, 0)),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, (1, 0)),
        ({"highway": "traffic_signals"}, (1, 0)),
        ({"barrier": "toll_booth"}, (1, 1)),
        ({"railway": "level_crossing"}, (1, 1)),
    ],
)
def test_a_sign_faces_the_junction(held, tags, expected):
    # a side road comes to a junction with a main road; the sign stands 15 m before it
    nodes = line(200, 15) | {11: (215 * M, 200 * M), 12: (215 * M, -200 * M)}
    ways = [(1, [1, 2, 3], SIDE), (2, [11, 3, 12], ROAD)]
    kind = tags.get("highway") or tags.get("barrier") or tags["railway"]
    assert held(nodes, ways, {2: tags}, 1, 3) == tuple(DELAY[kind] * n for n in expected)
    assert held(nodes, ways, {2: tags}, 11, 12) == (0, 0)


def test_a_sign_drawn_on_a_way_that_runs_the_other_way(held):
    nodes = line(200, 15) | {11: (215 * M, 200 * M), 12: (215 * M, -200 * M)}
    ways = [(1, [3, 2, 1], SIDE), (2, [11, 3, 12], ROAD)]
    for tags in ({"highway": "stop"}, {"highway": "stop", "direction": "backward"}):
        assert held(nodes, ways, {2: tags}, 1, 3) == (DELAY["stop"], 0)


def test_a_sign_far_from_any_junction_holds_both_ways(held):
    assert held(line(500, 500), [(1, [1, 2, 3], ROAD)], {2: {"highway": "stop"}}, 1, 3) == (DELAY["stop"],) * 2


@pytest.mark.parametrize(("tags", "main"), [({"highway": "stop"}, 0), ({"highway": "stop", "stop": "all"}, 1)])
def test_a_sign_on_the_junction_itself(held, tags, main):
    nodes = line(200, 200) | {11: (200 * M, 200 * M), 12: (200 * M, -200 * M)}
    ways = [(1, [1, 2, 3], SIDE), (2, [11, 2, 12], ROAD)]
    assert held(nodes, ways, {2: tags}, 1, 3) == (DELAY["stop"],) * 2
    assert held(nodes, ways, {2: tags}, 11, 12) == (main * DELAY["stop"],) * 2


def test_delays_survive_contraction(write_osm):
    tags = {2: SIGNALS, 3: {"highway": "stop", "direction": "backward"}}
    nodes = line(100, 300, 300)
    plain, whole = (read_network(write_osm(nodes, [(1, [1, 2], ROAD), (2, [4, 3, 2], ROAD)], t)) for t in ({}, tags))
    assert whole.edges == 1
    added = np.array([whole.edge_ms - plain.edge_ms, whole.edge_back_ms - plain.edge_back_ms]).ravel() / 1000
    both = DELAY["traffic_signals"]
    # the second way is drawn from 4: backwards on it is the direction of the first
    assert sorted(added.tolist()) == sorted([both + DELAY["stop"], both])

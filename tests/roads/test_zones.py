"""Roads for those who arrive or leave: nobody passes through, and everybody gets where they want."""

from __future__ import annotations

import numpy as np
import pytest

from deserts.roads import pair_times, read_network, snap
from deserts.roads.network import EdgeFlag
from deserts.roads.osmnx_bridge import to_osmnx

A_TURN_OR_TWO = 0.2
"""Minutes."""

ROAD = {"highway": "residential", "maxspeed": "40", "name": "Way"}
SHORT_CUT = ROAD | {"access": "destination"}

#  1 --- 2 ======= 3 --- 4        2 to 3 is a short cut for those who arrive or leave; the way round by 5 is longer
#         \       /
#          --5---
NODES = {
    1: (-70.02, 45.0), 2: (-70.01, 45.0), 3: (-70.0, 45.0), 4: (-69.99, 45.0), 5: (-70.005, 45.02), 6: (-70.005, 45.0),
    7: (-70.005, 44.995),
}  # fmt: skip
OPEN_WAYS = [(12, [1, 2], ROAD), (34, [3, 4], ROAD), (25, [2, 5], ROAD), (53, [5, 3], ROAD)]
ENDS = [(26, [2, 6], SHORT_CUT), (63, [6, 3], SHORT_CUT)]
INSIDE = [(67, [6, 7], ROAD)]


@pytest.fixture(params=[False, True], ids=["nodes", "turns"])
def minutes(request, write_osm):
    def read(ways, node_tags=None):
        network = read_network(write_osm(NODES, ways, node_tags), turns=request.param)

        def drive(start, end):
            """Drive from a place to another, each a share of the way between two nodes."""
            ends = [np.array(NODES[a]) + (np.array(NODES[b]) - NODES[a]) * share for a, b, share in (start, end)]
            snaps = [snap(network, *point, max_snap_km=0.1) for point in ends]
            found, _, status = pair_times(network, *snaps)
            return float(found[0]) if status[0] == "ok" else status[0]

        drive.network = network
        return drive

    return read


WEST, EAST, SHORT, NORTH = (1, 2, 0.1), (3, 4, 0.9), (2, 6, 0.5), (2, 5, 0.5)


def test_nobody_passes_through(minutes):
    barred, open_, without = (minutes(OPEN_WAYS + ways) for ways in (ENDS, [(26, [2, 6, 3], ROAD)], []))
    assert barred(WEST, EAST) == pytest.approx(without(WEST, EAST), abs=A_TURN_OR_TWO)
    assert without(WEST, EAST) > open_(WEST, EAST) + 2
    assert barred.network.meta["rules"]["edges_for_arriving_or_leaving"] >= 1


def test_everybody_arrives_and_leaves_by_both_ends(minutes):
    barred, open_ = minutes(OPEN_WAYS + ENDS), minutes([*OPEN_WAYS, (26, [2, 6, 3], ROAD)])
    for place in (WEST, EAST, NORTH):
        for mine in (SHORT, (6, 3, 0.5)):
            assert barred(place, mine) == pytest.approx(open_(place, mine), abs=A_TURN_OR_TWO)
            assert barred(mine, place) == pytest.approx(open_(mine, place), abs=A_TURN_OR_TWO)
    assert barred(SHORT, (6, 3, 0.5)) == pytest.approx(open_(SHORT, (6, 3, 0.5)), abs=A_TURN_OR_TWO)


def test_an_open_road_inside_is_come_to(minutes):
    barred = minutes(OPEN_WAYS + ENDS + INSIDE)
    assert barred(WEST, EAST) == pytest.approx(minutes(OPEN_WAYS)(WEST, EAST), abs=A_TURN_OR_TWO)
    open_ = minutes([*OPEN_WAYS, (26, [2, 6], ROAD), (63, [6, 3], ROAD), *INSIDE])
    for place in (WEST, EAST):
        assert barred(place, (6, 7, 0.5)) == pytest.approx(open_(place, (6, 7, 0.5)), abs=A_TURN_OR_TWO)
        assert barred((6, 7, 0.5), place) == pytest.approx(open_((6, 7, 0.5), place), abs=A_TURN_OR_TWO)


def test_a_dead_end_needs_no_copies(minutes):
    drive = minutes([*OPEN_WAYS, (26, [2, 6], SHORT_CUT)])
    assert drive.network.meta["rules"]["edges_for_arriving_or_leaving"] == 0
    assert drive.network.copy_of.size == 0
    assert isinstance(drive(WEST, SHORT), float)


def test_the_only_way_between_two_great_networks_is_open(minutes, monkeypatch):
    monkeypatch.setattr("deserts.roads.zones.GREAT_EDGES", 0)
    drive = minutes([(12, [1, 2], ROAD), (34, [3, 4], ROAD), *ENDS])
    assert drive.network.meta["rules"]["edges_for_arriving_or_leaving"] == 0
    assert isinstance(drive(WEST, EAST), float)


def test_a_gate_for_customers_is_passed_by_nobody_else(minutes):
    ways = [*OPEN_WAYS, (26, [2, 6, 3], ROAD)]
    gate = {6: {"barrier": "gate", "access": "customers"}}
    assert minutes(ways, gate)(WEST, EAST) == pytest.approx(minutes(OPEN_WAYS)(WEST, EAST), abs=A_TURN_OR_TWO)
    assert isinstance(minutes(ways, gate)(WEST, (6, 3, 0.5)), float)


def test_one_way_short_cuts(minutes):
    one_way = SHORT_CUT | {"oneway": "yes"}
    drive = minutes([*OPEN_WAYS, (26, [2, 6, 3], one_way)])
    assert drive(WEST, EAST) == pytest.approx(minutes(OPEN_WAYS)(WEST, EAST), abs=A_TURN_OR_TWO)
    assert drive(WEST, (6, 3, 0.5)) < drive(EAST, (6, 3, 0.5))
    assert drive((2, 6, 0.5), EAST) < drive((2, 6, 0.5), WEST)


def test_copies_are_no_roads_of_their_own(minutes):
    drive = minutes(OPEN_WAYS + ENDS)
    network = drive.network
    copies = network.edge_flags & int(EdgeFlag.DEPARTS | EdgeFlag.ARRIVES) > 0
    assert copies.any()
    assert not network.snappable[copies].any()
    assert network.meta["counts"]["km"] == minutes([*OPEN_WAYS, (26, [2, 6, 3], ROAD)]).network.meta["counts"]["km"]
    assert network.component_nodes.size == 1
    assert (network.component_id == 0).all()
    assert to_osmnx(network).number_of_edges() == 2 * int(network.own.sum())

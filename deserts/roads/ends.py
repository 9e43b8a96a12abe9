"""How points join the searches: costs from a point, over each of its roads, to the ends of these and back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import UNREACHED, cost_of
from deserts.roads.local import LocalRoads
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.snapping import Snaps

__all__ = ["Ends", "along_edges", "ends_on_arcs", "ends_on_nodes", "least_costs", "leg_costs"]

Ends = tuple[NDArray[np.int32], NDArray[np.int64]]
"""States ``(points, n)``, -1 for none, and the costs between the point and them, access legs included."""


def leg_costs(network: Network, snaps: Snaps) -> NDArray[np.int64]:
    """Return the cost of each access leg and of an end of a trip ``(points, roads)``; `UNREACHED` for none."""
    local = LocalRoads.of(network.meta["ends"])
    there = snaps.edge >= 0
    minutes = snaps.leg_km * snaps.km_min[:, None] + snaps.end_min[:, None]
    cost = cost_of(np.where(there, minutes, 0) * 60_000, np.where(there, snaps.leg_km, 0) * local.detour * 1000)
    return np.where(there, cost, UNREACHED)


def least_costs(network: Network, snaps: Snaps) -> NDArray[np.int64]:
    """Return the cost of a drive inside the place that each point stands for ``(points,)``; 0 for an address."""
    local = LocalRoads.of(network.meta["ends"])
    known = snaps.snapped & (snaps.within_km > 0)
    minutes = np.where(known, snaps.within_km * snaps.km_min + 2 * snaps.end_min, 0)
    return cost_of(minutes * 60_000, np.where(known, snaps.within_km, 0) * local.detour * 1000)


def ends_on_nodes(network: Network, snaps: Snaps, *, leaving: bool) -> Ends:
    """Return where a car that leaves each point comes to a node (or from where it comes), and at what cost."""
    nodes, costs = [], []
    for edge, on_it, fraction, leg in _edges_through(network, snaps, leaving=leaving):
        ahead, back = _milliseconds(network, edge)
        to_head, to_tail = (ahead, back) if leaving else (back, ahead)
        for end, ms, share in (
            (network.edge_head[edge], to_head, 1 - fraction),
            (network.edge_tail[edge], to_tail, fraction),
        ):
            # at the very end of an edge a point *is* the node, whichever way the road may be driven
            open_ = on_it & ((ms > 0) | (share == 0))
            nodes.append(np.where(open_, end, -1).astype(np.int32))
            costs.append(np.where(open_, leg + cost_of(share * ms, share * network.edge_m[edge]), UNREACHED))
    return np.stack(nodes, axis=1), np.stack(costs, axis=1)


def ends_on_arcs(network: Network, snaps: Snaps, of_edge: NDArray[np.int32], *, leaving: bool) -> Ends:
    """Return the arcs on which a car leaves each point (or comes to it), and the cost of leg and part that it drives.

    ``of_edge`` holds the arcs of each edge as it is driven ahead and back.
    """
    arcs, costs = [], []
    for edge, on_it, fraction, leg in _edges_through(network, snaps, leaving=leaving):
        for side, ms in enumerate(_milliseconds(network, edge)):
            share = 1 - fraction if leaving != bool(side) else fraction
            open_ = on_it & (ms > 0)
            arcs.append(np.where(open_, of_edge[edge, side], -1).astype(np.int32))
            costs.append(np.where(open_, leg + cost_of(share * ms, share * network.edge_m[edge]), UNREACHED))
    return np.stack(arcs, axis=1), np.stack(costs, axis=1)


_Through = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64], NDArray[np.int64]]
"""Edge of each point, whether there is one, place along it, and cost of the leg."""


def _edges_through(network: Network, snaps: Snaps, *, leaving: bool) -> Iterator[_Through]:
    """Yield the edges through which each point is left or come to, one array after the other.

    Of each of its roads first the road itself, then the copies of it that are for this.
    """
    use = EdgeFlag.DEPARTS if leaving else EdgeFlag.ARRIVES
    chosen = network.edge_flags[network.copy_edge] & int(use) > 0
    copy_of, copies = network.copy_of[chosen], network.copy_edge[chosen]
    legs = leg_costs(network, snaps)
    for road in range(snaps.roads):
        on_it = snaps.edge[:, road] >= 0
        own = np.where(on_it, snaps.edge[:, road], 0).astype(np.int64)
        fraction = np.where(on_it, snaps.fraction[:, road], 0.0)
        yield own, on_it, fraction, legs[:, road]
        first, last = (np.searchsorted(copy_of, own, side=side) for side in ("left", "right"))
        for number in range(int((last - first).max(initial=0))):
            there = on_it & (first + number < last)
            copy = np.where(there, copies[np.where(there, first + number, 0)], 0).astype(np.int64)
            yield copy, there, fraction, legs[:, road]


def _milliseconds(network: Network, edge: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the time ahead and back of some edges, 0 where they may not be driven now."""
    closed = network.closed[edge]
    return np.where(closed, 0, network.edge_ms[edge]), np.where(closed, 0, network.edge_back_ms[edge])


def along_edges(network: Network, start: Snaps, end: Snaps) -> NDArray[np.int64]:
    """Return the cost of driving along a road that both have, pair by pair; `UNREACHED` where none is shared."""
    best = np.full(len(start), UNREACHED)
    from_legs, to_legs = leg_costs(network, start), leg_costs(network, end)
    for i in range(start.roads):
        for j in range(end.roads):
            same = np.flatnonzero((start.edge[:, i] >= 0) & (start.edge[:, i] == end.edge[:, j]))
            edge = start.edge[same, i].astype(np.int64)
            step = end.fraction[same, j] - start.fraction[same, i]
            ahead, back = _milliseconds(network, edge)
            ms = np.where(step >= 0, ahead, back)
            drive = cost_of(np.abs(step) * ms, np.abs(step) * network.edge_m[edge])
            cost = from_legs[same, i] + to_legs[same, j] + drive
            best[same] = np.minimum(best[same], np.where((ms > 0) | (step == 0), cost, UNREACHED))
    return best

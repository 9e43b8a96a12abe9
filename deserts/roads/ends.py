"""How points on edges join the searches: costs from a point to the ends of its edge, to it, and along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import UNREACHED, cost_of
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.snapping import Snaps

__all__ = ["Ends", "along_edge", "ends_on_arcs", "ends_on_nodes"]

Ends = tuple[NDArray[np.int32], NDArray[np.int64]]
"""States ``(points, n)``, -1 for none, and the costs between the point and them (access legs left out)."""


def ends_on_nodes(network: Network, snaps: Snaps, *, leaving: bool) -> Ends:
    """Return where a car that leaves each point comes to a node (or from where it comes), and at what cost."""
    nodes, costs = [], []
    for edge, on_it in _edges_through(network, snaps, leaving=leaving):
        fraction = np.where(on_it, snaps.fraction, 0.0)
        ahead, back = _milliseconds(network, edge)
        to_head, to_tail = (ahead, back) if leaving else (back, ahead)
        for end, ms, share in (
            (network.edge_head[edge], to_head, 1 - fraction),
            (network.edge_tail[edge], to_tail, fraction),
        ):
            # at the very end of an edge a point *is* the node, whichever way the road may be driven
            open_ = on_it & ((ms > 0) | (share == 0))
            nodes.append(np.where(open_, end, -1).astype(np.int32))
            costs.append(np.where(open_, cost_of(share * ms, share * network.edge_m[edge]), UNREACHED))
    return np.stack(nodes, axis=1), np.stack(costs, axis=1)


def ends_on_arcs(network: Network, snaps: Snaps, of_edge: NDArray[np.int32], *, leaving: bool) -> Ends:
    """Return the arcs on which a car leaves each point (or comes to it), and the cost of the part that it drives.

    ``of_edge`` holds the arcs of each edge as it is driven ahead and back.
    """
    arcs, costs = [], []
    for edge, on_it in _edges_through(network, snaps, leaving=leaving):
        fraction = np.where(on_it, snaps.fraction, 0.0)
        for side, ms in enumerate(_milliseconds(network, edge)):
            share = 1 - fraction if leaving != bool(side) else fraction
            open_ = on_it & (ms > 0)
            arcs.append(np.where(open_, of_edge[edge, side], -1).astype(np.int32))
            costs.append(np.where(open_, cost_of(share * ms, share * network.edge_m[edge]), UNREACHED))
    return np.stack(arcs, axis=1), np.stack(costs, axis=1)


def _edges_through(
    network: Network, snaps: Snaps, *, leaving: bool
) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Return the edges through which each point is left or come to, one array after the other, and where there is one.

    First the edge that the point lies on, then the copies of it that are for this.
    """
    own = np.where(snaps.snapped, snaps.edge, 0).astype(np.int64)
    found = [(own, snaps.snapped)]
    use = EdgeFlag.DEPARTS if leaving else EdgeFlag.ARRIVES
    chosen = network.edge_flags[network.copy_edge] & int(use) > 0
    copy_of, copies = network.copy_of[chosen], network.copy_edge[chosen]
    first, last = (np.searchsorted(copy_of, own, side=side) for side in ("left", "right"))
    for number in range(int((last - first).max(initial=0))):
        there = snaps.snapped & (first + number < last)
        found.append((np.where(there, copies[np.where(there, first + number, 0)], 0).astype(np.int64), there))
    return found


def _milliseconds(network: Network, edge: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the time ahead and back of some edges, 0 where they may not be driven now."""
    closed = network.closed[edge]
    return np.where(closed, 0, network.edge_ms[edge]), np.where(closed, 0, network.edge_back_ms[edge])


def along_edge(network: Network, start: Snaps, end: Snaps) -> NDArray[np.int64]:
    """Return the cost of driving straight along a shared edge, pair by pair; `UNREACHED` where that is not possible."""
    same = start.snapped & (start.edge == end.edge)
    at = np.where(same, start.edge, 0).astype(np.int64)
    step = np.where(same, end.fraction - start.fraction, 0.0)
    ahead, back = _milliseconds(network, at)
    ms = np.where(step >= 0, ahead, back)
    possible = same & ((ms > 0) | (step == 0))
    return np.where(possible, cost_of(np.abs(step) * ms, np.abs(step) * network.edge_m[at]), UNREACHED)

"""How points on edges join the searches on nodes: costs from a point to the ends of its edge, to it, and along it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import UNREACHED, cost_of
from deserts.roads.network import Network
from deserts.roads.snapping import Snaps

__all__ = ["Ends", "along_edge", "arrivals", "departures"]

Ends = tuple[NDArray[np.int32], NDArray[np.int64]]
"""Nodes ``(points, 2)``, -1 for none, and the costs between the point and them."""


def departures(network: Network, snaps: Snaps) -> Ends:
    """Return where a car that leaves each point comes to a node, and at what cost (access leg left out)."""
    return _ends(network, snaps, leaving=True)


def arrivals(network: Network, snaps: Snaps) -> Ends:
    """Return from which nodes a car comes to each point, and at what cost (access leg left out)."""
    return _ends(network, snaps, leaving=False)


def _ends(network: Network, snaps: Snaps, *, leaving: bool) -> Ends:
    at = np.where(snaps.snapped, snaps.edge, 0)
    fraction = np.where(snaps.snapped, snaps.fraction, 0.0)
    ahead, back, metres = network.edge_ms[at], network.edge_back_ms[at], network.edge_m[at]
    to_head, to_tail = (ahead, back) if leaving else (back, ahead)
    nodes = np.full((len(snaps), 2), -1, dtype=np.int32)
    costs = np.full((len(snaps), 2), UNREACHED, dtype=np.int64)
    for side, end, ms, share in (
        (0, network.edge_head[at], to_head, 1 - fraction),
        (1, network.edge_tail[at], to_tail, fraction),
    ):
        # at the very end of an edge a point *is* the node, whichever way the road may be driven
        open_ = snaps.snapped & ((ms > 0) | (share == 0))
        nodes[open_, side] = end[open_]
        costs[open_, side] = cost_of(share * ms, share * metres)[open_]
    return nodes, costs


def along_edge(network: Network, start: Snaps, end: Snaps) -> NDArray[np.int64]:
    """Return the cost of driving straight along a shared edge, pair by pair; `UNREACHED` where that is not possible."""
    same = start.snapped & (start.edge == end.edge)
    at = np.where(same, start.edge, 0)
    step = np.where(same, end.fraction - start.fraction, 0.0)
    ms = np.where(step >= 0, network.edge_ms[at], network.edge_back_ms[at])
    possible = same & ((ms > 0) | (step == 0))
    return np.where(possible, cost_of(np.abs(step) * ms, np.abs(step) * network.edge_m[at]), UNREACHED)

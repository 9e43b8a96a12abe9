"""Edges with their times, in the order in which a network keeps them, and what rules its junctions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.roads.geodesy import morton_order

__all__ = ["Edges", "Junctions", "arrange"]


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges and the nodes at their ends, both in the order of `arrange`; columns as in `Network`.

    Parameters
    ----------
    of
        Edge that each copies, its own number where it copies none, int32; None where there are no copies.
    same_node
        Node that each copies, its own number where it copies none, int32; None where there are no copies.
    segments, km
        Straight stretches and kilometres that were read.
    """

    node_id: NDArray[np.int64]
    node_lon: NDArray[np.int32]
    node_lat: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ms: NDArray[np.int32]
    back_ms: NDArray[np.int32]
    metres: NDArray[np.int32]
    road_class: NDArray[np.uint8]
    way_id: NDArray[np.int64]
    name: NDArray[np.int32]
    urbanity: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    shape_ptr: NDArray[np.int64]
    shape_lon: NDArray[np.int32]
    shape_lat: NDArray[np.int32]
    names: Sequence[bytes]
    segments: int
    km: float
    of: NDArray[np.int32] | None = None
    same_node: NDArray[np.int32] | None = None


@dataclass(frozen=True, slots=True)
class Junctions:
    """What turns need beside the edges.

    Parameters
    ----------
    chain
        Road of each edge, int32; copies of a road share it.
    control
        `deserts.roads.holds.Control` of each node, uint8.
    before, after, copy, comes_from
        Forbidden turns and copies, as in `deserts.roads.restrictions.Bans`.
    rural_ms, urban_ms
        Milliseconds of each part of the delay, float64.
    """

    chain: NDArray[np.int32]
    control: NDArray[np.uint8]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    copy: NDArray[np.int64]
    comes_from: NDArray[np.int64]
    rural_ms: NDArray[np.float64]
    urban_ms: NDArray[np.float64]


def arrange(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    way_id: NDArray[np.int64],
    places: tuple[NDArray[np.int32], NDArray[np.int32]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the order of nodes and edges, neighbours on the ground being neighbours in memory.

    Parameters
    ----------
    tail, head, way_id
        Of each edge.
    places
        Longitudes and latitudes of the nodes, 1e-7 degrees; nodes without an edge are left out.

    Returns
    -------
    nodes : int32
        Nodes along the space-filling curve.
    rank : int32
        New number of each node.
    edges : int32
        Edges by new tail, new head, way, and their order so far.
    """
    used = np.zeros(places[0].size, dtype=bool)
    used[tail] = True
    used[head] = True
    kept = np.flatnonzero(used).astype(np.int32)
    nodes = kept[morton_order(places[0][kept], places[1][kept])]
    del kept
    rank = np.full(used.size, -1, dtype=np.int32)
    rank[nodes] = np.arange(nodes.size, dtype=np.int32)
    key = (rank[tail].astype(np.int64) << 32) | rank[head]
    edges = np.argsort(key, kind="stable").astype(np.int32)
    ties = np.flatnonzero(key[edges[1:]] == key[edges[:-1]])
    if ties.size:
        tied = np.unique(np.concatenate([ties, ties + 1]))
        edges[tied] = edges[tied][np.lexsort((edges[tied], way_id[edges[tied]], key[edges[tied]]))]
    return nodes, rank, edges

"""From edges to a `Network`: node order, arcs, components, and the turns at junctions.

Arrays are dropped as soon as they have served and arcs are laid out in place, so that building takes little more memory
than the network itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.arrays import Arcs
from deserts.roads.components import strong_components
from deserts.roads.costs import CLOSED, METRE_BITS
from deserts.roads.edges import Edges, Junctions
from deserts.roads.land import ShoreLines
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.seasons import Season
from deserts.roads.turn_layout import lay_out_turns

__all__ = ["arcs_of", "lay_out"]

_METRE_BITS = int(METRE_BITS)
_CLOSED = int(CLOSED)


def lay_out(
    edges: Edges,
    *,
    meta: Mapping[str, Any],
    shores: ShoreLines,
    junctions: Junctions | None = None,
    season: Season = Season.SUMMER,
) -> Network:
    """Lay out edges as a network.

    Parameters
    ----------
    edges
        In the order of `arrange`.
    meta
        Sources, credits, road classes; counts are added.
    shores
        Water near the roads.
    junctions
        For a network that knows turns.
    season
        In which the network is to be driven: what is closed then is driven by nobody.
    """
    nodes = edges.node_id.size
    closed = edges.flags & int(EdgeFlag.closed(season)) > 0
    keyed = junctions is not None
    forward, forward_keys = _arcs(nodes, edges, closed, reverse=False, keyed=keyed)
    component_id, component_nodes = _components(edges, forward, closed)
    reverse, reverse_keys = _arcs(nodes, edges, closed, reverse=True, keyed=keyed)
    name_ptr, name_bytes = _pack_names(edges.names)
    copies = np.zeros(0, dtype=np.int64) if edges.of is None else np.flatnonzero(edges.of != np.arange(edges.of.size))
    copied = np.zeros(0, dtype=np.int32) if edges.of is None else edges.of[copies]
    order = np.argsort(copied, kind="stable")
    turns = None
    if junctions is not None:
        turns = lay_out_turns(edges, junctions, (forward, forward_keys), (reverse, reverse_keys))
    counts = {
        "nodes": nodes, "edges": int(edges.tail.size), "arcs": int(forward.heads.size), "segments": edges.segments,
        "components": int(component_nodes.size), "km": edges.km,
    }  # fmt: skip
    return Network(
        node_lon=np.asarray(edges.node_lon * 1e-7, dtype=np.float64),
        node_lat=np.asarray(edges.node_lat * 1e-7, dtype=np.float64),
        node_id=edges.node_id,
        component_id=component_id,
        component_nodes=component_nodes,
        edge_tail=edges.tail,
        edge_head=edges.head,
        edge_ms=edges.ms,
        edge_back_ms=edges.back_ms,
        edge_m=edges.metres,
        road_class=edges.road_class,
        way_id=edges.way_id,
        edge_name=edges.name,
        edge_urbanity=edges.urbanity,
        edge_flags=edges.flags,
        shape_ptr=edges.shape_ptr,
        shape_lon=edges.shape_lon,
        shape_lat=edges.shape_lat,
        shore_ptr=shores[0],
        shore_lon=shores[1],
        shore_lat=shores[2],
        copy_of=copied[order],
        copy_edge=copies[order].astype(np.int32),
        forward=forward,
        reverse=reverse,
        name_ptr=name_ptr,
        name_bytes=name_bytes,
        turns=turns,
        meta={**meta, "counts": counts, "season": season.value, "turns": turns is not None},
    )


def _components(edges: Edges, forward: Arcs, closed: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the component of each node and how many nodes each has; a copy belongs to what it copies."""
    inner = np.diff(edges.shape_ptr)
    if edges.of is None and not closed.any():
        return strong_components(forward, edges.tail, edges.head, inner)
    every = np.arange(edges.node_id.size, dtype=np.int32)
    same = every if edges.same_node is None else edges.same_node
    own = np.flatnonzero(~closed & (True if edges.of is None else edges.of == np.arange(edges.of.size)))
    tail, head = same[edges.tail[own]], same[edges.head[own]]
    columns = {name: getattr(edges, name)[own] for name in ("ms", "back_ms", "metres", "flags")}
    open_ = np.zeros(own.size, dtype=bool)
    arcs, _ = _arcs(every.size, replace(edges, tail=tail, head=head, **columns), open_, reverse=False, keyed=False)
    component_id, sizes = strong_components(arcs, tail, head, inner[own])
    # nodes that are copies stand alone there: they get the component of what they copy, and count for nothing
    alone = np.zeros(sizes.size, dtype=bool)
    alone[component_id[same != every]] = True
    rank = np.cumsum(~alone, dtype=np.int32) - np.int32(1)
    return rank[component_id[same]], sizes[~alone]


def _arcs(
    nodes: int, edges: Edges, closed: NDArray[np.bool_], *, reverse: bool, keyed: bool
) -> tuple[Arcs, NDArray[np.int64]]:
    """Turn edges into arcs and their keys; see `arcs_of`."""
    times = edges.ms, edges.back_ms, edges.metres
    return arcs_of(nodes, (edges.tail, edges.head), times, closed, reverse=reverse, keyed=keyed)


def arcs_of(
    nodes: int,
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    times: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    closed: NDArray[np.bool_],
    *,
    reverse: bool,
    keyed: bool = False,
) -> tuple[Arcs, NDArray[np.int64]]:
    """Turn edges into the arcs that leave, or enter, each node: sorted by node, other end, cost and edge.

    Parameters
    ----------
    nodes
        How many.
    ends
        Tail and head of each edge.
    times
        Milliseconds ahead and back, and metres.
    closed
        Which edges nobody drives now.
    reverse
        Whether arcs enter nodes.
    keyed
        Whether keys are asked for.

    Returns
    -------
    arcs
        The arcs.
    keys : int64
        Twice the edge of each, and one more where it is driven back; empty where not asked for.
    """
    tail, head = ends[::-1] if reverse else ends
    ms, back_ms, metres = times
    ptr = _count_arcs(nodes, tail, head, ms, back_ms)
    heads = np.empty(ptr[-1], dtype=np.int32)
    costs = np.empty(ptr[-1], dtype=np.int64)
    keys = np.empty(ptr[-1] if keyed else 0, dtype=np.int64)
    _fill_arcs(ptr, heads, costs, keys, tail, head, ms, back_ms, metres, closed)
    return Arcs(ptr, heads, costs), keys


@njit(cache=True, nogil=True)
def _count_arcs(nodes, start, end, ms, back_ms):  # type: ignore[no-untyped-def]
    """Return the offsets of the arcs of each node."""
    ptr = np.zeros(nodes + 1, dtype=np.int32)
    for edge in range(start.size):
        if ms[edge] > 0:
            ptr[start[edge] + 1] += 1
        if back_ms[edge] > 0:
            ptr[end[edge] + 1] += 1
    for node in range(nodes):
        ptr[node + 1] += ptr[node]
    return ptr


@njit(cache=True, nogil=True)
def _fill_arcs(ptr, heads, costs, keys, start, end, ms, back_ms, metres, closed):  # type: ignore[no-untyped-def]
    """Put each arc into its place among those of its node."""
    filled = ptr[:-1].copy()
    for edge in range(start.size):
        for side in range(2):
            time = back_ms[edge] if side else ms[edge]
            if time <= 0:
                continue
            node, other = (end[edge], start[edge]) if side else (start[edge], end[edge])
            cost = _CLOSED if closed[edge] else (np.int64(time) << _METRE_BITS) | metres[edge]
            at = filled[node]
            filled[node] += 1
            while at > ptr[node] and (heads[at - 1] > other or (heads[at - 1] == other and costs[at - 1] > cost)):
                heads[at], costs[at] = heads[at - 1], costs[at - 1]
                if keys.size:
                    keys[at] = keys[at - 1]
                at -= 1
            heads[at], costs[at] = other, cost
            if keys.size:
                keys[at] = 2 * edge + side


def _pack_names(names: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    ptr = np.concatenate([[0], np.cumsum([len(name) for name in names])]).astype(np.int64)
    return ptr, np.frombuffer(b"".join(names), dtype=np.uint8)

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
from deserts.roads.components import MIN_COMPONENT_NODES, snappable_components, strong_components
from deserts.roads.costs import CLOSED, METRE_BITS
from deserts.roads.edges import Edges, Junctions
from deserts.roads.lines import edge_lines
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.seasons import Season
from deserts.roads.turn_layout import lay_out_turns

__all__ = ["lay_out"]

_METRE_BITS = int(METRE_BITS)
_CLOSED = int(CLOSED)
DEFAULT_SEASON = Season.SUMMER
"""A saved network is that of summer; `Network.in_season` gives the other one."""


def lay_out(edges: Edges, *, meta: Mapping[str, Any], junctions: Junctions | None = None) -> Network:
    """Lay out edges as a network.

    Parameters
    ----------
    edges
        In the order of `arrange`.
    meta
        Sources, credits, road classes; counts are added.
    junctions
        For a network that knows turns.
    """
    nodes = edges.node_id.size
    forward, forward_keys = _arcs(nodes, edges, reverse=False)
    reverse, reverse_keys = _arcs(nodes, edges, reverse=True)
    component_id, component_nodes = _components(edges, forward)
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
    network = Network(
        node_lon=np.asarray(edges.node_lon * 1e-7, dtype=np.float64),
        node_lat=np.asarray(edges.node_lat * 1e-7, dtype=np.float64),
        node_id=edges.node_id,
        component_id=component_id,
        component_nodes=component_nodes,
        component_snappable=component_nodes >= MIN_COMPONENT_NODES,
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
        copy_of=copied[order],
        copy_edge=copies[order].astype(np.int32),
        forward=forward,
        reverse=reverse,
        name_ptr=name_ptr,
        name_bytes=name_bytes,
        turns=turns,
        meta={**meta, "counts": counts, "season": DEFAULT_SEASON.value, "turns": turns is not None},
    )
    if network.component_snappable.sum() < 2:
        return network
    return replace(network, component_snappable=snappable_components(component_nodes, *_sizeable_lines(network)))


def _components(edges: Edges, forward: Arcs) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the component of each node and how many nodes each has; a copy belongs to what it copies."""
    inner = np.diff(edges.shape_ptr)
    closed = edges.flags & int(EdgeFlag.closed(DEFAULT_SEASON)) > 0
    if edges.of is None and not closed.any():
        return strong_components(forward, edges.tail, edges.head, inner)
    every = np.arange(edges.node_id.size, dtype=np.int32)
    same = every if edges.same_node is None else edges.same_node
    own = np.flatnonzero(~closed & (True if edges.of is None else edges.of == np.arange(edges.of.size)))
    tail, head = same[edges.tail[own]], same[edges.head[own]]
    columns = {name: getattr(edges, name)[own] for name in ("ms", "back_ms", "metres", "flags")}
    arcs, _ = _arcs(every.size, replace(edges, tail=tail, head=head, **columns), reverse=False)
    component_id, sizes = strong_components(arcs, tail, head, inner[own])
    # nodes that are copies stand alone there: they get the component of what they copy, and count for nothing
    alone = np.zeros(sizes.size, dtype=bool)
    alone[component_id[same != every]] = True
    rank = np.cumsum(~alone, dtype=np.int32) - np.int32(1)
    return rank[component_id[same]], sizes[~alone]


def _arcs(nodes: int, edges: Edges, *, reverse: bool) -> tuple[Arcs, NDArray[np.int64]]:
    """Turn edges into the arcs that leave, or enter, each node: sorted by node, other end, cost and edge.

    Returned with the key of each arc: twice its edge, and one more where it is driven back.
    """
    ends = (edges.head, edges.tail) if reverse else (edges.tail, edges.head)
    ptr = _count_arcs(nodes, *ends, edges.ms, edges.back_ms)
    heads = np.empty(ptr[-1], dtype=np.int32)
    costs = np.empty(ptr[-1], dtype=np.int64)
    keys = np.empty(ptr[-1], dtype=np.int64)
    closed = edges.flags & int(EdgeFlag.closed(DEFAULT_SEASON)) > 0
    _fill_arcs(ptr, heads, costs, keys, *ends, edges.ms, edges.back_ms, edges.metres, closed)
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
                heads[at], costs[at], keys[at] = heads[at - 1], costs[at - 1], keys[at - 1]
                at -= 1
            heads[at], costs[at], keys[at] = other, cost, 2 * edge + side


def _sizeable_lines(network: Network) -> tuple[NDArray[np.int32], tuple[NDArray[np.float64], ...]]:
    """Return component and ends (lon, lon, lat, lat) of every segment within a component that is large enough."""
    tail = network.component_id[network.edge_tail]
    inside = (tail == network.component_id[network.edge_head]) & network.component_snappable[tail]
    edges = np.flatnonzero(inside)
    ptr, lon, lat = edge_lines(network, edges)
    starts = np.ones(lon.size, dtype=bool)
    starts[ptr[1:] - 1] = False
    begin = np.flatnonzero(starts)
    component = np.repeat(tail[edges], np.diff(ptr) - 1)
    return component, (lon[begin], lon[begin + 1], lat[begin], lat[begin + 1])


def _pack_names(names: Sequence[bytes]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    ptr = np.concatenate([[0], np.cumsum([len(name) for name in names])]).astype(np.int64)
    return ptr, np.frombuffer(b"".join(names), dtype=np.uint8)

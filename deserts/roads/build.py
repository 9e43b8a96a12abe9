"""From directed road segments to a `Network`: edges, node order, components, CSR arcs.

Arrays are dropped as soon as they have served and arcs are laid out in place, so that building takes little more memory
than the network itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.arrays import Arcs
from deserts.roads.components import MIN_COMPONENT_NODES, snappable_components, strong_components
from deserts.roads.costs import METRE_BITS
from deserts.roads.geodesy import morton_order
from deserts.roads.joining import joined, runs_of
from deserts.roads.lines import edge_lines
from deserts.roads.network import Network

__all__ = ["Edges", "Pieces", "Segments", "join_segments", "lay_out"]

_METRE_BITS = int(METRE_BITS)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stretches of ways whose segments follow each other and have one of each.

    Parameters
    ----------
    way_id, road_class, name
        int64, uint8, int32 index into ``Segments.names``, ``(pieces,)``.
    kind, mirror
        Pieces of one kind may be joined where they meet; the mirror is the kind of the piece driven the other way.
        int64, below zero joins with nothing. None where only the segments of one piece are joined.
    """

    way_id: NDArray[np.int64]
    road_class: NDArray[np.uint8]
    name: NDArray[np.int32]
    kind: NDArray[np.int64] | None = None
    mirror: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight stretches of road, in the order of their ways.

    Parameters
    ----------
    node_id, node_lon, node_lat
        All nodes: id, and coordinates in 1e-7 degrees (int32).
    tail, head
        Indices of the end nodes of each segment, int32 ``(segments,)``.
    ms, back_ms
        Milliseconds each way, int32, 0 where this direction may not be driven.
    metres
        Length, float64.
    urbanity
        0 rural to 1 urban, float32.
    piece
        Index into ``pieces``, int32.
    pieces
        What the segments of a piece share.
    names
        Distinct names, the first is empty.
    """

    node_id: NDArray[np.int64]
    node_lon: NDArray[np.int32]
    node_lat: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ms: NDArray[np.int32]
    back_ms: NDArray[np.int32]
    metres: NDArray[np.float64]
    urbanity: NDArray[np.float32]
    piece: NDArray[np.int32]
    pieces: Pieces
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges and the nodes at their ends, both in their final order; columns as in `Network`."""

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
    shape_ptr: NDArray[np.int64]
    shape_lon: NDArray[np.int32]
    shape_lat: NDArray[np.int32]
    names: Sequence[str]
    segments: int
    km: float


def join_segments(segments: Segments, *, contract: bool = True) -> Edges:
    """Join segments to edges and put nodes and edges into their final order.

    Times are whole milliseconds a segment before they are added up, so contraction changes no cost between the nodes
    that are kept.

    Parameters
    ----------
    segments
        The roads.
    contract
        Whether to join segments at nodes where nothing else meets.
    """
    count = segments.tail.size
    starts = np.arange(count)
    if contract:
        segments, starts = _contracted(segments)
    inner = np.diff(np.append(starts, count)) - 1
    tail, head = segments.tail[starts], segments.head[starts + inner]
    nodes, rank = _node_order(segments, tail, head)
    tail, head = rank[tail], rank[head]
    del rank
    order = _by_place(tail, head)
    tail, head, piece = tail[order], head[order], segments.piece[starts[order]]
    shape_ptr = np.concatenate([[0], np.cumsum(inner[order])]).astype(np.int64)
    shape = _inner_nodes(starts[order], inner[order], shape_ptr, segments.head)
    del inner
    return Edges(
        node_id=segments.node_id[nodes],
        node_lon=segments.node_lon[nodes],
        node_lat=segments.node_lat[nodes],
        tail=tail,
        head=head,
        ms=_sums(segments.ms, starts)[order].astype(np.int32),
        back_ms=_sums(segments.back_ms, starts)[order].astype(np.int32),
        metres=np.maximum(1, np.rint(_sums(segments.metres, starts)[order])).astype(np.int32),
        road_class=segments.pieces.road_class[piece],
        way_id=segments.pieces.way_id[piece],
        name=segments.pieces.name[piece],
        urbanity=_urbanity(segments, starts)[order],
        shape_ptr=shape_ptr,
        shape_lon=segments.node_lon[shape],
        shape_lat=segments.node_lat[shape],
        names=segments.names,
        segments=count,
        km=round(float(segments.metres.sum()) / 1000, 3),
    )


def lay_out(edges: Edges, *, meta: Mapping[str, Any]) -> Network:
    """Lay out edges as a network.

    Parameters
    ----------
    edges
        From `join_segments`.
    meta
        Sources, credits, road classes; counts are added.
    """
    nodes = edges.node_id.size
    forward = _arcs(nodes, edges, reverse=False)
    component_id, component_nodes = strong_components(forward, edges.tail, edges.head, np.diff(edges.shape_ptr))
    name_ptr, name_bytes = _pack_names(edges.names)
    counts = {
        "nodes": nodes,
        "edges": int(edges.tail.size),
        "arcs": int(forward.heads.size),
        "segments": edges.segments,
        "components": int(component_nodes.size),
        "km": edges.km,
    }
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
        shape_ptr=edges.shape_ptr,
        shape_lon=edges.shape_lon,
        shape_lat=edges.shape_lat,
        forward=forward,
        reverse=_arcs(nodes, edges, reverse=True),
        name_ptr=name_ptr,
        name_bytes=name_bytes,
        meta={**meta, "counts": counts},
    )
    if network.component_snappable.sum() < 2:
        return network
    return replace(network, component_snappable=snappable_components(component_nodes, *_sizeable_lines(network)))


def _contracted(segments: Segments) -> tuple[Segments, NDArray[np.int64]]:
    """Put the segments of each edge after each other; return them with the first segment of each edge."""
    uses = np.zeros(segments.node_id.size, dtype=np.int32)
    for end in (segments.tail, segments.head):
        uses += np.bincount(end, minlength=uses.size).astype(np.int32)
    starts = runs_of(segments.tail, segments.head, segments.piece, uses)
    pieces = segments.pieces
    if pieces.kind is None or pieces.mirror is None:
        return segments, starts
    piece = segments.piece[starts]
    ends = segments.tail[starts], segments.head[np.append(starts[1:], segments.tail.size) - 1]
    kinds = pieces.kind[piece], pieces.mirror[piece]
    chains = joined(starts, ends, uses, kinds, segments.node_id, segments.tail.size)
    if chains is None:
        return segments, starts
    order, turned, starts = chains
    pairs = ((segments.tail, segments.head), (segments.ms, segments.back_ms))
    (tail, head), (ms, back_ms) = (
        (np.where(turned, back[order], ahead[order]), np.where(turned, ahead[order], back[order]))
        for ahead, back in pairs
    )
    moved = replace(
        segments, tail=tail, head=head, ms=ms, back_ms=back_ms, metres=segments.metres[order],
        urbanity=segments.urbanity[order], piece=segments.piece[order],
    )  # fmt: skip
    return moved, starts


def _node_order(
    segments: Segments, tail: NDArray[np.int32], head: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the nodes that edges end at along the space-filling curve, and the new number of each."""
    used = np.zeros(segments.node_id.size, dtype=bool)
    used[tail] = True
    used[head] = True
    kept = np.flatnonzero(used)
    nodes = kept[morton_order(segments.node_lon[kept], segments.node_lat[kept])]
    rank = np.full(segments.node_id.size, -1, dtype=np.int32)
    rank[nodes] = np.arange(nodes.size, dtype=np.int32)
    return nodes, rank


def _by_place(tail: NDArray[np.int32], head: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order of edges by tail, head and their order so far."""
    return np.argsort((tail.astype(np.int64) << 32) | head, kind="stable")


def _sums(values: NDArray[Any], starts: NDArray[np.int64]) -> NDArray[Any]:
    """Add up ``values`` from each start to the next, segment by segment in order."""
    if starts.size == values.size:
        return values
    return np.asarray(np.add.reduceat(values, starts, dtype=np.int64 if values.dtype.kind == "i" else np.float64))


def _urbanity(segments: Segments, starts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Average the urbanity of the segments of each edge by their lengths."""
    mean = segments.urbanity
    if starts.size < mean.size:
        weight = np.maximum(segments.metres, 1e-3)
        mean = _sums(weight * mean, starts) / _sums(weight, starts)
    return np.asarray(np.rint(255 * np.clip(mean, 0.0, 1.0)), dtype=np.uint8)


def _inner_nodes(
    first: NDArray[np.int64], inner: NDArray[np.int64], ptr: NDArray[np.int64], head: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the node indices of the vertices between the ends of each edge."""
    within = np.arange(ptr[-1]) - np.repeat(ptr[:-1], inner)
    return np.asarray(head[np.repeat(first, inner) + within], dtype=np.int32)


def _arcs(nodes: int, edges: Edges, *, reverse: bool) -> Arcs:
    """Turn edges into the arcs that leave, or enter, each node: sorted by node, other end and cost."""
    ends = (edges.head, edges.tail) if reverse else (edges.tail, edges.head)
    ptr = _count_arcs(nodes, *ends, edges.ms, edges.back_ms)
    heads = np.empty(ptr[-1], dtype=np.int32)
    costs = np.empty(ptr[-1], dtype=np.int64)
    _fill_arcs(ptr, heads, costs, *ends, edges.ms, edges.back_ms, edges.metres)
    return Arcs(ptr, heads, costs)


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
def _fill_arcs(ptr, heads, costs, start, end, ms, back_ms, metres):  # type: ignore[no-untyped-def]
    """Put each arc into its place among those of its node."""
    filled = ptr[:-1].copy()
    for edge in range(start.size):
        for side in range(2):
            time = back_ms[edge] if side else ms[edge]
            if time <= 0:
                continue
            node, other = (end[edge], start[edge]) if side else (start[edge], end[edge])
            cost = (np.int64(time) << _METRE_BITS) | metres[edge]
            at = filled[node]
            filled[node] += 1
            while at > ptr[node] and (heads[at - 1] > other or (heads[at - 1] == other and costs[at - 1] > cost)):
                heads[at], costs[at] = heads[at - 1], costs[at - 1]
                at -= 1
            heads[at], costs[at] = other, cost


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


def _pack_names(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    encoded = [name.encode("utf-8") for name in names]
    ptr = np.concatenate([[0], np.cumsum([len(name) for name in encoded])]).astype(np.int64)
    return ptr, np.frombuffer(b"".join(encoded), dtype=np.uint8)

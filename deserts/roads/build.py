"""From directed road segments to a `Network`: contraction of degree-2 nodes, node order, components, CSR arcs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.roads.components import snappable_components, strong_components
from deserts.roads.costs import cost_of
from deserts.roads.geodesy import morton_order
from deserts.roads.network import Arcs, Network

__all__ = ["Segments", "build_network"]


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight stretches of road, in the order of their ways.

    Parameters
    ----------
    node_id, node_lon, node_lat
        All nodes: id, and coordinates in 1e-7 degrees (int32).
    tail, head
        Indices of the end nodes of each segment, int64 ``(segments,)``.
    ms, back_ms
        Milliseconds each way, int64, 0 where this direction may not be driven.
    metres
        Length, float64.
    piece
        Number of the way piece that a segment belongs to: only segments of one piece are joined.
    way_id, road_class, name
        Of each segment: int64, uint8, int32 index into ``names``.
    urbanity
        0 rural to 1 urban, float64.
    names
        Distinct names, the first is empty.
    """

    node_id: NDArray[np.int64]
    node_lon: NDArray[np.int32]
    node_lat: NDArray[np.int32]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    ms: NDArray[np.int64]
    back_ms: NDArray[np.int64]
    metres: NDArray[np.float64]
    piece: NDArray[np.int64]
    way_id: NDArray[np.int64]
    road_class: NDArray[np.uint8]
    name: NDArray[np.int32]
    urbanity: NDArray[np.float64]
    names: Sequence[str]


def build_network(segments: Segments, *, meta: Mapping[str, Any], contract: bool = True) -> Network:
    """Build a network.

    Times are whole milliseconds a segment before they are added up, so contraction changes no cost between the nodes
    that are kept.

    Parameters
    ----------
    segments
        The roads.
    meta
        Sources, credits, road classes; counts are added.
    contract
        Whether to join the segments of a way at nodes where nothing else meets.
    """
    edges, nodes = _cut_into_edges(segments, contract=contract)
    starts, ends = edges.starts, edges.ends
    shape_ptr, inner = _inner_nodes(starts, ends, segments.head)
    ms, back_ms = _sums(segments.ms, starts, ends), _sums(segments.back_ms, starts, ends)
    metres = np.maximum(1, np.rint(_sums(segments.metres, starts, ends))).astype(np.int32)
    forward, reverse = _arcs(nodes.size, edges.tail, edges.head, ms, back_ms, metres)
    component_id, component_nodes = strong_components(forward, edges.tail, edges.head, np.diff(shape_ptr))
    name_ptr, name_bytes = _pack_names(segments.names)
    return Network(
        node_lon=np.asarray(segments.node_lon[nodes] * 1e-7, dtype=np.float64),
        node_lat=np.asarray(segments.node_lat[nodes] * 1e-7, dtype=np.float64),
        node_id=segments.node_id[nodes],
        component_id=component_id,
        component_nodes=component_nodes,
        component_snappable=_snappable(segments, edges, component_id, component_nodes),
        edge_tail=edges.tail,
        edge_head=edges.head,
        edge_ms=ms.astype(np.int32),
        edge_back_ms=back_ms.astype(np.int32),
        edge_m=metres,
        road_class=segments.road_class[starts],
        way_id=segments.way_id[starts],
        edge_name=segments.name[starts],
        edge_urbanity=_urbanity(segments, starts, ends),
        shape_ptr=shape_ptr,
        shape_lon=segments.node_lon[inner],
        shape_lat=segments.node_lat[inner],
        forward=forward,
        reverse=reverse,
        name_ptr=name_ptr,
        name_bytes=name_bytes,
        meta={**meta, "counts": _counts(segments, edges, forward, component_nodes)},
    )


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges as runs of segments (first and last), with their end nodes, in the order of the nodes."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]


def _cut_into_edges(segments: Segments, *, contract: bool) -> tuple[_Edges, NDArray[np.int64]]:
    """Join segments to edges; return them with the nodes that are kept, along the space-filling curve."""
    starts = _edge_starts(segments, contract=contract)
    ends = np.append(starts[1:], segments.tail.size) - 1
    kept, inverse = np.unique(np.concatenate([segments.tail[starts], segments.head[ends]]), return_inverse=True)
    order = morton_order(segments.node_lon[kept], segments.node_lat[kept])
    rank = np.empty(kept.size, dtype=np.int32)
    rank[order] = np.arange(kept.size, dtype=np.int32)
    tail, head = rank[inverse[: starts.size]], rank[inverse[starts.size :]]
    by_place = np.lexsort((starts, head, tail))
    return _Edges(starts[by_place], ends[by_place], tail[by_place], head[by_place]), kept[order]


def _snappable(
    segments: Segments, edges: _Edges, component_id: NDArray[np.int32], component_nodes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Decide which components points may snap to, from the components of the segments."""
    tail = component_id[edges.tail]
    of_edge = np.where(tail == component_id[edges.head], tail, np.int32(-1))
    in_order = np.argsort(edges.starts, kind="stable")
    of_segment = np.repeat(of_edge[in_order], (edges.ends - edges.starts + 1)[in_order])
    places = tuple(
        np.asarray(axis[ends] * 1e-7, dtype=np.float64)
        for axis in (segments.node_lon, segments.node_lat)
        for ends in (segments.tail, segments.head)
    )
    return snappable_components(component_nodes, of_segment, places)


def _counts(
    segments: Segments, edges: _Edges, forward: Arcs, component_nodes: NDArray[np.int64]
) -> dict[str, int | float]:
    return {
        "nodes": int(forward.ptr.size - 1),
        "edges": int(edges.starts.size),
        "arcs": int(forward.heads.size),
        "segments": int(segments.tail.size),
        "components": int(component_nodes.size),
        "km": round(float(segments.metres.sum()) / 1000, 3),
    }


def _edge_starts(segments: Segments, *, contract: bool) -> NDArray[np.int64]:
    """Return the index of the first segment of each edge."""
    count = segments.tail.size
    if not contract or count == 0:
        return np.arange(count)
    uses = np.bincount(segments.tail, minlength=segments.node_id.size)
    uses += np.bincount(segments.head, minlength=segments.node_id.size)
    goes_on = np.zeros(count, dtype=bool)
    goes_on[1:] = (
        (segments.piece[1:] == segments.piece[:-1])
        & (segments.tail[1:] == segments.head[:-1])
        & (uses[segments.tail[1:]] == 2)
    )
    return np.flatnonzero(~goes_on)


def _sums(values: NDArray[Any], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[Any]:
    """Add up ``values`` from each start to each end, both included."""
    if values.dtype.kind == "f":
        # segment by segment in order, not by differences of a running sum, which would lose digits on a continent
        in_order = np.argsort(starts, kind="stable")
        found = np.empty(starts.size, dtype=values.dtype)
        found[in_order] = np.add.reduceat(values, starts[in_order]) if starts.size else 0
        return found
    running = np.concatenate([[0], np.cumsum(values)])
    return np.asarray(running[ends + 1] - running[starts])


def _urbanity(segments: Segments, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Average the urbanity of the segments of each edge by their lengths."""
    weight = np.maximum(segments.metres, 1e-3)
    mean = _sums(weight * segments.urbanity, starts, ends) / _sums(weight, starts, ends)
    return np.asarray(np.rint(255 * np.clip(mean, 0.0, 1.0)), dtype=np.uint8)


def _inner_nodes(
    starts: NDArray[np.int64], ends: NDArray[np.int64], head: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return offsets and node indices of the vertices between the ends of each edge."""
    counts = ends - starts
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(ptr[-1]) - np.repeat(ptr[:-1], counts)
    return ptr, head[np.repeat(starts, counts) + within]


def _arcs(
    nodes: int,
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    ms: NDArray[np.int64],
    back_ms: NDArray[np.int64],
    metres: NDArray[np.int32],
) -> tuple[Arcs, Arcs]:
    """Turn edges into the arcs that leave and that enter each node."""
    ahead, back = ms > 0, back_ms > 0
    source = np.concatenate([tail[ahead], head[back]])
    target = np.concatenate([head[ahead], tail[back]])
    cost = np.concatenate([cost_of(ms[ahead], metres[ahead]), cost_of(back_ms[back], metres[back])])
    return _csr(nodes, source, target, cost), _csr(nodes, target, source, cost)


def _csr(nodes: int, source: NDArray[np.int32], target: NDArray[np.int32], cost: NDArray[np.int64]) -> Arcs:
    order = np.lexsort((cost, target, source))
    ptr = np.zeros(nodes + 1, dtype=np.int32)
    np.cumsum(np.bincount(source, minlength=nodes), out=ptr[1:])
    return Arcs(ptr, target[order].astype(np.int32), cost[order])


def _pack_names(names: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    encoded = [name.encode("utf-8") for name in names]
    ptr = np.concatenate([[0], np.cumsum([len(name) for name in encoded])]).astype(np.int64)
    return ptr, np.frombuffer(b"".join(encoded), dtype=np.uint8)

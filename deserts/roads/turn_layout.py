"""From edges and junctions to the `Turns` of a network."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.arrays import Arcs, EdgeFlag
from deserts.roads.edges import Edges, Junctions
from deserts.roads.tags import CLASS_RANK, ROAD_CLASSES
from deserts.roads.turn_delays import bearings, turn_milliseconds
from deserts.roads.turn_rows import lay_out_side, mates, reversed_codes, row_starts
from deserts.roads.turns import FORBIDDEN, Turns

__all__ = ["lay_out_turns"]

KeyedArcs = tuple[Arcs, NDArray[np.int64]]


def lay_out_turns(edges: Edges, junctions: Junctions, forward: KeyedArcs, reverse: KeyedArcs) -> Turns:
    """Work out every turn and lay them out beside the arcs.

    Parameters
    ----------
    edges, junctions
        The roads and what rules their junctions.
    forward, reverse
        Arcs of each side with their keys: twice the edge, and one more where it is driven back.
    """
    arcs, keys = forward
    start = row_starts(arcs.ptr, arcs.heads)
    delay = _delays(edges, junctions, forward, reverse, start)
    _forbid(arcs.ptr, arcs.heads, keys, start, junctions, delay)
    delay_ms, codes = _coded(delay)
    del delay
    is_copy = np.zeros(2 * edges.tail.size, dtype=bool)
    is_copy[junctions.copy] = True
    mate, back_mate = mates(keys, reverse[1]), mates(reverse[1], keys)
    back = reversed_codes(arcs.ptr, start, codes, reverse[0].ptr, reverse[0].heads, back_mate)
    of_edge = np.full((edges.tail.size, 2), -1, dtype=np.int32)
    of_edge[keys >> 1, keys & 1] = np.arange(keys.size, dtype=np.int32)
    chain = junctions.chain
    return Turns(
        forward=lay_out_side(arcs, keys, chain, is_copy[keys], codes, delay_ms, mate),
        # against the traffic a copy leads where the road itself does not: to the one arc that it is come to from
        reverse=lay_out_side(*reverse, chain, np.zeros(keys.size, dtype=bool), back, delay_ms, back_mate),
        of_edge=of_edge,
        delay_ms=delay_ms,
    )


def _delays(
    edges: Edges, junctions: Junctions, forward: KeyedArcs, reverse: KeyedArcs, start: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the milliseconds of every turn, -1 where it may not be taken."""
    rank = np.array(CLASS_RANK, dtype=np.int64)[edges.road_class]
    is_link = np.array([name.endswith("_link") for name in ROAD_CLASSES])[edges.road_class]
    direction = bearings(
        edges.tail, edges.head, edges.node_lon * 1e-7, edges.node_lat * 1e-7, edges.shape_ptr, edges.shape_lon,
        edges.shape_lat,
    )  # fmt: skip
    found: NDArray[np.int32] = turn_milliseconds(
        forward[0].ptr, forward[1], reverse[0].ptr, reverse[1], start, direction, junctions.chain,
        rank, is_link, edges.flags & int(EdgeFlag.ROUNDABOUT) > 0, edges.urbanity, junctions.control, _arms(edges),
        junctions.rural_ms, junctions.urban_ms,
    )  # fmt: skip
    return found


def _arms(edges: Edges) -> NDArray[np.int32]:
    """Return how many roads meet at each node."""
    nodes = edges.node_id.size
    own = slice(None) if edges.of is None else edges.of == np.arange(edges.of.size)
    same = np.arange(nodes, dtype=np.int32) if edges.same_node is None else edges.same_node
    ends = np.concatenate([same[edges.tail[own]], same[edges.head[own]]])
    return np.bincount(ends, minlength=nodes)[same].astype(np.int32)


def _forbid(
    ptr: NDArray[np.int32],
    heads: NDArray[np.int32],
    keys: NDArray[np.int64],
    start: NDArray[np.int64],
    junctions: Junctions,
    delay: NDArray[np.int32],
) -> None:
    """Forbid the turns of restrictions, and every turn into a copy but the one that it is for."""
    if not junctions.before.size and not junctions.copy.size:
        return
    index = np.full(2 * junctions.chain.size, -1, dtype=np.int64)
    index[keys] = np.arange(keys.size)
    before, after = index[junctions.before], index[junctions.after]
    delay[_slots(ptr, heads, start, before, after)] = -1
    allowed = np.zeros(delay.size, dtype=bool)
    allowed[_slots(ptr, heads, start, index[junctions.comes_from], index[junctions.copy])] = True
    is_copy = np.zeros(keys.size, dtype=bool)
    copies = index[junctions.copy]
    is_copy[copies[copies >= 0]] = True
    _keep_apart(ptr, heads, start, is_copy, allowed, delay)


def _slots(
    ptr: NDArray[np.int32],
    heads: NDArray[np.int32],
    start: NDArray[np.int64],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return where the turns from some arcs into others are listed; those that are none are left out."""
    real = (before >= 0) & (after >= 0)
    before, after = before[real], after[real]
    meets = (after >= ptr[heads[before]]) & (after < ptr[heads[before] + 1])
    before, after = before[meets], after[meets]
    return np.asarray(start[before] + after - ptr[heads[before]], dtype=np.int64)


@njit(cache=True, nogil=True)
def _keep_apart(ptr, heads, start, is_copy, allowed, delay):  # type: ignore[no-untyped-def]
    """Forbid turns into copies but from the arcs that they are driven from."""
    for arc in range(heads.size):
        node = heads[arc]
        for out in range(ptr[node], ptr[node + 1]):
            if is_copy[out] and not allowed[start[arc] + out - ptr[node]]:
                delay[start[arc] + out - ptr[node]] = -1


def _coded(delay: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return the milliseconds of each code, and the code of each turn.

    Where there are more delays than codes, steps between them are made coarser until they fit.
    """
    step = 1
    while True:
        rounded = np.where(delay < 0, -1, (delay + step // 2) // step * step)
        distinct = np.unique(rounded[rounded >= 0])
        if distinct.size <= FORBIDDEN:
            break
        step = max(200, 2 * step)
    codes = np.where(rounded < 0, FORBIDDEN, np.searchsorted(distinct, np.maximum(rounded, 0))).astype(np.uint8)
    return distinct.astype(np.int32), codes

"""Contraction: segments of road are joined to edges at nodes where nothing else meets.

First the segments of one way piece are joined in their order, then the ends of different ways where both are of one
kind (same class, limits, directions and name), which OpenStreetMap cuts at bridges, lanes and borders. A node where
class, limit or name changes is kept, so each edge has one of each and points along it have their share of its time.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["joined", "runs_of"]


def runs_of(
    tail: NDArray[np.int32], head: NDArray[np.int32], piece: NDArray[np.int32], uses: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the first segment of each run of segments of one piece through nodes where nothing else meets."""
    goes_on = np.zeros(tail.size, dtype=bool)
    goes_on[1:] = (piece[1:] == piece[:-1]) & (tail[1:] == head[:-1]) & (uses[tail[1:]] == 2)
    return np.flatnonzero(~goes_on)


def joined(
    starts: NDArray[np.int64],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    uses: NDArray[np.int32],
    kinds: tuple[NDArray[np.int64], NDArray[np.int64]],
    node_id: NDArray[np.int64],
    segments: int,
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]] | None:
    """Join runs of one kind to chains; None when no two runs can be joined.

    Parameters
    ----------
    starts
        First segment of each run.
    ends
        Tail and head of each run.
    uses
        How many segment ends lie at each node.
    kinds
        Kind of each run, and the kind that it has when driven the other way; below zero joins nothing.
    node_id
        Ids of the nodes: a chain runs from the lower one, unless it may be driven one way only.
    segments
        How many segments there are.

    Returns
    -------
    order : int64 ``(segments,)``
        The segments, chain by chain.
    turned : bool ``(segments,)``
        Whether a segment is turned round, in the new order.
    starts : int64
        First segment of each chain, in the new order.
    """
    links = _links(ends[0], ends[1], uses, kinds[0], kinds[1])
    if (links < 0).all():
        return None
    sequence, opens = _chains(links, node_id[ends[0]], node_id[ends[1]], kinds[0], kinds[1])
    run, turned = sequence >> 1, (sequence & 1).astype(bool)
    length = np.diff(np.append(starts, segments))[run]
    first = np.cumsum(length) - length
    step = np.where(turned, -1, 1)
    begin = np.where(turned, starts[run] + length - 1, starts[run])
    within = np.arange(segments) - np.repeat(first, length)
    order = np.repeat(begin, length) + np.repeat(step, length) * within
    return order, np.repeat(turned, length), first[opens]


@njit(cache=True)
def _links(tail, head, uses, kind, mirror):  # type: ignore[no-untyped-def]
    """Return for both ends of each run where the road goes on: 2 * run + end (0 tail, 1 head), or -1."""
    waiting = np.full(uses.size, -1, dtype=np.int64)
    links = np.full((tail.size, 2), -1, dtype=np.int64)
    for run in range(tail.size):
        for side in range(2):
            node = head[run] if side else tail[run]
            if uses[node] != 2:
                continue
            other = waiting[node]
            if other < 0:
                waiting[node] = 2 * run + side
                continue
            before, at = other >> 1, other & 1
            leaves = kind[before] if at else mirror[before]
            enters = mirror[run] if side else kind[run]
            if before != run and leaves == enters and enters >= 0:
                links[before, at] = 2 * run + side
                links[run, side] = other
    return links


@njit(cache=True)
def _chains(links, tail_id, head_id, kind, mirror):  # type: ignore[no-untyped-def]
    """Walk along the links: runs in the order of their chains as 2 * run + turned, and which of them open a chain."""
    runs = tail_id.size
    sequence = np.empty(runs, dtype=np.int64)
    opens = np.zeros(runs, dtype=np.bool_)
    placed = np.zeros(runs, dtype=np.bool_)
    count = 0
    for rings in range(2):
        for run in range(runs):
            if placed[run] or (rings == 0 and links[run, 0] >= 0 and links[run, 1] >= 0):
                continue
            at = 2 * run + (1 if rings == 0 and links[run, 0] >= 0 else 0)
            first = count
            while True:
                sequence[count] = at
                placed[at >> 1] = True
                count += 1
                at = links[at >> 1, 1 - (at & 1)]
                if at < 0 or placed[at >> 1]:
                    break
            if _runs_backwards(sequence[first], sequence[count - 1], tail_id, head_id, kind, mirror):
                sequence[first:count] = sequence[first:count][::-1].copy() ^ 1
            opens[first] = True
    return sequence, opens


@njit(cache=True)
def _runs_backwards(first, last, tail_id, head_id, kind, mirror):  # type: ignore[no-untyped-def]
    """Whether a chain is to be turned: so that the result does not depend on the order of the files."""
    run, turned = first >> 1, first & 1
    if first == last:
        return turned == 1  # a single run keeps the direction of its way
    if kind[run] != mirror[run]:
        ahead = mirror[run] if turned else kind[run]
        behind = kind[run] if turned else mirror[run]
        return ahead > behind
    begin = head_id[run] if turned else tail_id[run]
    end = tail_id[last >> 1] if last & 1 else head_id[last >> 1]
    return end < begin

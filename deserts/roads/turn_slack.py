"""How much later a car may come to a junction than another and still gain by it: what lets searches leave arcs aside.

Two cars come to a junction on different arcs. If the later one could not make up for its lateness by any turn, the
earlier one rules it out. So the slack of an arc is the most that a turn from it can be cheaper than the same turn from
any other arc. Two things add to it:

* A turn that is forbidden to the other car costs it a detour: the least cost of coming to that turn otherwise, which
  is searched once when a network is laid out.
* The other car may not turn round, so the way back along which it came is open to the later car only. That way was
  passed by the earlier car before, so the later one is even later there, by the cost of driving the road both ways.
  What slack remains after that is slack here.

No label that matters is lost. Suppose the best way to an arc goes through one that was left aside: the car that ruled
it out reaches the next arc of that way for less, or a later one after some of the way back. Either contradicts that the
way was the best.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.arrays import Arcs
from deserts.roads.costs import CLOSED, METRE_BITS, UNREACHED
from deserts.roads.turns import FORBIDDEN, NEVER, SLACK_SHIFT

__all__ = ["slack_of_arcs"]

_BITS = int(METRE_BITS)
_STEP_BITS = SLACK_SHIFT - _BITS
_UNREACHED, _CLOSED = int(UNREACHED), int(CLOSED)
_ENDLESS_MS = 1 << 37
"""Slack where the other car never comes to a turn."""


def slack_of_arcs(
    arcs: Arcs,
    keys: NDArray[np.int64],
    chain: NDArray[np.int32],
    is_copy: NDArray[np.bool_],
    start: NDArray[np.int64],
    codes: NDArray[np.uint8],
    delay_ms: NDArray[np.int32],
) -> NDArray[np.uint16]:
    """Return the slack of every arc.

    Parameters
    ----------
    arcs, keys
        The arcs; keys are twice the edge, and one more where it is driven back.
    chain
        Road of each edge; copies of a road share it.
    is_copy
        Whether each arc is a copy that only cars from one arc may take: it allows less than the road itself.
    start, codes
        Where the turns from each arc begin, and their codes.
    delay_ms
        Milliseconds of each code.
    """
    begin, entering = _entering(arcs.ptr, arcs.heads)
    road = 2 * chain[keys >> 1].astype(np.int64) + (keys & 1)
    missing = _missing(arcs.ptr, arcs.heads, begin, entering, road, is_copy, start, codes)
    delays = np.full(FORBIDDEN + 1, _ENDLESS_MS, dtype=np.int64)
    delays[: delay_ms.size] = delay_ms
    detour = _detours(arcs.ptr, arcs.heads, arcs.costs, start, codes, delays, *missing)
    slack = _turn_slack(arcs.ptr, begin, entering, road, start, codes, delays, *missing, detour)
    _add_ways_back(arcs.ptr, arcs.costs, _tails(arcs.ptr), begin, entering, road, start, codes, slack)
    steps = -(-slack[:, 0] >> _STEP_BITS)
    return np.where(steps >= NEVER, NEVER, steps).astype(np.uint16)


@njit(cache=True, nogil=True)
def _tails(ptr):  # type: ignore[no-untyped-def]
    """Return the node that each arc leaves."""
    tails = np.empty(ptr[-1], dtype=np.int32)
    for node in range(ptr.size - 1):
        tails[ptr[node] : ptr[node + 1]] = node
    return tails


@njit(cache=True, nogil=True)
def _entering(ptr, heads):  # type: ignore[no-untyped-def]
    """Return offsets and arcs of those that end at each node."""
    begin = np.zeros(ptr.size, dtype=np.int64)
    for arc in range(heads.size):
        begin[heads[arc] + 1] += 1
    for node in range(ptr.size - 1):
        begin[node + 1] += begin[node]
    filled = begin[:-1].copy()
    arcs = np.empty(heads.size, dtype=np.int32)
    for arc in range(heads.size):
        arcs[filled[heads[arc]]] = arc
        filled[heads[arc]] += 1
    return begin, arcs


@njit(cache=True, nogil=True, inline="always")
def _needs_detour(ptr, heads, road, is_copy, start, codes, node, arc, out):  # type: ignore[no-untyped-def]
    """Whether a forbidden turn takes something from a car: not the way back, nor a copy of a road that it may take."""
    if codes[start[arc] + out - ptr[node]] != FORBIDDEN or road[out] == road[arc] ^ 1:
        return False
    for i in range(ptr[node], ptr[node + 1]):
        same = road[i] == road[out] and heads[i] == heads[out] and is_copy[out] and not is_copy[i]
        if same and codes[start[arc] + i - ptr[node]] != FORBIDDEN:
            return False
    return True


@njit(cache=True, nogil=True)
def _missing(ptr, heads, begin, entering, road, is_copy, start, codes):  # type: ignore[no-untyped-def]
    """List the forbidden turns that another car may take: arc and arc after, arc by arc."""
    room = 1024
    found = np.empty((room, 2), dtype=np.int64)
    count = 0
    for node in range(ptr.size - 1):
        for i in range(begin[node], begin[node + 1]):
            arc = entering[i]
            for out in range(ptr[node], ptr[node + 1]):
                if not _needs_detour(ptr, heads, road, is_copy, start, codes, node, arc, out):
                    continue
                if not _open_to_another(ptr, begin, entering, start, codes, node, arc, out):
                    continue
                if count == room:
                    room *= 2
                    more = np.empty((room, 2), dtype=np.int64)
                    more[:count] = found
                    found = more
                found[count, 0], found[count, 1] = arc, out
                count += 1
    return found[:count, 0].copy(), found[:count, 1].copy()


@njit(cache=True, nogil=True)
def _open_to_another(ptr, begin, entering, start, codes, node, arc, out):  # type: ignore[no-untyped-def]
    for j in range(begin[node], begin[node + 1]):
        other = entering[j]
        if other != arc and codes[start[other] + out - ptr[node]] != FORBIDDEN:
            return True
    return False


@njit(cache=True, nogil=True)
def _detours(ptr, heads, costs, start, codes, delays, before, after):  # type: ignore[no-untyped-def]
    """Return the least milliseconds, rounded up, from the end of an arc to where another begins, turn by turn."""
    detour = np.full(before.size, _ENDLESS_MS, dtype=np.int64)
    label = np.full(heads.size, _UNREACHED, dtype=np.int64)
    touched = np.empty(heads.size, dtype=np.int32)
    heap_cost, heap_arc = np.empty(1024, dtype=np.int64), np.empty(1024, dtype=np.int32)
    first = 0
    while first < before.size:
        last = first
        while last < before.size and before[last] == before[first]:
            last += 1
        size, reached = 1, 0
        heap_cost[0], heap_arc[0] = 0, before[first]
        # until nothing that is left could come to any of the turns sooner
        while size > 0 and heap_cost[0] >> _BITS < detour[first:last].max():
            cost, arc = heap_cost[0], np.int64(heap_arc[0])
            size = _pop(heap_cost, heap_arc, size)
            if cost > 0 and cost > label[arc]:
                continue
            most = size + ptr[heads[arc] + 1] - ptr[heads[arc]]
            if most > heap_cost.size:
                heap_cost, heap_arc = _doubled(heap_cost, most), _doubled(heap_arc, most)
            for out in range(ptr[heads[arc]], ptr[heads[arc] + 1]):
                begins = cost + (delays[codes[start[arc] + out - ptr[heads[arc]]]] << _BITS)
                ends = begins + costs[out]
                if ends >= _CLOSED:
                    continue
                _note(after, detour, first, last, out, (begins >> _BITS) + 1)
                if ends >= label[out]:
                    continue
                if label[out] == _UNREACHED:
                    touched[reached] = out
                    reached += 1
                label[out] = ends
                size = _push(heap_cost, heap_arc, size, ends, out)
        for i in range(reached):
            label[touched[i]] = _UNREACHED
        first = last
    return detour


@njit(cache=True, nogil=True)
def _note(after, detour, first, last, out, milliseconds):  # type: ignore[no-untyped-def]
    """Lower the detour of the turns into an arc."""
    for i in range(first, last):
        if after[i] == out:
            detour[i] = min(detour[i], milliseconds)


@njit(cache=True, nogil=True)
def _doubled(values, least):  # type: ignore[no-untyped-def]
    """Return an array of twice the size, or more, that begins alike."""
    more = np.empty(max(2 * values.size, least), dtype=values.dtype)
    more[: values.size] = values
    return more


@njit(cache=True, nogil=True)
def _push(heap_cost, heap_arc, size, cost, arc):  # type: ignore[no-untyped-def]
    """Put an arc onto a binary heap; return its new size."""
    at = size
    while at > 0 and heap_cost[(at - 1) >> 1] > cost:
        heap_cost[at], heap_arc[at] = heap_cost[(at - 1) >> 1], heap_arc[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap_cost[at], heap_arc[at] = cost, arc
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap_cost, heap_arc, size):  # type: ignore[no-untyped-def]
    """Take the least off a binary heap; return its new size."""
    size -= 1
    cost, arc = heap_cost[size], heap_arc[size]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap_cost[child + 1] < heap_cost[child]:
            child += 1
        if heap_cost[child] >= cost:
            break
        heap_cost[at], heap_arc[at] = heap_cost[child], heap_arc[child]
        at = child
    heap_cost[at], heap_arc[at] = cost, arc
    return size


@njit(cache=True, nogil=True)
def _left_by(ptr, road, start, codes, node, arc, back):  # type: ignore[no-untyped-def]
    """Whether a car that came on an arc may have left the node on the road on which another comes back."""
    for out in range(ptr[node], ptr[node + 1]):
        if road[out] == road[back] ^ 1 and codes[start[arc] + out - ptr[node]] != FORBIDDEN:
            return True
    return False


@njit(cache=True, nogil=True)
def _turn_slack(ptr, begin, entering, road, start, codes, delays, before, after, detour):  # type: ignore[no-untyped-def]
    """Return the most that a turn from each arc can be cheaper than from another arc, in milliseconds ``(arcs, 2)``.

    In the second column only cars count that may have left the node on the road on which this arc comes back.
    """
    slack = np.zeros((road.size, 2), dtype=np.int64)
    index = np.full(road.size, -1, dtype=np.int64)  # where the forbidden turns of an arc begin
    for i in range(before.size - 1, -1, -1):
        index[before[i]] = i
    for node in range(ptr.size - 1):
        for i in range(begin[node], begin[node + 1]):
            mine = entering[i]
            for j in range(begin[node], begin[node + 1]):
                other = entering[j]
                if other == mine:
                    continue
                most = 0
                for out in range(ptr[node], ptr[node + 1]):
                    place = out - ptr[node]
                    here, there = codes[start[mine] + place], codes[start[other] + place]
                    if here == FORBIDDEN:
                        continue
                    cost = delays[there]
                    if there == FORBIDDEN:
                        at = index[other]
                        while at >= 0 and at < before.size and before[at] == other and after[at] != out:
                            at += 1
                        if at < 0 or at == before.size or before[at] != other:
                            continue  # the way back, or a copy of a road that it may take
                        cost = detour[at]
                    most = max(most, cost - delays[here])
                slack[mine, 0] = max(slack[mine, 0], most)
                if most > slack[mine, 1] and _left_by(ptr, road, start, codes, node, other, mine):
                    slack[mine, 1] = most
    return slack


@njit(cache=True, nogil=True)
def _add_ways_back(ptr, costs, tails, begin, entering, road, start, codes, slack):  # type: ignore[no-untyped-def]
    """Raise the slack of arcs from which a car may turn into another's way back, by what is left of the slack there.

    The later car comes to the node before by the time that both directions of the road take, so the slack there counts
    less that much.
    """
    queue = np.arange(road.size)
    waiting = np.ones(road.size, dtype=np.bool_)
    first, count = 0, road.size
    while count > 0:
        back = queue[first]
        first = (first + 1) % queue.size
        count -= 1
        waiting[back] = False
        node = tails[back]
        for j in range(begin[node], begin[node + 1]):
            other = entering[j]
            if road[back] != road[other] ^ 1 or codes[start[other] + back - ptr[node]] != FORBIDDEN:
                continue
            left = slack[back, 1] - ((costs[other] + costs[back]) >> _BITS)
            if slack[back, 1] >= _ENDLESS_MS // 2:
                left = _ENDLESS_MS
            for i in range(begin[node], begin[node + 1]):
                mine = entering[i]
                if mine == other or left <= slack[mine, 1] or codes[start[mine] + back - ptr[node]] == FORBIDDEN:
                    continue
                slack[mine, 0] = max(slack[mine, 0], left)
                if not _left_by(ptr, road, start, codes, node, other, mine):
                    continue
                slack[mine, 1] = left
                if not waiting[mine]:
                    waiting[mine] = True
                    queue[(first + count) % queue.size] = mine
                    count += 1

"""The turns of one side of a network: rows of codes, those that are alike stored once, and the slack of each arc."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.arrays import Arcs
from deserts.roads.turn_slack import slack_of_arcs
from deserts.roads.turns import TurnSide

__all__ = ["lay_out_side", "mates", "reversed_codes", "row_starts"]


def lay_out_side(
    arcs: Arcs,
    keys: NDArray[np.int64],
    chain: NDArray[np.int32],
    is_copy: NDArray[np.bool_],
    codes: NDArray[np.uint8],
    delay_ms: NDArray[np.int32],
    mate: NDArray[np.int32],
) -> TurnSide:
    """Lay out the turns of one side.

    Parameters
    ----------
    arcs
        The arcs.
    keys
        Twice the edge of each arc, and one more where it is driven back.
    chain
        Road of each edge; copies of a road share it.
    is_copy
        Whether each arc is a copy that only cars from one arc may take.
    codes
        Code of each turn, arc by arc in the order of the arcs that leave its end.
    delay_ms
        Milliseconds of each code.
    mate
        Arc of the other side that each arc is.
    """
    start = row_starts(arcs.ptr, arcs.heads)
    slack = slack_of_arcs(arcs, keys, chain, is_copy, start, codes, delay_ms)
    row, distinct = _distinct_rows(start, codes)
    return TurnSide(row, slack, distinct, mate)


@njit(cache=True, nogil=True)
def mates(keys, other_keys):  # type: ignore[no-untyped-def]
    """Return which arc of the other side each arc is."""
    index = np.full(keys.max() + 1 if keys.size else 1, -1, dtype=np.int32)
    for arc in range(other_keys.size):
        index[other_keys[arc]] = arc
    return index[keys]


@njit(cache=True, nogil=True)
def row_starts(ptr, heads):  # type: ignore[no-untyped-def]
    """Return where the turns of each arc begin when none are shared, and where the last ones end."""
    start = np.zeros(heads.size + 1, dtype=np.int64)
    for arc in range(heads.size):
        start[arc + 1] = start[arc] + ptr[heads[arc] + 1] - ptr[heads[arc]]
    return start


@njit(cache=True, nogil=True)
def reversed_codes(ptr, start, codes, other_ptr, other_heads, mate):  # type: ignore[no-untyped-def]
    """Return the codes of the other side, where each turn is taken against its direction.

    ``mate`` tells which arc each arc of the other side is.
    """
    begin = row_starts(other_ptr, other_heads)
    found = np.empty(begin[-1], dtype=np.uint8)
    for arc in range(other_heads.size):
        node = other_heads[arc]
        out = mate[arc] - ptr[node]
        for i in range(other_ptr[node], other_ptr[node + 1]):
            found[begin[arc] + i - other_ptr[node]] = codes[start[mate[i]] + out]
    return found


def _distinct_rows(start: NDArray[np.int64], codes: NDArray[np.uint8]) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return where the row of each arc begins among rows that are stored once, and these."""
    room = 1 << 12
    while True:
        row, distinct, used = _share_rows(start, codes, np.full(room, -1, dtype=np.int64))
        if used >= 0:
            return row, distinct[:used].copy()
        room *= 8


@njit(cache=True, nogil=True)
def _share_rows(start, codes, table):  # type: ignore[no-untyped-def]
    """Share rows by a table of those known; return -1 as the length where it is too small."""
    arcs = start.size - 1
    row = np.empty(arcs, dtype=np.uint32)
    first = np.empty(arcs, dtype=np.int64)  # arc that a known row was taken from
    distinct = np.empty(codes.size, dtype=np.uint8)
    used, known = 0, 0
    for arc in range(arcs):
        value = np.uint64(0xCBF29CE484222325)
        for i in range(start[arc], start[arc + 1]):
            value = (value ^ np.uint64(codes[i])) * np.uint64(0x100000001B3)
        size = start[arc + 1] - start[arc]
        slot = np.int64((value ^ (value >> np.uint64(32)) ^ np.uint64(size)) & np.uint64(table.size - 1))
        while table[slot] >= 0 and not _alike(start, codes, first[table[slot]], arc):
            slot = (slot + 1) & (table.size - 1)
        if table[slot] < 0:
            if 2 * known >= table.size:
                return row, distinct, -1
            table[slot] = known
            first[known] = arc
            known += 1
            row[arc] = used
            for i in range(size):
                distinct[used + i] = codes[start[arc] + i]
            used += size
        else:
            row[arc] = row[first[table[slot]]]
    return row, distinct, used


@njit(cache=True, nogil=True)
def _alike(start, codes, one, other):  # type: ignore[no-untyped-def]
    """Whether two arcs have the same codes."""
    size = start[one + 1] - start[one]
    if start[other + 1] - start[other] != size:
        return False
    alike = True
    for i in range(size):
        alike = alike and codes[start[one] + i] == codes[start[other] + i]
    return alike

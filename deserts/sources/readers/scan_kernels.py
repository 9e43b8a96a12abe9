"""Byte loops that find records and wanted tokens in files of gigabytes without building an object for each.

A token is a run of ASCII letters and digits, so that ``62370`` is found in ``"62370-TC"`` and in ``,62370,``, and not
in ``162370``. A hit only says that a record is worth reading; the reader then decides by column or key.

The loops hardly branch: the last five bytes are folded into one number that is looked up in a small filter, and only
what passes it is compared byte by byte afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from deserts.arrays import Bools, Bytes, Longs

__all__ = ["RECORDS_START", "TokenTable", "holds_token", "scan_records"]

Hashes = npt.NDArray[np.uint64]

_MOST_LENGTH = 31
_LAST = 5
"""Bytes of a token's end that the filter looks at; a shorter token is padded with what is no letter or digit."""
_LAST_MASK = np.uint64((1 << (8 * _LAST)) - 1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_FILTER_BITS = 14
_SHIFT = np.uint64(64 - _FILTER_BITS)
_EIGHT = np.uint64(8)


def _folded() -> Hashes:
    """Return letters in upper case and digits as themselves, everything else as zero."""
    table = np.zeros(256, dtype=np.uint64)
    for char in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        table[char] = char
    table[ord("a") : ord("z") + 1] = table[ord("A") : ord("Z") + 1]
    return table


_FOLDED = _folded()


class TokenTable:
    """The wanted tokens: a filter of their ends, and all of them as hashes. Without tokens every record is a hit.

    Parameters
    ----------
    tokens
        Letters and digits alone, at most 31 of them each; case does not matter.
    """

    def __init__(self, tokens: Collection[str]) -> None:
        cleaned = sorted({token.upper() for token in tokens})
        bad = [token for token in cleaned if not (token.isascii() and token.isalnum() and len(token) <= _MOST_LENGTH)]
        if bad:
            message = f"not a token of letters and digits: {bad[0]!r}"
            raise ValueError(message)
        self.is_open = not cleaned
        self.filter = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
        raws = [np.frombuffer(token.encode(), dtype=np.uint8) for token in cleaned]
        self.hashes = np.sort(np.array([_hash(raw, 0, len(raw)) for raw in raws], dtype=np.uint64))
        for raw in raws:
            _mark_end(raw, self.filter)


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _hash(buffer: Bytes, start: int, end: int) -> Any:
    """Hash upper-case bytes by FNV-1a (Fowler, Noll, Vo)."""
    value = np.uint64(0xCBF29CE484222325)
    for at in range(start, end):
        char = np.uint64(buffer[at])
        folded = _FOLDED[buffer[at]]
        value = (value ^ (folded if folded else char)) * np.uint64(0x100000001B3)
    return value


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _rolled(roll: Any, char: Any) -> Any:
    return ((roll << _EIGHT) | _FOLDED[char]) & _LAST_MASK


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _mark_end(raw: Bytes, marks: Bools) -> None:
    """Mark the end of a token, and where it is shorter than what is looked at, with any one byte before it."""
    roll = np.uint64(0)
    for char in raw:
        roll = _rolled(roll, char)
    marks[(roll * _FACTOR) >> _SHIFT] = True
    if len(raw) < _LAST:
        marks[:] = True  # whatever stands before it belongs to the number: everything is compared


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _token_ends(buffer: Bytes, candidates: Longs, count: int, hashes: Hashes) -> int:
    """Keep the candidates at which a wanted token ends; one that touches the buffer's end is left to the next call."""
    kept = 0
    for i in range(count):
        end = candidates[i]
        if end == len(buffer) or _FOLDED[buffer[end]]:
            continue
        start = end
        while start > 0 and _FOLDED[buffer[start - 1]] and end - start <= _MOST_LENGTH:
            start -= 1
        value = _hash(buffer, start, end)
        at = np.searchsorted(hashes, value)
        if at < len(hashes) and hashes[at] == value:
            candidates[kept] = end
            kept += 1
    return kept


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _before(buffer: Bytes, begin: int) -> Any:
    roll = np.uint64(0)
    for at in range(max(0, begin - _LAST), begin):
        roll = _rolled(roll, buffer[at])
    return roll


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _marks(buffer: Bytes, begin: int, places: Longs, candidates: Longs, marks: Bools) -> tuple[int, int]:
    """Find quotation marks and line ends, and places at which a token may end."""
    roll, found, count = _before(buffer, begin), 0, 0
    if begin > 0:
        candidates[0], count = begin, 1
    for at in range(begin, len(buffer)):
        char = buffer[at]
        roll = _rolled(roll, char)
        candidates[count] = at + 1
        count += marks[(roll * _FACTOR) >> _SHIFT]
        places[found] = at
        found += (char == 34) | (char == 10)
    return found, count


@numba.njit(cache=True, nogil=True, inline="always")  # type: ignore[untyped-decorator]
def _opens_field(buffer: Bytes, at: int) -> bool:
    """Whether a quotation mark stands at the start of a field: after a separator, a line end or nothing but blanks."""
    at -= 1
    while at >= 0 and buffer[at] == 32:
        at -= 1
    return at < 0 or buffer[at] == 44 or buffer[at] == 10 or buffer[at] == 59 or buffer[at] == 9 or buffer[at] == 124


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _records(
    buffer: Bytes,
    places: Longs,
    found: int,
    tokens: Longs,
    count: int,
    state: Longs,
    ends: Longs,
    hits: Longs,
) -> int:
    quoted, inside, closed, hit = state[0] != 0, state[1] != 0, state[2], state[3]
    done, next_token = 0, 0
    for i in range(found):
        at = places[i]
        if buffer[at] == 34:
            if inside:
                inside, closed = False, at
            else:  # a doubled quotation mark closes a field and opens it again
                inside = quoted and (closed == at - 1 or _opens_field(buffer, at))
        elif not inside:
            while next_token < count and tokens[next_token] <= at:
                hit += 1
                next_token += 1
            ends[done], hits[done] = at + 1, hit
            done += 1
            hit = 0
    state[1], state[2], state[3] = inside, closed, hit + count - next_token
    return done


RECORDS_START = (0, 0, -9, 0)
"""State of `scan_records` at first: whether quotation marks shield line breaks, inside quotes, place of the last
closing one, tokens in the open record."""


def scan_records(
    buffer: Bytes,
    begin: int,
    state: Longs,
    work: tuple[Longs, Longs, Longs, Longs],
    table: TokenTable,
) -> int:
    """Find the ends of records in a buffer and how many wanted tokens each holds.

    Parameters
    ----------
    buffer
        Bytes from the start of a record, of which those from ``begin`` on are new.
    state
        Four numbers that carry over, at first `RECORDS_START`; the place in it is one in this buffer.
    work
        Four arrays one longer than the buffer: two for the scan; ends of records, and their tokens.
    table
        The wanted tokens.

    Returns
    -------
    int
        Number of records that ended.
    """
    places, tokens, ends, hits = work
    found, count = _marks(buffer, begin, places, tokens, table.filter)
    count = _token_ends(buffer, tokens, count, table.hashes)
    done: int = _records(buffer, places, found, tokens, count, state, ends, hits)
    return done


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds_one(raw: Bytes, candidates: Longs, marks: Bools, hashes: Hashes) -> bool:
    roll, count = np.uint64(0), 0
    for at in range(len(raw)):
        roll = _rolled(roll, raw[at])
        candidates[count] = at + 1
        count += marks[(roll * _FACTOR) >> _SHIFT]
        if count == len(candidates):
            if _token_ends(raw, candidates, count, hashes):
                return True
            count = 0
    return bool(_token_ends(raw, candidates, count, hashes))


def holds_token(raw: bytes, table: TokenTable) -> bool:
    """Whether bytes hold a wanted token; a token at their very end is not looked at."""
    if table.is_open:
        return True
    found: bool = _holds_one(np.frombuffer(raw, dtype=np.uint8), np.empty(64, np.int64), table.filter, table.hashes)
    return found

"""Compiled steps through protocol buffers: numbers and fields of a message, never past its end.

Every function takes the bytes of a block and the bounds of a message; a position of -1 says that the message is
damaged. Nothing is read outside the bounds, whatever the bytes are.

References
----------
https://protobuf.dev/programming-guides/encoding/, https://wiki.openstreetmap.org/wiki/PBF_Format
"""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["DAMAGED", "VARINT", "bounds_of", "count_numbers", "field", "fields_of", "number", "signed", "skip"]

DAMAGED = -1
VARINT, LENGTH = 0, 2
_BITS, _MORE, _WIDTH = np.uint64(0x7F), np.uint64(0x80), np.uint64(64)


@njit(cache=True, nogil=True)
def number(block, at, end):  # type: ignore[no-untyped-def]
    """Return a variable-length number (as unsigned) and the position behind it."""
    # indices are unsigned, which spares the test for negative ones; most numbers are one byte long
    if at >= end:
        return np.uint64(0), np.int64(DAMAGED)
    byte = np.uint64(block[np.uint64(at)])
    at += 1
    if byte < _MORE:
        return byte, at
    value, shift = byte & _BITS, np.uint64(7)
    while at < end and shift < _WIDTH:
        byte = np.uint64(block[np.uint64(at)])
        at += 1
        value |= (byte & _BITS) << shift
        if byte < _MORE:
            return value, at
        shift += np.uint64(7)
    return value, np.int64(DAMAGED)


@njit(cache=True, nogil=True, inline="always")
def signed(value):  # type: ignore[no-untyped-def]
    """Undo the zigzag of a signed number."""
    return np.int64(value >> np.uint64(1)) ^ -np.int64(value & np.uint64(1))


@njit(cache=True, nogil=True)
def field(block, at, end):  # type: ignore[no-untyped-def]
    """Return number, start and end of the next field and its wire type; a varint's start is where its bytes lie."""
    key, start = number(block, at, end)
    if start < 0:
        return np.int64(0), start, start, np.int64(0)
    kind = np.int64(key & np.uint64(7))
    name = np.int64(key >> np.uint64(3))
    if kind == LENGTH:
        size, start = number(block, start, end)
        if start < 0 or size > np.uint64(end - start):
            return name, np.int64(DAMAGED), np.int64(DAMAGED), kind
        return name, start, start + np.int64(size), kind
    stop = skip(block, start, end, kind)
    return name, start if stop >= 0 else stop, stop, kind


@njit(cache=True, nogil=True)
def skip(block, at, end, kind):  # type: ignore[no-untyped-def]
    """Return the position behind a field that is not of known length."""
    if kind == VARINT:
        return number(block, at, end)[1]
    size = 8 if kind == 1 else 4 if kind == 5 else -1
    return at + size if size > 0 and at + size <= end else np.int64(DAMAGED)


@njit(cache=True, nogil=True)
def fields_of(block, at, end, wanted):  # type: ignore[no-untyped-def]
    """Return start and end of every field of one number in a message, ``(fields, 2)``; one row of -1 when damaged."""
    count = 0
    spot = at
    while spot < end:
        name, _, stop, kind = field(block, spot, end)
        if stop < 0 or (name == wanted and kind != LENGTH):
            return np.full((1, 2), DAMAGED, dtype=np.int64)
        count += name == wanted
        spot = stop
    found = np.empty((count, 2), dtype=np.int64)
    count = 0
    spot = at
    while spot < end:
        name, start, stop, _ = field(block, spot, end)
        if name == wanted:
            found[count, 0], found[count, 1] = start, stop
            count += 1
        spot = stop
    return found


@njit(cache=True, nogil=True)
def bounds_of(block, at, end, found):  # type: ignore[no-untyped-def]
    """Enter start and end of the field of each number into ``found``, ``(most, 2)``; return whether all is whole.

    A field that is absent has start and end 0; one that occurs twice is taken as damage. Fields that a message may
    repeat are looked up by `fields_of`.
    """
    found[:] = 0
    while at < end:
        name, start, stop, _ = field(block, at, end)
        if stop < 0:
            return False
        if name < found.shape[0]:
            if found[name, 1] > 0:
                return False
            found[name, 0], found[name, 1] = start, stop
        at = stop
    return True


@njit(cache=True, nogil=True)
def count_numbers(block, at, end):  # type: ignore[no-untyped-def]
    """Return how many variable-length numbers end between two positions."""
    count = 0
    for i in range(at, end):
        count += block[i] < 0x80
    return count

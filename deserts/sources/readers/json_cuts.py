"""Compiled loops that find where records of JSON begin and end. They cut; reading a record is a library's work."""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.arrays import Bytes, Longs

__all__ = [
    "BROKEN", "ELEMENT", "IN_KEY", "IS_DONE", "KEY", "MEMBER", "OPEN_AT", "cut_block", "new_state",
]  # fmt: skip


KEY, MEMBER, ELEMENT, BROKEN = 1, 2, 3, 4
"""What a cut is: the name of a root member, a root member that is no array, an element of an array, a fault."""

_DEPTH, _IN_TEXT, _IS_ESCAPED, _ROOT, _IN_ARRAY, _WAITS, OPEN_AT, IN_KEY, IS_DONE, _IS_SCALAR = range(10)
"""Places in the state. ``_ROOT`` is the root's bracket; ``_IN_ARRAY`` tells whether the open member is an array;
``_WAITS`` what may come next at the level that is cut: 0 a comma or the end, 1 a value, 2 a name, 3 a colon, 4 a value
or the end of an empty array, 5 a name or the end of an empty object."""

_QUOTE, _BACKSLASH, _COMMA, _COLON = 34, 92, 44, 58
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY = 123, 125, 91, 93


def new_state() -> Longs:
    """Return the state of a document of which nothing has been seen."""
    state = np.zeros(10, dtype=np.int64)
    state[OPEN_AT] = -1
    return state


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def cut_block(data: Bytes, base: int, state: Longs) -> tuple[Longs, Longs, Longs]:
    """Follow a document through one block; return the cuts as kind, start and end (bytes of the whole document).

    The state is changed in place, so that a part may begin in one block and end in a later one. A fault ends the cuts.
    """
    room, count, place = 64, 0, 0
    kinds, starts, ends = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    while place < len(data):
        if state[_IN_TEXT]:
            place = _to_end_of_text(data, place, state)
        elif state[_DEPTH] > 1 + state[_IN_ARRAY]:
            place = _to_end_of_part(data, place, state)
        if place == len(data):
            break
        start = state[OPEN_AT]
        kind, end = _step(data[place], base + place, state)
        place += 1
        if kind == 0:
            continue
        kinds[count], starts[count], ends[count] = kind, end if kind == BROKEN else start, end
        count += 1
        if kind == BROKEN:
            break
        if count == room:
            room *= 2
            kinds, starts, ends = _longer(kinds, room), _longer(starts, room), _longer(ends, room)
    return kinds[:count].copy(), starts[:count].copy(), ends[:count].copy()


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _to_end_of_text(data: Bytes, place: int, state: Longs) -> int:
    """Return where the open text ends: the place of its quote, or the length of the block."""
    if state[_IS_ESCAPED]:
        state[_IS_ESCAPED] = 0
        place += 1
    while place < len(data):
        byte = data[place]
        if byte == _QUOTE:
            return place
        if byte == _BACKSLASH:
            if place + 1 == len(data):
                state[_IS_ESCAPED] = 1
            place += 1
        place += 1
    return len(data)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _to_end_of_part(data: Bytes, place: int, state: Longs) -> int:
    """Return the place of the bracket that ends the open part, or the length of the block."""
    level, depth = 1 + state[_IN_ARRAY], state[_DEPTH]
    while place < len(data):
        byte = data[place]
        if byte == _QUOTE:
            state[_IN_TEXT] = 1
            place = _to_end_of_text(data, place + 1, state)
            if place == len(data):
                break
            state[_IN_TEXT] = 0
        elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
            depth += 1
        elif byte in (_CLOSE_OBJECT, _CLOSE_ARRAY):
            if depth == level + 1:
                break
            depth -= 1
        place += 1
    state[_DEPTH] = depth
    return place


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _longer(values: Longs, room: int) -> Longs:
    longer = np.empty(room, np.int64)
    longer[: len(values)] = values
    return longer


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _step(byte: int, at: int, state: Longs) -> tuple[int, int]:
    """Take a byte that decides something; return the kind of the cut that it ends (0 for none) and where it ends."""
    ended: tuple[int, int] = (0, 0)
    if state[_IN_TEXT]:
        state[_IN_TEXT] = 0
        ended = _text_ends(at, state)
    elif state[_DEPTH] > 1 + state[_IN_ARRAY]:
        state[_DEPTH] -= 1
        ended = _part_ends(at + 1, state)
    elif byte in (32, 9, 10, 13):
        ended = _scalar_ends(at, state) if state[_IS_SCALAR] else (0, 0)
    elif not state[_IS_SCALAR]:
        ended = _at_level(byte, at, state)
    elif byte in (_COMMA, _CLOSE_ARRAY, _CLOSE_OBJECT):
        ended = _scalar_ends(at, state)
        ended = ended if _between(byte, state) else (BROKEN, at)
    return ended


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _text_ends(at: int, state: Longs) -> tuple[int, int]:
    if state[IN_KEY]:
        state[IN_KEY], state[_WAITS], state[OPEN_AT] = 0, 3, -1
        return KEY, at + 1
    if state[_DEPTH] > 1 + state[_IN_ARRAY]:
        return 0, 0
    ended: tuple[int, int] = _part_ends(at + 1, state)
    return ended


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _part_ends(end: int, state: Longs) -> tuple[int, int]:
    state[_WAITS], state[OPEN_AT] = 0, -1
    is_element = state[_IN_ARRAY] == 1 or state[_ROOT] == _OPEN_ARRAY
    return ELEMENT if is_element else MEMBER, end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scalar_ends(at: int, state: Longs) -> tuple[int, int]:
    state[_IS_SCALAR] = 0
    ended: tuple[int, int] = _part_ends(at, state)
    return ended


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _between(byte: int, state: Longs) -> bool:
    """Take what may follow a part: a comma, or the end of the array or object that holds it."""
    in_array = state[_IN_ARRAY] == 1 or state[_ROOT] == _OPEN_ARRAY
    if byte == _COMMA:
        state[_WAITS] = 1 if in_array else 2
        return True
    if byte != (_CLOSE_ARRAY if in_array else _CLOSE_OBJECT):
        return False
    state[_DEPTH] -= 1
    state[_WAITS] = 0
    if state[_IN_ARRAY]:
        state[_IN_ARRAY] = 0
    else:
        state[IS_DONE] = 1
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _at_level(byte: int, at: int, state: Longs) -> tuple[int, int]:
    """Take a byte of the level that is cut, or before the document begins."""
    waits = state[_WAITS]
    fits = True
    if state[_DEPTH] == 0:
        fits = not state[IS_DONE] and byte in (_OPEN_OBJECT, _OPEN_ARRAY)
        state[_ROOT], state[_DEPTH], state[_WAITS] = byte, 1, 5 if byte == _OPEN_OBJECT else 4
    elif waits == 0:
        fits = _between(byte, state)
    elif waits == 3:
        fits = byte == _COLON
        state[_WAITS] = 1
    elif waits in (2, 5) and byte == _QUOTE:
        state[_IN_TEXT], state[IN_KEY], state[OPEN_AT] = 1, 1, at
    elif (waits == 5 and byte == _CLOSE_OBJECT) or (waits == 4 and byte == _CLOSE_ARRAY):
        fits = _between(byte, state)
    elif waits in (1, 4):
        fits = _part_begins(byte, at, state)
    else:
        fits = False
    return (0, 0) if fits else (BROKEN, at)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _part_begins(byte: int, at: int, state: Longs) -> bool:
    if byte in (_COMMA, _COLON, _CLOSE_ARRAY, _CLOSE_OBJECT):
        return False
    if byte == _OPEN_ARRAY and state[_ROOT] == _OPEN_OBJECT and not state[_IN_ARRAY]:
        state[_IN_ARRAY], state[_DEPTH], state[_WAITS] = 1, 2, 4  # the elements of a member are cut one by one
        return True
    state[OPEN_AT] = at
    if byte == _QUOTE:
        state[_IN_TEXT] = 1
    elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
        state[_DEPTH] += 1
    else:
        state[_IS_SCALAR] = 1
    return True

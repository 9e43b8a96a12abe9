"""Compiled loops that cut NDJSON into lines and tell which of them need not be read. Reading is a library's work."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from deserts.arrays import Bools, Bytes, Longs

__all__ = ["ALWAYS", "BY_ID", "BY_NUMBER", "cut_lines", "marks_of"]

ALWAYS, BY_NUMBER, BY_ID = 0, 1, 2
"""What lines that begin with a head are passed over for: for that alone, without a wanted number, or for their id."""

_BLANKS = (32, 9, 13)
_END, _QUOTE, _COMMA, _COLON, _BACKSLASH, _CLOSE = 10, 34, 44, 58, 92, 125
_ID = np.frombuffer(b'"id"', dtype=np.uint8)
_ESCAPED = np.frombuffer(b"\\u00", dtype=np.uint8)
_DIGITS = 10
_NO_HEAD = -1
_BASIS, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
"""Of FNV-1a with 64 bits."""


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def cut_lines(
    data: Bytes,
    heads: Bytes,
    head_ends: Longs,
    rules: Longs,
    numbers: Longs,
    texts: Bytes,
    text_ends: Longs,
    ids: npt.NDArray[np.uint64],
) -> tuple[Longs, Longs, Longs]:
    """Return start and end of every line, and by which head it is passed over (-1 where it is to be read).

    Parameters
    ----------
    data
        Ends with a line end. Blank lines have their end at their start.
    heads, head_ends, rules
        Texts one after the other with their ends, and what lines that begin so are passed over for; such a line must
        also end with a brace, any other may be broken.
    numbers
        Sorted; a line with one of them, as exactly ten digits, is wanted.
    texts, text_ends
        In small letters; a line with one of them in any letters is wanted, too.
    ids
        Sorted `marks_of` wanted ids.
    """
    count = 0
    for byte in data:
        if byte == _END:
            count += 1
    starts, ends = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    headed = np.full(count, _NO_HEAD, dtype=np.int64)
    begins = _first_letters(texts, text_ends)
    start = 0
    for row in range(count):
        head = _head_at(data, start, heads, head_ends)
        is_wanted, place = head < 0, start
        if head >= 0 and rules[head] == BY_NUMBER:
            is_wanted, place = _holds(data, start, numbers, texts, text_ends, begins)
        elif head >= 0 and rules[head] == BY_ID:
            is_wanted = _has_id(data, start + head_ends[head] - (head_ends[head - 1] if head else 0), ids)
        while data[place] != _END:
            place += 1
        starts[row], ends[row] = start, _text_end(data, start, place)
        if not is_wanted and data[ends[row] - 1] == _CLOSE:
            headed[row] = head
        start = place + 1
    return starts, ends, headed


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def marks_of(texts: Bytes, ends: Longs) -> npt.NDArray[np.uint64]:
    """Return the fingerprints of texts that stand one after the other; two texts may share one, if hardly ever."""
    found = np.empty(len(ends), dtype=np.uint64)
    begin = 0
    for row in range(len(ends)):
        mark = _BASIS
        for place in range(begin, ends[row]):
            mark = (mark ^ np.uint64(texts[place])) * _PRIME
        found[row], begin = mark, ends[row]
    return found


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _first_letters(texts: Bytes, ends: Longs) -> Bools:
    """Return of each byte whether it begins one of some texts in small letters."""
    begins, begin = np.zeros(256, dtype=np.bool_), 0
    for end in ends:
        begins[texts[begin]] = True
        begins[_other_case(texts[begin])] = True
        begin = end
    return begins


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _other_case(byte: int) -> int:
    return byte - 32 if 97 <= byte <= 122 else byte


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds(data: Bytes, place: int, numbers: Longs, texts: Bytes, text_ends: Longs, begins: Bools) -> tuple[bool, int]:
    r"""Return whether a line holds a wanted number or text, and how far it was looked at.

    A line with escaped ASCII (``\u0031`` for 1) is wanted, too: it may hold anything.
    """
    digits, number = 0, np.int64(0)
    while True:
        byte = data[place]
        if 48 <= byte <= 57:
            digits += 1
            if digits <= _DIGITS:
                number = number * 10 + (byte - 48)
            place += 1
            continue
        if digits == _DIGITS:
            at = np.searchsorted(numbers, number)
            if at < len(numbers) and numbers[at] == number:
                return True, place
        digits, number = 0, np.int64(0)
        if byte == _END:
            return False, place
        if begins[byte] and _holds_text(data, place, texts, text_ends):
            return True, place
        if byte == _BACKSLASH and _begins_with(data, place, _ESCAPED) and data[place + 4] < 56:
            return True, place
        place += 1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _holds_text(data: Bytes, place: int, texts: Bytes, ends: Longs) -> bool:
    """Tell whether one of some texts in small letters stands at a place, in any letters."""
    begin = 0
    for end in ends:
        same = 0
        while begin + same < end and place + same < len(data):
            byte = data[place + same]
            if byte + 32 * (65 <= byte <= 90) != texts[begin + same]:
                break
            same += 1
        if begin + same == end:
            return True
        begin = end
    return False


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _has_id(data: Bytes, place: int, ids: npt.NDArray[np.uint64]) -> bool:
    """Tell whether a line may have a wanted id: where none stands next, or an odd one, it may."""
    place = _after(data, place, _COMMA)
    if place < 0 or not _begins_with(data, place, _ID):
        return True
    place = _after(data, place + len(_ID), _COLON)
    if place < 0 or data[place] != _QUOTE:
        return True
    mark, place = _BASIS, place + 1
    while data[place] != _QUOTE:
        byte = data[place]
        # plain letters, digits, hyphens and dots are what FHIR allows in an id
        if not (48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte in (45, 46)):
            return True
        mark = (mark ^ np.uint64(byte)) * _PRIME
        place += 1
    at = np.searchsorted(ids, mark)
    return bool(at < len(ids) and ids[at] == mark)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _after(data: Bytes, place: int, wanted: int) -> int:
    """Return where the text behind a sign begins, blanks aside; -1 where another sign stands there."""
    while data[place] in _BLANKS:
        place += 1
    if data[place] != wanted:
        return -1
    place += 1
    while data[place] in _BLANKS:
        place += 1
    return place


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _text_end(data: Bytes, start: int, line_end: int) -> int:
    """Return where a line's text ends: before its carriage return, and at its start where it is blank."""
    place = start
    while data[place] in _BLANKS:
        place += 1
    if place == line_end:
        return start
    return line_end - 1 if data[line_end - 1] == 13 else line_end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _head_at(data: Bytes, place: int, heads: Bytes, head_ends: Longs) -> int:
    begin = 0
    for head in range(len(head_ends)):
        if _begins_with(data, place, heads[begin : head_ends[head]]):
            return head
        begin = head_ends[head]
    return -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _begins_with(data: Bytes, place: int, text: Bytes) -> bool:
    if place + len(text) > len(data):
        return False
    same = 0
    while same < len(text) and data[place + same] == text[same]:
        same += 1
    return same == len(text)

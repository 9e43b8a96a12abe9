"""Stream NDJSON line by line in flat memory, and pass over unread the lines that cannot matter.

National directories have tens of gigabytes, and some thousand of their lines are wanted. A line is looked at as bytes
before anything is made of it, so that such a file costs little more than reading it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from deserts.sources.readers import ndjson_cuts as cuts
from deserts.sources.readers.json_stream import BLOCK_BYTES, MAX_RECORD_BYTES, blocks_of

__all__ = ["Line", "LineSieve", "Passed", "lines_of"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of NDJSON: its number from 1, and its bytes, empty where it was longer than allowed."""

    number: int
    raw: bytes

    @property
    def is_too_long(self) -> bool:
        """Whether it was passed over because of its length."""
        return not self.raw


@dataclass(frozen=True, slots=True)
class LineSieve:
    """Which lines are passed over, told by how they begin; a line that begins otherwise is always read.

    It may take a line too many, never one too few: a telephone can look like a wanted number, two ids can share a
    fingerprint, and a line that doesn't end with a brace may be broken.

    Parameters
    ----------
    unread
        Lines that begin with one of these (no blank before) are passed over whatever they hold.
    by_number
        Lines that begin with one of these are, unless they hold one of ``numbers`` or ``texts``.
    numbers
        Wanted numbers of ten digits (NPIs).
    texts
        ASCII in small letters, not empty; in a line in any letters.
    by_id
        Lines that begin with one of these are, if an ``id`` follows at once that is none of ``ids``.
    ids
        Wanted ids.
    """

    unread: Sequence[bytes] = ()
    by_number: Sequence[bytes] = ()
    numbers: Collection[int] = ()
    texts: Sequence[bytes] = ()
    by_id: Sequence[bytes] = ()
    ids: Collection[str] = ()

    def passes(self, raw: bytes) -> bool:
        """Whether one line is passed over."""
        _, _, headed = _Cutter.of(self).cut(raw + b"\n")
        return bool(headed[0] >= 0)


@dataclass(slots=True)
class Passed:
    """How many lines were passed over, by how they begin."""

    begun: Counter[bytes] = field(default_factory=Counter)


_ALL = LineSieve()


def lines_of(
    path: Path, *, sieve: LineSieve = _ALL, passed: Passed | None = None, block_bytes: int = BLOCK_BYTES
) -> Iterator[Line]:
    """Yield the lines of NDJSON that aren't blank, on request only those that a sieve leaves.

    Parameters
    ----------
    path
        NDJSON, plain or packed.
    sieve
        Which lines are passed over.
    passed
        Counts them.
    block_bytes
        How much is looked at together.
    """
    cutter, tally = _Cutter.of(sieve), Passed() if passed is None else passed
    carried, number, is_skipping = b"", 0, False
    for block in blocks_of(path, block_bytes=block_bytes):
        end = block.rfind(b"\n")
        if end < 0:
            is_skipping = is_skipping or len(carried) + len(block) > MAX_RECORD_BYTES
            carried = b"" if is_skipping else carried + block
            continue
        whole = block[: end + 1]
        if is_skipping:
            number += 1
            yield Line(number, b"")
            whole, is_skipping = whole[whole.index(b"\n") + 1 :], False
        else:
            whole = carried + whole
        carried = block[end + 1 :]
        number += yield from cutter.lines(whole, number, tally)
    if is_skipping:
        yield Line(number + 1, b"")
    elif carried.strip():
        yield from cutter.lines(carried + b"\n", number, tally)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """A sieve as the compiled loop needs it."""

    heads: tuple[bytes, ...]
    tables: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, sieve: LineSieve) -> _Cutter:
        kinds = ((sieve.unread, cuts.ALWAYS), (sieve.by_number, cuts.BY_NUMBER), (sieve.by_id, cuts.BY_ID))
        heads = tuple(head for some, _ in kinds for head in some)
        rules = np.array([rule for some, rule in kinds for _ in some], dtype=np.int64)
        numbers = np.unique(np.array(list(sieve.numbers), dtype=np.int64))
        ids = np.unique(cuts.marks_of(*_in_one_row([text.encode() for text in sieve.ids])))
        return cls(heads, (*_in_one_row(heads), rules, numbers, *_in_one_row(sieve.texts), ids))

    def cut(self, whole: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return start, end and head (-1 where it is to be read) of each line of bytes that end with a line end."""
        found: tuple[np.ndarray, np.ndarray, np.ndarray] = cuts.cut_lines(
            np.frombuffer(whole, dtype=np.uint8), *self.tables
        )
        return found

    def lines(self, whole: bytes, number: int, passed: Passed) -> Generator[Line, None, int]:
        """Yield the lines that are to be read; return how many there are."""
        starts, ends, headed = self.cut(whole)
        for head, count in zip(self.heads, np.bincount(headed + 1, minlength=len(self.heads) + 1)[1:], strict=True):
            passed.begun[head] += int(count)
        rows = np.flatnonzero((ends > starts) & (headed < 0))
        for row, start, end in zip(rows.tolist(), starts[rows].tolist(), ends[rows].tolist(), strict=True):
            yield Line(number + row + 1, whole[start:end])
        return len(starts)


def _in_one_row(texts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Return texts one after the other, and where each ends."""
    return np.frombuffer(b"".join(texts), dtype=np.uint8), np.cumsum([len(text) for text in texts], dtype=np.int64)

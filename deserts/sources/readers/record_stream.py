"""Walk through a file of records of any size in flat memory, and stop only at those with a wanted token.

A record of a price list can have thousands of columns, of which none need be cut apart to see that no wanted code is in
it. Records with line breaks inside quotes are followed (RFC 4180); NDJSON is read with ``quoted=False``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np

from deserts.arrays import Longs
from deserts.errors import InputError
from deserts.sources.readers import scan_kernels as kernels

__all__ = ["Record", "RecordStream"]


BLOCK_BYTES: Final = 1 << 20
_LARGEST_RECORD = 96 << 20
_QUOTED, _INSIDE, _CLOSED = range(3)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number in the stream, from 1, the place of its first byte, and its bytes without line end."""

    number: int
    offset: int
    raw: bytes


class RecordStream:
    """Iterate over the records of a stream that hold a wanted token.

    Parameters
    ----------
    stream
        The file's bytes, unpacked.
    where
        Its path, for messages.
    tokens
        Words of letters and digits of which a record must hold one, whatever their case; all records when empty.
    quoted
        Whether a quotation mark at the start of a field shields line breaks.
    first
        Records from the start that come whatever they hold, such as headers.
    block_bytes
        How much is read at once; the result does not depend on it.

    Notes
    -----
    After the iteration ``records`` and ``bytes_read`` hold what was seen.
    """

    def __init__(
        self, stream: IO[bytes], *, where: Path, tokens: Collection[str] = (), quoted: bool = True, first: int = 0,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:  # fmt: skip
        self.records = 0
        self.bytes_read = 0
        self._stream = stream
        self._where = where
        self._table = kernels.TokenTable(tokens)
        self._first = first
        self._block_bytes = block_bytes
        self._state = np.array(kernels.RECORDS_START, dtype=np.int64)
        self._state[_QUOTED] = quoted
        self._work = _work(0)

    def __iter__(self) -> Iterator[Record]:
        kept = b""
        while block := self._stream.read(self._block_bytes):
            base = self.bytes_read - len(kept)
            body = kept + block
            self.bytes_read += len(block)
            count = self._scan(body, len(kept))
            yield from self._wanted(body, count, base)
            kept = body[int(self._work[2][count - 1]) if count else 0 :]
            self._check_size(kept)
            self._state[_CLOSED] -= len(body) - len(kept)
        if kept:  # a last line without its end
            base = self.bytes_read - len(kept)
            yield from self._wanted(kept + b"\n", self._scan(kept + b"\n", len(kept)), base)
            self._check_closed()

    def _scan(self, body: bytes, begin: int) -> int:
        if len(self._work[0]) <= len(body):
            self._work = _work(len(body) + 1)
        return kernels.scan_records(np.frombuffer(body, dtype=np.uint8), begin, self._state, self._work, self._table)

    def _wanted(self, body: bytes, count: int, base: int) -> Iterator[Record]:
        _, _, ends, hits = self._work
        hit = hits[:count] > 0
        if self._table.is_open:
            hit = np.ones(count, dtype=bool)
        hit[: max(0, self._first - self.records)] = True
        for at in np.flatnonzero(hit).tolist():
            start = int(ends[at - 1]) if at else 0
            yield Record(self.records + at + 1, base + start, body[start : int(ends[at])].rstrip(b"\r\n"))
        self.records += count

    def _check_size(self, kept: bytes) -> None:
        if len(kept) > _LARGEST_RECORD:
            raise InputError(
                f"one record has over {_LARGEST_RECORD >> 20} MB",
                where=f"{self._where}, record {self.records + 1:,}, byte {self.bytes_read - len(kept):,}",
                fix="look for a quotation mark that is never closed",
            )

    def _check_closed(self) -> None:
        if self._state[_INSIDE]:
            raise InputError(
                "a quotation mark is never closed", where=f"{self._where}, record {self.records + 1:,}",
                fix="the file was cut, or a field has a stray quotation mark: fetch it again, or mend that record",
            )  # fmt: skip


def _work(size: int) -> tuple[Longs, Longs, Longs, Longs]:
    return tuple(np.empty(size, np.int64) for _ in range(4))  # type: ignore[return-value]

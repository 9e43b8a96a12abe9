"""Stream large JSON documents: the elements of their arrays, in flat memory.

Files of payers, hospitals and registries are many times larger than memory. Here they are only cut into records; a
record becomes an object elsewhere (by ``msgspec``), and only if somebody wants it. Plain, gzip and zstd files are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa

from deserts.errors import InputError, MissingDataError
from deserts.sources.readers import json_cuts as cuts
from deserts.sources.readers.textfile import looks_like_html, open_binary

__all__ = [
    "MAX_RECORD_BYTES",
    "Piece",
    "blocks_of",
    "decode",
    "pieces_of",
    "starts_like_json",
]

BLOCK_BYTES = 4 << 20
"""Bytes that are looked at together: large enough that Python's share of the work is small."""

MAX_RECORD_BYTES = 64 << 20
"""Longest record that is held: outlines of service areas take megabytes, nothing honest takes more."""

_MAX_RATIO = 400
"""Most times that a file may grow: national directories shrink about 15 times, JSON of blanks 1,000 times."""
_FREE_BYTES = 1 << 30
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a document: a member of its root object, or one element of an array.

    Parameters
    ----------
    key
        Name of the root's member that it belongs to, empty where the root is an array.
    index
        Position in that array, from 0; None for a member that is no array.
    raw
        Its bytes; empty where it was longer than allowed.
    start
        Where it begins in the unpacked file (byte, from 0).
    """

    key: str
    index: int | None
    raw: bytes
    start: int

    @property
    def pointer(self) -> str:
        """Return its JSON pointer (RFC 6901)."""
        name = "/" + self.key.replace("~", "~0").replace("/", "~1") if self.key else ""
        return name if self.index is None else f"{name}/{self.index}"

    @property
    def is_too_long(self) -> bool:
        """Whether it was passed over because of its length."""
        return not self.raw


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes] | pa.NativeFile]:
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path")
    with path.open("rb") as stream:
        head = stream.read(1 << 12)
    if not head:
        raise InputError("the file is empty", where=path, fix="fetch it again")
    if looks_like_html(head):
        raise InputError(
            "the file is a web page, not JSON", where=path, expected="the publisher's file", fix="fetch it again"
        )
    codec = _MAGIC.get(head[:2])
    if head[:4] == b"PK\x03\x04":
        with open_binary(path, member=r"\.json$", max_ratio=_MAX_RATIO) as member:
            yield member
    elif codec is None:
        with path.open("rb") as plain:
            yield plain
    else:
        with pa.OSFile(str(path)) as packed, closing(pa.CompressedInputStream(packed, codec)) as unpacked:
            yield unpacked


def blocks_of(path: Path, *, block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield a file's content block by block, unpacked from gzip or zstd.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it is empty, a web page, damaged, or grows without reason.
    """
    limit = max(_FREE_BYTES, path.stat().st_size * _MAX_RATIO) if path.is_file() else 0
    seen = 0
    with _opened(path) as stream:
        while True:
            try:
                block = stream.read(block_bytes)
            except (OSError, pa.ArrowException) as error:
                raise InputError(
                    f"the file is damaged or cut after {seen:,} unpacked bytes: {error}", where=path,
                    fix="delete it and fetch it again",
                ) from error  # fmt: skip
            if not block:
                return
            if not seen:
                block = block.removeprefix(_BOM)
            seen += len(block)
            if seen > limit:
                raise InputError(
                    f"the file unpacks to more than {limit:,} bytes", where=path,
                    expected=f"at most {_MAX_RATIO} times its own size",
                    fix="do not use it: it is damaged or made to fill the disk",
                )  # fmt: skip
            yield block


def starts_like_json(path: Path) -> bytes:
    """Return the first byte of a file's content that is no blank: ``b"{"`` or ``b"["`` for JSON.

    Raises
    ------
    InputError
        If the file has no content.
    """
    for block in blocks_of(path, block_bytes=1 << 12):
        text = block.lstrip()
        if text:
            return text[:1]
    raise InputError("the file holds nothing but blanks", where=path, fix="fetch it again")


def pieces_of(path: Path, *, wanted: frozenset[str] | None = None, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """Yield the parts of one JSON document in the order of the file.

    A root array gives its elements. A root object gives its members; a member that is an array gives its elements one
    by one, so that neither the document nor a long array is ever held.

    Parameters
    ----------
    path
        The document.
    wanted
        Root members to yield; None for all. Others are passed over without being held.

    Raises
    ------
    InputError
        If the document's structure is broken: the byte, what was found before, what to do.
    """
    cutter = _Cutter(path, wanted)
    for block in blocks_of(path, block_bytes=block_bytes):
        yield from cutter.feed(block)
    cutter.finish()


class _Cutter:
    """Follows a document through its blocks and holds no more than the part that is open."""

    def __init__(self, path: Path, wanted: frozenset[str] | None) -> None:
        self._path, self._wanted = path, wanted
        self._state = cuts.new_state()
        self._held = b""
        self._base = 0
        """Where the held bytes begin in the file."""
        self._key, self._index = "", 0
        self._is_wanted = True

    def feed(self, block: bytes) -> Iterator[Piece]:
        seen = self._base + len(self._held)
        kinds, starts, ends = cuts.cut_block(np.frombuffer(block, dtype=np.uint8), seen, self._state)
        self._held += block
        for kind, start, end in zip(kinds.tolist(), starts.tolist(), ends.tolist(), strict=True):
            if kind == cuts.BROKEN:
                self._refuse(start, "its brackets, commas or quotes do not fit together")
            piece = self._take(kind, start, end)
            if piece is not None:
                yield piece
        self._let_go(seen + len(block))

    def _take(self, kind: int, start: int, end: int) -> Piece | None:
        if kind == cuts.KEY:
            text = self._bytes(start, end)
            self._key, self._index = self._name(text, start), 0
            self._is_wanted = self._wanted is None or self._key in self._wanted
            return None
        if not self._is_wanted:
            return None
        if kind == cuts.MEMBER:
            return Piece(self._key, None, self._bytes(start, end), start)
        index, self._index = self._index, self._index + 1
        return Piece(self._key, index, self._bytes(start, end), start)

    def _bytes(self, start: int, end: int) -> bytes:
        if end - start > MAX_RECORD_BYTES or start < self._base:
            return b""
        return self._held[start - self._base : end - self._base]

    def _name(self, text: bytes, start: int) -> str:
        try:
            return str(msgspec.json.decode(text, type=str))
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._refuse(start, "a member's name is no text")
            raise  # not reached: _refuse raises

    def _let_go(self, seen: int) -> None:
        """Forget what is complete; also a part that is open and unwanted, or too long to be held."""
        start = int(self._state[cuts.OPEN_AT])
        in_key = int(self._state[cuts.IN_KEY])
        keep_from = seen if start < 0 else start
        if start >= 0 and not in_key and (not self._is_wanted or seen - start > MAX_RECORD_BYTES):
            keep_from = seen
        self._held = self._held[keep_from - self._base :]
        self._base = keep_from

    def finish(self) -> None:
        if not int(self._state[cuts.IS_DONE]):
            self._refuse(self._base + len(self._held), "it ends in the middle: the file is cut off")

    def _refuse(self, at: int, why: str) -> None:
        raise InputError(
            f"no usable JSON: {why}", where=f"{self._path}, byte {at:,}", expected="one JSON object or array",
            fix="fetch it again; if the publisher serves it so, report it to the publisher",
        )  # fmt: skip


def decode(raw: bytes, kind: Any) -> Any:
    """Make an object of a record, or None when it is not what was expected."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        return None

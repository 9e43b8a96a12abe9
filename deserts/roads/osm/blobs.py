"""The blobs of a ``.pbf`` file: where each lies, and its bytes unpacked. Sizes are bounded, so no file swells."""

from __future__ import annotations

import bz2
import lzma
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.osm import wire

__all__ = ["Blob", "BlobFile", "damaged"]

_MOST_HEADER_BYTES = 64 << 10
_MOST_BLOB_BYTES = 32 << 20
"""Bounds of the format itself."""

_LENGTH_BYTES = 4
_RAW, _RAW_SIZE, _ZLIB, _LZMA, _BZIP2, _LZ4, _ZSTD = range(1, 8)
_FEATURES = {"OsmSchema-V0.6", "DenseNodes"}
_SORTED = "Sort.Type_then_ID"


def damaged(path: Path, what: object) -> InputError:
    """Return the error for a file that is not what it should be."""
    return InputError(
        f"the road file is damaged or not an OpenStreetMap extract: {what}",
        where=path,
        expected="a whole .osm.pbf or .osm file",
        fix="fetch it again and compare its checksum",
    )


@dataclass(frozen=True, slots=True)
class Blob:
    """Where the packed bytes of a blob lie in the file."""

    start: int
    size: int


class BlobFile:
    """A ``.pbf`` file, open for reading by any number of threads.

    Parameters
    ----------
    path
        The file.
    named
        What errors call it, where that is another name.

    Raises
    ------
    InputError
        If it is cut off, or holds what this reader does not know.
    """

    def __init__(self, path: Path, *, named: Path | None = None) -> None:
        self.path = named or path
        # read, not mapped: pages of a mapped file would count as this process's memory
        self._stream = path.open("rb")
        self._size = path.stat().st_size
        self._turn = threading.Lock()
        self.data: list[Blob] = []
        self.is_sorted = False
        for kind, blob in self._blobs():
            if kind == "OSMHeader":
                self._read_header(self.unpack(blob))
            elif kind == "OSMData":
                self.data.append(blob)

    def unpack(self, blob: Blob) -> NDArray[np.uint8]:
        """Return the bytes of a blob."""
        packed = self._read(blob.start, blob.size)
        part = self._bounds(packed, 8)
        size = int(wire.number(packed, *part[_RAW_SIZE])[0]) if part[_RAW_SIZE, 1] else _MOST_BLOB_BYTES
        if size > _MOST_BLOB_BYTES:
            raise damaged(self.path, f"a block of {size} bytes")
        for field, open_ in _UNPACKERS.items():
            start, end = part[field]
            if end:
                return self._opened(open_, packed[start:end], size)
        raise damaged(self.path, "a block packed in a way that is not read (zlib, lzma, bzip2 and plain ones are)")

    def _opened(self, open_: Callable[[bytes, int], bytes], packed: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        try:
            content = open_(packed.data, size)  # type: ignore[arg-type]
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            raise damaged(self.path, error) from error
        if len(content) > size or (len(content) < size != _MOST_BLOB_BYTES):
            raise damaged(self.path, "a block is not as long as it says")
        return np.frombuffer(content, dtype=np.uint8)

    def __enter__(self) -> Self:
        """Keep the file open for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._stream.close()

    def _read(self, start: int, size: int) -> NDArray[np.uint8]:
        with self._turn:
            self._stream.seek(start)
            content = self._stream.read(size)
        if len(content) < size:
            raise damaged(self.path, "it ends inside a block")
        return np.frombuffer(content, dtype=np.uint8)

    def _blobs(self) -> Iterator[tuple[str, Blob]]:
        at, end = 0, self._size
        while at < end:
            if at + _LENGTH_BYTES > end:
                raise damaged(self.path, "it ends inside a block")
            length = int.from_bytes(self._read(at, _LENGTH_BYTES).tobytes(), "big")
            if not 0 < length <= _MOST_HEADER_BYTES or at + _LENGTH_BYTES + length > end:
                raise damaged(self.path, f"no block begins at byte {at}")
            header = self._read(at + _LENGTH_BYTES, length)
            part = self._bounds(header, 4)
            size = int(wire.number(header, *part[3])[0])
            start = at + _LENGTH_BYTES + length
            if size > _MOST_BLOB_BYTES or start + size > end or not part[3, 1]:
                raise damaged(self.path, "it ends inside a block")
            yield header[part[1, 0] : part[1, 1]].tobytes().decode("ascii", "replace"), Blob(start, size)
            at = start + size

    def _bounds(self, message: NDArray[np.uint8], most: int) -> NDArray[np.int64]:
        part = np.empty((most, 2), dtype=np.int64)
        if not wire.bounds_of(message, 0, message.size, part):
            raise damaged(self.path, "a block's header is broken")
        return part

    def _read_header(self, block: NDArray[np.uint8]) -> None:
        required, optional = (
            {block[start:end].tobytes().decode("utf-8", "replace") for start, end in self.fields(block, field)}
            for field in (4, 5)
        )
        if unknown := sorted(required - _FEATURES):
            raise InputError(
                f"the road file needs a reader of {', '.join(unknown)}",
                where=self.path,
                expected="a plain extract, without history",
                fix="fetch the ordinary extract of the area",
            )
        self.is_sorted = _SORTED in optional

    def fields(self, block: NDArray[np.uint8], field: int) -> Any:
        """Return start and end of the fields of one number in a whole block."""
        found = wire.fields_of(block, 0, block.size, field)
        if found.size and found[0, 0] < 0:
            raise damaged(self.path, "a block is broken")
        return found


def _inflate(packed: bytes, size: int) -> bytes:
    worker = zlib.decompressobj()
    content = worker.decompress(packed, size + 1)
    if not worker.eof and len(content) <= size:
        message = "a packed block is cut off"
        raise ValueError(message)
    return content


_UNPACKERS: dict[int, Callable[[bytes, int], bytes]] = {
    _RAW: lambda packed, _: bytes(packed),
    _ZLIB: _inflate,
    _LZMA: lambda packed, size: lzma.LZMADecompressor(memlimit=2 * _MOST_BLOB_BYTES).decompress(packed, size + 1),
    _BZIP2: lambda packed, size: bz2.BZ2Decompressor().decompress(packed, size + 1),
}

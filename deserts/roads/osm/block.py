"""One block of a ``.pbf`` file, unpacked: its texts and the messages of its groups, and keys found among its texts."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.osm import kernels, wire
from deserts.roads.osm.blobs import Blob, BlobFile, damaged

__all__ = ["Block", "Bounds", "Keys", "as_signed"]

_TEXTS, _GROUPS = 1, 2

Bounds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that matter, found in tables of texts by their fingerprints."""

    names: tuple[bytes, ...]
    prints: NDArray[np.uint64]
    slot: NDArray[np.int32]

    @classmethod
    @functools.cache
    def of(cls, names: tuple[str, ...]) -> Keys:
        """Return some keys, each with its place among these names."""
        encoded = tuple(name.encode("utf-8") for name in names)
        table = b"".join(bytes([10, len(name)]) + name for name in encoded)
        _, prints = kernels.texts(np.frombuffer(table, dtype=np.uint8), 0, len(table))
        order = np.argsort(prints)
        return cls(encoded, prints[order], order.astype(np.int32))


@njit(cache=True, nogil=True)
def _look_up(prints, known, slot):  # type: ignore[no-untyped-def]
    """Return the place of each text among known keys by its fingerprint, or -1."""
    found = np.full(prints.size, -1, dtype=np.int32)
    for i in range(prints.size):
        at = np.searchsorted(known, prints[i])
        if at < known.size and known[at] == prints[i]:
            found[i] = slot[at]
    return found


@dataclass(frozen=True, slots=True)
class Block:
    """One block, unpacked: its texts, their fingerprints, its groups, and its numbers (granularity, offsets)."""

    path: Path
    content: NDArray[np.uint8]
    at: Bounds
    prints: NDArray[np.uint64]
    groups: Sequence[tuple[int, int]]
    numbers_of: Mapping[int, int]

    @classmethod
    def read(cls, file: BlobFile, blob: Blob) -> Block:
        """Unpack a block; a broken one raises `InputError`."""
        content = file.unpack(blob)
        tables, groups, numbers = [], [], {}
        stop = 0
        while stop < content.size:
            name, start, stop, kind = wire.field(content, stop, content.size)
            if stop < 0:
                raise damaged(file.path, "a block is broken")
            if name == _TEXTS:
                tables.append((start, stop))
            elif name == _GROUPS:
                groups.append((start, stop))
            elif kind == wire.VARINT:
                numbers[name] = as_signed(int(wire.number(content, start, stop)[0]))
        if len(tables) != 1:
            raise damaged(file.path, "a block without texts")
        at, prints = kernels.texts(content, *tables[0])
        if at.size and at[0, 0] < 0:
            raise damaged(file.path, "the texts of a block are broken")
        return cls(file.path, content, at, prints, groups, numbers)

    def text(self, index: int) -> bytes:
        """Return one of its texts."""
        start, end = self.at[index]
        return self.content[start:end].tobytes()

    def slots(self, keys: Keys) -> NDArray[np.int32]:
        """Return of each text its place among the keys, -1 for others."""
        found = _look_up(self.prints, keys.prints, keys.slot)
        for index in np.flatnonzero(found >= 0).tolist():
            if self.text(index) != keys.names[found[index]]:
                found[index] = -1
        return np.asarray(found)

    def messages(self, field: int) -> Bounds:
        """Return start and end of every message of a kind, over all groups."""
        found = [wire.fields_of(self.content, *group, field) for group in self.groups]
        every = np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)
        self.check(not every.size or every.min() >= 0)
        return every

    def numbers(self, start: int, end: int) -> list[int]:
        """Return the variable-length numbers between two positions (unsigned)."""
        found = []
        while start < end:
            value, start = wire.number(self.content, start, end)
            self.check(start >= 0)
            found.append(int(value))
        return found

    def signed_numbers(self, start: int, end: int) -> list[int]:
        """Return the running sums of signed differences between two positions."""
        steps = [(value >> 1) ^ -(value & 1) for value in self.numbers(start, end)]
        return np.cumsum(np.array(steps, dtype=np.int64)).tolist()  # type: ignore[no-any-return]

    def tags(self, pairs: Sequence[tuple[int, int]]) -> dict[str, str]:
        """Return tags from pairs of texts."""
        self.check(all(max(pair) < len(self.at) for pair in pairs))
        return {self.text(k).decode("utf-8", "replace"): self.text(v).decode("utf-8", "replace") for k, v in pairs}

    def check(self, is_whole: bool) -> None:  # noqa: FBT001 (one question, one answer)
        """Raise `InputError` for what is not whole."""
        if not is_whole:
            raise damaged(self.path, "a block is broken")


def as_signed(value: int) -> int:
    """Read 64 bits as a signed number."""
    return value - (1 << 64) if value >> 63 else value

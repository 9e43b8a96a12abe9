"""Blocks of a ``.pbf`` file as arrays: ways that cars may use, turn restrictions, and nodes that roads use."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.node_tags import NODE_TAGS, NodeFact, node_facts
from deserts.roads.osm import kernels, wire
from deserts.roads.osm.blobs import Blob, BlobFile, damaged
from deserts.roads.tags import WAY_TAGS, WayRule, way_rule

__all__ = ["Decoder", "Relation", "WaterWays", "WayBlock"]

_NODES, _DENSE, _WAYS, _RELATIONS = 1, 2, 3, 4
_TEXTS, _GROUPS = 1, 2
_GRID = ((17, 100), (19, 0), (20, 0))
"""Granularity, offset of latitude and of longitude: field and usual value."""
_KINDS = "nwr"
_MOST_KEPT_BYTES = 32 << 20
_NAME_KEYS = ("name", "ref")
_CREDIT_KEY = "tm:system"
_WATER_KEYS = ("natural", "waterway")
_WATER_VALUES = ("coastline", "water", "riverbank")

Bounds = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Relation:
    """A turn restriction as it stands in the file: id, tags, and members as (role, ``n``, ``w`` or ``r``, id)."""

    id: int
    tags: Mapping[str, str]
    members: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class WaterWays:
    """Ways that draw shores: ids, whether each is a coastline (else the outline of an area), and their nodes."""

    ids: NDArray[np.int64]
    is_coast: NDArray[np.bool_]
    counts: NDArray[np.int64]
    refs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WayBlock:
    """Ways of one block that cars may use.

    Parameters
    ----------
    ids
        int64 ``(ways,)``.
    rule, name
        Index into ``rules`` and ``names``, int32.
    counts, refs
        How many nodes each has, and the nodes in one row, int64.
    rules, names
        Rules and UTF-8 names of this block; the first name is empty.
    relations
        Turn restrictions.
    waters
        Coastlines and outlines of water areas.
    has_nodes
        Whether the block holds nodes.
    other_credit
        Whether its ways carry the tag of the other source in this format.
    """

    ids: NDArray[np.int64]
    rule: NDArray[np.int32]
    name: NDArray[np.int32]
    counts: NDArray[np.int64]
    refs: NDArray[np.int64]
    rules: Sequence[WayRule]
    names: Sequence[bytes]
    relations: Sequence[Relation]
    waters: WaterWays
    has_nodes: bool
    other_credit: bool


@dataclass(frozen=True, slots=True)
class _Keys:
    """Keys that matter, found in tables of texts by their fingerprints."""

    names: tuple[bytes, ...]
    prints: NDArray[np.uint64]
    slot: NDArray[np.int32]

    @classmethod
    @functools.cache
    def of(cls, names: tuple[str, ...]) -> _Keys:
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
class _Block:
    """One block, unpacked: its texts, their fingerprints, its groups, and its numbers (granularity, offsets)."""

    path: Path
    content: NDArray[np.uint8]
    at: Bounds
    prints: NDArray[np.uint64]
    groups: Sequence[tuple[int, int]]
    numbers_of: Mapping[int, int]

    @classmethod
    def read(cls, file: BlobFile, blob: Blob) -> _Block:
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
                numbers[name] = _as_signed(int(wire.number(content, start, stop)[0]))
        if len(tables) != 1:
            raise damaged(file.path, "a block without texts")
        at, prints = kernels.texts(content, *tables[0])
        if at.size and at[0, 0] < 0:
            raise damaged(file.path, "the texts of a block are broken")
        return cls(file.path, content, at, prints, groups, numbers)

    def text(self, index: int) -> bytes:
        start, end = self.at[index]
        return self.content[start:end].tobytes()

    def slots(self, keys: _Keys) -> NDArray[np.int32]:
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
        if not is_whole:
            raise damaged(self.path, "a block is broken")


@dataclass
class Decoder:
    """Decodes the blocks of one file; any number of threads may share it.

    Parameters
    ----------
    file
        The open file.
    """

    file: BlobFile
    _kept: dict[int, _Block] = field(default_factory=dict)
    _kept_bytes: int = 0
    _rules: dict[int, WayRule | None] = field(default_factory=dict)
    _facts: dict[int, NodeFact] = field(default_factory=dict)

    def _block(self, blob: Blob) -> _Block:
        """Return a block; of a small file it is kept, since nodes are asked for after ways."""
        block = self._kept.get(blob.start) or _Block.read(self.file, blob)
        if self._kept_bytes < _MOST_KEPT_BYTES and blob.start not in self._kept:
            self._kept[blob.start] = block
            self._kept_bytes += block.content.size
        return block

    def has_ways(self, blob: Blob) -> bool:
        """Whether a block holds ways or relations."""
        block = _Block.read(self.file, blob)
        return bool(len(block.messages(_WAYS)) or len(block.messages(_RELATIONS)))

    def ways(self, blob: Blob) -> WayBlock:
        """Return the ways of a block that cars may use, and its turn restrictions."""
        block = self._block(blob)
        keys = _Keys.of((*WAY_TAGS, *_NAME_KEYS, _CREDIT_KEY))
        slots = block.slots(keys)
        credit = np.flatnonzero(slots == len(keys.names) - 1)
        slots[credit] = -1
        found, prints, whole = kernels.find_ways(
            block.content, block.messages(_WAYS), slots, block.prints, len(WAY_TAGS)
        )
        block.check(whole)
        local, rules = self._rules_of(block, found, prints)
        kept = np.flatnonzero(local >= 0)
        refs, counts, whole = kernels.references(block.content, found, kept)
        block.check(whole)
        used, name = np.unique(np.append(0, found[kept, 7]), return_inverse=True)
        return WayBlock(
            ids=found[kept, 0],
            rule=local[kept],
            name=name[1:].astype(np.int32),
            counts=counts,
            refs=refs,
            rules=rules,
            names=[block.text(index) if index else b"" for index in used.tolist()],
            relations=self._relations(block),
            waters=self._waters(block),
            has_nodes=bool(len(block.messages(_NODES)) or len(block.messages(_DENSE))),
            other_credit=bool(credit.size),
        )

    def _rules_of(
        self, block: _Block, ways: Bounds, prints: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int32], list[WayRule]]:
        """Return the rule of each way as an index (-1: no car may drive), and the rules."""
        unique, first, which = np.unique(prints, return_index=True, return_inverse=True)
        rules: list[WayRule] = []
        index = np.full(unique.size, -1, dtype=np.int32)
        for number, (mark, example) in enumerate(zip(unique.tolist(), first.tolist(), strict=True)):
            if mark not in self._rules:
                keys, values = (block.numbers(*ways[example, c : c + 2]) for c in (3, 5))
                tags = block.tags(list(zip(keys, values, strict=True)))
                self._rules[mark] = way_rule(tuple(map(tags.get, WAY_TAGS)))
            rule = self._rules[mark]
            if rule is not None:
                index[number] = len(rules)
                rules.append(rule)
        return index[which], rules

    def _waters(self, block: _Block) -> WaterWays:
        """Return the coastlines and water areas of a block; most blocks have none, which their texts tell."""
        none = np.zeros(0, dtype=np.int64)
        if (block.slots(_Keys.of(_WATER_VALUES)) < 0).all():
            return WaterWays(none, none.astype(bool), none, none)
        slots = block.slots(_Keys.of(_WATER_KEYS))
        found, prints, whole = kernels.find_ways(
            block.content, block.messages(_WAYS), slots, block.prints, len(_WATER_KEYS)
        )
        block.check(whole)
        _, first, which = np.unique(prints, return_index=True, return_inverse=True)
        drawn = [self._drawn(block, found[example]) for example in first.tolist()]
        kind = np.array(drawn, dtype="U9")[which] if drawn else np.zeros(0, dtype="U9")
        kept = np.flatnonzero(kind != "")
        refs, counts, whole = kernels.references(block.content, found, kept)
        block.check(whole)
        return WaterWays(found[kept, 0], kind[kept] == _WATER_VALUES[0], counts, refs)

    @staticmethod
    def _drawn(block: _Block, way: NDArray[np.int64]) -> str:
        """Return which of the values that draw shores a way has, empty for none."""
        keys, values = (block.numbers(*way[c : c + 2]) for c in (3, 5))
        tags = block.tags(list(zip(keys, values, strict=True)))
        return next((value for key in _WATER_KEYS if (value := tags.get(key, "")) in _WATER_VALUES), "")

    def _relations(self, block: _Block) -> list[Relation]:
        messages = block.messages(_RELATIONS)
        if not len(messages):
            return []
        is_wanted = np.array([block.text(i).startswith(b"restriction") for i in range(len(block.at))])
        type_key = next((i for i in range(len(block.at)) if block.text(i) == b"type"), -1)
        if type_key < 0:
            return []
        found, whole = kernels.find_relations(block.content, messages, type_key, is_wanted)
        block.check(whole)
        return [self._relation(block, *messages[i]) for i in np.flatnonzero(found).tolist()]

    @staticmethod
    def _relation(block: _Block, start: int, end: int) -> Relation:
        part = np.empty((11, 2), dtype=np.int64)
        block.check(wire.bounds_of(block.content, start, end, part))
        keys, values, roles, kinds = (block.numbers(*part[name]) for name in (2, 3, 8, 10))
        ids = block.signed_numbers(*part[9])
        block.check(len(keys) == len(values) and len(roles) == len(kinds) == len(ids))
        block.check(all(role < len(block.at) for role in roles) and all(kind < len(_KINDS) for kind in kinds))
        members = tuple(
            (block.text(role).decode("utf-8", "replace"), _KINDS[kind], id_)
            for role, kind, id_ in zip(roles, kinds, ids, strict=True)
        )
        identity = block.numbers(*part[1])
        tags = block.tags(list(zip(keys, values, strict=True)))
        return Relation(_as_signed(identity[0]) if identity else 0, tags, members)

    def nodes(
        self,
        blob: Blob,
        ids: NDArray[np.int64],
        lon: NDArray[np.int32],
        lat: NDArray[np.int32],
        facts: NDArray[np.uint16],
    ) -> None:
        """Enter coordinates and facts of the nodes of a block that roads use.

        Parameters
        ----------
        blob
            The block.
        ids
            Sorted ids of these nodes.
        lon, lat, facts
            Filled where the block has the node: 1e-7 degrees, and `NodeFact`.
        """
        block = self._block(blob)
        grid = np.array([block.numbers_of.get(name, usual) for name, usual in _GRID], dtype=np.int64)
        slots = block.slots(_Keys.of(NODE_TAGS))
        shared = grid, slots, block.prints, ids, lon, lat
        for message in block.messages(_DENSE):
            tagged, prints, whole = kernels.place_dense(block.content, *message, *shared)
            block.check(whole)
            self._note_facts(block, tagged, prints, facts)
        plain = block.messages(_NODES)
        if len(plain):
            tagged, prints, whole = kernels.place_plain(block.content, plain, *shared)
            block.check(whole)
            self._note_facts(block, tagged, prints, facts)

    def _note_facts(self, block: _Block, tagged: Bounds, prints: NDArray[np.uint64], facts: NDArray[np.uint16]) -> None:
        """Enter what tags say about nodes; the rules are asked once for each set of tags."""
        unique, first, which = np.unique(prints, return_index=True, return_inverse=True)
        found = np.zeros(unique.size, dtype=np.uint16)
        for number, (mark, example) in enumerate(zip(unique.tolist(), first.tolist(), strict=True)):
            if mark not in self._facts:
                tags = block.tags(_pairs(block, tagged[example, 1:].tolist()))
                self._facts[mark] = node_facts(tuple(map(tags.get, NODE_TAGS)))
            found[number] = self._facts[mark]
        facts[tagged[:, 0]] = found[which]


def _as_signed(value: int) -> int:
    """Read 64 bits as a signed number."""
    return value - (1 << 64) if value >> 63 else value


def _pairs(block: _Block, bounds: Sequence[int]) -> list[tuple[int, int]]:
    """Return key and value of a node's tags: from one row that a zero ends, or from a row of keys and one of values."""
    numbers = block.numbers(*bounds[:2])
    if len(bounds) > 2:
        return list(zip(numbers, block.numbers(*bounds[2:]), strict=True))
    return list(zip(numbers[0:-1:2], numbers[1::2], strict=False))

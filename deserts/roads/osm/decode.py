"""Blocks of a ``.pbf`` file as arrays: ways that cars may use, turn restrictions, and nodes that roads use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deserts.roads.node_tags import NODE_TAGS, NodeFact, node_facts
from deserts.roads.osm import kernels, wire
from deserts.roads.osm.blobs import Blob, BlobFile
from deserts.roads.osm.block import Block, Bounds, Keys, as_signed
from deserts.roads.osm.wet import Lakes, WaterWays, lakes_of, water_ways
from deserts.roads.tags import WAY_TAGS, WayRule, way_rule

__all__ = ["Decoder", "Relation", "WayBlock"]

_NODES, _DENSE, _WAYS, _RELATIONS = 1, 2, 3, 4
_GRID = ((17, 100), (19, 0), (20, 0))
"""Granularity, offset of latitude and of longitude: field and usual value."""
_KINDS = "nwr"
_MOST_KEPT_BYTES = 32 << 20
_ROAD_KEYS = 2
"""So many of the first of `WAY_TAGS` make a way a candidate: ``highway`` and ``route``."""
_NAME_KEYS = ("name", "ref")
_CREDIT_KEY = "tm:system"
_NO_WAYS = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Relation:
    """A turn restriction as it stands in the file: id, tags, and members as (role, ``n``, ``w`` or ``r``, id)."""

    id: int
    tags: Mapping[str, str]
    members: tuple[tuple[str, str, int], ...]


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


@dataclass
class Decoder:
    """Decodes the blocks of one file; any number of threads may share it.

    Parameters
    ----------
    file
        The open file.
    """

    file: BlobFile
    _kept: dict[int, Block] = field(default_factory=dict)
    _kept_bytes: int = 0
    _rules: dict[int, WayRule | None] = field(default_factory=dict)
    _facts: dict[int, NodeFact] = field(default_factory=dict)

    def _block(self, blob: Blob) -> Block:
        """Return a block; of a small file it is kept, since nodes are asked for after ways."""
        block = self._kept.get(blob.start) or Block.read(self.file, blob)
        if self._kept_bytes < _MOST_KEPT_BYTES and blob.start not in self._kept:
            self._kept[blob.start] = block
            self._kept_bytes += block.content.size
        return block

    def has_ways(self, blob: Blob) -> bool:
        """Whether a block holds ways or relations."""
        block = Block.read(self.file, blob)
        return bool(len(block.messages(_WAYS)) or len(block.messages(_RELATIONS)))

    def has_relations(self, blob: Blob) -> bool:
        """Whether a block holds relations."""
        return bool(len(Block.read(self.file, blob).messages(_RELATIONS)))

    def lakes(self, blob: Blob) -> Lakes:
        """Return the water areas that relations of a block draw."""
        block = self._block(blob)
        return lakes_of(block, block.messages(_RELATIONS))

    def ways(self, blob: Blob, drawing: NDArray[np.int64] = _NO_WAYS) -> WayBlock:
        """Return the ways of a block that cars may use, its turn restrictions and its shores.

        Parameters
        ----------
        blob
            The block.
        drawing
            Sorted ids of ways that draw shores whatever their own tags are: members of `lakes`.
        """
        block = self._block(blob)
        keys = Keys.of((*WAY_TAGS, *_NAME_KEYS, _CREDIT_KEY))
        slots = block.slots(keys)
        credit = np.flatnonzero(slots == len(keys.names) - 1)
        slots[credit] = -1
        found, prints, whole = kernels.find_ways(
            block.content, block.messages(_WAYS), slots, block.prints, _ROAD_KEYS, len(WAY_TAGS)
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
            waters=water_ways(block, block.messages(_WAYS), drawing),
            has_nodes=bool(len(block.messages(_NODES)) or len(block.messages(_DENSE))),
            other_credit=bool(credit.size),
        )

    def _rules_of(
        self, block: Block, ways: Bounds, prints: NDArray[np.uint64]
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

    def _relations(self, block: Block) -> list[Relation]:
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
    def _relation(block: Block, start: int, end: int) -> Relation:
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
        return Relation(as_signed(identity[0]) if identity else 0, tags, members)

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
        slots = block.slots(Keys.of(NODE_TAGS))
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

    def _note_facts(self, block: Block, tagged: Bounds, prints: NDArray[np.uint64], facts: NDArray[np.uint16]) -> None:
        """Enter what tags say about nodes; the rules are asked once for each set of tags."""
        unique, first, which = np.unique(prints, return_index=True, return_inverse=True)
        found = np.zeros(unique.size, dtype=np.uint16)
        for number, (mark, example) in enumerate(zip(unique.tolist(), first.tolist(), strict=True)):
            if mark not in self._facts:
                tags = block.tags(_pairs(block, tagged[example, 1:].tolist()))
                self._facts[mark] = node_facts(tuple(map(tags.get, NODE_TAGS)))
            found[number] = self._facts[mark]
        facts[tagged[:, 0]] = found[which]


def _pairs(block: Block, bounds: Sequence[int]) -> list[tuple[int, int]]:
    """Return key and value of a node's tags: from one row that a zero ends, or from a row of keys and one of values."""
    numbers = block.numbers(*bounds[:2])
    if len(bounds) > 2:
        return list(zip(numbers, block.numbers(*bounds[2:]), strict=True))
    return list(zip(numbers[0:-1:2], numbers[1::2], strict=False))

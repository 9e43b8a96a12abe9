"""The roads of one extract: ways that cars may use, the nodes they run through, and turn restrictions.

A file is gone through twice: for the ways, then for the nodes that these use, so it need not be sorted. Where it says
that it is, blocks of the other kind are not unpacked.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError, MissingDataError
from deserts.roads.osm import kernels
from deserts.roads.osm.blobs import Blob, BlobFile
from deserts.roads.osm.decode import Decoder, Relation, WayBlock
from deserts.roads.osm.waters import NO_SHORES, DrawnShores, shores_of
from deserts.roads.osm.wet import joined_lakes
from deserts.roads.tags import WayRule
from deserts.roads.threads import in_threads
from deserts.sandbox import reader

__all__ = ["MISSING", "OSM_CREDIT", "Extract", "Nodes", "Ways", "read_extract", "read_way_nodes"]

OSM_CREDIT = "© OpenStreetMap contributors"
"""Credit that every output derived from OpenStreetMap shows (Open Database Licence 1.0)."""

_OTHER_CREDIT = "Travel Mapping project, travelmapping.net"
"""Credit of a file made from another source in the same format, told by its `tm:system` tags."""

MISSING = np.int32(-(1 << 31))
"""Longitude of a node that the file lacks."""

_PBF = b"OSMHeader"
_MAGIC_BYTES = 64


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways that cars may use.

    Parameters
    ----------
    ids
        OSM ids, int64 ``(ways,)``.
    rule, name
        Index into ``rules`` and ``names``, int32 ``(ways,)``.
    ptr
        References ``ptr[i]`` to ``ptr[i + 1]`` belong to way i, int64 ``(ways + 1,)``.
    rules, names
        Distinct rules, and UTF-8 names of which the first is empty.
    """

    ids: NDArray[np.int64]
    rule: NDArray[np.int32]
    name: NDArray[np.int32]
    ptr: NDArray[np.int64]
    rules: Sequence[WayRule]
    names: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes that ways use, sorted by id: place in 1e-7 degrees (`MISSING` where the file lacks one), and facts."""

    ids: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    facts: NDArray[np.uint16]

    def of(self, ids: NDArray[np.int64]) -> Nodes:
        """Return some of these nodes, in the order asked for."""
        at = np.searchsorted(self.ids, ids)
        return Nodes(ids, self.lon[at], self.lat[at], self.facts[at])


@dataclass(frozen=True, slots=True)
class Extract:
    """The roads of one file; ``place`` holds the node of each reference as an index, int32; ``waters`` its shores."""

    ways: Ways
    nodes: Nodes
    place: NDArray[np.int32]
    relations: Sequence[Relation]
    credit: str
    waters: DrawnShores


_sandboxed = reader("an OpenStreetMap extract")


@_sandboxed
def read_extract(path: Path) -> Extract:
    """Read one ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` file.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If it is empty or damaged.
    """
    _check(path)
    with _as_pbf(path) as pbf, BlobFile(pbf, named=path) as file:
        decoder = Decoder(file)
        first = _first(file, decoder.has_ways)
        lakes = joined_lakes(list(in_threads(decoder.lakes, file.data[_first(file, decoder.has_relations) :])))
        drawing = _distinct(lakes.ways)
        blocks = list(in_threads(lambda blob: decoder.ways(blob, drawing), file.data[first:]))
        with_nodes = [blob for blob, block in zip(file.data[first:], blocks, strict=True) if block.has_nodes]
        credit = _OTHER_CREDIT if any(block.other_credit and block.ids.size for block in blocks) else OSM_CREDIT
        relations = [relation for block in blocks for relation in block.relations]
        drawn = [block.waters for block in blocks if block.waters.ids.size]
        refs, ways = _joined(blocks)
        ids = _distinct(refs)
        place = kernels.places_of(ids, refs)
        del refs
        shore = np.concatenate([ids[:0], *(waters.refs for waters in drawn)])
        every = _nodes(decoder, [*file.data[:first], *with_nodes], _distinct(np.concatenate([ids, shore])))
        nodes = every.of(ids) if shore.size else every
        at = every.of(shore)
        waters = shores_of(drawn, lakes, at.lon, at.lat, missing=int(MISSING)) if shore.size else NO_SHORES
    return Extract(ways, nodes, place, relations, credit, waters)


@_sandboxed
def read_way_nodes(path: Path) -> NDArray[np.int64]:
    """Return the sorted ids of the nodes that roads of a file use."""
    _check(path)
    with _as_pbf(path) as pbf, BlobFile(pbf, named=path) as file:
        decoder = Decoder(file)
        refs = [block.refs for block in in_threads(decoder.ways, file.data[_first(file, decoder.has_ways) :])]
    return _distinct(np.concatenate([np.zeros(0, dtype=np.int64), *refs]))


def _check(path: Path) -> None:
    if not path.is_file():
        raise MissingDataError("no such road file", where=path, fix="check the path, or fetch an extract first")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=path, expected="an OpenStreetMap extract (.osm.pbf or .osm)")


@contextmanager
def _as_pbf(path: Path) -> Iterator[Path]:
    """Give a ``.pbf`` file of the same content: the file itself, or a temporary one made from XML."""
    with path.open("rb") as stream:
        is_pbf = _PBF in stream.read(_MAGIC_BYTES)
    if is_pbf:
        yield path
        return
    import osmium

    with tempfile.TemporaryDirectory(prefix="deserts-osm-") as folder:
        target = Path(folder) / "roads.osm.pbf"
        with osmium.SimpleWriter(str(target)) as writer:
            osmium.apply(osmium.io.Reader(str(path)), writer)
        yield target


def _first(file: BlobFile, has: Callable[[Blob], bool]) -> int:
    """Return the first block of a sorted file that holds what stands in all behind it; 0 where nothing is sorted."""
    low, high = 0, len(file.data) if file.is_sorted else 0
    while low < high:
        middle = (low + high) // 2
        if has(file.data[middle]):
            high = middle
        else:
            low = middle + 1
    return low


def _joined(blocks: list[WayBlock]) -> tuple[NDArray[np.int64], Ways]:
    """Return the references of all ways in one row, and the ways; blocks are emptied as they are used."""
    rules: dict[WayRule, int] = {}
    names: dict[bytes, int] = {b"": 0}
    rule, name, counts, ids, refs = [], [], [], [], []
    for block in blocks:
        rule.append(_numbered(block.rules, rules)[block.rule])
        name.append(_numbered(block.names, names)[block.name])
        counts.append(block.counts)
        ids.append(block.ids)
        refs.append(block.refs)
    blocks.clear()
    row = _in_a_row(refs, np.int64)
    ptr = np.zeros(sum(part.size for part in counts) + 1, dtype=np.int64)
    np.cumsum(_in_a_row(counts, np.int64), out=ptr[1:])
    return row, Ways(
        ids=_in_a_row(ids, np.int64),
        rule=_in_a_row(rule, np.int32),
        name=_in_a_row(name, np.int32),
        ptr=ptr,
        rules=list(rules),
        names=list(names),
    )


def _in_a_row(parts: list[NDArray[Any]], dtype: type) -> NDArray[Any]:
    """Return arrays one behind the other; the list is emptied, so that what was joined does not stay twice."""
    row: NDArray[Any] = np.concatenate([np.zeros(0, dtype=dtype), *parts], dtype=dtype)
    parts.clear()
    return row


def _numbered(found: Sequence[WayRule] | Sequence[bytes], known: dict) -> NDArray[np.int32]:  # type: ignore[type-arg]
    """Return the number of each thing, giving new ones the next."""
    return np.array([known.setdefault(one, len(known)) for one in found], dtype=np.int32)


def _distinct(refs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sorted distinct references."""
    ids = np.sort(refs)
    if not ids.size:
        return ids
    new = np.ones(ids.size, dtype=bool)
    np.not_equal(ids[1:], ids[:-1], out=new[1:])
    return ids[new]


def _nodes(decoder: Decoder, blobs: Sequence[Blob], ids: NDArray[np.int64]) -> Nodes:
    """Look up the nodes that ways use."""
    lon = np.full(ids.size, MISSING, dtype=np.int32)
    lat = np.zeros(ids.size, dtype=np.int32)
    facts = np.zeros(ids.size, dtype=np.uint16)
    for _ in in_threads(lambda blob: decoder.nodes(blob, ids, lon, lat, facts), blobs):
        pass
    return Nodes(ids, lon, lat, facts)

"""Cut a directory's file into FHIR records, whatever wraps them: bundles of any type, NDJSON, single resources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from deserts.sources.directories.listing import Tally
from deserts.sources.readers.json_stream import MAX_RECORD_BYTES, blocks_of, decode, pieces_of
from deserts.sources.readers.ndjson import LineSieve, Passed, lines_of

__all__ = ["Pages", "Record", "Sieve", "records_of"]

_TOO_LONG = "longer than a record may be"
_NO_JSON = "a line that is no JSON"
_HEAD_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Record:
    """One resource: its bytes, where it stands in the file (line, or JSON pointer), and its ``fullUrl``."""

    raw: bytes
    pointer: str
    full_url: str = ""
    is_line: bool = False
    """Whether it is a line of its own, which a sieve can pass over."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which lines of NDJSON are merely counted. What is wrapped otherwise is always read.

    Parameters
    ----------
    unread
        Kinds that are not needed.
    by_npi
        Kinds of which only those are read that hold one of the numbers, or one of the texts (in small letters).
    npis, texts
        See above.
    by_id
        Kinds of which only those are read that have one of the ids.
    ids
        See above.
    """

    unread: tuple[str, ...] = ()
    by_npi: tuple[str, ...] = ()
    npis: Collection[int] = ()
    texts: Sequence[bytes] = ()
    by_id: tuple[str, ...] = ()
    ids: Collection[str] = ()

    @property
    def lines(self) -> LineSieve:
        """The same for lines, which a kind begins where it stands first, as most publishers write it."""
        unread, by_npi, by_id = (tuple(_heads(kinds)) for kinds in (self.unread, self.by_npi, self.by_id))
        return LineSieve(unread, by_npi, self.npis, self.texts, by_id, self.ids)

    def passes(self, record: Record) -> bool:
        """Whether a record is passed over."""
        return record.is_line and self.lines.passes(record.raw)


def _heads(kinds: Iterable[str]) -> dict[bytes, str]:
    return {f'{{"resourceType":{blank}"{kind}"'.encode(): kind for kind in kinds for blank in ("", " ")}


_ALL = Sieve()


@dataclass(slots=True)
class Pages:
    """How many pages of searches were read, and how many of them name a page after themselves."""

    read: int = 0
    with_next: int = 0

    @property
    def are_cut_off(self) -> bool:
        """Whether every page names another one, so that the last is missing.

        A server's ``total`` cannot tell: it has been double the truth, and pages have held fewer than asked for.
        """
        return self.read > 0 and self.read == self.with_next


class _Link(msgspec.Struct, frozen=True):
    relation: str | None = None


class _Entry(msgspec.Struct, frozen=True):
    resource: msgspec.Raw = msgspec.Raw(b"")
    full_url: str | None = msgspec.field(name="fullUrl", default=None)


class _Root(msgspec.Struct, frozen=True):
    """What the outside of a small file may be: a bundle, a page of an early API around a bundle, or a resource."""

    kind: str | None = msgspec.field(name="resourceType", default=None)
    type: object = None
    entry: msgspec.Raw = msgspec.Raw(b"")
    link: msgspec.Raw = msgspec.Raw(b"")
    results: msgspec.Raw = msgspec.Raw(b"")


def records_of(path: Path, *, tally: Tally, pages: Pages, sieve: Sieve = _ALL) -> Iterator[Record]:
    """Yield the records of one file.

    Parameters
    ----------
    path
        Plain, gzip or zstd.
    tally, pages
        Counts of this reading, changed in place.
    sieve
        What may be passed over unread.

    Raises
    ------
    InputError
        If the file is damaged or no JSON at all.
    """
    head = next(blocks_of(path, block_bytes=_HEAD_BYTES))
    if any(decode(line, _Root) is not None for line in head.split(b"\n")[:2][: head.count(b"\n")] if line.strip()):
        yield from _of_lines(path, tally, pages, sieve)
        return
    whole = _whole(path)
    if whole is not None and decode(whole, _Root) is not None:
        yield from _of_root(whole, "", tally, pages)
    else:
        yield from _of_pieces(path, tally, pages)


def _whole(path: Path) -> bytes | None:
    """Return a file's content if it is short enough to be one record."""
    held = b""
    for block in blocks_of(path):
        held += block
        if len(held) > MAX_RECORD_BYTES:
            return None
    return held


def _of_lines(path: Path, tally: Tally, pages: Pages, sieve: Sieve) -> Iterator[Record]:
    passed = Passed()
    for line in lines_of(path, sieve=sieve.lines, passed=passed):
        if line.is_too_long:
            tally.refuse(_TOO_LONG)
            tally.gap(f"{path.name}, line {line.number}: {_TOO_LONG}")
        elif _is_bundle(line.raw):
            yield from _of_root(line.raw, f"line {line.number}", tally, pages)
        else:
            yield Record(line.raw, f"line {line.number}", is_line=True)
    for head, kind in _heads((*sieve.unread, *sieve.by_npi, *sieve.by_id)).items():
        if passed.begun[head]:
            tally.read[kind] += passed.begun[head]


def _is_bundle(raw: bytes) -> bool:
    if b'"Bundle"' not in raw:
        return False
    root = decode(raw, _Root)
    return root is not None and root.kind == "Bundle"


def _of_root(raw: bytes, where: str, tally: Tally, pages: Pages) -> Iterator[Record]:
    root: _Root | None = decode(raw, _Root)
    if root is None:
        tally.refuse(_NO_JSON)
        return
    if root.kind is None and bytes(root.results):
        yield from _of_root(bytes(root.results), f"{where}/results", tally, pages)
    elif root.kind != "Bundle":
        yield Record(raw, where)
    else:
        if root.type == "searchset":
            _count_page(bytes(root.link), pages)
        entries = decode(bytes(root.entry) or b"[]", list[msgspec.Raw])
        if entries is None:
            tally.refuse("a bundle whose entries are no array")
        for number, entry in enumerate(entries or ()):
            yield from _of_entry(bytes(entry), f"{where}/entry/{number}", tally)


def _count_page(links: bytes, pages: Pages) -> None:
    found: list[_Link] = decode(links or b"[]", list[_Link]) or []
    pages.read += 1
    pages.with_next += any(link.relation == "next" for link in found)


def _of_entry(raw: bytes, where: str, tally: Tally) -> Iterator[Record]:
    entry: _Entry | None = decode(raw, _Entry)
    if entry is None or not bytes(entry.resource):
        tally.refuse("an entry without a resource")
        return
    yield Record(bytes(entry.resource), f"{where}/resource", entry.full_url or "")


def _of_pieces(path: Path, tally: Tally, pages: Pages) -> Iterator[Record]:
    """Cut a document that is too large to hold, or whose root is an array."""
    for piece in pieces_of(path):
        if piece.is_too_long:
            tally.refuse(_TOO_LONG)
            tally.gap(f"{path.name}, byte {piece.start:,}: {_TOO_LONG}")
        elif piece.key == "entry" and piece.index is not None:
            yield from _of_entry(piece.raw, piece.pointer, tally)
        elif piece.key == "link" and piece.index is not None:
            pages.read += piece.index == 0
            pages.with_next += _names_next(piece.raw)
        elif piece.key in ("", "results"):
            yield from _of_root(piece.raw, piece.pointer, tally, pages)


def _names_next(raw: bytes) -> bool:
    link: _Link | None = decode(raw, _Link)
    return link is not None and link.relation == "next"

"""Plan-Net directories and the national directory: join plans, networks, roles, affiliations and places to a listing.

Three passes over the files keep memory flat: what narrows the choice first (plans, wanted people, places of wanted
states), then roles and affiliations that fit it, then what those point to. Where organisations are part of others that
were not met, a fourth finds these. A reference that leads nowhere leaves blank fields; it drops no row.

References
----------
Da Vinci PDEX Plan Net 1.1.0 and 1.2.0; National Directory of Healthcare Providers and Services (NDH).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from deserts.sources.directories import fhir
from deserts.sources.directories.fhir import key_of, tag_of
from deserts.sources.directories.join import TEXTS_OF_PAYERS_AND_NETWORKS, Index, rows_of
from deserts.sources.directories.listing import Reading, Tally, Wanted, finished, tolerant
from deserts.sources.directories.records import Pages, Record, Sieve, records_of
from deserts.sources.readers.json_stream import decode

__all__ = ["read_fhir"]

_DIGITS = 10
_SHAPE = "a record whose shape is not the documented one"
_Kind = type[fhir.Resource]


@dataclass(slots=True)
class _Files:
    """The files of one directory, and which kinds of records each was seen to hold."""

    paths: Sequence[Path]
    tally: Tally
    npis: frozenset[int] | None
    pages: Pages = field(default_factory=Pages)
    kinds: dict[Path, frozenset[str]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)
    counted: Sieve = field(default_factory=Sieve)
    """What the first reading counted and passed over unread."""

    def first(self, wanted: Sequence[_Kind]) -> Iterator[fhir.Resource]:
        """Count every record, and yield those of some kinds; of people and organisations those alone that matter."""
        self.counted = self._sieve(wanted, by_npi=(fhir.Practitioner, fhir.Organization))
        for path in self.paths:
            before = self.tally.read.copy()
            records = records_of(path, tally=self.tally, pages=self.pages, sieve=self.counted)
            for record in tolerant(records, path, self.tally):
                resource = _decoded(record, self.tally)
                if resource is None:
                    continue
                if record.full_url.startswith("urn:") and resource.id:
                    self.full_urls[record.full_url] = f"{_tag(resource)}/{resource.id}"
                yield resource
            self.kinds[path] = frozenset(self.tally.read - before)

    def again(
        self, wanted: Sequence[_Kind], *, by_npi: Sequence[_Kind] = (), ids: Collection[str] | None = None
    ) -> Iterator[tuple[fhir.Resource, Record, Path]]:
        """Yield the records of some kinds from the files that hold such, without counting them again.

        ``by_npi`` are kinds of which only those with a wanted NPI matter; ``ids`` are the keys of all that matter.
        """
        sieve, unseen = self._sieve(wanted, by_npi=by_npi, ids=ids), Tally()
        for path in self.paths:
            if self.kinds[path].isdisjoint(map(tag_of, wanted)):
                continue
            records = records_of(path, tally=unseen, pages=Pages(), sieve=sieve)
            for record in tolerant(records, path, unseen):
                if ids is not None and _is_another(record, ids):
                    continue
                resource = self._decoded_again(record, unseen)
                if resource is not None and isinstance(resource, tuple(wanted)):
                    yield resource, record, path

    def _decoded_again(self, record: Record, unseen: Tally) -> fhir.Resource | None:
        """Decode a record; where none had read it before, refuse it now if it is not as documented."""
        resource = _decoded(record, unseen)
        if resource is None and self.counted.passes(record):
            self.tally.refuse(_SHAPE)
        return resource

    def _sieve(
        self, wanted: Sequence[_Kind], *, by_npi: Sequence[_Kind] = (), ids: Collection[str] | None = None
    ) -> Sieve:
        unread = tuple(sorted(_KINDS - {tag_of(kind) for kind in wanted}))
        if ids is not None:
            plain = frozenset(key.partition("/")[2] for key in ids)
            return Sieve(unread, by_id=tuple(tag_of(kind) for kind in wanted), ids=plain)
        if self.npis is None:
            return Sieve(unread)
        narrowed = tuple(tag_of(kind) for kind in by_npi if kind in wanted)
        return Sieve(unread, narrowed, self.npis, TEXTS_OF_PAYERS_AND_NETWORKS)


def _is_another(record: Record, ids: Collection[str]) -> bool:
    """Whether a record surely is none of those that matter."""
    other: fhir.Other | None = decode(record.raw, fhir.Other)
    return other is not None and key_of(other.kind or "", other.id) not in ids


def _decoded(record: Record, tally: Tally) -> fhir.Resource | None:
    try:
        resource: fhir.Resource = msgspec.json.decode(record.raw, type=fhir.Resource)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        _count_other(record, tally)
        return None
    tally.read[_tag(resource)] += 1
    return resource


def _tag(resource: fhir.Resource) -> str:
    return tag_of(type(resource))


_KINDS = frozenset(tag_of(kind) for kind in fhir.Resource.__args__)


def _count_other(record: Record, tally: Tally) -> None:
    try:
        other = msgspec.json.decode(record.raw, type=fhir.Other)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        tally.refuse(_SHAPE)
        return
    if other.kind is None or other.kind in _KINDS:
        tally.refuse(_SHAPE)
    elif other.kind == "OperationOutcome":
        tally.gap("the server put a fault among its answers (OperationOutcome)")
    else:
        tally.note(f"passed over: {other.kind}")


def read_fhir(
    paths: Sequence[Path],
    *,
    source: str,
    hashes: Mapping[Path, str],
    retrieved_on: dt.date | None = None,
    wanted: Wanted | None = None,
) -> Reading:
    """Read a directory of FHIR resources.

    Parameters
    ----------
    paths
        All files of one directory, in any order; what a resource points to may lie in another file.
    source
        ``plannet``, ``ma_fhir`` or ``npd``.
    hashes
        SHA-256 of each file.
    retrieved_on
        Day on which we got it, None when not known.
    wanted
        What to keep; None keeps all.

    Returns
    -------
    Reading
        One row a file, network (with each of its plans), provider and place.

    Raises
    ------
    InputError
        If a file is damaged.
    """
    choice = wanted or Wanted()
    tally = Tally()
    files, index = _Files(paths, tally, _numbers(choice.npis)), Index(choice, tally)
    people: tuple[_Kind, ...] = () if choice.npis is None else (fhir.Practitioner,)
    places: tuple[_Kind, ...] = () if choice.states is None else (fhir.Location,)
    for resource in files.first((fhir.InsurancePlan, fhir.Organization, *people, *places)):
        index.add_first(resource)
    index.full_urls = files.full_urls
    roles = (fhir.Role,) if index.ids_hold_npis else ()
    for resource, record, path in files.again((fhir.Role, fhir.Affiliation), by_npi=roles):
        if isinstance(resource, fhir.Role):
            index.add_role(resource, record, path)
        elif isinstance(resource, fhir.Affiliation):
            index.add_affiliation(resource, record, path)
    index.settle()
    # Where people or states were named, the first pass took all of those whom a kept role can be about.
    rest = [kind for kind in (fhir.Practitioner, fhir.Location) if kind not in (*people, *places)]
    for resource, _, _ in files.again((*rest, fhir.Organization, fhir.Service), ids=index.needed):
        index.add_last(resource)
    if parents := index.unknown_parents():
        for resource, _, _ in files.again((fhir.Organization,), ids=parents):
            if isinstance(resource, fhir.Organization):
                index.add_parent(resource, parents)
    if files.pages.are_cut_off:
        tally.gap("the last page of the search is missing: every page names another one after it")
    retrieved = "" if retrieved_on is None else retrieved_on.isoformat()
    common = {"source": source, "retrieved_on": retrieved}
    rows = [{**common, **row, "source_file": path.name, "source_sha256": hashes[path]} for path, row in rows_of(index)]
    tally.kept = len(rows)
    return finished(rows, tally)


def _numbers(npis: frozenset[str] | None) -> frozenset[int] | None:
    """Return wanted NPIs as numbers to pass lines over by; None where all are wanted, or one is no such number."""
    is_told = npis is not None and all(len(npi) == _DIGITS and npi.isdecimal() for npi in npis)
    return frozenset(map(int, npis or ())) if is_told else None

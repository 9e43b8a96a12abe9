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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from deserts.sources.directories import fhir
from deserts.sources.directories.join import Index, rows_of
from deserts.sources.directories.listing import Reading, Tally, Wanted, finished, tolerant
from deserts.sources.directories.records import Only, Pages, Record, records_of

__all__ = ["read_fhir"]

_SHAPE = "a record whose shape is not the documented one"
_FIRST = (fhir.InsurancePlan, fhir.Organization, fhir.Practitioner, fhir.Location)
"""Kinds of the first pass."""


@dataclass(slots=True)
class _Files:
    """The files of one directory, and which kinds of records each was seen to hold."""

    paths: Sequence[Path]
    tally: Tally
    pages: Pages = field(default_factory=Pages)
    kinds: dict[Path, set[type]] = field(default_factory=dict)
    full_urls: dict[str, str] = field(default_factory=dict)

    def first(self, only: Only | None) -> Iterator[fhir.Resource]:
        """Yield every record and count it."""
        for path in self.paths:
            seen = self.kinds.setdefault(path, set())
            records = records_of(path, tally=self.tally, pages=self.pages, only=only)
            for record in tolerant(records, path, self.tally):
                resource = _decoded(record, self.tally)
                if resource is None:
                    continue
                seen.add(type(resource))
                if record.full_url.startswith("urn:") and resource.id:
                    self.full_urls[record.full_url] = f"{_tag(resource)}/{resource.id}"
                yield resource

    def again(self, wanted: tuple[type, ...], only: Only | None = None) -> Iterator[tuple[fhir.Resource, Record, Path]]:
        """Yield the records of some kinds from the files that hold such, without counting them again."""
        unseen = Tally()
        for path in self.paths:
            if self.kinds[path].isdisjoint(wanted):
                continue
            records = records_of(path, tally=unseen, pages=Pages(), only=only)
            for record in tolerant(records, path, unseen):
                resource = _decoded(record, unseen)
                if resource is not None and isinstance(resource, wanted):
                    yield resource, record, path


def _tag(resource: fhir.Resource) -> str:
    return str(resource.__struct_config__.tag)


def _decoded(record: Record, tally: Tally) -> fhir.Resource | None:
    try:
        resource: fhir.Resource = msgspec.json.decode(record.raw, type=fhir.Resource)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        _count_other(record, tally)
        return None
    tally.read[_tag(resource)] += 1
    return resource


_KINDS = frozenset(str(kind.__struct_config__.tag) for kind in fhir.Resource.__args__)


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
    files, index = _Files(paths, tally), Index(choice, tally)
    for resource in files.first(_only("Practitioner", choice.npis)):
        if isinstance(resource, _FIRST):
            index.add_first(resource)
    index.full_urls = files.full_urls
    roles = _only("PractitionerRole", choice.npis) if index.ids_hold_npis else None
    for resource, record, path in files.again((fhir.Role, fhir.Affiliation), roles):
        if isinstance(resource, fhir.Role):
            index.add_role(resource, record, path)
        elif isinstance(resource, fhir.Affiliation):
            index.add_affiliation(resource, record, path)
    index.settle()
    # Where people were named, the first pass took all of them whom a kept role can be about.
    people = (fhir.Practitioner,) if choice.npis is None else ()
    for resource, _, _ in files.again((*people, fhir.Organization, fhir.Location, fhir.Service)):
        index.add_last(resource)
    if parents := index.unknown_parents():
        for resource, _, _ in files.again((fhir.Organization,)):
            if isinstance(resource, fhir.Organization):
                index.add_parent(resource, parents)
    if files.pages.are_cut_off:
        tally.gap("the last page of the search is missing: every page names another one after it")
    retrieved = "" if retrieved_on is None else retrieved_on.isoformat()
    common = {"source": source, "retrieved_on": retrieved}
    rows = [{**common, **row, "source_file": path.name, "source_sha256": hashes[path]} for path, row in rows_of(index)]
    tally.kept = len(rows)
    return finished(rows, tally)


def _only(kind: str, npis: frozenset[str] | None) -> Only | None:
    if npis is None:
        return None
    return Only(kind, np.array(sorted(int(npi) for npi in npis if npi.isdigit()), dtype=np.int64))

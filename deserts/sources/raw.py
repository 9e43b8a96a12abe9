"""The raw files of a region and the record of where each came from (``lock.json``).

A raw area is a folder laid out as ``<host>/<url path>``. Its lock names every file with its url, day, size, sha256,
rows, publisher's version and notices. Stages find their input by the name of a dataset, never by a path of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from deserts.errors import DamagedDataError, InputError, MissingDataError
from deserts.store import Digest, read_sealed, require, sha256_of, write_sealed
from deserts.store.digests import Signature, is_settled, signature_of

__all__ = ["DATASETS", "HOW_TO_MEND", "LOCK_NAME", "LockEntry", "RawArea", "read_entries"]

LOCK_NAME = "lock.json"

HOW_TO_MEND = "run `deserts doctor --repair`, which fetches damaged files again; a file of your own: try again"
"""What to do about a raw file that is not what was recorded."""

DATASETS: Mapping[str, str] = {
    "claims": "Medicare Part B rows by provider and service, one file a year",
    "claims_by_provider": "Medicare Part B totals by provider, one file a year",
    "claims_by_geography": "Medicare Part B totals by state and nation, one file a year",
    "drug_spending": "Medicare Part B spending by drug: national patients, claims and units, one file an edition",
    "psps": "Medicare services by specialty, place and carrier, one file a year",
    "outpatient_geography": "Medicare outpatient surgery by state and nation, one file a year",
    "outpatient_hospitals": "Medicare outpatient surgery by hospital, one file a year",
    "hospital_prices": "price files of hospitals (45 CFR 180), some codes of which are read",
    "hospital_price_addresses": "addresses of hospitals' price files by certification number, without query parts",
    "hospital_enrolments": "Medicare enrolment of hospitals: NPI and certification number",
    "hospital_owners": "owners of hospitals, one row an enrolment and owner",
    "enrolment": "Medicare enrolment of clinicians and organisations",
    "enrolment_reassignment": "who lets whom be paid in Medicare, by enrolment",
    "reassignment_list": "who lets whom be paid in Medicare, with the group's number",
    "open_payments": "payments of makers of drugs and devices to clinicians, one file a year",
    "appeals_ny": "external appeals decided in New York",
    "appeals_ca": "independent medical reviews decided in California",
    "medicaid": "Medicaid spending by provider, code and month",
    "directory": "Doctors and Clinicians national file: every practice address",
    "affiliations": "clinician to hospital",
    "hospitals": "Hospital General Information",
    "rehab_hospitals": "inpatient rehabilitation facilities",
    "nppes": "provider registry: main file or API pages",
    "nppes_locations": "provider registry: secondary practice locations",
    "nppes_deactivated": "provider registry: deactivated identifiers",
    "centres_block_group": "2020 centres of population of block groups",
    "centres_tract": "2020 centres of population of tracts",
    "centres_county": "2020 centres of population of counties",
    "county_polygons": "county boundaries",
    "districts": "congressional and state legislative district boundaries",
    "county_population": "county population estimates by age",
    "zcta_gazetteer": "centres of ZIP code tabulation areas",
    "zcta_county": "ZIP code tabulation area to county",
    "zip_places": "GeoNames postal codes",
    "rucc": "rural-urban continuum codes",
    "ruca": "rural-urban commuting area codes by tract",
    "ruca_zip": "rural-urban commuting area codes by ZIP, with what each ZIP is",
    "adequacy": "Medicare Advantage network adequacy reference workbook",
    "ma_penetration": "Medicare Advantage penetration by county",
    "acs": "American Community Survey, five years: one table of counties and tracts a file",
    "roads": "OpenStreetMap extract",
    "plan_directory": "a payer's provider directory, in any form that `deserts network check` reads",
    "geocoded": "answers of the Census geocoder for addresses of clinicians",
    "demand": "demand points of the user's own",
}
"""Name of every dataset that a stage may ask for, with what it holds."""


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One raw file.

    Parameters
    ----------
    path
        Place below the raw area, with forward slashes.
    dataset
        A name of `DATASETS`.
    url
        Where it was fetched from, or ``file:`` and the name for a user's own file.
    fetched_on
        Day (YYYY-MM-DD).
    size_bytes, sha256
        Of the file.
    rows
        Data rows, or None when not counted.
    version
        The publisher's own version, year or release, as text.
    year
        Calendar year that the data describe, or None.
    licence
        Terms, in words.
    attribution
        Credit that must be shown, may be empty.
    notice
        Sentence that every output derived from this file must show, may be empty.
    final_url
        Address that it came from in the end, where the publisher led elsewhere.
    caveat
        How it comes that this version is in use, where it is not the newest (a refresh failed, or it was rolled back).
    """

    path: str
    dataset: str
    url: str
    fetched_on: str
    size_bytes: int
    sha256: str
    rows: int | None = None
    version: str = ""
    year: int | None = None
    licence: str = ""
    attribution: str = ""
    notice: str = ""
    final_url: str = ""
    caveat: str = ""


_parsed: dict[Path, tuple[Signature, tuple[LockEntry, ...]]] = {}


def read_entries(path: Path, *, fix: str) -> tuple[LockEntry, ...]:
    """Return the entries of a lock; parsed once a process while the file stays the same.

    Raises
    ------
    DamagedDataError
        If it is damaged, or was edited by hand (its seal tells).
    InputError
        If it names an unknown dataset.
    """
    signature = signature_of(path)
    known = _parsed.get(path)
    if known is not None and known[0] == signature:
        return known[1]
    try:
        facts = read_sealed(path, fix=fix, unsealed=True)["entries"]
        entries = msgspec.convert(facts, type=tuple[LockEntry, ...])
    except (KeyError, UnicodeError, msgspec.ValidationError) as error:  # JSON can hold half a character
        raise DamagedDataError(f"the lock is damaged: {error}", where=path, fix=fix) from error
    if astray := [entry.path for entry in entries if _leads_out(entry)]:
        raise InputError(f"the lock names a file outside its folder: {astray[0]!r}", where=path, fix="do not use it")
    if unknown := sorted({entry.dataset for entry in entries} - set(DATASETS)):
        raise InputError(f"the lock names unknown datasets: {', '.join(unknown)}", where=path)
    if is_settled(signature):
        _parsed[path] = signature, entries
    return entries


def _leads_out(entry: LockEntry) -> bool:
    """Whether a file would lie outside the raw area; a user's own file is named by its address alone."""
    if entry.path == entry.url and entry.url.startswith("file:"):
        return False
    place = PurePosixPath(entry.path)
    return place.is_absolute() or ".." in place.parts or "\\" in entry.path or ":" in entry.path[:2] or not place.parts


@dataclass(frozen=True, slots=True)
class RawArea:
    """A folder of raw files and its lock."""

    folder: Path
    entries: tuple[LockEntry, ...] = ()

    @classmethod
    def open(cls, folder: Path) -> RawArea:
        """Read the lock of a folder; a folder without one is an empty area.

        Raises
        ------
        DamagedDataError, InputError
            If the lock is damaged or names an unknown dataset.
        """
        path = folder / LOCK_NAME
        if not path.is_file():
            return cls(folder)
        return cls(folder, read_entries(path, fix="restore it, or delete it and fetch again"))

    def save(self) -> None:
        """Write the area's lock atomically, entries sorted by path and dataset."""
        self.save_as(self.folder / LOCK_NAME)

    def save_as(self, path: Path) -> None:
        """Write the lock to another place, such as ``locks/NAME.json``."""
        entries = sorted(
            (dataclasses.asdict(entry) for entry in self.entries),
            key=lambda entry: (str(entry["path"]), str(entry["dataset"])),
        )
        write_sealed(path, {"entries": entries})

    def adding(self, new: Iterable[LockEntry]) -> RawArea:
        """Return the area with entries added; one with the same path and dataset is replaced."""
        merged = {(entry.path, entry.dataset): entry for entry in (*self.entries, *new)}
        return RawArea(self.folder, tuple(merged[key] for key in sorted(merged)))

    def of(self, dataset: str) -> tuple[LockEntry, ...]:
        """Return the entries of a dataset, sorted by path."""
        return tuple(sorted((e for e in self.entries if e.dataset == dataset), key=lambda e: e.path))

    def paths(self, dataset: str, *, required: bool = True) -> tuple[Path, ...]:
        """Return the files of a dataset, sorted, each checked as by `file`.

        Raises
        ------
        MissingDataError
            If ``required`` and there is none, or a file of the lock is gone.
        DamagedDataError
            If a file is not what was recorded.
        """
        found = tuple(self.file(entry) for entry in self.of(dataset))
        if required and not found:
            raise MissingDataError(
                f"no file of the dataset {dataset!r} ({DATASETS[dataset]})",
                where=self.folder,
                fix="run `deserts stage data`, or give a file of your own (see `deserts stage data --help`)",
            )
        return found

    def file(self, entry: LockEntry, *, fix: str = HOW_TO_MEND) -> Path:
        """Return where the file of an entry lies, its content checked against the lock before its first use.

        Raises
        ------
        MissingDataError
            If it is gone.
        DamagedDataError
            If it is not what was recorded.
        """
        path = self.folder / entry.path
        if not path.is_file():
            raise MissingDataError("a file of the lock is gone", where=path, fix="run `deserts stage data` again")
        return require(path, Digest(entry.sha256, entry.size_bytes), fix=fix)

    def entry_for(self, path: Path, *, dataset: str, url: str, fetched_on: str, **facts: object) -> LockEntry:
        """Measure a file below the area and return its entry; ``facts`` fill the remaining fields."""
        return LockEntry(
            path=path.relative_to(self.folder).as_posix(),
            dataset=dataset,
            url=url,
            fetched_on=fetched_on,
            size_bytes=path.stat().st_size,
            sha256=sha256_of(path),
            **facts,  # type: ignore[arg-type]
        )

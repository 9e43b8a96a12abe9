"""Look at a fetched file before it is recorded: its layout, its least rows, and how it differs from the one before.

A publisher's error page, a file that was cut and an export that went wrong all come with status 200. What is refused
goes to ``quarantine/`` with the reason beside it; the version that was there stays in use.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deserts.errors import DesertsError, FaultyAnswerError, InputError
from deserts.sandbox import foreign
from deserts.sources.directories.read import Form, form_of
from deserts.sources.publishers import (
    acs,
    adequacy,
    affiliations,
    centres,
    claims,
    claims_totals,
    counties,
    directory,
    districts,
    drug_spending,
    gazetteer,
    geonames,
    hospitals,
    medicaid,
    nppes,
    nppes_json,
    outpatient,
    penetration,
    population,
    psps,
    ruca,
    rucc,
)  # fmt: skip
from deserts.sources.raw import LockEntry
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import check_head, read_rows
from deserts.sources.readers.layouts import Layout
from deserts.sources.readers.parsed import Parsed
from deserts.store import write_json

__all__ = ["LEAST_ROWS", "QUARANTINE", "npis_of", "refuse_implausible", "rows_of", "set_aside"]

QUARANTINE: Final = "quarantine"

LEAST_ROWS: Final[dict[str, int]] = {
    "directory": 1_000_000, "affiliations": 300_000, "hospitals": 4_000, "rehab_hospitals": 800,
    "nppes_deactivated": 100_000, "centres_tract": 70_000, "centres_county": 3_000, "county_polygons": 3_000,
    "county_population": 3_000, "zcta_gazetteer": 30_000, "zcta_county": 40_000, "zip_places": 38_000, "rucc": 3_000,
    "ruca": 70_000, "ruca_zip": 38_000, "adequacy": 3_000, "ma_penetration": 3_000,
}  # fmt: skip
"""Rows below which a national file is not whole; files of one state or of one service have no such floor."""

_MAY_BE_EMPTY: Final = frozenset({"claims", "nppes", "nppes_locations"})
"""Answers to a question: that nobody bills a rare code is an answer too."""

_MOST_CHANGE: Final = 1.5
"""Releases of a publisher differ by a few per cent. Half as much again, or a third less, is another file."""

_SMALL: Final = 200
"""Below this number of rows a change says little: few clinicians bill for a rare service."""

_LAYOUTS: Final[Mapping[str, Layout]] = {
    "claims": claims.CLAIMS,
    "claims_by_provider": claims_totals.BY_PROVIDER,
    "claims_by_geography": claims_totals.BY_GEOGRAPHY,
    "medicaid": medicaid.MEDICAID,
    "directory": directory.DIRECTORY,
    "affiliations": affiliations.AFFILIATIONS,
    "outpatient_geography": outpatient.BY_GEOGRAPHY,
    "outpatient_hospitals": outpatient.BY_PROVIDER,
}
"""Datasets whose files may be large: a head that fits shows that the rest is of the same kind."""

_ANY_YEAR: Final = 2000
"""The year of these files stands in their names alone, and is not looked at here."""

_READERS: Final[Mapping[str, Callable[[Path], Parsed]]] = {
    "hospitals": hospitals.read_hospitals,
    "rehab_hospitals": hospitals.read_rehab_hospitals,
    "nppes_deactivated": nppes.read_deactivated,
    "drug_spending": drug_spending.read_drug_spending,
    "psps": lambda path: psps.read_psps(path, year=_ANY_YEAR),
    "centres_block_group": centres.read_centres,
    "centres_tract": centres.read_centres,
    "centres_county": centres.read_centres,
    "county_polygons": counties.read_county_polygons,
    "districts": districts.read_districts,
    "county_population": population.read_county_population,
    "zcta_gazetteer": gazetteer.read_zcta,
    "zcta_county": gazetteer.read_zcta_county,
    "zip_places": geonames.read_postal_codes,
    "rucc": rucc.read_rucc,
    "ruca": ruca.read_ruca,
    "ruca_zip": ruca.read_ruca,
    "adequacy": adequacy.read_adequacy,
    "ma_penetration": penetration.read_penetration,
    "acs": acs.read_acs,
}


def rows_of(path: Path, dataset: str) -> int | None:
    """Return the usable rows of a file of a dataset; None where only its head was looked at, or it has no rows.

    Raises
    ------
    DesertsError
        If it is not of the dataset's layout.
    """
    if dataset == "roads":
        _refuse_no_roads(path)
        return None
    if dataset == "plan_directory":
        _refuse_no_directory(path)
        return None
    if dataset in ("nppes", "nppes_locations"):
        return _registry_rows(path, dataset)
    if dataset in _LAYOUTS:
        check_head(path, _LAYOUTS[dataset])
        return None
    if dataset not in _READERS:
        return None
    return len(_READERS[dataset](path).frame)


def npis_of(path: Path, dataset: str) -> frozenset[str]:
    """Return the clinicians that a file names; none where its dataset names none.

    Raises
    ------
    DesertsError
        If the file cannot be read.
    """
    if dataset in ("nppes", "nppes_locations") and nppes_json.is_json(path):
        return frozenset(nppes_json.read_providers(path).frame["npi"])
    layout = {"nppes": nppes.REGISTRY, "nppes_locations": nppes.LOCATIONS, **_LAYOUTS}.get(dataset)
    fields = () if layout is None else tuple(field for field in layout.fields if field.name == "npi")
    if layout is None or not fields:
        return frozenset()
    found = read_rows(path, dataclasses.replace(layout, fields=fields)).frame["npi"]
    return frozenset(repair.code(found)) - {""}


def _registry_rows(path: Path, dataset: str) -> int | None:
    if nppes_json.is_json(path):
        found = nppes_json.read_providers(path) if dataset == "nppes" else nppes_json.read_locations(path)
        return len(found.frame)
    check_head(path, nppes.REGISTRY if dataset == "nppes" else nppes.LOCATIONS)
    return None


def _refuse_no_directory(path: Path) -> None:
    """Read on until something tells which part of a payer's directory it is."""
    if form_of(path) is Form.UNKNOWN:
        raise InputError(
            "nothing in the file is of a payer's directory", where=path,
            expected="an index, plans, providers, rates or FHIR resources, as JSON",
        )  # fmt: skip


def _refuse_no_roads(path: Path) -> None:
    """Read the head of an extract; its content was compared with the publisher's hash."""
    import osmium

    with foreign(path, "an OpenStreetMap extract"), osmium.io.Reader(str(path)) as extract:
        extract.header()


def refuse_implausible(path: Path, entry: LockEntry, old: LockEntry | None, *, mirrored: bool) -> int | None:
    """Return the rows of a new file, if it may take the place of the old one.

    Parameters
    ----------
    path
        Where the new file lies.
    entry
        What is known of it.
    old
        The version before, or None.
    mirrored
        Whether it comes from a mirror of the user's, who may have cut it on purpose: then no least rows are asked for.

    Raises
    ------
    FaultyAnswerError
        With the reason.
    """
    try:
        rows = rows_of(path, entry.dataset)
    except DesertsError as error:
        raise FaultyAnswerError(f"the file is not what it should be: {error.what}", where=entry.url) from error
    rows = entry.rows if rows is None else rows
    least = 0 if entry.dataset in _MAY_BE_EMPTY else 1
    least = least if mirrored else LEAST_ROWS.get(entry.dataset, least)
    if rows is not None and rows < least:
        raise FaultyAnswerError(f"the file has {rows:,} rows", where=entry.url, expected=f"at least {least:,}")
    if old is not None and not mirrored:
        _refuse_leap(entry, rows, old)
    return rows


def _refuse_leap(entry: LockEntry, rows: int | None, old: LockEntry) -> None:
    same_form = Path(entry.path).suffix == Path(old.path).suffix
    measures = (("rows", rows, old.rows), *([("bytes", entry.size_bytes, old.size_bytes)] if same_form else []))
    for unit, now, before in measures:
        if now is None or before is None or max(now, before) < _SMALL:
            continue
        if now > before * _MOST_CHANGE or now * _MOST_CHANGE < before:
            raise FaultyAnswerError(
                f"the file has {now:,} {unit}, the one before had {before:,}",
                where=entry.url,
                expected=f"a change of less than {_MOST_CHANGE:g} times",
                fix="look at it in the quarantine folder; if it is right, fetch it again with --accept",
            )


def set_aside(path: Path, folder: Path, entry: LockEntry, error: DesertsError, day: dt.date) -> FaultyAnswerError:
    """Move a refused file to the quarantine, with what is known of it, and return the reason and where it lies now."""
    target = folder / QUARANTINE / day.isoformat() / entry.path
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    facts = {"url": entry.url, "dataset": entry.dataset, "sha256": entry.sha256, "reason": str(error)}
    write_json(target.with_name(target.name + ".reason.json"), facts)
    return FaultyAnswerError(f"{error.what}; it lies in {target}", where=error.where, fix=error.fix)

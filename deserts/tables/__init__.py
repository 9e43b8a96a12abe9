"""The schema of every processed table: columns, units, keys, allowed values.

One declaration serves three uses: pandera checks a table before it is written, the codebook
in the documentation is printed from it, and readers find the meaning of a column here.

Text that looks like a number (NPI, ZIP, FIPS, HCPCS, CCN) is text. Column names carry the unit. An unreachable place
is a status and a null, never a magic number. Later work adds columns and tables; it renames none.
"""

from __future__ import annotations

import pandas as pd

from deserts.errors import InputError, UnknownNameError
from deserts.tables import drives, people, places, plans, scores, supply
from deserts.tables.drives import BANDS_MIN, MINUTE, SNAP_ROADS
from deserts.tables.schema import EMPTY_DTYPES, PRECISIONS, Column, Scope, Search, Status, Table
from deserts.tables.scores import THRESHOLDS_MIN

__all__ = [
    "BANDS_MIN",
    "MINUTE",
    "PRECISIONS",
    "SNAP_ROADS",
    "TABLES",
    "THRESHOLDS_MIN",
    "Column",
    "Scope",
    "Search",
    "Status",
    "Table",
    "empty",
    "table",
    "validate",
]

TABLES: dict[str, Table] = {
    entry.name: entry
    for entry in (
        people.EVIDENCE, people.SPECIALISTS, people.SPECIALISTS_UNASKED, people.REGISTRY_YEARS, people.LISTED_SITES,
        people.ANSWERED_SITES, people.SITES, people.SITES_UNASKED, people.GEOCODED, people.PLACE_CHECKS,
        people.SEARCHES_OF_SOURCES,
        places.COUNTIES, places.DEMAND, places.COUNTY_TOTALS, places.HOSPITALS, places.ZIPS,
        drives.POINT_SNAPS, drives.SITE_SNAPS,
        drives.HOSPITAL_SNAPS, drives.DRIVE_TIMES, drives.REACH, scores.COUNTY_SCORES, scores.PAYER_SCORES,
        scores.STATE_INTERVALS,
        drives.ISOCHRONES, drives.PLACE_TIMES, supply.RECONCILIATION,
        supply.HOSPITAL_EVIDENCE, supply.HOSPITAL_PLACES, supply.PRACTICE_TIES, supply.HOSPITAL_SYSTEMS,
        supply.SYSTEM_ENTITIES, supply.MEDICAID_MONTHS, supply.LEADS,
        plans.PLAN_LISTINGS, plans.LISTED_PLACES,
    )
}  # fmt: skip


def table(name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    """
    if name not in TABLES:
        raise UnknownNameError(f"there is no table {name!r}", expected="one of " + ", ".join(sorted(TABLES)))
    return TABLES[name]


def empty(name: str) -> pd.DataFrame:
    """Return a table without rows whose columns have the declared kinds."""
    return pd.DataFrame({c.name: pd.Series(dtype=EMPTY_DTYPES[c.kind]) for c in table(name).columns})


def validate(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Check a frame against its declaration and return it unchanged.

    Raises
    ------
    InputError
        With every problem found: column, rule, number of rows and the first of them.
    """
    import pandera.errors

    try:
        table(name).schema().validate(frame.reset_index(drop=True), lazy=True)
    except pandera.errors.SchemaErrors as error:
        raise InputError(
            f"the table {name!r} breaks its schema: {_summary(error.failure_cases)}",
            expected="the columns declared in deserts/tables/",
            fix="if this is a file of yours, correct it; if a stage wrote it, report it as a fault of deserts",
        ) from error
    return frame


def _summary(cases: pd.DataFrame) -> str:
    parts = []
    for (column, check), rows in cases.groupby(["column", "check"], dropna=False, sort=True):
        first = rows.iloc[0]
        example = str(first["failure_case"])[:60]
        parts.append(f"column {column}: {check}, {len(rows)} times, first at row {first['index']} ({example})")
    return "; ".join(parts[:8])

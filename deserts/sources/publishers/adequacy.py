"""Medicare Advantage network adequacy reference workbook of CMS: limits and minimum numbers by county and specialty.

The limits are county specific: CMS relaxes the base values of 42 CFR 422.116 in places. They are a rule for health
plans, not for any one service; here they serve as a benchmark.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.config import state_fips
from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair, workbook
from deserts.sources.readers.parsed import Parsed, empty_rejects, rejects

__all__ = ["COUNTY_TYPES", "read_adequacy"]

COUNTY_TYPES = ("Large Metro", "Metro", "Micro", "Rural", "CEAC")
_HEADER_ROWS = 10
_LIMITS_SHEET = "Provider Time & Distance"
_NUMBERS_SHEET = "Minimum Provider #s"
_COUNTY_COLUMNS = ("county_name", "state", "ssa", "adequacy_type")
_HEADS = {"county": "county_name", "st": "state", "ssacd": "ssa", "countydesignation": "adequacy_type",
          "totalbeneficiaries": "beneficiaries"}  # fmt: skip


@reader("the adequacy workbook")
def read_adequacy(path: Path) -> Parsed:
    """Read limits in long form, one county and specialty a row.

    Returns
    -------
    Parsed
        ``county_name, state, ssa (county code of Social Security), territory (not one of the states and DC),
        adequacy_type, specialty (without notes), specialty_code, time_min, dist_miles, required_providers,
        beneficiaries``; null where the workbook gives nothing. ``line`` is the row of the sheet of limits. A county
        that stands several times, as Los Angeles does with its two codes of Social Security, keeps all its rows, that
        with most beneficiaries first; ``notes`` names it.

    Raises
    ------
    InputError
        If it is not that workbook.
    """
    with workbook.open_workbook(path) as book:
        limits = _Table(book.sheet(_LIMITS_SHEET), where=path, title=_LIMITS_SHEET)
        numbers = _Table(book.sheet(_NUMBERS_SHEET), where=path, title=_NUMBERS_SHEET)
    counties, listed = _counties(limits)
    required = _long_required(numbers)
    people = required.groupby(["state", "ssa"])["beneficiaries"].first()
    counties, notes = _largest_first(counties, people)
    long = _long_limits(limits, counties)
    merged = long.merge(required, on=["state", "ssa", "specialty_code"], how="left", validate="many_to_one")
    merged["territory"] = ~merged["state"].isin(list(state_fips()))
    columns = [
        "county_name", "state", "ssa", "territory", "adequacy_type", "specialty", "specialty_code", "time_min",
        "dist_miles", "required_providers", "beneficiaries",
    ]  # fmt: skip
    return Parsed(merged[columns], listed, notes)


class _Table:
    """One sheet: county columns on the left, then one or two columns a specialty."""

    def __init__(self, sheet: workbook.Sheet, *, where: Path, title: str) -> None:
        first = [sheet.row(i) for i in range(min(_HEADER_ROWS, sheet.height))]
        at = next((i for i, row in enumerate(first) if {"COUNTY", "ST"} <= set(row)), -1)
        if at < 0:
            raise InputError(
                "no row of column names", where=f"{where}, sheet {title}", expected="COUNTY and ST in the first rows"
            )
        header = [re.sub(r"\s+", " ", text) for text in first[at]]
        found = [_HEADS.get(re.sub(r"[^a-z]", "", name.lower())) for name in header]
        self.left = {name: index for index, name in enumerate(found) if name is not None}
        if missing := [name for name in _COUNTY_COLUMNS if name not in self.left]:
            raise InputError(
                f"columns are missing: {', '.join(missing)}",
                where=f"{where}, sheet {title}, row {at + 1}",
                expected="COUNTY, ST, SSACD, COUNTY DESIGNATION",
                fix="found: " + ", ".join(name for name in header if name),
            )
        codes = sheet.row(at + 1)
        # A specialty is a named column with a code below its name; the county columns have no code.
        self.specialties = [
            (index, re.sub(r"\s*\(see notes?\)\s*$", "", name, flags=re.I), codes[index].zfill(3))
            for index, name in enumerate(header)
            if name and re.fullmatch(r"[A-Z]?\d{1,3}", codes[index])
        ]
        named = np.flatnonzero(sheet.column(self.left["county_name"]) != "")
        self._body = named[named > at]
        self._sheet = sheet

    @property
    def lines(self) -> np.ndarray:
        """Row of the sheet of each county, from 1."""
        return self._body + 1

    def texts(self, *indices: int) -> pd.Series:
        """Return columns of the counties' rows as text, one column below the other."""
        cells = [self._sheet.column(index)[self._body] for index in indices]
        return repair.tidy(pd.Series(np.concatenate(cells) if cells else [], dtype="str"))

    def numbers(self, *indices: int) -> np.ndarray:
        """Return columns of the counties' rows as numbers, shape (columns, counties)."""
        return repair.number(self.texts(*indices))[0].to_numpy().reshape(len(indices), len(self._body))


def _counties(sheet: _Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the usable counties (index = place in the sheet's body) and the damaged rows."""
    frame = pd.DataFrame({name: sheet.texts(sheet.left[name]) for name in _COUNTY_COLUMNS})
    frame["ssa"] = repair.digits(frame["ssa"], 5, shortest=4)
    wrong = ~frame["adequacy_type"].isin(COUNTY_TYPES)
    if not wrong.any():
        return frame, empty_rejects()
    reasons = "not a county type: " + frame.loc[wrong, "adequacy_type"]
    return frame[~wrong], rejects(sheet.lines[wrong.to_numpy()], list(reasons))


def _largest_first(counties: pd.DataFrame, people: pd.Series) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Order rows of one and the same county by beneficiaries, and say which counties stand several times."""
    name = counties["county_name"] + ", " + counties["state"]
    known = people.reindex(pd.MultiIndex.from_frame(counties[["state", "ssa"]])).fillna(0).to_numpy()
    group = name.groupby(name, sort=False).ngroup().to_numpy()
    ordered = counties.iloc[np.lexsort((-known, group))]
    several = name[name.duplicated(keep=False)]
    notes = tuple(
        f"{county} stands {len(rows)} times (SSA {', '.join(counties.loc[rows.index, 'ssa'])}): by name, the row with "
        "most beneficiaries counts"
        for county, rows in several.groupby(several, sort=True)
    )
    return ordered, notes


def _long_limits(sheet: _Table, counties: pd.DataFrame) -> pd.DataFrame:
    """Stack the pairs of columns; specialties without any limit (parts of primary care) say nothing of a county."""
    places = [index for index, _, _ in sheet.specialties]
    minutes, miles = sheet.numbers(*places), sheet.numbers(*(index + 1 for index in places))
    parts = [
        counties.assign(
            specialty=specialty, specialty_code=code, time_min=minutes[row, counties.index],
            dist_miles=miles[row, counties.index],
        )
        for row, (_, specialty, code) in enumerate(sheet.specialties)
        if not np.isnan(minutes[row]).all()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else _no_rows(counties, "specialty", "time_min", "dist_miles")


def _long_required(sheet: _Table) -> pd.DataFrame:
    left = pd.DataFrame({name: sheet.texts(sheet.left[name]) for name in ("state", "ssa")})
    left["ssa"] = repair.digits(left["ssa"], 5, shortest=4)
    people = sheet.left.get("beneficiaries")
    left["beneficiaries"] = sheet.numbers(people)[0] if people is not None else np.nan
    required = sheet.numbers(*(index for index, _, _ in sheet.specialties))
    parts = [
        left.assign(specialty_code=code, required_providers=required[row])
        for row, (_, _, code) in enumerate(sheet.specialties)
    ]
    if not parts:
        return _no_rows(left, "required_providers")
    return pd.concat(parts, ignore_index=True).drop_duplicates(["state", "ssa", "specialty_code"])


def _no_rows(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(specialty_code="", **dict.fromkeys(columns, np.nan)).iloc[:0]

"""Medicare Part B spending by drug (CMS): national patients, claims and units of a code, annual and quarterly editions.

Original Medicare alone, office and hospital outpatient together; no states, no clinicians, no children's coverage. CMS
restates a year in later editions, so that both are kept. The brand label changes between editions: rows are told by
their code only. A blank count of patients beside claims is fewer than 11 people; a blank year is a drug that was not
on the market.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair, workbook
from deserts.sources.readers.delimited import Field, Layout, Raw, normalise, read_rows
from deserts.sources.readers.parsed import Parsed, empty_rejects
from deserts.sources.readers.textfile import read_head

__all__ = ["ANNUAL", "LONG", "MEASURES", "read_drug_spending"]

MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    "patients": ("Tot_Benes", "Total Beneficiaries", "beneficiary_count"),
    "claims": ("Tot_Clms", "Total Claims", "claim_count"),
    "units": ("Tot_Dsg_Unts", "Total Dosage Units", "unit_count"),
    "dollars": ("Tot_Spndng", "Total Spending", "total_spending"),
}
"""Measure to the names that editions have given it."""

_CODE = ("HCPCS_Cd", "Medicare Billing Code (HCPCS Code)", "hcpcs_code")
_YEARS = range(2006, 2050)
"""Years that a wide edition may have columns of."""

ANNUAL = Layout(
    "Part B spending by drug, a column a year",
    (
        Field("code", _CODE, required=True),
        *(Field(f"{name}_{year}", (f"{aliases[0]}_{year}",)) for year in _YEARS for name, aliases in MEASURES.items()),
    ),
    member=r"\.csv$",
)

LONG = Layout(
    "Part B spending by drug, a row a year",
    (
        Field("code", _CODE, required=True),
        Field("period", ("Year",), required=True),
        Field("patients", MEASURES["patients"], required=True),
        *(Field(name, aliases) for name, aliases in MEASURES.items() if name != "patients"),
    ),
    member=r"\.csv$",
)

_COLUMNS = ["code", "year", "edition", "period", "patients", "claims", "units", "dollars", "suppressed", "partial"]
_HEADER_ROWS = 12
_QUARTERS = re.compile(r"(20\d\d)\s*\(\s*Q1\s*-\s*Q([1-4])\s*\)")


@reader("spending by drug")
def read_drug_spending(path: Path, *, codes: Sequence[str] | None = None) -> Parsed:
    """Read national totals of drugs from any edition.

    Parameters
    ----------
    path
        CSV or JSON with a column a year (2019 on), a row a year (2011 to 2017, and the quarterly series), or the
        workbook of 2017 with its years side by side.
    codes
        HCPCS codes to keep; all when None.

    Returns
    -------
    Parsed
        ``code, year, edition`` (newest year that the file describes, as text), ``period`` (the publisher's own label
        where a row covers quarters, else empty), ``patients, claims, units, dollars, suppressed`` (patients are blank
        for fewer than 11), ``partial`` (the quarters do not make a year yet). Of a year's cumulative quarters the last
        stands.

    Raises
    ------
    InputError
        If it is none of these.
    """
    if workbook.is_workbook(path):
        raw, years = _side_by_side(path)
        return _settled(_long_of(raw, years), codes)
    try:  # some hundred rows: all are read, since the newest year of any names the edition
        raw = read_rows(path, LONG)
    except InputError as error:
        if b"tot_benes_" not in read_head(path, 1 << 14).lower():
            raise InputError(
                "not a file of Part B spending by drug",
                where=path,
                expected="a column of patients for each year (Tot_Benes_2023), or columns Year and Tot_Benes",
                fix=error.fix,
            ) from error
        raw = read_rows(path, ANNUAL)
        years = [year for year in _YEARS if any((raw.frame[f"{name}_{year}"] != "").any() for name in MEASURES)]
        return _settled(_long_of(raw, years), codes)
    return _settled(raw, codes)


def _long_of(raw: Raw, years: Sequence[int]) -> Raw:
    """Stack the years of a wide file; a year in which nothing is given is left out, as the publisher leaves it."""
    frames, lines = [raw.frame.iloc[:0].reindex(columns=["code", "period", *MEASURES])], [raw.lines[:0]]
    for year in years:
        part = pd.DataFrame({"code": raw.frame["code"], "period": str(year)} | {
            name: raw.frame[f"{name}_{year}"] for name in MEASURES
        })  # fmt: skip
        given = (part[list(MEASURES)] != "").any(axis=1).to_numpy()
        frames.append(part[given])
        lines.append(raw.lines[given])
    return Raw(pd.concat(frames, ignore_index=True).astype("str"), np.concatenate(lines), raw.rejected)


def _settled(raw: Raw, codes: Sequence[str] | None) -> Parsed:
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["code"] = repair.code(frame["code"])
    label = frame["period"]
    quarters = label.str.extract(_QUARTERS)
    # A year that a spreadsheet has touched reads 2013.0.
    frame["year"] = pd.to_numeric(quarters[0].fillna(label), errors="coerce")
    bad = {
        "the code is not five letters and digits": ~frame["code"].str.fullmatch(r"[0-9A-Z]{5}"),
        "the year is not valid": ~frame["year"].between(_YEARS.start, _YEARS.stop),
    }
    for name in MEASURES:
        frame[name], damaged = repair.number(frame[name])
        bad[f"{name} is not a number"] = damaged | (frame[name] < 0)
    frame["period"] = label.where(quarters[0].notna(), "")
    frame["quarters"] = pd.to_numeric(quarters[1], errors="coerce").fillna(4).astype("int64")
    frame["partial"] = frame["quarters"] < 4
    frame["suppressed"] = frame["patients"].isna() & frame[["claims", "units", "dollars"]].notna().any(axis=1)
    frame["year"] = frame["year"].fillna(0).astype("int64")
    parsed = raw.settle(frame, bad)
    good = parsed.frame.assign(edition=str(parsed.frame["year"].max()) if len(parsed.frame) else "")
    last = good.groupby(["code", "year"])["quarters"].transform("max")
    wanted = good["code"].isin(list(codes)) if codes is not None else True
    chosen = good.loc[(good["quarters"] == last) & wanted, _COLUMNS].astype({"edition": "str"})
    return Parsed(chosen.reset_index(drop=True), parsed.rejected, parsed.notes)


def _side_by_side(path: Path) -> tuple[Raw, list[int]]:
    """Read the workbook whose sheet repeats the same columns for each year, the newest last and named by its title."""
    with workbook.open_workbook(path) as book:
        title = next((name for name in book.titles if re.search(r"spending.*utili[sz]ation", name, re.I)), "")
        hit = re.search(r"20\d\d", title)
        if hit is None:
            raise InputError(
                "no sheet of spending and utilisation that names its year",
                where=path,
                expected="a sheet such as 'Spending & Utilization YTD 2017'",
                fix="found: " + ", ".join(book.titles),
            )
        sheet = book.sheet(title)
    first = [[normalise(name) for name in sheet.row(row)] for row in range(min(_HEADER_ROWS, sheet.height))]
    at = next((row for row, names in enumerate(first) if normalise(_CODE[1]) in names), -1)
    header = first[at] if at >= 0 else []
    places = {
        name: [place for place, found in enumerate(header) if found in {normalise(alias) for alias in aliases}]
        for name, aliases in MEASURES.items()
    }
    repeats = {len(found) for found in places.values()}
    if len(repeats) != 1 or not places["patients"]:
        raise InputError(
            "the years of the sheet do not line up", where=f"{path}, sheet {title}",
            expected="the same columns repeated once a year",
        )  # fmt: skip
    newest, count = int(hit[0]), repeats.pop()
    years = list(range(newest - count + 1, newest + 1))
    code = header.index(normalise(_CODE[1]))
    columns = {"code": sheet.column(code)[at + 1 :]} | {
        f"{name}_{year}": sheet.column(place)[at + 1 :]
        for name, found in places.items()
        for year, place in zip(years, found, strict=True)
    }
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})
    return Raw(frame, np.arange(at + 2, at + 2 + len(frame)), empty_rejects()), years

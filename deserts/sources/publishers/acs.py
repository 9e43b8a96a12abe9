"""American Community Survey, five years pooled: who lives in a county or tract, with margins of error. Optional.

Two forms are read: an answer of api.census.gov (an array of arrays, its header first) and a table file of the summary
file (``GEO_ID|B01001_E001|B01001_M001|...``). Both hold counts; what is kept is the part and the whole of each measure,
so that counts can be moved to other areas before anything is divided.

Status: the forms are those that working code of others reads; unverified against the live service.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from deserts.errors import FaultyAnswerError, InputError
from deserts.sandbox import load_json, reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import read_rows
from deserts.sources.readers.layouts import Field, Keep, Layout, Raw
from deserts.sources.readers.margins import sum_margin
from deserts.sources.readers.parsed import Parsed, rejects
from deserts.sources.readers.textfile import looks_like_html, open_binary, read_head
from deserts.sources.transport.http import Http

__all__ = [
    "ACS",
    "API",
    "MEASURES",
    "TABLES",
    "Measure",
    "fetch_table",
    "key_of_environment",
    "read_acs",
    "table_file",
]

API: Final = "https://api.census.gov/data/{year}/acs/acs5"
_FILES: Final = (
    "https://www2.census.gov/programs-surveys/acs/summary_file/{year}/table-based-SF/data/5YRData/"
    "acsdt5y{year}-{table}.dat"
)
_HEAD: Final = 4096
_KEY_PAGE: Final = "https://api.census.gov/data/key_signup.html"
_CONTROLLED: Final = "-555555555"
"""Stands where a margin would: the estimate is fixed to a known total, so it has no sampling error."""
_LEVELS: Final[Mapping[str, tuple[str, int]]] = {"county": ("0500000US", 5), "tract": ("1400000US", 11)}
"""Level to how the identifiers of its areas begin in table files, and the digits of its codes."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One share of the people or households.

    Parameters
    ----------
    name
        Its column is ``NAME_share``.
    table
        Table of the survey.
    parts
        Cells that are summed up.
    words
        What the share is, of whom.
    whole
        Cell of all of them.
    """

    name: str
    table: str
    parts: tuple[int, ...]
    words: str
    whole: int = 1


MEASURES: Final = (
    Measure("under_18", "B01001", (3, 4, 5, 6, 27, 28, 29, 30), "residents under 18"),
    Measure("age_65_plus", "B01001", (*range(20, 26), *range(44, 50)), "residents of 65 or older"),
    Measure("disability", "B18101", (*range(4, 20, 3), *range(23, 39, 3)),
            "civilians outside institutions with a disability"),
    Measure("poverty", "B17001", (2,), "residents below the poverty level, of those for whom it is determined"),
    Measure("hispanic", "B03002", (12,), "residents who are Hispanic or Latino, of any race"),
    Measure("white", "B03002", (3,), "residents who are white alone and not Hispanic"),
    Measure("black", "B03002", (4,), "residents who are Black alone and not Hispanic"),
    Measure("native", "B03002", (5,), "residents who are American Indian or Alaska Native alone and not Hispanic"),
    Measure("asian", "B03002", (6,), "residents who are Asian alone and not Hispanic"),
    Measure("no_vehicle", "B08201", (2,), "households without a vehicle"),
    Measure("broadband", "B28002", (4,), "households with broadband of any kind, a phone's data plan included"),
)  # fmt: skip
"""The shares that are read; cells are the line numbers of the table."""

TABLES: Final = tuple(dict.fromkeys(measure.table for measure in MEASURES))


def _cells(table: str) -> tuple[int, ...]:
    """Return the cells of a table that are wanted; at most 24, since the service takes 50 names in a question."""
    return tuple(sorted({cell for m in MEASURES if m.table == table for cell in (m.whole, *m.parts)}))


def _name(table: str, cell: int, kind: str) -> str:
    return f"{table}_{cell:03d}{kind}"


ACS = Layout(
    "the American Community Survey (B01001, B18101, B17001, B03002, B08201 or B28002)",
    (
        Field("geo_id", ("GEO_ID",), required=True),
        *(
            Field(_name(table, cell, kind), (_name(table, cell, kind), f"{table}_{kind}{cell:03d}"))
            for table in TABLES
            for cell in _cells(table)
            for kind in "EM"
        ),
    ),
    member=r"\.(dat|csv|txt)$",
)


@reader("survey tables")
def read_acs(path: Path) -> Parsed:
    """Read ``level, geoid, measure, part, part_moe, whole, whole_moe``: a row an area and measure of the file's table.

    Sentinels (-666666666 and its like) are null, and so is a sum with a null in it; a margin that says that its
    estimate is controlled is zero. Counties and tracts alone are kept.

    Raises
    ------
    InputError
        If the file holds no table that is wanted, or is the page about a missing key.
    """
    if looks_like_html(read_head(path)):
        raise InputError(
            "the file is a web page, as the Census Bureau answers without a key", where=path,
            expected="an array of arrays, or a table file", fix=f"get a key at {_KEY_PAGE} and fetch it again",
        )  # fmt: skip
    raw = _answer_rows(path) if _is_json(path) else _table_rows(path)
    found = raw.frame.apply(repair.tidy).astype("str")
    tables = [table for table in TABLES if (found[_name(table, 1, "E")] != "").any()]
    if len(found) and not tables:
        raise InputError("no estimate of a table that is wanted", where=path, expected=" or ".join(TABLES))
    frame = pd.DataFrame({"level": "", "geoid": ""}, index=found.index)
    for level, (start, width) in _LEVELS.items():
        own = found["geo_id"].where(found["geo_id"].str.startswith(start), "")
        code = repair.fips(own.str.slice(len(start)), width)
        frame["level"], frame["geoid"] = frame["level"].mask(code != "", level), frame["geoid"].mask(code != "", code)
    bad = {"neither a county nor a tract": frame["level"] == ""}
    bad["a second row of the same area"] = frame["geoid"].duplicated()
    for table in tables:
        for cell in _cells(table):
            for kind in "EM":
                frame[_name(table, cell, kind)], bad[f"{_name(table, cell, kind)} is not a count"] = _count(
                    found[_name(table, cell, kind)]
                )
    settled = raw.settle(frame, bad)
    return Parsed(_by_measure(settled.frame, tables), settled.rejected, settled.notes)


def _count(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    values, damaged = repair.number(column.mask(column == _CONTROLLED, "0"))
    return values, damaged | (values < 0)


def _by_measure(wide: pd.DataFrame, tables: list[str]) -> pd.DataFrame:
    """Return the sums of each measure's cells, areas in their order and measures in theirs."""
    parts = []
    for measure in (m for m in MEASURES if m.table in tables):
        cells = {kind: wide[[_name(measure.table, c, kind) for c in measure.parts]].to_numpy() for kind in "EM"}
        parts.append(
            wide[["level", "geoid"]].assign(
                measure=measure.name,
                part=cells["E"].sum(axis=1),
                part_moe=sum_margin(cells["E"], cells["M"]),
                whole=wide[_name(measure.table, measure.whole, "E")],
                whole_moe=wide[_name(measure.table, measure.whole, "M")],
            )
        )
    columns = ["level", "geoid", "measure", "part", "part_moe", "whole", "whole_moe"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


# --- the two forms ----------------------------------------------------------------------------------------------------


def _is_json(path: Path) -> bool:
    return read_head(path).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"[")


def _table_rows(path: Path) -> Raw:
    """Read the rows of counties and tracts; a national table holds all of half a million areas."""
    return read_rows(path, ACS, keep=Keep(holding={"geo_id": [start for start, _ in _LEVELS.values()]}))


def _answer_rows(path: Path) -> Raw:
    with open_binary(path) as stream:
        rows = _rows_of(load_json(stream.read(), where=path), where=path)
    header, body = rows[0], rows[1:]
    whole = [row for row in body if len(row) == len(header)]
    places = {name: header.index(name) for name in (field.name for field in ACS.fields) if name in header}
    codes = {name: header.index(name) for name in ("state", "county", "tract") if name in header}
    if "state" not in codes or "county" not in codes:
        raise InputError(
            "the answer names no counties", where=path, expected="columns state and county, for tracts also tract",
            fix=f"found: {', '.join(header[:40])}",
        )  # fmt: skip
    start = _LEVELS["tract" if "tract" in codes else "county"][0]
    text = {name: [_text(row[place]) for row in whole] for name, place in places.items()}
    ids = {"geo_id": [start + "".join(_text(row[place]) for place in codes.values()) for row in whole]}
    frame = pd.DataFrame({field.name: {**text, **ids}.get(field.name, "") for field in ACS.fields}, dtype="str",
                         index=range(len(whole)))  # fmt: skip
    lines = np.array([line for line, row in enumerate(body, start=1) if len(row) == len(header)], dtype=np.int64)
    cut = [line for line, row in enumerate(body, start=1) if len(row) != len(header)]
    return Raw(frame, lines, rejects(cut, ["another number of fields than the header"] * len(cut)))


def _rows_of(answer: Any, *, where: str | Path) -> list[list[Any]]:
    """Return an answer's rows, the first of them names.

    Raises
    ------
    InputError
        If it is no array of arrays with a header.
    """
    is_table = isinstance(answer, list) and bool(answer) and all(isinstance(row, list) for row in answer)
    if not is_table or not all(isinstance(name, str) for name in answer[0]):
        raise InputError("the answer is no table", where=where, expected="an array of arrays, the first one names")
    rows: list[list[Any]] = answer
    return rows


def _text(value: object) -> str:
    return "" if value is None else str(value).encode("utf-8", errors="replace").decode("utf-8")


# --- the service ------------------------------------------------------------------------------------------------------


def key_of_environment() -> str:
    """Return the user's key to the service (``CENSUS_API_KEY``), empty where there is none."""
    return os.environ.get("CENSUS_API_KEY", "").strip()


def table_file(year: int, table: str) -> str:
    """Return the address of a table's file for the whole nation, which needs no key."""
    return _FILES.format(year=year, table=table.lower())


def fetch_table(http: Http, url: str, table: str, level: str, state_fips: str, *, key: str) -> tuple[bytes, int]:
    """Return one table of a state's counties or tracts as JSON, and its rows; the key is sent and written nowhere.

    Raises
    ------
    FaultyAnswerError
        If the service asks for a key, or answers something else than a table.
    """
    names = [_name(table, cell, kind) for cell in _cells(table) for kind in "EM"]
    asked = {"get": ",".join(names), "for": f"{level}:*", "in": f"state:{state_fips}", "key": key}
    body = http.get_bytes(url, params=asked, accept="application/json")
    if looks_like_html(body[:_HEAD]):
        raise FaultyAnswerError(
            "the service answers with a page: the key is missing or not valid", where=url,
            expected="an array of arrays",
            fix=f"set CENSUS_API_KEY to a key from {_KEY_PAGE}, or unset it to use files",
        )  # fmt: skip
    try:
        rows = _rows_of(load_json(body, where=url), where=url)
    except InputError as error:
        raise FaultyAnswerError(error.what, where=url, expected=error.expected) from error
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode() + b"\n", len(rows) - 1

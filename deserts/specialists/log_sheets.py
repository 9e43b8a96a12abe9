"""The verification log as the spreadsheet that coordinators already keep: in from CSV or XLSX, out to either.

Going out, text that a spreadsheet would run as a formula is made inert, and notes stay at home unless asked for.
Coming in, every problem of every row is reported at once and nothing is written until all rows are right.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.documents.spreadsheet import neutralise, neutralise_frame, write_csv
from deserts.errors import InputError
from deserts.sandbox import foreign
from deserts.services import Service
from deserts.specialists.entries import LOG_COLUMNS, Verification, make_entry
from deserts.store import atomic_path

__all__ = ["export_log", "import_log"]

_ALIASES = {
    "npi": ("npi", "npi number", "provider npi"),
    "outcome": ("outcome", "result", "status", "answer"),
    "source": ("source", "how", "told by"),
    "on": ("observed_on", "on", "date", "called on", "date called", "call date"),
    "site_id": ("site_id", "site"),
    "payers": ("payers", "payer", "insurance", "insurances"),
    "ages": ("ages", "age", "age band"),
    "pump_makers": ("pump_makers", "pump makers", "makers", "pumps"),
    "wait_days": ("wait_days", "wait days", "wait"),
    "review_on": ("review_on", "review on", "review", "ask again"),
    "note": ("note", "notes", "comment", "comments"),
}
_REQUIRED = ("npi", "outcome", "on")
_MAX_SHOWN = 20
_MAX_ROWS = 20_000


def export_log(log: pd.DataFrame, path: Path, *, with_notes: bool = False) -> None:
    """Write the log as CSV or XLSX (by the file's ending), readable by its owner only.

    Parameters
    ----------
    log
        Rows of `VerificationLog.read`.
    path
        Where to, ending in ``.csv`` or ``.xlsx``.
    with_notes
        Whether the free text goes along; it may hold what should not leave the house.

    Raises
    ------
    InputError
        If the ending is another.
    """
    frame = log[[name for name in LOG_COLUMNS if with_notes or name != "note"]]
    kind = path.suffix.lower()
    if kind == ".csv":
        write_csv(frame.astype({"wait_days": "Int64"}), path, private=True)
    elif kind == ".xlsx":
        _write_xlsx(neutralise_frame(frame), path)
    else:
        raise InputError("the log can be written as CSV or XLSX only", where=path, expected="a name in .csv or .xlsx")


def _write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    from openpyxl import Workbook  # slow to load, and most commands never need it

    book = Workbook()
    sheet = book.active
    if sheet is None:  # a new workbook always has a sheet; the library's types do not say so
        sheet = book.create_sheet()
    sheet.title = "verifications"
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append([None if pd.isna(value) else value for value in row])
    epoch = dt.datetime(2000, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = epoch
    with atomic_path(path, private=True) as temporary:
        book.save(temporary)


def import_log(path: Path, *, service: Service, today: dt.date, source: str = "phone") -> list[Verification]:
    """Read entries from a coordinators' spreadsheet.

    Column names are matched without regard to case; ``npi``, ``outcome`` and a date are needed. Sheets without a column
    for who told us use ``source``.

    Parameters
    ----------
    path
        CSV or XLSX (its first sheet).
    service
        Profile that the calls were about; rows that name another one in a column ``service`` are left out.
    today
        No answer may lie after it.

    Raises
    ------
    InputError
        With the problems of all rows, each with row and column.
    """
    header, rows = _rows_of(path)
    names = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
    columns = {names[h]: i for i, h in enumerate(header) if h in names}
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise InputError(
            f"the sheet has no column for {', '.join(missing)}",
            where=path,
            expected="the columns npi, outcome and date (further: " + ", ".join(list(_ALIASES)[4:]) + ")",
        )
    of_service = header.index("service") if "service" in header else None
    entries, problems = [], []
    for number, row in enumerate(rows, start=2):
        values = {name: _cell(row, index) for name, index in columns.items()}
        other = of_service is not None and _cell(row, of_service) not in ("", service.service_id)
        if other or not any(values.values()):
            continue
        try:
            entries.append(_entry(values, service=service, today=today, source=source))
        except InputError as error:
            problems.append(f"row {number}: {error.what}")
    if problems:
        more = f"; and {len(problems) - _MAX_SHOWN} further rows" if len(problems) > _MAX_SHOWN else ""
        raise InputError(
            "; ".join(problems[:_MAX_SHOWN]) + more, where=path, fix="correct these rows; nothing was written"
        )
    return entries


def _entry(values: dict[str, str], *, service: Service, today: dt.date, source: str) -> Verification:
    return make_entry(
        npi=re.sub(r"\.0$", "", values["npi"]),
        outcome=values["outcome"],
        source=values.get("source") or source,
        on=_day(values["on"], "date"),
        today=today,
        service=service,
        site_id=values.get("site_id", ""),
        payers=values.get("payers", ""),
        ages=values.get("ages", ""),
        pump_makers=values.get("pump_makers", ""),
        wait_days=_days(values.get("wait_days", "")),
        review_on=_day(values["review_on"], "review_on") if values.get("review_on") else None,
        note=values.get("note", ""),
    )


def _rows_of(path: Path) -> tuple[list[str], Sequence[Sequence[Any]]]:
    if not path.is_file():
        raise InputError("there is no such file", where=path, expected="a CSV or XLSX sheet of calls")
    with foreign(path, "a sheet of calls (CSV in UTF-8, or XLSX)"):
        table = _read_xlsx(path) if path.suffix.lower() == ".xlsx" else _read_csv(path)
    if not table:
        raise InputError("the sheet is empty", where=path, expected="a line of column names and a line a call")
    if len(table) > _MAX_ROWS:
        raise InputError(f"the sheet has more than {_MAX_ROWS} rows", where=path, fix="split it")
    return [str(name or "").strip().lower() for name in table[0]], table[1:]


def _read_csv(path: Path) -> list[Sequence[Any]]:
    import csv

    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, strict=True))


def _read_xlsx(path: Path) -> list[Sequence[Any]]:
    from deserts.sources.readers.workbook import open_workbook  # most sheets are CSV

    with open_workbook(path) as book:
        return [list(row) for row in book.sheet(book.titles[0]).texts]


def _cell(row: Sequence[Any], index: int) -> str:
    value = row[index] if index < len(row) else None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    text = "" if value is None else str(value).strip()
    # Undo what export did, so that a log survives the round trip.
    return text[1:] if text.startswith("'") and neutralise(text[1:]) == text else text


def _day(text: str, column: str) -> dt.date:
    for pattern in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y"):
        try:
            return dt.datetime.strptime(text[:10], pattern).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise InputError(f"{column} {text!r}: expected YYYY-MM-DD or MM/DD/YYYY")


def _days(text: str) -> int | None:
    if text == "":
        return None
    try:
        return int(float(text))
    except (ValueError, OverflowError) as error:
        raise InputError(f"wait_days {text!r}: expected a number of days") from error

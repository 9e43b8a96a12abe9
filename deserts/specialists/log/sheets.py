"""The verification log as the spreadsheet that coordinators already keep: in from CSV or XLSX, out to either.

Going out, text that a spreadsheet would run as a formula is made inert, and notes stay at home unless asked for.
Coming in, rows are read one by one, every problem of every row is reported at once, and nothing is written until all
rows are right.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.documents.spreadsheet import neutralise, neutralise_frame, write_csv
from deserts.errors import InputError
from deserts.sandbox import foreign
from deserts.services import Service
from deserts.specialists.entries import LOG_COLUMNS, Answer, Verification, entry_key, make_entry
from deserts.store import atomic_path
from deserts.typed import DAY_EXPECTED, read_day

__all__ = ["ReadSheet", "export_log", "import_log"]

_ALIASES = {
    "npi": ("npi", "npi number", "provider npi"),
    "outcome": ("outcome", "result", "status", "answer"),
    "source": ("source", "how", "told by"),
    "on": ("observed_on", "on", "date", "called on", "date called", "call date"),
    "site_id": ("site_id", "site"),
    "scope": ("scope", "reach"),
    "all_sites": ("all_sites", "all sites"),
    "payers": ("payers", "payer", "insurance", "insurances"),
    "ages": ("ages", "age", "age band"),
    "pump_makers": ("pump_makers", "pump makers", "makers", "pumps"),
    "wait_days": ("wait_days", "wait days", "wait"),
    "visit_weeks": ("visit_weeks", "visit weeks", "wait weeks", "weeks"),
    "review_on": ("review_on", "review on", "review", "ask again"),
    "follow_up_on": ("follow_up_on", "follow up on", "follow up", "call back"),
    "asked": ("asked", "question"),
    "asked_age": ("asked_age", "asked age"),
    "asked_payer": ("asked_payer", "asked payer"),
    "answered_by": ("answered_by", "answered by", "spoke to", "contact"),
    "answered_role": ("answered_role", "answered role", "role"),
    "logged_by": ("logged_by", "logged by", "caller"),
    "corrects": ("corrects",),
    "entry": ("entry",),
    "note": ("note", "notes", "comment", "comments"),
}
_REQUIRED = ("npi", "outcome", "on")
_MAX_SHOWN = 20
_MAX_ROWS = 20_000
_YES = ("yes", "y", "true", "1")

SitesOf = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """What a sheet holds: entries to write, and how many rows were passed over because the log has them."""

    entries: tuple[Verification, ...]
    passed_over: int


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


def import_log(
    path: Path,
    *,
    service: Service,
    today: dt.date,
    logged_by: str,
    source: str = "phone",
    sites_of: SitesOf = lambda _npi: (),
    known: Container[str] = (),
) -> ReadSheet:
    """Read entries from a coordinators' spreadsheet.

    Column names are matched without regard to case; ``npi``, ``outcome`` and a date are needed. Sheets without a column
    for who told us use ``source``. A row of an export comes back as the entry that it was.

    Parameters
    ----------
    path
        CSV or XLSX (its first sheet).
    service
        Profile that the calls were about; rows that name another one in a column ``service`` are left out.
    today
        No answer may lie after it.
    logged_by
        Who writes them down, for sheets that do not say.
    sites_of
        Known sites of a clinician.
    known
        Keys of the entries that the log has: such a row of an export is passed over.

    Raises
    ------
    InputError
        With the problems of all rows, each with row and column.
    """
    entries: list[Verification] = []
    problems: list[str] = []
    passed_over = 0
    with _opened(path) as rows:
        header = [str(name or "").strip().lower() for name in next(rows, [])]
        columns = _columns(header, path)
        of_service = header.index("service") if "service" in header else None
        for number, row in enumerate(rows, start=2):
            if number > _MAX_ROWS:
                raise InputError(f"the sheet has more than {_MAX_ROWS} rows", where=path, fix="split it")
            values = {name: _cell(row, index) for name, index in columns.items()}
            other = of_service is not None and _cell(row, of_service) not in ("", service.service_id)
            if other or not any(values.values()):
                continue
            if values.get("entry") and values["entry"] in known:
                passed_over += 1
                continue
            defaults = {"source": source, "logged_by": logged_by}
            try:
                entries.append(_entry(values, defaults, service=service, today=today, sites_of=sites_of))
            except InputError as error:
                problems.append(f"row {number}: {error.what}")
    if problems:
        more = f"; and {len(problems) - _MAX_SHOWN} further rows" if len(problems) > _MAX_SHOWN else ""
        raise InputError(
            "; ".join(problems[:_MAX_SHOWN]) + more, where=path, fix="correct these rows; nothing was written"
        )
    return ReadSheet(tuple(entries), passed_over)


def _columns(header: Sequence[str], path: Path) -> dict[str, int]:
    """Return the place of each known column.

    Raises
    ------
    InputError
        If the sheet is empty or lacks a column that is needed.
    """
    if not any(header):
        raise InputError("the sheet is empty", where=path, expected="a line of column names and a line a call")
    names = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
    columns = {names[head]: place for place, head in enumerate(header) if head in names}
    if missing := [name for name in _REQUIRED if name not in columns]:
        further = ", ".join(name for name in _ALIASES if name not in (*_REQUIRED, "entry"))
        raise InputError(
            f"the sheet has no column for {', '.join(missing)}",
            where=path,
            expected=f"the columns npi, outcome and date (further: {further})",
        )
    return columns


def _entry(
    values: dict[str, str], defaults: dict[str, str], *, service: Service, today: dt.date, sites_of: SitesOf
) -> Verification:
    if values.get("entry") and (known := _as_exported(values, service)) is not None:
        return known
    npi = re.sub(r"\.0$", "", values["npi"])
    names = ("site_id", "payers", "ages", "pump_makers", "asked", "asked_age", "asked_payer", "answered_by",
             "answered_role", "corrects", "note")  # fmt: skip
    text: dict[str, Any] = {name: values.get(name, "") for name in names}
    answer = Answer(
        npi=npi,
        outcome=values["outcome"],
        source=values.get("source") or defaults["source"],
        on=_day(values["on"], "date"),
        logged_by=values.get("logged_by") or defaults["logged_by"],
        all_sites=values.get("all_sites", "").lower() in _YES or values.get("scope", "") == "clinician",
        wait_days=None if (wait := _number(values, "wait_days")) is None else int(wait),
        visit_weeks=_number(values, "visit_weeks"),
        review_on=_day_if_any(values, "review_on"),
        follow_up_on=_day_if_any(values, "follow_up_on"),
        **text,
    )
    return make_entry(answer, today=today, service=service, sites=sites_of(npi))


def _as_exported(values: dict[str, str], service: Service) -> Verification | None:
    """Return the entry that an export wrote, when the row still says what its key says."""
    names = [name for name in Verification.__dataclass_fields__ if name not in ("service", "observed_on")]
    facts: dict[str, Any] = {name: values.get(name, "") for name in names}
    facts["wait_days"] = None if (wait := _number(values, "wait_days")) is None else int(wait)
    facts["visit_weeks"] = _number(values, "visit_weeks")
    entry = Verification(**facts, service=service.service_id, observed_on=values["on"])
    return entry if entry_key(entry) == values["entry"] else None


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[Sequence[Any]]]:
    """Yield the rows of a sheet one by one.

    Raises
    ------
    InputError
        If it cannot be read, also half-way.
    """
    if not path.is_file():
        raise InputError("there is no such file", where=path, expected="a CSV or XLSX sheet of calls")
    opened = _xlsx_rows if path.suffix.lower() == ".xlsx" else _csv_rows
    with foreign(path, "a sheet of calls (CSV in UTF-8, or XLSX)"), opened(path) as rows:
        yield rows


@contextmanager
def _csv_rows(path: Path) -> Iterator[Iterator[Sequence[Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield iter(csv.reader(stream, strict=True))


@contextmanager
def _xlsx_rows(path: Path) -> Iterator[Iterator[Sequence[Any]]]:
    from deserts.sources.readers.workbook import open_workbook  # most sheets are CSV

    with open_workbook(path) as book:
        sheet = book.sheet(book.titles[0])
        yield (sheet.row(number) for number in range(sheet.height))


def _cell(row: Sequence[Any], index: int) -> str:
    value = row[index] if index < len(row) else None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    text = "" if value is None else str(value).strip()
    # Undo what export did, so that a log survives the round trip.
    return text[1:] if text.startswith("'") and neutralise(text[1:]) == text else text


def _day(text: str, column: str) -> dt.date:
    found = read_day(text) or read_day(text[:10])  # a sheet may give the hour, too
    if found is None:
        raise InputError(f"{column} {text!r}: expected {DAY_EXPECTED}")
    return found


def _day_if_any(values: dict[str, str], name: str) -> dt.date | None:
    return _day(values[name], name) if values.get(name) else None


def _number(values: dict[str, str], name: str) -> float | None:
    text = values.get(name, "")
    if text == "":
        return None
    try:
        value = float(text)
        int(value)  # neither infinite nor "not a number"
    except (ValueError, OverflowError) as error:
        raise InputError(f"{name} {text!r}: expected a number") from error
    return value

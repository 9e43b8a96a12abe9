"""Read rows of an Excel workbook by the meaning of its columns, with the same layouts as delimited text."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sources.delimited import Layout, Raw, normalise
from deserts.sources.parsed import empty_rejects
from deserts.sources.textfile import member_names, open_binary, open_member

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["cell_text", "is_workbook", "open_workbook", "read_rows", "sheet_rows"]

_HEADER_ROWS = 12
"""A header is looked for in the first rows only: publishers put a title and notes above it."""


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook, or a zip archive that holds one."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    names = member_names(path)
    return "[Content_Types].xml" in names or any(name.lower().endswith(".xlsx") for name in names)


@contextmanager
def open_workbook(path: Path) -> Iterator[Workbook]:
    """Open a workbook for reading, also inside a zip archive.

    Raises
    ------
    InputError
        If it is none, or damaged.
    """
    import openpyxl  # read by two sources only

    with open_binary(path, member=r"\.xlsx$") if not _is_bare(path) else path.open("rb") as stream:
        content = io.BytesIO(stream.read())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles that nobody reads
            book = openpyxl.load_workbook(content, read_only=True, data_only=True)
        try:
            yield book
        finally:
            book.close()
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"not a usable workbook: {error}", where=path, fix="fetch it again") from error


def _is_bare(path: Path) -> bool:
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    names = member_names(path)
    if "[Content_Types].xml" not in names:
        return False
    for name in names:  # refuses a bomb before openpyxl unpacks it
        with open_member(path, name) as stream:
            while stream.read(1 << 20):
                pass
    return True


def sheet_rows(book: Workbook, title: str, *, where: Path) -> list[tuple[Any, ...]]:
    """Return the cells of the sheet whose title means ``title``.

    Raises
    ------
    InputError
        If there is no such sheet.
    """
    for name in book.sheetnames:
        if normalise(name) == normalise(title):
            return list(book[name].iter_rows(values_only=True))
    raise InputError(f"the workbook has no sheet {title!r}", where=where, fix="found: " + ", ".join(book.sheetnames))


def cell_text(value: object) -> str:
    """Return a cell as text: whole numbers without a decimal point, days as YYYY-MM-DD, nothing as empty."""
    if value is None:
        return ""
    if type(value) is str:
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def read_rows(path: Path, layout: Layout, *, sheet: str | None = None) -> Raw:
    """Read the wanted columns of a sheet (the first one when None); the header may stand below a title."""
    with open_workbook(path) as book:
        rows = sheet_rows(book, sheet or book.sheetnames[0], where=path)
    header = _header_index(rows, layout)
    places = layout.places([cell_text(cell) for cell in rows[header]] if rows else [], where=path)
    body = rows[header + 1 :]
    columns = {
        field.name: pd.Series(
            [cell_text(row[places[field.name]]) if field.name in places else "" for row in body], dtype="str"
        )
        for field in layout.fields
    }
    return Raw(pd.DataFrame(columns), np.arange(header + 2, header + 2 + len(body)), empty_rejects())


def _header_index(rows: Sequence[Sequence[Any]], layout: Layout) -> int:
    wanted = {normalise(alias) for field in layout.fields for alias in field.aliases}
    hits = [sum(normalise(cell_text(cell)) in wanted for cell in row) for row in rows[:_HEADER_ROWS]]
    return int(np.argmax(hits)) if hits else 0

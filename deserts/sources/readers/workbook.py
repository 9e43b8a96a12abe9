"""Read sheets of an Excel workbook by the meaning of their columns, with the same layouts as delimited text.

`python-calamine` reads them. It lays every sheet out as a full grid, so that two cells at opposite corners would ask
for 400 GB and end the process: sizes are measured in the packed XML first. Only texts are wanted here; formulas count
by their last value, days are YYYY-MM-DD.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import foreign
from deserts.sources.readers.delimited import Layout, Raw, normalise
from deserts.sources.readers.parsed import empty_rejects
from deserts.sources.readers.sheet_bounds import refuse_unbounded
from deserts.sources.readers.textfile import member_names, open_binary

__all__ = ["Book", "Sheet", "is_workbook", "open_workbook", "read_rows"]

_HEADER_ROWS: Final = 12
"""A header is looked for in the first rows only: publishers put a title and notes above it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The texts of a sheet, without spaces at their ends: object array (height, width), empty text where nothing is."""

    texts: np.ndarray

    @property
    def height(self) -> int:
        """Number of rows up to the last one that holds something."""
        return int(self.texts.shape[0])

    def row(self, index: int) -> list[str]:
        """Return the texts of a row; empty where there is none."""
        return list(self.texts[index]) if index < self.height else [""] * int(self.texts.shape[1])

    def column(self, index: int) -> np.ndarray:
        """Return the texts of a column, shape (height,); empty where there is none."""
        if index >= self.texts.shape[1]:
            return np.full(self.height, "", dtype=object)
        return np.asarray(self.texts[:, index])


class Book:
    """An open workbook: its sheets by title."""

    def __init__(self, content: bytes, *, where: Path) -> None:
        from python_calamine import CalamineWorkbook  # needed by few files

        self._where = where
        self._book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the sheets, in their order."""
        return tuple(self._book.sheet_names)

    def sheet(self, title: str) -> Sheet:
        """Return the sheet whose title means ``title``.

        Raises
        ------
        InputError
            If there is no such sheet.
        """
        for name in self.titles:
            if normalise(name) == normalise(title):
                with foreign(self._where, "a workbook"):
                    return _texts_of(self._book.get_sheet_by_name(name).to_python(skip_empty_area=False))
        raise InputError(
            f"the workbook has no sheet {title!r}", where=self._where, fix="found: " + ", ".join(self.titles)
        )


def _texts_of(rows: Sequence[Sequence[Any]]) -> Sheet:
    width = max((len(row) for row in rows), default=0)
    texts = np.full((len(rows), width), "", dtype=object)
    for at, row in enumerate(rows):
        texts[at, : len(row)] = [_WORDS.get(type(cell), str)(cell) for cell in row]
    return Sheet(texts)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


_WORDS: Final[dict[type, Callable[[Any], str]]] = {
    str: str.strip,
    float: _number,
    bool: lambda value: str(int(value)),
    dt.datetime: lambda value: value.date().isoformat(),
    dt.date: dt.date.isoformat,
}


def is_workbook(path: Path) -> bool:
    """Whether the file is a workbook, or a zip archive that holds one."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    names = member_names(path)
    return "[Content_Types].xml" in names or any(name.lower().endswith(".xlsx") for name in names)


@contextmanager
def open_workbook(path: Path) -> Iterator[Book]:
    """Open a workbook for reading, also inside a zip archive.

    Raises
    ------
    InputError
        If it is none, damaged, or larger than a workbook of its size can honestly be.
    """
    with open_binary(path, member=r"\.xlsx$") if not _is_bare(path) else path.open("rb") as stream:
        content = stream.read()
    with foreign(path, "a workbook"):
        refuse_unbounded(content, where=path)
        book = Book(content, where=path)
    yield book


def _is_bare(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path) and "[Content_Types].xml" in member_names(path)


def read_rows(path: Path, layout: Layout) -> Raw:
    """Read the wanted columns of the first sheet; the header may stand below a title."""
    with open_workbook(path) as book:
        if not book.titles:
            raise InputError("the workbook has no sheet", where=path, fix="fetch it again")
        sheet = book.sheet(book.titles[0])
    header = _header_row(sheet, layout)
    places = layout.places(sheet.row(header), where=path)
    blank = np.full(sheet.height, "", dtype=object)
    columns = {
        field.name: pd.Series(
            (sheet.column(places[field.name]) if field.name in places else blank)[header + 1 :], dtype="str"
        )
        for field in layout.fields
    }
    lines = np.arange(header + 2, max(header + 2, sheet.height + 1))
    return Raw(pd.DataFrame(columns), lines, empty_rejects())


def _header_row(sheet: Sheet, layout: Layout) -> int:
    wanted = {normalise(alias) for field in layout.fields for alias in field.aliases}
    first = range(min(_HEADER_ROWS, sheet.height))
    hits = [sum(normalise(text) in wanted for text in sheet.row(row)) for row in first]
    return int(np.argmax(hits)) if hits else 0

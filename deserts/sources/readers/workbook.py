"""Read sheets of an Excel workbook by the meaning of their columns, with the same layouts as delimited text.

A sheet is read straight from its XML, cell by cell into flat arrays: several times faster than building objects of
cells, and only texts are wanted here. Times of day, formulas and styles other than days are not looked at.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree
from xml.parsers import expat

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from deserts.errors import InputError
from deserts.sources.readers.delimited import Layout, Raw, normalise
from deserts.sources.readers.parsed import empty_rejects
from deserts.sources.readers.textfile import member_names, open_binary, open_member

__all__ = ["Book", "Sheet", "is_workbook", "open_workbook", "read_rows"]

_HEADER_ROWS = 12
"""A header is looked for in the first rows only: publishers put a title and notes above it."""

_MOST_ROWS: Final = 1 << 20
"""Rows that a sheet can have by the format's own rules."""

_MOST_LETTERS: Final = 3
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DAY_FORMATS: Final = frozenset({14, 15, 16, 17, 22})
"""Numbers of the formats of days that every workbook knows."""

_FIRST_DAY: Final = dt.date(1899, 12, 30)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet that hold something.

    Parameters
    ----------
    rows, columns
        Place of each cell, from 0, in the order of the file.
    texts
        What each holds: text without spaces at its ends, days as YYYY-MM-DD.
    """

    rows: np.ndarray
    columns: np.ndarray
    texts: np.ndarray

    @property
    def height(self) -> int:
        """Number of rows up to the last one that holds something."""
        return int(self.rows.max()) + 1 if len(self.rows) else 0

    @property
    def width(self) -> int:
        """Number of columns up to the last one that holds something."""
        return int(self.columns.max()) + 1 if len(self.columns) else 0

    def row(self, index: int) -> list[str]:
        """Return the texts of a row; empty where there is none."""
        cells = [""] * self.width
        for at in np.flatnonzero(self.rows == index):
            cells[self.columns[at]] = self.texts[at]
        return cells

    def column(self, index: int) -> np.ndarray:
        """Return the texts of a column, shape (height,); empty where there is none."""
        cells = np.full(self.height, "", dtype=object)
        here = self.columns == index
        cells[self.rows[here]] = self.texts[here]
        return cells


class Book:
    """An open workbook: its sheets by title."""

    def __init__(self, content: IO[bytes], *, where: Path) -> None:
        self._content = content
        self._where = where
        with zipfile.ZipFile(content) as archive:
            self._members = frozenset(archive.namelist())
        self._parts = self._sheet_parts()
        self._shared = self._shared_texts()
        self._day_styles = self._styles_of_days()

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of the sheets, in their order."""
        return tuple(self._parts)

    def sheet(self, title: str) -> Sheet:
        """Return the sheet whose title means ``title``.

        Raises
        ------
        InputError
            If there is no such sheet.
        """
        for name, part in self._parts.items():
            if normalise(name) == normalise(title):
                return self._read(part)
        raise InputError(
            f"the workbook has no sheet {title!r}", where=self._where, fix="found: " + ", ".join(self._parts)
        )

    def _tree(self, part: str) -> ElementTree.Element | None:
        if part not in self._members:
            return None
        with open_member(self._where, part, content=self._content) as stream:
            return ElementTree.parse(stream).getroot()  # noqa: S314  expat refuses entities that grow, none is fetched

    def _sheet_parts(self) -> dict[str, str]:
        book, links = self._tree("xl/workbook.xml"), self._tree("xl/_rels/workbook.xml.rels")
        if book is None or links is None:
            message = "it has no list of sheets"
            raise ValueError(message)
        targets = {link.get("Id", ""): posixpath.join("/xl", link.get("Target", "")).lstrip("/") for link in links}
        found = {}
        for sheet in _named(book, "sheet"):
            link = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
            found[sheet.get("name", "")] = targets[link]
        return found

    def _shared_texts(self) -> list[str]:
        tree = self._tree("xl/sharedStrings.xml")
        return [] if tree is None else ["".join(text.text or "" for text in _spoken(item)).strip() for item in tree]

    def _styles_of_days(self) -> list[str]:
        tree = self._tree("xl/styles.xml")
        if tree is None:
            return []
        own = {
            int(format_.get("numFmtId", "0"))
            for format_ in _named(tree, "numFmt")
            if re.search(r"[dy]", re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", format_.get("formatCode", "").lower()))
        }
        used = [cell.get("numFmtId", "0") for cells in _named(tree, "cellXfs") for cell in cells]
        return [str(place) for place, number in enumerate(used) if int(number) in _DAY_FORMATS | own]

    def _read(self, part: str) -> Sheet:
        with open_member(self._where, part, content=self._content) as stream:
            cells, texts = _cells_of(stream)
        if not cells:
            return Sheet(*(np.empty(0, dtype=kind) for kind in (np.int64, np.int64, object)))
        places = pa.array([cell["r"] for cell in cells], pa.string())
        rows = pc.cast(pc.utf8_ltrim(places, _LETTERS), pa.int64()).to_numpy() - 1
        if rows.min() < 0 or rows.max() >= _MOST_ROWS:
            message = "a cell lies outside the sheet"
            raise ValueError(message)
        letters = pc.utf8_rtrim(places, "0123456789").dictionary_encode()
        numbers = np.array([_column_of(letter) for letter in letters.dictionary.to_pylist()], dtype=np.int64)
        columns = numbers[letters.indices.to_numpy()]
        return Sheet(rows, columns, self._meanings(cells, texts))

    def _meanings(self, cells: Sequence[Mapping[str, str]], texts: Sequence[str]) -> np.ndarray:
        found = pd.Series(texts, dtype="str").str.strip().to_numpy(dtype=object)
        kinds = np.array([cell.get("t", "n") for cell in cells], dtype="U9")
        shared = np.flatnonzero(kinds == "s")
        if len(shared):
            found[shared] = np.array(self._shared, dtype=object)[found[shared].astype(np.int64)]
        if self._day_styles:
            for at in np.flatnonzero((kinds == "n") & np.isin([cell.get("s", "") for cell in cells], self._day_styles)):
                found[at] = (_FIRST_DAY + dt.timedelta(days=float(found[at]))).isoformat()
        return found


def _cells_of(stream: IO[bytes]) -> tuple[list[dict[str, str]], list[str]]:
    """Return the attributes and the raw text of every cell of a sheet's XML that holds something."""
    cells: list[dict[str, str]] = []
    texts: list[str] = []
    cell: dict[str, str] = {}
    is_value = False
    names: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cell, is_value
        kind = names.get(name)
        if kind is None:
            kind = names[name] = name.rpartition(":")[2]
        if kind == "c":
            cell = attributes
        # What follows a value before the next element is layout and is stripped with the text.
        is_value = kind in ("v", "t")

    def characters(text: str) -> None:
        if not is_value:
            return
        if cells and cells[-1] is cell:  # a text in several runs
            texts[-1] += text
        else:
            cells.append(cell)
            texts.append(text)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    parser.ParseFile(stream)
    return cells, texts


def _named(tree: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (element for element in tree.iter() if element.tag.rpartition("}")[2] == name)


def _spoken(item: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield the texts of a shared string without those that say how it is pronounced."""
    for child in item:
        if child.tag.endswith("}t"):
            yield child
        elif child.tag.endswith("}r"):
            yield from _spoken(child)


def _column_of(letters: str) -> int:
    if not 1 <= len(letters) <= _MOST_LETTERS:
        message = f"a cell has the column {letters[:9]!r}"
        raise ValueError(message)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


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
        If it is none, or damaged.
    """
    with open_binary(path, member=r"\.xlsx$") if not _is_bare(path) else path.open("rb") as stream:
        content = io.BytesIO(stream.read())
    try:
        yield Book(content, where=path)
    except InputError:
        raise
    except (
        ElementTree.ParseError, expat.ExpatError, zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError,
        IndexError, OverflowError, RuntimeError, NotImplementedError,
    ) as error:  # fmt: skip
        raise InputError(f"not a usable workbook: {error}", where=path, fix="fetch it again") from error


def _is_bare(path: Path) -> bool:
    return path.is_file() and zipfile.is_zipfile(path) and "[Content_Types].xml" in member_names(path)


def read_rows(path: Path, layout: Layout) -> Raw:
    """Read the wanted columns of the first sheet; the header may stand below a title."""
    with open_workbook(path) as book:
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

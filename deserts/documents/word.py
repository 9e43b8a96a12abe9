"""DOCX by python-docx, the same bytes for the same content: fixed dates, and a zip without clock times."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from deserts.documents.text import plain

__all__ = ["bullets", "checkboxes", "document", "grid", "heading", "paragraph", "to_bytes"]

_FIXED = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def document(title: str) -> Any:
    """Return an empty document with fixed properties and a heading that carries the title."""
    from docx import Document
    from docx.shared import Pt

    made = Document()
    properties = made.core_properties
    properties.title, properties.author, properties.last_modified_by = plain(title, one_line=True), "deserts", "deserts"
    properties.comments = ""
    properties.created = properties.modified = _FIXED
    made.styles["Normal"].font.name = "Calibri"
    made.styles["Normal"].font.size = Pt(11)
    made.add_heading(plain(title, one_line=True), level=0)
    return made


def heading(target: Any, text: str, *, level: int = 1) -> None:
    """Add a heading."""
    target.add_heading(plain(text, one_line=True), level=level)


def paragraph(target: Any, text: str, *, strong: bool = False) -> None:
    """Add a paragraph of unknown text."""
    target.add_paragraph().add_run(plain(text)).bold = strong


def bullets(target: Any, texts: Iterable[str]) -> None:
    """Add a bulleted list."""
    for text in texts:
        target.add_paragraph(plain(text), style="List Bullet")


def checkboxes(target: Any, texts: Iterable[tuple[bool, str]]) -> None:
    """Add lines with a ticked or an empty box."""
    for is_there, text in texts:
        target.add_paragraph(("\u2611 " if is_there else "\u2610 ") + plain(text))


def grid(target: Any, rows: Sequence[Sequence[str]], *, head: bool = True) -> None:
    """Add a table with rules; its first row is a heading when ``head`` is true."""
    made = target.add_table(rows=0, cols=len(rows[0]))
    made.style = "Table Grid"
    for position, row in enumerate(rows):
        cells = made.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.paragraphs[0].add_run(plain(text)).bold = head and position == 0


def to_bytes(target: Any) -> bytes:
    """Return the file's bytes: entries sorted by name, all dated 1 January 1980."""
    buffer, fixed = io.BytesIO(), io.BytesIO()
    target.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as packed:
        # Word wants the content types first; the rest is sorted so that the order never depends on the writer.
        for name in sorted(made.namelist(), key=lambda entry: (entry != "[Content_Types].xml", entry)):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, made.read(name))
    return fixed.getvalue()

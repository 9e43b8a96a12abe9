"""Archives and workbooks whose bytes depend on their content alone: fixed times, fixed order."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

__all__ = ["csv_bytes", "workbook_bytes", "zip_bytes"]

_TIME = (2026, 1, 1, 0, 0, 0)
_STAMP = b"2026-01-01T00:00:00Z"


def csv_bytes(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, separator: str = ",", quote_all: bool = False,
    encoding: str = "utf-8", newline: str = "\n",
) -> bytes:  # fmt: skip
    """Return rows as separated text; fields are quoted where they must be, or all of them."""
    import csv

    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=separator, lineterminator=newline, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    )
    if header:
        writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of the members, in the order given, all with one fixed time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def workbook_bytes(sheets: Mapping[str, Sequence[Sequence[object]]], *, merged: Mapping[str, Sequence[str]]) -> bytes:
    """Return an Excel workbook of the sheets.

    Parameters
    ----------
    sheets
        Sheet name to rows of cell values.
    merged
        Sheet name to merged ranges, such as ``A1:E1``.
    """
    book = openpyxl.Workbook()
    del book[book.sheetnames[0]]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for cells in merged.get(name, ()):
            sheet.merge_cells(cells)
    raw = io.BytesIO()
    book.save(raw)
    return _with_fixed_times(raw.getvalue())


def _with_fixed_times(workbook: bytes) -> bytes:
    """Replace the times that the library stamps on a workbook and its parts."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    core = "docProps/core.xml"
    members[core] = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", _STAMP, members[core])
    return zip_bytes(members)

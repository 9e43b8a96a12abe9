"""CSV that a spreadsheet program cannot mistake for formulas.

A cell that starts with ``=``, ``+``, ``-``, ``@``, a tab or a line break is run as a formula by spreadsheet programs
(CWE-1236). Such text gets a leading apostrophe, which spreadsheets read as "this is text". Numbers stay numbers.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from deserts.store import write_text

__all__ = ["csv_text", "neutralise", "neutralise_frame", "write_csv"]

_TRIGGER = r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
"""Formula starts, their full-width forms included, after any white space."""
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_UNSAFE = re.compile(rf"(?!{_NUMBER}\Z)(?:{_TRIGGER}|[\t\r\n])")


def neutralise(text: str) -> str:
    """Return text that a spreadsheet shows as text; plain numbers such as ``-12.5`` stay as they are.

    Examples
    --------
    >>> neutralise("=1+1"), neutralise("-12.5"), neutralise("O'Hara")
    ("'=1+1", '-12.5', "O'Hara")
    """
    return "'" + text if _UNSAFE.match(text) else text


def neutralise_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy whose text cells and column names are safe; other cells are untouched."""
    safe = frame.copy()
    for position, dtype in enumerate(frame.dtypes):
        if pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_datetime64_any_dtype(dtype):
            continue
        values = frame.iloc[:, position]
        is_text = values.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)
        unsafe = is_text & values.astype("str").str.match(_UNSAFE).fillna(False).to_numpy(dtype=bool)
        cells = values.astype(object).where(~unsafe, "'" + values.astype("str"))
        safe.isetitem(position, cells.to_numpy())
    safe.columns = pd.Index([neutralise(str(name)) for name in frame.columns])
    return safe


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV that is safe for spreadsheets, without the index, nulls as empty cells."""
    text: str = neutralise_frame(frame).to_csv(index=False, lineterminator="\n")
    return text


def write_csv(frame: pd.DataFrame, path: Path, *, private: bool = False) -> None:
    """Write a table atomically as CSV that is safe for spreadsheets.

    Parameters
    ----------
    frame
        The table; its index is not written.
    path
        Where to.
    private
        Whether only the owner may read it (mode 0600), as for files about patients.
    """
    write_text(path, csv_text(frame), private=private)

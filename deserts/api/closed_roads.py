"""Closed roads as Python gives them: files or objects of GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deserts.roads.closings import Closing

__all__ = ["closings"]


def closings(given: Sequence[str | Path | Mapping[str, Any] | Closing]) -> list[Closing]:
    """Return what some files and objects of GeoJSON close; what was read already stays as it is.

    Raises
    ------
    MissingDataError, InputError
        As `deserts.roads.closings.read_closing` and `closing_of`.
    """
    from deserts.roads.closings import Closing, closing_of, read_closing

    found = []
    for one in given:
        if isinstance(one, Closing):
            found.append(one)
        else:
            found.append(closing_of(one, where="close_roads") if isinstance(one, Mapping) else read_closing(Path(one)))
    return found

"""What a world made by a test has read: every source, in every state."""

from __future__ import annotations

from collections.abc import Sequence

from deserts.searches import SourceRead
from deserts.tables import Search

SOURCES = (
    "claims", "directory", "nppes", "nppes_locations", "nppes_deactivated", "affiliations", "roads", "demand",
    "hospitals", "county_totals", "adequacy",
)  # fmt: skip


def everything_read(
    states: Sequence[str], *, search: Search = Search.FOUND, without: Sequence[str] = ()
) -> dict[str, object]:
    """Return the facts of a `Provenance` in which every source but some was read in all states."""
    read = tuple(SourceRead(name, tuple(states), rows_read=1, rows_used=1) for name in SOURCES if name not in without)
    return {"sources": read, "search": search, "as_of": "2026-11-21"}

"""The table that says what the map shows, for readers without sight, without scripts, or with a printer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deserts.documents import plain
from deserts.publish.county_colours import desert_legend
from deserts.publish.supply_views import SupplyView
from deserts.publish.words import adequacy_words, limit_words, minutes_words, percent
from deserts.services import Service
from deserts.tables import Status

__all__ = ["CountyRow", "county_rows", "county_table_heads"]

_NO_SECOND = (
    Status.NONE_AT_GRADE, Status.NO_POPULATION, Status.UNREACHABLE, Status.NOT_SEARCHED, Status.NOT_ASSESSABLE,
)  # fmt: skip
"""Reasons that hold for a second practice as they do for the nearest."""
_NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True)
class CountyRow:
    """One county: its code, its name, and its cells, each with whether it holds a number."""

    fips: str
    county: str
    cells: tuple[tuple[str, bool], ...]


def county_table_heads(views: Sequence[SupplyView], *, service: Service) -> tuple[str, ...]:
    """Return the heads of the columns; what differs from view to view stands once a view."""
    severe = limit_words(service.number("desert.severe_min"))

    def each(words: str) -> list[str]:
        return [words] if len(views) == 1 else [f"{words}, {view.key}" for view in views]

    return (
        "County", "Residents", *each("Where most live"), *each("To the nearest"), *each("If it stops"),
        *each(f"Over {severe} away"), "Federal adequacy test",
    )  # fmt: skip


def county_rows(
    views: Sequence[SupplyView], *, service: Service, limit_min: float, classes_shown: bool = True,
    numbers_shown: bool = True,
) -> list[CountyRow]:  # fmt: skip
    """Return the rows, the worst county of the first view first, as far as the run's checks allow."""
    share = f"beyond_{service.number('desert.severe_min'):.0f}_share"
    classes = desert_legend(service, limit_min)
    order = (
        views[0]
        .scores.sort_values(["desert_rank", share, "county_fips"], ascending=[False, False, True], kind="stable")
        .index
    )
    records = [view.scores.loc[order].to_dict("records") for view in views]
    rows = []
    for same in zip(*records, strict=True):
        first = same[-1]
        cells: list[tuple[str, bool]] = [(f"{first['population']:,.0f}", True)]
        cells += [(_desert_words(row, classes) if classes_shown else _withheld(row), False) for row in same]
        numbers = [
            *((row, minutes_words(row["nearest_median_min"], row["status"], limit_min=limit_min)) for row in same),
            *((row, _second_words(row, limit_min)) for row in same),
            *((row, percent(row[share])) for row in same),
        ]
        cells += [(text if numbers_shown else _withheld(row), True) for row, text in numbers]
        cells.append((adequacy_words(first["adequacy"], service) if classes_shown else _NOT_VERIFIED, False))
        name = plain(f"{first['name']}, {first['state']}", one_line=True)
        rows.append(CountyRow(first["county_fips"], name, tuple(cells)))
    return rows


def _withheld(row: Mapping[Hashable, Any]) -> str:
    """Say why a cell is empty: where nobody looked, there is nothing to verify."""
    return minutes_words(None, Status.NOT_SEARCHED) if row["status"] == Status.NOT_SEARCHED else _NOT_VERIFIED


def _second_words(row: Mapping[Hashable, Any], limit_min: float) -> str:
    status = row["status"] if row["status"] in _NO_SECOND else Status.BEYOND_LIMIT
    return minutes_words(row["second_practice_median_min"], status, limit_min=limit_min)


def _desert_words(row: Mapping[Hashable, Any], classes: Sequence[str]) -> str:
    if row["status"] == Status.NO_POPULATION:
        return "nobody lives here"
    return "not assessed" if pd.isna(row["desert_rank"]) else classes[int(row["desert_rank"])]

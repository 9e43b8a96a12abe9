"""How many listed clinicians public files contradict: said in public only where no subtraction singles anybody out.

A total is said when it and its rest are at least `LEAST` people. What was said, and what was withheld, is kept: the
same people get the same answer again, and another list gets one only if all people whom the lists so far tell apart are
groups that could be told by themselves. So no sum or difference over plans, tables or dates speaks of anybody. Calls
are counted nowhere in it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.errors import WRONG_SHAPE, DamagedDataError
from deserts.networks.check import Listed
from deserts.store import write_json

__all__ = ["LEAST", "LEDGER_NAME", "Release", "public_total"]

LEAST = 11
LEDGER_NAME = "published_totals.json"


@dataclass(frozen=True, slots=True)
class Release:
    """What was said of one list of people: the total, or None where it was withheld, and when."""

    npis: frozenset[str]
    contradicted: frozenset[str]
    total: int | None
    on: str


def public_total(listed: pd.DataFrame, ledger: Path, *, today: dt.date) -> int | None:
    """Return how many listed clinicians public files contradict, or None where that may not be said; keep the answer.

    Parameters
    ----------
    listed
        `PlanCheck.listed` by public files alone.
    ledger
        Where earlier answers are kept, among the user's own tables.
    today
        Day of the answer.

    Raises
    ------
    DamagedDataError
        If the record of earlier answers cannot be read: without it nothing may be said.
    """
    npis = frozenset(listed.loc[listed["standing"] != Listed.SHOWN, "npi"])
    against = frozenset(listed.loc[listed["standing"] == Listed.CONTRADICTED, "npi"])
    earlier = list(_read(ledger))
    for release in earlier:
        if release.npis == npis:
            return release.total
    total = len(against) if _may_be_said(npis, against, earlier) else None
    _write(ledger, [*earlier, Release(npis, against, total, today.isoformat())])
    return total


def _may_be_said(npis: frozenset[str], against: frozenset[str], earlier: list[Release]) -> bool:
    """Whether every group of people that the lists together tell apart is one that may be told.

    People who stand in the same lists cannot be told apart by any sum or difference of totals, so it is enough that
    each such group is large on both sides. A list whose total was withheld counts too: that a list with one more person
    is told would otherwise speak of that person. Where somebody's standing has changed since, nothing is said.
    """
    lists = [*earlier, Release(npis, against, None, "")]
    groups: dict[tuple[bool, ...], set[str]] = {}
    for npi in frozenset().union(*(each.npis for each in lists)):
        groups.setdefault(tuple(npi in each.npis for each in lists), set()).add(npi)
    for release in earlier:
        both = npis & release.npis
        if against & both != release.contradicted & both:
            return False
    known = frozenset().union(*(each.contradicted for each in lists))
    return all(_is_a_group(frozenset(group), known & group) for group in groups.values())


def _is_a_group(npis: frozenset[str], against: frozenset[str]) -> bool:
    """Whether at least `LEAST` people are counted, and at least as many are not."""
    return len(against) >= LEAST and len(npis) - len(against) >= LEAST


def _read(ledger: Path) -> Iterator[Release]:
    if not ledger.is_file():
        return
    try:
        for entry in json.loads(ledger.read_text(encoding="utf-8")):
            yield Release(frozenset(entry["npis"]), frozenset(entry["contradicted"]), entry["total"], entry["on"])
    except (*WRONG_SHAPE, OSError) as error:
        raise DamagedDataError(
            "the record of published totals cannot be read", where=ledger,
            fix="restore it from a copy; without it nothing says which totals were published before",
        ) from error  # fmt: skip


def _write(ledger: Path, releases: list[Release]) -> None:
    entries = [
        {"npis": sorted(each.npis), "contradicted": sorted(each.contradicted), "total": each.total, "on": each.on}
        for each in releases
    ]
    write_json(ledger, entries, private=True)

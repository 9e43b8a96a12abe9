"""What to know of a log before relying on it: entries that can be read in two ways, and calls that are due.

An entry of before layout 2 does not say how far it reaches. It counts as it did; where that is a guess it is named
here, with what it is taken for, so that somebody can correct it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from deserts.services import Service
from deserts.specialists.outcomes import Scope, Standing
from deserts.specialists.said import Said, said_rows
from deserts.specialists.standing import ClinicianStanding, Standings, corrected_entries

__all__ = ["Ambiguous", "Due", "ambiguous_entries", "due_calls"]

SitesOf = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """An entry that can be read in two ways: its key, whom it is about, its day and outcome, and how it is taken."""

    entry: str
    npi: str
    on: dt.date
    outcome: str
    taken_as: str


@dataclass(frozen=True, slots=True)
class Due:
    """A call to make: the day, whom to ask, and after which answer."""

    on: dt.date
    npi: str
    site_id: str
    outcome: str
    answered_on: dt.date
    entry: str


def ambiguous_entries(rows: pd.DataFrame, *, service: Service, as_of: dt.date, sites_of: SitesOf) -> list[Ambiguous]:
    """Return the entries that can be read in two ways, by clinician and day.

    Parameters
    ----------
    rows
        The log.
    service
        Only entries about this service.
    as_of
        Day for what stands.
    sites_of
        Known sites of a clinician.
    """
    standings = Standings.read(rows, service=service, as_of=as_of)
    found = []
    for npi, standing in standings.by_npi.items():
        sites = tuple(sites_of(npi))
        for said in standing.answers:
            found += [_named(said, words) for words in _old_entry(said, len(sites))]
        found += [_named(said, words) for said, words in _read_anew(standing, standings.since, sites)]
    return sorted(found, key=lambda case: (case.npi, case.on, case.entry, case.taken_as))


def _named(said: Said, words: str) -> Ambiguous:
    return Ambiguous(said.entry, said.npi, said.on, said.outcome, words)


def _old_entry(said: Said, n_sites: int) -> Iterator[str]:
    """Yield what an entry without a scope, or without what was asked, is taken for."""
    several = n_sites > 1
    if said.scope == Scope.UNSTATED:
        if said.kind.of_site and not said.site_id and n_sites != 1:
            yield (
                f"names no site and the clinician has {n_sites}: none is closed, all are in doubt and must be asked"
                if said.kind.closes
                else f"names no site and the clinician has {n_sites}: all numbers stay, with a hint"
            )
        elif (several and said.site_id and said.ends_all) or (several and said.site_id and said.is_positive):
            yield f"names one site and counts for all {n_sites} of the clinician, as before"
    if said.outcome == "age" and not said.asked_age and said.ages not in ("adult", "paediatric"):
        yield "does not say which age was refused: counts for both until a later answer accepts"
    if said.outcome == "payer" and not said.asked_payer:
        yield "does not say which payer was refused: counts for every payer until a later answer accepts"


def _read_anew(standing: ClinicianStanding, since: dt.date, sites: Sequence[str]) -> Iterator[tuple[Said, str]]:
    """Yield entries whose weight differs from what this program's earlier versions gave them."""
    last = standing.last
    if last is not None and last.is_positive and not last.is_asked:
        asked = next((s for s in reversed(standing.telling) if s.is_positive and s.is_asked and s.on >= since), None)
        if asked is not None and standing.verified(since=since) is None:
            yield asked, "was confirmed again when hearsay lifted a later no: it no longer is, ask"
        elif asked is not None:
            yield last, "is hearsay after the clinic's own word: the clinic's word stands"
    for site in sites:
        about = [said for said in standing.answers if said.site_id == site]
        closed = standing.at(site, only_site=len(sites) == 1).closed
        if closed is not None and about and about[-1].outcome == "wrong_number":
            yield closed, "was lifted by a later wrong number: the site now stays closed"


def due_calls(rows: pd.DataFrame, *, service: Service, until: dt.date) -> list[Due]:
    """Return the calls to make up to a day: follow-ups and temporary answers to be asked again, oldest first.

    A call is no longer due once somebody has asked about the same clinician, at the same site where one was named.
    """
    own = rows[(rows["service"] == service.service_id) & ~rows["entry"].isin(corrected_entries(rows))]
    told = sorted(said_rows(own), key=lambda said: said.order)
    found = []
    for place, said in enumerate(told):
        days = [said.follow_up_on]
        days += [said.review_on] if said.kind.standing is Standing.TEMPORARY else []
        day = min((day for day in days if day is not None), default=None)
        later = [other for other in told[place + 1 :] if other.npi == said.npi and _asks_again(other, said)]
        if day is not None and day <= until and not later:
            found.append(Due(day, said.npi, said.site_id, said.outcome, said.on, said.entry))
    return sorted(found, key=lambda due: (due.on, due.npi, due.site_id))


def _asks_again(later: Said, said: Said) -> bool:
    return later.outcome != "withdrawn" and (not said.site_id or later.site_id in ("", said.site_id))

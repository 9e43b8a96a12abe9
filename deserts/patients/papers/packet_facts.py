"""What public files say for one place, as finished sentences of a packet: who was found, how far, which limit holds."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.patients.papers.packet import ComputedFacts
from deserts.patients.papers.packet_plan import PlanFacts, plan_facts
from deserts.patients.papers.precedents import cited
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Candidate, PlaceOption, Tier
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import find_backups
from deserts.patients.search.origin import from_zip
from deserts.patients.search.team import TeamFacts
from deserts.places.adequacy import base_limits
from deserts.tables import Status
from deserts.tables.drives import minutes_words

__all__ = ["COUNTY_COLUMNS", "computed_facts"]

COUNTY_COLUMNS = ["county_fips", "name", "state", "adequacy_type"]
"""What a packet needs to know of counties."""


_LOOKED_AT = 25
"""Candidates of a tier that are looked at for one whom public files alone support."""


def computed_facts(
    data: BackupData,
    *,
    counties: pd.DataFrame,
    zip_code: str,
    today: dt.date,
    facts: TeamFacts | None = None,
    local_dir: Path | None = None,
    plan: str = "",
) -> ComputedFacts:
    """Return what was found for a ZIP.

    Parameters
    ----------
    data
        The region, loaded.
    counties
        Columns `COUNTY_COLUMNS` of the table ``counties``, for the county's type.
    zip_code
        The patient's ZIP; it is not repeated in the sentences. Empty gives the dates of the data alone.
    today
        Day of the search.
    facts
        Calls of the team: who refused or stopped is not named. Nothing that was said is repeated, since a packet is
        filed; a grade that rests on a call alone is not told.
    local_dir
        Folder of the user's own tables, where copies of reviewers' decisions may lie; None cites none.
    plan
        Plan by identifier or name, whose directory is held against the evidence; empty for none.

    Raises
    ------
    InputError, UnknownNameError
        If the ZIP is none, or not known, or no directory of the run has the plan.
    """
    team = facts or TeamFacts()
    dates = (*data.provenance.lines(today), team.last_call_line())
    if not zip_code:
        return ComputedFacts(data_lines=dates, files=data.provenance.inputs)
    origin = from_zip(zip_code, data.zips, region_states=data.region_states)
    answer = find_backups(BackupQuery(origin=origin, today=today, k=_LOOKED_AT), data, team)
    home = data.zips.find(zip_code)
    filed = plan_facts(plan, origin, data) if plan else PlanFacts()
    found = () if local_dir is None else cited(local_dir, data.service.appeal_queries, state=home.state)
    named = _named(answer, _filed_grades(data), data)
    paid = _paid(answer)
    shown: list[Candidate | PlaceOption] = [*named.within, *named.beyond, *paid]
    drives = [one for one in shown if one.drive_min is not None]
    return ComputedFacts(
        sentences=(
            *_found(named, answer.limit_min, data, today),
            *_place_sentences(paid),
            *_limit(counties, data, home.county_fips),
        ),
        data_lines=dates,
        files=data.provenance.inputs,
        precedents=found,
        plan=filed.sentences,
        evidence_page=filed.page,
        drives=(*({"give": one.plus_minus_min, "unchecked": not one.checked} for one in drives), *filed.drives),
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """Whom a packet names: the first to ask within the limit and what files do not tell of, then the nearest beyond."""

    within: tuple[Candidate, ...]
    beyond: tuple[Candidate, ...]


def _named(answer: BackupAnswer, filed: Mapping[str, int], data: BackupData) -> _Named:
    grade = data.service.grade(data.service.default_grade)
    first_of = {
        status: [
            next(named, None)
            for tier in answer.tiers
            if tier.tier is not Tier.MUST_BE_ASKED
            for named in [(c for c in tier.candidates if c.status == status and 0 <= filed[c.npi] <= grade.rank)]
        ]
        for status in (Status.OK, Status.BEYOND_LIMIT)
    }
    within = tuple(candidate for candidate in first_of[Status.OK] if candidate is not None)
    beyond = tuple(candidate for candidate in first_of[Status.BEYOND_LIMIT] if candidate is not None)
    return _Named(within, beyond[:1])


def _found(named: _Named, limit_min: float, data: BackupData, today: dt.date) -> tuple[str, ...]:
    grade = data.service.grade(data.service.default_grade)
    on = f"on {today.isoformat()} in the files named below"
    filed, within = _filed_grades(data), named.within
    if not within:
        limit = f"within {limit_min:.0f} minutes of driving"
        found = [f"We found none at grade “{grade.name}” ({grade.words}) or better {limit}, {on}."]
    else:
        found = [f"The first to ask at grade “{grade.name}” or better is {_who(within[0], filed, data)}, {on}."]
        found += [f"The first whose drug the files do not name is {_who(other, filed, data)}." for other in within[1:]]
    found += [f"Beyond that limit, the nearest known is {_who(candidate, filed, data)}." for candidate in named.beyond]
    return tuple(found)


def _paid(answer: BackupAnswer) -> tuple[PlaceOption, ...]:
    """Return the nearest hospital that was paid for it: whoever decides must not find it before we say so."""
    paid = [place for place in answer.places if place.payer != "no"]
    return tuple(sorted(paid, key=lambda place: place.drive_min)[:1])


def _place_sentences(paid: Sequence[PlaceOption]) -> tuple[str, ...]:
    return tuple(
        f"The price file of {place.name} in {place.city}, {place.state} ({_by_car(place)}) shows {place.payments}. It "
        "names no clinician; whether somebody there takes this patient has to be asked."
        for place in paid
    )


def _by_car(one: Candidate | PlaceOption) -> str:
    if one.drive_min is None:
        return "minutes unknown"
    return f"{minutes_words(one.drive_min, one.plus_minus_min)} by car"


def _filed_grades(data: BackupData) -> Mapping[str, int]:
    """Return the rank that public files alone give each clinician."""
    return dict(zip(data.people["npi"], data.people["filed_rank"], strict=True))


def _who(candidate: Candidate, filed: Mapping[str, int], data: BackupData) -> str:
    place = ", ".join(part for part in (candidate.city, candidate.state) if part)
    return f"{candidate.name} in {place} ({data.service.grades[filed[candidate.npi]].words}), {_by_car(candidate)}"


def _limit(counties: pd.DataFrame, data: BackupData, county_fips: str) -> tuple[str, ...]:
    """Return the base limit of 42 CFR 422.116 for the county's type, where there is one."""
    specialty = data.service.adequacy_specialty
    if specialty is None or not county_fips:
        return ()
    row = counties[counties["county_fips"] == county_fips]
    if row.empty or not row["adequacy_type"].iloc[0]:
        return ()
    minutes, miles = (values[0] for values in base_limits(specialty, row["adequacy_type"]))
    if math.isnan(minutes):
        return ()
    county = row.iloc[0]
    place = f"{county['name']}, {county['state']} is of type {county['adequacy_type']} under 42 CFR 422.116(c)"
    limit = f"the base limit there for {specialty} in Medicare Advantage is {minutes:.0f} minutes and {miles:.0f} miles"
    return (
        f"{place}; {limit}.",
        "CMS may publish a larger limit for a county. It is a benchmark here, not a rule for pump care.",
    )

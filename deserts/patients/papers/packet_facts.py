"""What public files say for one place, as finished sentences of a packet: who was found, how far, which limit holds."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd

from deserts.documents.html import drive_words
from deserts.patients.papers.packet import ComputedFacts
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Candidate, Tier
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import find_backups
from deserts.patients.search.eligibility import TeamFacts
from deserts.patients.search.origin import from_zip
from deserts.places.adequacy import base_limits
from deserts.tables import Status

__all__ = ["COUNTY_COLUMNS", "computed_facts"]

COUNTY_COLUMNS = ["county_fips", "name", "state", "adequacy_type"]
"""What a packet needs to know of counties."""


def computed_facts(
    data: BackupData, *, counties: pd.DataFrame, zip_code: str, today: dt.date, facts: TeamFacts | None = None
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
        Calls of the team, for the day of the last one.

    Raises
    ------
    InputError, UnknownNameError
        If the ZIP is none, or not known.
    """
    dates = (*data.provenance.lines(today), (facts or TeamFacts()).last_call_line())
    if not zip_code:
        return ComputedFacts(data_lines=dates, files=data.provenance.inputs)
    origin = from_zip(zip_code, data.zips, region_states=data.region_states)
    answer = find_backups(BackupQuery(origin=origin, today=today, k=1), data)
    county = data.zips.find(zip_code).county_fips
    return ComputedFacts(
        sentences=(*_found(answer, data, today), *_limit(counties, data, county)),
        data_lines=dates,
        files=data.provenance.inputs,
    )


def _found(answer: BackupAnswer, data: BackupData, today: dt.date) -> tuple[str, ...]:
    service = data.service
    grade = service.grade(service.default_grade)
    on = f"on {today.isoformat()} in the files named below"
    known = [tier for tier in answer.tiers if tier.tier is not Tier.MUST_BE_ASKED]
    within = [c for tier in known for c in tier.candidates if c.status == Status.OK]
    if not within:
        first = (
            f"We found none at grade “{grade.name}” ({grade.words}) or better within {answer.limit_min:.0f} minutes of "
            f"driving, {on}."
        )
    else:
        nearest = min(within, key=lambda candidate: (candidate.drive_min or 0.0, candidate.npi))
        first = f"The nearest at grade “{grade.name}” or better is {_who(nearest)}, {on}."
    beyond = [c for tier in known for c in tier.candidates if c.status == Status.BEYOND_LIMIT]
    further = tuple(f"Beyond that limit, the nearest known is {_who(candidate)}." for candidate in beyond[:1])
    return (first, *further)


def _who(candidate: Candidate) -> str:
    drive = "minutes unknown" if candidate.drive_min is None else f"{drive_words(candidate.drive_min)} by car"
    place = ", ".join(part for part in (candidate.city, candidate.state) if part)
    return f"{candidate.name} in {place} ({candidate.grade_words}), {drive}"


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

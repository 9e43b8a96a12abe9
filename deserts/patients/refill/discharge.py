"""The discharge check: the seven ways in which a plan for the next refill fails, each pass, fail or unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.discharge_form import DischargePlan
from deserts.patients.refill.timeline import Timeline, make_timeline
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.wording import no_words, said_words
from deserts.patients.words import phrases
from deserts.rules import discharge as rule
from deserts.rules.minutes import TICKS_A_MINUTE
from deserts.rules.ranking import ANYBODY
from deserts.services.profile import CONTRADICTED, Service
from deserts.specialists.standing import Standings

__all__ = [
    "Check", "DischargeAnswer", "Result", "check_discharge", "clinician_activity", "discharge_limits", "question_for",
    "told_of",
]  # fmt: skip


class Result(StrEnum):
    """What one check found."""

    PASS = rule.PASS
    FAIL = rule.FAIL
    UNKNOWN = rule.UNKNOWN


@dataclass(frozen=True, slots=True)
class Check(Jsonable):
    """One of the seven: what was found, why, and what to do next."""

    name: str
    result: Result
    why: str
    next_step: str


@dataclass(frozen=True, slots=True)
class DischargeAnswer(Jsonable):
    """All seven, and the sum: ``red`` when any fails, ``open`` when any is unknown, ``complete`` otherwise.

    ``first_line`` stands before all else when the pump's days are pressing or cannot be right; ``timeline`` holds those
    days; ``provenance`` the dates of the data that were read, if any.
    """

    first_line: str
    colour: str
    headline: str
    timeline: Timeline
    checks: tuple[Check, ...]
    provenance: tuple[str, ...]


def check_discharge(
    plan: DischargePlan,
    *,
    service: Service,
    today: dt.date,
    data: BackupData | None = None,
    facts: TeamFacts | None = None,
) -> DischargeAnswer:
    """Check a plan for the next refill against the seven ways in which it fails.

    Parameters
    ----------
    plan
        As entered.
    service
        The profile, for lead times and limits.
    today
        Day from which ages and deadlines are counted.
    data, facts
        Public data and calls, to see whether the clinician is active; None leaves that unknown.
    """
    timeline = make_timeline(plan.facts, service=service, today=today)
    activity = clinician_activity(plan.npi, service=service, data=data, facts=facts, today=today)
    answer = rule.check(question_for(plan, timeline, activity, service=service, today=today))
    dates = () if data is None else data.provenance.lines(today)
    return DischargeAnswer(
        first_line=answer["first_line"],
        colour=answer["colour"],
        headline=answer["headline"],
        timeline=timeline,
        checks=tuple(Check(**{**one, "result": Result(one["result"])}) for one in answer["checks"]),
        provenance=(*dates, (facts or TeamFacts()).last_call_line()),
    )


def question_for(
    plan: DischargePlan, timeline: Timeline, activity: Check, *, service: Service, today: dt.date
) -> dict[str, Any]:
    """Return what the rule is asked, in plain values: days as text, minutes and weeks in ten-thousandths."""
    asked = {name: _plain(getattr(plan, name)) for name in _ASKED}
    asked["drive_ticks"] = None if plan.drive_min is None else round(plan.drive_min * TICKS_A_MINUTE)
    weeks = plan.interval_weeks
    asked["interval_weeks"] = None if weeks is None else max(1, round(weeks * TICKS_A_MINUTE))
    return {
        "today": today.isoformat(),
        "plan": asked,
        "activity": told_of(activity, until=None),
        "timeline": timeline.to_dict(),
        "limits": discharge_limits(service),
        "words": dict(phrases()),
    }


def told_of(activity: Check, *, until: dt.date | None) -> dict[str, Any]:
    """Return what is known of a clinician's activity as the rule takes it, and the last day on which it counts."""
    day = None if until is None else until.isoformat()
    return {"result": activity.result.value, "why": activity.why, "next_step": activity.next_step, "until": day}


def discharge_limits(service: Service) -> dict[str, int]:
    """Return the profile's numbers as the rule takes them."""
    names = {
        "acceptance_days": "discharge.acceptance_days",
        "authorisation_days": "plan.authorisation_working_days",
        "expedited_hours": "plan.expedited_hours",
        "severe_min": "desert.severe_min",
    }
    return {name: int(service.number(key)) for name, key in names.items()}


_ASKED = (
    "refill_by", "accepted_by", "accepted_on", "authorisation", "requested_on", "decision_days", "authorised_from",
    "authorised_until", "transport", "hospital", "hospital_told", "hospital_has_drug", "in_network",
    "network_exception_on", "first_appointment_on",
)  # fmt: skip
"""Fields of the plan that the rule takes as they are."""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def clinician_activity(
    npi: str, *, service: Service, data: BackupData | None, facts: TeamFacts | None, today: dt.date
) -> Check:
    """Check whether a clinician is really active, from public evidence and calls.

    Parameters
    ----------
    npi
        The clinician; empty when not named.
    service, data, facts, today
        As in `check_discharge`.
    """
    words = phrases()
    name, call_them = words["discharge.activity"], words["discharge.call_them"]
    if not npi:
        return Check(name, Result.UNKNOWN, words["discharge.not_named"], words["discharge.name_them"])
    other = "Find another: `deserts backup --exclude` this NPI."
    standings = (facts or TeamFacts()).standings
    if (no := standings.clinician(npi).contradicted) is not None:
        return Check(name, Result.FAIL, f"said on {no.on} ({no.told_by()}): {no.kind.words}", other)
    data = None if data is None else data.asked(standings)
    if (told := _told_at_its_sites(npi, standings, data, today)) is not None:
        result, why = told
        return Check(name, result, why, "Call again before the appointment." if result is Result.PASS else other)
    if data is None:
        return Check(name, Result.UNKNOWN, "no public data were read", call_them)
    rows = data.sites[data.sites["npi"] == npi]
    if rows.empty:
        return Check(name, Result.UNKNOWN, words["discharge.npi_unknown"], call_them)
    first = rows.iloc[0]
    if int(first["grade_rank"]) >= service.rank(CONTRADICTED):
        return Check(name, Result.FAIL, str(first["grade_reason"]), other)
    newest = max(data.provenance.claims_years, default=0)
    last = int(first["last_year"])
    if newest and last and newest - last >= service.number("discharge.inactive_years"):
        why = f"last evidence {last}, {newest - last} years before the newest claims: may have retired or moved"
        return Check(name, Result.FAIL, why, call_them + " Until then look for another.")
    grade = service.grade(str(first["grade"])).words
    return Check(name, Result.UNKNOWN, f"{grade}; last evidence {last or 'undated'}; no fresh call", call_them)


def _told_at_its_sites(
    npi: str, standings: Standings, data: BackupData | None, today: dt.date
) -> tuple[Result, str] | None:
    """Return what the clinic says of a clinician over all known sites: a fresh yes at one passes, a no at all fails."""
    said = standings.clinician(npi)
    if data is None or npi not in data.rows_of:
        places = [said.at("", only_site=True)]
    else:
        places = [at for row in data.rows_of[npi] if (at := data.said.get(int(row))) is not None]
    here = [at for at in places if at.closed is None]
    fresh = [at for at in here if at.confirmed is not None and at.confirmed.is_fresh(today)]
    taking = [at for at in fresh if (no := at.on.get(ANYBODY)) is None or not no.is_hard_no(today)]
    if taking:
        return Result.PASS, said_words(taking[0], today)
    if places and not here:
        return Result.FAIL, f"said on {places[0].closed.on}: {places[0].closed.kind.words}" if places[0].closed else ""
    noes = [no for at in here if (no := at.on.get(ANYBODY)) is not None and no.is_hard_no(today)]
    if here and len(noes) == len(here):
        return Result.FAIL, no_words(noes[0])
    return None

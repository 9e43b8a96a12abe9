"""The discharge check: the seven ways in which a plan for the next refill fails, each pass, fail or unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from deserts.patients.counted import counted
from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.discharge_form import DischargePlan
from deserts.patients.refill.timeline import Timeline, make_timeline
from deserts.patients.refill.workdays import add_workdays
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.wording import no_words, said_words
from deserts.rules.ranking import ANYBODY
from deserts.services.profile import CONTRADICTED, Service
from deserts.specialists.standing import Standings

__all__ = ["Check", "DischargeAnswer", "Result", "check_discharge", "clinician_activity"]


class Result(StrEnum):
    """What one check found."""

    PASS = "pass"  # noqa: S105  not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


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
    refill_by = _refill_by(plan, timeline)
    checks = (
        _acceptance(plan, service, today),
        clinician_activity(plan.npi, service=service, data=data, facts=facts, today=today),
        _authorisation(plan, service, today, refill_by),
        _transport(plan, service),
        _emergency(plan),
        _network(plan),
        _appointment(plan, timeline, today, refill_by),
    )
    results = [check.result for check in checks]
    failed, unknown = results.count(Result.FAIL), results.count(Result.UNKNOWN)
    if failed or timeline.is_red:
        colour, headline = (
            "red",
            f"RED: {failed} of 7 fail, {unknown} are unknown. This plan does not reach the refill.",
        )
    elif unknown:
        colour, headline = "open", f"OPEN: {unknown} of 7 are unknown. Nothing here says that the plan will hold."
    else:
        colour, headline = "complete", "Complete as entered: all 7 pass. Call again if anything changes."
    dates = () if data is None else data.provenance.lines(today)
    return DischargeAnswer(
        first_line=" ".join(line for line in (timeline.first_line, timeline.safe_line) if line),
        colour=colour,
        headline=headline,
        timeline=timeline,
        checks=checks,
        provenance=(*dates, (facts or TeamFacts()).last_call_line()),
    )


def _refill_by(plan: DischargePlan, timeline: Timeline) -> dt.date | None:
    """Return the sooner of the clinic's day for the refill and the timeline's; None when the days cannot be right."""
    if timeline.red:
        return None
    known = [day for day in (plan.refill_by, timeline.refill_by) if day is not None]
    return min(known) if known else None


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
    name = "specialist active"
    call_them = "Call: is this clinician still there, and refilling pumps?"
    if not npi:
        return Check(name, Result.UNKNOWN, "no clinician is named by NPI", "Name the clinician and NPI.")
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
        return Check(name, Result.UNKNOWN, "this NPI is not in the region's data", call_them)
    first = rows.iloc[0]
    if int(first["grade_rank"]) >= service.rank(CONTRADICTED):
        return Check(name, Result.FAIL, str(first["grade_reason"]), other)
    newest = max(data.provenance.claims_years, default=0)
    last = int(first["last_year"])
    if newest and last and newest - last >= service.number("discharge.inactive_years"):
        why = f"last evidence {last}, {newest - last} years before the newest claims: may have retired or moved"
        return Check(name, Result.FAIL, why, call_them + " Until then look for another.")
    words = service.grade(str(first["grade"])).words
    return Check(name, Result.UNKNOWN, f"{words}; last evidence {last or 'undated'}; no fresh call", call_them)


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


def _acceptance(plan: DischargePlan, service: Service, today: dt.date) -> Check:
    name = "accepted by the next clinic"
    ask = "Call the clinic; write down who says yes, and the day."
    if not plan.accepted_by and plan.accepted_on is None:
        return Check(name, Result.UNKNOWN, "nobody is named as having said yes", ask)
    if not plan.accepted_by or plan.accepted_on is None:
        return Check(name, Result.FAIL, "a yes without a name or a day does not count", ask)
    age = (today - plan.accepted_on).days
    if age > service.number("discharge.acceptance_days"):
        return Check(name, Result.FAIL, f"the yes is {age} days old", "Call again: a list can close in a month.")
    return Check(name, Result.PASS, "named and dated", "Ask for it in writing.")


def _authorisation(plan: DischargePlan, service: Service, today: dt.date, refill_by: dt.date | None) -> Check:
    name = "authorisation"
    if plan.authorisation == "not_needed":
        return Check(name, Result.PASS, "said not to be needed", "Ask the payer for a reference number of that answer.")
    if refill_by is None:
        return Check(
            name, Result.UNKNOWN, "no refill-by or run-dry day is given", "Work it out: `deserts patient clock`."
        )
    if plan.authorised_from is not None or plan.authorised_until is not None:
        return _window(plan, name, refill_by)
    if plan.authorisation == "unknown" and plan.requested_on is None:
        return Check(name, Result.UNKNOWN, "whether the payer must authorise is not known", "Ask the payer today.")
    days = int(service.number("plan.authorisation_working_days")) if plan.decision_days is None else plan.decision_days
    length = counted(days, "working day") + (", our default," if plan.decision_days is None else "")
    decided_on = add_workdays(plan.requested_on or today, days)
    hours = service.number("plan.expedited_hours")
    if decided_on > refill_by:
        why = f"{length} for a decision: that ends after the refill-by day"
        return Check(name, Result.FAIL, why, f"Ask for the expedited way ({hours:.0f} hours): the pump runs dry first.")
    if plan.requested_on is None:
        return Check(name, Result.FAIL, "needed and not requested yet", "Send the request today.")
    return Check(name, Result.UNKNOWN, "requested, not decided", "Call the payer for the decision and its window.")


def _window(plan: DischargePlan, name: str, refill_by: dt.date) -> Check:
    if plan.authorised_from is None or plan.authorised_until is None:
        return Check(name, Result.UNKNOWN, "one end of its window is not given", "Read both days from the letter.")
    day = plan.first_appointment_on or refill_by
    if not plan.authorised_from <= day <= plan.authorised_until:
        why = "its window does not hold the day of the refill"
        return Check(name, Result.FAIL, why, "Ask the payer to move or extend the window before that day.")
    if plan.first_appointment_on is None:
        why = "granted, and its window holds the refill-by day; no appointment is given to hold against it"
        return Check(name, Result.UNKNOWN, why, "Get an appointment within the window.")
    return Check(name, Result.PASS, "granted, and its window holds the day of the refill", "Note the day it ends.")


def _transport(plan: DischargePlan, service: Service) -> Check:
    name = "transport and distance"
    if plan.drive_min is None:
        return Check(name, Result.UNKNOWN, "the drive is not known", "Look it up: `deserts backup --zip`.")
    hours_a_year = "" if plan.interval_weeks is None else (
        f"; every {counted(plan.interval_weeks, 'week')} that is {52 / plan.interval_weeks:.0f} trips and "
        f"{52 / plan.interval_weeks * 2 * plan.drive_min / 60:.0f} hours on the road a year"
    )  # fmt: skip
    burden = f"{plan.drive_min:.0f} minutes each way{hours_a_year}"
    find = "Find a driver for each refill, winter included; ask the payer about transport; look for a nearer refill."
    limit_min = service.number("desert.severe_min")
    if plan.transport is False:
        return Check(name, Result.FAIL, f"{burden}; nobody to drive", find)
    if plan.drive_min >= limit_min:
        arranged = "transport is arranged" if plan.transport else "transport is not arranged"
        why = f"{burden}: at or beyond the limit of {limit_min:.0f} minutes; {arranged}"
        return Check(name, Result.FAIL, why, find)
    if plan.transport is None:
        return Check(name, Result.UNKNOWN, f"{burden}; whether transport is arranged is not known", find)
    return Check(name, Result.PASS, f"{burden}; transport is arranged", "Name a second driver.")


def _emergency(plan: DischargePlan) -> Check:
    name = "local emergency hospital and drug"
    find = (
        "Find it: `deserts patient emergency --zip`; tell it: `deserts paper letter`; "
        "drug: `deserts patient drug-source`."
    )
    if plan.hospital_told is False or plan.hospital_has_drug is False:
        missing = "was not told of the pump" if plan.hospital_told is False else "can't get the drug"
        return Check(name, Result.FAIL, f"the local hospital {missing}", find)
    if not plan.hospital or plan.hospital_told is None or plan.hospital_has_drug is None:
        return Check(name, Result.UNKNOWN, "hospital, notice or drug is not known", find)
    return Check(name, Result.PASS, "named, told, and can get the drug", "Give the card to the family.")


def _network(plan: DischargePlan) -> Check:
    name = "payer network"
    if plan.in_network is None:
        return Check(name, Result.UNKNOWN, "whether the clinician is in network is not known", "Ask payer and clinic.")
    if plan.in_network:
        return Check(name, Result.PASS, "in network as entered", "Ask the payer for a reference number of that answer.")
    if plan.network_exception_on is not None:
        return Check(name, Result.PASS, "out of network, exception granted", "Note the day it ends.")
    step = "Ask for a network-gap exception: `deserts paper packet`; name the day on which the pump is empty."
    return Check(name, Result.FAIL, "out of network and no exception granted", step)


def _appointment(plan: DischargePlan, timeline: Timeline, today: dt.date, refill_by: dt.date | None) -> Check:
    name = "first appointment before run-dry"
    day, dry = plan.first_appointment_on, timeline.earliest_empty_on
    if timeline.red:
        why = "what was entered of the pump cannot be right: " + "; ".join(timeline.red)
        return Check(name, Result.FAIL, why, f"{timeline.safe_line} {' '.join(timeline.ask)}")
    if refill_by is not None and refill_by < today:
        why = "the refill-by day has passed"
        return Check(name, Result.FAIL, why, "Ask for a refill before discharge; see `deserts backup --alarm-on`.")
    if day is None:
        return Check(name, Result.UNKNOWN, "no first appointment", "Get a day before the refill-by day.")
    if refill_by is None:
        why = "no alarm, refill-by or run-dry day is given"
        return Check(name, Result.UNKNOWN, why, "Read the pump's print-out now.")
    if day < today:
        return Check(name, Result.FAIL, "the appointment lies in the past", "Enter the next one.")
    if dry is not None and day >= dry:
        late = (day - dry).days
        when = "on the day on which" if late == 0 else f"{counted(late, 'day')} after"
        weeks = f" (about {counted(int(np.ceil(late / 7)), 'week')})" if late else ""
        why = f"the appointment is {when} the pump can be empty{weeks}"
        return Check(name, Result.FAIL, why, "Ask for an earlier day, and the team whether to refill before discharge.")
    given = "the clinic's refill-by day" if refill_by == plan.refill_by else f"{refill_by}, our refill-by day"
    if day > refill_by:
        return Check(name, Result.FAIL, f"the appointment is after {given}", "Ask for an earlier day.")
    if dry is None:
        why = f"on or before {given}, but no alarm or run-dry day is given to hold against it"
        return Check(name, Result.UNKNOWN, why, "Read the pump's print-out now.")
    return Check(name, Result.PASS, f"on or before {given}", "Call a week before to confirm.")

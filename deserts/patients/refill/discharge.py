"""The discharge check: the seven ways in which a plan for the next refill fails, each pass, fail or unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from deserts.documents.form import FormReader
from deserts.patients.counted import counted
from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.workdays import add_workdays
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import TeamFacts
from deserts.services.profile import CONTRADICTED, Service
from deserts.specialists.outcomes import Standing

__all__ = [
    "Check", "DischargeAnswer", "DischargePlan", "Result", "check_discharge", "clinician_activity",
    "read_discharge_form",
]  # fmt: skip


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

    ``provenance`` holds the dates of the data that were read, if any.
    """

    colour: str
    headline: str
    checks: tuple[Check, ...]
    provenance: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DischargePlan:
    """The plan as entered. None and empty text mean: not known.

    Parameters
    ----------
    run_dry_on, refill_by
        Earliest day on which the pump is empty, and day by which it must be refilled.
    accepted_by, accepted_on
        Who at the next clinic said yes, and when.
    npi
        The next clinician.
    authorisation
        Whether a payer must authorise; ``needed``, ``not_needed`` or ``unknown``.
    requested_on, decision_days
        Day of the request, and working days that the payer takes.
    authorised_from, authorised_until
        Window of an authorisation that was granted.
    drive_min, transport
        Minutes of driving to the clinic, and whether somebody will drive.
    interval_weeks
        Weeks between refills.
    hospital, hospital_told, hospital_has_drug
        The local emergency hospital: name, whether it was told of the pump, whether it can get the drug.
    in_network
        Whether the next clinician is in the payer's network.
    network_exception_on
        Day on which a network exception was granted.
    first_appointment_on
        Day of the first appointment.
    """

    run_dry_on: dt.date | None = None
    refill_by: dt.date | None = None
    accepted_by: str = ""
    accepted_on: dt.date | None = None
    npi: str = ""
    authorisation: str = "unknown"
    requested_on: dt.date | None = None
    decision_days: int | None = None
    authorised_from: dt.date | None = None
    authorised_until: dt.date | None = None
    drive_min: float | None = None
    transport: bool | None = None
    interval_weeks: float | None = None
    hospital: str = ""
    hospital_told: bool | None = None
    hospital_has_drug: bool | None = None
    in_network: bool | None = None
    network_exception_on: dt.date | None = None
    first_appointment_on: dt.date | None = None


def read_discharge_form(data: Mapping[str, Any], *, today: dt.date) -> DischargePlan:
    """Read the form: the fields of `DischargePlan`.

    Raises
    ------
    InputError
        With every problem, none repeating what was entered.
    """
    form = FormReader(data, where="the discharge form")
    npi = form.text("npi", longest=10)
    if npi and (len(npi) != 10 or not npi.isdigit()):
        form.problem("npi", "expected ten digits")
    decision = form.number("decision_days", at_least=0, at_most=365)
    plan = DischargePlan(
        run_dry_on=form.day("run_dry_on"),
        refill_by=form.day("refill_by"),
        accepted_by=form.text("accepted_by", longest=100),
        accepted_on=form.day("accepted_on", not_after=today),
        npi=npi,
        authorisation=form.choice("authorisation", ("needed", "not_needed", "unknown"), default="unknown"),
        requested_on=form.day("requested_on", not_after=today),
        decision_days=None if decision is None else int(decision),
        authorised_from=form.day("authorised_from"),
        authorised_until=form.day("authorised_until"),
        drive_min=form.number("drive_min", at_least=0),
        transport=form.flag("transport"),
        interval_weeks=form.number("interval_weeks", above=0),
        hospital=form.text("hospital", longest=100),
        hospital_told=form.flag("hospital_told"),
        hospital_has_drug=form.flag("hospital_has_drug"),
        in_network=form.flag("in_network"),
        network_exception_on=form.day("network_exception_on", not_after=today),
        first_appointment_on=form.day("first_appointment_on"),
    )
    if plan.authorised_from and plan.authorised_until and plan.authorised_from > plan.authorised_until:
        form.problem("authorised_until", "lies before the window begins")
    if plan.refill_by and plan.run_dry_on and plan.refill_by > plan.run_dry_on:
        form.problem("refill_by", "lies after the run-dry day")
    form.finish()
    return plan


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
    refill_by = plan.refill_by or plan.run_dry_on
    checks = (
        _acceptance(plan, service, today),
        clinician_activity(plan.npi, service=service, data=data, facts=facts, today=today),
        _authorisation(plan, service, today, refill_by),
        _transport(plan, service),
        _emergency(plan),
        _network(plan),
        _appointment(plan, today, refill_by),
    )
    results = [check.result for check in checks]
    failed, unknown = results.count(Result.FAIL), results.count(Result.UNKNOWN)
    if failed:
        colour, headline = (
            "red",
            f"RED: {failed} of 7 fail, {unknown} are unknown. This plan does not reach the refill.",
        )
    elif unknown:
        colour, headline = "open", f"OPEN: {unknown} of 7 are unknown. Nothing here says that the plan will hold."
    else:
        colour, headline = "complete", "Complete as entered: all 7 pass. Call again if anything changes."
    dates = () if data is None else data.provenance.lines(today)
    return DischargeAnswer(colour, headline, checks, (*dates, (facts or TeamFacts()).last_call_line()))


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
    call = None if facts is None else facts.calls.get(npi)
    if call is not None and call.standing is Standing.PERMANENT:
        return Check(name, Result.FAIL, call.sentence(today), "Find another: `deserts backup --exclude` this NPI.")
    if call is not None and call.verifies and call.is_fresh(today):
        return Check(name, Result.PASS, call.sentence(today), "Call again before the appointment.")
    if data is None:
        return Check(name, Result.UNKNOWN, "no public data were read", call_them)
    rows = data.sites[data.sites["npi"] == npi]
    if rows.empty:
        return Check(name, Result.UNKNOWN, "this NPI is not in the region's data", call_them)
    first = rows.iloc[0]
    if int(first["grade_rank"]) >= service.rank(CONTRADICTED):
        return Check(
            name, Result.FAIL, str(first["grade_reason"]), "Find another: `deserts backup --exclude` this NPI."
        )
    newest = max(data.provenance.claims_years, default=0)
    last = int(first["last_year"])
    if newest and last and newest - last >= service.number("discharge.inactive_years"):
        why = f"last evidence {last}, {newest - last} years before the newest claims: may have retired or moved"
        return Check(name, Result.FAIL, why, call_them + " Until then look for another.")
    words = service.grade(str(first["grade"])).words
    return Check(name, Result.UNKNOWN, f"{words}; last evidence {last or 'undated'}; no fresh call", call_them)


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
    decided_on = add_workdays(plan.requested_on or today, days)
    hours = service.number("plan.expedited_hours")
    if decided_on > refill_by:
        why = f"{counted(days, 'working day')} for a decision: that ends after the refill-by day"
        return Check(name, Result.FAIL, why, f"Ask for the expedited way ({hours:.0f} hours): the pump runs dry first.")
    if plan.requested_on is None:
        return Check(name, Result.FAIL, "needed and not requested yet", "Send the request today.")
    return Check(name, Result.UNKNOWN, "requested, not decided", "Call the payer for the decision and its window.")


def _window(plan: DischargePlan, name: str, refill_by: dt.date) -> Check:
    day = plan.first_appointment_on or refill_by
    if plan.authorised_from is None or plan.authorised_until is None:
        return Check(name, Result.UNKNOWN, "one end of its window is not given", "Read both days from the letter.")
    if not plan.authorised_from <= day <= plan.authorised_until:
        why = "its window does not hold the day of the refill"
        return Check(name, Result.FAIL, why, "Ask the payer to move or extend the window before that day.")
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
    if plan.transport is False:
        return Check(name, Result.FAIL, f"{burden}; nobody to drive", find)
    far = plan.drive_min >= service.number("desert.severe_min")
    if plan.transport is None:
        return Check(name, Result.FAIL if far else Result.UNKNOWN, f"{burden}; transport is not arranged", find)
    step = "Name a second driver; ask about a nearer refill or one at home." if far else "Name a second driver."
    return Check(name, Result.PASS, f"{burden}; transport is arranged", step)


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


def _appointment(plan: DischargePlan, today: dt.date, refill_by: dt.date | None) -> Check:
    name = "first appointment before run-dry"
    day, dry = plan.first_appointment_on, plan.run_dry_on
    if refill_by is not None and refill_by < today:
        why = "the refill-by day has passed"
        return Check(name, Result.FAIL, why, "Ask for a refill before discharge; see `deserts backup --run-dry`.")
    if day is None:
        return Check(name, Result.UNKNOWN, "no first appointment", "Get a day before the refill-by day.")
    if refill_by is None:
        return Check(
            name, Result.UNKNOWN, "no refill-by or run-dry day is given", "Work it out: `deserts patient clock`."
        )
    if day < today:
        return Check(name, Result.FAIL, "the appointment lies in the past", "Enter the next one.")
    if dry is not None and day >= dry:
        late = (day - dry).days
        weeks = counted(int(np.ceil(late / 7)), "week")
        why = f"the appointment is {counted(late, 'day')} after the pump is empty (about {weeks})"
        return Check(name, Result.FAIL, why, "Ask for an earlier day, and the team whether to refill before discharge.")
    if day > refill_by:
        return Check(name, Result.FAIL, "the appointment is after the refill-by day", "Ask for an earlier day.")
    return Check(name, Result.PASS, "before the refill-by day", "Call a week before to confirm.")

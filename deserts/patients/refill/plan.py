"""Turn a run-dry date into what must happen today, tomorrow, and by when.

The emergency rule comes before everything: with three days or fewer, past the earliest plausible date, or with any sign
of withdrawal, the emergency department is the first line and clinics come second.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from deserts.errors import InputError
from deserts.patients.counted import counted
from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.workdays import add_workdays, latest_workday, workdays_between
from deserts.patients.search.answer import Candidate
from deserts.provenance import OLD_AFTER_DAYS
from deserts.services.profile import Service

__all__ = [
    "EMERGENCY_LINE", "WITHDRAWAL_SIGNS", "LeadTimes", "Plan", "RunDry", "SiteChance", "Step", "emergency_reasons",
    "make_plan",
]  # fmt: skip

EMERGENCY_LINE = (
    "EMERGENCY DEPARTMENT NOW. CALL 911. TELL THEM: implanted baclofen pump, may be empty, withdrawal can kill. Not "
    "sepsis until the pump has been checked."
)
WITHDRAWAL_SIGNS = (
    "itching without a rash", "more spasms or stiffness than usual", "twitching", "fever", "confusion or odd behaviour",
    "fast heartbeat", "the pump's two-tone alarm",
)  # fmt: skip
"""Early signs and the critical alarm; any one counts."""


@dataclass(frozen=True, slots=True)
class RunDry:
    """The day on which the pump is empty.

    Parameters
    ----------
    nominal
        As printed or computed.
    earliest
        The earliest plausible day; the same when only one day is known.
    refill_by
        Day by which the refill must be done, None to take the nominal day less the profile's lead.
    """

    nominal: dt.date
    earliest: dt.date
    refill_by: dt.date | None = None


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Working days that a payer's authorisation and the drug order take; None takes the profile's."""

    authorisation_days: int | None = None
    drug_order_days: int | None = None


@dataclass(frozen=True, slots=True)
class Step(Jsonable):
    """One thing to do: when in words, latest day, what, why, and whether that day has passed."""

    when: str
    by: dt.date
    what: str
    why: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class SiteChance(Jsonable):
    """Whether one backup can refill in time: ``likely``, ``unlikely`` or ``unknown``, and why."""

    number: int
    npi: str
    name: str
    chance: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan(Jsonable):
    """What to do.

    Parameters
    ----------
    is_emergency
        Whether the emergency line comes first.
    headline
        The first line.
    emergency_why
        Which rules made it an emergency.
    days_left
        From today to the nominal run-dry day; negative once past, null when no day is known.
    target_on
        Latest working day for the refill, null when no run-dry day is known.
    is_red
        Whether a deadline has passed or it is an emergency.
    steps
        In order of their day.
    chances
        One a candidate, in their order.
    """

    is_emergency: bool
    headline: str
    emergency_why: tuple[str, ...]
    days_left: int | None
    target_on: dt.date | None
    is_red: bool
    steps: tuple[Step, ...]
    chances: tuple[SiteChance, ...]


def make_plan(
    run_dry: RunDry | None,
    *,
    service: Service,
    today: dt.date,
    candidates: Sequence[Candidate] = (),
    withdrawal_signs: bool = False,
    lead_times: LeadTimes | None = None,
) -> Plan:
    """Return the plan for a run-dry date.

    Parameters
    ----------
    run_dry
        When the pump is empty; None when not known, which needs a sign of withdrawal.
    service
        The profile, for lead times.
    today
        Day from which days are counted.
    candidates
        The backups, best first.
    withdrawal_signs
        Whether the patient shows any sign of withdrawal.
    lead_times
        What the payer and the pharmacy said; None takes the profile's.

    Raises
    ------
    InputError
        If a lead time is negative, the earliest day lies after the nominal one, or there is neither day nor sign.
    """
    leads = lead_times or LeadTimes()
    authorisation = _days(leads.authorisation_days, service, "plan.authorisation_working_days", "--authorisation-days")
    drug_order = _days(leads.drug_order_days, service, "plan.drug_order_working_days", "--drug-days")
    if run_dry is None:
        return _without_a_day(candidates, today, withdrawal_signs=withdrawal_signs)
    if run_dry.earliest > run_dry.nominal:
        raise InputError("the earliest run-dry day lies after the nominal one", fix="check the two dates")
    days_left = (run_dry.nominal - today).days
    why = emergency_reasons(run_dry, service, today, withdrawal_signs=withdrawal_signs)
    target_on = _target(run_dry, service, today)
    steps = _steps(target_on, today, authorisation, drug_order, service, emergency=bool(why))
    return Plan(
        is_emergency=bool(why),
        headline=EMERGENCY_LINE if why else _headline(days_left, target_on, steps),
        emergency_why=why,
        days_left=days_left,
        target_on=target_on,
        is_red=bool(why) or any(step.is_late for step in steps),
        steps=steps,
        chances=tuple(
            _chance(candidate, target_on, run_dry, today, max(authorisation, drug_order), emergency=bool(why))
            for candidate in candidates
        ),
    )


def _without_a_day(candidates: Sequence[Candidate], today: dt.date, *, withdrawal_signs: bool) -> Plan:
    """Return the plan when only a sign of withdrawal is known: the emergency, then the calls."""
    if not withdrawal_signs:
        raise InputError("neither a run-dry day nor a sign of withdrawal is given", expected="one of them")
    return Plan(
        is_emergency=True,
        headline=EMERGENCY_LINE,
        emergency_why=("a sign of withdrawal",),
        days_left=None,
        target_on=None,
        is_red=True,
        steps=(_emergency_step(today), *_calls_today(today)),
        chances=tuple(
            _chance(candidate, today, RunDry(today, today), today, 0, emergency=True) for candidate in candidates
        ),
    )


def _emergency_step(today: dt.date) -> Step:
    return Step("now", today, EMERGENCY_LINE, "withdrawal can kill within days", is_late=False)


def _calls_today(today: dt.date) -> tuple[Step, ...]:
    return (
        Step(
            "today",
            today,
            "Call the clinics below in their order; ask the first question, write down name and day of each answer.",
            "a listing is no promise; only a named person's word counts",
            is_late=False,
        ),
        Step(
            "today",
            today,
            "Get the last print-out: drug, concentration, dose, alarm date, last refill.",
            "no clinic refills without it",
            is_late=False,
        ),
    )


def _days(given: int | None, service: Service, key: str, option: str) -> int:
    days = int(service.number(key)) if given is None else given
    if days < 0:
        raise InputError("a lead time can't be negative", where=option, expected="working days, from 0")
    return days


def emergency_reasons(run_dry: RunDry, service: Service, today: dt.date, *, withdrawal_signs: bool) -> tuple[str, ...]:
    """Return which rules make it an emergency, none when none does.

    Parameters
    ----------
    run_dry
        When the pump is empty.
    service
        The profile, for the days that count as too few.
    today
        Day from which days are counted.
    withdrawal_signs
        Whether the patient shows any sign of withdrawal.
    """
    days_left = (run_dry.nominal - today).days
    found = []
    if withdrawal_signs:
        found.append("a sign of withdrawal")
    if days_left < 0:
        found.append("the run-dry date has passed")
    elif days_left <= service.number("plan.emergency_days"):
        found.append("the pump is empty today" if days_left == 0 else f"only {counted(days_left, 'day')} left")
    if run_dry.earliest <= today and days_left >= 0:
        found.append("the earliest plausible run-dry date has come")
    return tuple(found)


def _target(run_dry: RunDry, service: Service, today: dt.date) -> dt.date:
    """Return the latest working day for the refill: the lead before run-dry, or, past that, the last day before it."""
    lead = dt.timedelta(days=int(service.number("refill.lead_days")))
    wanted = latest_workday(min(run_dry.earliest - lead, run_dry.refill_by or dt.date.max))
    if wanted > today:
        return wanted
    return latest_workday(max(run_dry.earliest - dt.timedelta(days=1), today))


def _headline(days_left: int, target_on: dt.date, steps: Sequence[Step]) -> str:
    late = sum(step.is_late for step in steps)
    verb = "has" if late == 1 else "have"
    tail = f" {counted(late, 'deadline')} {verb} passed: ask for the expedited way." if late else ""
    return f"{counted(days_left, 'day')} until the pump is empty. Refill at the latest on {_named(target_on)}.{tail}"


def _steps(
    target_on: dt.date, today: dt.date, authorisation: int, drug_order: int, service: Service, *, emergency: bool
) -> tuple[Step, ...]:
    tomorrow = add_workdays(today, 1)
    request_by = add_workdays(target_on, -authorisation)
    order_by = add_workdays(target_on, -drug_order)
    hours = service.number("plan.expedited_hours")
    steps = [
        *((_emergency_step(today),) if emergency else ()),
        *_calls_today(today),
        Step(
            _when(request_by, today),
            request_by,
            "Send the payer's authorisation request."
            + (f" Ask for the expedited way ({hours:.0f} hours)." if request_by < today or emergency else ""),
            f"{counted(authorisation, 'working day')} for a decision before {_named(target_on)}",
            is_late=request_by < today,
        ),
        Step(
            _when(order_by, today),
            order_by,
            "Make sure that the refilling clinic orders the drug in the right strength.",
            f"{counted(drug_order, 'working day')} to get it before {_named(target_on)}",
            is_late=order_by < today,
        ),
        Step(
            _when(tomorrow, today),
            tomorrow,
            "Call whoever did not answer; tell the local emergency hospital about the pump.",
            "the hospital needs time to find out who can refill",
            is_late=False,
        ),
        Step(_when(target_on, today), target_on, "Refill done.", "lead before the pump is empty", is_late=False),
    ]
    return tuple(sorted(steps, key=lambda step: max(step.by, today)))


def _chance(
    candidate: Candidate, target_on: dt.date, run_dry: RunDry, today: dt.date, lead_days: int, *, emergency: bool
) -> SiteChance:
    """Say whether a site can refill before the pump is empty; only a fresh call that named a wait makes it likely."""
    last_on = max(latest_workday(run_dry.earliest - dt.timedelta(days=1)), target_on)
    left = workdays_between(today, last_on)
    verified = candidate.verified_on is not None and (today - candidate.verified_on).days <= OLD_AFTER_DAYS
    wait_over = None if candidate.wait_days is None else today + dt.timedelta(days=candidate.wait_days)
    if candidate.accepting is False:
        chance, why = "unlikely", "said not to take new patients for now"
    elif candidate.payer == "no":
        chance, why = "unlikely", "out of network by your table: an exception takes time"
    elif candidate.status != "ok":
        chance, why = "unlikely", "beyond the limit or without a road"
    elif wait_over is not None and wait_over > last_on:
        chance, why = "unlikely", "the wait it named ends after the pump is empty"
    elif emergency:
        chance, why = "unlikely", "an emergency: the hospital comes first, a clinic after it"
    elif left < lead_days:
        chance, why = (
            "unlikely",
            f"authorisation and drug take {counted(lead_days, 'working day')}, only {left} left: expedite",
        )
    elif wait_over is not None and wait_over > target_on:
        chance, why = "unknown", "the wait it named ends after the safe day: ask for an earlier one"
    elif wait_over is not None and verified:
        chance, why = "likely", "a fresh call: accepts, and the wait it named ends in time"
    else:
        chance, why = "unknown", "nobody has asked for its wait within 90 days"
    return SiteChance(candidate.number, candidate.npi, candidate.name, chance, why)


def _when(day: dt.date, today: dt.date) -> str:
    if day < today:
        return f"was due {_named(day)}: do it today"
    if day == today:
        return "today"
    if day == today + dt.timedelta(days=1):
        return f"tomorrow, {_named(day)}"
    return f"by {_named(day)}"


def _named(day: dt.date) -> str:
    """Return a day with its weekday, in English whatever the machine's language."""
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"{names[day.weekday()]} {day.isoformat()}"

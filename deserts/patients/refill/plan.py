"""Turn a refill timeline into what must happen today, tomorrow, and by when; and say which clinic can do it in time.

The steps come from `deserts.rules.plan`, which the one-file pages run too. Whatever is pressing stands first: the
emergency line, then the pump's own clinic, then the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from deserts.errors import InputError
from deserts.patients.counted import counted
from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.timeline import Timeline, refill_limits
from deserts.patients.refill.workdays import workdays_between
from deserts.patients.search.answer import Candidate
from deserts.patients.words import texts
from deserts.provenance import OLD_AFTER_DAYS
from deserts.rules import plan as rule
from deserts.services.profile import Service

__all__ = ["LeadTimes", "Plan", "SiteChance", "Step", "make_plan"]


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Working days that a payer's authorisation and the drug order take; None takes the profile's, and says so."""

    authorisation_days: int | None = None
    drug_order_days: int | None = None


@dataclass(frozen=True, slots=True)
class Step(Jsonable):
    """One thing to do: its short name, when in words, latest day, what, why, and whether that day has passed."""

    code: str
    when: str
    by: dt.date
    what: str
    why: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class SiteChance(Jsonable):
    """Whether one backup can refill in time: ``likely``, ``unlikely`` or ``unknown``, and why."""

    number: int | None
    npi: str
    name: str
    chance: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan(Jsonable):
    """What to do.

    Parameters
    ----------
    headline
        The first line.
    is_emergency, is_red
        As the timeline has them.
    is_late
        Whether the day of a step has passed.
    target_on
        Working day to refill by; null when none is left or known.
    steps
        In order of their day.
    chances
        One a candidate, in their order.
    """

    headline: str
    is_emergency: bool
    is_red: bool
    is_late: bool
    target_on: dt.date | None
    steps: tuple[Step, ...]
    chances: tuple[SiteChance, ...]


def make_plan(
    timeline: Timeline,
    *,
    service: Service,
    today: dt.date,
    candidates: Sequence[Candidate] = (),
    lead_times: LeadTimes | None = None,
) -> Plan:
    """Return the plan for a timeline.

    Parameters
    ----------
    timeline
        From `deserts.patients.refill.timeline.make_timeline`; one without a day is an emergency or cannot be true.
    service
        The profile, for lead times.
    today
        Day from which days are counted.
    candidates
        The backups, best first.
    lead_times
        What the payer and the pharmacy said; None takes the profile's.

    Raises
    ------
    InputError
        If a lead time is negative, or nothing is known of the pump's days.
    """
    leads = lead_times or LeadTimes()
    for days, option in ((leads.authorisation_days, "--authorisation-days"), (leads.drug_order_days, "--drug-days")):
        if days is not None and days < 0:
            raise InputError("a lead time can't be negative", where=option, expected="working days, from 0")
    if not timeline.is_known and not timeline.is_red:
        raise InputError("neither an alarm or run-dry day nor a sign is given", expected="one of them")
    answer = rule.make(
        {
            "today": today.isoformat(),
            "timeline": timeline.to_dict(),
            "authorisation_days": leads.authorisation_days,
            "drug_days": leads.drug_order_days,
            "limits": refill_limits(service),
            "words": dict(texts()),
        }
    )
    lead_days = _longest_lead(leads, service)
    return Plan(
        headline=answer["headline"],
        is_emergency=timeline.is_emergency,
        is_red=timeline.is_red,
        is_late=answer["is_late"],
        target_on=None if answer["target_on"] is None else dt.date.fromisoformat(answer["target_on"]),
        steps=tuple(Step(**{**step, "by": dt.date.fromisoformat(step["by"])}) for step in answer["steps"]),
        chances=tuple(_chance(candidate, timeline, today, lead_days) for candidate in candidates),
    )


def _longest_lead(leads: LeadTimes, service: Service) -> int:
    limits = refill_limits(service)
    authorisation = limits["authorisation_days"] if leads.authorisation_days is None else leads.authorisation_days
    drug_order = limits["drug_days"] if leads.drug_order_days is None else leads.drug_order_days
    return max(authorisation, drug_order)


def _chance(candidate: Candidate, timeline: Timeline, today: dt.date, lead_days: int) -> SiteChance:
    """Say whether a site can refill before the pump can be empty; only a fresh call that named a wait makes it likely.

    The last day that counts is the last safe one; where the dates cannot be true, the safe day by the print-out.
    """
    target_on = timeline.target_on or today
    last_on = max(timeline.last_safe_on or target_on, target_on)
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
        chance, why = "unlikely", "the wait it named ends after the pump can be empty"
    elif timeline.is_emergency:
        chance, why = "unlikely", "an emergency: the hospital comes first, a clinic after it"
    elif left < lead_days:
        chance, why = (
            "unlikely",
            f"authorisation and drug take {counted(lead_days, 'working day')}, only {left} left: expedite",
        )
    elif wait_over is not None and wait_over > target_on:
        chance, why = "unknown", "the wait it named ends after the safe day: ask for an earlier one"
    elif candidate.time == "yes" and verified:
        chance, why = "likely", "a fresh call: accepts, and the wait it named ends in time"
    elif candidate.time == "yes":
        chance, why = "unknown", "the wait it named ends in time: ask whether it takes new patients"
    else:
        chance, why = "unknown", "nobody has asked for its wait within 90 days"
    return SiteChance(candidate.number, candidate.npi, candidate.name, chance, why)

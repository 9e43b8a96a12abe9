"""The refill timeline: the one object from which every command, page and paper reads a pump's days.

The rule itself is `deserts.rules.timeline`, which the one-file pages run too. Nothing else in the project reckons a
day of a refill.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.drugs import MCG, Drug
from deserts.patients.refill.fill import Fill, PumpFacts
from deserts.patients.words import ENGLISH, words_in
from deserts.rules import timeline as rule
from deserts.services.profile import Service

__all__ = ["Timeline", "keeps_time", "make_timeline", "question_for", "refill_limits"]

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Timeline(Jsonable):
    """When a pump can be empty, by when it must be refilled, and whether that can be true.

    Parameters
    ----------
    first_line
        What stands first at every door; empty when nothing is more pressing than the plan.
    is_known
        Whether any day could be reckoned.
    is_emergency, is_red
        Whether the emergency department comes first; whether that, or something entered cannot be true.
    emergency
        Which rules make it an emergency.
    red
        What cannot be true. No day stands beside it but ``safe_on``.
    safe_line, safe_on
        When red: the earliest safe working day by the print-out, or that there is none.
    ask
        Questions for the clinic.
    earliest_empty_on, nominal_empty_on
        Earliest plausible day on which the pump is empty, and the day as programmed.
    earliest_alarm_on, alarm_on
        The same of the low-reservoir alarm; ``alarm_on`` is the sooner of printed, computed and longest interval.
    refill_by
        Working day of the refill, by the profile's lead.
    last_safe_on
        Last working day with more days left than an emergency has.
    target_on
        The one of the two that has not passed; when red, ``safe_on``.
    days_left, nominal_days_left
        Days from today to the earliest plausible and to the nominal day; negative once past.
    printed_alarm_on, computed_alarm_on
        What was compared.
    basis
        Which alarm day is used: ``printed``, ``computed``, ``limit``, or what was typed: ``alarm``, ``run_dry``.
    why
        Where the days come from, with every default that was used.
    warnings
        What to check.
    red_codes
        Short names of what is red, for counting.
    flow_nl_day
        Programmed flow (nanolitres a day).
    """

    first_line: str
    is_known: bool
    is_emergency: bool
    is_red: bool
    emergency: tuple[str, ...]
    red: tuple[str, ...]
    safe_line: str
    safe_on: dt.date | None
    ask: tuple[str, ...]
    earliest_empty_on: dt.date | None
    nominal_empty_on: dt.date | None
    earliest_alarm_on: dt.date | None
    alarm_on: dt.date | None
    refill_by: dt.date | None
    last_safe_on: dt.date | None
    target_on: dt.date | None
    days_left: int | None
    nominal_days_left: int | None
    printed_alarm_on: dt.date | None
    computed_alarm_on: dt.date | None
    basis: str
    why: tuple[str, ...]
    warnings: tuple[str, ...]
    red_codes: tuple[str, ...]
    flow_nl_day: int | None


def keeps_time(service: Service) -> bool:
    """Whether a service has refills at all; one without has no timeline."""
    return "refill.lead_days" in service.numbers


def make_timeline(facts: PumpFacts, *, service: Service, today: dt.date) -> Timeline:
    """Return the timeline of one pump.

    Parameters
    ----------
    facts
        What was entered.
    service
        The profile, for tolerance, lead, limits and the names of its drug.
    today
        Day from which days are counted.
    """
    answer = rule.reckon(question_for(facts, service=service, today=today))
    return Timeline(**{field.name: _typed(field.name, answer[field.name]) for field in fields(Timeline)})


def question_for(facts: PumpFacts, *, service: Service, today: dt.date) -> dict[str, Any]:
    """Return what the rule is asked, in plain values: days as text, volumes in nanolitres, masses in picograms."""
    return {
        "today": today.isoformat(),
        "alarm_on": _text(facts.alarm_on),
        "run_dry_on": _text(facts.run_dry_on),
        "fill": None if facts.fill is None else _fill(facts.fill),
        "drugs": [_drug(drug) for drug in facts.drugs],
        "withdrawal_signs": facts.withdrawal_signs,
        "overdose_signs": facts.overdose_signs,
        "limits": refill_limits(service),
        "words": words_in(ENGLISH),
    }


def refill_limits(service: Service) -> dict[str, Any]:
    """Return the profile's numbers and names as the rules `timeline` and `plan` take them."""
    strongest = service.number("refill.usual_concentration_high_mcg_ml")
    whole = {
        "max_days": "refill.max_days",
        "lead_days": "refill.lead_days",
        "apart_days": "refill.apart_days",
        "shortest_days": "refill.shortest_days",
        "short_interval_days": "refill.short_interval_days",
        "emergency_days": "plan.emergency_days",
        "authorisation_days": "plan.authorisation_working_days",
        "drug_days": "plan.drug_order_working_days",
        "expedited_hours": "plan.expedited_hours",
    }
    millionths = {
        "alarm_nl": "refill.alarm_volume_ml",
        "lowest_flow_nl": "refill.lowest_flow_ml_day",
        "tolerance_ppm": "refill.flow_tolerance",
        "rates_agree_ppm": "refill.rates_agree",
        "dose_low_pg": "refill.usual_dose_low_mcg",
        "dose_high_pg": "refill.usual_dose_high_mcg",
        "strength_low_pg_ml": "refill.usual_concentration_low_mcg_ml",
        "usual_strength_pg_ml": "refill.usual_concentration_high_mcg_ml",
    }
    return {
        **{name: int(service.number(key)) for name, key in whole.items()},
        **{name: _millionths(service.number(key)) for name, key in millionths.items()},
        "strength_high_pg_ml": _millionths(strongest * service.number("refill.strength_factor")),
        "drug_names": list(service.drug_names),
        "other_drug_names": list(service.other_drug_names),
    }


def _fill(fill: Fill) -> dict[str, Any]:
    change, residual = fill.dose_change, fill.residual
    return {
        "filled_on": fill.filled_on.isoformat(),
        "fill_nl": _maybe(fill.fill_ml),
        "alarm_nl": _maybe(fill.alarm_ml),
        "daily_nl": _maybe(fill.daily_ml),
        "printed_alarm_on": _text(fill.printed_alarm_on),
        "printed_on": _text(fill.printed_on),
        "changed_on": None if change is None else change.changed_on.isoformat(),
        "previous_nl": None if change is None else _maybe(change.previous_daily_ml),
        "residual": None if residual is None else {
            "expected_nl": _millionths(residual.expected_ml),
            "measured_nl": _millionths(residual.measured_ml),
            "previous_fill_nl": _millionths(residual.previous_fill_ml),
        },
    }  # fmt: skip


def _drug(drug: Drug) -> dict[str, Any]:
    dose = None if drug.daily_dose is None else _millionths(drug.daily_dose * MCG[drug.dose_unit])
    strength = _millionths(drug.concentration * MCG[drug.concentration_unit])
    return {"name": drug.name, "strength_pg_ml": strength, "dose_pg": dose}


def _millionths(value: float) -> int:
    return round(value * _MILLION)


def _maybe(value: float | None) -> int | None:
    return None if value is None else _millionths(value)


def _text(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    day_field = name.endswith("_on") or name == "refill_by"
    return dt.date.fromisoformat(value) if day_field and value is not None else value

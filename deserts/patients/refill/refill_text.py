"""Print what follows from the refill's dates for reading out: plan, clock, discharge check, home refill."""

from __future__ import annotations

from collections.abc import Iterable

from deserts.patients.refill.clock import ClockDates, ClockResult
from deserts.patients.refill.discharge import DischargeAnswer
from deserts.patients.refill.home_refill import HomeRefill
from deserts.patients.refill.plan import EMERGENCY_LINE, Plan

__all__ = ["render_clock", "render_discharge", "render_home_refill", "render_plan"]


def render_plan(plan: Plan) -> str:
    """Return the plan as text, the emergency line first."""
    lines = [plan.headline, *_because(plan.emergency_why)]
    lines += ["", "WHAT MUST HAPPEN"]
    steps = [step for step in plan.steps if step.what != EMERGENCY_LINE]
    lines += [f"  {'! ' if step.is_late else ''}{step.when}: {step.what} ({step.why})" for step in steps]
    if plan.chances:
        lines += ["", "CAN THEY REFILL IN TIME?"]
        lines += [f"  {chance.number}. {chance.name}: {chance.chance} ({chance.why})" for chance in plan.chances]
    return _text(lines)


def render_clock(result: ClockResult, *, with_headline: bool = True) -> str:
    """Return the refill clock as text: the emergency first, then what is red.

    Parameters
    ----------
    result
        What the clock says.
    with_headline
        Whether the emergency line may stand here; not where a plan above has it already.
    """
    lines = [EMERGENCY_LINE, *_because(result.emergency_why)] if result.emergency_why and with_headline else []
    lines += [f"RED: {line}" for line in result.red]
    lines += ["                 refill by    low reservoir  empty"]
    lines += [_days("earliest plausible", result.earliest), _days("nominal", result.nominal)]
    printed = "not given" if result.printed_alarm_on is None else result.printed_alarm_on.isoformat()
    lines += [
        f"days until empty: {result.days_to_earliest_empty} at the earliest, {result.days_to_empty} nominally",
        (
            f"alarm date used: {result.basis} (printed {printed}, computed {result.computed_alarm_on}, longest "
            f"interval {result.longest_on}); {result.daily_ml:.4g} mL a day"
        ),
    ]
    lines += [f"check: {line}" for line in result.warnings]
    lines += list(result.questions)
    lines += [
        "Reckoned from what was entered alone; no public data.",
        "The clinic's own numbers come first. This informs and is not medical advice.",
    ]
    return _text(lines)


def render_discharge(answer: DischargeAnswer) -> str:
    """Return the seven checks as text."""
    lines = [answer.headline]
    for number, check in enumerate(answer.checks, start=1):
        lines += [
            f"{number}. {check.result.value.upper():<8}{check.name}: {check.why}",
            f"     next: {check.next_step}",
        ]
    return _text([*lines, "", *answer.provenance, "This informs and is not medical advice."])


def render_home_refill(answer: HomeRefill) -> str:
    """Return the home refill check as text."""
    lines = [f"Refill at home: {answer.chance.value.upper()}", *(f"  {reason}" for reason in answer.reasons)]
    for company in answer.companies:
        seen = f"seen {company.seen_on}" if company.seen_on else "never dated: ask"
        lines.append("  " + " · ".join(part for part in (company.name, company.phone, company.payers, seen) if part))
    return _text([*lines, f"  next: {answer.next_step}", "", *answer.provenance])


def _because(why: tuple[str, ...]) -> list[str]:
    return [f"  because: {'; '.join(why)}. Clinics come second."] if why else []


def _days(name: str, days: ClockDates) -> str:
    return f"{name:<19}{days.refill_by}   {days.low_reservoir}     {days.empty}"


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"

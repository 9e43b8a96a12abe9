"""Print what follows from the refill's dates for reading out: plan, clock, discharge check, home refill."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from deserts.patients.refill.discharge import DischargeAnswer
from deserts.patients.refill.home_refill import HomeRefill
from deserts.patients.refill.plan import Plan
from deserts.patients.refill.timeline import Timeline
from deserts.patients.words import two_emergencies

__all__ = ["render_discharge", "render_home_refill", "render_plan", "render_timeline", "two_emergencies_lines"]

_BASIS = {
    "printed": "the printed one",
    "computed": "the computed one",
    "limit": "the longest interval between two fills",
    "alarm": "the day that was typed",
    "run_dry": "the typed day on which the pump is empty",
}
"""The alarm day that a timeline goes by, in words; see `Timeline.basis`."""


def render_plan(plan: Plan, timeline: Timeline) -> str:
    """Return the plan as text, what is most pressing first."""
    lines = [plan.headline, *_because(timeline)]
    lines += ["", "WHAT MUST HAPPEN"]
    lines += [f"  {'! ' if step.is_late else ''}{step.when}: {step.what} ({step.why})" for step in plan.steps]
    lines += ["", *two_emergencies_lines()]
    if plan.chances:
        lines += ["", "CAN THEY REFILL IN TIME?"]
        lines += [f"  {chance.number}. {chance.name}: {chance.chance} ({chance.why})" for chance in plan.chances]
    return _text(lines)


def render_timeline(timeline: Timeline, *, today: dt.date, with_first_line: bool = True) -> str:
    """Return the refill timeline as text: what is most pressing first, then the days.

    Parameters
    ----------
    timeline
        From `deserts.patients.refill.timeline.make_timeline`.
    today
        Marks days that have passed.
    with_first_line
        Whether the first line may stand here; not where a plan above has it already.
    """
    lines = []
    if with_first_line:
        lines += [line for line in (timeline.first_line, timeline.safe_line) if line]
        lines += _because(timeline)
    lines += [f"RED: {line}" for line in timeline.red]
    lines += [f"ask the clinic: {line}" for line in timeline.ask]
    if timeline.earliest_empty_on is not None:
        lines += _days(timeline, today)
    lines += [f"reckoned from: {line}" for line in timeline.why]
    lines += [f"check: {line}" for line in timeline.warnings]
    if with_first_line:
        lines += ["", *two_emergencies_lines()]
    lines += [
        "Reckoned from what was entered alone; no public data.",
        "The clinic's own numbers come first. This informs and is not medical advice.",
    ]
    return _text(lines)


def two_emergencies_lines() -> list[str]:
    """Return the two emergencies side by side, as far as lines of text can."""
    both = two_emergencies()
    return [
        f"{both.withdrawal_title.upper()}: {', '.join(both.withdrawal_signs)}. {both.withdrawal_do}",
        f"{both.overdose_title.upper()}: {', '.join(both.overdose_signs)}. {both.overdose_do} {both.overdose_when}",
        *([both.note] if both.note else []),
    ]


_PROGRAMMED = ("low reservoir", "empty")
"""Days that have a programmed side; the others hang on the earliest one alone."""


def _days(timeline: Timeline, today: dt.date) -> list[str]:
    """Return the table of days; a day that has passed says so."""

    def cell(day: dt.date | None) -> str:
        return "not known" if day is None else f"{day} (passed)" if day < today else str(day)

    left = timeline.days_left
    nominal = "" if timeline.nominal_days_left is None else f", {timeline.nominal_days_left} as programmed"
    flow = "" if timeline.flow_nl_day is None else f"; {timeline.flow_nl_day / 1e6:.4g} mL a day"
    rows = [
        ("refill by", timeline.refill_by, None),
        ("last safe day", timeline.last_safe_on, None),
        ("low reservoir", timeline.earliest_alarm_on, timeline.alarm_on),
        ("empty", timeline.earliest_empty_on, timeline.nominal_empty_on),
    ]
    compared = f"printed {cell(timeline.printed_alarm_on)}, computed {cell(timeline.computed_alarm_on)}"
    return [
        f"{'':<15}{'earliest plausible':<21}as programmed",
        *(
            f"{name:<15}{cell(early):<21}{cell(late) if name in _PROGRAMMED else ''}".rstrip()
            for name, early, late in rows
        ),
        f"days until empty: {left} at the earliest{nominal}",
        f"alarm day used: {_BASIS.get(timeline.basis, 'none is known')} ({compared}){flow}",
    ]


def render_discharge(answer: DischargeAnswer, *, today: dt.date) -> str:
    """Return the seven checks as text, what is more pressing than any of them first."""
    lines = [*([answer.first_line, *_because(answer.timeline), ""] if answer.first_line else []), answer.headline]
    for number, check in enumerate(answer.checks, start=1):
        lines += [
            f"{number}. {check.result.value.upper():<8}{check.name}: {check.why}",
            f"     next: {check.next_step}",
        ]
    timeline = answer.timeline
    days = _days(timeline, today) if timeline.earliest_empty_on is not None else []
    why = [f"reckoned from: {line}" for line in timeline.why]
    both = two_emergencies_lines()
    return _text(
        [*lines, "", *days, *why, "", *both, "", *answer.provenance, "This informs and is not medical advice."]
    )


def render_home_refill(answer: HomeRefill) -> str:
    """Return the home refill check as text."""
    lines = [f"Refill at home: {answer.chance.value.upper()}", *(f"  {reason}" for reason in answer.reasons)]
    for company in answer.companies:
        seen = f"seen {company.seen_on}" if company.seen_on else "never dated: ask"
        lines.append("  " + " · ".join(part for part in (company.name, company.phone, company.payers, seen) if part))
    return _text([*lines, f"  next: {answer.next_step}", "", *answer.provenance])


def _because(timeline: Timeline) -> list[str]:
    if timeline.is_emergency:
        return [
            f"  because: {'; '.join(timeline.emergency)}. The pump's own clinic comes next, other clinics after it."
        ]
    return []


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"

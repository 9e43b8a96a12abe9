"""What must happen today, tomorrow and by when, from a refill timeline; the page of one file runs the same."""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.order import sort_rows
from deserts.rules.wording import counted, finding, say

__all__ = ["QUESTIONS", "make"]

QUESTIONS = ("make",)


def make(question: dict[str, Any]) -> dict[str, Any]:
    """Return the plan of one pump.

    Parameters
    ----------
    question
        ``today`` as text; ``timeline`` as `deserts.rules.timeline.reckon` gives it; ``authorisation_days`` and
        ``drug_days`` (working days, None for the profile's); ``limits`` and ``words`` as there.

    Returns
    -------
    dict
        ``headline``, ``is_late``, ``target_on`` and ``steps`` in the order of their days, each with ``when``, ``by``,
        ``what``, ``why``, ``is_late``.
    """
    timeline, limits, words = question["timeline"], question["limits"], question["words"]
    today = _number(question["today"])
    target = None if timeline["target_on"] is None else _number(timeline["target_on"])
    entries = _first_entries(timeline, today) + [
        _lead_entry("authorisation", question["authorisation_days"], limits, target, today, timeline),
        _lead_entry("drug", question["drug_days"], limits, target, today, timeline),
        _entry("call_again", _call_again_by(timeline, target, today), {}),
    ]
    if target is not None:
        entries.append(_entry("refill", target, {}))
    steps = [_step(entry, today, words) for entry in sort_rows(entries, lambda entry: (max(entry["by"], today),))]
    late = len([step for step in steps if step["is_late"]])
    return {
        "headline": _headline(timeline, late, words),
        "is_late": late > 0,
        "target_on": timeline["target_on"],
        "steps": steps,
    }


def _first_entries(timeline: dict[str, Any], today: int) -> list[dict[str, Any]]:
    """Return what is to be done at once; where it is pressing, the pump's own clinic comes before any other."""
    entries = [_entry("emergency", today, {})] if timeline["is_emergency"] else []
    if timeline["is_red"] or timeline["target_on"] != timeline["refill_by"]:
        entries.append(_entry("own_clinic", today, {}))
    return entries + [_entry("call", today, {}), _entry("print_out", today, {})]


def _lead_entry(
    code: str, given: int | None, limits: dict[str, Any], target: int | None, today: int, timeline: dict[str, Any]
) -> dict[str, Any]:
    """Return the step of something that takes working days; without a target it is due today."""
    length = limits[code + "_days"] if given is None else given
    by = today if target is None else days.add_workdays(target, -length)
    values = {"days": counted(length, "working day"), "hours": limits["expedited_hours"]}
    pressing = by < today or timeline["is_emergency"] or target is None
    entry = _entry(code + "_expedited" if pressing else code, by, values)
    entry["why"] = code if given is not None else code + "_default"
    return entry


def _call_again_by(timeline: dict[str, Any], target: int | None, today: int) -> int:
    """Return the next working day, or today where the refill is due, or the pump can be empty, before it."""
    by = days.add_workdays(today, 1)
    empty = timeline["earliest_empty_on"]
    last = target if target is not None else by if empty is None else _number(empty)
    return today if last < by else by


def _entry(code: str, by: int, values: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "why": code, "by": by, "values": values}


def _step(entry: dict[str, Any], today: int, words: dict[str, str]) -> dict[str, Any]:
    return {
        "code": entry["code"],
        "when": _when(entry["by"], today, words),
        "by": days.to_text(entry["by"]),
        "what": say(words, {"code": "step." + entry["code"], "values": entry["values"]}),
        "why": say(words, {"code": "step_why." + entry["why"], "values": entry["values"]}),
        "is_late": entry["by"] < today,
    }


def _when(day: int, today: int, words: dict[str, str]) -> str:
    if day < today:
        return say(words, finding("when.late", day=days.named(day)))
    if day == today:
        return say(words, finding("when.today"))
    if day == today + 1:
        return say(words, finding("when.tomorrow", day=days.named(day)))
    return say(words, finding("when.by", day=days.named(day)))


def _headline(timeline: dict[str, Any], late: int, words: dict[str, str]) -> str:
    """Return the first line: the timeline's own where it has one, else days left and the day for the refill."""
    if timeline["first_line"]:
        safe = timeline["safe_line"]
        return timeline["first_line"] + " " + safe if safe else str(timeline["first_line"])
    values = {"days": counted(timeline["days_left"], "day"), "empty": _named(timeline["earliest_empty_on"])}
    if timeline["target_on"] is None:
        return say(words, finding("plan.no_day_left", **values))
    code = "plan.in_time" if timeline["target_on"] == timeline["refill_by"] else "plan.past_refill_by"
    line = say(words, finding(code, target=_named(timeline["target_on"]), **values))
    return line + " " + say(words, finding("plan.late", count=counted(late, "deadline"))) if late else line


def _named(text: str) -> str:
    return days.named(_number(text))


def _number(text: str) -> int:
    number = days.from_text(text)
    if number is None:
        raise ValueError("a timeline holds a day that is none")
    return number

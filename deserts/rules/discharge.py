"""The discharge check: the seven ways in which a plan for the next refill fails, each pass, fail or unknown."""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.minutes import TICKS_A_MINUTE, in_words, rounded
from deserts.rules.wording import counted, finding, say

__all__ = ["FAIL", "PASS", "QUESTIONS", "UNKNOWN", "check"]

QUESTIONS = ("check",)

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"
_CHECKS = 7
_MINUTES_AN_HOUR = 60
_WEEKS_A_YEAR = 52
_DAYS_A_WEEK = 7
_WHOLE = 10000
"""Weeks come in ten-thousandths, as minutes do."""


def check(question: dict[str, Any]) -> dict[str, Any]:
    """Return the seven checks of a plan and their sum.

    Parameters
    ----------
    question
        ``today`` as text; ``plan``: the fields of `deserts.patients.refill.discharge_form.DischargePlan`, days as text,
        ``drive_ticks`` (ten-thousandths of a minute) and ``interval_weeks`` (ten-thousandths), None for what is not
        known; ``activity``: ``result, why, next_step`` of whether the clinician is active, and the day ``until`` which
        a call that says so counts (None for no such day); ``timeline`` as
        `deserts.rules.timeline.reckon` gives it; ``limits``: ``acceptance_days, authorisation_days, expedited_hours,
        severe_min``; ``words``.

    Returns
    -------
    dict
        ``first_line``, ``colour`` (``red``, ``open``, ``complete``), ``headline``, and ``checks`` with ``name, result,
        why, next_step``.
    """
    timeline, words = question["timeline"], question["words"]
    asked = {
        "plan": question["plan"], "today": _number(question["today"]), "limits": question["limits"], "words": words,
        "timeline": timeline, "refill_by": _refill_by(question["plan"], timeline),
    }  # fmt: skip
    found = [
        _acceptance(asked), _activity(question), _authorisation(asked), _transport(asked), _emergency(asked),
        _network(asked), _appointment(asked),
    ]  # fmt: skip
    failed = len([one for one in found if one["result"] == FAIL])
    unknown = len([one for one in found if one["result"] == UNKNOWN])
    colour = "red" if failed or timeline["is_red"] else "open" if unknown else "complete"
    return {
        "first_line": " ".join([line for line in (timeline["first_line"], timeline["safe_line"]) if line]),
        "colour": colour,
        "headline": say(words, finding("discharge.headline_" + colour, failed=failed, unknown=unknown, all=_CHECKS)),
        "checks": found,
    }


def _refill_by(plan: dict[str, Any], timeline: dict[str, Any]) -> int | None:
    """Return the sooner of the clinic's day for the refill and the timeline's; None when the days cannot be right."""
    if timeline["red"]:
        return None
    known = [_number(day) for day in (plan["refill_by"], timeline["refill_by"]) if day is not None]
    return min(known) if known else None


def _one(asked: dict[str, Any], name: str, result: str, why: str, step: str, **values: Any) -> dict[str, Any]:
    """Return one check; ``why`` and ``step`` are codes of phrases."""
    words = asked["words"]
    return {
        "name": words["discharge." + name],
        "result": result,
        "why": say(words, {"code": "discharge." + why, "values": values}),
        "next_step": say(words, {"code": "discharge." + step, "values": values}),
    }


def _activity(question: dict[str, Any]) -> dict[str, Any]:
    words, told = question["words"], question["activity"]
    found = {"name": words["discharge.activity"]}
    for name in ("result", "why", "next_step"):
        found[name] = told[name]
    if told["until"] is not None and question["today"] > told["until"]:
        found.update({"result": UNKNOWN, "why": words["discharge.too_old_to_rely_on"]})
        found["next_step"] = words["discharge.call_them"]
    return found


def _acceptance(asked: dict[str, Any]) -> dict[str, Any]:
    plan, name = asked["plan"], "acceptance"
    if not plan["accepted_by"] and plan["accepted_on"] is None:
        return _one(asked, name, UNKNOWN, "nobody_said_yes", "ask_clinic")
    if not plan["accepted_by"] or plan["accepted_on"] is None:
        return _one(asked, name, FAIL, "yes_without_day", "ask_clinic")
    age = asked["today"] - _number(plan["accepted_on"])
    if age > asked["limits"]["acceptance_days"]:
        return _one(asked, name, FAIL, "yes_is_old", "ask_again", days=age)
    return _one(asked, name, PASS, "named_and_dated", "in_writing")


def _authorisation(asked: dict[str, Any]) -> dict[str, Any]:
    plan, limits, refill_by, name = asked["plan"], asked["limits"], asked["refill_by"], "authorisation"
    if plan["authorisation"] == "not_needed":
        return _one(asked, name, PASS, "not_needed", "reference_number")
    if refill_by is None:
        return _one(asked, name, UNKNOWN, "no_refill_day", "work_it_out")
    if plan["authorised_from"] is not None or plan["authorised_until"] is not None:
        return _window(asked, refill_by)
    if plan["authorisation"] == "unknown" and plan["requested_on"] is None:
        return _one(asked, name, UNKNOWN, "needed_not_known", "ask_payer_today")
    given = plan["decision_days"]
    length = counted(limits["authorisation_days"] if given is None else given, "working day")
    if given is None:
        length = say(asked["words"], finding("discharge.our_default", length=length))
    start = asked["today"] if plan["requested_on"] is None else _number(plan["requested_on"])
    decided_on = days.add_workdays(start, limits["authorisation_days"] if given is None else given)
    if decided_on > refill_by:
        return _one(asked, name, FAIL, "too_slow", "expedite", length=length, hours=limits["expedited_hours"])
    if plan["requested_on"] is None:
        return _one(asked, name, FAIL, "not_requested", "send_today")
    return _one(asked, name, UNKNOWN, "not_decided", "call_payer")


def _window(asked: dict[str, Any], refill_by: int) -> dict[str, Any]:
    plan, name = asked["plan"], "authorisation"
    if plan["authorised_from"] is None or plan["authorised_until"] is None:
        return _one(asked, name, UNKNOWN, "window_half_known", "read_the_letter")
    first = plan["first_appointment_on"]
    day = refill_by if first is None else _number(first)
    if not _number(plan["authorised_from"]) <= day <= _number(plan["authorised_until"]):
        return _one(asked, name, FAIL, "outside_window", "move_window")
    if first is None:
        return _one(asked, name, UNKNOWN, "window_without_appointment", "appointment_in_window")
    return _one(asked, name, PASS, "in_window", "note_the_end")


def _transport(asked: dict[str, Any]) -> dict[str, Any]:
    plan, words, name, limit_min = asked["plan"], asked["words"], "transport", asked["limits"]["severe_min"]
    if plan["drive_ticks"] is None:
        return _one(asked, name, UNKNOWN, "drive_unknown", "look_it_up")
    burden = say(words, finding("discharge.burden", drive=in_words(plan["drive_ticks"], 0)))
    if plan["interval_weeks"] is not None:
        burden += _a_year(plan["drive_ticks"], plan["interval_weeks"], words)
    if plan["transport"] is False:
        return _one(asked, name, FAIL, "nobody_drives", "find_driver", burden=burden)
    if plan["drive_ticks"] >= limit_min * TICKS_A_MINUTE:
        why = "too_far_arranged" if plan["transport"] else "too_far"
        return _one(asked, name, FAIL, why, "find_driver", burden=burden, minutes=limit_min)
    if plan["transport"] is None:
        return _one(asked, name, UNKNOWN, "transport_unknown", "find_driver", burden=burden)
    return _one(asked, name, PASS, "arranged", "second_driver", burden=burden)


def _a_year(ticks: int, interval: int, words: dict[str, str]) -> str:
    """Return trips and hours on the road a year, in words; the interval in ten-thousandths of a week."""
    hours = rounded(_WEEKS_A_YEAR * _WHOLE * 2 * ticks, interval * _MINUTES_AN_HOUR * TICKS_A_MINUTE)
    values = {"weeks": _weeks(interval), "trips": rounded(_WEEKS_A_YEAR * _WHOLE, interval), "hours": hours}
    return say(words, {"code": "discharge.a_year", "values": values})


def _weeks(interval: int) -> str:
    """Return a number of weeks without needless decimals."""
    whole, rest = interval // _WHOLE, interval % _WHOLE
    digits = f"{rest:04d}"
    while digits.endswith("0"):
        digits = digits[:-1]
    number = f"{whole}.{digits}" if digits else str(whole)
    return f"{number} week" if interval == _WHOLE else f"{number} weeks"


def _emergency(asked: dict[str, Any]) -> dict[str, Any]:
    plan, name = asked["plan"], "emergency"
    if plan["hospital_told"] is False:
        return _one(asked, name, FAIL, "not_told", "find_hospital")
    if plan["hospital_has_drug"] is False:
        return _one(asked, name, FAIL, "no_drug", "find_hospital")
    if not plan["hospital"] or plan["hospital_told"] is None or plan["hospital_has_drug"] is None:
        return _one(asked, name, UNKNOWN, "hospital_unknown", "find_hospital")
    return _one(asked, name, PASS, "hospital_ready", "give_card")


def _network(asked: dict[str, Any]) -> dict[str, Any]:
    plan, name = asked["plan"], "network"
    if plan["in_network"] is None:
        return _one(asked, name, UNKNOWN, "network_unknown", "ask_both")
    if plan["in_network"]:
        return _one(asked, name, PASS, "in_network", "reference_number")
    if plan["network_exception_on"] is not None:
        return _one(asked, name, PASS, "exception", "note_the_end")
    return _one(asked, name, FAIL, "out_of_network", "ask_exception")


def _appointment(asked: dict[str, Any]) -> dict[str, Any]:
    plan, timeline, refill_by = asked["plan"], asked["timeline"], asked["refill_by"]
    name, today, first = "appointment", asked["today"], plan["first_appointment_on"]
    if timeline["red"]:
        told = timeline["safe_line"] + " " + " ".join(timeline["ask"])
        return _one(asked, name, FAIL, "cannot_be_right", "as_told", red="; ".join(timeline["red"]), told=told)
    if refill_by is not None and refill_by < today:
        return _one(asked, name, FAIL, "refill_day_passed", "refill_before")
    if first is None:
        return _one(asked, name, UNKNOWN, "no_appointment", "get_a_day")
    if refill_by is None:
        return _one(asked, name, UNKNOWN, "no_day_given", "read_print_out")
    if _number(first) < today:
        return _one(asked, name, FAIL, "in_the_past", "enter_next")
    return _against_days(asked, _number(first), refill_by)


def _against_days(asked: dict[str, Any], first: int, refill_by: int) -> dict[str, Any]:
    """Hold an appointment against the day on which the pump can be empty, and the one to refill by."""
    name, dry = "appointment", _number(asked["timeline"]["earliest_empty_on"])
    if dry is not None and first == dry:
        return _one(asked, name, FAIL, "on_dry_day", "earlier_or_refill")
    if dry is not None and first > dry:
        late = first - dry
        weeks = counted((late + _DAYS_A_WEEK - 1) // _DAYS_A_WEEK, "week")
        return _one(asked, name, FAIL, "after_dry", "earlier_or_refill", days=counted(late, "day"), weeks=weeks)
    is_theirs = refill_by == _number(asked["plan"]["refill_by"])
    code = "their_day" if is_theirs else "our_day"
    given = say(asked["words"], finding("discharge." + code, day=days.to_text(refill_by)))
    if first > refill_by:
        return _one(asked, name, FAIL, "after_refill_day", "earlier_day", given=given)
    if dry is None:
        return _one(asked, name, UNKNOWN, "no_dry_day", "read_print_out", given=given)
    return _one(asked, name, PASS, "in_time", "call_week_before", given=given)


def _number(text: str | None) -> Any:
    return None if text is None else days.from_text(text)

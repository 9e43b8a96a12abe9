"""One refill timeline: when a pump can be empty, by when it must be refilled, and whether that can be true.

Made from a print-out with volumes and doses, or from an alarm or run-dry day that somebody read off one. Every count of
days runs to the earliest plausible day; of two readings the sooner one counts; what cannot be true shows no day but the
safest one of the print-out.
"""

from __future__ import annotations

from typing import Any

from deserts.rules import days, flow, reading
from deserts.rules.plausible import holds_one_of
from deserts.rules.wording import days_long, finding, named_day, say

__all__ = ["QUESTIONS", "reckon"]

QUESTIONS = ("reckon",)


def reckon(question: dict[str, Any]) -> dict[str, Any]:
    """Return the timeline of one pump.

    Parameters
    ----------
    question
        ``today``, ``alarm_on`` and ``run_dry_on`` as typed, and the days of ``fill`` are texts (YYYY-MM-DD) or None;
        ``drugs`` hold ``name, strength_pg_ml, dose_pg``; ``fill`` is None or holds ``filled_on, fill_nl, alarm_nl,
        daily_nl, printed_alarm_on, printed_on, changed_on, previous_nl, residual``, None for what is not known;
        ``withdrawal_signs`` and ``overdose_signs``; ``limits`` holds the profile's numbers, ``words`` the sentences.

    Returns
    -------
    dict
        Days as texts, counts of days, and sentences; see `deserts.patients.refill.timeline.Timeline`.
    """
    limits, words, today = question["limits"], question["words"], _number(question["today"])
    alarm, run_dry = _number(question["alarm_on"]), _number(question["run_dry_on"])
    fill, drugs = _numbered(question["fill"]), question["drugs"]
    if fill is None:
        read = reading.of_typed(drugs, alarm, run_dry, limits, today)
    else:
        read = reading.of_fill(fill, drugs, alarm, run_dry, limits, today)
    emergency = _emergencies(read, question, limits, today)
    safe = _safe_on(read, fill, run_dry, limits, today) if read["red"] else None
    shown = _hidden(read) if read["red"] else _shown(read, limits, today)
    return {
        "is_known": read["earliest_empty_on"] is not None,
        "is_emergency": bool(emergency),
        "is_red": bool(emergency) or bool(read["red"]),
        "first_line": _first_line(read, emergency, words),
        "safe_line": _safe_line(read, safe, words),
        "emergency": _said(words, "emergency.", emergency),
        "red": _said(words, "red.", read["red"]),
        "ask": _said(words, "ask.", read["red"] + _prescriber(read, fill, drugs, limits)),
        "why": _said(words, "why.", read["why"]),
        "warnings": _said(words, "warning.", _warnings(read, shown, fill, drugs, limits, today)),
        "red_codes": [found["code"] for found in read["red"]],
        "basis": read["basis"],
        "flow_nl_day": read["flow_nl_day"],
        "printed_alarm_on": _text(read["printed_on"]),
        "computed_alarm_on": _text(shown["computed_on"]),
        "alarm_on": _text(shown["alarm_on"]),
        "earliest_alarm_on": _text(shown["earliest_alarm_on"]),
        "nominal_empty_on": _text(shown["nominal_empty_on"]),
        "earliest_empty_on": _text(shown["earliest_empty_on"]),
        "refill_by": _text(shown["refill_by"]),
        "last_safe_on": _text(shown["last_safe_on"]),
        "target_on": _text(safe if read["red"] else shown["target_on"]),
        "safe_on": _text(safe),
        "days_left": _left(shown["earliest_empty_on"], today),
        "nominal_days_left": _left(shown["nominal_empty_on"], today),
    }


def _shown(read: dict[str, Any], limits: dict[str, Any], today: int) -> dict[str, Any]:
    """Return the reading with the working days that follow from it.

    ``refill_by`` is the lead before the sooner of alarm and emptiness, ``last_safe_on`` the last working day with more
    than the days of an emergency left, ``target_on`` the one of the two that has not passed.
    """
    shown = dict(read)
    shown["refill_by"] = shown["last_safe_on"] = shown["target_on"] = None
    known = [read[name] for name in ("alarm_on", "earliest_alarm_on", "earliest_empty_on") if read[name] is not None]
    if known:
        shown["refill_by"] = days.latest_workday(min(known) - limits["lead_days"])
        shown["last_safe_on"] = days.latest_workday(read["earliest_empty_on"] - limits["emergency_days"] - 1)
        ahead = [day for day in (shown["refill_by"], shown["last_safe_on"]) if day >= today]
        shown["target_on"] = ahead[0] if ahead else None
    return shown


def _hidden(read: dict[str, Any]) -> dict[str, Any]:
    """Return no days at all: beside what cannot be true stands no day that somebody could rely on."""
    shown = dict(read)
    for name in ("computed_on", "alarm_on", "earliest_alarm_on", "nominal_empty_on", "earliest_empty_on"):
        shown[name] = None
    shown["refill_by"] = shown["last_safe_on"] = shown["target_on"] = None
    return shown


def _safe_on(
    read: dict[str, Any], fill: dict[str, Any] | None, run_dry: int | None, limits: dict[str, Any], today: int
) -> int | None:
    """Return the earliest safe working day by the print-out, None when there is none or it has passed.

    A printed day counts when it does not lie before its fill or beyond the longest interval; what volumes and doses
    give can make the day sooner, never later.
    """
    since = today if fill is None else fill["filled_on"]
    printed = [day for day in (read["printed_on"], run_dry) if day is not None]
    usable = [day for day in printed if since <= day <= since + limits["max_days"]]
    if not usable or len(usable) < len(printed):
        return None
    if read["earliest_alarm_on"] is not None:
        usable += [read["earliest_alarm_on"], read["earliest_empty_on"]]
    day = days.latest_workday(min(usable) - limits["lead_days"])
    return day if day >= today else None


def _emergencies(
    read: dict[str, Any], question: dict[str, Any], limits: dict[str, Any], today: int
) -> list[dict[str, Any]]:
    """Return which rules make it an emergency, by the soonest reading even where that reading is doubted."""
    found = []
    if question["withdrawal_signs"]:
        found.append(finding("withdrawal_sign"))
    if question["overdose_signs"]:
        found.append(finding("overdose_sign"))
    earliest, nominal = read["earliest_empty_on"], read["nominal_empty_on"]
    if nominal is not None and nominal < today:
        found.append(finding("nominal_passed"))
    elif earliest is not None and earliest < today:
        found.append(finding("earliest_passed"))
    elif earliest == today:
        found.append(finding("earliest_today"))
    elif earliest is not None and earliest - today <= limits["emergency_days"]:
        found.append(finding("few_days", days=days_long(earliest - today)))
    return found


def _first_line(read: dict[str, Any], emergency: list[dict[str, Any]], words: dict[str, str]) -> str:
    """Return what stands first at every door, empty when the plan's own first line does."""
    codes = [found["code"] for found in emergency]
    lines = []
    if [code for code in codes if code != "overdose_sign"]:
        lines.append("first.emergency")
    if "overdose_sign" in codes:
        lines.append("first.overdose")
    if not lines and read["red"]:
        lines.append("first.red")
    if not lines and read["earliest_empty_on"] is None:
        lines.append("first.unknown")
    return " ".join([say(words, finding(line)) for line in lines])


def _safe_line(read: dict[str, Any], safe: int | None, words: dict[str, str]) -> str:
    if not read["red"]:
        return ""
    return say(words, finding("safe.none") if safe is None else finding("safe.day", day=named_day(safe)))


def _warnings(
    read: dict[str, Any],
    shown: dict[str, Any],
    fill: dict[str, Any] | None,
    drugs: list[dict[str, Any]],
    limits: dict[str, Any],
    today: int,
) -> list[dict[str, Any]]:
    found = []
    left = _left(shown["earliest_empty_on"], today)
    if left is not None and left >= 0 and shown["refill_by"] < today:
        found.append(finding("refill_by_passed", day=named_day(shown["refill_by"]), days=days_long(left)))
    if [drug for drug in _own(drugs, limits) if drug["strength_pg_ml"] > limits["usual_strength_pg_ml"]]:
        found.append(finding("compounded", strength=limits["usual_strength_pg_ml"] // flow.MILLION))
    if fill is None and read["earliest_empty_on"] is not None:
        found.append(finding("no_fill_day"))
    if fill is not None and read["printed_on"] is None:
        found.append(finding("no_print"))
    return found


def _prescriber(
    read: dict[str, Any], fill: dict[str, Any] | None, drugs: list[dict[str, Any]], limits: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the question for the prescriber alone: weaker drug than the strongest sold, and short intervals."""
    if fill is None or read["red"] or read["alarm_on"] is None:
        return []
    weaker = [drug for drug in _own(drugs, limits) if drug["strength_pg_ml"] < limits["usual_strength_pg_ml"]]
    short = read["alarm_on"] - fill["filled_on"] < limits["short_interval_days"]
    return [finding("prescriber")] if weaker and short else []


def _own(drugs: list[dict[str, Any]], limits: dict[str, Any]) -> list[dict[str, Any]]:
    return [drug for drug in drugs if holds_one_of(limits["drug_names"], drug["name"])]


def _said(words: dict[str, str], topic: str, found: list[dict[str, Any]]) -> list[str]:
    """Return the sentences for findings, each once."""
    lines: list[str] = []
    for entry in found:
        line = say(words, {"code": topic + entry["code"], "values": entry["values"]})
        if line not in lines:
            lines.append(line)
    return lines


def _numbered(fill: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a fill with its days as numbers."""
    if fill is None:
        return None
    numbered = dict(fill)
    for name in ("filled_on", "printed_alarm_on", "printed_on", "changed_on"):
        numbered[name] = _number(fill[name])
    return numbered


def _number(text: str | None) -> Any:
    return None if text is None else days.from_text(text)


def _text(number: int | None) -> str | None:
    return None if number is None else days.to_text(number)


def _left(number: int | None, today: int) -> int | None:
    return None if number is None else number - today

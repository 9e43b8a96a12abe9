"""Read the days off what is known of a pump: its last refill by volumes and print-out, or days that somebody typed."""

from __future__ import annotations

from typing import Any

from deserts.rules import flow
from deserts.rules.plausible import doubts, drug_doubts
from deserts.rules.wording import days_long, finding

__all__ = ["of_fill", "of_typed"]

_AS_PROGRAMMED = (1, 1)


def of_typed(
    drugs: list[dict[str, Any]], alarm: int | None, run_dry: int | None, limits: dict[str, Any], today: int
) -> dict[str, Any]:
    """Return the reading of typed days alone. What is left behind an alarm is not known then and is not counted."""
    empty = alarm if run_dry is None else run_dry
    why = [finding("typed_run_dry")] if run_dry is not None else [finding("typed_alarm")] if alarm is not None else []
    return {
        "alarm_on": alarm,
        "earliest_alarm_on": alarm,
        "earliest_empty_on": empty,
        "nominal_empty_on": run_dry,
        "printed_on": alarm,
        "computed_on": None,
        "basis": "run_dry" if run_dry is not None else "alarm" if alarm is not None else "",
        "flow_nl_day": None,
        "why": why,
        "red": drug_doubts(drugs, limits) + _typed_doubts(alarm, run_dry, limits, today),
    }


def of_fill(
    fill: dict[str, Any],
    drugs: list[dict[str, Any]],
    alarm: int | None,
    run_dry: int | None,
    limits: dict[str, Any],
    today: int,
) -> dict[str, Any]:
    """Return the reading of a last refill; typed days stand beside it, and the sooner of two counts.

    Parameters
    ----------
    fill, drugs
        As `deserts.rules.timeline.reckon` takes them, days as numbers.
    alarm, run_dry
        Typed days, None when none was.
    limits, today
        The profile's numbers, and the day of the question.
    """
    printed = _sooner(fill["printed_alarm_on"], alarm)
    usable = printed if printed is not None and printed >= fill["filled_on"] else None
    flows = flow.drug_flows(drugs, fill["daily_nl"])
    rate = flow.spread(flows)[1] if flows and fill["fill_nl"] is not None else None
    found = _by_print(fill, usable, limits) if rate is None else _by_volume(fill, rate, usable, limits, today)
    red = drug_doubts(drugs, limits) + doubts(fill, flows, limits, today, printed, found["computed_on"])
    red += _typed_doubts(alarm, run_dry, limits, today)
    if alarm is not None and fill["printed_alarm_on"] is not None:
        apart = abs(alarm - fill["printed_alarm_on"])
        if apart > limits["apart_days"]:
            red.append(finding("two_alarms", apart=days_long(apart)))
    found["printed_on"] = printed
    if run_dry is not None:
        red += _with_run_dry(found, fill, rate, run_dry, limits)
    found["red"] = red
    return found


def _with_run_dry(
    found: dict[str, Any], fill: dict[str, Any], rate: tuple[int, int] | None, run_dry: int, limits: dict[str, Any]
) -> list[dict[str, Any]]:
    """Put a typed run-dry day beside a reading, the sooner one counting; return a doubt where the two do not fit."""
    doubt = []
    sooner = run_dry
    if rate is not None:
        apart = limits["apart_days"]
        if not found["earliest_empty_on"] - apart <= run_dry <= found["nominal_empty_on"] + apart:
            doubt.append(finding("run_dry_apart"))
    elif run_dry >= fill["filled_on"]:
        fast = flow.fastest(fill["residual"], limits["tolerance_ppm"])
        sooner = fill["filled_on"] + (run_dry - fill["filled_on"]) * fast[1] // fast[0]
        found["why"].append(finding("tolerance", percent=_percent(fast)))
    if not found["basis"]:
        found["basis"] = "run_dry"
    found["earliest_empty_on"] = _sooner(found["earliest_empty_on"], sooner)
    found["nominal_empty_on"] = _sooner(found["nominal_empty_on"], run_dry)
    found["why"].append(finding("typed_run_dry_too"))
    return doubt


def _by_volume(
    fill: dict[str, Any], rate: tuple[int, int], usable: int | None, limits: dict[str, Any], today: int
) -> dict[str, Any]:
    """Return the days that volumes and flow give, moved by a sooner printed alarm."""
    filled = fill["filled_on"]
    alarm_nl = min(limits["alarm_nl"], fill["fill_nl"]) if fill["alarm_nl"] is None else fill["alarm_nl"]
    to_alarm = fill["fill_nl"] - alarm_nl
    before = _before(fill, today)
    fast = flow.fastest(fill["residual"], limits["tolerance_ppm"])
    computed = filled + flow.days_until_used(to_alarm, rate, _AS_PROGRAMMED, before)
    fast_alarm = filled + flow.days_until_used(to_alarm, rate, fast, before)
    nominal = filled + flow.days_until_used(fill["fill_nl"], rate, _AS_PROGRAMMED, before) - _earlier(computed, usable)
    earliest = filled + flow.days_until_used(fill["fill_nl"], rate, fast, before) - _earlier(fast_alarm, usable)
    why = [finding("tolerance", percent=_percent(fast))]
    if fill["alarm_nl"] is None:
        why.append(finding("default_alarm", ml=limits["alarm_nl"] // flow.MILLION))
    return _reading(fill, limits, usable, computed, fast_alarm, earliest, nominal, why, rate)


def _by_print(fill: dict[str, Any], usable: int | None, limits: dict[str, Any]) -> dict[str, Any]:
    """Return the days that the printed alarm alone gives; without a dose nothing behind the alarm is counted."""
    if usable is None:
        return {
            "alarm_on": None, "earliest_alarm_on": None, "earliest_empty_on": None, "nominal_empty_on": None,
            "computed_on": None, "basis": "", "flow_nl_day": None, "why": [],
        }  # fmt: skip
    fast = flow.fastest(fill["residual"], limits["tolerance_ppm"])
    earliest = fill["filled_on"] + (usable - fill["filled_on"]) * fast[1] // fast[0]
    why = [finding("no_dose"), finding("tolerance", percent=_percent(fast))]
    return _reading(fill, limits, usable, None, earliest, earliest, None, why, None)


def _reading(
    fill: dict[str, Any],
    limits: dict[str, Any],
    usable: int | None,
    computed: int | None,
    fast_alarm: int,
    earliest: int,
    nominal: int | None,
    why: list[Any],
    rate: tuple[int, int] | None,
) -> dict[str, Any]:
    """Return the reading for the soonest of computed and printed alarm and the longest interval."""
    named = [("limit", fill["filled_on"] + limits["max_days"])]
    if computed is not None:
        named.append(("computed", computed))
    if usable is not None:
        named.append(("printed", usable))
    basis, alarm = named[0]
    for name, day in named:
        if day < alarm:
            basis, alarm = name, day
    return {
        "alarm_on": alarm,
        "earliest_alarm_on": min(alarm, fast_alarm),
        "earliest_empty_on": earliest if nominal is None else min(earliest, nominal),
        "nominal_empty_on": nominal,
        "computed_on": computed,
        "basis": basis,
        "flow_nl_day": None if rate is None else (2 * rate[0] + rate[1]) // (2 * rate[1]),
        "why": [finding("basis_" + basis)] + why,
    }


def _typed_doubts(alarm: int | None, run_dry: int | None, limits: dict[str, Any], today: int) -> list[dict[str, Any]]:
    found = []
    if alarm is not None and run_dry is not None and alarm > run_dry:
        found.append(finding("alarm_after_run_dry"))
    if [day for day in (alarm, run_dry) if day is not None and day - today > limits["max_days"]]:
        found.append(finding("typed_too_far", longest=days_long(limits["max_days"])))
    return found


def _before(fill: dict[str, Any], today: int) -> tuple[int, int] | None:
    """Return flow and length of the time before a change of dose, None when there was none or it is not known."""
    changed = fill["changed_on"]
    if changed is None or fill["previous_nl"] is None or not fill["filled_on"] < changed <= today:
        return None
    return fill["previous_nl"], changed - fill["filled_on"]


def _earlier(reckoned: int, printed: int | None) -> int:
    """Return by how many days a printed alarm is sooner: less is left then, so the pump is empty sooner as well."""
    return 0 if printed is None else max(0, reckoned - printed)


def _sooner(one: int | None, other: int | None) -> int | None:
    if one is None:
        return other
    return one if other is None else min(one, other)


def _percent(factor: tuple[int, int]) -> str:
    """Return by how many per cent the pump may run faster, to one decimal."""
    tenths = (2 * 1000 * (factor[0] - factor[1]) + factor[1]) // (2 * factor[1])
    return f"{tenths // 10}.{tenths % 10}"

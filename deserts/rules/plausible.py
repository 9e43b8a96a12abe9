"""Can what was entered about a pump be true? Whatever cannot makes the answer red, with the question for the clinic."""

from __future__ import annotations

from typing import Any

from deserts.rules import flow
from deserts.rules.wording import days_long, finding

__all__ = ["doubts", "drug_doubts", "holds_one_of"]


def doubts(
    fill: dict[str, Any],
    flows: list[tuple[int, int]],
    limits: dict[str, Any],
    today: int,
    alarm: int | None,
    computed: int | None,
) -> list[dict[str, Any]]:
    """Return what can't be right of a last refill, in a fixed order.

    Parameters
    ----------
    fill
        The last refill as `deserts.rules.timeline.reckon` takes it, days as numbers.
    flows
        From `deserts.rules.flow.drug_flows`.
    limits
        The profile's numbers.
    today
        The day of the question.
    alarm
        Printed (or typed) alarm day, None when not given.
    computed
        Alarm day by volumes and doses, None when they are not known.
    """
    return (
        _of_days(fill, limits, today, alarm)
        + _of_flow(fill, flows, limits)
        + _of_interval(fill, limits, computed)
        + _of_print(fill, limits, alarm, computed)
        + _of_residual(fill, limits)
    )


def holds_one_of(names: list[str], name: str) -> bool:
    """Whether one word of a drug's name is one of the names; a part of a word is not."""
    letters = [letter if letter in "abcdefghijklmnopqrstuvwxyz" else " " for letter in name.lower()]
    return any(word in names for word in "".join(letters).split())


def _of_days(fill: dict[str, Any], limits: dict[str, Any], today: int, alarm: int | None) -> list[dict[str, Any]]:
    found = []
    age = today - fill["filled_on"]
    longest = days_long(limits["max_days"])
    if age < 0:
        found.append(finding("fill_in_future"))
    if age > limits["max_days"]:
        found.append(finding("fill_too_old", age=days_long(age), longest=longest))
    if fill["printed_on"] is not None and fill["printed_on"] > today:
        found.append(finding("print_in_future"))
    early = [day for day in (alarm, fill["printed_on"]) if day is not None and day < fill["filled_on"]]
    if early:
        found.append(finding("print_of_earlier_fill"))
    elif alarm is not None and alarm - fill["filled_on"] > limits["max_days"]:
        found.append(finding("alarm_beyond_stability", days=days_long(alarm - fill["filled_on"]), longest=longest))
    if fill["changed_on"] is not None and fill["changed_on"] > today:
        found.append(finding("change_in_future"))
    return found


def drug_doubts(drugs: list[dict[str, Any]], limits: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what can't be right of names, strengths and doses; the ranges are those of the service's own drug.

    Parameters
    ----------
    drugs
        ``name``, ``strength_pg_ml`` and ``dose_pg`` (None when not known) of each.
    limits
        The profile's numbers and names.
    """
    found = []
    own = [drug for drug in drugs if holds_one_of(limits["drug_names"], drug["name"])]
    unknown = [drug for drug in drugs if not holds_one_of(limits["other_drug_names"], drug["name"])]
    if unknown and not own:
        found.append(finding("drug_unknown", drug=limits["drug_names"][0]))
    for drug in own:
        values = {"drug": limits["drug_names"][0]}
        if drug["strength_pg_ml"] < limits["strength_low_pg_ml"]:
            found.append(finding("strength_low", low=_mcg(limits["strength_low_pg_ml"]), **values))
        if drug["strength_pg_ml"] > limits["strength_high_pg_ml"]:
            found.append(finding("strength_high", high=_mcg(limits["strength_high_pg_ml"]), **values))
        if drug["dose_pg"] is not None and drug["dose_pg"] < limits["dose_low_pg"]:
            found.append(finding("dose_low", low=_mcg(limits["dose_low_pg"]), **values))
        if drug["dose_pg"] is not None and drug["dose_pg"] > limits["dose_high_pg"]:
            found.append(finding("dose_high", high=_mcg(limits["dose_high_pg"]), **values))
    return found


def _of_flow(fill: dict[str, Any], flows: list[tuple[int, int]], limits: dict[str, Any]) -> list[dict[str, Any]]:
    if not flows:
        return []
    found = []
    slow, fast = flow.spread(flows)
    apart = (fast[0] * slow[1] - slow[0] * fast[1]) * flow.MILLION
    if apart > limits["rates_agree_ppm"] * fast[0] * slow[1]:
        found.append(finding("rates_disagree"))
    if flow.is_more((limits["lowest_flow_nl"], 1), fast):
        found.append(finding("flow_too_low"))
    if fill["fill_nl"] is not None and flow.is_more(fast, (fill["fill_nl"], 1)):
        found.append(finding("flow_too_high"))
    return found


def _of_interval(fill: dict[str, Any], limits: dict[str, Any], computed: int | None) -> list[dict[str, Any]]:
    if computed is None:
        return []
    found = []
    interval = computed - fill["filled_on"]
    if interval > limits["max_days"]:
        longest = days_long(limits["max_days"])
        found.append(finding("beyond_stability", days=days_long(interval), longest=longest))
    if interval < limits["shortest_days"]:
        found.append(finding("too_short", days=days_long(interval)))
    return found


def _of_print(
    fill: dict[str, Any], limits: dict[str, Any], alarm: int | None, computed: int | None
) -> list[dict[str, Any]]:
    found = []
    changed = fill["changed_on"]
    if alarm is not None and computed is not None:
        apart = abs(alarm - min(computed, fill["filled_on"] + limits["max_days"]))
        if apart > limits["apart_days"]:
            found.append(finding("printed_apart", apart=days_long(apart)))
    if changed is not None and alarm is not None:
        printed_on = fill["filled_on"] if fill["printed_on"] is None else fill["printed_on"]
        if changed > printed_on:
            found.append(finding("print_before_change"))
    if changed is not None and changed > fill["filled_on"] and fill["previous_nl"] is None:
        found.append(finding("dose_before_unknown"))
    return found


def _of_residual(fill: dict[str, Any], limits: dict[str, Any]) -> list[dict[str, Any]]:
    if fill["residual"] is None:
        return []
    share = flow.delivered(fill["residual"])
    if flow.is_more(share, (flow.MILLION + limits["tolerance_ppm"], flow.MILLION)):
        return [finding("residual_less")]
    if flow.is_more((flow.MILLION - limits["tolerance_ppm"], flow.MILLION), share):
        return [finding("residual_more")]
    return []


def _mcg(picograms: int) -> int:
    return picograms // flow.MILLION

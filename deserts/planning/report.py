"""What a plan means, as a table, as numbers for machines, and as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.planning.instance import CANDIDATE, Instance
from deserts.planning.solve import Plan, Task, covered_twice

__all__ = ["assignment_table", "hub_lines", "plan_lines", "plan_summary", "van_lines"]


def _objective_words(task: Task) -> str:
    """Return what the objective counts."""
    equal = task.power == 1
    if task.method == "pmedian":
        return "person-minutes" if equal else f"people times minutes to the power {task.power:g}"
    if task.method == "pcenter":
        return "longest drive (minutes)"
    if task.method == "lscp" or task.count is None:
        return "sites added"
    whom = "people with two practices" if task.method == "backup" else "people"
    weighed = "" if equal else f", weighed by (today's drive / its mean) to the power {task.power - 1:g}"
    return f"{whom} within the threshold{weighed}"


def plan_summary(instance: Instance, task: Task, plan: Plan) -> dict[str, Any]:
    """Return the plan as plain values for JSON; what is not finite is null."""
    weight, nearest = instance.weight, plan.nearest_min
    served = np.isfinite(nearest)
    people = float(weight[served].sum())
    median = weighted_quantile(nearest, weight, np.zeros(nearest.size, dtype=np.int64), 1, 0.5)[0]
    summary: dict[str, Any] = {
        "method": task.method,
        "objective": plan.objective,
        "objective_is": _objective_words(task),
        "bound": plan.bound,
        "gap": plan.gap,
        "how": plan.how,
        "sites": [str(name) for name in instance.site_ids[plan.is_chosen]],
        "added": [str(name).removeprefix(CANDIDATE) for name in instance.site_ids[plan.is_chosen & ~instance.is_fixed]],
        "demand_points": instance.n_points,
        "candidates": int(instance.candidates.size),
        "pairs": instance.pairs.n_pairs,
        "population": float(weight.sum()),
        "population_unserved": float(weight[~served].sum()),
        "person_min": float(weight[served] @ nearest[served]),
        "mean_min": float(weight[served] @ nearest[served]) / people if people else None,
        "median_min": float(median),
        "max_min": float(nearest[served].max()) if served.any() else None,
        "threshold_min": task.threshold_min,
        "population_within": None if task.threshold_min is None else float(weight[nearest <= task.threshold_min].sum()),
        **_twice(instance, task, plan),
        "power": task.power,
        "out_of_reach": [str(name) for name in instance.demand_ids[plan.out_of_reach]],
        "notes": list(plan.notes),
    }
    return {key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in summary.items()}  # fmt: skip


def _twice(instance: Instance, task: Task, plan: Plan) -> dict[str, float]:
    """Return how many people have two practices, now and then, where that was asked."""
    if task.method != "backup" or task.threshold_min is None:
        return {}
    return {
        f"population_with_two_{when}": float(instance.weight[covered_twice(instance, sites, task.threshold_min)].sum())
        for when, sites in (("before", instance.is_fixed), ("after", plan.is_chosen))
    }


def plan_lines(summary: dict[str, Any]) -> Sequence[str]:
    """Return the summary as sentences."""
    added = ", ".join(summary["added"]) or "none"
    lines = [
        f"{summary['method']}: {len(summary['added'])} sites added ({added})",
        f"objective: {_amount(summary['objective'])} {summary['objective_is']} ({_proof(summary)})",
    ]
    if summary["mean_min"] is not None:
        median = summary["median_min"]
        lines.append(
            f"people-weighted drive to the nearest: mean {summary['mean_min']:.1f}, median "
            + ("unknown" if median is None else f"{median:.1f}") + f", longest {summary['max_min']:.1f} minutes"
        )  # fmt: skip
    if summary["population_within"] is not None:
        share = summary["population_within"] / summary["population"] if summary["population"] else 0.0
        lines.append(
            f"within {summary['threshold_min']:g} minutes: {summary['population_within']:,.0f} of "
            f"{summary['population']:,.0f} people ({100 * share:.1f} %)"
        )
    if "population_with_two_after" in summary:
        lines.append(
            f"with two practices within {summary['threshold_min']:g} minutes: "
            f"{summary['population_with_two_before']:,.0f} before, {summary['population_with_two_after']:,.0f} after"
        )
    if summary["population_unserved"]:
        lines.append(f"without any site they can drive to: {summary['population_unserved']:,.0f} people")
    return [*lines, *(f"note: {note}" for note in summary["notes"])]


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def _proof(summary: dict[str, Any]) -> str:
    gap = summary["gap"]
    if gap is None or not np.isfinite(gap):
        return f"no bound; {summary['how']}"
    return f"{'proven best' if gap == 0 else f'at most {100 * gap:.3g} % from the best'}; {summary['how']}"


def van_lines(summary: dict[str, Any]) -> Sequence[str]:
    """Return what a round of the van takes and brings."""
    drive, whole = summary["drive_hours_a_cycle"], summary["hours_a_cycle"]
    lines = [
        (
            f"{summary['stops']} stops, a round of {summary['days_a_cycle']} working days: {drive:.1f} hours of "
            f"driving, {whole - drive:.1f} at stops; {summary['drive_home_min']:.0f} minutes home from the last"
        ),
        (
            f"every {summary['interval_days']:g} days, {summary['cycles_a_year']:.1f} rounds a year; the interval has "
            f"{summary['days_available']} working days"
        ),
        (
            f"becomes the nearest place for {summary['people_nearer']:,.0f} people, of whom "
            f"{summary['people_newly_within']:,.0f} had nothing within {summary['threshold_min']:g} minutes"
        ),
        f"choice of stops: {_proof(summary)}",
    ]
    if summary["stops_that_would_help_nobody"]:
        lines.append(f"{summary['stops_that_would_help_nobody']} stops were left out: they would be nobody's nearest")
    if summary["places_the_van_cannot_reach"]:
        lines.append(f"{summary['places_the_van_cannot_reach']} places cannot be driven to from the base and back")
    return lines


def hub_lines(summary: dict[str, Any]) -> Sequence[str]:
    """Return what a network of hubs and spokes means for people."""

    def minutes(value: float | None) -> str:
        return "beyond the limit" if value is None else f"{value:.0f}"

    lines = [
        (
            f"{len(summary['hubs'])} hubs ({', '.join(summary['hubs'])}) and {len(summary['spokes'])} spokes "
            f"({', '.join(summary['spokes'])}) for {summary['population']:,.0f} people"
        ),
        (
            f"minutes to the nearest of them, for refills: median {minutes(summary['median_near_min'])}, mean "
            f"{summary['mean_near_min']:.0f}"
        ),
        f"minutes to the hub: median {minutes(summary['median_hub_min'])}, mean {summary['mean_hub_min']:.0f}",
        f"choice of spokes: {_proof(summary)}",
    ]
    if summary["people_without_hub"]:
        lines.append(f"{summary['people_without_hub']:,.0f} people have no hub within the limit; they count at it")
    return lines


def assignment_table(instance: Instance, plan: Plan) -> pd.DataFrame:
    """Return ``demand_id, site_id, minutes``: the nearest site of the plan for each point, empty without one."""
    pairs = instance.pairs.select(sites=plan.is_chosen)
    first = pairs.nearest(1)[:, 0]
    place = np.append(pairs.site, -1)[first]
    names = np.append(instance.site_ids.to_numpy(), "")[place]
    return pd.DataFrame(
        {
            "demand_id": instance.demand_ids.to_numpy(),
            "site_id": names,
            "minutes": np.where(np.isfinite(plan.nearest_min), plan.nearest_min, np.nan),
        }
    )

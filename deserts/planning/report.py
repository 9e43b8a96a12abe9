"""What a plan means, as a table, as numbers for machines, and as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.planning.instance import Instance
from deserts.planning.solve import Plan, Task

__all__ = ["assignment_table", "plan_lines", "plan_summary"]


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
        "added": [str(name) for name in instance.site_ids[plan.is_chosen & ~instance.is_fixed]],
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
        "power": task.power,
        "out_of_reach": [str(name) for name in instance.demand_ids[plan.out_of_reach]],
        "notes": list(plan.notes),
    }
    return {key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in summary.items()}  # fmt: skip


def plan_lines(summary: dict[str, Any]) -> Sequence[str]:
    """Return the summary as sentences."""
    added = ", ".join(summary["added"]) or "none"
    gap = summary["gap"]
    proof = "proven best" if gap == 0 else "no bound" if gap is None else f"at most {100 * gap:.3g} % from the best"
    lines = [
        f"{summary['method']}: {len(summary['added'])} sites added ({added})",
        f"objective: {summary['objective']:,.6g} {summary['objective_is']} ({proof}; {summary['how']})",
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
    if summary["population_unserved"]:
        lines.append(f"without any site they can drive to: {summary['population_unserved']:,.0f} people")
    return [*lines, *(f"note: {note}" for note in summary["notes"])]


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

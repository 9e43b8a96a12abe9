"""The frontier: people covered against the number of sites, so that a budget can be argued."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.planning.instance import CANDIDATE, Instance
from deserts.planning.model import SolverOptions
from deserts.planning.solve import Plan, Task, solve
from deserts.store import atomic_path

__all__ = ["draw_frontier", "frontier"]


def frontier(
    instance: Instance, *, threshold_min: float, most: int, method: str = "mclp", options: SolverOptions | None = None
) -> pd.DataFrame:
    """Solve the problem for every number of sites from 0 to ``most``.

    Each row is a best plan of its own: the sites of one row need not be among those of the next.

    Parameters
    ----------
    instance
        The problem.
    threshold_min
        Minutes within which people count as covered.
    most
        Largest number of sites.
    method
        ``mclp`` (most people covered) or ``pmedian`` (fewest minutes), ``backup`` (two practices).
    options
        Of the solver; the time limit is for all rows together, each taking an equal part of what is left.

    Returns
    -------
    ``sites_added, people_covered, share_covered, mean_min`` (people with a site), ``gain_people`` (over the row
    before), ``gap, site_ids`` (joined by ';').
    """
    instance.check_count(most)
    clock = (options or SolverOptions()).started()
    people = float(instance.weight.sum())
    rows = [_row(instance, 0, instance.nearest_min(instance.is_fixed), threshold_min, 0.0, "")]
    for count in range(1, most + 1):
        task = Task(method=method, count=count, threshold_min=threshold_min, options=clock.share(most - count + 1))
        plan = solve(instance, task)
        rows.append(_row(instance, count, plan.nearest_min, threshold_min, plan.gap, _added(instance, plan)))
        if method == "backup":
            rows[-1]["people_covered"] = plan.objective
    table = pd.DataFrame(rows)
    if method == "backup":
        table.loc[0, "people_covered"] = np.nan
    table["share_covered"] = table["people_covered"] / people if people else 0.0
    table["gain_people"] = table["people_covered"].diff()
    columns = ["sites_added", "people_covered", "share_covered", "mean_min", "gain_people", "gap", "site_ids"]
    return table[columns]


def _added(instance: Instance, plan: Plan) -> str:
    return ";".join(
        str(name).removeprefix(CANDIDATE) for name in instance.site_ids[plan.is_chosen & ~instance.is_fixed]
    )


def _row(
    instance: Instance, count: int, nearest: np.ndarray, threshold_min: float, gap: float, names: str
) -> dict[str, object]:
    served = np.isfinite(nearest)
    people = instance.weight[served].sum()
    return {
        "sites_added": count,
        "people_covered": float(instance.weight[nearest <= threshold_min].sum()),
        "mean_min": float(instance.weight[served] @ nearest[served] / people) if people else np.nan,
        "gap": gap,
        "site_ids": names,
    }


def draw_frontier(table: pd.DataFrame, path: Path, *, threshold_min: float, lines: tuple[str, ...] = ()) -> None:
    """Draw the frontier as SVG, PNG or PDF, by the ending of the path; the same bytes for the same table."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    kind = path.suffix.lstrip(".").lower() or "svg"
    with mpl.rc_context({"svg.hashsalt": "deserts", "font.size": 10, "path.simplify": False}):
        figure = Figure(figsize=(7, 4.6), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(table["sites_added"], 100 * table["share_covered"], marker="o", color="#1f5a8a")
        axes.set_xlabel("sites added")
        axes.set_ylabel(f"residents within {threshold_min:g} minutes (%)")
        axes.set_ylim(0, 100)
        axes.set_xticks(table["sites_added"])
        axes.grid(visible=True, alpha=0.3)
        axes.set_title("\n".join(lines), fontsize=8, loc="left", wrap=True)
        with atomic_path(path) as temporary:
            metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {"Software": None})
            figure.savefig(temporary, format=kind, dpi=150, metadata=metadata)

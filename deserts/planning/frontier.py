"""The frontier: people covered against the number of sites, so that a budget can be argued."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.arrays import Floats
from deserts.planning.instance import CANDIDATE, Instance
from deserts.planning.model import SolverOptions
from deserts.planning.solve import Plan, Task, covered_twice, solve

__all__ = ["frontier"]


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
    before), ``gap, how, site_ids`` (joined by ';').
    """
    instance.check_count(most)
    clock = (options or SolverOptions()).started()
    people = float(instance.weight.sum())
    rows = [_row(instance, 0, instance.nearest_min(instance.is_fixed), threshold_min, (0.0, "the sites there are", ""))]
    for count in range(1, most + 1):
        task = Task(method=method, count=count, threshold_min=threshold_min, options=clock.share(most - count + 1))
        plan = solve(instance, task)
        proof = (plan.gap, plan.how, _added(instance, plan))
        rows.append(_row(instance, count, plan.nearest_min, threshold_min, proof))
        if method == "backup":
            rows[-1]["people_covered"] = plan.objective
    if method == "backup":
        rows[0]["people_covered"] = float(
            instance.weight[covered_twice(instance, instance.is_fixed, threshold_min)].sum()
        )
    table = pd.DataFrame(rows)
    table["share_covered"] = table["people_covered"] / people if people else 0.0
    table["gain_people"] = table["people_covered"].diff()
    columns = ["sites_added", "people_covered", "share_covered", "mean_min", "gain_people", "gap", "how", "site_ids"]
    return table[columns]


def _added(instance: Instance, plan: Plan) -> str:
    return ";".join(
        str(name).removeprefix(CANDIDATE) for name in instance.site_ids[plan.is_chosen & ~instance.is_fixed]
    )


def _row(
    instance: Instance, count: int, nearest: Floats, threshold_min: float, proof: tuple[float, str, str]
) -> dict[str, object]:
    served = np.isfinite(nearest)
    people = instance.weight[served].sum()
    return {
        "sites_added": count,
        "people_covered": float(instance.weight[nearest <= threshold_min].sum()),
        "mean_min": float(instance.weight[served] @ nearest[served] / people) if people else np.nan,
        **dict(zip(("gap", "how", "site_ids"), proof, strict=True)),
    }

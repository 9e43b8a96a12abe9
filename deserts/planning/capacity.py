"""p-median with capacities: every site serves at most so many people; a point's people may be split."""

from __future__ import annotations

import numpy as np

from deserts.errors import InputError
from deserts.planning.instance import Instance
from deserts.planning.median import Found
from deserts.planning.model import Rows, SolverOptions, solve_program

__all__ = ["solve_capacitated"]


def solve_capacitated(instance: Instance, count: int, *, power: float, options: SolverOptions) -> tuple[Found, float]:
    """Choose ``count`` candidates with the least cost when no site may serve more than its capacity.

    Existing sites have capacities too.

    Returns
    -------
    found
        Sites, and a lower bound of the cost.
    cost
        Sum over people of minutes to the power, under the best sharing out.

    Raises
    ------
    InputError
        If the people cannot be shared out over any choice.
    """
    assert instance.capacity is not None
    pairs = instance.pairs
    point, site = pairs.points().astype(np.int64), pairs.site.astype(np.int64)
    n, m, p = instance.n_points, instance.n_sites, pairs.n_pairs
    has_limit = instance.limit_min is not None
    scale = 1e3 / max(float(instance.weight.sum()), 1e-12)
    spare_cost = instance.weight * (instance.limit_min or 0.0) ** power
    cost = scale * np.concatenate([instance.weight[point] * pairs.drive_min**power, spare_cost, np.zeros(m)])
    is_reached = np.diff(pairs.indptr) > 0
    spare_upper = np.where(has_limit | ~is_reached | (instance.weight == 0), 1.0, 0.0)
    upper = np.concatenate([np.ones(p), spare_upper, np.ones(m)])
    sites = p + n + np.arange(m)
    rows = Rows()
    rows.add(n, [(point, np.arange(p), 1.0), (np.arange(n), p + np.arange(n), 1.0)], lower=1.0, upper=1.0)
    rows.add(p, [(np.arange(p), np.arange(p), 1.0), (np.arange(p), sites[site], -1.0)], lower=-np.inf, upper=0.0)
    rows.add(
        m, [(site, np.arange(p), scale * instance.weight[point]), (np.arange(m), sites, -scale * instance.capacity)],
        lower=-np.inf, upper=0.0,
    )  # fmt: skip
    chosen = instance.candidates
    rows.add(1, [(np.zeros(chosen.size, dtype=int), sites[chosen], 1.0)], lower=count, upper=count)
    rows.add(m, [(np.arange(m), sites, 1.0)], lower=instance.is_fixed.astype(float), upper=1.0)
    is_integer = np.zeros(p + n + m, dtype=bool)
    is_integer[sites[chosen]] = True
    answer = solve_program(cost, rows, upper=upper, is_integer=is_integer, options=options)
    if not answer.is_feasible and not answer.is_infeasible:
        raise InputError(
            f"no way to share out the people was found within {options.time_limit_s:g} seconds",
            where="--solver-seconds",
            fix="allow more time, or leave the capacities out",
        )
    if not answer.is_feasible:
        largest = np.sort(instance.capacity[chosen])[::-1][:count].sum() + instance.capacity[instance.is_fixed].sum()
        raise InputError(
            f"{instance.weight.sum():,.0f} people cannot be shared out: the {count} largest candidates and the "
            f"existing sites have room for {largest:,.0f}, within the drives that are listed",
            fix="choose more sites, raise capacities, or give minutes for more pairs",
        )
    picked = np.flatnonzero(answer.values[sites] > 0.5)
    found = Found(picked[~instance.is_fixed[picked]], answer.bound / scale, answer.how)
    return found, answer.objective / scale

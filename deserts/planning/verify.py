"""A second opinion: the same problem built and solved by PySAL spopt.

It is the oracle and not the engine: it builds dense models through PuLP and knows no sparse pairs, gap, time limit,
capacities or two practices; for 448 points and 30 sites it takes many times as long (benchmarks/results/planning.md).

References
----------
Feng, X. et al. (2022). spopt: a python package for solving spatial optimization problems in PySAL. Journal of Open
Source Software 7(74), 3330. doi:10.21105/joss.03330
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deserts.arrays import Floats
from deserts.errors import InputError
from deserts.extras import need
from deserts.planning.equity import weighted_by_today
from deserts.planning.instance import Instance
from deserts.planning.solve import Plan, Task

__all__ = ["need_spopt", "verify_with_spopt"]

_MOST_PAIRS = 100_000
_TOLERANCE = 1e-6


def verify_with_spopt(instance: Instance, task: Task, plan: Plan) -> float:
    """Solve with spopt and return its objective.

    Its k-nearest p-median is not used: that one lacks the constraints that tie assignment to opening.

    Raises
    ------
    InputError
        If the problem is one that spopt does not know or is too large for it, or if it finds another objective.
    """
    need_spopt()
    if instance.n_points * instance.n_sites > _MOST_PAIRS or instance.capacity is not None or task.method == "backup":
        raise InputError(
            "spopt cannot verify this plan",
            where="--verify",
            expected=f"pmedian, mclp, lscp or pcenter without capacities, at most {_MOST_PAIRS:,} pairs",
        )
    minutes = _dense(instance)
    if np.isinf(minutes).any() and task.method in ("pmedian", "pcenter"):
        raise InputError("spopt needs minutes for every pair", where="--verify", expected="a full matrix")
    judged = weighted_by_today(instance, task.power) if task.method == "mclp" else instance
    objective = _solve(judged, task, minutes)
    if abs(objective - plan.objective) > _TOLERANCE * max(abs(objective), 1.0) + plan.gap * abs(plan.objective):
        raise InputError(
            f"spopt finds the objective {objective:,.8g}, deserts {plan.objective:,.8g}",
            fix="report this as a fault of deserts, with the files",
        )
    return objective


def need_spopt() -> None:
    """Refuse to go on where spopt is not installed.

    Raises
    ------
    MissingExtraError
        That names the extra.
    """
    need("pulp", "spopt", extra="verify", to="verify a plan with a second program")


def _dense(instance: Instance) -> Floats:
    minutes = np.full((instance.n_points, instance.n_sites), np.inf)
    minutes[instance.pairs.points(), instance.pairs.site] = instance.pairs.drive_min
    return minutes


def _solve(instance: Instance, task: Task, minutes: Floats) -> float:
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    solver = pulp.HiGHS(msg=False, gapRel=0.0)
    there = {"predefined_facilities_arr": instance.is_fixed.astype(int)} if instance.is_fixed.any() else {}
    total = (task.count or 0) + int(instance.is_fixed.sum())
    far = np.where(np.isinf(minutes), 1e12, minutes)
    problem: Any
    if task.method == "pmedian":
        problem = PMedian.from_cost_matrix(far**task.power, instance.weight, p_facilities=total, **there)
    elif task.method == "pcenter":
        problem = PCenter.from_cost_matrix(far, p_facilities=total, **there)
    elif task.method == "mclp":
        problem = MCLP.from_cost_matrix(
            far, instance.weight, service_radius=task.threshold_min, p_facilities=total, **there
        )
    else:
        problem = LSCP.from_cost_matrix(far, service_radius=task.threshold_min, **there)
    value = float(problem.solve(solver).problem.objective.value())
    return value - int(instance.is_fixed.sum()) if task.method == "lscp" else value

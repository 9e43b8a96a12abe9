"""Between covers that are equally good: fewer minutes first, then names earlier in the alphabet."""

from __future__ import annotations

import numpy as np

from deserts.arrays import Bools, Floats, Ints
from deserts.planning.instance import Instance
from deserts.planning.median import Reduced, reduce_median

__all__ = ["settle_ties"]

_ROUNDS = 50
_EQUAL = 1e-9
"""Two sums that differ by less than this share of the whole are equal: only the order of adding differs."""


def settle_ties(instance: Instance, sites: Ints, threshold_min: float) -> Ints:
    """Exchange single sites of a cover for others that cover as many people, until no exchange is better.

    Better is: more people within the threshold (a search that was cut short may leave some), then fewer minutes (people
    without any site last), then a name that comes earlier. Sites stand sorted by name, so the order of rows in a file
    has no part in it.

    Parameters
    ----------
    instance
        The problem.
    sites
        Positions of the chosen candidates.
    threshold_min
        Minutes, this number included.
    """
    problem = _finite(reduce_median(instance))
    point = np.repeat(np.arange(problem.base.size), np.diff(problem.indptr))
    chosen = np.flatnonzero(np.isin(problem.candidates, sites))
    for _ in range(_ROUNDS):
        before = chosen
        # the last name first: it is the one that an earlier name should replace
        for place in range(chosen.size)[::-1]:
            others = np.delete(chosen, place)
            chosen = np.sort(np.append(others, _best(problem, point, others, chosen[place], threshold_min)))
        if np.array_equal(before, chosen):
            break
    return problem.candidates[chosen]


def _finite(problem: Reduced) -> Reduced:
    """Return the problem with being unserved as a cost that is longer than any drive."""
    worst = 2.0 * float(problem.cost.max(initial=1.0))
    base = np.where(np.isfinite(problem.base), problem.base, worst)
    return Reduced(
        problem.candidates, problem.point, problem.weight, base, problem.indptr, problem.site, problem.cost
    )  # fmt: skip


def _best(problem: Reduced, point: Ints, others: Ints, now: int, threshold_min: float) -> int:
    """Return the candidate that goes best with the others; the present one unless another is better."""
    is_open = np.zeros(problem.candidates.size, dtype=bool)
    is_open[others] = True
    nearest = problem.base.copy()
    np.minimum.at(nearest, point[is_open[problem.site]], problem.cost[is_open[problem.site]])
    weight = problem.weight[point]

    def total(values: Floats) -> Floats:
        return np.bincount(problem.site, weights=values, minlength=is_open.size).astype(np.float64)

    gained = (nearest[point] > threshold_min) & (problem.cost <= threshold_min)
    people = total(weight * gained)
    minutes = total(weight * np.maximum(nearest[point] - problem.cost, 0.0))
    best = _largest(people, ~is_open, float(problem.weight.sum()))
    best &= _largest(minutes, best, float(problem.weight @ nearest))
    first = int(np.flatnonzero(best)[0])
    return first if first < now or not best[now] else now


def _largest(values: Floats, among: Bools, whole: float) -> Bools:
    return np.asarray(among & (values >= values[among].max() - _EQUAL * max(whole, 1e-12)))

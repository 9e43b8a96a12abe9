"""Fast answers and bounds for large p-median problems: greedy choice, interchange, Lagrangian bound.

References
----------
Teitz, M. B. & Bart, P. (1968). Heuristic methods for estimating the generalized vertex median of a weighted graph.
Operations Research 16(5), 955-961. doi:10.1287/opre.16.5.955

Whitaker, R. A. (1983). A fast algorithm for the greedy interchange for large-scale clustering and median location
problems. INFOR 21(2), 95-108. doi:10.1080/03155986.1983.11731889

Beasley, J. E. (1993). Lagrangean heuristics for location problems. European Journal of Operational Research 65(3),
383-399. doi:10.1016/0377-2217(93)90118-7
"""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.arrays import Floats, Ints

__all__ = ["greedy_sites", "interchange", "lagrangian_bound"]

_ROUNDS = 600
_PATIENCE = 25
_SMALLEST_STEP = 5e-4


@njit(cache=True)  # type: ignore[untyped-decorator]
def greedy_sites(  # pragma: no cover - compiled
    indptr: Ints, site: Ints, cost: Floats, weight: Floats, base: Floats, n_sites: int, count: int
) -> Ints:
    """Add the site that saves most, ``count`` times; among equals the first by position.

    Parameters
    ----------
    indptr, site, cost
        Pairs by point, cheapest first.
    weight
        People at each point.
    base
        Cost of each point without any chosen site (finite).
    n_sites, count
        Number of candidates, and of sites to choose.
    """
    best = base.copy()
    is_open = np.zeros(n_sites, dtype=np.bool_)
    chosen = np.empty(count, dtype=np.int64)
    for step in range(count):
        saved = np.zeros(n_sites)
        for i in range(best.size):
            for k in range(indptr[i], indptr[i + 1]):
                if cost[k] >= best[i]:
                    break
                saved[site[k]] += weight[i] * (best[i] - cost[k])
        pick = -1
        for j in range(n_sites):
            if not is_open[j] and (pick < 0 or saved[j] > saved[pick]):
                pick = j
        chosen[step] = pick
        is_open[pick] = True
        for i in range(best.size):
            for k in range(indptr[i], indptr[i + 1]):
                if cost[k] >= best[i]:
                    break
                if site[k] == pick:
                    best[i] = cost[k]
                    break
    return chosen


@njit(cache=True)  # type: ignore[untyped-decorator]
def interchange(  # noqa: C901 - one compiled loop; pragma: no cover
    indptr: Ints, site: Ints, cost: Floats, weight: Floats, base: Floats, n_sites: int,
    chosen: Ints,
) -> Ints:  # fmt: skip
    """Swap one chosen site for another as long as that lowers the cost; the best swap first."""
    place = np.full(n_sites, -1, dtype=np.int64)
    chosen = chosen.copy()
    for r in range(chosen.size):
        place[chosen[r]] = r
    while True:
        gain = np.zeros(n_sites)
        loss = np.zeros(chosen.size)
        extra = np.zeros((n_sites, chosen.size))
        total = 0.0
        for i in range(base.size):
            first, first_cost, second_cost = -1, base[i], base[i]
            for k in range(indptr[i], indptr[i + 1]):
                if cost[k] >= second_cost:
                    break
                if place[site[k]] >= 0:
                    if first < 0:
                        first, first_cost = place[site[k]], cost[k]
                    else:
                        second_cost = cost[k]
                        break
            total += weight[i] * first_cost
            if first >= 0:
                loss[first] += weight[i] * (second_cost - first_cost)
            for k in range(indptr[i], indptr[i + 1]):
                if cost[k] >= second_cost:
                    break
                if cost[k] < first_cost:
                    gain[site[k]] += weight[i] * (first_cost - cost[k])
                if first >= 0:
                    extra[site[k], first] += weight[i] * (second_cost - max(cost[k], first_cost))
        best, best_in, best_out = -1e-9 * max(total, 1.0), -1, -1
        for j in range(n_sites):
            if place[j] >= 0:
                continue
            for r in range(chosen.size):
                change = loss[r] - gain[j] - extra[j, r]
                if change < best:
                    best, best_in, best_out = change, j, r
        if best_in < 0:
            return np.sort(chosen)
        place[chosen[best_out]] = -1
        chosen[best_out] = best_in
        place[best_in] = best_out


@njit(cache=True)  # type: ignore[untyped-decorator]
def lagrangian_bound(  # noqa: C901 - one compiled loop; pragma: no cover
    indptr: Ints, site: Ints, cost: Floats, weight: Floats, base: Floats, n_sites: int, count: int,
    upper: float,
) -> tuple[float, Floats]:  # fmt: skip
    """Bound the least cost from below by relaxing "every point is served"; also return the sites' reduced costs.

    Parameters
    ----------
    indptr, site, cost, weight, base, n_sites, count
        As for `greedy_sites`.
    upper
        Cost of a known answer.

    Returns
    -------
    bound
        No choice of ``count`` sites costs less.
    reduced
        Reduced cost of each site at that bound, at most 0.
    """
    n = weight.size
    price = np.empty(n)
    for i in range(n):
        # start from the cost of the second nearest: near the value of a unit of service
        k = min(indptr[i] + 1, indptr[i + 1] - 1)
        price[i] = weight[i] * (min(cost[k], base[i]) if k >= indptr[i] else base[i])
    bound, stale, pace = -np.inf, 0, 2.0
    best_reduced = np.zeros(n_sites)
    for _ in range(_ROUNDS):
        reduced = np.zeros(n_sites)
        value = 0.0
        for i in range(n):
            price[i] = min(price[i], weight[i] * base[i])
            value += price[i]
            for k in range(indptr[i], indptr[i + 1]):
                spare = weight[i] * cost[k] - price[i]
                if spare >= 0.0:
                    break
                reduced[site[k]] += spare
        order = np.argsort(reduced, kind="mergesort")[:count]
        is_open = np.zeros(n_sites, dtype=np.bool_)
        for j in order:
            value += reduced[j]
            is_open[j] = True
        if value > bound:
            if value > bound + 1e-7 * abs(bound):
                stale = 0
            bound = value
            best_reduced[:] = reduced
        else:
            stale += 1
        if stale >= _PATIENCE:
            pace, stale = pace / 2, 0
        if pace < _SMALLEST_STEP or bound >= upper * (1 - 1e-12):
            break
        slope = np.ones(n)
        length = 0.0
        for i in range(n):
            for k in range(indptr[i], indptr[i + 1]):
                if weight[i] * cost[k] >= price[i]:
                    break
                if is_open[site[k]]:
                    slope[i] -= 1.0
            if slope[i] > 0.0 and price[i] >= weight[i] * base[i]:
                slope[i] = 0.0  # the point serves itself at its base cost
            length += slope[i] * slope[i]
        if length == 0.0:
            break
        step = pace * (1.02 * upper - value) / length
        for i in range(n):
            price[i] = max(0.0, price[i] + step * slope[i])
    return bound, best_reduced

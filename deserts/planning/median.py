"""p-median: the sites that leave people with the fewest minutes in sum.

Small problems go to HiGHS as they are. Past that, a greedy choice improved by interchange gives an answer, a Lagrangian
relaxation gives a bound, and both together fix most sites as certainly in or out; what is left goes to HiGHS.

References
----------
ReVelle, C. S. & Swain, R. W. (1970). Central facilities location. Geographical Analysis 2(1), 30-42.
doi:10.1111/j.1538-4632.1970.tb00142.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from deserts.arrays import Bools, Floats, Ints
from deserts.planning.instance import Instance
from deserts.planning.interchange import greedy_sites, interchange, lagrangian_bound
from deserts.planning.model import Rows, SolverOptions, solve_program

__all__ = ["DIRECT_PAIRS", "Found", "Reduced", "reduce_median", "solve_median"]

DIRECT_PAIRS = 2_000
"""Up to so many pairs the whole problem goes to HiGHS; beyond, fixing sites first is five to ten times faster."""
PROGRAM_PAIRS = 400_000
"""With more pairs than this left after fixing, the answer stays heuristic, with its bound."""
_SCALE = 1e3
"""People are scaled to this sum inside a program, so that tolerances fit whatever the population."""
_UNSERVED_FACTOR = 8.0
_KICK_WORK = 60_000_000
"""Pairs that all kicks of the search may look at, about: some seconds."""


@dataclass(frozen=True, slots=True)
class Found:
    """Chosen sites and what is proven about them.

    Parameters
    ----------
    sites
        Positions of the chosen candidates, ascending.
    bound
        Bound of the objective (from below when it is minimised, from above when maximised).
    how
        How the answer was found, in words.
    """

    sites: Ints
    bound: float
    how: str


@dataclass(frozen=True, slots=True)
class Reduced:
    """The part of a p-median problem that a choice can change: existing sites have become a base cost.

    Parameters
    ----------
    candidates
        Positions of the candidates in the instance.
    point
        Positions of the points that take part.
    weight, base
        People, and cost without any new site (infinite where nobody serves the point).
    indptr, site, cost
        Pairs that beat the base cost, cheapest first; ``site`` counts among the candidates.
    """

    candidates: Ints
    point: Ints
    weight: Floats
    base: Floats
    indptr: Ints
    site: Ints
    cost: Floats

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return self.site.size

    def of(self, *, keep: Bools, opened: Bools) -> Reduced:
        """Return the problem with some candidates opened for good and of the others only those to keep."""
        point = np.repeat(np.arange(self.base.size), np.diff(self.indptr))
        base = self.base.copy()
        np.minimum.at(base, point[opened[self.site]], self.cost[opened[self.site]])
        free = keep & ~opened
        use = free[self.site] & (self.cost < base[point])
        number = np.cumsum(free) - 1
        indptr = np.searchsorted(point[use], np.arange(self.base.size + 1))
        return Reduced(
            self.candidates[free], self.point, self.weight, base, indptr, number[self.site[use]], self.cost[use]
        )

    def total(self, chosen: Ints) -> float:
        """Return the cost of a choice (positions among the candidates)."""
        is_open = np.zeros(self.candidates.size, dtype=bool)
        is_open[chosen] = True
        point = np.repeat(np.arange(self.base.size), np.diff(self.indptr))
        best = self.base.copy()
        np.minimum.at(best, point[is_open[self.site]], self.cost[is_open[self.site]])
        peopled = self.weight > 0
        return float(self.weight[peopled] @ best[peopled])


def reduce_median(instance: Instance, *, power: float = 1.0, within_min: float | None = None) -> Reduced:
    """Turn existing sites into a base cost and drop the pairs that cannot lower anybody's cost.

    Parameters
    ----------
    instance
        The problem.
    power
        Minutes are raised to this power: above 1, those far out weigh more.
    within_min
        Longer pairs are left out.
    """
    pairs = instance.pairs.select(within_min=within_min)
    base_min = np.full(instance.n_points, np.inf if instance.limit_min is None else instance.limit_min)
    np.minimum(base_min, pairs.select(sites=instance.is_fixed).minutes_at(
        pairs.select(sites=instance.is_fixed).nearest(1)[:, 0]), out=base_min)  # fmt: skip
    point = pairs.points()
    use = ~instance.is_fixed[pairs.site] & (pairs.drive_min < base_min[point])
    number = np.cumsum(~instance.is_fixed) - 1
    return Reduced(
        instance.candidates, np.arange(instance.n_points), instance.weight, base_min**power,
        np.searchsorted(point[use], np.arange(instance.n_points + 1)), number[pairs.site[use]],
        pairs.drive_min[use] ** power,
    )  # fmt: skip


def solve_median(
    problem: Reduced, count: int, *, options: SolverOptions, serve_all: bool = False, served_least: float = 0.0
) -> Found:
    """Choose ``count`` candidates with the least cost.

    Parameters
    ----------
    problem
        The reduced problem.
    count
        Number of candidates to choose.
    options
        Of the solver.
    serve_all
        Whether every point must be served, those without people included.
    served_least
        People, among those whose base cost is infinite, who must be served at least.

    Returns
    -------
    Found
        Sites as positions in the instance; ``bound`` is a lower bound of the cost.
    """
    if problem.n_pairs <= DIRECT_PAIRS and options.remaining_s > 0:
        return _exact(problem, count, options=options, serve_all=serve_all, served_least=served_least, start=None)
    has_base = np.isfinite(problem.base)
    reachable = has_base | (np.diff(problem.indptr) > 0)
    # Where no base cost exists, being unserved costs far more than any drive; whether the answer then serves as many
    # people as it must is checked below.
    worst = _UNSERVED_FACTOR * float(problem.cost.max(initial=1.0))
    soft = Reduced(
        problem.candidates, problem.point, np.where(reachable, problem.weight, 0.0),
        np.where(has_base, problem.base, worst), problem.indptr, problem.site, problem.cost,
    )  # fmt: skip
    arrays = (soft.indptr, soft.site, soft.cost, soft.weight, soft.base, soft.candidates.size)
    chosen = _searched(soft, arrays, count)
    upper = soft.total(chosen)
    is_served = _serves(problem, chosen) | has_base
    enough = problem.weight[is_served & ~has_base].sum() >= served_least * (1 - 1e-12)
    if (serve_all and not is_served[reachable].all()) or not enough:
        return _exact(
            problem,
            count,
            options=options,
            serve_all=serve_all,
            served_least=served_least,
            start=None,
            otherwise=chosen,
        )
    bound, reduced_cost = lagrangian_bound(*arrays, count, upper)
    # Every allowed answer leaves the same number of people unserved: what they cost here is no part of the objective.
    unserved = worst * float(soft.weight[~is_served].sum())
    upper, bound = upper - unserved, bound - unserved
    if bound >= upper * (1 - max(options.gap, 1e-9)):
        return Found(problem.candidates[chosen], bound, "interchange, proven by a Lagrangian bound")
    return _finish(problem, soft, count, chosen, (upper, bound, reduced_cost), options, serve_all, served_least)


def _searched(soft: Reduced, arrays: tuple[Any, ...], count: int) -> Ints:
    """Return a good choice: greedy, interchange, then kicks (some sites swapped by chance) with interchange after each.

    The kicks come from a fixed seed and their number from the size of the problem, never from the clock.
    """
    best: Ints = interchange(*arrays, greedy_sites(*arrays, count))
    cost = soft.total(best)
    spare = soft.candidates.size - count
    if spare == 0 or soft.n_pairs == 0:
        return best
    rng = np.random.default_rng(0)
    swaps = min(max(2, count // 4), spare, count)
    for _ in range(int(np.clip(_KICK_WORK // (soft.n_pairs + soft.candidates.size * count), 10, 300))):
        closed = rng.choice(count, swaps, replace=False)
        others = np.setdiff1d(np.arange(soft.candidates.size), best)
        tried = best.copy()
        tried[closed] = rng.choice(others, swaps, replace=False)
        tried = interchange(*arrays, np.sort(tried))
        if (found := soft.total(tried)) < cost:
            best, cost = tried, found
    return best


def _finish(
    problem: Reduced, soft: Reduced, count: int, chosen: Ints, known: tuple[float, float, Floats],
    options: SolverOptions, serve_all: bool, served_least: float,  # noqa: FBT001
) -> Found:  # fmt: skip
    """Fix the sites that the bound decides and solve the rest exactly, if it has become small enough."""
    upper, bound, reduced_cost = known
    opened, keep = _decided(reduced_cost, bound, upper, count)
    rest = problem.of(keep=keep, opened=opened)
    left = count - int(opened.sum())
    now_served = ~np.isfinite(problem.base) & np.isfinite(rest.base)
    still_least = max(served_least - float(problem.weight[now_served].sum()), 0.0)
    heuristic = Found(soft.candidates[chosen], bound, "interchange with restarts, and a Lagrangian bound")
    if rest.n_pairs > PROGRAM_PAIRS:
        return heuristic
    kept = np.flatnonzero(keep & ~opened)
    if left == 0:
        # every site is decided: no other choice can cost less than the known one
        return Found(heuristic.sites, upper, "interchange, every site decided by a Lagrangian bound")
    start = np.isin(kept, chosen)
    answer = _exact(rest, left, options=options, serve_all=serve_all, served_least=still_least, start=start)
    sites = np.sort(np.concatenate([answer.sites, problem.candidates[opened]]))
    picked = np.flatnonzero(np.isin(soft.candidates, sites))
    unserved = ~np.isfinite(problem.base) & ~_serves(problem, picked)
    better = soft.total(picked) - float((soft.weight * soft.base)[unserved].sum())
    # a choice outside the kept sites costs at least the known answer
    proven = max(bound, min(answer.bound, upper))
    how = f"{answer.how} after fixing {soft.candidates.size - kept.size} of {soft.candidates.size} sites by a bound"
    return Found(sites, proven, how) if better <= upper else Found(heuristic.sites, proven, heuristic.how)


def _serves(problem: Reduced, chosen: Ints) -> Bools:
    is_open = np.zeros(problem.candidates.size, dtype=bool)
    is_open[chosen] = True
    point = np.repeat(np.arange(problem.base.size), np.diff(problem.indptr))
    return np.asarray(np.bincount(point, weights=is_open[problem.site], minlength=problem.base.size) > 0)


def _decided(reduced: Floats, bound: float, upper: float, count: int) -> tuple[Bools, Bools]:
    """Return which sites every better answer holds, and which it may hold."""
    order = np.argsort(reduced, kind="stable")
    last_in = reduced[order[count - 1]]
    first_out = reduced[order[count]] if count < reduced.size else np.inf
    slack = upper - bound + 1e-9 * abs(upper)
    is_in = np.zeros(reduced.size, dtype=bool)
    is_in[order[:count]] = True
    opened = is_in & (first_out - reduced > slack)
    keep = is_in | (reduced - last_in <= slack)
    return opened, keep


def _exact(
    problem: Reduced, count: int, *, options: SolverOptions, serve_all: bool, served_least: float,
    start: Bools | None, otherwise: Ints | None = None,
) -> Found:  # fmt: skip
    """Solve the problem as a mixed-integer program: assignment continuous, opening binary.

    ``start`` is a known answer or None; ``otherwise`` is what is chosen when the time does not suffice for any.
    """
    has_base = np.isfinite(problem.base)
    takes_part = (np.diff(problem.indptr) > 0) & (serve_all | (problem.weight > 0))
    rows_of = np.cumsum(takes_part) - 1
    point = np.repeat(np.arange(problem.base.size), np.diff(problem.indptr))
    use = takes_part[point]
    pair_row, pair_site, pair_cost = rows_of[point[use]], problem.site[use], problem.cost[use]
    n, m, p = int(takes_part.sum()), problem.candidates.size, int(use.sum())
    weight, base = problem.weight[takes_part], problem.base[takes_part]
    scale = _SCALE / max(float(problem.weight.sum()), 1e-12)
    # columns: a share of each point for each pair, a share left to the base or unserved, then the sites
    spare_cost = np.where(np.isfinite(base), base, 0.0)
    spare_upper = np.where(np.isfinite(base) | (not serve_all), 1.0, 0.0)
    cost = scale * np.concatenate([weight[pair_row] * pair_cost, weight * spare_cost, np.zeros(m)])
    upper = np.concatenate([np.ones(p), spare_upper, np.ones(m)])
    is_integer = np.concatenate([np.zeros(p + n, dtype=bool), np.ones(m, dtype=bool)])
    pairs, points, sites = np.arange(p), np.arange(n), p + n + np.arange(m)
    rows = Rows()
    rows.add(n, [(pair_row, pairs, 1.0), (points, p + points, 1.0)], lower=1.0, upper=1.0)
    rows.add(p, [(pairs, pairs, 1.0), (pairs, sites[pair_site], -1.0)], lower=-np.inf, upper=0.0)
    rows.add(1, [(np.zeros(m, dtype=int), sites, 1.0)], lower=count, upper=count)
    lost = np.flatnonzero(~np.isfinite(base) & (weight > 0))
    if lost.size and not serve_all:
        allowed = scale * max(weight[lost].sum() - served_least, 0.0)
        rows.add(1, [(np.zeros(lost.size, dtype=int), p + lost, scale * weight[lost])], lower=-np.inf,
                 upper=allowed + 1e-9)  # fmt: skip
    known = None if start is None else _start(start, pair_row, pair_site, n)
    answer = solve_program(cost, rows, upper=upper, is_integer=is_integer, options=options, start=known)
    outside = (problem.weight > 0) & ~takes_part & has_base
    constant = float(problem.weight[outside] @ problem.base[outside])
    if not answer.is_feasible:
        known_sites = np.flatnonzero(start)[:count] if start is not None else otherwise
        fallback = np.arange(count) if known_sites is None else known_sites
        return Found(problem.candidates[fallback], answer.bound / scale + constant, "interchange; the time was up")
    picked = np.flatnonzero(answer.values[sites] > 0.5)
    return Found(problem.candidates[picked], answer.bound / scale + constant, answer.how)


def _start(is_open: Bools, pair_row: Ints, pair_site: Ints, n: int) -> Floats:
    """Return the columns of a known answer: each point goes to its nearest open site."""
    opened = np.flatnonzero(is_open[pair_site])
    _, first = np.unique(pair_row[opened], return_index=True)
    share = np.zeros(pair_row.size)
    share[opened[first]] = 1.0
    spare = np.ones(n)
    spare[pair_row[opened]] = 0.0
    return np.concatenate([share, spare, is_open.astype(np.float64)])

"""Choose sites by any of the methods and say what is proven about the choice."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError, UnknownNameError
from deserts.planning.capacity import solve_capacitated
from deserts.planning.cover import Coverage, coverage, least_sites, most_people
from deserts.planning.equity import weighted_by_today
from deserts.planning.instance import Instance
from deserts.planning.median import Found, reduce_median, solve_median
from deserts.planning.model import SolverOptions
from deserts.planning.ties import settle_ties

__all__ = ["METHODS", "Plan", "Task", "covered_twice", "describe_people", "site_table", "solve"]

METHODS = ("pmedian", "mclp", "lscp", "pcenter", "backup")
_REFINED_PAIRS = 100_000
"""Between equally good covers the one with fewer minutes is sought up to so many pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is asked for.

    Parameters
    ----------
    method
        One of `METHODS`.
    count
        Sites to add, existing ones not counted; None where the method finds the number itself.
    threshold_min
        Minutes within which a person is covered, this one included.
    power
        Above 1 those far out weigh more: see `deserts.planning.equity`.
    partial
        Whether points that no candidate can serve are left aside instead of refused.
    options
        Of the solver.
    """

    method: str
    count: int | None = None
    threshold_min: float | None = None
    power: float = 1.0
    partial: bool = False
    options: SolverOptions = field(default_factory=SolverOptions)


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice of sites and what follows from it.

    Parameters
    ----------
    method
        How it was chosen.
    is_chosen
        Whether each site is part of the plan, existing ones included.
    nearest_min
        Minutes of each point to its nearest site of the plan; infinite without one.
    objective, bound, gap
        Value of the method's objective for this plan, a proven bound of the best possible, and the relative
        distance of the two (0: proven best).
    how
        How the answer was found, in words.
    notes
        What the reader must know: people out of reach, rows left out.
    out_of_reach
        Points that no site, existing or candidate, can serve as the method asks.
    """

    method: str
    is_chosen: Bools
    nearest_min: Floats
    objective: float
    bound: float
    gap: float
    how: str
    notes: tuple[str, ...]
    out_of_reach: Bools


def solve(instance: Instance, task: Task) -> Plan:
    """Choose sites.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    InputError
        If an option is missing or has no meaning for the method, more sites are asked for than there are candidates,
        or people cannot be served by any candidate: the message names them.
    """
    _check(instance, task)
    runner = {"pmedian": _pmedian, "mclp": _mclp, "lscp": _lscp, "pcenter": _pcenter, "backup": _backup}[task.method]
    return runner(instance, dataclasses.replace(task, options=task.options.started()))


def _check(instance: Instance, task: Task) -> None:
    method, serves_all = (
        task.method,
        task.method in ("lscp", "pcenter") or (task.method, task.count) == ("backup", None),
    )
    if method not in METHODS:
        raise UnknownNameError(f"there is no method {method!r}", expected="one of " + ", ".join(METHODS))
    if method in ("pmedian", "pcenter", "mclp"):
        if task.count is None:
            raise InputError(f"{method} needs a number of sites", where="-n", expected="for example -n 3")
        instance.check_count(task.count)
    if method in ("mclp", "lscp", "backup") and task.threshold_min is None:
        raise InputError(f"{method} needs a threshold", where="--threshold", expected="minutes, e.g. 60")
    if instance.capacity is not None and method != "pmedian":
        raise InputError(
            f"{method} knows no capacities",
            where="--capacity-column",
            expected="pmedian, which shares people out over sites with room",
            fix="choose --method pmedian, or leave the capacities out",
        )
    if task.power != 1 and serves_all:
        raise InputError(
            f"{method} serves everyone, however much they weigh: weighing the far-off more changes nothing",
            where="--equity",
            expected="pmedian, mclp, or backup with -n",
            fix="leave --equity out (pcenter looks at the farthest person alone already)",
        )


def describe_people(instance: Instance, lost: Bools, *, shown: int = 8) -> str:
    """Return "3 points with 4,210 people (a, b, c)"."""
    names = [str(name) for name in instance.demand_ids[lost][:shown]]
    more = f", and {int(lost.sum()) - shown} more" if lost.sum() > shown else ""
    return f"{int(lost.sum())} points with {instance.weight[lost].sum():,.0f} people ({', '.join(names)}{more})"


def _refuse(instance: Instance, lost: Bools, within: str) -> None:
    raise InputError(
        f"no candidate can reach {describe_people(instance, lost)} {within}",
        expected="a candidate or an existing site for everyone",
        fix="raise the threshold, add candidates, or leave them aside with --partial (they stay in the counts; --json "
        "lists all of them as out_of_reach)",
    )


def _finish(
    instance: Instance, task: Task, found: Found, *, objective: float | None = None, maximise: bool = False,
    notes: tuple[str, ...] = (), lost: Bools,
) -> Plan:  # fmt: skip
    is_chosen = _with_sites(instance, found.sites)
    nearest = instance.nearest_min(is_chosen)
    value = _person_cost(instance, nearest, task.power) if objective is None else objective
    # a bound can only be wrong by rounding: it never beats the value by more
    bound = max(found.bound, value) if maximise else min(found.bound, value)
    gap = abs(value - bound) / max(abs(value), 1e-12) if np.isfinite(bound) and value != bound else 0.0
    gap = np.inf if not np.isfinite(bound) else gap if gap > 1e-7 else 0.0
    return Plan(task.method, is_chosen, nearest, value, bound, float(gap), found.how, (*instance.notes, *notes), lost)


def _with_sites(instance: Instance, sites: Ints) -> Bools:
    """Return which sites are open when these are added to the existing ones."""
    is_open = instance.is_fixed.copy()
    is_open[sites] = True
    return is_open


def _person_cost(instance: Instance, nearest: Floats, power: float) -> float:
    """Return the sum over people of minutes to the power; unserved people count at the limit, if there is one."""
    capped = nearest if instance.limit_min is None else np.minimum(nearest, instance.limit_min)
    counts = np.isfinite(capped) & (instance.weight > 0)
    return float(instance.weight[counts] @ capped[counts] ** power)


def _pmedian(instance: Instance, task: Task) -> Plan:
    assert task.count is not None
    if instance.capacity is not None:
        return _finish_capacitated(instance, task)
    problem = reduce_median(instance, power=task.power)
    lost = ~np.isfinite(problem.base) & (np.diff(problem.indptr) == 0)
    notes: tuple[str, ...] = ()
    if lost.any():
        notes = (f"no site can be driven to by {describe_people(instance, lost)}; they are in no sum of minutes",)
    needs_serving = ~np.isfinite(problem.base) & ~lost & (instance.weight > 0)
    served_least = 0.0
    if needs_serving.any():
        served_least = _most_served(instance, task)
        all_people = float(instance.weight[needs_serving].sum())
        if served_least < all_people * (1 - 1e-9):
            notes += (f"with {task.count} sites, {all_people - served_least:,.0f} more people are left without any",)
        else:
            served_least = all_people
    found = solve_median(problem, task.count, options=task.options, served_least=served_least)
    return _finish(instance, task, found, notes=notes, lost=np.asarray(lost))


def _most_served(instance: Instance, task: Task) -> float:
    """Return how many people, beyond those with an existing site, any ``count`` sites can serve at all."""
    assert task.count is not None
    found = coverage(instance, np.inf)
    best = most_people(found, instance.candidates, task.count, options=task.options)
    before, after = (instance.nearest_min(is_open) for is_open in (
        instance.is_fixed, _with_sites(instance, best.sites)))  # fmt: skip
    return float(instance.weight[~np.isfinite(before) & np.isfinite(after)].sum())


def _finish_capacitated(instance: Instance, task: Task) -> Plan:
    assert task.count is not None
    found, cost = solve_capacitated(instance, task.count, power=task.power, options=task.options)
    return _finish(
        instance, task, found, objective=cost, lost=np.diff(instance.pairs.indptr) == 0,
        notes=("capacities hold: people go to the nearest site with room, a point's people may be split",),
    )  # fmt: skip


def _mclp(instance: Instance, task: Task) -> Plan:
    assert task.threshold_min is not None
    judged = weighted_by_today(instance, task.power)
    found = coverage(judged, task.threshold_min)
    best = _most(judged, found, task)
    best = dataclasses.replace(best, sites=settle_ties(judged, best.sites, task.threshold_min))
    within = instance.nearest_min(_with_sites(instance, best.sites)) <= task.threshold_min
    notes = _out_of_reach_note(instance, found.out_of_reach, f"within {task.threshold_min:g} minutes")
    return _finish(instance, task, best, objective=float(judged.weight[within].sum()), maximise=True, notes=notes,
                   lost=found.out_of_reach)  # fmt: skip


def _most(judged: Instance, found: Coverage, task: Task) -> Found:
    """Return the sites that cover most, with a bound that holds those whom existing sites cover."""
    assert task.count is not None
    best = most_people(found, judged.candidates, task.count, options=task.options)
    return dataclasses.replace(best, bound=best.bound + float(judged.weight[found.covered].sum()))


def _out_of_reach_note(instance: Instance, lost: Bools, within: str) -> tuple[str, ...]:
    return (f"no candidate can reach {describe_people(instance, lost)} {within}",) if lost.any() else ()


def _lscp(instance: Instance, task: Task) -> Plan:
    return _cover_all(instance, task, times=1)


def _cover_all(instance: Instance, task: Task, *, times: int) -> Plan:
    assert task.threshold_min is not None
    found = coverage(instance, task.threshold_min, times=times)
    twice = " by two practices" if times > 1 else ""
    within = f"within {task.threshold_min:g} minutes{twice}"
    if found.out_of_reach.any() and not task.partial:
        _refuse(instance, found.out_of_reach, within)
    best = least_sites(found, instance.candidates, options=task.options)
    if times == 1 and best.sites.size:
        best = _with_fewer_minutes(instance, best, task, task.threshold_min)
    notes = _out_of_reach_note(instance, found.out_of_reach, within)
    if task.count is not None and task.count != best.sites.size:
        notes += (f"{task.method} finds the number of sites itself; the {task.count} asked for were not used",)
    return _finish(instance, task, best, objective=float(best.sites.size), notes=notes, lost=found.out_of_reach)


def _with_fewer_minutes(instance: Instance, best: Found, task: Task, radius_min: float) -> Found:
    """Among covers of the same size, take the one with the fewest people-weighted minutes."""
    problem = reduce_median(instance, within_min=radius_min)
    if problem.n_pairs > _REFINED_PAIRS:
        return best
    again = solve_median(problem, best.sites.size, options=task.options, serve_all=True)
    now, before = (instance.nearest_min(_with_sites(instance, found.sites)) for found in (again, best))
    return Found(again.sites, best.bound, best.how) if ((now <= radius_min) | (before > radius_min)).all() else best


def _backup(instance: Instance, task: Task) -> Plan:
    """Cover everyone by two independent practices with the fewest additions, or with ``count`` the most people."""
    if task.count is None:
        return _cover_all(instance, task, times=2)
    assert task.threshold_min is not None
    instance.check_count(task.count)
    judged = weighted_by_today(instance, task.power)
    found = coverage(judged, task.threshold_min, times=2)
    best = _most(judged, found, task)
    twice = covered_twice(instance, _with_sites(instance, best.sites), task.threshold_min)
    notes = _out_of_reach_note(instance, found.out_of_reach, f"within {task.threshold_min:g} minutes by two practices")
    return _finish(instance, task, best, objective=float(judged.weight[twice].sum()), maximise=True, notes=notes,
                   lost=found.out_of_reach)  # fmt: skip


def covered_twice(instance: Instance, is_open: Bools, threshold_min: float) -> Bools:
    """Return the points with two practices within the threshold."""
    pairs = instance.pairs.select(sites=is_open, within_min=threshold_min)
    key = np.unique(np.stack([pairs.points().astype(np.int64), instance.practice[pairs.site]]), axis=1)
    return np.asarray(np.bincount(key[0], minlength=instance.n_points) >= 2)


def _pcenter(instance: Instance, task: Task) -> Plan:
    """Minimise the longest drive: the smallest radius that ``count`` sites can cover, found by halving."""
    assert task.count is not None
    reach = instance.nearest_min(np.ones(instance.n_sites, dtype=bool))
    lost = ~np.isfinite(reach)
    if lost.any() and not task.partial:
        _refuse(instance, lost, "at all")
    radii = np.unique(instance.pairs.drive_min)
    # nobody can do better than his own nearest site, so shorter radii need no trial
    low = int(np.searchsorted(radii, reach[~lost].max(initial=0.0)))
    high, best, proven = radii.size - 1, None, low
    while low <= high:
        middle = (low + high) // 2 if best is not None or low == high else high
        found = least_sites(coverage(instance, float(radii[middle])), instance.candidates, options=task.options)
        if found.sites.size <= task.count:
            best, high = (found, float(radii[middle])), middle - 1
        else:
            proven = middle + 1 if found.bound > task.count else proven
            low = middle + 1
    if best is None:
        raise _too_few(instance, task)
    sites = _filled(instance, best[0].sites, task.count)
    best_found = _with_fewer_minutes(instance, Found(sites, 0.0, best[0].how), task, best[1])
    bound = float(radii[min(proven, radii.size - 1)])
    notes = _out_of_reach_note(instance, lost, "at all")
    nearest = instance.nearest_min(_with_sites(instance, best_found.sites))
    longest = float(nearest[np.isfinite(nearest)].max(initial=0.0))
    how = best_found.how if proven >= high + 1 else f"{best_found.how}; not every shorter radius was ruled out"
    return _finish(instance, task, Found(best_found.sites, bound, how), objective=longest, notes=notes, lost=lost)


def _too_few(instance: Instance, task: Task) -> InputError:
    found = least_sites(coverage(instance, np.inf), instance.candidates, options=task.options)
    if task.count is not None and found.bound <= task.count:
        return InputError(
            f"no {task.count} sites that reach everyone were found in the time",
            where="--solver-seconds",
            fix="allow more time or more sites",
        )
    return InputError(
        f"{task.count} sites cannot reach everyone, however long the drive: it takes at least {found.bound:.0f}",
        where="-n",
        fix="allow more sites, or give minutes for more pairs",
    )


def _filled(instance: Instance, sites: Ints, count: int) -> Ints:
    """Add candidates, by position, until ``count`` are chosen."""
    spare = np.setdiff1d(instance.candidates, sites)
    return np.sort(np.concatenate([sites, spare[: count - sites.size]]))


def site_table(instance: Instance, plan: Plan) -> pd.DataFrame:
    """Return one row a site: whether it is chosen and whom it would serve as the nearest."""
    pairs = instance.pairs.select(sites=plan.is_chosen)
    first = pairs.nearest(1)[:, 0]
    served = first >= 0
    site = pairs.site[first[served]]
    people, minutes = instance.weight[served], plan.nearest_min[served]

    def total(values: Floats) -> Floats:
        return np.bincount(site, weights=values, minlength=instance.n_sites).astype(np.float64)

    population, person_min = total(people), total(people * minutes)
    longest = np.full(instance.n_sites, np.nan)
    np.fmax.at(longest, site, minutes)
    return pd.DataFrame(
        {
            "site_id": instance.site_ids.to_numpy(),
            "chosen": plan.is_chosen.astype(np.int64),
            "fixed": instance.is_fixed.astype(np.int64),
            "points": total(np.ones(people.size)).astype(np.int64),
            "population": population,
            "mean_min": np.divide(person_min, population, out=np.full(population.size, np.nan), where=population > 0),
            "max_min": longest,
        }
    )

"""Four ways to help: train clinicians who are there, send a van, join hubs and spokes, give everyone a backup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError
from deserts.planning.instance import CANDIDATE, Instance
from deserts.planning.region import RegionCase, chosen_candidates
from deserts.planning.solve import Plan, Task, solve
from deserts.planning.tour import shortest_round
from deserts.roads import Snaps, pair_times, snap

__all__ = ["HubPlan", "Schedule", "VanPlan", "place_table", "plan_hubs", "plan_places", "plan_van"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the van drives.

    Parameters
    ----------
    interval_days
        Days within which every stop must be visited again (the refill interval).
    day_hours
        Working hours of a day, driving included.
    stop_hours
        Hours at a stop.
    days_a_week
        Days on which the van drives.
    """

    interval_days: float
    day_hours: float
    stop_hours: float
    days_a_week: float = 5.0

    @property
    def days_available(self) -> int:
        """Working days within the interval."""
        return int(self.interval_days * self.days_a_week / 7)


@dataclass(frozen=True, slots=True)
class VanPlan:
    """Stops in driving order and what a cycle takes.

    Parameters
    ----------
    stops
        One row a stop, in driving order.
    plan
        The choice behind it.
    summary
        Hours, days, people, as plain values.
    """

    stops: pd.DataFrame
    plan: Plan
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HubPlan:
    """Hubs, spokes, and for each point the two distances.

    Parameters
    ----------
    places
        One row a hub or spoke: ``candidate_id, role`` and people.
    points
        One row a point: ``point_id, county_fips, population, near_id, near_min`` (nearest hub or spoke, for refills)
        and ``hub_id, hub_min`` (nearest hub, for what a spoke cannot do).
    summary
        Plain values.
    """

    places: pd.DataFrame
    points: pd.DataFrame
    summary: dict[str, Any]


def plan_places(case: RegionCase, candidates: pd.DataFrame, task: Task) -> tuple[Instance, Plan, pd.DataFrame]:
    """Choose among candidates beside the existing sites; return the problem, the plan and one row a chosen place."""
    instance = case.instance(candidates)
    plan = solve(instance, task)
    return instance, plan, place_table(case, instance, plan, candidates, threshold_min=task.threshold_min)


def place_table(
    case: RegionCase, instance: Instance, plan: Plan, candidates: pd.DataFrame, *, threshold_min: float | None
) -> pd.DataFrame:
    """Return one row a chosen candidate, most people first.

    Returns
    -------
    Columns of the candidates, then ``people_nearer`` (for whom it becomes the nearest), ``minutes_saved`` (sum over
    them, one way; who had nothing within the limit counts at the limit), ``mean_saved_min`` (of one of them),
    ``people_newly_within`` (the threshold; null without one).
    """
    before = instance.nearest_min(instance.is_fixed)
    pairs = instance.pairs.select(sites=plan.is_chosen)
    first = pairs.nearest(1)[:, 0]
    served = first >= 0
    site = np.append(pairs.site, -1)[first]
    saved = np.minimum(before, case.time_limit_min) - np.minimum(plan.nearest_min, case.time_limit_min)
    names = chosen_candidates(instance, plan.is_chosen)
    places = np.flatnonzero(plan.is_chosen & ~instance.is_fixed)
    rows = candidates.set_index("candidate_id").loc[names].reset_index()

    def total(values: Floats) -> Floats:
        found = np.bincount(site[served], weights=(instance.weight * values)[served], minlength=instance.n_sites)
        return found[places].astype(np.float64)

    gains = saved > 0
    rows["people_nearer"] = total(gains.astype(np.float64))
    rows["minutes_saved"] = total(np.where(gains, saved, 0.0))
    rows["mean_saved_min"] = rows["minutes_saved"] / rows["people_nearer"].where(rows["people_nearer"] > 0)
    newly = None if threshold_min is None else (before > threshold_min) & (plan.nearest_min <= threshold_min)
    rows["people_newly_within"] = np.nan if newly is None else total(newly.astype(np.float64))
    return rows.sort_values(["minutes_saved", "candidate_id"], ascending=[False, True], ignore_index=True)


def plan_van(
    case: RegionCase, candidates: pd.DataFrame, task: Task, schedule: Schedule, *, base: tuple[float, float]
) -> VanPlan:
    """Choose stops and put them in driving order.

    Parameters
    ----------
    case, candidates, task
        The region, places where a van could stop, and how to choose among them.
    schedule
        Hours and interval.
    base
        Longitude and latitude where the van starts and ends.

    Raises
    ------
    InputError
        If the cycle takes more working days than the refill interval has, or a stop cannot be driven to.
    """
    reached = candidates[_round_trip(case, base, candidates)].reset_index(drop=True)
    if reached.empty:
        raise InputError(
            f"no place can be driven to from {base[0]:g},{base[1]:g} and back",
            where="--base",
            fix="check the order (longitude first), or start elsewhere",
        )
    _, plan, stops = plan_places(case, reached, task)
    helps = stops["people_nearer"] > 0
    stops = stops[helps].sort_values("candidate_id", ignore_index=True)
    minutes = _between(case, [base, *zip(stops["lon"], stops["lat"], strict=True)])
    order, total_min = shortest_round(minutes)
    ordered = stops.iloc[[place - 1 for place in order]].reset_index(drop=True)
    legs = [float(minutes[a, b]) for a, b in zip([0, *order], [*order, 0], strict=True)]
    ordered.insert(0, "stop", np.arange(1, len(ordered) + 1))
    ordered["drive_from_last_min"] = legs[:-1]
    stop_days, days = _days(legs, schedule) if len(ordered) else ([], 0)
    ordered["day"] = stop_days
    if days > schedule.days_available:
        raise InputError(
            f"the round takes {days} working days, the refill interval of {schedule.interval_days:g} days has "
            f"{schedule.days_available}",
            fix="choose fewer stops, or a shorter stay",
        )
    summary = {
        "stops": len(ordered),
        "drive_hours_a_cycle": total_min / 60,
        "drive_home_min": legs[-1],
        "hours_a_cycle": total_min / 60 + schedule.stop_hours * len(ordered),
        "days_a_cycle": days,
        "days_available": schedule.days_available,
        "stops_that_would_help_nobody": int((~helps).sum()),
        "places_the_van_cannot_reach": len(candidates) - len(reached),
        "interval_days": schedule.interval_days,
        "cycles_a_year": 365.25 / schedule.interval_days,
        "people_nearer": float(ordered["people_nearer"].sum()),
        "people_newly_within": float(ordered["people_newly_within"].sum()),
        "threshold_min": task.threshold_min,
        "gap": plan.gap,
        "how": plan.how,
    }
    return VanPlan(ordered, plan, summary)


def _minutes(case: RegionCase, places: list[tuple[float, float]], start: Ints, end: Ints) -> Floats:
    """Return driving minutes of pairs of places, given by position; infinite where there is no way."""
    lon, lat = (np.array([place[axis] for place in places], dtype=np.float64) for axis in (0, 1))
    snaps = snap(case.network, lon, lat, max_snap_km=case.max_snap_km).to_frame()
    origins, destinations = (Snaps.from_frame(snaps.iloc[rows].reset_index(drop=True)) for rows in (start, end))
    minutes, _, _ = pair_times(case.network, origins, destinations)
    return np.where(np.isfinite(minutes), minutes, np.inf)


def _round_trip(case: RegionCase, base: tuple[float, float], candidates: pd.DataFrame) -> Bools:
    """Return which candidates can be driven to from the base and back."""
    places = [base, *zip(candidates["lon"], candidates["lat"], strict=True)]
    there, zero = np.arange(1, len(places)), np.zeros(len(places) - 1, dtype=np.int64)
    return np.asarray(np.isfinite(_minutes(case, places, zero, there) + _minutes(case, places, there, zero)))


def _between(case: RegionCase, places: list[tuple[float, float]]) -> Floats:
    """Return driving minutes from every place to every other, shape (places, places)."""
    n = len(places)
    start, end = (axis.ravel() for axis in np.indices((n, n)))
    found = _minutes(case, places, start, end).reshape(n, n)
    np.fill_diagonal(found, 0.0)
    return found


def _days(legs: list[float], schedule: Schedule) -> tuple[list[int], int]:
    """Return the working day of each stop, and the day on which the van is home again.

    A day ends when the next drive and stay no longer fit into it; a drive longer than a day spreads over several.
    """
    day, hours, found = 1, 0.0, []
    for place, leg in enumerate(legs):
        stay = schedule.stop_hours if place < len(legs) - 1 else 0.0
        needed = leg / 60 + stay
        if hours and hours + needed > schedule.day_hours:
            day, hours = day + 1, 0.0
        whole_days = int(np.ceil(round(needed / schedule.day_hours, 9))) - 1 if needed > schedule.day_hours else 0
        day += whole_days
        hours += needed - whole_days * schedule.day_hours
        found.append(day)
    return found[:-1], found[-1]


def plan_hubs(
    case: RegionCase, centres: pd.DataFrame, partners: pd.DataFrame, *, hubs: int, spokes: int, task: Task
) -> HubPlan:
    """Choose hubs among major centres, then spokes among local partners beside them.

    Hubs are the p-median of all people; spokes are chosen by ``task`` with the hubs given. Existing sites are left
    out: this designs a network of its own.

    Parameters
    ----------
    case
        The region.
    centres, partners
        Candidates for hubs and for spokes (``candidate_id, lon, lat``).
    hubs, spokes
        How many of each.
    task
        How spokes are chosen; its count is not used.
    """
    first = case.instance(centres, keep_existing=False)
    hub_plan = solve(first, Task(method="pmedian", count=hubs, power=task.power, options=task.options))
    hub_ids = chosen_candidates(first, hub_plan.is_chosen)
    chosen = centres[centres["candidate_id"].isin(hub_ids)]
    others = partners[~partners["candidate_id"].isin(hub_ids)]
    both = pd.concat([chosen, others], ignore_index=True)
    second = case.instance(both, keep_existing=False, fixed=hub_ids)
    wanted = Task(
        method=task.method, count=spokes, threshold_min=task.threshold_min, power=task.power, options=task.options
    )
    plan = solve(second, wanted)
    points = _two_distances(case, second, plan)
    names = [*hub_ids, *chosen_candidates(second, plan.is_chosen)]
    places = both.set_index("candidate_id").loc[names].reset_index()
    places.insert(1, "role", ["hub"] * len(hub_ids) + ["spoke"] * (len(names) - len(hub_ids)))
    people = points.groupby("near_id")["population"].sum()
    places["people_nearest"] = places["candidate_id"].map(people).fillna(0.0)
    weight = points["population"].to_numpy()
    limit = case.time_limit_min
    summary = {
        "hubs": hub_ids,
        "spokes": names[len(hub_ids) :],
        "population": float(weight.sum()),
        "mean_near_min": float(weight @ points["near_min"].fillna(limit) / weight.sum()),
        "mean_hub_min": float(weight @ points["hub_min"].fillna(limit) / weight.sum()),
        "median_near_min": _median(points["near_min"], weight),
        "median_hub_min": _median(points["hub_min"], weight),
        "gap": plan.gap,
        "how": plan.how,
        "people_without_hub": float(weight[points["hub_min"].isna()].sum()),
    }
    return HubPlan(places, points, summary)


def _median(minutes: pd.Series, weight: Floats) -> float | None:
    """Return the minutes of the middle person; None when he has no site within the limit."""
    zero = np.zeros(weight.size, dtype=np.int64)
    found = float(weighted_quantile(minutes.fillna(np.inf).to_numpy(dtype=np.float64), weight, zero, 1, 0.5)[0])
    return found if np.isfinite(found) else None


def _two_distances(case: RegionCase, instance: Instance, plan: Plan) -> pd.DataFrame:
    demand = case.prepared.demand.set_index("point_id").loc[instance.demand_ids]
    columns: dict[str, Any] = {
        "point_id": instance.demand_ids.to_numpy(),
        "county_fips": demand["county_fips"].to_numpy(),
        "population": instance.weight,
    }
    for name, members in (("near", plan.is_chosen), ("hub", instance.is_fixed)):
        pairs = instance.pairs.select(sites=members)
        first = pairs.nearest(1)[:, 0]
        minutes = pairs.minutes_at(first)
        place = np.append(pairs.site, -1)[first]
        labels = [str(label).removeprefix(CANDIDATE) for label in instance.site_ids] + [""]
        columns[f"{name}_id"] = np.array(labels, dtype=object)[place]
        columns[f"{name}_min"] = np.where(np.isfinite(minutes), minutes, np.nan)
    return pd.DataFrame(columns)

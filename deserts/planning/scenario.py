"""What if: clinicians or practices close, places open; before and after for every county, winners and losers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deserts.access import PairTable
from deserts.access.areas import weighted_mean, weighted_quantile
from deserts.access.closures import Closure, compare
from deserts.access.extinction import find_practices
from deserts.arrays import Bools, Floats
from deserts.errors import InputError, UnknownNameError
from deserts.planning.region import RegionCase

__all__ = ["WhatIf", "closed_sites", "county_changes", "what_if"]

_THRESHOLDS_MIN = (30, 60, 120)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A scenario and what follows.

    Parameters
    ----------
    closed
        Names of the sites that close.
    added
        New places, longitude and latitude.
    shut_roads
        How many stretches of road are shut.
    counties
        One row a county: before and after.
    totals
        The same for the region, as plain values.
    change
        Minutes of each point before and after.
    """

    closed: tuple[str, ...]
    added: tuple[tuple[float, float], ...]
    shut_roads: int
    counties: pd.DataFrame
    totals: dict[str, Any]
    change: Closure


def closed_sites(sites: pd.DataFrame, *, npis: Sequence[str] = (), practices: Sequence[str] = ()) -> Bools:
    """Return which sites close: all of a clinician, or all of a practice.

    Raises
    ------
    UnknownNameError
        If a clinician has no site in the run, or a practice does not exist or is not named clearly.
    """
    if missing := sorted(set(npis) - set(sites["npi"])):
        raise UnknownNameError(
            f"{', '.join(missing)} supplies at no site of this run",
            where="--close",
            expected="the NPI of a clinician at the run's grade or better",
            fix="check the number, or choose another --grade",
        )
    names = {practice for text in practices for practice in find_practices(sites, text)}
    return (sites["npi"].isin(npis) | sites["practice_id"].isin(names)).to_numpy(dtype=bool)


def what_if(
    case: RegionCase,
    *,
    close_npis: Sequence[str] = (),
    close_practices: Sequence[str] = (),
    add: Sequence[tuple[float, float]] = (),
    shut: Bools | None = None,
) -> WhatIf:
    """Compare the region as it is with the region after closures and openings.

    Parameters
    ----------
    case
        The region.
    close_npis, close_practices
        Who stops.
    add
        New places, longitude and latitude in degrees.
    shut
        Which edges of the network nobody drives any more.

    Raises
    ------
    InputError
        If nothing changes, or a new place lies on no road.
    """
    roads = 0 if shut is None else int(shut.sum())
    if not (close_npis or close_practices or add or roads):
        expected = "--close, --close-practice, --add, or --close-roads, --flood or --snow that meet a road"
        raise InputError("nothing changes", expected=expected, fix="name a change")
    prepared = case.prepared
    closed = closed_sites(prepared.sites, npis=close_npis, practices=close_practices)
    before, after = _with_additions(case, closed, add, shut if roads else None)
    change = compare(before, after)
    counties = county_changes(case, change)
    totals = _totals(prepared.own_population, change, case.time_limit_min)
    return WhatIf(tuple(prepared.site_ids[closed]), tuple(add), roads, counties, totals, change)


def _with_additions(
    case: RegionCase, closed: Bools, add: Sequence[tuple[float, float]], shut: Bools | None
) -> tuple[PairTable, PairTable]:
    """Return the pairs before and after, over the same sites: existing ones first, then the new places."""
    there = case.prepared.pairs
    lon, lat = (np.array([place[axis] for place in add], dtype=np.float64) for axis in (0, 1))
    point, site, minutes = there.points().astype(np.int64), there.site.astype(np.int64), there.drive_min
    sizes = {"n_points": there.n_points, "n_sites": there.n_sites + len(add)}
    before = PairTable.from_arrays(point, site, minutes, **sizes)
    if shut is not None:
        case = case.with_shut_roads(shut)
        there = case.drives()
        point, site, minutes = there.points().astype(np.int64), there.site.astype(np.int64), there.drive_min
    if not add:
        return before, PairTable.from_arrays(point, site, minutes, **sizes).select(sites=~closed)
    new, places = case.drives_to(lon, lat)
    lost = np.flatnonzero(places.to_frame()["status"].to_numpy() != "ok")
    if lost.size:
        raise InputError(
            f"the place {add[lost[0]][0]:g},{add[lost[0]][1]:g} is on no road",
            where="--add",
            expected=f"LON,LAT within {case.max_snap_km:g} km of a road of the region",
            fix="check the order: longitude first",
        )
    whole = PairTable.from_arrays(
        np.concatenate([point, new.points()]), np.concatenate([site, new.site + there.n_sites]),
        np.concatenate([minutes, new.drive_min]), **sizes,
    )  # fmt: skip
    return before, whole.select(sites=np.concatenate([~closed, np.ones(len(add), dtype=bool)]))


def county_changes(case: RegionCase, change: Closure) -> pd.DataFrame:
    """Return one row a county of the region.

    Returns
    -------
    Sorted by code: ``county_fips, population``; people-weighted ``median_before_min, median_after_min,
    mean_before_min, mean_after_min, median_change_min, mean_change_min`` (people without a site count at the limit in
    means; a median that falls among them is null); ``winners, losers`` (people whose drive shortens or grows),
    ``stranded`` (people who had a site within the limit and have none left), ``gained`` (the reverse).
    """
    demand, people = case.prepared.demand, case.prepared.own_population
    own = (people > 0) & (demand["county_fips"] != "").to_numpy()
    area, names = pd.factorize(demand["county_fips"].to_numpy()[own], sort=True)
    weight = people[own]
    before, after = change.before_min[own], change.after_min[own]
    table = pd.DataFrame({"county_fips": names, "population": np.bincount(area, weights=weight, minlength=len(names))})
    for name, minutes in (("before", before), ("after", after)):
        median = weighted_quantile(minutes, weight, area, len(names), 0.5)
        table[f"median_{name}_min"] = np.where(np.isfinite(median), median, np.nan)
        capped = np.minimum(minutes, case.time_limit_min)
        table[f"mean_{name}_min"] = weighted_mean(capped, weight, area, len(names))
    for stat in ("median", "mean"):
        table[f"{stat}_change_min"] = table[f"{stat}_after_min"] - table[f"{stat}_before_min"]
    groups = {
        "winners": after < before,
        "losers": after > before,
        "stranded": np.isfinite(before) & ~np.isfinite(after),
        "gained": ~np.isfinite(before) & np.isfinite(after),
    }
    for name, member in groups.items():
        table[name] = np.bincount(area, weights=weight * member, minlength=len(names))
    return table


def _totals(people: Floats, change: Closure, limit_min: float) -> dict[str, Any]:
    own = people > 0
    weight = people[own]
    found: dict[str, Any] = {"population": float(weight.sum())}
    zero = np.zeros(weight.size, dtype=np.int64)
    for name, minutes in (("before", change.before_min[own]), ("after", change.after_min[own])):
        median = float(weighted_quantile(minutes, weight, zero, 1, 0.5)[0])
        found[f"median_{name}_min"] = median if np.isfinite(median) else None
        found[f"mean_{name}_min"] = float(weight @ np.minimum(minutes, limit_min) / weight.sum())
        for threshold in _THRESHOLDS_MIN:
            found[f"beyond_{threshold}_{name}"] = float(weight[~(minutes <= threshold)].sum())
    before, after = change.before_min[own], change.after_min[own]
    found["winners"] = float(weight[after < before].sum())
    found["losers"] = float(weight[after > before].sum())
    found["stranded"] = float(weight[np.isfinite(before) & ~np.isfinite(after)].sum())
    found["gained"] = float(weight[~np.isfinite(before) & np.isfinite(after)].sum())
    return found

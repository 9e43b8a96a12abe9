"""Roll what single demand points reach up to areas (counties, districts), weighted by people.

People beyond the limit or without a road count with infinite minutes: they stay in every denominator, and a median
that falls among them is null.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.kernels import quantile_by_group
from deserts.access.reach import STATUS_ORDER, Reach
from deserts.arrays import Bools, Floats, Ints
from deserts.tables import THRESHOLDS_MIN, Status

__all__ = ["FEW_POINTS", "PointMeasures", "area_status", "summarise_areas", "weighted_mean", "weighted_quantile"]

FEW_POINTS = 5
"""An area with fewer demand points than this says so: its percentiles rest on hardly any places."""

_OPTIONS = {"nearest": "site_min", "second": "site_min", "second_practice": "practice_min"}


@dataclass(frozen=True, slots=True)
class PointMeasures:
    """What the points of some areas reach; arrays of one row a point.

    Parameters
    ----------
    population
        People at the point.
    reach
        What they reach within the limit.
    status
        Why the nearest site is there or not, as a position in ``reach.STATUS_ORDER``.
    """

    population: Floats
    reach: Reach
    status: Ints


def weighted_quantile(value: Floats, weight: Floats, area: Ints, n_areas: int, quantile: float) -> Floats:
    """Return for each area the smallest value that at least ``quantile`` of its weight does not exceed.

    Infinite values keep their weight and may be the result. An area without weight gives NaN.
    """
    order = np.lexsort((value, area))
    starts = np.searchsorted(area[order], np.arange(n_areas + 1))
    result: Floats = quantile_by_group(value[order], weight[order].astype(np.float64), starts, quantile)
    return result


def weighted_mean(value: Floats, weight: Floats, area: Ints, n_areas: int) -> Floats:
    """Return the weighted mean of each area; NaN for an area without weight."""
    total = np.bincount(area, weights=weight, minlength=n_areas)
    summed = np.bincount(area, weights=np.where(weight > 0, value, 0.0) * weight, minlength=n_areas)
    mean: Floats = np.divide(summed, total, out=np.full(n_areas, np.nan), where=total > 0)
    return mean


def summarise_areas(
    points: PointMeasures, area: Ints, n_areas: int, *, time_limit_min: float, any_site: bool
) -> pd.DataFrame:
    """Return people, percentiles, means, shares and counts of each area, in the columns of ``county_scores``.

    Parameters
    ----------
    points
        Measures of the points that lie in an area.
    area
        Number of the area of each point, 0 to ``n_areas - 1``.
    n_areas
        Number of areas; one without points gives a row of nulls.
    time_limit_min
        Minutes at which people beyond the limit enter a mean, which then is a lower bound.
    any_site
        Whether there is any site at the run's grade.
    """
    weight = points.population

    def mean(value: Floats) -> Floats:
        return weighted_mean(value, weight, area, n_areas)

    columns: dict[str, Floats | Ints | Bools] = {
        "population": np.bincount(area, weights=weight, minlength=n_areas),
        "points": np.bincount(area, minlength=n_areas),
    }
    lower_bound = np.zeros(n_areas, dtype=bool)
    for name, source in _OPTIONS.items():
        minutes = getattr(points.reach, source)[:, 0 if name == "nearest" else 1]
        reached = np.isfinite(minutes)
        has_reached = np.bincount(area, weights=weight * reached, minlength=n_areas) > 0
        for stat, quantile in (("median", 0.5), ("p90", 0.9)):
            found = weighted_quantile(minutes, weight, area, n_areas, quantile)
            columns[f"{name}_{stat}_min"] = np.where(np.isfinite(found), found, np.nan)
        # Where nobody reaches one, the mean would be the limit itself, which says nothing: null.
        columns[f"{name}_mean_min"] = np.where(has_reached, mean(np.where(reached, minutes, time_limit_min)), np.nan)
        lower_bound |= has_reached & (np.bincount(area, weights=weight * ~reached, minlength=n_areas) > 0)
    columns["mean_is_lower_bound"] = lower_bound
    nearest = points.reach.site_min[:, 0]
    for place, limit in enumerate(THRESHOLDS_MIN):
        columns[f"beyond_{limit}_share"] = mean((nearest > limit).astype(np.float64))
        columns[f"sites_within_{limit}"] = mean(points.reach.sites_within[:, place].astype(np.float64))
        columns[f"practices_within_{limit}"] = mean(points.reach.practices_within[:, place].astype(np.float64))
    cut_off = _is(points.status, Status.UNREACHABLE) | _is(points.status, Status.UNSNAPPED)
    beyond = _is(points.status, Status.BEYOND_LIMIT) | _is(points.status, Status.NONE_AT_GRADE)
    columns["beyond_limit_share"] = mean(beyond.astype(np.float64))
    columns["unreachable_share"] = mean(cut_off.astype(np.float64))
    columns["one_option_share"] = mean((points.reach.practices_within[:, -1] == 1).astype(np.float64))
    table = pd.DataFrame(columns)
    table.insert(2, "status", area_status(table, any_site=any_site))
    return table


def area_status(table: pd.DataFrame, *, any_site: bool) -> pd.Series:
    """Say for each area why its median is there or not; the weightiest reason wins."""
    median_missing = table["nearest_median_min"].isna()
    reasons = [
        (table["population"] <= 0, Status.NO_POPULATION),
        (np.full(len(table), not any_site), Status.NONE_AT_GRADE),
        (median_missing & (table["unreachable_share"] > table["beyond_limit_share"]), Status.UNREACHABLE),
        (median_missing, Status.BEYOND_LIMIT),
        (table["points"] < FEW_POINTS, Status.FEW_POINTS),
    ]
    found = np.select(
        [np.asarray(condition, dtype=bool) for condition, _ in reasons],
        [status.value for _, status in reasons],
        default=Status.OK.value,
    )
    return pd.Series(found, index=table.index, dtype="str")


def _is(status: Ints, which: Status) -> Bools:
    return np.asarray(status == STATUS_ORDER.index(which))

"""Who bears the distance: Gini, concentration index, rural and urban, and where far and near counties cluster."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.special import erfc

from deserts.access.areas import weighted_mean, weighted_quantile
from deserts.arrays import Floats, Ints
from deserts.earth import on_sphere

__all__ = ["by_rurality", "concentration_index", "gini", "spots"]


def gini(value: Floats, weight: Floats) -> float:
    """Return the people-weighted Gini coefficient of a non-negative quantity (0 equal, towards 1 unequal).

    NaN without people, and where the quantity is zero for all.

    References
    ----------
    Lerman & Yitzhaki 1989, Improving the accuracy of estimates of Gini coefficients,
    doi:10.1016/0304-4076(89)90074-2
    """
    return _rank_covariance(value, weight, order=np.argsort(value, kind="stable"), ties=value)


def concentration_index(value: Floats, weight: Floats, rank_by: Floats) -> float:
    """Return the concentration index of a quantity over people ordered by another (for example rurality).

    From -1 to 1. For minutes ranked by rural-urban code a positive index says that rural people carry the minutes.
    People of equal rank share their mean rank.

    References
    ----------
    Kakwani, Wagstaff & van Doorslaer 1997, doi:10.1016/S0304-4076(96)01807-6
    """
    return _rank_covariance(value, weight, order=np.argsort(rank_by, kind="stable"), ties=rank_by)


def by_rurality(minutes: Floats, population: Floats, rucc: Floats, *, time_limit_min: float) -> pd.DataFrame:
    """Return access by rural-urban continuum code: a row a code, metro (1-3), non-metro (4-9), and ``unknown``.

    The last is there where people live in counties without a code: rows add up.

    Parameters
    ----------
    minutes
        Minutes to the nearest site of each point; infinite where there is none.
    population, rucc
        People at each point, and the code of its county (NaN where it has none).
    time_limit_min
        Beyond this a median is null.
    """
    known = ~np.isnan(rucc)
    code = rucc[known].astype(np.int64)
    blocks = []
    rest = np.flatnonzero(~known & (population > 0))
    for labels, group, rows in (
        ([str(number) for number in range(1, 10)], code - 1, np.flatnonzero(known)),
        (["metro", "non-metro"], (code > 3).astype(np.int64), np.flatnonzero(known)),
        (["unknown"] if rest.size else [], np.zeros(rest.size, dtype=np.int64), rest),
    ):
        n = len(labels)
        time, people = minutes[rows], population[rows]
        median = weighted_quantile(time, people, group, n, 0.5)
        blocks.append(
            pd.DataFrame(
                {
                    "rurality": labels,
                    "population": np.bincount(group, weights=people, minlength=n),
                    "nearest_median_min": np.where(median <= time_limit_min, median, np.nan),
                    **{
                        f"beyond_{limit}_share": weighted_mean((time > limit).astype(np.float64), people, group, n)
                        for limit in (60, 120)
                    },
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)


def spots(counties: pd.DataFrame, value: pd.Series, *, neighbours: int = 6, level: float = 0.05) -> pd.DataFrame:
    """Find clusters of far and near counties with the local Getis-Ord statistic Gi*.

    Parameters
    ----------
    counties
        GeoDataFrame of counties, EPSG:4326; rows without geometry or value are left out.
    value
        Value of each county, same index, larger is farther (for example ``beyond_60_share``).
    neighbours
        Nearest counties (by great circle between representative points) that count as neighbours. Contiguity would
        leave islands without any, and a plane stretches east against north.
    level
        False discovery rate.

    Returns
    -------
    ``county_fips, gi_z, gi_p`` (two-sided), ``spot`` (``far cluster``, ``near cluster`` or ``none``); empty with too
    few counties.

    References
    ----------
    Ord & Getis 1995, doi:10.1111/j.1538-4632.1995.tb00912.x; Caldas de Castro & Singer 2006 (false discovery rate),
    doi:10.1111/j.0016-7363.2006.00682.x
    """
    usable = counties.geometry.notna() & value.notna()
    place = counties.loc[usable]
    columns = ["county_fips", "gi_z", "gi_p", "spot"]
    level_values = value[usable].to_numpy(dtype=np.float64)
    if len(place) <= neighbours + 1 or np.ptp(level_values) == 0:
        return pd.DataFrame(columns=columns).astype({"gi_z": float, "gi_p": float})
    centres = place.geometry.representative_point()
    z = _getis_ord(level_values, on_sphere(centres.x, centres.y), neighbours)
    p_value = erfc(np.abs(z) / np.sqrt(2.0))  # both tails: clusters of both kinds are looked for
    significant = p_value <= _false_discovery_limit(p_value, level)
    return pd.DataFrame(
        {
            "county_fips": place["county_fips"].to_numpy(),
            "gi_z": z,
            "gi_p": p_value,
            "spot": np.where(significant, np.where(z > 0, "far cluster", "near cluster"), "none"),
        }
    )


def _getis_ord(value: Floats, places: Floats, neighbours: int) -> Floats:
    """Return Gi* as a z-score: a place and its nearest ones, all of weight 1, against what chance would give."""
    n, count = len(value), neighbours + 1
    near = cKDTree(places).query(places, k=count)[1]
    lost = np.flatnonzero(~(near == np.arange(n)[:, None]).any(axis=1))
    near[lost, -1] = lost  # among several at one point a place counts itself first
    mean, spread = value.mean(), value.std()
    expected, error = count * mean, spread * np.sqrt((n * count - count**2) / (n - 1))
    z: Floats = (value[near].sum(axis=1) - expected) / error
    return z


def _false_discovery_limit(p_value: Floats, level: float) -> float:
    """Return the largest chance that still counts when the share of false discoveries is to stay below a level."""
    ranked = np.sort(p_value)
    passing = ranked <= level * np.arange(1, len(ranked) + 1) / len(ranked)
    return float(ranked[passing][-1]) if passing.any() else -1.0


def _rank_covariance(value: Floats, weight: Floats, *, order: Ints, ties: Floats) -> float:
    """Twice the covariance of a quantity with its fractional rank, over its mean."""
    total = weight.sum()
    mean = float(value @ weight / total) if total > 0 else 0.0
    if mean <= 0:
        return float("nan")
    _, group = np.unique(ties[order], return_inverse=True)
    people = np.bincount(group, weights=weight[order])
    middle = (np.cumsum(people) - people / 2.0) / total
    return float(2.0 * (weight[order] * (value[order] - mean)) @ (middle[group] - 0.5) / (mean * total))

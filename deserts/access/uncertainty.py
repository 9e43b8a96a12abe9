"""Intervals on county access by Monte Carlo, and how firm each desert is.

Drawn at once (`deserts.access.chances`): who is still in business, where roughly located sites really stand, how wrong
the minutes are, and whether clinicians hidden by suppression do the work after all. The draws answer the question of
the run, who is in business within reach: with every uncertainty at zero each draw is the run, to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.access.chances import BANDS_MIN, Scenarios
from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints
from deserts.services import Service
from deserts.tables.scores import STATE_INTERVALS

__all__ = ["FIRMNESS_COLUMNS", "Draws", "draw_access", "summarise_draws", "summarise_states"]

FIRMNESS_COLUMNS = (
    "nearest_median_low_min", "nearest_median_high_min", "beyond_moderate_low_share", "beyond_moderate_high_share",
    "desert_share_of_draws", "desert_firmness",
)  # fmt: skip
"""Columns of `summarise_draws`, in order."""
_MEASURES = ("median_min", "beyond_near", "beyond_moderate", "beyond_severe", "beyond_limit")


@dataclass(frozen=True, slots=True)
class Draws:
    """Measures of each county in each draw: arrays of draws x counties.

    Parameters
    ----------
    median_min
        People-weighted median minutes to the nearest site; infinite beyond the limit.
    beyond_near, beyond_moderate, beyond_severe, beyond_limit
        Shares of people beyond ``desert.near_min`` and so on, and beyond the time limit.
    """

    median_min: Floats
    beyond_near: Floats
    beyond_moderate: Floats
    beyond_severe: Floats
    beyond_limit: Floats


def draw_access(
    pairs: PairTable,
    points: pd.DataFrame,
    county: Ints,
    n_counties: int,
    sites: pd.DataFrame,
    scenarios: Scenarios,
    *,
    service: Service,
    time_limit_min: float,
    max_workers: int = 2,
) -> Draws:
    """Draw the access of each county.

    Parameters
    ----------
    pairs
        Drive times of the points of the counties, to sites of the run's grade and, where wanted, to those below it.
    points, county
        ``population, lon, lat`` of the points, in the order of the pairs, and their county number (0 to
        ``n_counties - 1``).
    sites
        Columns ``lon, lat``; positions are those of the pairs.
    scenarios
        What differs from draw to draw.
    service
        Gives the desert thresholds.
    max_workers
        Threads; the result does not depend on it.
    """
    by_county = np.argsort(county, kind="stable")
    table = pairs.take_points(by_county)
    ordered = points.iloc[by_county]
    people, point_lon, point_lat = (ordered[name].to_numpy(np.float64) for name in ("population", "lon", "lat"))
    site_lon, site_lat = (sites[name].to_numpy(np.float64) for name in ("lon", "lat"))
    starts = np.searchsorted(county[by_county], np.arange(n_counties + 1))
    limits = np.array(
        [*(service.number(f"desert.{name}_min") for name in ("near", "moderate", "severe")), time_limit_min]
    )
    draws = len(scenarios.here)
    result = np.empty((draws, n_counties, len(_MEASURES)))
    widest = np.hypot(scenarios.east_min, scenarios.north_min).max(axis=1, initial=0.0)

    def work(block: Ints) -> None:
        for draw in block:
            _one_draw(
                table.indptr, table.site, table.drive_min, people, point_lon, point_lat, site_lon, site_lat, starts,
                scenarios.here[draw], scenarios.place, scenarios.east_min[draw], scenarios.north_min[draw],
                float(widest[draw]), scenarios.factor[draw], np.array(BANDS_MIN), limits, result[draw],
            )  # fmt: skip

    with ThreadPoolExecutor(max_workers) as pool:
        list(pool.map(work, np.array_split(np.arange(draws), max(1, 4 * max_workers))))
    return Draws(*(np.ascontiguousarray(result[:, :, place]) for place in range(len(_MEASURES))))


def summarise_draws(drawn: Draws, desert_rank: Ints, *, service: Service, level: float = 0.9) -> pd.DataFrame:
    """Return intervals and the firmness of each county's class, one row a county.

    Parameters
    ----------
    drawn
        Result of `draw_access`.
    desert_rank
        Rank of each county in the run itself.
    level
        Share of the draws that an interval holds.

    Returns
    -------
    ``nearest_median_low_min``, ``nearest_median_high_min`` (null where it lies beyond the limit),
    ``beyond_moderate_low_share``, ``beyond_moderate_high_share``, ``desert_share_of_draws`` (draws in which most
    residents live over ``desert.moderate_min``), ``desert_firmness``: ``robust`` where at least
    ``uncertainty.robust_share`` of the draws agree with the run on desert or no desert, else ``fragile``; empty
    without residents.
    """
    tail = (1.0 - level) / 2.0
    majority = service.number("desert.majority_share")
    low, high = _quantiles(drawn.median_min, tail)
    share_low, share_high = _quantiles(drawn.beyond_moderate, tail)
    desert = np.mean(drawn.beyond_moderate > majority, axis=0)
    firm = _firmness(desert, desert_rank >= 2, service=service)
    peopled = ~np.isnan(drawn.beyond_moderate[0])
    return pd.DataFrame(
        {
            "nearest_median_low_min": np.where(np.isfinite(low), low, np.nan),
            "nearest_median_high_min": np.where(np.isfinite(high), high, np.nan),
            "beyond_moderate_low_share": share_low,
            "beyond_moderate_high_share": share_high,
            "desert_share_of_draws": np.where(peopled, desert, np.nan),
            "desert_firmness": np.where(peopled, firm, ""),
        }
    )


def summarise_states(
    drawn: Draws | None, in_run: Mapping[str, Floats], counties: pd.DataFrame, *, service: Service, level: float = 0.9
) -> pd.DataFrame:
    """Return the table ``state_intervals``: the share of each state's residents who live far, in the run and drawn.

    Draw by draw the counties are summed up by their residents, so that what they share (an error of all minutes, a
    clinician who serves several) stays together; intervals of counties cannot be averaged.

    Parameters
    ----------
    drawn
        Result of `draw_access`; None where nothing was drawn: the intervals are then null.
    in_run
        ``moderate`` and ``severe``: share of each county's residents beyond that bound in the run itself.
    counties
        ``state, population`` in the order of the draws, and ``told``, whether a county can be told about; the others
        count for nothing.
    level
        Share of the draws that an interval holds.
    """
    people = counties["population"].to_numpy(np.float64)
    rows = []
    for name in sorted(set(counties["state"])):
        own = np.flatnonzero((counties["state"] == name) & counties["told"] & (people > 0))
        rows.append({"state": name, **_state_row(drawn, in_run, own, people[own], service=service, level=level)})
    return pd.DataFrame(rows, columns=STATE_INTERVALS.column_names)


def _state_row(
    drawn: Draws | None, in_run: Mapping[str, Floats], own: Ints, people: Floats, *, service: Service, level: float
) -> dict[str, object]:
    """Return the row of one state; what is not in it was not drawn, or nobody lives there."""
    row: dict[str, object] = {"population": people.sum(), "firmness": ""}
    if not own.size:
        return row
    for bound, share in in_run.items():
        row[f"beyond_{bound}_share"] = _mean(share[own], people)
        if drawn is not None:
            shares = _mean(getattr(drawn, f"beyond_{bound}")[:, own], people)
            low, high = _quantiles(shares, (1.0 - level) / 2.0)
            row |= {f"beyond_{bound}_low_share": low, f"beyond_{bound}_high_share": high}
    if drawn is not None:
        majority = service.number("desert.majority_share")
        far = np.asarray(np.mean(_mean(drawn.beyond_moderate[:, own], people) > majority))
        is_far = _mean(in_run["moderate"][own], people) > majority
        row |= {"far_share_of_draws": float(far), "firmness": str(_firmness(far, is_far, service=service))}
    return row


def _mean(shares: Floats, people: Floats) -> Floats:
    """Return people-weighted means along the last axis."""
    weighted: Floats = (shares * people).sum(axis=-1) / people.sum()
    return weighted


def _firmness(desert: Floats, in_run: Bools, *, service: Service) -> npt.NDArray[np.str_]:
    """Return ``robust`` where enough draws agree with the run on desert or none, else ``fragile``."""
    agree = np.where(in_run, desert, 1.0 - desert)
    return np.where(agree >= service.number("uncertainty.robust_share"), "robust", "fragile")


def _quantiles(values: Floats, tail: float) -> tuple[Floats, Floats]:
    ordered = np.sort(values, axis=0)
    last = len(values) - 1
    return ordered[int(np.floor(tail * last))], ordered[int(np.ceil((1.0 - tail) * last))]


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _moved(
    minutes: float, east_min: float, north_min: float, lon: float, lat: float, site_lon: float, site_lat: float
) -> float:
    """Return the minutes to a site that really lies so far east and north of where it was put."""
    if east_min == 0.0 and north_min == 0.0:
        return minutes
    to_east, to_north = (site_lon - lon) * np.cos(np.radians(lat)), site_lat - lat
    away = np.hypot(to_east, to_north)
    if not away > 0.0:
        return float(np.sqrt(minutes * minutes + east_min * east_min + north_min * north_min))
    east, north = minutes * to_east / away + east_min, minutes * to_north / away + north_min
    return float(np.hypot(east, north))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _nearest_here(
    start: int, end: int, site: Ints, drive_min: Floats, here: Bools, place: Ints, east_min: Floats,
    north_min: Floats, widest: float, factor: Floats, bands: Floats, lon: float, lat: float, site_lon: Floats,
    site_lat: Floats,
) -> float:  # fmt: skip
    """Return the minutes to the nearest site that is there in this draw; infinite when none is."""
    best, least = np.inf, factor.min()
    for pair in range(start, end):
        # Pairs come nearest first: past this one no shift can bring a site nearer than the best.
        if (drive_min[pair] - widest) * least >= best:
            break
        at = site[pair]
        if here[at]:
            minutes = drive_min[pair]
            if place[at] >= 0:
                minutes = _moved(
                    minutes, east_min[place[at]], north_min[place[at]], lon, lat, site_lon[at], site_lat[at]
                )
            best = min(best, minutes * factor[np.searchsorted(bands, drive_min[pair])])
    return float(best)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _one_draw(
    indptr: Ints, site: Ints, drive_min: Floats, people: Floats, lon: Floats, lat: Floats, site_lon: Floats,
    site_lat: Floats, starts: Ints, here: Bools, place: Ints, east_min: Floats, north_min: Floats, widest: float,
    factor: Floats, bands: Floats, limits: Floats, result: Floats,
) -> None:  # fmt: skip
    """Fill one draw's row of ``result`` (counties x measures); the last of ``limits`` is the time limit."""
    for county in range(starts.size - 1):
        first, end = starts[county], starts[county + 1]
        total = 0.0
        for row in range(first, end):
            total += people[row]
        if total <= 0:
            result[county, :] = np.nan
            continue
        minutes = np.empty(end - first)
        result[county, 1:] = 0.0
        for row in range(first, end):
            best = _nearest_here(
                indptr[row], indptr[row + 1], site, drive_min, here, place, east_min, north_min, widest,
                factor[county], bands, lon[row], lat[row], site_lon, site_lat,
            )  # fmt: skip
            minutes[row - first] = best
            for limit in range(limits.size):
                if best > limits[limit]:
                    result[county, 1 + limit] += people[row]
        result[county, 1:] /= total
        cumulated = 0.0
        for at in np.argsort(minutes, kind="mergesort"):
            cumulated += people[first + at]
            if cumulated >= 0.5 * total * (1 - 1e-12):
                result[county, 0] = minutes[at] if minutes[at] <= limits[-1] else np.inf
                break

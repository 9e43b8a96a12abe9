"""Intervals on county access by Monte Carlo, and how firm each desert is.

Drawn at once: whether each clinician is active and takes a pump patient, how fast the roads are, where a roughly
located site really stands, and whether clinicians hidden by suppression do the work after all. Random numbers belong
to the clinician and the draw, not to a position in a table ("common random numbers"): two scenarios that differ in
one clinician differ in that clinician alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd

from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints
from deserts.services import Service

__all__ = ["Draws", "availability", "draw_access", "location_shift", "summarise_draws", "uniforms"]

_MEASURES = ("median_min", "beyond_near", "beyond_moderate", "beyond_severe", "beyond_limit")
_SPEED, _ACTIVE, _PLACE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Draws:
    """Measures of each county in each draw: arrays of draws x counties.

    Parameters
    ----------
    median_min
        People-weighted median minutes to the nearest available site; infinite beyond the limit.
    beyond_near, beyond_moderate, beyond_severe, beyond_limit
        Shares of people beyond ``desert.near_min`` and so on, and beyond the time limit.
    """

    median_min: Floats
    beyond_near: Floats
    beyond_moderate: Floats
    beyond_severe: Floats
    beyond_limit: Floats


def availability(sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service, grade: str) -> Floats:
    """Return the probability that each site's clinician is there for a new patient.

    At the run's grade: ``p_active`` times ``p_accepts_pump`` (where unknown, ``uncertainty.p_accepts_unknown``).
    Below it: ``uncertainty.hidden_share``, the chance that suppression alone hides the evidence.
    """
    person = specialists.set_index("npi").reindex(sites["npi"])
    accepts = person["p_accepts_pump"].fillna(service.number("uncertainty.p_accepts_unknown"))
    found = (person["p_active"].fillna(1.0) * accepts).to_numpy(dtype=np.float64)
    at_grade = (sites["grade_rank"] <= service.rank(grade)).to_numpy()
    return np.where(at_grade, found, service.number("uncertainty.hidden_share"))


def location_shift(sites: pd.DataFrame, *, service: Service) -> Floats:
    """Return by how many minutes the drive to each site may be off, given how well its place is known."""
    minutes = {
        "zip": "shift_zip_min",
        "city": "shift_city_min",
        "zip_nearby": "shift_zip_nearby_min",
        "county": "shift_county_min",
    }
    return np.array(
        [service.number(f"uncertainty.{minutes[kind]}") if kind in minutes else 0.0 for kind in sites["precision"]]
    )


def uniforms(names: pd.Series, draws: int, *, seed: int, purpose: int) -> Floats:
    """Return numbers in [0, 1) that depend on name, draw, seed and purpose alone: names x draws.

    The generator is SplitMix64 on a hash of the name (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195).
    """
    key = pd.util.hash_array(names.to_numpy(dtype=object), categorize=False)
    stream = _mix(np.uint64((seed * 0x9E3779B97F4A7C15 + purpose) % 2**64))
    mixed = _mix(_mix(key ^ stream)[:, None] + np.arange(draws, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def draw_access(
    pairs: PairTable,
    population: Floats,
    county: Ints,
    n_counties: int,
    sites: pd.DataFrame,
    *,
    p_available: Floats,
    shift_min: Floats,
    speed_factor: float,
    service: Service,
    time_limit_min: float,
    draws: int = 1000,
    seed: int = 1,
    max_workers: int = 2,
) -> Draws:
    """Draw the access of each county.

    Parameters
    ----------
    pairs
        Drive times of the points of the counties, to sites of the run's grade and, where wanted, to those below it.
    population, county
        People and county number (0 to ``n_counties - 1``) of each point.
    sites
        Columns ``site_id, npi``; positions are those of the pairs.
    p_available
        Result of `availability`. All sites of a clinician share one draw.
    shift_min
        Result of `location_shift`.
    speed_factor
        Fastest speed of a draw over that of the run (``uncertainty.speed_factor``); the slowest lies as far below 1.
        Minutes are divided by the speed; 1 for none.
    service
        Gives the desert thresholds.
    draws, seed
        Number of draws and seed.
    max_workers
        Threads; the result does not depend on it.
    """
    by_county = np.argsort(county, kind="stable")
    table = pairs.take_points(by_county)
    people = population[by_county]
    starts = np.searchsorted(county[by_county], np.arange(n_counties + 1))
    here = p_available > uniforms(sites["npi"], draws, seed=seed, purpose=_ACTIVE).T
    moved = (2.0 * uniforms(sites["site_id"], draws, seed=seed, purpose=_PLACE).T - 1.0) * shift_min
    speed = 1.0 + (speed_factor - 1.0) * (
        2.0 * uniforms(pd.Series(["speed"]), draws, seed=seed, purpose=_SPEED)[0] - 1.0
    )
    limits = np.array(
        [*(service.number(f"desert.{name}_min") for name in ("near", "moderate", "severe")), time_limit_min]
    )
    result = np.empty((draws, n_counties, len(_MEASURES)))

    def work(block: Ints) -> None:
        for draw in block:
            _one_draw(
                table.indptr, table.site, table.drive_min, people, starts, here[draw], moved[draw],
                1.0 / speed[draw], float(shift_min.max(initial=0.0)), limits, result[draw],
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
    agree = np.where(desert_rank >= 2, desert, 1.0 - desert)
    firm = np.where(agree >= service.number("uncertainty.robust_share"), "robust", "fragile")
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


def _quantiles(values: Floats, tail: float) -> tuple[Floats, Floats]:
    ordered = np.sort(values, axis=0)
    last = len(values) - 1
    return ordered[int(np.floor(tail * last))], ordered[int(np.ceil((1.0 - tail) * last))]


def _mix(state: np.ndarray | np.uint64) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = np.asarray(state, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _nearest_here(
    start: int,
    end: int,
    site: Ints,
    drive_min: Floats,
    here: Bools,
    moved: Floats,
    widest_move: float,
) -> float:
    """Return the minutes to the nearest site that is there in this draw; infinite when none is."""
    best = np.inf
    for pair in range(start, end):
        # Pairs come nearest first: past this one no shift can bring a site nearer than the best.
        if drive_min[pair] - widest_move >= best:
            break
        if here[site[pair]]:
            best = min(best, max(0.0, drive_min[pair] + moved[site[pair]]))
    return float(best)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _one_draw(
    indptr: Ints,
    site: Ints,
    drive_min: Floats,
    people: Floats,
    starts: Ints,
    here: Bools,
    moved: Floats,
    minutes_factor: float,
    widest_move: float,
    limits: Floats,
    result: Floats,
) -> None:
    """Fill one draw's row of ``result`` (counties x measures); the last of ``limits`` is the time limit."""
    for county in range(starts.size - 1):
        first, end = starts[county], starts[county + 1]
        total = people[first:end].sum()
        if total <= 0:
            result[county, :] = np.nan
            continue
        minutes = np.empty(end - first)
        result[county, 1:] = 0.0
        for row in range(first, end):
            best = _nearest_here(indptr[row], indptr[row + 1], site, drive_min, here, moved, widest_move)
            minutes[row - first] = best * minutes_factor
            for place in range(limits.size):
                if best * minutes_factor > limits[place]:
                    result[county, 1 + place] += people[row] / total
        cumulated = 0.0
        for place in np.argsort(minutes, kind="mergesort"):
            cumulated += people[first + place]
            if cumulated >= 0.5 * total * (1 - 1e-12):
                result[county, 0] = minutes[place] if minutes[place] <= limits[-1] else np.inf
                break

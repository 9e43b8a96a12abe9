"""Fit the terms of `activity` to years of claims, and test what they foretell against what was seen.

Fitted by maximum likelihood to every path of a clinician through the years: shown again with which volume, hidden and
back a year later, not seen any more. One common change of volumes for each pair of years (2020 took from everybody) is
fitted along and not foretold: forecasts assume none. Terms of tenure and trend are partially pooled: a normal prior
with mean 0 and standard deviation 1 draws them to those of everybody.

References
----------
Brier GW (1950), Monthly Weather Review 78:1-3, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Bools, Floats
from deserts.services import Service
from deserts.specialists.activity import (
    SHOWN,
    SMALLEST_PUBLISHED,
    TERMS,
    VOLUMES,
    Terms,
    first_step,
    later_step,
    look_ahead,
    over_cells,
    starts_of_year,
    yearly_volumes,
)  # fmt: skip

__all__ = ["Backtest", "backtest", "fit_terms"]

_POOLED = ("stop_newcomer", "stop_trend", "stop_no_history", "newcomer_growth")
_GUESS = (-0.6, -0.25, 0.05, 0.1, -4.0, -0.3, -0.5, 0.3, 0.0)
_VOLUME_EDGES = (0.0, 20.0, 40.0, 80.0, 160.0, 320.0, np.inf)
_VOLUME_NAMES = ("11-20", "21-40", "41-80", "81-160", "161-320", "over 320")
_LEAST = 1e-300


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well the model foretold who stands in the file some years later.

    Parameters
    ----------
    groups
        One row for each ``volume`` class and ``tenure`` (newcomer, established, unknown): ``clinicians``, ``foretold``
        (mean probability), ``seen`` (share that stands there), ``brier``.
    reliability
        One row for each tenth of the foretold probability that occurs: ``clinicians``, ``foretold``, ``seen``.
    clinicians
        Number of clinicians.
    brier
        Mean squared difference between probability and what happened; 0 is perfect.
    brier_of_mean
        The same for one number for everybody, the share that was seen.
    """

    groups: pd.DataFrame
    reliability: pd.DataFrame
    clinicians: int
    brier: float
    brier_of_mean: float

    @property
    def skill(self) -> float:
        """Brier skill: share of the error of one number for everybody that is gone."""
        return 1.0 - self.brier / self.brier_of_mean


def backtest(bills: pd.DataFrame, service: Service, *, year: int, ahead: int = 1) -> Backtest:
    """Foretell, from bills up to ``year``, who stands in the file of ``year + ahead``, and compare.

    Parameters
    ----------
    bills
        Evidence rows from bills of at least the years ``year`` and ``year + ahead``.
    service
        Profile whose ``active`` numbers are tried.
    year
        Last year that the forecast may see.
    ahead
        Years ahead.
    """
    volumes = yearly_volumes(bills)
    starts = starts_of_year(volumes[volumes["year"] <= year], year)
    terms = {term: service.number(f"active.{term}") for term in TERMS}
    foretold = look_ahead(starts, terms, unseen=[False] * ahead).shown
    frame = pd.DataFrame({"foretold": foretold, "tenure": starts["tenure"]})
    frame["seen"] = _shown_in(volumes, year + ahead, starts.index)
    frame["squared"] = (frame["foretold"] - frame["seen"]) ** 2
    frame["volume"] = pd.cut(starts["people"], list(_VOLUME_EDGES), labels=list(_VOLUME_NAMES))
    frame["tenth"] = np.minimum((frame["foretold"] * 10).astype(int), 9)
    measures = {"clinicians": ("seen", "size"), "foretold": ("foretold", "mean"), "seen": ("seen", "mean")}
    groups = frame.groupby(["volume", "tenure"], observed=True).agg(**measures, brier=("squared", "mean"))
    share = frame["seen"].mean()
    return Backtest(
        groups=groups.reset_index(),
        reliability=frame.groupby("tenth").agg(**measures).reset_index(),
        clinicians=len(frame),
        brier=float(frame["squared"].mean()),
        brier_of_mean=float(share * (1 - share)),
    )


def _shown_in(volumes: pd.DataFrame, year: int, npis: pd.Index) -> npt.NDArray[np.bool_]:
    return np.asarray(npis.isin(volumes.loc[volumes["year"] == year, "npi"]), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Cohort:
    """Who billed in one year, and their log volumes of the next two; not a number where they are not in the file."""

    starts: pd.DataFrame
    next_volume: Floats
    second_volume: Floats | None


def fit_terms(bills: pd.DataFrame, years: Sequence[int]) -> dict[str, float]:
    """Fit the terms to who billed in each of ``years`` and in the one or two years after that were read.

    Used to make the numbers of the profile; runs do not call it.
    """
    from scipy.optimize import minimize  # only this function needs it

    volumes = yearly_volumes(bills)
    read = set(volumes["year"])
    cohorts = [_cohort(volumes, year, read) for year in years]

    def loss(values: Floats) -> float:
        terms = dict(zip(TERMS, map(float, values), strict=False))
        drifts = [*values[len(TERMS) :], values[-1]]
        found = sum(
            _log_likelihood(cohort, terms, float(drifts[place]), float(drifts[place + 1]))
            for place, cohort in enumerate(cohorts)
        )
        return -found + 0.5 * sum(terms[name] ** 2 for name in _POOLED)

    guess = np.array([*_GUESS, *np.zeros(len(cohorts))])
    best = minimize(loss, guess, method="L-BFGS-B", options={"maxiter": 1000, "maxfun": 100_000}).x
    return {term: float(value) for term, value in zip(TERMS, best, strict=False)}


def _cohort(volumes: pd.DataFrame, year: int, read: set[int]) -> _Cohort:
    starts = starts_of_year(volumes[volumes["year"] <= year], year)

    def later(of: int) -> Floats:
        people = volumes[volumes["year"] == of].set_index("npi")["people"].reindex(starts.index)
        known: Floats = np.log(people / SMALLEST_PUBLISHED).to_numpy(np.float64)
        return known

    return _Cohort(starts, later(year + 1), later(year + 2) if year + 2 in read else None)


def _log_likelihood(cohort: _Cohort, terms: Terms, drift: float, next_drift: float) -> float:
    middle, spread, stop = first_step(cohort.starts, terms, drift=drift)
    seen = ~np.isnan(cohort.next_volume)
    found = _sum_log((1 - stop[seen]) * _density(cohort.next_volume[seen], middle[seen], spread[seen]))
    hidden = over_cells(middle[~seen], spread[~seen]) * ((1 - stop[~seen])[:, None] * (1 - SHOWN))
    stopped = stop[~seen]
    if cohort.second_volume is None:
        return found + _sum_log(stopped + hidden.sum(axis=1))
    second = cohort.second_volume[~seen]
    back = ~np.isnan(second)
    step = later_step(terms, drift=next_drift)
    found += _sum_log(_returned(hidden[back], second[back], terms, next_drift))
    still_hidden = (hidden[~back] @ step * (1 - SHOWN)).sum(axis=1)
    stopped_later = (hidden[~back] * (1 - step.sum(axis=1))).sum(axis=1)
    return found + _sum_log(stopped[~back] + still_hidden + stopped_later)


def _returned(hidden: Floats, volume: Floats, terms: Terms, drift: float) -> Floats:
    """Return the density of the volumes of those who were hidden for a year and are shown again."""
    zero = np.zeros(VOLUMES.size)
    grid = pd.DataFrame({"volume": VOLUMES, "trend": zero, "newcomer": zero, "no_history": zero})
    middle, spread, stop = first_step(grid, terms, drift=drift)
    density: Floats = (hidden * (1 - stop) * _density(volume[:, None], middle[None, :], spread[None, :])).sum(axis=1)
    return density


def _density(value: Floats, middle: Floats, spread: Floats) -> Floats:
    """Return the density of Student's t with three degrees of freedom."""
    scaled = (value - middle) / (np.sqrt(3.0) * spread)
    density: Floats = 2.0 / (np.pi * np.sqrt(3.0) * spread * (1.0 + scaled**2) ** 2)
    return density


def _sum_log(chances: Floats | Bools) -> float:
    return float(np.log(np.maximum(chances, _LEAST)).sum())

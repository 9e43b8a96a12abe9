"""The probability that a clinician still practises the service, learned from who bills in one year and in the next.

Back-tested on Mohs surgery, since no multi-year public rows about pumps were at hand: a different service with larger
volumes. Whoever falls to ten or fewer people vanishes from the file and looks as if they had stopped, so the
probability is a lower one for small volumes.

References
----------
Brier GW (1950), Monthly Weather Review 78:1-3, doi 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
Cox DR (1958), Journal of the Royal Statistical Society B 20:215-242, doi 10.1111/j.2517-6161.1958.tb00292.x
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Floats
from deserts.services import Service
from deserts.specialists.evidence import billed_rows

__all__ = ["TERMS", "Backtest", "backtest", "fit_terms", "probability_active", "yearly_volumes"]

TERMS = ("intercept", "log_volume", "trend", "newcomer", "no_history")
"""Terms of the logistic model, in the order of the columns of the design; numbers ``active.TERM`` of the profile."""

_SMALLEST_PUBLISHED = 11.0
_TREND_LIMIT = 1.0
_SMALLEST_COHORT = 30
_VOLUME_EDGES = (0.0, 20.0, 40.0, 80.0, 160.0, 320.0, np.inf)


@dataclass(frozen=True, slots=True)
class Backtest:
    """How well the model foretold who billed in the following year.

    Parameters
    ----------
    groups
        One row for each ``volume`` class and ``tenure`` (newcomer, established, unknown): ``clinicians``, ``foretold``
        (mean probability), ``stayed`` (share that billed again), ``brier``.
    reliability
        One row for each tenth of the foretold probability that occurs: ``clinicians``, ``foretold``, ``stayed``.
    clinicians
        Number of clinicians.
    brier
        Mean squared difference between probability and what happened; 0 is perfect.
    brier_of_mean
        The same for one number for everybody, the share that stayed.
    """

    groups: pd.DataFrame
    reliability: pd.DataFrame
    clinicians: int
    brier: float
    brier_of_mean: float


def yearly_volumes(bills: pd.DataFrame) -> pd.DataFrame:
    """Return people and billed units by clinician and year, dated bills only.

    The same person can stand under several codes, so people are the largest count of a code, units are the sum.
    """
    dated = bills[bills["year"] > 0]
    grouped = dated.groupby(["npi", "year"], sort=True)
    return grouped.agg(people=("beneficiaries", "max"), units=("services", "sum")).reset_index()


def _design(volumes: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the model's columns for everybody who billed in ``year``, indexed by NPI."""
    now = volumes[volumes["year"] == year].set_index("npi")
    before = volumes[volumes["year"] == year - 1].set_index("npi").reindex(now.index)
    has_history = bool((volumes["year"] < year).any())
    ratio = (now["units"].clip(lower=1) / before["units"].clip(lower=1)).transform(np.log)
    # A year in which everybody did less (2020) is no sign of anyone's leaving: the trend counts against the cohort's.
    if ratio.notna().sum() >= _SMALLEST_COHORT:
        ratio = ratio - ratio.median()
    people = now["people"].fillna(_SMALLEST_PUBLISHED).clip(lower=_SMALLEST_PUBLISHED)
    earlier = now.index.isin(volumes.loc[volumes["year"] < year, "npi"])
    return pd.DataFrame(
        {
            "intercept": 1.0,
            "log_volume": (people / _SMALLEST_PUBLISHED).transform(np.log),
            "trend": ratio.clip(-_TREND_LIMIT, _TREND_LIMIT).fillna(0.0),
            "newcomer": (~earlier).astype(float) if has_history else 0.0,
            "no_history": 0.0 if has_history else 1.0,
            "people": people,
            "tenure": np.where(earlier, "established", "newcomer") if has_history else "unknown",
        },
        index=now.index,
    )


def _continue(design: pd.DataFrame, service: Service) -> Floats:
    beta = np.array([service.number(f"active.{term}") for term in TERMS])
    logit = design[list(TERMS)].to_numpy(dtype=np.float64) @ beta
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def fit_terms(bills: pd.DataFrame, years: tuple[int, ...]) -> dict[str, float]:
    """Fit the logistic model to who billed in each of ``years`` and again in the year after (maximum likelihood).

    Used to make the numbers of the profile; runs do not call it.
    """
    from scipy.optimize import minimize  # only this function needs it

    volumes = yearly_volumes(bills)
    designs = [_design(volumes, year) for year in years]
    stayed = [_billed(volumes, year + 1, design.index) for year, design in zip(years, designs, strict=True)]
    x, y = pd.concat(designs)[list(TERMS)].to_numpy(dtype=np.float64), np.concatenate(stayed).astype(np.float64)

    def loss(beta: Floats) -> tuple[float, Floats]:
        logit = x @ beta
        chance = 1.0 / (1.0 + np.exp(-logit))
        return float(np.sum(np.logaddexp(0.0, logit) - y * logit)), np.asarray(x.T @ (chance - y))

    found = minimize(loss, np.zeros(len(TERMS)), jac=True, method="BFGS").x
    return {term: float(value) for term, value in zip(TERMS, found, strict=True)}


def _billed(volumes: pd.DataFrame, year: int, npis: pd.Index) -> npt.NDArray[np.bool_]:
    return np.asarray(npis.isin(volumes.loc[volumes["year"] == year, "npi"]), dtype=np.bool_)


def backtest(bills: pd.DataFrame, service: Service, *, year: int) -> Backtest:
    """Foretell, from bills up to ``year``, who bills in ``year + 1``, and compare with what happened.

    Parameters
    ----------
    bills
        Evidence rows from bills of at least the years ``year`` and ``year + 1``.
    service
        Profile whose ``active`` numbers are tried.
    year
        Last year that the forecast may see.
    """
    volumes = yearly_volumes(bills)
    design = _design(volumes[volumes["year"] <= year], year)
    frame = pd.DataFrame({"foretold": _continue(design, service), "tenure": design["tenure"]})
    frame["stayed"] = _billed(volumes, year + 1, design.index)
    frame["squared"] = (frame["foretold"] - frame["stayed"]) ** 2
    names = ["11-20", "21-40", "41-80", "81-160", "161-320", "over 320"]
    frame["volume"] = pd.cut(design["people"], list(_VOLUME_EDGES), labels=names)
    frame["tenth"] = np.minimum((frame["foretold"] * 10).astype(int), 9)
    measures = {"clinicians": ("stayed", "size"), "foretold": ("foretold", "mean"), "stayed": ("stayed", "mean")}
    groups = frame.groupby(["volume", "tenure"], observed=True).agg(**measures, brier=("squared", "mean"))
    share = frame["stayed"].mean()
    return Backtest(
        groups=groups.reset_index(),
        reliability=frame.groupby("tenth").agg(**measures).reset_index(),
        clinicians=len(frame),
        brier=float(frame["squared"].mean()),
        brier_of_mean=float(share * (1 - share)),
    )


def probability_active(
    evidence: pd.DataFrame, npis: pd.Index, *, years: tuple[int, int], service: Service, as_of: dt.date
) -> pd.DataFrame:
    """Return the probability that each clinician still practises the service on the day of the data, by bills alone.

    The chance of one more year comes from the volume, its trend and the tenure at the last bill; it is raised to the
    number of years since. Clinicians who are missing from a newer year that was read are multiplied by
    ``active.missing_factor``. Without bills there is nothing to go by: null. An answer comes on top in
    `deserts.specialists.settle`.

    Returns
    -------
    DataFrame
        Indexed by ``npis``: ``p_active`` and ``basis`` (bills, none).
    """
    every_bill = billed_rows(evidence)
    bills = every_bill[every_bill["for_against"] == "for"]
    volumes = yearly_volumes(bills)
    last = volumes.groupby("npi")["year"].max()
    chance = pd.Series(np.nan, index=npis)
    for year in sorted(last.unique()):
        design = _design(volumes[volumes["year"] <= year], int(year))
        design = design[design.index.isin(last.index[last == year])]
        grown = _continue(design, service) ** max(as_of.year - int(year), 0)
        if year < years[1]:
            grown = grown * service.number("active.missing_factor")
        chance = chance.fillna(pd.Series(grown, index=design.index).reindex(npis))
    basis = np.where(chance.notna(), "bills", "none")
    return pd.DataFrame({"p_active": chance.astype("float64"), "basis": basis}, index=npis)

"""Access to somebody who would take a new patient: the run's draws with one unknown common rate of yes. Team only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access import chances, uncertainty
from deserts.access.pairs import codes_of
from deserts.access.prepared import Prepared
from deserts.arrays import Bools, Floats
from deserts.services import Service
from deserts.specialists.acceptance_sample import CommonRate

__all__ = ["accepting_access"]

_QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}


def accepting_access(
    prepared: Prepared,
    specialists: pd.DataFrame,
    county_fips: pd.Series,
    rate: CommonRate,
    *,
    service: Service,
    grade: str,
    time_limit_min: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Return the share of residents who live far, from anybody in business and from somebody who says yes.

    Parameters
    ----------
    prepared
        The run, with the log of this moment laid over it.
    specialists
        ``npi, p_active, p_accepts_pump, p_accepts_basis``.
    county_fips
        Counties of the region that were searched.
    rate
        What is known of the common rate.
    draws, seed
        Of the Monte Carlo; both questions are asked of the same futures.

    Returns
    -------
    DataFrame
        ``question`` (``in business``, ``takes a new patient``) and ``beyond_min``: ``low_share, median_share,
        high_share`` of nine draws of ten.
    """
    county = codes_of(prepared.demand["county_fips"], pd.Index(county_fips))
    rows = np.flatnonzero(prepared.demand["scored"].to_numpy(dtype=bool) & (county >= 0))
    points = prepared.demand[["lon", "lat", "population"]].iloc[rows]
    options = {"draws": draws, "seed": seed}
    there = chances.in_business(prepared.sites, specialists, service=service, grade=grade, **options)
    says_yes = chances.takes_new(prepared.sites, specialists, rate, **options)
    places = chances.rough_places(prepared.sites, service=service, **options)
    factor = chances.minutes_error(list(county_fips), service=service, **options)
    people = np.zeros(len(county_fips))
    np.add.at(people, county[rows], points["population"].to_numpy(np.float64))

    def ask(question: str, here: Bools) -> list[dict[str, object]]:
        drawn = uncertainty.draw_access(
            prepared.pairs.take_points(rows), points, county[rows], len(county_fips), prepared.sites,
            chances.Scenarios(here, *places, factor), service=service, time_limit_min=time_limit_min,
        )  # fmt: skip
        return [
            {"question": question, "beyond_min": service.number(f"desert.{name}_min"), **_spread(shares, people)}
            for name, shares in (("moderate", drawn.beyond_moderate), ("severe", drawn.beyond_severe))
        ]

    return pd.DataFrame([*ask("in business", there), *ask("takes a new patient", there & says_yes)])


def _spread(shares: Floats, people: Floats) -> dict[str, float]:
    """Return quantiles over the draws of the region's share, from those of its counties."""
    whole = np.nan_to_num(shares) @ people / people.sum() if people.sum() > 0 else np.full(len(shares), np.nan)
    return {f"{name}_share": float(np.quantile(whole, at)) for name, at in _QUANTILES.items()}

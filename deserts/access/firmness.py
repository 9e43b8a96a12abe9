"""How firm the class of each county is: the draws of a run against the run itself, as numbers and in words."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from deserts.access import chances, uncertainty
from deserts.access.pairs import PairTable
from deserts.arrays import Ints
from deserts.rules.minutes import LEAST_MIN
from deserts.services import Service
from deserts.specialists.activity import borrowed_words

__all__ = ["SCORE_DRAWS", "county_draws", "firmness_words", "interval_words", "undrawn"]

SCORE_DRAWS: Final = 200
"""Draws behind the columns of ``county_scores``; the research tables take more."""


def county_draws(
    pairs: PairTable, points: pd.DataFrame, county: Ints, county_fips: Sequence[str], sites: pd.DataFrame,
    active: pd.DataFrame, *, service: Service, grade: str, time_limit_min: float, draws: int = SCORE_DRAWS,
    seed: int = 1,
) -> uncertainty.Draws:  # fmt: skip
    """Draw a run: who is in business, where rough places lie, how wrong minutes are.

    Parameters
    ----------
    pairs, points, county, sites
        As for `deserts.access.uncertainty.draw_access`; sites also with ``npi, zip, city, state, precision``.
    county_fips
        Codes of the counties.
    active
        ``npi, p_active``.
    """
    options: Mapping[str, Any] = {"service": service, "draws": draws, "seed": seed}
    scenarios = chances.Scenarios(
        chances.in_business(sites, active, grade=grade, **options),
        *chances.rough_places(sites, **options),
        chances.minutes_error(county_fips, **options),
    )
    return uncertainty.draw_access(
        pairs, points, county, len(county_fips), sites, scenarios, service=service, time_limit_min=time_limit_min
    )


def undrawn(counties: int) -> pd.DataFrame:
    """Return the columns of `uncertainty.summarise_draws` where nothing was drawn: null, and no firmness."""
    columns: dict[str, Any] = {name: np.full(counties, np.nan) for name in uncertainty.FIRMNESS_COLUMNS}
    return pd.DataFrame({**columns, "desert_firmness": np.full(counties, "", dtype=object)}).astype(
        {"desert_firmness": "str"}
    )


def firmness_words(row: Mapping[Hashable, Any] | pd.Series, *, service: Service, time_limit_min: float) -> str:
    """Return in words how firm it is that a county is a desert or none, with its interval; empty if nothing was drawn.

    Parameters
    ----------
    row
        Of ``county_scores``: ``desert_rank`` and `uncertainty.FIRMNESS_COLUMNS`.
    service
        Gives the bound of a desert, and tells whether the chances that clinicians stop are borrowed.
    time_limit_min
        Minutes beyond which a site is out of reach.
    """
    firmness = row.get("desert_firmness", "")  # runs of an earlier version have none
    if not firmness:
        return ""
    bound = f"{service.number('desert.moderate_min'):g} minutes"
    claim = f"most residents live over {bound} away" if row["desert_rank"] >= 2 else f"most live within {bound}"
    head = f"Robust: that {claim} holds" if firmness == "robust" else f"Fragile: that {claim} may not hold"
    words = f"{head} if clinicians stop, places and minutes are off as they may be; the middle resident's drive then"
    return f"{words} lies {interval_words(row, time_limit_min)} (nine draws of ten). {borrowed_words(service)}".rstrip()


def interval_words(row: Mapping[Hashable, Any] | pd.Series, time_limit_min: float) -> str:
    """Return the interval of the middle resident's drive in words; null is beyond the limit."""
    low, high = row["nearest_median_low_min"], row["nearest_median_high_min"]
    if pd.isna(low):
        return f"over {time_limit_min:g} minutes"
    least = f"under {LEAST_MIN}" if round(low) < LEAST_MIN else f"{low:.0f}"
    if pd.isna(high):
        return f"between {least} and over {time_limit_min:g} minutes"
    return f"{least} minutes" if round(high) < LEAST_MIN else f"between {least} and {high:.0f} minutes"

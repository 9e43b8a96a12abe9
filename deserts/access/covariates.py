"""Regression-ready tables: access beside who lives there, a row a county and a row a tract."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean
from deserts.access.research_work import Work, scored_rows
from deserts.access.survey import county_shares, tract_shares

__all__ = ["county_covariates", "tract_covariates"]

_TRACT_DIGITS = 11
_OF_COUNTY = (
    "county_fips", "name", "state", "population", "points", "status", "nearest_median_min", "nearest_mean_min",
    "mean_is_lower_bound", "beyond_60_share", "beyond_120_share", "desert_rank", "desert_firmness",
)  # fmt: skip
_BEYOND_MIN = (60, 120)


def county_covariates(work: Work) -> pd.DataFrame:
    """Return a row a county: outcomes of the run, rurality, and shares of the survey with margins of error.

    Nothing is filled in: what is not known is null, and ``acs_search`` says whether anybody looked.
    """
    scores = work.inputs.county_scores.reset_index(drop=True)
    kept = [name for name in _OF_COUNTY if name in scores]
    rurality = work.inputs.scores.counties.set_index("county_fips")["rucc"].reindex(scores["county_fips"])
    shares = county_shares(work.inputs.survey, scores["county_fips"])
    return pd.concat([scores[kept], rurality.reset_index(drop=True), shares.reset_index(drop=True)], axis=1).assign(
        acs_year=_year(work, len(scores))
    )


def tract_covariates(work: Work) -> pd.DataFrame:
    """Return a row a tract of counties that were searched; empty where demand points carry no Census code.

    Minutes are means of the residents of a tract's points; people beyond the limit count at the limit.
    """
    demand = work.all.demand.iloc[scored_rows(work)]
    kind = demand["point_kind"].to_numpy()
    coded = np.isin(kind, ("tract", "block_group")) & demand["point_id"].str.fullmatch(r"[0-9]{11,12}").to_numpy()
    rows = np.flatnonzero(coded & (work.population > 0))
    if not rows.size:
        return pd.DataFrame()
    tract, names = pd.factorize(demand["point_id"].str[:_TRACT_DIGITS].iloc[rows], sort=True)
    people, n = work.population[rows], len(names)
    minutes = work.nearest_min[rows]
    first = pd.Series(work.county[rows]).groupby(tract).first().to_numpy()
    table = pd.DataFrame(
        {
            "tract": np.asarray(names, dtype=object),
            "county_fips": work.fips.to_numpy()[first],
            "population": np.bincount(tract, weights=people, minlength=n),
            "points": np.bincount(tract, minlength=n),
            "nearest_mean_min": weighted_mean(np.minimum(minutes, work.time_limit_min), people, tract, n),
            "mean_is_lower_bound": np.bincount(tract, weights=minutes > work.time_limit_min, minlength=n) > 0,
            **{
                f"beyond_{limit}_share": weighted_mean((minutes > limit).astype(np.float64), people, tract, n)
                for limit in _BEYOND_MIN
            },
        }
    )
    shares = tract_shares(work.inputs.survey, table["tract"])
    return pd.concat([table, shares.reset_index(drop=True)], axis=1).assign(acs_year=_year(work, n))


def _year(work: Work, rows: int) -> pd.Series:
    """Return the last of the survey's five years for every row; null where it was not read."""
    survey = work.inputs.survey
    return pd.Series(np.full(rows, np.nan if survey is None or survey.year is None else float(survey.year)))

"""Two services, two distances: the needle by road, the check of the dose by broadband.

A refill needs a needle and a drive; a talk about the dose may need a line alone. The second never shortens the first:
no minute of a refill changes with it. Programming the pump needs its programmer at the patient and is no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from deserts.access.research_work import Work
from deserts.access.survey import county_shares
from deserts.arrays import Floats
from deserts.tables import Search

__all__ = ["remote_checks"]

_NEEDLE = "refill.max_days"
"""Services whose profile says how often a needle is needed are those that have both."""
_ROAD = ("county_fips", "name", "population", "nearest_mean_min", "beyond_60_share", "beyond_120_share")


def remote_checks(work: Work) -> pd.DataFrame:
    """Return a row a county: the drive for a needle, and whether a talk about the dose could go by broadband.

    Returns
    -------
    DataFrame
        Columns of the scores by road; ``broadband_share`` and its margin, ``broadband_search`` (``not_searched`` where
        no survey was read: then nothing is said of broadband); ``no_line_and_far_low_share`` and ``…_high_share``:
        the least and most share of residents over 60 minutes away *and* without broadband that the two shares allow;
        ``telehealth_clinicians``: clinicians of the run's grade in the state who say that they offer telehealth, null
        where no directory was read. Empty for a service without needles.
    """
    if _NEEDLE not in work.service.numbers:
        return pd.DataFrame()
    scores = work.inputs.county_scores.reset_index(drop=True)
    shares = county_shares(work.inputs.survey, scores["county_fips"])
    line = shares["broadband_share"].to_numpy(np.float64)
    was_read = (shares["acs_search"] != Search.NOT).to_numpy() & _was_read(work)
    low, high = _both(scores["beyond_60_share"].to_numpy(np.float64), 1.0 - line)
    return scores[list(_ROAD)].assign(
        broadband_share=line,
        broadband_share_moe=shares["broadband_share_moe"].to_numpy(np.float64),
        broadband_search=np.select([~np.isnan(line), was_read], [Search.FOUND, Search.NONE], Search.NOT),
        no_line_and_far_low_share=low,
        no_line_and_far_high_share=high,
        telehealth_clinicians=_offering(work, scores["state"]),
    )


def _was_read(work: Work) -> bool:
    """Whether the table of broadband was read anywhere."""
    survey = work.inputs.survey
    return survey is not None and bool((survey.of("county")["measure"] == "broadband").any())


def _both(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most share of people in both of two groups (Fréchet's bounds)."""
    return np.maximum(0.0, one + other - 1.0), np.minimum(one, other)


def _offering(work: Work, states: Iterable[str]) -> Floats:
    """Return clinicians of the grade with a site in the county's state who say that they offer telehealth."""
    sites = work.all.sites
    reads = work.inputs.sources
    searched = {state for read in reads if read.source == "directory" for state in read.states}
    found = sites[sites["telehealth"].to_numpy(dtype=bool)].groupby("state")["npi"].nunique()
    return np.array([float(found.get(state, 0)) if state in searched else np.nan for state in states])

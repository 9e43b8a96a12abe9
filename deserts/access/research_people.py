"""Research tables on who bears the distance: denominators, inequality, rurality."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access import equity, sensitivity
from deserts.access.research_work import Work
from deserts.access.survey import county_shares
from deserts.arrays import Floats, Ints
from deserts.places.redrawn import classes_of_counties

__all__ = ["denominators", "inequality", "rurality"]


def denominators(work: Work) -> pd.DataFrame:
    """Return access of all residents, of those under 18, on Medicare, and weighted by disability.

    Shares of the user's or the publishers' go before those of the survey.
    """
    people = {"all residents": work.population}
    given = work.inputs.county_shares
    table = pd.DataFrame() if given is None else given.set_index("county_fips")
    surveyed = county_shares(work.inputs.survey, work.fips)
    for name, column in (
        ("under 18", "under_18_share"),
        ("Medicare", "medicare_share"),
        ("disability-weighted", "disability_share"),
    ):
        share = table.get(column, surveyed.get(column))
        if share is None or share.isna().all():
            continue
        share = share.reindex(work.fips)
        # A county without its own share (other vintage, small cell) gets the mean, so that nobody drops out.
        people[name] = work.population * share.fillna(share.mean()).fillna(0.0).to_numpy(np.float64)[work.county]
    return sensitivity.by_denominator(work.nearest_min, people)


def inequality(work: Work) -> pd.DataFrame:
    """Return the Gini coefficient of minutes and their concentration index over rurality."""
    minutes = np.minimum(work.nearest_min, work.time_limit_min)
    point, people, rucc = _rurality_rows(work)
    known = ~np.isnan(rucc)
    uncoded = people[~known].sum() / max(people.sum(), 1.0)
    return pd.DataFrame(
        {
            "measure": ["gini of minutes", "concentration index of minutes over rurality"],
            "value": [
                equity.gini(minutes, work.population),
                equity.concentration_index(minutes[point][known], people[known], rucc[known]),
            ],
            "note": [
                "people beyond the limit count at the limit",
                f"a positive index says that rural people drive longer; {uncoded:.1%} of residents without a code",
            ],
        }
    )


def rurality(work: Work) -> pd.DataFrame:
    """Return access by rural-urban code, with a row of those whose county has none."""
    point, people, rucc = _rurality_rows(work)
    return equity.by_rurality(work.nearest_min[point], people, rucc, time_limit_min=work.time_limit_min)


def _rurality_rows(work: Work) -> tuple[Ints, Floats, Floats]:
    """Return points, people and rural-urban code: several rows a point where its county's residents fall under several.

    Which of them hold at one point is not known, so each takes its share of the county's residents.
    """
    classes = classes_of_counties(work.inputs.scores.counties)
    places = pd.DataFrame({"county_fips": work.fips.to_numpy()[work.county], "point": np.arange(len(work.county))})
    rows = places.merge(classes, on="county_fips", how="left")
    point = rows["point"].to_numpy(np.int64)
    people: Floats = work.population[point] * rows["share"].fillna(1.0).to_numpy(np.float64)
    return point, people, rows["code"].to_numpy(np.float64)

"""Which leads to phone first: those whose yes would shorten most people's drive. No chance of a yes is guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.pairs import PairTable
from deserts.access.worth_of_calls import minutes_gained
from deserts.arrays import Floats

__all__ = ["order_leads"]


def order_leads(
    leads: pd.DataFrame, place: Floats, pairs: PairTable, population: Floats, now_min: Floats
) -> pd.DataFrame:
    """Order leads by the person-minutes that a yes would save.

    Parameters
    ----------
    leads
        As ``gather_leads`` returns, one row a lead and source.
    place
        Row of the place of each lead in the drives; not a number where its place is not known.
    pairs
        Drives from the demand points to the places of leads.
    population
        People at each point.
    now_min
        Minutes to the nearest proven site of each point, at most the time limit.

    Returns
    -------
    DataFrame
        The leads with ``rank, people_gaining, person_min_saved`` (null where the place is not known: those come last).
    """
    known = np.isfinite(place)
    numbers = np.arange(pairs.n_sites, dtype=np.int64)
    saved, gaining = minutes_gained(pairs, population, numbers, pairs.n_sites, now_min)
    at = place[known].astype(np.int64)
    table = leads.assign(people_gaining=np.nan, person_min_saved=np.nan)
    table.loc[known, "people_gaining"] = gaining[at]
    table.loc[known, "person_min_saved"] = saved[at]
    keys = ["person_min_saved", "lead_id", "source", "hint"]
    ranked = table.sort_values(keys, ascending=[False, True, True, True], na_position="last", ignore_index=True)
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    return ranked

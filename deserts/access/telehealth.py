"""Two services, each with its own supply and distance: the needle by road, the check of the dose by broadband.

A refill needs a needle and a drive; a talk about the dose may need a line alone. The second never shortens the first:
no minute of a refill changes with it. Programming the pump needs its programmer at the patient and is no part of it.

Both are handed out once (singly constrained, `deserts.access.constrained`). Needles go by road to all residents, with
the decay of the profile. Checks go by line, without decay, to residents with broadband of the state in which the
clinician offers telehealth, since a licence ends at the state line: one county's lines take from the others'.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from deserts.access.constrained import spatial_availability
from deserts.access.decay import Decay
from deserts.access.pairs import PairTable
from deserts.access.research_work import Work, scored_rows
from deserts.access.survey import county_shares
from deserts.arrays import Floats
from deserts.tables import Search

__all__ = ["checks_by_line", "remote_checks"]

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
        where no directory was read; ``needle_supply`` and ``needle_per_100k``: clinicians handed to the county by
        road, whole and per 100,000 residents; ``people_with_line``; ``check_supply`` and ``check_per_100k_with_line``:
        clinicians handed to it by line; ``check_search``: ``partly_searched`` where broadband is unknown in some
        county of the state, whose lines then take nothing. Empty for a service without needles.
    """
    if _NEEDLE not in work.service.numbers:
        return pd.DataFrame()
    scores = work.inputs.county_scores.reset_index(drop=True)
    shares = county_shares(work.inputs.survey, scores["county_fips"])
    line = shares["broadband_share"].to_numpy(np.float64)
    was_read = (shares["acs_search"] != Search.NOT).to_numpy() & _was_read(work)
    low, high = _both(scores["beyond_60_share"].to_numpy(np.float64), 1.0 - line)
    people = scores["population"].to_numpy(np.float64)
    by_road = scores[list(_ROAD)].assign(
        broadband_share=line,
        broadband_share_moe=shares["broadband_share_moe"].to_numpy(np.float64),
        broadband_search=np.select([~np.isnan(line), was_read], [Search.FOUND, Search.NONE], Search.NOT),
        no_line_and_far_low_share=low,
        no_line_and_far_high_share=high,
        telehealth_clinicians=_offering(work, scores["state"]),
    )
    return pd.concat([by_road, _needles(work, people), _checks(work, people * line, scores["state"])], axis=1)


def _was_read(work: Work) -> bool:
    """Whether the table of broadband was read anywhere."""
    survey = work.inputs.survey
    return survey is not None and bool((survey.of("county")["measure"] == "broadband").any())


def _needles(work: Work, people: Floats) -> pd.DataFrame:
    """Return the clinicians handed to each county by road; surroundings compete. Null where nothing can be told."""
    number = work.service.number
    decay = Decay.gaussian(number("capacity.bandwidth_min"), catchment_min=number("capacity.catchment_min"))
    supply = work.all.sites["share"].to_numpy(np.float64)
    received = spatial_availability(work.all.pairs, population=work.all.population, supply=supply, decay=decay)
    by_county = np.bincount(work.county, weights=received[scored_rows(work)], minlength=work.n_counties)
    told_here = np.bincount(work.county, minlength=work.n_counties) > 0
    given = np.where(told_here, by_county, np.nan)
    return pd.DataFrame({"needle_supply": given, "needle_per_100k": _per_100k(given, people)})


def _checks(work: Work, with_line: Floats, state: pd.Series) -> pd.DataFrame:
    """Return the clinicians handed to each county by line, and how far that was searched."""
    sites = work.all.sites
    offered = sites.loc[sites["telehealth"].to_numpy(dtype=bool)].groupby("state")["share"].sum()
    listed = state.isin(_listed_states(work)).to_numpy()
    lines = ~np.isnan(with_line)
    whole = pd.Series(lines).groupby(state.to_numpy()).transform("all").to_numpy()
    given = np.where(listed & lines, checks_by_line(np.nan_to_num(with_line), state, offered), np.nan)
    search = np.select([~listed | ~lines, ~whole, given > 0], [Search.NOT, Search.PARTLY, Search.FOUND], Search.NONE)
    return pd.DataFrame(
        {
            "people_with_line": with_line, "check_supply": given,
            "check_per_100k_with_line": _per_100k(given, with_line), "check_search": search,
        }
    )  # fmt: skip


def checks_by_line(with_line: Floats, state: pd.Series, offered: pd.Series) -> Floats:
    """Hand each state's clinicians who offer telehealth to its residents with a line, every one once.

    Parameters
    ----------
    with_line
        Residents with broadband of each county.
    state
        Postal code of each county.
    offered
        Clinicians (shares of them, where somebody works in several states) by postal code.

    Returns
    -------
    Clinicians that each county receives; a state in which nobody has a line hands out none.
    """
    names = pd.Index(sorted(set(state)))
    at = names.get_indexer(pd.Index(state))
    pairs = PairTable.from_arrays(
        np.arange(len(state)), at, np.zeros(len(state)), n_points=len(state), n_sites=len(names)
    )
    supply = offered.reindex(names).fillna(0.0).to_numpy(np.float64)
    return spatial_availability(pairs, population=with_line, supply=supply, decay=Decay.within(1.0))


def _per_100k(supply: Floats, people: Floats) -> Floats:
    found: Floats = np.divide(supply * 1e5, people, out=np.full(len(people), np.nan), where=people > 0)
    return found


def _both(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most share of people in both of two groups (Fréchet's bounds)."""
    return np.maximum(0.0, one + other - 1.0), np.minimum(one, other)


def _offering(work: Work, states: Iterable[str]) -> Floats:
    """Return clinicians of the grade with a site in the county's state who say that they offer telehealth."""
    sites = work.all.sites
    searched = _listed_states(work)
    found = sites[sites["telehealth"].to_numpy(dtype=bool)].groupby("state")["npi"].nunique()
    return np.array([float(found.get(state, 0)) if state in searched else np.nan for state in states])


def _listed_states(work: Work) -> set[str]:
    """Return the states in which the directory was read: it alone tells who offers telehealth."""
    return {state for read in work.inputs.sources if read.source == "directory" for state in read.states}

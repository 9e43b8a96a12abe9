"""Whom to phone next: clinicians whose answer would change most people's drive, by value of information.

A call is worth most where much hangs on it and the answer is open: the minutes at stake times ``p (1 - p)``, with p
the probability of a yes. A list for the team, never a public output.
"""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd

from deserts.access.closures import Groups, single_closures
from deserts.access.pairs import PairTable
from deserts.arrays import Floats, Ints
from deserts.services import Service
from deserts.specialists.acceptance import expected_rate

__all__ = ["call_list", "minutes_gained", "p_yes"]


def p_yes(sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service, grade: str) -> pd.Series:
    """Return the probability that each clinician answers yes (active, takes a new patient, right drug), by NPI.

    Below the run's grade there is no evidence at all: ``uncertainty.hidden_share`` stands for the whole.
    """
    people = specialists[specialists["npi"].isin(sites["npi"])].set_index("npi").sort_index()
    accepts = people["p_accepts_pump"].fillna(expected_rate(service))
    drug = people["drug"].map(
        {
            "unknown": service.number("call.p_drug_unknown"),
            "pain_likely": service.number("call.p_drug_pain_likely"),
        }
    )
    found = people["p_active"].fillna(1.0) * accepts * drug.fillna(1.0)
    probability: pd.Series = found.where(
        people["grade_rank"] <= service.rank(grade), service.number("uncertainty.hidden_share")
    )
    return probability


def minutes_gained(
    pairs: PairTable, population: Floats, clinician: Ints, n_clinicians: int, now_min: Floats
) -> tuple[Floats, Floats]:
    """Return the person-minutes that each candidate would save if proven, and the people who would gain.

    Parameters
    ----------
    pairs
        Drives to candidates.
    population
        People at each point.
    clinician
        Number of the clinician of each site.
    now_min
        Minutes to the nearest proven site of each point, at most the time limit.
    """
    saved, gaining = _gains(pairs.indptr, pairs.site, pairs.drive_min, population, clinician, n_clinicians, now_min)
    return saved, gaining


def call_list(
    pairs: PairTable,
    population: Floats,
    sites: pd.DataFrame,
    specialists: pd.DataFrame,
    *,
    service: Service,
    grade: str,
    time_limit_min: float,
) -> pd.DataFrame:
    """Rank clinicians by the value of a call.

    Parameters
    ----------
    pairs
        Drives to all ``sites``, those below the run's grade included where they are known.
    population
        People at each point.
    sites
        Columns ``site_id, npi, practice_name, phone, city, state, grade, grade_rank``.
    specialists
        The registry.

    Returns
    -------
    Most valuable first: ``rank, npi, name, practice_name, city, state, phone, grade, drug, p_yes, people_at_stake,
    person_min_at_stake, value, ask, why``. ``at stake`` is what a no would cost for clinicians of the run's grade, and
    what a yes would save for the others.
    """
    proven = (sites["grade_rank"] <= service.rank(grade)).to_numpy()
    clinician, names = pd.factorize(sites["npi"], sort=True)
    at_grade = pairs.select(sites=proven)
    loss = single_closures(at_grade, population, Groups.from_labels(sites["npi"]), time_limit_min=time_limit_min)
    now = np.minimum(at_grade.minutes_at(at_grade.nearest(1)[:, 0]), time_limit_min)
    saved, gaining = minutes_gained(
        pairs.select(sites=~proven), population, clinician.astype(np.int64), len(names), now
    )
    first = sites.assign(order=np.arange(len(sites))).sort_values(["npi", "site_id"]).drop_duplicates("npi")
    table = first.merge(specialists[["npi", "name", "drug"]], on="npi", how="left").sort_values("npi")
    table["p_yes"] = table["npi"].map(p_yes(sites, specialists, service=service, grade=grade))
    table["person_min_at_stake"] = loss["added_person_min"].to_numpy() + saved
    table["people_at_stake"] = loss["people_losing"].to_numpy() + gaining
    table["value"] = table["person_min_at_stake"] * table["p_yes"] * (1.0 - table["p_yes"])
    table["ask"] = service.words.get("ask", "")
    known = table["grade_rank"] <= service.rank(grade)
    table["why"] = np.where(
        known, "a no would lengthen these people's drive", "a yes would shorten these people's drive"
    )
    ranked = table.sort_values(["value", "npi"], ascending=[False, True], ignore_index=True)
    ranked.insert(0, "rank", np.arange(1, len(ranked) + 1))
    columns = [
        "rank", "npi", "name", "practice_name", "city", "state", "phone", "grade", "drug", "p_yes",
        "people_at_stake", "person_min_at_stake", "value", "ask", "why",
    ]  # fmt: skip
    return ranked[columns]


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _gains(
    indptr: Ints,
    site: Ints,
    drive_min: Floats,
    population: Floats,
    clinician: Ints,
    n_clinicians: int,
    now_min: Floats,
) -> tuple[Floats, Floats]:
    saved = np.zeros(n_clinicians)
    gaining = np.zeros(n_clinicians)
    seen_by = np.full(n_clinicians, -1, dtype=np.int64)
    for row in range(indptr.size - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            if drive_min[pair] >= now_min[row]:
                break
            who = clinician[site[pair]]
            if seen_by[who] != row:
                seen_by[who] = row
                saved[who] += population[row] * (now_min[row] - drive_min[pair])
                gaining[who] += population[row]
    return saved, gaining

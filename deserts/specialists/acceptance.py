"""The probability that a clinician takes a new patient with this need: from telephone answers, or a wide prior.

References
----------
Gelman A et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.4 (beta-binomial), doi 10.1201/b16018
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.arrays import Bools
from deserts.services import Service
from deserts.specialists.acceptance_sample import CommonRate, prior_rate
from deserts.specialists.standing import Standings

__all__ = ["NOT_CALIBRATED", "expected_rate", "probability_accepts", "rests_on_own"]

NOT_CALIBRATED = "prior, not calibrated for pumps"
"""What must stand beside every number that uses the prior alone."""
_OWN = "own answer and "


def expected_rate(service: Service) -> float:
    """Return the mean of the prior of the common rate of yes."""
    return prior_rate(service).mean


def probability_accepts(
    npis: pd.Index, standings: Standings, *, service: Service, rate: CommonRate | None = None
) -> pd.DataFrame:
    """Return the probability of accepting a new patient, and what it rests on.

    Everybody has the mean of the unknown common rate: a Beta(``accepts.prior_yes``, ``accepts.prior_no``) prior and,
    for the team, what a drawn sample answered. A clinician's own newest answer is added, with ``accepts.own_weight``,
    to a prior of that mean and of the profile's strength; its weight halves with ``accepts.half_life_days``, since a
    full list empties and an open one fills. It changes nobody else's chance: teams call the doubtful, so their answers
    are no sample of all.

    Parameters
    ----------
    npis
        Clinicians of the region.
    standings
        What stands, as of the day from which the age of an answer is counted; other regions are ignored.
    service
        The profile.
    rate
        What is known of the common rate; None is the prior, on which every table of a run rests, since a sample lies in
        a private log.
    """
    common = prior_rate(service) if rate is None else rate
    strength = common.prior_yes + common.prior_no
    newest = {npi: last for npi, said in standings.by_npi.items() if (last := said.last) is not None}
    answers = {npi: newest[npi] for npi in npis.intersection(pd.Index(list(newest), dtype=npis.dtype))}
    chance = np.full(len(npis), common.mean)
    basis = np.full(len(npis), _basis(common), dtype=object)
    for npi, said in answers.items():
        age = max((standings.as_of - said.on).days, 0)
        weight = service.number("accepts.own_weight") * 0.5 ** (age / service.number("accepts.half_life_days"))
        place = npis.get_loc(npi)
        yes = common.mean * strength + (weight if said.outcome == "accepting" else 0.0)
        chance[place] = yes / (strength + weight)
        basis[place] = _OWN + _basis(common)
    return pd.DataFrame({"p_accepts_pump": chance, "basis": basis}, index=npis)


def rests_on_own(basis: pd.Series) -> Bools:
    """Say for each ``p_accepts_basis`` whether an answer about the clinician stands behind it, not the common rate."""
    told = basis.fillna("")
    found: Bools = (told.str.startswith(_OWN) | (told == "contradicted")).to_numpy(dtype=bool)
    return found


def _basis(rate: CommonRate) -> str:
    if not rate.yes + rate.no:
        return NOT_CALIBRATED
    return f"common rate, by {rate.yes} yes and {rate.no} full of a drawn sample"

"""The probability that a clinician takes a new patient with this need: from telephone answers, or a wide prior.

References
----------
Gelman A et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.4 (beta-binomial), doi 10.1201/b16018
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.specialists.standing import Standings

__all__ = ["NOT_CALIBRATED", "expected_rate", "probability_accepts"]

NOT_CALIBRATED = "prior, not calibrated for pumps"
"""What must stand beside every number that uses the prior."""


def expected_rate(service: Service) -> float:
    """Return the mean of the prior of the common rate of yes."""
    yes, no = service.number("accepts.prior_yes"), service.number("accepts.prior_no")
    return yes / (yes + no)


def probability_accepts(npis: pd.Index, standings: Standings, *, service: Service) -> pd.DataFrame:
    """Return the probability of accepting a new patient, and what it rests on.

    Everybody has the mean of a Beta(``accepts.prior_yes``, ``accepts.prior_no``) prior, the unknown common rate. A
    clinician's own newest answer is added with ``accepts.own_weight``, which halves with ``accepts.half_life_days``,
    since a full list empties and an open one fills. It changes nobody else's chance: teams call the doubtful, so their
    answers are no sample of all.

    Parameters
    ----------
    npis
        Clinicians of the region.
    standings
        What stands, as of the day from which the age of an answer is counted; other regions are ignored.
    service
        The profile.
    """
    yes, no = service.number("accepts.prior_yes"), service.number("accepts.prior_no")
    newest = {npi: last for npi, said in standings.by_npi.items() if (last := said.last) is not None}
    answers = {npi: newest[npi] for npi in npis.intersection(pd.Index(list(newest), dtype=npis.dtype))}
    chance = np.full(len(npis), yes / (yes + no))
    basis = np.full(len(npis), NOT_CALIBRATED, dtype=object)
    for npi, said in answers.items():
        age = max((standings.as_of - said.on).days, 0)
        weight = service.number("accepts.own_weight") * 0.5 ** (age / service.number("accepts.half_life_days"))
        place = npis.get_loc(npi)
        chance[place] = (yes + (weight if said.outcome == "accepting" else 0.0)) / (yes + no + weight)
        basis[place] = "own answer and " + NOT_CALIBRATED
    return pd.DataFrame({"p_accepts_pump": chance, "basis": basis}, index=npis)

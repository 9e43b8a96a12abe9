"""The probability that a clinician takes a new patient with this need: from telephone answers, or a wide prior.

References
----------
Gelman A et al. (2013), Bayesian Data Analysis, 3rd ed., section 2.4 (beta-binomial), doi 10.1201/b16018
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.specialists.outcomes import OUTCOMES, Standing

__all__ = ["NOT_CALIBRATED", "probability_accepts"]

NOT_CALIBRATED = "prior, not calibrated for pumps"
"""What must stand beside every number that uses the prior."""


def probability_accepts(
    npis: pd.Index, verifications: pd.DataFrame | None, *, service: Service, as_of: dt.date
) -> pd.DataFrame:
    """Return the probability of accepting a new patient, and what it rests on.

    Until ``accepts.min_outcomes`` clinicians of the region have given an answer, everybody has the mean of a
    Beta(``accepts.prior_yes``, ``accepts.prior_no``) prior. From then on the answers of the region (one a clinician,
    the newest) update it. A clinician's own newest answer is added with ``accepts.own_weight``, which halves with
    ``accepts.half_life_days``, since a full list empties and an open one fills.

    Parameters
    ----------
    npis
        Clinicians of the region.
    verifications
        Rows of the log; other services and other regions are ignored.
    service
        The profile.
    as_of
        Day from which the age of an answer is counted.
    """
    yes, no = service.number("accepts.prior_yes"), service.number("accepts.prior_no")
    own_yes = own_no = pd.Series(0.0, index=npis)
    basis = NOT_CALIBRATED
    if verifications is not None and not verifications.empty:
        answers = _newest_answers(verifications, service)
        answers = answers[answers.index.isin(npis)]
        said_yes = answers["outcome"] == "accepting"
        if len(answers) >= service.number("accepts.min_outcomes"):
            yes, no = yes + float(said_yes.sum()), no + float((~said_yes).sum())
            basis = f"{len(answers)} answers in the region"
        days = (pd.Timestamp(as_of) - pd.to_datetime(answers["observed_on"])).dt.days.clip(lower=0)
        weight = service.number("accepts.own_weight") * 0.5 ** (days / service.number("accepts.half_life_days"))
        own_yes = weight.where(said_yes, 0.0).reindex(npis).fillna(0.0)
        own_no = weight.where(~said_yes, 0.0).reindex(npis).fillna(0.0)
    chance = (yes + own_yes) / (yes + no + own_yes + own_no)
    words = np.where((own_yes + own_no) > 0, "own answer and " + basis, basis)
    return pd.DataFrame({"p_accepts_pump": chance.to_numpy(dtype=float), "basis": words}, index=npis)


def _newest_answers(verifications: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Keep the newest answer about accepting, one row a clinician; silence and wrong numbers say nothing about it."""
    telling = [n for n, o in OUTCOMES.items() if o.standing is not Standing.SILENT and not o.of_site]
    rows = verifications[(verifications["service"] == service.service_id) & verifications["outcome"].isin(telling)]
    return rows.sort_values(["npi", "observed_on", "recorded_at", "outcome"]).groupby("npi").last()

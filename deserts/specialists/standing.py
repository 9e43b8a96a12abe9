"""What the newest answers say about each clinician: confirmed, contradicted, full for now, and until when."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.specialists.evidence import billed_rows
from deserts.specialists.outcomes import ASKED_SOURCES, OUTCOMES, Standing

__all__ = ["clinician_standing", "deactivated_now"]

_COLUMNS = ["last_outcome", "outcome_on", "review_on", "verified_on", "positive_on", "said_ages", "contradicted_on"]


def clinician_standing(verifications: pd.DataFrame | None, service: Service, as_of: dt.date) -> pd.DataFrame:
    """Return the state of each clinician after all answers so far.

    The newest answer about the clinician decides. A permanent one contradicts until a newer positive (or temporary,
    which says that the service is done) lifts it. Only answers that the clinic itself gave by phone or visit verify,
    and only for ``verification.keep_days``. Answers about one site and silence change nothing here.

    Parameters
    ----------
    verifications
        Rows of the log, oldest first within a day by ``recorded_at``.
    service
        The profile.
    as_of
        Day from which the age of an answer is counted.

    Returns
    -------
    DataFrame
        Indexed by NPI: ``last_outcome``, ``outcome_on``, ``review_on``, ``verified_on``, ``positive_on``,
        ``said_ages``, ``contradicted_on``; empty text where there is none.
    """
    if verifications is None or verifications.empty:
        return pd.DataFrame(columns=_COLUMNS, index=pd.Index([], name="npi", dtype="str"), dtype="str")
    about_person = [name for name, o in OUTCOMES.items() if not o.of_site and o.standing is not Standing.SILENT]
    permanent = [name for name in about_person if OUTCOMES[name].standing is Standing.PERMANENT]
    rows = verifications.loc[
        (verifications["service"] == service.service_id) & verifications["outcome"].isin(about_person)
    ]
    negative = rows["outcome"].isin(permanent)
    # Within one instant the negative answer is taken as the later one: the careful reading.
    rows = rows.assign(negative=negative).sort_values(["npi", "observed_on", "recorded_at", "negative", "outcome"])
    last = rows.groupby("npi").last()
    positive = rows[~rows["negative"]]
    positive_on = positive.groupby("npi")["observed_on"].max()
    oldest = (as_of - dt.timedelta(days=int(service.number("verification.keep_days")))).isoformat()
    asked = positive[positive["source"].isin(ASKED_SOURCES) & (positive["observed_on"] >= oldest)]
    verified_on = asked.groupby("npi")["observed_on"].max()
    ages = positive[positive["ages"] != ""].groupby("npi")["ages"].last()
    blocked = last["negative"].astype(bool)
    found = pd.DataFrame(
        {
            "last_outcome": last["outcome"],
            "outcome_on": last["observed_on"],
            "review_on": last["review_on"],
            "verified_on": verified_on.reindex(last.index).where(~blocked),
            "positive_on": positive_on.reindex(last.index),
            "said_ages": ages.reindex(last.index),
            "contradicted_on": last["observed_on"].where(blocked),
        }
    )
    return found[_COLUMNS].fillna("").astype("str")


def deactivated_now(evidence: pd.DataFrame, standing: pd.DataFrame) -> pd.Series:
    """Return the day of deactivation of each NPI that is still deactivated.

    A positive answer after that day, or a bill in a later year, shows that the number is in use again.
    """
    rows = evidence[evidence["kind"] == "deactivated"]
    day = rows.groupby("npi")["observed_on"].max()
    billed = billed_rows(evidence).groupby("npi")["year"].max()
    year = pd.to_numeric(day.str.slice(0, 4), errors="coerce").fillna(9999)
    later_bill = billed.reindex(day.index).fillna(0) > year
    later_call = standing["positive_on"].reindex(day.index).fillna("") > day
    lifted = np.asarray(later_bill) | np.asarray(later_call)
    still: pd.Series = day[~lifted]
    return still

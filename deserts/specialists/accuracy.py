"""What a directory is worth: of those listed under the specialties, how many are shown to do the service at all.

The share "with evidence" is a lower one: public bills leave out children, Medicare Advantage, Medicaid, hospital
billing and everybody with ten or fewer people. `hidden_share` says how much of the last the files themselves hide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.services.profile import SPECIALTY_ONLY, Service
from deserts.sources.publishers.claims_totals import suppression
from deserts.specialists.intervals import wilson
from deserts.specialists.outcomes import OUTCOMES, Standing

__all__ = ["MEASURES", "HiddenShare", "directory_accuracy", "hidden_by_model", "hidden_by_totals"]

MEASURES = {
    "with_evidence": "bills, or the clinic's own answer, show that they do it",
    "without_evidence": "nothing public shows that they do it",
    "deactivated": "the identifier has been deactivated",
    "po_box_only": "every address is a post-office box",
    "no_street": "no address names a street",
    "contradicted_by_call": "said on the telephone or at a visit not to do it, or to have stopped",
    "gone_from_address": "said to be gone from a listed address",
}
"""Measures of the meter in plain words."""

CALL_MEASURES = ("contradicted_by_call", "gone_from_address")
SMALLEST_PUBLIC_TOTAL = 11
"""Totals of answers below this are never printed on public outputs."""

_LARGEST_UNPUBLISHED = 10.5


def directory_accuracy(
    evidence: pd.DataFrame, specialists: pd.DataFrame, sites: pd.DataFrame, service: Service, *, public: bool
) -> pd.DataFrame:
    """Measure the directory against the evidence, for the whole region and by state.

    Parameters
    ----------
    evidence, specialists, sites
        Tables of the registry.
    service
        The profile.
    public
        Whether the result may be published: then answers appear only in the row of the whole region, and only as
        totals of at least 11.

    Returns
    -------
    DataFrame
        ``state`` ("all" first), ``measure``, ``listed``, ``count``, ``share``, ``low``, ``high`` (Wilson, 95 %); count
        and share are null where they may not be published.
    """
    is_listing = (evidence["source"] == "directory") & (evidence["kind"] == "specialty")
    listed_npis = evidence.loc[is_listing & (evidence["for_against"] == "for"), "npi"].unique()
    listed = specialists[specialists["npi"].isin(listed_npis)]
    flags = _flags(listed, evidence, sites, service)
    by_state = flags.groupby(listed["state"].rename("state")).agg(["sum", "size"]).sort_index()
    rows = [_rows("all", flags.sum(), len(flags))]
    rows += [
        _rows(str(state), by_state.loc[state].xs("sum", level=1), int(by_state.loc[state].iloc[1]))
        for state in by_state.index
    ]
    found = pd.concat(rows, ignore_index=True)
    if public:
        called = found["measure"].isin(CALL_MEASURES)
        hide = called & ((found["state"] != "all") | (found["count"] < SMALLEST_PUBLIC_TOTAL))
        found.loc[hide, ["count", "share", "low", "high"]] = np.nan
    return found


def _flags(listed: pd.DataFrame, evidence: pd.DataFrame, sites: pd.DataFrame, service: Service) -> pd.DataFrame:
    npis = listed["npi"]
    shown = listed["grade_rank"] < service.rank(SPECIALTY_ONLY)
    permanent = [n for n, o in OUTCOMES.items() if o.standing is Standing.PERMANENT and not o.of_site]
    own = sites[sites["npi"].isin(npis)]
    boxes = own["address_kind"].eq("po_box").groupby(own["npi"]).all()
    streets = own["address_kind"].isin(["street", "rural_route", "po_box"]).groupby(own["npi"]).any()
    gone = own["site_status"].eq("moved").groupby(own["npi"]).any()
    return pd.DataFrame(
        {
            "with_evidence": shown,
            "without_evidence": ~shown,
            "deactivated": npis.isin(evidence.loc[evidence["kind"] == "deactivated", "npi"]),
            "po_box_only": npis.map(boxes).eq(other=True),
            "no_street": ~npis.map(streets).eq(other=True),
            "contradicted_by_call": listed["last_outcome"].isin(permanent),
            "gone_from_address": npis.map(gone).eq(other=True),
        }
    )


def _rows(state: str, counts: pd.Series, listed: int) -> pd.DataFrame:
    count = counts.reindex(list(MEASURES)).to_numpy(dtype=np.float64)
    low, high = wilson(count, np.full(len(count), listed))
    share = count / listed if listed else np.full(len(count), np.nan)
    return pd.DataFrame(
        {
            "state": state,
            "measure": list(MEASURES),
            "listed": listed,
            "count": count,
            "share": share,
            "low": low,
            "high": high,
        }
    )


@dataclass(frozen=True, slots=True)
class HiddenShare:
    """An estimate of who is missing because ten or fewer people were served.

    Parameters
    ----------
    share
        Share that the rule removes (0 to 1), null when it cannot be told: of services by totals, of rows of clinician,
        code and place by the model.
    published
        Published rows or providers that the estimate rests on.
    words
        How it was found, and what to think of it.
    """

    share: float
    published: int
    words: str


def hidden_by_totals(claims: pd.DataFrame, geography: pd.DataFrame, service: Service) -> HiddenShare | None:
    """Return the share of services that the rule of ten removes, from national totals of the newest common year.

    Parameters
    ----------
    claims, geography
        As ``read_claims`` (the whole nation) and ``read_geography`` return.
    service
        The profile; only codes that stand on a rung count.

    Returns
    -------
    HiddenShare or None
        None where the totals name none of the codes.
    """
    ladder = sorted({name for grade in service.grades for name in grade.any_class})
    codes = service.codes(*ladder)
    both = suppression(claims[claims["code"].isin(codes)], geography[geography["code"].isin(codes)])
    both = both[both["national_services"] > 0]
    if both.empty:
        return None
    year = int(both["year"].max())
    rows = both[both["year"] == year]
    share = 1.0 - float(rows["published_services"].sum() / rows["national_services"].sum())
    words = f"services of {year}: national totals against the sum of the published rows"
    return HiddenShare(max(share, 0.0), int(rows["published_providers"].sum()), words)


def hidden_by_model(beneficiaries: npt.ArrayLike) -> HiddenShare:
    """Estimate the share of rows that the rule of ten removes, from the shape of those that it leaves.

    The numbers of people are taken as log-normal and cut off at 10.5; mean and spread come from maximum likelihood
    on what is left. The tail below the cut cannot be seen, so this is a model's answer: national totals, where they
    are at hand (``sources.claims_totals.suppression``), are better.

    Parameters
    ----------
    beneficiaries
        People of each published row (all at least 11).

    References
    ----------
    Cohen AC (1959), Technometrics 1:217-237, doi 10.1080/00401706.1959.10489859
    """
    counts = np.asarray(beneficiaries, dtype=np.float64)
    counts = counts[np.isfinite(counts) & (counts > _LARGEST_UNPUBLISHED)]
    if len(counts) < SMALLEST_PUBLIC_TOTAL:
        return HiddenShare(math.nan, len(counts), "too few published rows to say how many are hidden")
    from scipy.optimize import minimize
    from scipy.stats import norm

    logs, cut = np.log(counts), math.log(_LARGEST_UNPUBLISHED)

    def loss(theta: npt.NDArray[np.float64]) -> float:
        mean, spread = theta[0], math.exp(theta[1])
        return float(-np.sum(norm.logpdf(logs, mean, spread) - norm.logsf(cut, mean, spread)))

    start = np.array([logs.mean(), math.log(max(float(logs.std()), 0.1))])
    fit = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7, "maxiter": 4000})
    share = float(norm.cdf(cut, fit.x[0], math.exp(fit.x[1])))
    return HiddenShare(share, len(counts), "log-normal numbers of people, cut off at ten: a model, not a count")

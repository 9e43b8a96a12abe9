"""Reconcile what the files show of a service with what CMS says was billed: share seen, and who must be hidden.

Rows by clinician leave out everybody with ten or fewer patients, Medicare Advantage and what hospitals bill. Totals
that CMS publishes beside them say how much that is. Like is compared with like: office rows with office totals,
facility rows with facility totals, and a drug's total (which holds office and hospital outpatient together) with all
rows of its code. A national total is never split over states; a state has a figure only where a total by state was
read.

Patients may be counted at several clinicians, so their number is a range, never above the total: at most the sum of all
rows; at least the largest row of each door, added up (two clinicians at one address may share every patient; a patient
who changes clinics within the year still counts twice); ``seen_patients_strict`` is the largest single row, which holds
whatever patients do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.sources.readers.statecodes import postal_code
from deserts.specialists.addresses import read_addresses
from deserts.tables import empty

__all__ = ["LEAST_STATES", "NATION", "Totals", "hidden_clinicians", "is_nationwide", "reconcile", "share_enrolled"]

NATION = "US"
ALL = "all"
HOSPITAL = "H"
LEAST_STATES = 25
"""A claims file of the user's own counts as the whole nation from this many states on: half of them. Pump care is
billed in most states, and files of one state or region are the ones to be told apart."""

_MOST_HIDDEN = 10.0
_KEY = ["year", "state", "code", "place_of_service"]
_COUNTS = ["total_patients", "total_services", "total_clinicians", "total_claims"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What CMS publishes beside the rows by clinician; None where it was not read.

    Parameters
    ----------
    drugs
        As ``read_drug_spending`` returns, several editions stacked.
    geography
        As ``read_geography`` returns.
    procedures
        As ``read_psps`` returns.
    outpatient
        As ``read_outpatient_geography`` returns.
    penetration
        As ``read_penetration`` returns.
    """

    drugs: pd.DataFrame | None = None
    geography: pd.DataFrame | None = None
    procedures: pd.DataFrame | None = None
    outpatient: pd.DataFrame | None = None
    penetration: pd.DataFrame | None = None


def is_nationwide(claims: pd.DataFrame, *, from_publisher: bool) -> bool:
    """Whether rows of claims can be held against a national total.

    What a publisher's own address gave is the whole nation; a user's file is taken for it by the states that it names.
    """
    return from_publisher or claims.loc[claims["state"] != "", "state"].nunique() >= LEAST_STATES


def reconcile(
    claims: pd.DataFrame | None, totals: Totals, *, service: Service, states: Sequence[str], nationwide: bool
) -> pd.DataFrame:
    """Hold the rows by clinician against every total that was read.

    Parameters
    ----------
    claims
        As ``read_claims`` returns, all states and years; None when no claims were read.
    totals
        What was read of totals.
    service
        Its codes are reconciled.
    states
        States that get a row even where nothing is known of them: the region's own.
    nationwide
        Whether the claims are those of the whole nation, see `is_nationwide`.

    Returns
    -------
    DataFrame
        The table ``reconciliation``. Where no total was read for a year, state and code, one row says so
        (``not_reconciled``).
    """
    codes = service.codes()
    seen = _seen(claims[claims["code"].isin(codes)]) if claims is not None else _nothing_seen()
    known = _all_totals(totals, codes)
    merged = _side_by_side(known, seen, service=service, states=states)
    merged["status"] = _statuses(merged, is_read=claims is not None, nationwide=nationwide)
    merged = _shares(merged)
    merged["ma_share"] = merged["state"].map(share_enrolled(totals.penetration)).astype("float64")
    columns = list(empty("reconciliation").columns)
    order = ["year", "state", "code", "place_of_service", "total_source", "edition"]
    return merged[columns].sort_values(order, ignore_index=True)


# --- what the rows by clinician show ----------------------------------------------------------------------------------


def _nothing_seen() -> pd.DataFrame:
    kinds = {"year": "int64", "state": "str", "code": "str", "place_of_service": "str"}
    counts = ("seen_clinicians", "seen_patients_low", "seen_patients_high", "seen_patients_strict", "seen_services")
    kinds |= dict.fromkeys(counts, "float64")
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def _seen(claims: pd.DataFrame) -> pd.DataFrame:
    """Return clinicians, patients and services by year, area, code and place, and for all places together."""
    if claims.empty:
        return _nothing_seen()
    street = read_addresses(claims["street1"], claims["street2"])["street"]
    door = (street + " " + claims["zip"]).where(street != "", claims["npi"])
    rows = claims[["npi", "year", "code", "place_of_service", "state", "beneficiaries", "services"]].assign(door=door)
    # The same key in two files of one year is one row, the larger count.
    rows = rows.sort_values(["beneficiaries", "services"], kind="stable")
    rows = rows.drop_duplicates(["npi", "year", "code", "place_of_service"], keep="last")
    nation, every = rows.assign(state=NATION), pd.concat([rows, rows.assign(state=NATION)])
    both = pd.concat([every, pd.concat([rows, nation]).assign(place_of_service=ALL)], ignore_index=True)
    both = both[both["state"] != ""]
    by_door = both.groupby([*_KEY, "door"], sort=True)["beneficiaries"].max().groupby(level=_KEY).sum()
    grouped = both.groupby(_KEY, sort=True)
    return (
        grouped.agg(
            seen_clinicians=("npi", "nunique"),
            seen_patients_high=("beneficiaries", "sum"),
            seen_patients_strict=("beneficiaries", "max"),
            seen_services=("services", "sum"),
        )
        .assign(seen_patients_low=by_door)
        .astype("float64")
        .reset_index()
    )


# --- what CMS publishes beside them -----------------------------------------------------------------------------------


def _all_totals(totals: Totals, codes: Sequence[str]) -> pd.DataFrame:
    parts = [
        _drug_totals(totals.drugs),
        _geography_totals(totals.geography),
        _procedure_totals(totals.procedures),
        _outpatient_totals(totals.outpatient),
    ]
    columns = [*_KEY, "total_source", "edition", *_COUNTS, "total_suppressed"]
    frame = pd.concat([part.reindex(columns=columns) for part in parts], ignore_index=True)
    frame = frame[frame["code"].isin(codes)]
    kinds = {"year": "int64", "total_suppressed": "bool"} | dict.fromkeys(_COUNTS, "float64")
    kinds |= dict.fromkeys(["state", "code", "place_of_service", "total_source", "edition"], "str")
    return frame.astype(kinds).drop_duplicates([*_KEY, "total_source", "edition"]).reset_index(drop=True)


def _drug_totals(drugs: pd.DataFrame | None) -> pd.DataFrame:
    """Return totals of a drug: the nation, office and hospital outpatient together; quarters of a year are no total."""
    if drugs is None:
        return pd.DataFrame()
    whole = drugs[~drugs["partial"]]
    named = {"patients": "total_patients", "units": "total_services", "claims": "total_claims"}
    quarterly = whole["period"] != ""
    return whole.rename(columns=named).assign(
        state=NATION, place_of_service=ALL, total_clinicians=np.nan, total_suppressed=whole["suppressed"],
        total_source="drug_spending", edition=whole["edition"].where(~quarterly, whole["edition"] + " quarterly"),
    )  # fmt: skip


def _geography_totals(geography: pd.DataFrame | None) -> pd.DataFrame:
    if geography is None:
        return pd.DataFrame()
    state = postal_code(geography["state_fips"]).where(geography["level"] == "State", NATION)
    # CMS counts a few dozen places beside the states (territories, "Unknown"): they have no postal code here.
    rows = geography.assign(state=state)[state != ""]
    named = {"beneficiaries": "total_patients", "services": "total_services", "providers": "total_clinicians"}
    return rows.rename(columns=named).assign(
        total_source="geography", edition=rows["year"].astype("str"), total_claims=np.nan,
        total_suppressed=rows["beneficiaries"].isna(),
    )  # fmt: skip


def _procedure_totals(procedures: pd.DataFrame | None) -> pd.DataFrame:
    """Add up allowed services of whole procedures; a state has a total only where its carriers are known."""
    if procedures is None:
        return pd.DataFrame()
    whole = procedures[procedures["part"] == ""]
    both = pd.concat([whole[whole["state"] != ""], whole.assign(state=NATION)])
    summed = both.groupby(_KEY, as_index=False)[["allowed_services"]].sum()
    return summed.rename(columns={"allowed_services": "total_services"}).assign(
        total_source="psps", edition=summed["year"].astype("str"), total_patients=np.nan, total_clinicians=np.nan,
        total_claims=np.nan, total_suppressed=False,
    )  # fmt: skip


def _outpatient_totals(outpatient: pd.DataFrame | None) -> pd.DataFrame:
    if outpatient is None:
        return pd.DataFrame()
    named = {"area": "state", "patients": "total_patients", "services": "total_services"}
    rows = outpatient.rename(columns=named)
    # A code can stand in several payment groups: services add up, patients do not.
    keys = ["year", "state", "code"]
    summed = rows.groupby(keys, as_index=False).agg(
        total_services=("total_services", "sum"), total_patients=("total_patients", "max"),
        total_suppressed=("suppressed", "any"),
    )  # fmt: skip
    return summed.assign(
        place_of_service=HOSPITAL, total_source="outpatient", edition=summed["year"].astype("str"),
        total_clinicians=np.nan, total_claims=np.nan,
    )  # fmt: skip


# --- side by side -----------------------------------------------------------------------------------------------------


def _side_by_side(known: pd.DataFrame, seen: pd.DataFrame, *, service: Service, states: Sequence[str]) -> pd.DataFrame:
    """Return totals with what is seen of them, what is seen without a total, and areas of which neither is known."""
    pairs = pd.MultiIndex.from_frame(known[_KEY])
    # All places together are compared only where a total holds them together.
    alone = seen[(seen["place_of_service"] != ALL) & ~pd.MultiIndex.from_frame(seen[_KEY]).isin(pairs)]
    newest = max((int(frame["year"].max()) for frame in (seen, known) if len(frame)), default=0)
    wanted = pd.DataFrame({"state": [NATION, *states], "year": newest, "code": service.reconcile_code})
    there = pd.concat([known, alone])[["state", "year", "code"]]
    missing = wanted[~pd.MultiIndex.from_frame(wanted).isin(pd.MultiIndex.from_frame(there))]
    parts = [known.merge(seen, on=_KEY, how="left"), alone, missing.assign(place_of_service=ALL)]
    merged = pd.concat([part for part in parts if len(part)], ignore_index=True)
    merged = merged.reindex(columns=[*parts[0].columns])
    merged["total_suppressed"] = merged["total_suppressed"].eq(other=True)
    texts = ["state", "code", "place_of_service", "total_source", "edition"]
    merged[texts] = merged[texts].astype("object").fillna("").astype("str")
    numbers = [name for name in merged.columns if name not in (*texts, "year", "total_suppressed")]
    return merged.astype({"year": "int64"} | dict.fromkeys(numbers, "float64"))


def _statuses(merged: pd.DataFrame, *, is_read: bool, nationwide: bool) -> np.ndarray:
    no_total = merged["total_source"] == ""
    blank = merged[["total_patients", "total_services"]].isna().all(axis=1)
    partial = (merged["state"] == NATION) & (not nationwide)
    return np.select(
        [no_total, merged["place_of_service"] == HOSPITAL, np.full(len(merged), not is_read), partial, blank],
        ["not_reconciled", "total_only", "not_read", "seen_partial", "total_suppressed"],
        default="reconciled",
    ).astype(object)


def _shares(merged: pd.DataFrame) -> pd.DataFrame:
    """Add shares and hidden counts where like stands beside like; no row of ours beside a total is a seen of zero."""
    like = (merged["status"] == "reconciled").to_numpy()
    seen = merged[["seen_clinicians", "seen_patients_low", "seen_patients_high", "seen_services"]]
    merged[list(seen.columns)] = seen.mask(seen.isna() & like[:, None], 0.0)
    patients = merged["total_patients"].where((merged["total_patients"] > 0) & like)
    services = merged["total_services"].where((merged["total_services"] > 0) & like)
    merged["patients_low_share"] = (merged["seen_patients_low"] / patients).clip(0.0, 1.0)
    merged["patients_high_share"] = (merged["seen_patients_high"] / patients).clip(0.0, 1.0)
    merged["services_share"] = (merged["seen_services"] / services).clip(0.0, 1.0)
    hidden = (services - merged["seen_services"]).clip(lower=0.0)
    merged["hidden_services"] = hidden
    counted = (merged["total_clinicians"] - merged["seen_clinicians"]).where(like).clip(lower=0.0)
    # Without a count of clinicians: a hidden one has 1 to 10 patients, each with as many services as those seen.
    each = merged["seen_services"] / merged["seen_patients_high"].where(merged["seen_patients_high"] > 0)
    is_professional = merged["total_source"].isin(["geography", "psps"])
    low, high = hidden / (each * _MOST_HIDDEN), hidden / each
    merged["hidden_clinicians_low"] = counted.fillna(low.where(is_professional))
    merged["hidden_clinicians_high"] = counted.fillna(high.where(is_professional))
    return merged


def share_enrolled(penetration: pd.DataFrame | None) -> dict[str, float]:
    """Return the share of those with Medicare who are in Medicare Advantage, by state and for the nation.

    Counties whose count of enrolled is not published are left out of both numbers.
    """
    if penetration is None or penetration.empty:
        return {}
    rows = penetration.dropna(subset=["eligible", "enrolled"])
    rows = rows.assign(state=postal_code(rows["county_fips"].str[:2]))
    both = pd.concat([rows[rows["state"] != ""], rows.assign(state=NATION)])
    sums = both.groupby("state")[["eligible", "enrolled"]].sum()
    return {str(state): row.enrolled / row.eligible for state, row in sums.iterrows() if row.eligible > 0}


def hidden_clinicians(reconciliation: pd.DataFrame, service: Service, *, year: int | None = None) -> pd.DataFrame:
    """Return by state how many clinicians of the service the rule of ten must hide.

    Only totals of clinicians by state tell (Geography and Service). One clinician bills several codes and places, so
    that their numbers do not add up: at least the largest of them, at most their sum.

    Parameters
    ----------
    reconciliation
        The table.
    service
        Its codes that stand on a rung count.
    year
        Year of the totals; the newest when None.

    Returns
    -------
    DataFrame
        ``state, hidden_low, hidden_high``, one row a state with such totals; empty without.
    """
    ladder = sorted({name for grade in service.grades for name in grade.any_class})
    rows = reconciliation[
        (reconciliation["total_source"] == "geography")
        & (reconciliation["status"] == "reconciled")
        & (reconciliation["state"] != NATION)
        & reconciliation["code"].isin(service.codes(*ladder))
        & reconciliation["hidden_clinicians_low"].notna()
    ]
    rows = rows[rows["year"] == (rows["year"].max() if year is None else year)]
    grouped = rows.groupby("state", as_index=False)
    return grouped.agg(hidden_low=("hidden_clinicians_low", "max"), hidden_high=("hidden_clinicians_high", "sum"))

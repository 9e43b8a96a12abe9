"""What a hospital's price file proves: payments make evidence of a place that does the service, prices prove nothing.

A hospital is a *place*: nobody is named, and it is never counted as a clinician. Medicare itself is no payer in these
files, so that they see just what the rows by clinician do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from deserts.rules import payers
from deserts.services import Service
from deserts.tables import empty

__all__ = ["GRADES", "Grade", "grade_prices", "hospital_places", "payer_state", "places_of_payer"]

_OFTEN = 11
_OUTPATIENT = ("outpatient", "both")


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade of hospital evidence: its rank (0 is best), what may be said, and whether it shows that it is done."""

    rank: int
    words: str
    shows: bool


GRADES: Final[Mapping[str, Grade]] = {
    "P3": Grade(0, "was paid for it by this payer repeatedly within 15 months", shows=True),
    "P2": Grade(1, "was paid for it by this payer at least once within 15 months", shows=True),
    "P1": Grade(2, "has a price agreed with this payer; whether it does it is unknown", shows=False),
    "P0": Grade(3, "is on the price list alone, which says nothing", shows=False),
    "N": Grade(4, "was not paid for it by this payer in the window, which is not that it does not do it", shows=False),
}
"""Grades of hospital evidence, best first."""

_KEY = ["ccn", "code", "payer_name", "plan_name"]


def grade_prices(prices: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Grade the prices of hospitals, one row a hospital, code and payer's plan.

    Counts of rows that may tell of the same payments (settings that overlap, modifiers, repeated lines) are not added:
    at least the largest of them, at most the sum of those of one setting. A row for inpatients alone shows no refill.

    Parameters
    ----------
    prices
        Rows as ``read_prices`` returns, with ``ccn, version, last_updated_on, shared_by, source_file, sha256``.
    service
        The profile.

    Returns
    -------
    DataFrame
        The table ``hospital_evidence``.
    """
    if prices.empty:
        return empty("hospital_evidence")
    rows = prices.assign(
        payer_name=_names(prices["payer_name"]), plan_name=_names(prices["plan_name"]),
        kind=prices["code"].map(_class_of(service)).fillna("supply"),
    )  # fmt: skip
    rows["grade"] = _grades(rows)
    counted = rows["setting"].isin(_OUTPATIENT)
    rows["low"], rows["high"] = (rows[name].where(counted) for name in ("count_low", "count_high"))
    rows["grade_rank"] = rows["grade"].map({name: grade.rank for name, grade in GRADES.items()}).astype("int64")
    best = rows.sort_values([*_KEY, "grade_rank", "setting", "pointer"], kind="stable").drop_duplicates(_KEY)
    by_setting = rows.drop_duplicates([*_KEY, "setting", "modifiers", "low", "high"])
    highs = by_setting.groupby([*_KEY, "setting"])["high"].sum(min_count=1).groupby(level=_KEY).max()
    lows = rows.groupby(_KEY)["low"].max()
    bounds = pd.DataFrame({"payments_low": lows, "payments_high": highs}).reset_index()
    made = best.merge(bounds, on=_KEY, how="left", validate="one_to_one")
    columns = list(empty("hospital_evidence").columns)
    return made[columns].sort_values(_KEY, ignore_index=True)


def _grades(rows: pd.DataFrame) -> np.ndarray:
    counted = rows["setting"].isin(_OUTPATIENT)
    return np.select(
        [
            counted & (rows["count_low"] >= _OFTEN),
            counted & (rows["count_low"] >= 1),
            counted & (rows["count_high"] == 0),
            (rows["payer_name"] != "") & (rows["rate_kind"] != "none"),
        ],
        ["P3", "P2", "N", "P1"],
        default="P0",
    ).astype(object)


def _names(column: pd.Series) -> pd.Series:
    """Return names with single spaces; wide files write underscores for them."""
    text = column.str.replace("_", " ", regex=False).str.replace(r"\s+", " ", regex=True)
    return text.str.strip().astype("str")


def _class_of(service: Service) -> dict[str, str]:
    return {code: name for name, codes in service.code_classes.items() for code in codes}


def places_of_payer(evidence: pd.DataFrame, payer: str) -> frozenset[str]:
    """Return the hospitals that a payer has paid, by the names in their files."""
    shown = evidence[evidence["grade"].map({name: grade.shows for name, grade in GRADES.items()}).eq(other=True)]
    names = {name for name in shown["payer_name"].unique() if payers.is_same(payer, str(name))}
    return frozenset(shown.loc[shown["payer_name"].isin(names), "ccn"])


def payer_state(payer: str, *, paid: str, without: str) -> str:
    """Return ``yes``, ``no`` or ``ask``: what a place's file says of a payer.

    Parameters
    ----------
    payer
        Name as it was asked for.
    paid, without
        Payers with payments and without any, as ``hospital_places`` joins them.
    """
    return ("yes", "ask", "no")[payers.state_of(payer, paid.split("; "), without.split("; "))]


def hospital_places(evidence: pd.DataFrame, hospitals: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Gather evidence to places: one row a hospital whose price file was read.

    A place supplies where a payment for one of the profile's ``place_classes`` is shown by a file of its own. A file
    that several hospitals share does not tell which of them was paid: such a place is asked, never counted.

    Parameters
    ----------
    evidence
        The table ``hospital_evidence``.
    hospitals
        The table ``hospitals``, for name, place and telephone.
    service
        The profile.

    Returns
    -------
    DataFrame
        The table ``hospital_places``.
    """
    if evidence.empty:
        return empty("hospital_places")
    told = evidence[evidence["kind"].isin(service.place_classes)]
    shown = told[told["grade"].isin([name for name, grade in GRADES.items() if grade.shows])]
    by_ccn = evidence.groupby("ccn")
    frame = by_ccn.agg(last_updated_on=("last_updated_on", "max"), shared_by=("shared_by", "max")).reset_index()
    best = told.sort_values(["ccn", "grade_rank"]).drop_duplicates("ccn").set_index("ccn")
    frame["grade"] = frame["ccn"].map(best["grade"]).astype("object").fillna("P0").astype("str")
    frame["grade_rank"] = frame["grade"].map({name: grade.rank for name, grade in GRADES.items()}).astype("int64")
    # A payment for the drug and one for the refill may be the same visit: codes are not added.
    sums = shown.groupby(["ccn", "code"])[["payments_low", "payments_high"]].sum(min_count=1)
    most = sums.groupby(level="ccn").agg(payments_low=("payments_low", "max"), payments_high=("payments_high", "max"))
    frame = frame.merge(most.reset_index(), on="ccn", how="left")
    frame["payers"] = _joined(frame["ccn"], shown, "payer_name")
    frame["payers_without"] = _joined(frame["ccn"], told[told["grade"] == "N"], "payer_name")
    frame["codes"] = _joined(frame["ccn"], shown, "code")
    drug = shown.loc[shown["kind"].isin(service.drug_classes), "ccn"]
    frame["drug"] = _drug_words(frame["ccn"].isin(drug), service)
    frame["supplies"] = frame["ccn"].isin(shown["ccn"]) & (frame["shared_by"] <= 1)
    frame["place_id"] = "H" + frame["ccn"]
    named = hospitals.rename(columns={"type": "hospital_type"})
    made = frame.merge(named, on="ccn", how="inner", validate="one_to_one")
    columns = list(empty("hospital_places").columns)
    return made[columns].sort_values("place_id", ignore_index=True)


def _joined(ccns: pd.Series, rows: pd.DataFrame, column: str) -> pd.Series:
    pairs = rows.loc[rows[column] != "", ["ccn", column]].drop_duplicates().sort_values(["ccn", column])
    return ccns.map(pairs.groupby("ccn")[column].agg("; ".join)).astype("object").fillna("").astype("str")


def _drug_words(proven: pd.Series, service: Service) -> np.ndarray:
    if not service.drug_classes:
        return np.full(len(proven), "not_applicable", dtype=object)
    return np.where(proven, "baclofen_proven", "unknown").astype(object)

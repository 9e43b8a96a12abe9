"""Evidence to grade: climb the ladder of the profile, one rung at a time, for all clinicians at once.

Public evidence alone. What the clinics answered comes on top in `deserts.specialists.settle`, which runs again whenever
the log has changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services.profile import CONTRADICTED, SPECIALTY_ONLY, VERIFIED, Service
from deserts.specialists.evidence import billed_rows, bills_in_pool

__all__ = ["Grading", "grade_clinicians", "pooled_years"]


@dataclass(frozen=True, slots=True)
class Grading:
    """Grades of all candidates by public evidence.

    Parameters
    ----------
    frame
        Indexed by NPI: ``grade`` (empty) and ``grade_rank`` (-1) where the evidence is too weak or too old for any
        rung, ``grade_reason``, ``first_year``, ``last_year``, ``beneficiaries``, ``services``, ``off_ladder`` (neutral
        code classes, joined by ', '), ``billed`` (pooled bills in words), ``deactivated_on`` (day since which the
        number is out of use, empty when it is in use), ``against`` (what speaks against it, in words).
    years
        First and last of the pooled years of bills; (0, 0) when there are none.
    """

    frame: pd.DataFrame
    years: tuple[int, int]


def pooled_years(evidence: pd.DataFrame, service: Service) -> tuple[int, int]:
    """Return the first and last year of bills that count for a grade, for words: Medicare's where any were read.

    `bills_in_pool` decides; a bill before the pool is kept as evidence and supports no rung.
    """
    bills = billed_rows(evidence)
    claims = bills["source"] == "claims"
    years = bills.loc[claims if claims.any() else ~claims, "year"]
    newest = int(years.max()) if len(years) else 0
    return (newest - int(service.number("evidence.pool_years")) + 1, newest) if newest else (0, 0)


def grade_clinicians(evidence: pd.DataFrame, npis: pd.Index, service: Service, organisations: pd.Index) -> Grading:
    """Give each clinician the best rung that the public evidence supports.

    An undated bill counts as pooled and is called undated.

    Parameters
    ----------
    evidence
        Finished evidence rows, answers of the log left out.
    npis
        The candidates, sorted.
    service
        The profile with its ladder.
    organisations
        NPIs of organisations; a specialty alone lists persons, never organisations.
    """
    first, newest = pooled_years(evidence, service)
    every_bill = billed_rows(evidence)
    bills = every_bill[every_bill["for_against"] == "for"]
    pooled = bills[bills_in_pool(every_bill, service)[bills.index]]
    could = evidence[evidence["kind"].isin(["specialty", "taxonomy"]) & (evidence["for_against"] == "for")]
    has_specialty = npis.isin(could["npi"])
    rank = np.full(len(npis), -1)
    for grade in reversed(service.grades):
        if grade.name in (VERIFIED, CONTRADICTED):
            continue
        holds = npis.isin(pooled.loc[pooled["kind"].isin(grade.any_class), "npi"])
        if grade.name == SPECIALTY_ONLY:
            holds = ~npis.isin(organisations)
        if grade.needs_specialty:
            holds &= has_specialty
        rank[holds] = grade.rank
    reasons = _Reasons(npis, bills, pooled, evidence, first, newest)
    frame = pd.DataFrame({"grade_rank": rank}, index=npis)
    frame["grade"] = np.array([g.name for g in service.grades] + [""], dtype=object)[rank]
    frame["grade_reason"] = reasons.texts(frame["grade"])
    frame = frame.join(_volumes(npis, bills))
    frame["off_ladder"] = reasons.off_ladder
    frame["billed"] = reasons.billed
    frame["deactivated_on"] = _deactivated(evidence).reindex(npis).fillna("")
    frame["against"] = reasons.against
    return Grading(frame, (first, newest))


def _deactivated(evidence: pd.DataFrame) -> pd.Series:
    """Return the day of deactivation of each NPI; a bill in a later year shows that the number is in use again."""
    rows = evidence[evidence["kind"] == "deactivated"]
    day = rows.groupby("npi")["observed_on"].max()
    billed = billed_rows(evidence).groupby("npi")["year"].max()
    year = pd.to_numeric(day.str.slice(0, 4), errors="coerce").fillna(9999)
    lifted = billed.reindex(day.index).fillna(0) > year
    still: pd.Series = day[~lifted.to_numpy(dtype=bool)]
    return still


def _volumes(npis: pd.Index, bills: pd.DataFrame) -> pd.DataFrame:
    """First and last year of bills, and the volume of the last one.

    Volume is that of Medicare where it paid any: people of a year, not of Medicaid's busiest month.
    """
    by_npi = bills.loc[bills["year"] > 0].groupby("npi")["year"]
    claims = bills["source"] == "claims"
    counted = bills[claims | ~bills["npi"].isin(bills.loc[claims, "npi"])]
    final = counted[counted["year"] == counted.groupby("npi")["year"].transform("max")]
    # The same person can stand under several codes and places: the largest count is the safe lower bound on people.
    people = final.groupby("npi")["beneficiaries"].max()
    services = final.groupby("npi")["services"].sum(min_count=1)
    return pd.DataFrame(
        {
            "first_year": by_npi.min().reindex(npis).fillna(0).astype("int64"),
            "last_year": by_npi.max().reindex(npis).fillna(0).astype("int64"),
            "beneficiaries": people.reindex(npis).astype("float64"),
            "services": services.reindex(npis).astype("float64"),
        }
    )


class _Reasons:
    """Plain words for each grade, from the same rows that gave it."""

    def __init__(
        self,
        npis: pd.Index,
        bills: pd.DataFrame,
        pooled: pd.DataFrame,
        evidence: pd.DataFrame,
        first: int,
        newest: int,
    ) -> None:
        self.window = f"{first}–{newest}" if first != newest else str(newest)
        codes = _joined(pooled, "code").reindex(npis).fillna("")
        years = _joined(pooled.assign(year=_year_words(pooled["year"])), "year").reindex(npis).fillna("")
        self.billed = (codes + " billed in " + years).where(codes != "", "")
        self.bills = ("billed " + codes + " in " + years).where(codes != "", "")
        old = bills.loc[~bills.index.isin(pooled.index)]
        self.old_year = old.groupby("npi")["year"].max().reindex(npis)
        listed = evidence[evidence["kind"].isin(["specialty", "taxonomy"]) & (evidence["for_against"] == "for")]
        self.listed = _joined(listed, "code").reindex(npis).fillna("")
        every_bill = billed_rows(evidence)
        neutral = every_bill[every_bill["for_against"] == "neutral"]
        self.off_ladder = _joined(neutral, "kind").reindex(npis).fillna("")
        self.off_codes = _joined(neutral, "code").reindex(npis).fillna("")
        negative = evidence[evidence["for_against"] == "against"]
        words = negative["kind"].where(negative["code"] == "", negative["code"]) + " on " + negative["observed_on"]
        self.against = _joined(negative.assign(words=words), "words").reindex(npis).fillna("")

    def texts(self, grades: pd.Series) -> np.ndarray:
        listed = "listed as " + self.listed + "; none of the service's codes found"
        listed += f" in bills of {self.window}" if self.window != "0" else " (no bills were read)"
        stale = ("; last billed in " + self.old_year.astype("Int64").astype("str") + ", before the pooled years").where(
            self.old_year.notna(), ""
        )
        spasticity = ("; bills " + self.off_codes + " (" + self.off_ladder + "), which proves nothing here").where(
            self.off_codes != "", ""
        )
        chosen = np.select([grades == SPECIALTY_ONLY], [listed + stale + spasticity], default=self.bills)
        return np.asarray(chosen, dtype=object)


def _year_words(years: pd.Series) -> pd.Series:
    return years.astype("str").where(years > 0, "an undated file")


def _joined(rows: pd.DataFrame, column: str) -> pd.Series:
    """Join the distinct values of a column for each NPI, sorted."""
    pairs = rows[["npi", column]].drop_duplicates().sort_values(["npi", column])
    several = pairs["npi"].duplicated(keep=False)  # most have one value, and joining is slow
    joined = pairs[several].groupby("npi")[column].agg(", ".join)
    texts: pd.Series = pd.concat([pairs[~several].set_index("npi")[column], joined]).astype("str")
    return texts

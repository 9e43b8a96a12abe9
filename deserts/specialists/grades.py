"""Evidence to grade: climb the ladder of the profile, one rung at a time, for all clinicians at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services.profile import CONTRADICTED, SPECIALTY_ONLY, VERIFIED, Service
from deserts.specialists.evidence import billed_rows
from deserts.specialists.standing import deactivated_now

__all__ = ["Grading", "grade_clinicians", "pooled_years"]


@dataclass(frozen=True, slots=True)
class Grading:
    """Grades of all candidates.

    Parameters
    ----------
    frame
        Indexed by NPI: ``grade``, ``grade_rank``, ``grade_reason``, ``evidence_weight``, ``first_year``, ``last_year``,
        ``beneficiaries``, ``services``, ``off_ladder`` (neutral code classes, joined by ', ').
    ungraded
        NPIs with evidence that is too weak or too old for any rung.
    years
        First and last of the pooled years of bills; (0, 0) when there are none.
    """

    frame: pd.DataFrame
    ungraded: pd.Index
    years: tuple[int, int]


def pooled_years(evidence: pd.DataFrame, service: Service) -> tuple[int, int]:
    """Return the first and last year of bills that count for a grade: the newest ``evidence.pool_years`` of the data.

    Rows of 10 or fewer people are removed by the publisher, so that one year's absence is not absence; a bill before
    the pool is kept as evidence and supports no rung.
    """
    years = billed_rows(evidence)["year"]
    newest = int(years.max()) if len(years) else 0
    return (newest - int(service.number("evidence.pool_years")) + 1, newest) if newest else (0, 0)


def grade_clinicians(
    evidence: pd.DataFrame, standing: pd.DataFrame, service: Service, as_of: dt.date, organisations: pd.Index
) -> Grading:
    """Give each clinician the best rung that the evidence supports.

    Contradiction (a permanent answer, a deactivated NPI) outranks everything, then verification, then the rungs of
    the profile. An undated bill counts as pooled and is called undated.

    Parameters
    ----------
    evidence
        Finished evidence rows.
    standing
        State after all answers, from `clinician_standing`.
    service
        The profile with its ladder.
    as_of
        Day from which the weight of evidence decays.
    organisations
        NPIs of organisations; a specialty alone lists persons, never organisations.
    """
    first, newest = pooled_years(evidence, service)
    npis = pd.Index(np.sort(evidence["npi"].unique()), name="npi", dtype="str")
    every_bill = billed_rows(evidence)
    bills = every_bill[every_bill["for_against"] == "for"]
    pooled = bills[(bills["year"] >= first) | (bills["year"] == 0)]
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
    verified_on = standing["verified_on"].reindex(npis).fillna("")
    off = deactivated_now(evidence, standing)
    contradicted_on = standing["contradicted_on"].reindex(npis).fillna("")
    contradicted_on = contradicted_on.where(contradicted_on != "", off.reindex(npis).fillna(""))
    rank[verified_on != ""] = service.rank(VERIFIED)
    # A deactivated number of somebody without any other evidence is nobody's business here.
    known = (rank >= 0) | (standing["last_outcome"].reindex(npis).fillna("") != "").to_numpy()
    rank[(contradicted_on != "").to_numpy() & known] = service.rank(CONTRADICTED)
    reasons = _Reasons(npis, bills, pooled, evidence, standing, off, first, newest)
    frame = pd.DataFrame({"grade_rank": rank}, index=npis)
    frame["grade"] = np.array([g.name for g in service.grades] + [""], dtype=object)[rank]
    frame["grade_reason"] = reasons.texts(frame["grade"])
    frame = frame.join(_volumes(npis, bills, standing))
    age = (as_of.year - frame["last_year"]).clip(lower=0)
    weight = 0.5 ** (age / service.number("evidence.half_life_years"))
    frame["evidence_weight"] = weight.where(frame["last_year"] > 0)
    frame["off_ladder"] = reasons.off_ladder
    return Grading(frame[frame["grade_rank"] >= 0], npis[rank < 0], (first, newest))


def _volumes(npis: pd.Index, bills: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """First and last year of evidence of doing it, and the volume of the last year with bills."""
    called = pd.to_numeric(standing["positive_on"].str.slice(0, 4), errors="coerce").dropna()
    dated = pd.concat([bills.loc[bills["year"] > 0].set_index("npi")["year"], called])
    by_npi = dated.groupby(level=0)
    last_bill = bills.groupby("npi")["year"].transform("max")
    final = bills[bills["year"] == last_bill]
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
        standing: pd.DataFrame,
        deactivated: pd.Series,
        first: int,
        newest: int,
    ) -> None:
        self.window = f"{first}–{newest}" if first != newest else str(newest)
        self.codes = _joined(pooled, "code").reindex(npis).fillna("")
        self.years = _joined(pooled.assign(year=_year_words(pooled["year"])), "year").reindex(npis).fillna("")
        old = bills.loc[~bills.index.isin(pooled.index)]
        self.old_year = old.groupby("npi")["year"].max().reindex(npis)
        listed = evidence[evidence["kind"].isin(["specialty", "taxonomy"]) & (evidence["for_against"] == "for")]
        self.listed = _joined(listed, "code").reindex(npis).fillna("")
        every_bill = billed_rows(evidence)
        neutral = every_bill[every_bill["for_against"] == "neutral"]
        self.off_ladder = _joined(neutral, "kind").reindex(npis).fillna("")
        self.off_codes = _joined(neutral, "code").reindex(npis).fillna("")
        self.verified_on = standing["verified_on"].reindex(npis).fillna("")
        self.outcome = (standing["last_outcome"] + " on " + standing["outcome_on"]).reindex(npis).fillna("")
        self.said_no = (standing["contradicted_on"] != "").reindex(npis).fillna(value=False).to_numpy(dtype=bool)
        self.off = deactivated.reindex(npis).fillna("")
        negative = evidence[evidence["for_against"] == "against"]
        words = negative["kind"].where(negative["code"] == "", negative["code"]) + " on " + negative["observed_on"]
        self.against = _joined(negative.assign(words=words), "words").reindex(npis).fillna("")

    def texts(self, grades: pd.Series) -> np.ndarray:
        billed = "billed " + self.codes + " in " + self.years
        listed = "listed as " + self.listed + "; none of the service's codes found"
        listed += f" in bills of {self.window}" if self.window != "0" else " (no bills were read)"
        stale = ("; last billed in " + self.old_year.astype("Int64").astype("str") + ", before the pooled years").where(
            self.old_year.notna(), ""
        )
        spasticity = ("; bills " + self.off_codes + " (" + self.off_ladder + "), which proves nothing here").where(
            self.off_codes != "", ""
        )
        had_bills = (" although " + self.codes + " billed in " + self.years).where(self.codes != "", "")
        against = ("NPI deactivated on " + self.off).where(~self.said_no, "answer: " + self.outcome) + had_bills
        verified = "confirmed on " + self.verified_on + " (last answer: " + self.outcome + ")"
        verified += ("; speaks against it: " + self.against).where(self.against != "", "")
        chosen = np.select(
            [grades == VERIFIED, grades == CONTRADICTED, grades == SPECIALTY_ONLY],
            [verified, against, listed + stale + spasticity],
            default=billed,
        )
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

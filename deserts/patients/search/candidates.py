"""Turn a ranked site into a candidate that can be read out on the phone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deserts.arrays import Floats
from deserts.patients.search.answer import MI_PER_KM, BackupQuery, Candidate, Remains
from deserts.patients.search.backup_data import SITE_ERROR_MIN, TIER_ORDER, BackupData
from deserts.patients.search.calls import Call
from deserts.patients.search.eligibility import Marks, TeamFacts
from deserts.patients.search.wording import evidence_words, questions, why_words
from deserts.specialists.outcomes import Standing

__all__ = ["CandidateMaker"]


@dataclass(frozen=True, eq=False)
class CandidateMaker:
    """Everything that the sentences about a candidate draw on.

    Parameters
    ----------
    query, data, facts, marks
        The question and what was made of it.
    drive_min, dist_km, status, straight_km
        From the patient to every site.
    shown, ranked
        Sites in the order of the answer: those that are shown, and the same with the next of each tier.
    """

    query: BackupQuery
    data: BackupData
    facts: TeamFacts
    marks: Marks
    drive_min: Floats
    dist_km: Floats
    status: np.ndarray
    straight_km: Floats
    shown: tuple[int, ...]
    ranked: tuple[int, ...]

    @cached_property
    def _newest_year(self) -> int:
        return max(self.data.provenance.claims_years, default=0)

    def make(self, site: int, *, number: int) -> Candidate:
        """Return the candidate of one site."""
        row = self.data.row(site)
        call = self.facts.calls.get(str(row["npi"]))
        status = str(self.status[site])
        shares = self._shares(site)
        age, payer, pump = (str(mark[site]) for mark in (self.marks.age, self.marks.payer, self.marks.pump))
        dist_km = _number(self.dist_km[site])
        text = ("npi", "name", "credentials", "specialty", "site_id", "practice_id", "practice_name", "address", "city")
        more = ("state", "zip", "phone", "precision", "grade", "grade_reason", "drug", "age_band")
        return Candidate(
            **{name: str(row[name]) for name in (*text, *more)},
            number=number,
            tier=TIER_ORDER[int(self.marks.eligible.tier[site])],
            lon=_number(row["lon"]),
            lat=_number(row["lat"]),
            drive_min=_number(self.drive_min[site]),
            plus_minus_min=SITE_ERROR_MIN.get(str(row["precision"]), 0),
            dist_km=dist_km,
            dist_mi=None if dist_km is None else dist_km * MI_PER_KM,
            status=status,
            straight_km=_number(self.straight_km[site]) if math.isnan(self.drive_min[site]) else None,
            grade_words=self.data.service.grade(str(row["grade"])).words,
            last_year=int(row["last_year"]),
            evidence=evidence_words(row, self._newest_year),
            age=age,
            payer=payer,
            pump=pump,
            telehealth=bool(row["telehealth"]),
            verification=self._said(str(row["site_id"]), str(row["site_status"]), call),
            verified_on=call.called_on if call is not None and call.verifies else None,
            accepting=None if call is None else call.standing is Standing.POSITIVE,
            wait_days=None if call is None else call.wait_days,
            sole_clinician=bool(self.data.sole[site]),
            shares=shares,
            why=why_words(
                place=self._place_in_tier(site),
                status=status,
                shares=shares,
                demoted=str(self.marks.demoted[site]),
                call=call,
                today=self.query.today,
            ),
            ask=questions(
                row,
                self.query,
                service=self.data.service,
                age=age,
                payer=payer,
                pump=pump,
                stale=bool(self.data.stale[site]),
            ),
            if_this_falls_too=self._remains(site),
        )

    def _said(self, site_id: str, site_status: str, call: Call | None) -> str:
        """Return what was said on the telephone, a wrong number first."""
        wrong = "wrong_number" in (self.facts.site_answers.get(site_id), site_status)
        said = "" if call is None else call.sentence(self.query.today)
        return "; ".join(part for part in ("the number was reported wrong: look it up" if wrong else "", said) if part)

    def _place_in_tier(self, site: int) -> int:
        tier = self.marks.eligible.tier
        return [other for other in self.shown if tier[other] == tier[site]].index(site) + 1

    def _shares(self, site: int) -> tuple[str, ...]:
        """Return what ties a site to a lost clinician or to one that is listed before it."""
        found: list[str] = []
        if self.marks.eligible.dependent[site]:
            found.append("a practice, building, telephone or hospital with the one lost")
        own = self.data.links.of(site)
        for number, other in enumerate(self.shown[: self.shown.index(site)], start=1):
            kinds = sorted({kind for kind, _ in own & self.data.links.of(other)})
            if kinds:
                found.append(f"{' and '.join(kinds)} with number {number}")
        return tuple(found)

    def _remains(self, site: int) -> Remains:
        """Return what is left of the list when this one and all before it fall."""
        place = self.ranked.index(site)
        fallen = {tie for other in self.ranked[: place + 1] for tie in self.data.links.of(other)}
        left = [other for other in self.ranked[place + 1 :] if fallen.isdisjoint(self.data.links.of(other))]
        if not left:
            return Remains(0, "", "", None)
        columns = self.data.columns
        npi, name = str(columns["npi"][left[0]]), str(columns["name"][left[0]])
        return Remains(len(left), npi, name, _number(self.drive_min[left[0]]))


def _number(value: float) -> float | None:
    return None if value is None or math.isnan(value) else float(value)

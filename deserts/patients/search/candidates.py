"""Turn a ranked site into a candidate that can be read out on the phone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from deserts.arrays import Floats
from deserts.earth import KM_PER_MILE
from deserts.patients.search.answer import BackupQuery, Candidate, Remains
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.doubts import Doubt, doubts_of, notes_of, plus_minus
from deserts.patients.search.eligibility import Marks
from deserts.patients.search.wording import evidence_words, no_words, questions, said_words, why_words
from deserts.patients.words import phrases
from deserts.rules.answer import too_far
from deserts.rules.candidate import shares
from deserts.rules.minutes import TICKS_A_MINUTE
from deserts.rules.ranking import ANYBODY

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["CandidateMaker"]


@dataclass(frozen=True, eq=False)
class CandidateMaker:
    """Everything that the sentences about a candidate draw on.

    Parameters
    ----------
    query, data, marks
        The question, the data with the answers laid over, and what was made of both.
    drive_min, dist_km, status, straight_km
        From the patient to every site.
    shown, ranked
        Sites in the order of the answer: those that are shown, and the same with the next of each tier.
    start
        The patient's place on the roads.
    folded
        Sites that are shown below those to call.
    """

    query: BackupQuery
    data: BackupData
    marks: Marks
    drive_min: Floats
    dist_km: Floats
    status: np.ndarray
    straight_km: Floats
    shown: tuple[int, ...]
    ranked: tuple[int, ...]
    start: Snaps
    folded: tuple[int, ...]

    @cached_property
    def _doubts(self) -> Mapping[int, Doubt]:
        sites = np.array([*self.shown, *self.folded], dtype=np.int64)
        ends = self.data.snaps if self.data.network is None else self.data.snaps[sites]
        return dict(zip(sites.tolist(), doubts_of(self.start, ends, self.drive_min[sites], self.data), strict=True))

    @cached_property
    def _newest_year(self) -> int:
        return max(self.data.provenance.claims_years, default=0)

    def make(self, site: int, *, number: int | None) -> Candidate:
        """Return the candidate of one site; without a number it is folded."""
        row = self.data.row(site)
        at = self.data.said.get(site)
        status = str(self.status[site])
        shares = self._shares(site)
        marks = self.marks
        wait = None if at is None else at.wait()
        takes = "" if at is None else at.says(ANYBODY)
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
            plus_minus_min=plus_minus(self.drive_min[site], row["precision"], self._doubts[site], self.data),
            drive_notes=notes_of(self._doubts[site]),
            checked=not self._doubts[site]["unchecked"],
            dist_km=dist_km,
            dist_mi=None if dist_km is None else dist_km / KM_PER_MILE,
            status=status,
            straight_km=_number(self.straight_km[site]) if math.isnan(self.drive_min[site]) else None,
            grade_words=self.data.service.grade(str(row["grade"])).words,
            last_year=int(row["last_year"]),
            evidence=evidence_words(row, self._newest_year),
            **self._told(site),
            said_no="" if number is not None else self._why_folded(site),
            telehealth=bool(row["telehealth"]),
            verification=said_words(at, self.query.today),
            verified_on=None if at is None or at.confirmed is None else at.confirmed.on,
            accepting=None if not takes else takes == "yes" and site not in marks.noes,
            wait_days=None if wait is None else wait.wait_days,
            sole_clinician=bool(self.data.sole[site]),
            shares=shares,
            why=why_words(
                place=None if number is None else self._place_in_tier(site),
                status=status,
                shares=shares,
                demoted=str(marks.demoted[site]),
                at=at,
                today=self.query.today,
            ),
            ask=self._ask(site, row),
            if_this_falls_too=Remains(0, "", "", None) if number is None else self._remains(site),
        )

    def _told(self, site: int) -> dict[str, str]:
        """Return the answers to what was asked for, by field of the candidate."""
        marks = self.marks
        told = {"age": marks.age, "payer": marks.payer, "pump": marks.pump, "time": marks.time, "plan": marks.plan.told}
        return {**{name: str(mark[site]) for name, mark in told.items()}, "listing": marks.plan.words.get(site, "")}

    def _ask(self, site: int, row: Mapping[str, Any]) -> tuple[str, ...]:
        marks = self.marks
        return questions(
            row, self.query, service=self.data.service, age=str(marks.age[site]), payer=str(marks.payer[site]),
            pump=str(marks.pump[site]), plan=str(marks.plan.told[site]), in_doubt=bool(marks.demoted[site]),
        )  # fmt: skip

    def _why_folded(self, site: int) -> str:
        if (no := self.marks.noes.get(site)) is not None:
            return no_words(no)
        ticks = round(float(self.drive_min[site]) * TICKS_A_MINUTE)
        return too_far(ticks, self.query.days_left or 0, dict(phrases()))

    def _place_in_tier(self, site: int) -> int:
        tier = self.marks.eligible.tier
        return [other for other in self.shown if tier[other] == tier[site]].index(site) + 1

    def _shares(self, site: int) -> tuple[str, ...]:
        """Return what ties a site to a lost clinician or to one that is listed before it."""
        own = self.data.links.of(site)
        before = self.shown[: self.shown.index(site)] if site in self.shown else self.shown
        kinds = [sorted({kind for kind, _ in own & self.data.links.of(other)}) for other in before]
        return tuple(shares(kinds, dict(phrases()), is_dependent=bool(self.marks.eligible.dependent[site])))

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

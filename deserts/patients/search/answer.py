"""What a coordinator asks and what comes back: frozen, printable, and free of anything that would reach a log."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from deserts.errors import StaleDataError
from deserts.patients.jsonable import Jsonable
from deserts.patients.search.origin import Origin
from deserts.provenance import OLD_AFTER_DAYS
from deserts.rules.ranking import whole_days

__all__ = ["BackupAnswer", "BackupQuery", "Candidate", "PlaceOption", "Remains", "Tier", "TierList"]


class Tier(StrEnum):
    """How much is known, best first. The list never hides behind one grade: it is cut into tiers."""

    PROVEN = "proven"
    DRUG_UNKNOWN = "drug_unknown"
    MUST_BE_ASKED = "must_be_asked"


@dataclass(frozen=True, slots=True)
class BackupQuery:
    """One question.

    Parameters
    ----------
    origin
        Where the patient is.
    today
        The day of the question; ages of data and verifications are reckoned from it.
    k
        Most candidates to show in each tier.
    exclude
        NPIs or practice ids that are lost. A lost clinician's practices are lost with them unless ``keep_practice``.
    keep_practice
        Show colleagues in a lost clinician's practice after everyone else.
    pediatric
        Whether the patient is a child.
    payer
        Name of the patient's payer, looked up in the user's own payer table.
    plan
        The patient's plan by identifier or name, looked up in the directories of the run.
    pump
        Maker of the pump.
    max_min
        Longest drive that is acceptable (minutes); None takes the limit of the data.
    empty_on
        Earliest plausible day on which the pump is empty, None when not known: who cannot be reached before it comes
        last.
    """

    origin: Origin = field(repr=False)
    today: dt.date
    k: int = 5
    exclude: tuple[str, ...] = ()
    keep_practice: bool = False
    pediatric: bool = False
    payer: str | None = None
    plan: str | None = None
    pump: str | None = None
    max_min: float | None = None
    empty_on: dt.date | None = field(repr=False, default=None)

    @property
    def days_left(self) -> int | None:
        """Whole days between today and the one on which the pump can be empty; negative once that day has come."""
        return None if self.empty_on is None else whole_days(self.today.toordinal(), self.empty_on.toordinal())


@dataclass(frozen=True, slots=True)
class Remains(Jsonable):
    """What is left when a candidate, and all listed before, fall too.

    Parameters
    ----------
    count
        Candidates of the list that share nothing with those that fell.
    npi, name, drive_min
        The next of them; empty and null when none is left.
    """

    count: int
    npi: str
    name: str
    drive_min: float | None


@dataclass(frozen=True, slots=True)
class Candidate(Jsonable):
    """One clinician at the nearest fitting address.

    Parameters
    ----------
    number
        Position among those to call in the whole answer, from 1; null for who is folded.
    drive_min, plus_minus_min
        Minutes of driving, and how far off they may be: because only the site's ZIP is known, because nobody's minutes
        were compared there, or because an end lies far from the roads of the data (0 where none of these holds).
    drive_notes
        What must be known of the drive: a long leg, a ferry or a road that is open for a part of the year only.
    checked
        Whether minutes were compared with somebody else's where this drive begins and ends.
    status
        ``ok``; ``beyond_limit``, ``unreachable`` or ``unsnapped`` say why a candidate is shown without fitting.
    straight_km
        Straight-line distance, given only where there is no road.
    evidence
        Last evidence in words.
    verification
        Sentence about the last call, empty when nobody has called.
    payer, pump, age, time
        ``yes``, ``no`` or ``ask`` for what was asked for, empty when it was not; ``time`` is the first visit before
        the last safe day.
    said_no
        Why it is folded and no number to dial: what was said and when, or that the days left do not allow the drive;
        empty for who is to be called.
    shares
        What it has in common with the lost clinician or a better-listed one.
    sole_clinician
        Whether nobody else in the data works in that practice.
    wait_days, accepting
        From the calls, null when not known.
    plan, listing
        ``yes`` (listed by name), ``ask`` or ``no`` by the directory of the plan asked for, and what it says with its
        dates and pointer; empty when not asked for. The payer's claim, never evidence.
    """

    number: int | None
    tier: Tier
    npi: str
    name: str
    credentials: str
    specialty: str
    site_id: str
    practice_id: str
    practice_name: str
    address: str
    city: str
    state: str
    zip: str
    phone: str
    lon: float | None
    lat: float | None
    drive_min: float | None
    plus_minus_min: int
    drive_notes: tuple[str, ...]
    checked: bool
    dist_km: float | None
    dist_mi: float | None
    status: str
    straight_km: float | None
    precision: str
    grade: str
    grade_words: str
    grade_reason: str
    drug: str
    last_year: int
    evidence: str
    age_band: str
    age: str
    payer: str
    pump: str
    time: str
    said_no: str
    telehealth: bool
    verification: str
    verified_on: dt.date | None
    accepting: bool | None
    wait_days: int | None
    sole_clinician: bool
    shares: tuple[str, ...]
    why: str
    ask: tuple[str, ...]
    if_this_falls_too: Remains
    plan: str = ""
    listing: str = ""


@dataclass(frozen=True, slots=True)
class TierList(Jsonable):
    """The clinicians of one tier.

    Parameters
    ----------
    tier, title
        Which, and its heading.
    in_data
        Clinicians of this tier in the data, whatever the drive.
    candidates
        Whom to call, best first.
    said_no_in_all
        Clinicians of this tier within the limit who have said no or lie too far for the days left.
    said_no
        The first of these: folded under the heading, never called first.
    too_far_in_all
        How many of them lie too far for the days left.
    none
        What is said where nobody is to be called, and that not all was searched where that is so; empty otherwise.
    """

    tier: Tier
    title: str
    in_data: int
    candidates: tuple[Candidate, ...]
    said_no_in_all: int = 0
    said_no: tuple[Candidate, ...] = ()
    too_far_in_all: int = 0
    none: str = ""

    @property
    def folded_words(self) -> str:
        """How many of this heading are folded and why, in words; empty when nobody is."""
        refused = self.said_no_in_all - self.too_far_in_all
        counts = {"said no": refused, "too far for the days left": self.too_far_in_all}
        return ", ".join(f"{count} {why}" for why, count in counts.items() if count)

    @property
    def count_words(self) -> str:
        """The counts of this heading, in words."""
        to_call = f"{len(self.candidates)} to call of {self.in_data} in the data"
        return ", ".join(filter(None, (to_call, self.folded_words)))


@dataclass(frozen=True, slots=True)
class PlaceOption(Jsonable):
    """One hospital that was paid for it without naming a clinician: its pump clinic must be asked for.

    Parameters
    ----------
    number
        Position among the places, from 1.
    drive_min, plus_minus_min
        Minutes of driving and how far off they may be, as for `Candidate`.
    drive_notes, checked
        As for `Candidate`.
    status
        ``ok``, or ``beyond_limit`` where none is nearer.
    grade, grade_words
        Grade of its evidence and what that means.
    payments, payers, file_day
        What its own price file shows: how often it was paid and by whom, and the day of the file.
    payer, age
        ``yes``, ``no`` or ``ask`` for what was asked for, empty when it was not.
    shares
        What it has in common with the lost clinician.
    """

    number: int
    place_id: str
    ccn: str
    name: str
    address: str
    city: str
    state: str
    zip: str
    phone: str
    lon: float
    lat: float
    precision: str
    drive_min: float
    plus_minus_min: int
    drive_notes: tuple[str, ...]
    checked: bool
    dist_km: float
    dist_mi: float
    status: str
    emergency: bool
    grade: str
    grade_words: str
    drug: str
    payments: str
    payers: str
    file_day: str
    age: str
    payer: str
    shares: tuple[str, ...]
    ask: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackupAnswer(Jsonable):
    """The whole answer.

    Parameters
    ----------
    place
        Where minutes count from, in words.
    limit_min
        Longest drive that counted as within reach (minutes).
    tiers
        The three tiers, empty ones included, so that nothing is hidden.
    notes
        What the reader must know about this answer, most urgent first.
    set_aside
        How many were left out and why.
    provenance
        Dates of the data and what they can't see.
    is_old
        Whether the data are older than allowed by ``--strict``.
    disclaimer
        That this is not medical advice.
    warnings
        What must be read before anything else: calls or networks that could not be read, a clock that is wrong.
    calls_read
        Whether the log of calls was read; where it was not, names may have refused or stopped.
    search
        How far it was searched: ``searched_found``, ``searched_none``, ``partly_searched`` or ``not_searched``.
    places, places_in_data
        Hospitals to ask for their pump clinic, beside the clinicians and counted nowhere; how many the data hold.
    """

    place: str = field(repr=False)
    limit_min: float
    tiers: tuple[TierList, ...]
    notes: tuple[str, ...]
    set_aside: tuple[str, ...]
    provenance: tuple[str, ...]
    is_old: bool
    disclaimer: str
    search: str = ""
    warnings: tuple[str, ...] = ()
    calls_read: bool = True
    places: tuple[PlaceOption, ...] = ()
    places_in_data: int = 0

    def refuse_if_old(self, today: dt.date) -> None:
        """Raise when the data, or a verification that is shown, are too old for ``--strict``.

        Raises
        ------
        StaleDataError
            Naming what is old.
        """
        if self.is_old:
            raise StaleDataError(self.provenance[0], fix="`make refresh` and `make all`, or leave --strict away")
        old = [
            candidate.npi
            for candidate in self.candidates
            if candidate.verified_on is not None and (today - candidate.verified_on).days > OLD_AFTER_DAYS
        ]
        if old:
            raise StaleDataError(
                f"verified over {OLD_AFTER_DAYS} days ago: {', '.join(old)}",
                fix="call again, then `deserts log verify`",
            )

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates in the order in which they should be called; nobody who is folded."""
        return tuple(candidate for tier in self.tiers for candidate in tier.candidates)

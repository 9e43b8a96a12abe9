"""What a call, visit or message can bring out, and how long it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ASKED_SOURCES", "OUTCOMES", "SOURCES", "Outcome", "Scope", "Standing"]


class Standing(StrEnum):
    """How long an outcome stands."""

    POSITIVE = "positive"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    SILENT = "silent"


class Scope(StrEnum):
    """How far an answer reaches."""

    SITE = "site"
    """The one site that it names."""
    CLINICIAN = "clinician"
    """The clinician, at every site."""
    UNSTATED = ""
    """Nobody said: an entry of a log that was kept before this was asked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kind of answer.

    Parameters
    ----------
    words
        What it means.
    standing
        Positive; temporary (asked again on its review date); permanent (blocks re-listing by a later pull until a
        newer positive lifts it); or silent (nobody answered).
    of_site
        Whether it touches a site only, not the clinician.
    closes
        Whether it says that the clinician is not to be found at the site, or does not do this there.
    """

    words: str
    standing: Standing
    of_site: bool = False
    closes: bool = False

    @property
    def needs_place(self) -> bool:
        """Whether it must say of which site it speaks: it takes something away, and the wrong place would be lost."""
        return self.standing is Standing.PERMANENT

    @property
    def is_telling(self) -> bool:
        """Whether it says something about the clinician, not only about a site, and not silence."""
        return not self.of_site and self.standing is not Standing.SILENT


OUTCOMES: dict[str, Outcome] = {
    "accepting": Outcome("does it and accepts new patients with this need", Standing.POSITIVE),
    "full": Outcome("does it, takes no new patients with this need for now", Standing.TEMPORARY),
    "payer": Outcome("does it, not for this payer", Standing.TEMPORARY),
    "age": Outcome("does it, not for this age", Standing.TEMPORARY),
    "retired": Outcome("has stopped practising", Standing.PERMANENT, closes=True),
    "no_pumps": Outcome("does not do this service (no pumps)", Standing.PERMANENT, closes=True),
    "moved": Outcome("is no longer at this site", Standing.PERMANENT, of_site=True, closes=True),
    "not_here": Outcome("does not do this service at this site", Standing.PERMANENT, of_site=True, closes=True),
    "wrong_number": Outcome("the telephone number of this site is wrong", Standing.PERMANENT, of_site=True),
    "no_answer": Outcome("nobody answered", Standing.SILENT),
    "withdrawn": Outcome("the entry that this one names was a mistake", Standing.SILENT),
}
"""Outcomes by the name that is stored. A temporary one still says that the clinician does the service."""

SOURCES = ("phone", "visit", "device-rep", "patient")
"""Who told us."""

ASKED_SOURCES = ("phone", "visit")
"""Sources that put the question to the clinic itself: only these raise a clinician to ``verified``."""

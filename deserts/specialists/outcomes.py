"""What a call, visit or message can bring out, and how long it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["ASKED_SOURCES", "OUTCOMES", "SOURCES", "Outcome", "Standing"]


class Standing(StrEnum):
    """How long an outcome stands."""

    POSITIVE = "positive"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    SILENT = "silent"


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
        Whether it touches the one site only, not the clinician.
    """

    words: str
    standing: Standing
    of_site: bool = False


OUTCOMES: dict[str, Outcome] = {
    "accepting": Outcome("does it and accepts new patients with this need", Standing.POSITIVE),
    "full": Outcome("does it, takes no new patients with this need for now", Standing.TEMPORARY),
    "payer": Outcome("does it, not for this payer", Standing.TEMPORARY),
    "age": Outcome("does it, not for this age", Standing.TEMPORARY),
    "retired": Outcome("has stopped practising", Standing.PERMANENT),
    "no_pumps": Outcome("does not do this service (no pumps)", Standing.PERMANENT),
    "moved": Outcome("is no longer at this site", Standing.PERMANENT, of_site=True),
    "wrong_number": Outcome("the telephone number of this site is wrong", Standing.PERMANENT, of_site=True),
    "no_answer": Outcome("nobody answered", Standing.SILENT),
}
"""Outcomes by the name that is stored. A temporary one still says that the clinician does the service."""

SOURCES = ("phone", "visit", "device-rep", "patient")
"""Who told us."""

ASKED_SOURCES = ("phone", "visit")
"""Sources that put the question to the clinic itself: only these raise a clinician to ``verified``."""

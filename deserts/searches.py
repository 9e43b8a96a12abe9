"""What was looked through before anything may be said: the sources that were read, and what a sentence needs of them.

Absent input is not an answer. A source counts as searched in a state when a file of it was read there and something
in it could be used; a sentence is then *whole*, *partly* or *not* searched, by the sources that it names. The stages
make `SourceRead` from the files they read, `Provenance` carries them, and `sentences` holds what each sentence needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from deserts.services import Service
from deserts.services.profile import VERIFIED
from deserts.tables import Search

__all__ = [
    "CALLS",
    "EVIDENCE",
    "LISTING",
    "LISTS",
    "NO_FILE",
    "Needs",
    "SourceRead",
    "Verdict",
    "evidence_sources",
    "judge",
    "source_words",
]

EVIDENCE = "evidence"
"""Stands for the sources that can show anybody at the grade of a run; which these are is told by the profile."""
LISTING = "listing"
"""Stands for the sources that list clinicians by specialty."""
CALLS = "calls"
"""The user's own log of calls."""
LISTS = ("directory", "nppes")
"""Sources that list clinicians by specialty."""
NO_FILE = "no file"
"""Why a source was not read that nobody gave."""
_SHOWN_STATES = 12


@dataclass(frozen=True, slots=True)
class SourceRead:
    """What was read of one source.

    Parameters
    ----------
    source
        Name of a dataset.
    states
        Postal codes in which it was searched.
    missing_states
        Postal codes within the time limit in which it was not.
    years, missing_years
        Calendar years read, and those that the profile pools and no file gave; empty where years mean nothing.
    rows_read, rows_used, rows_damaged
        Rows of its files, those that were used, and those that could not be read; the others are of other codes.
    why
        Why it was not, or only partly read; empty where it was.
    """

    source: str
    states: tuple[str, ...] = ()
    missing_states: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    missing_years: tuple[int, ...] = ()
    rows_read: int = 0
    rows_used: int = 0
    rows_damaged: int = 0
    why: str = ""

    @property
    def damaged_share(self) -> float:
        """Share of the rows of the service that could not be read; 0 where there are none."""
        told = self.rows_used + self.rows_damaged
        return self.rows_damaged / told if told else 0.0


@dataclass(frozen=True, slots=True)
class Needs:
    """What must have been read before a sentence may be said.

    Parameters
    ----------
    required
        Groups of sources; of each group one is enough. Without it there is no sentence.
    optional
        Sources that may change the sentence either way. Without one the sentence names what is missing.
    """

    required: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a sentence was searched.

    Parameters
    ----------
    missing
        What was not read, in words, the most important first.
    missing_inside
        Those of them that concern the states that the sentence is about, not their surroundings alone.
    missing_needed, missing_optional
        Those of these without which there is no sentence, and the others.
    not_searched
        Postal codes of the states that it is about in which a required source was not read.
    unread_states
        Postal codes within the time limit in which a required source was not read.
    half_read_states
        Those, and the states in which an optional source was not read although it was read elsewhere.
    is_needed_missing
        Whether a required source was read in none of the states that the sentence is about.
    """

    missing: tuple[str, ...] = ()
    missing_inside: tuple[str, ...] = ()
    missing_needed: tuple[str, ...] = ()
    missing_optional: tuple[str, ...] = ()
    not_searched: tuple[str, ...] = ()
    unread_states: tuple[str, ...] = ()
    half_read_states: tuple[str, ...] = ()
    is_needed_missing: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def may_be_said(self) -> bool:
        """Whether every required source was read in every state that the sentence is about."""
        return not self.not_searched and not self.is_needed_missing

    def outcome(self, *, found: bool) -> Search:
        """Return the state of an answer, given whether anything was found."""
        if self.is_needed_missing:
            return Search.NOT
        if self.missing:
            return Search.PARTLY
        return Search.FOUND if found else Search.NONE

    def words(self) -> str:
        """Return what is missing as one clause, only what is needed where there is no sentence; may be empty."""
        return "; ".join(self.missing if self.may_be_said else self.missing_needed)


def evidence_sources(service: Service, grade: str) -> tuple[str, ...]:
    """Return the sources of which one must be read to find anybody at a grade or better."""
    rungs = service.grades[: service.rank(grade) + 1]
    if rungs[-1].name == VERIFIED:
        return (CALLS,)
    return ("claims",) if rungs[-1].any_class else LISTS


def judge(
    needs: Needs, reads: Iterable[SourceRead], *, service: Service, grade: str, own: Sequence[str], near: Sequence[str]
) -> Verdict:
    """Say how far a sentence was searched.

    Parameters
    ----------
    needs
        What it needs.
    reads
        What was read; a source that is not among them was not.
    service, grade
        Tell which sources are evidence.
    own
        States that the sentence is about.
    near
        States within the time limit, ``own`` among them: what lies there may answer too.
    """
    known = {read.source: read for read in reads}
    needed = [_resolve(group, service, grade) for group in needs.required]
    optional = [(name,) for name in needs.optional if not any(name in group for group in needed)]
    gaps: dict[str, list[tuple[str, str]]] = {"needed": [], "optional": [], "inside": [], "near": []}
    unsearched, unread, half_read, nowhere = set[str](), set[str](), set[str](), False
    for names in [*needed, *optional]:
        found = [known.get(name, SourceRead(name)) for name in names]
        covered = {state for read in found for state in read.states}
        gaps["near"] += _gaps(found, near, covered)
        gaps["inside"] += _gaps(found, own, covered)
        gaps["needed" if names in needed else "optional"] += _gaps(found, own, covered)
        if covered:
            half_read |= set(near) - covered
        if names in needed:
            nowhere |= covered.isdisjoint(own)
            unsearched |= set(own) - covered
            unread |= set(near) - covered
    return Verdict(
        missing=_merged(gaps["near"]),
        missing_inside=_merged(gaps["inside"]),
        missing_needed=_merged(gaps["needed"]),
        missing_optional=_merged(gaps["optional"]),
        not_searched=tuple(sorted(unsearched)),
        unread_states=tuple(sorted(unread)),
        half_read_states=tuple(sorted(unread | half_read)),
        is_needed_missing=nowhere,
    )


def _resolve(group: Sequence[str], service: Service, grade: str) -> tuple[str, ...]:
    stands_for: Mapping[str, tuple[str, ...]] = {EVIDENCE: evidence_sources(service, grade), LISTING: LISTS}
    return tuple(dict.fromkeys(name for entry in group for name in stands_for.get(entry, (entry,))))


def _gaps(found: Sequence[SourceRead], states: Sequence[str], covered: set[str]) -> list[tuple[str, str]]:
    """Return what is missing in some states of sources of which one is enough: their names, and what of them."""
    names = " or ".join(source_words(read.source) for read in found)
    if covered.isdisjoint(states):
        why = "; ".join(dict.fromkeys(read.why for read in found if read.why and read.why != NO_FILE))
        return [(names, "not read" + (f" ({why})" if why else ""))]
    gaps = []
    if left := [state for state in states if state not in covered]:
        shown = ", ".join(left[:_SHOWN_STATES]) + (" …" if len(left) > _SHOWN_STATES else "")
        gaps.append((names, f"not read for {shown}"))
    if years := sorted({year for read in found for year in read.missing_years}):
        gaps.append((names, f"no file of {', '.join(map(str, years))}"))
    return gaps


def source_words(source: str) -> str:
    """Return what a source is called."""
    return _WORDS.get(source, source)


def _merged(gaps: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return gaps in words, sources of which the same is missing named together."""
    names: dict[str, list[str]] = {}
    for name, what in gaps:
        names.setdefault(what, []).append(name)
    return tuple(f"{', '.join(dict.fromkeys(of))}: {what}" for what, of in names.items())


_WORDS: Mapping[str, str] = {
    "claims": "Medicare claims",
    "directory": "the directory of clinicians",
    "nppes": "the provider registry",
    "nppes_locations": "the registry's further addresses",
    "nppes_deactivated": "the list of deactivated identifiers",
    "affiliations": "hospital affiliations",
    "hospitals": "the list of hospitals",
    "medicaid": "Medicaid spending",
    "roads": "roads",
    "demand": "where people live",
    "county_totals": "county populations",
    "adequacy": "the adequacy workbook",
    CALLS: "the log of calls",
}
"""Source to words for people; another source is called by its name."""

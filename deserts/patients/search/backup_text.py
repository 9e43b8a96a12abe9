"""Print a backup answer for reading out on the phone: plain text, one short block a candidate."""

from __future__ import annotations

from collections.abc import Iterator

from deserts.earth import KM_PER_MILE
from deserts.patients.search.answer import BackupAnswer, Candidate, PlaceOption, TierList
from deserts.patients.search.wording import DRUG_WORDS, PLACES_TITLE
from deserts.patients.words import phrases
from deserts.rules.drives import drive_words, straight_words
from deserts.rules.minutes import TICKS_A_MINUTE
from deserts.tables import Status
from deserts.tables.drives import minutes_words

__all__ = ["distance_words", "place_distance_words", "render"]

_AGE_WORDS = {"adult": "adults", "paediatric": "children", "both": "adults and children", "unknown": "ages unknown"}
_ANSWER_WORDS = {"yes": "yes", "no": "no by what is known: ask", "ask": "ask"}
_LISTED_WORDS = {"yes": "listed", "no": "not listed", "ask": "not known: ask"}


def render(answer: BackupAnswer, *, details: bool = True) -> str:
    """Return the answer as text.

    Parameters
    ----------
    answer
        What `find_backups` found.
    details
        Whether to print why, what to ask and what remains beside each candidate.
    """
    lines = [f"!! {warning}" for warning in answer.warnings]
    lines += [*answer.provenance[:1]] if answer.is_old else []
    lines.append(f"From {answer.place}, within {answer.limit_min:.0f} minutes of driving")
    lines += [f"! {note}" for note in answer.notes]
    for tier in answer.tiers:
        lines += ["", *_tier_lines(tier, details=details)]
    lines += _place_lines(answer, details=details)
    if answer.set_aside:
        lines += ["", *(f"- {note}" for note in answer.set_aside)]
    lines += ["", *answer.provenance, answer.disclaimer]
    return "\n".join(lines) + "\n"


def distance_words(candidate: Candidate) -> str:
    """Return minutes and miles, with how wrong they can be, or why there are none."""
    if candidate.drive_min is None or candidate.dist_mi is None:
        away = -1 if candidate.straight_km is None else round(candidate.straight_km * 1000)
        return straight_words(away, dict(phrases()))
    return _drive_words(candidate.drive_min, candidate.plus_minus_min, candidate.dist_mi, candidate.status)


def place_distance_words(place: PlaceOption) -> str:
    """Return minutes and miles to a hospital, with how wrong they can be."""
    return _drive_words(place.drive_min, place.plus_minus_min, place.dist_mi, place.status)


def _drive_words(drive_min: float, plus_minus_min: int, dist_mi: float, status: str) -> str:
    metres, is_beyond = round(dist_mi * KM_PER_MILE * 1000), status == Status.BEYOND_LIMIT
    return drive_words(round(drive_min * TICKS_A_MINUTE), plus_minus_min, metres, dict(phrases()), is_beyond=is_beyond)


def _place_lines(answer: BackupAnswer, *, details: bool) -> Iterator[str]:
    """Yield the hospitals to ask for their pump clinic; nothing where no price file shows any."""
    if not answer.places_in_data:
        return
    count = f"{len(answer.places)} shown of {answer.places_in_data} in the data"
    yield ""
    yield f"{PLACES_TITLE} ({count})"
    if not answer.places:
        yield "  none found"
    for place in answer.places:
        yield from _one_place(place, details=details)


def _one_place(place: PlaceOption, *, details: bool) -> Iterator[str]:
    number, phone = f"H{place.number}", place.phone or "no telephone in the data"
    yield f"{number:>3}. {place_distance_words(place)} · {place.name} · {phone}"
    yield f"     {place.address}, {place.city}, {place.state} {place.zip}".rstrip() + f" (CCN {place.ccn})"
    facts = [place.payments, DRUG_WORDS.get(place.drug, "")]
    facts += [f"payer: {_ANSWER_WORDS[place.payer]}"] if place.payer else []
    facts += [f"shares {' and '.join(place.shares)}"] if place.shares else []
    yield "     " + " · ".join(fact for fact in facts if fact)
    yield from _drive_lines(place)
    if details:
        yield f"     ask: {' '.join(place.ask)}"


def _drive_lines(to: Candidate | PlaceOption) -> Iterator[str]:
    if to.drive_notes:
        yield f"     the drive: {'; '.join(to.drive_notes)}"


def _tier_lines(tier: TierList, *, details: bool) -> Iterator[str]:
    yield f"{tier.title} ({tier.count_words})"
    if not tier.candidates:
        yield f"  {tier.none}"
    for candidate in tier.candidates:
        yield from _candidate_lines(candidate, details=details)
    if tier.said_no:
        hidden = tier.said_no_in_all - len(tier.said_no)
        yield "     not to call first:" + (f" ({hidden} more not shown)" if hidden else "")
    for candidate in tier.said_no:
        name = " ".join(part for part in (candidate.name, candidate.credentials) if part)
        yield f"     – {distance_words(candidate)} · {name} (NPI {candidate.npi}): {candidate.said_no}"


def _candidate_lines(candidate: Candidate, *, details: bool) -> Iterator[str]:
    name = " ".join(part for part in (candidate.name, candidate.credentials) if part)
    phone = candidate.phone or "no telephone in the data"
    yield f"{candidate.number:>3}. {distance_words(candidate)} · {name} · {phone}"
    place = ", ".join(part for part in (candidate.practice_name, candidate.address, candidate.city) if part)
    yield f"     {place}, {candidate.state} {candidate.zip}".rstrip() + f" (NPI {candidate.npi})"
    drug = DRUG_WORDS.get(candidate.drug, "")
    facts = [candidate.grade_words, "" if drug in candidate.grade_words else drug, candidate.evidence]
    facts.append(_AGE_WORDS[candidate.age_band])
    facts += ["telehealth for dose changes, not for refills"] if candidate.telehealth else []
    facts += [f"payer: {_ANSWER_WORDS[candidate.payer]}"] if candidate.payer else []
    facts += [f"plan: {_LISTED_WORDS[candidate.plan]}"] if candidate.plan else []
    facts += [f"pump maker: {_ANSWER_WORDS[candidate.pump]}"] if candidate.pump else []
    facts += [f"first visit in time: {_ANSWER_WORDS[candidate.time]}"] if candidate.time else []
    facts += ["only clinician of that practice"] if candidate.sole_clinician else []
    yield "     " + " · ".join(fact for fact in facts if fact)
    if candidate.listing:
        yield f"     {candidate.listing}"
    yield f"     {candidate.verification or 'nobody has called yet'}"
    yield from _drive_lines(candidate)
    if details:
        yield f"     why here: {candidate.why}"
        yield f"     ask: {' '.join(candidate.ask)}"
        left = candidate.if_this_falls_too
        minutes = "" if left.drive_min is None else f", {minutes_words(left.drive_min)}"
        yield "     if this one falls too: " + (
            f"{left.name}{minutes}; {left.count} independent left on this list" if left.count else "none on this list"
        )

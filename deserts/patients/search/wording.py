"""The sentences beside a candidate: evidence, why it stands where it stands, and what to ask on the phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from deserts.patients.counted import counted
from deserts.patients.search.answer import BackupQuery, Tier
from deserts.patients.words import phrases
from deserts.rules import candidate as rule
from deserts.rules.ranking import ASK, NO, YES
from deserts.services.profile import Service
from deserts.specialists.said import Said, Verdict
from deserts.specialists.standing import SiteStanding

__all__ = [
    "DRUG_WORDS", "PLACES_TITLE", "asks_drug", "evidence_words", "first_question", "no_words", "questions",
    "said_words", "tier_title", "why_words",
]  # fmt: skip

DRUG_WORDS = {
    "baclofen_proven": "baclofen proven",
    "unknown": "drug unknown",
    "pain_likely": "drug unknown, by specialty more likely pain drugs",
    "not_applicable": "",
}


PLACES_TITLE = "HOSPITALS PAID FOR IT, NOBODY NAMED: ask for the clinic; they count in no tier and no minute above"
"""Heading of the hospitals beside the tiers."""


def tier_title(tier: Tier, service: Service) -> str:
    """Return the heading of a tier; a service without a drug has grades only."""
    if tier is Tier.MUST_BE_ASKED:
        return "COULD, MUST BE ASKED: no recent evidence of doing it"
    if not service.drug_classes:
        return f"EVIDENCE: {service.does}" if tier is Tier.PROVEN else "DRUG UNKNOWN (this service has no drug)"
    return "BACLOFEN PROVEN" if tier is Tier.PROVEN else "PUMPS, DRUG UNKNOWN"


def evidence_words(site: Mapping[str, Any], newest_year: int) -> str:
    """Return the last evidence with its year and age."""
    year = int(site["last_year"])
    if year == 0:
        return "no dated evidence"
    age = newest_year - year
    return f"last evidence {year}" + (f" ({age} years before the newest claims)" if newest_year and age > 1 else "")


def said_words(at: SiteStanding | None, today: dt.date) -> str:
    """Return what the clinic said of a clinician at a site: "verified on" while fresh, "was verified on" after that."""
    if at is None:
        return ""
    parts = []
    if at.wrong_number is not None:
        parts.append("the number was reported wrong: look it up")
    if at.number_in_doubt is not None:
        parts.append("a wrong number was reported for one of this clinician's sites")
    if at.confirmed is not None:
        parts.append(_verified(at.confirmed, today))
    if at.newest is not None and at.newest is not at.confirmed:
        parts.append(_told(at.newest, today))
    return "; ".join(parts)


def _verified(said: Said, today: dt.date) -> str:
    verb, old = ("verified on", "") if said.is_fresh(today) else ("was verified on", _ago(said, today))
    return f"{verb} {said.on} ({said.told_by()}): {said.kind.words}{old}"


def _ago(said: Said, today: dt.date) -> str:
    return f", {counted((today - said.on).days, 'day')} ago: call again"


def _told(said: Said, today: dt.date) -> str:
    what = said.kind.words
    if said.outcome == "payer" and said.asked_payer:
        what += f" ({said.asked_payer})"
    if said.outcome == "age" and said.asked_age:
        what += f" ({said.asked_age})"
    what += "" if said.is_asked else ", not asked at the clinic itself"
    what += f"; ask again after {said.review_on}" if said.review_on else ""
    verb = "said on" if said.is_fresh(today) else "said long ago, on"
    return f"{verb} {said.on} ({said.told_by()}): {what}"


def no_words(no: Verdict) -> str:
    """Return a hard no in words: what was said, when, and until when it stands."""
    said = no.said
    return f"said no on {said.on} ({said.told_by()}): {said.kind.words}; stands until {said.stands_until()}"


def why_words(
    *, place: int | None, status: str, shares: tuple[str, ...], demoted: str, at: SiteStanding | None, today: dt.date
) -> str:
    """Say why a candidate has its place: rank in its tier, what moved it, ties, and road.

    Parameters
    ----------
    place
        Its place among those of its tier who are to be called, None when it is folded.
    """
    first = "first of its tier by fit, independence and minutes"
    parts = ["folded" if place is None else first if place == 1 else f"number {place} of its tier"]
    if demoted:
        parts.append(demoted)
    if at is not None and at.confirmed is not None and not at.confirmed.is_fresh(today):
        parts.append("the last call is too old to rely on")
    parts.append(
        "shares " + " and ".join(shares) if shares else "shares nothing known with those above or the one lost"
    )
    beyond = {
        "beyond_limit": "beyond the limit, shown because nobody of this tier is nearer",
        "unreachable": "no road leads there, shown because nobody of this tier can be reached",
        "unsnapped": "no road near the one end or the other, minutes unknown",
    }
    if status in beyond:
        parts.append(beyond[status])
    return "; ".join(parts)


def questions(
    site: Mapping[str, Any],
    query: BackupQuery,
    *,
    service: Service,
    age: str,
    payer: str,
    pump: str,
    plan: str,
    in_doubt: bool,
) -> tuple[str, ...]:
    """Return what to ask on the phone, the one question that matters first."""
    fits = {"yes": YES, "no": NO, "ask": ASK, "": YES}
    asked = {
        "first": first_question(service),
        "in_doubt": in_doubt,
        "audience": "child" if query.pediatric else "adult",
        "age": fits[age],
        "payer": query.payer or "",
        "payer_fits": fits[payer],
        "plan": query.plan or "",
        "plan_lists": plan == "yes",
        "pump": query.pump or "",
        "pump_fits": fits[pump],
        "asks_drug": asks_drug(site, service),
    }
    return tuple(rule.questions(asked, dict(phrases())))


def first_question(service: Service) -> str:
    """Return what is asked first on the phone."""
    return service.words.get("ask", "Are you accepting new patients?")


def asks_drug(site: Mapping[str, Any], service: Service) -> bool:
    """Whether the drug must be asked for: the service has one, and nothing proves it of this site."""
    return bool(service.drug_classes) and site["drug"] != "baclofen_proven"

"""The sentences beside a candidate: evidence, why it stands where it stands, and what to ask on the phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from deserts.patients.search.answer import BackupQuery, Tier
from deserts.patients.search.calls import Call
from deserts.services.profile import Service

__all__ = ["DRUG_WORDS", "evidence_words", "questions", "tier_title", "why_words"]

DRUG_WORDS = {
    "baclofen_proven": "baclofen proven",
    "unknown": "drug unknown",
    "pain_likely": "drug unknown, by specialty more likely pain drugs",
    "not_applicable": "",
}


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


def why_words(
    *, place: int, status: str, shares: tuple[str, ...], demoted: str, call: Call | None, today: dt.date
) -> str:
    """Say why a candidate has its place: rank in its tier, what moved it, ties, and road."""
    parts = ["first of its tier by fit, independence and minutes" if place == 1 else f"number {place} of its tier"]
    if demoted:
        parts.append(demoted)
    if call is not None and call.verifies and not call.is_fresh(today):
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
    site: Mapping[str, Any], query: BackupQuery, *, service: Service, age: str, payer: str, pump: str, stale: bool
) -> tuple[str, ...]:
    """Return what to ask on the phone, the one question that matters first."""
    asked = [service.words.get("ask", "Are you accepting new patients?")]
    if stale:
        asked.append("Are you still practising, and at this address?")
    if age in ("ask", "no"):
        asked.append("Do you take children?" if query.pediatric else "Do you take adults?")
    if query.payer and payer != "yes":
        asked.append(f"Do you take {query.payer}?")
    if query.pump and pump != "yes":
        asked.append(f"Do you refill and service {query.pump} pumps?")
    if service.drug_classes and site["drug"] != "baclofen_proven":
        asked.append("Do you keep or order intrathecal baclofen?")
    asked.append("Do you refill at this address, and how soon is the first appointment?")
    return tuple(asked)

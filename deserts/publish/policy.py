"""What insurers decide and pay: the box on a fact sheet, and a page of its own on which each answer has a source.

What no source tells stands there as unknown. The answers are those of the profile; what Medicare allowed is computed
from the claims of the run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.documents.language import Language, Said
from deserts.publish.area_facts import FactBase
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.services import Service
from deserts.services.policy import PAYERS, TOPICS
from deserts.store import write_text

__all__ = ["PolicyTopic", "policy_finding", "policy_lines", "policy_topics", "read_allowed", "write_policy_page"]

_QUESTIONS = {
    "authorisation": "Must an insurer agree first, and how long may it take?",
    "payment": "What is paid for {visit}?",
    "home": "Does it pay for {visit} at home?",
}
_PAYER_WORDS = {
    "medicare": "Original Medicare",
    "medicare_advantage": "Medicare Advantage",
    "medicaid": "Medicaid",
    "commercial": "Commercial and employers' plans",
    "va": "Veterans Affairs",
}
_STANDARD_DECISION = ("authorisation", "medicare_advantage")
"""The one answer on how long a decision may take that a rule of the nation gives; all others stand on the page."""
_UNKNOWN = "unknown: no source that was read tells"
_CLAIMS = "Medicare's public claims, mean of what was allowed by billing code"


@dataclass(frozen=True, slots=True)
class PolicyTopic:
    """A question, and of each kind of payer the answer and its source; ``None`` where it is not known."""

    question: Said
    answers: tuple[tuple[Said, Said | None, Said | None], ...]


def policy_topics(service: Service, allowed: pd.DataFrame | None, language: Language) -> tuple[PolicyTopic, ...]:
    """Return the questions that a service raises, with the answers that there are.

    Parameters
    ----------
    service
        Holds the answers; one without refills raises no question of care at home.
    allowed
        Result of `read_allowed`.
    language
        Of the page.
    """
    visit = language.say(service.words.get("visit", "this care"))
    known = {
        (fact.topic, fact.payer): (language.say(fact.says), language.say(fact.source)) for fact in service.policy
    }  # fmt: skip
    paid = _allowed_said(allowed, language)
    if paid is not None:
        known["payment", "medicare"] = (paid, language.say(_CLAIMS))
    topics = [topic for topic in TOPICS if topic != "home" or "refill.max_days" in service.numbers]
    return tuple(
        PolicyTopic(
            language.say(_QUESTIONS[topic], visit=visit),
            tuple((language.say(_PAYER_WORDS[payer]), *known.get((topic, payer), (None, None))) for payer in PAYERS),
        )
        for topic in topics
    )


def policy_finding(topics: Sequence[PolicyTopic], language: Language) -> Said:
    """Return the finding of the page: how many answers are known at all."""
    answers = [says for topic in topics for _, says, _ in topic.answers]
    known = sum(says is not None for says in answers)
    return language.say(
        "Of {all} answers on what insurers decide and pay, a source tells something of {known}; {unknown} are unknown.",
        all=str(len(answers)), known=str(known), unknown=str(len(answers) - known),
    )  # fmt: skip


def write_policy_page(
    path: Path, *, service: Service, allowed: pd.DataFrame | None, language: Language, notes: Mapping[str, Any],
    index: str,
) -> Path:  # fmt: skip
    """Write the page.

    Parameters
    ----------
    path
        Where to.
    service, allowed, language
        See `policy_topics`.
    notes
        Result of `deserts.publish.notes.about`.
    index
        Name of the page that it belongs to.
    """
    topics = policy_topics(service, allowed, language)
    finding = policy_finding(topics, language)
    page = render_page(
        "policy.html", title=finding.text, lang=language.code, policy=LOCKED, index=index, finding=finding,
        subject=language.say(service.title), topics=topics, unknown=language.say(_UNKNOWN), word=language.say,
        draft=language.draft, style=inline_style(read_static("page.css", "site.css", "press.css")), **notes,
    )  # fmt: skip
    write_text(path, page)
    return path


def _allowed_said(allowed: pd.DataFrame | None, language: Language) -> Said | None:
    """Return what Medicare allowed in the first and the last year, or None without claims."""
    found = _amounts(allowed)
    if found is None:
        return None
    amounts, year_of_dollars = found
    both = _listed(amounts, language)
    if year_of_dollars is None:
        return language.say("Allowed: {amounts} (dollars of each year).", amounts=both)
    return language.say("Allowed: {amounts} (dollars of {year}).", amounts=both, year=year_of_dollars)


def _listed(amounts: Sequence[tuple[float, float, str]], language: Language) -> Said:
    said = [
        language.say("{amount} in {year}", amount=_dollars(low, high, language), year=year)
        for low, high, year in amounts
    ]
    return Said(", ".join(one.text for one in said), ", ".join(one.english for one in said))


def _amounts(allowed: pd.DataFrame | None) -> tuple[list[tuple[float, float, str]], str | None] | None:
    """Return least and most of the first and the last year, and of which year the dollars are; None without claims."""
    if allowed is None or allowed.empty:
        return None
    constant = bool(allowed["allowed_constant_usd"].notna().all())
    column = "allowed_constant_usd" if constant else "allowed_usd"
    years = allowed.groupby("year", sort=True)[column].agg(["min", "max"])
    ends = years.iloc[[0, -1]] if len(years) > 1 else years
    amounts = [(float(row["min"]), float(row["max"]), str(year)) for year, row in ends.iterrows()]
    return amounts, str(allowed["year"].max()) if constant else None


def policy_lines(base: FactBase, allowed: pd.DataFrame | None, language: Language) -> tuple[Said, ...]:
    """Return the policy box: what Medicare allows for a visit by year, and how long a plan may take to decide.

    Only what has a source stands here; a default of the profile that plans a patient's days is no fact about insurers.
    """
    service = base.service
    lines = []
    if (found := _amounts(allowed)) is not None:
        amounts, visit = _listed(found[0], language), language.say(service.words.get("visit", "this care"))
        dollars = (
            language.say("dollars of each year")
            if found[1] is None
            else language.say("dollars of {year}", year=found[1])
        )
        lines.append(
            language.say(
                "Medicare allowed for {visit}: {amounts} ({dollars}; mean of what was published, by billing code).",
                visit=visit, amounts=amounts, dollars=dollars,
            )
        )  # fmt: skip
    lines += [
        language.say(
            "{payer}: {says} ({source})", payer=language.say(_PAYER_WORDS[fact.payer]), says=language.say(fact.says),
            source=language.say(fact.source),
        )
        for fact in service.policy
        if (fact.topic, fact.payer) == _STANDARD_DECISION
    ]  # fmt: skip
    if decision := service.words.get("policy_decision"):
        lines.append(Said(_filled(language.word(decision), service), _filled(decision, service)))
    return tuple(lines)


def _dollars(low: float, high: float, language: Language) -> Said:
    least, most = f"${low:,.0f}", f"${high:,.0f}"
    return Said(most, most) if round(low) == round(high) else language.say("{low} to {high}", low=least, high=most)


def _filled(text: str, service: Service) -> str:
    """Put numbers of the profile into a text of it: ``{refill.max_days}`` is the number of that name."""
    return re.sub(r"\{([a-z_.]+)\}", lambda name: f"{service.number(name[1]):g}", text)


def read_allowed(base: FactBase) -> pd.DataFrame | None:
    """Return what Medicare allowed for a refill by code and year in the region's raw claims, or None without claims.

    A service without a class of codes called ``refill`` is shown by the codes of its default grade.
    """
    from deserts.sources.fetch import region_area
    from deserts.sources.publishers.claims import read_claims
    from deserts.specialists.replicate import allowed_by_year

    store, service = base.store, base.service
    classes = ("refill",) if "refill" in service.code_classes else service.grade(service.default_grade).any_class
    codes = service.codes(*classes) if classes else ()
    area = region_area(store.region, service, store.settings)
    paths = area.paths("claims", required=False)
    if not paths or not codes:
        return None
    years = {area.folder / entry.path: entry.year for entry in area.of("claims")}
    frames = [read_claims(path, codes=codes, year=years[path]).frame for path in paths]
    return allowed_by_year(pd.concat(frames, ignore_index=True), codes)

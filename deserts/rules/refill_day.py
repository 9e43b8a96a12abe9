"""The refill-by day that a clinic gave and somebody typed, on every paper: held to alarm, drug and dates."""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.wording import days_long, finding, say

__all__ = ["beside_safer", "contradictions"]


def contradictions(question: dict[str, Any]) -> list[list[str]]:
    """Return why a refill-by day is wrong, passed or not: it lies after the alarm, or beyond the drug's stability.

    Parameters
    ----------
    question
        As `deserts.rules.card.problems` takes it.
    """
    words, refill_by, longest = question["words"], question["refill_by"], question["max_days"]
    if not refill_by:
        return []
    found = []
    if question["low_alarm_on"] and _number(refill_by) > _number(question["low_alarm_on"]):
        found.append(["refill_by", words["card.refill_after_alarm"]])
    since = question["last_refill_on"] or question["today"]
    if longest is not None and _number(refill_by) - _number(since) > longest:
        found.append(["refill_by", say(words, finding("card.refill_far", longest=days_long(longest)))])
    return found


def beside_safer(entered: str, timeline: dict[str, Any] | None, words: dict[str, str], paper: str) -> str:
    """Return a refill-by day as entered, with the sooner one that the dates give beside it, never one that has passed.

    Parameters
    ----------
    entered
        The day as text.
    timeline
        ``refill_by`` and ``target_on`` of `deserts.rules.timeline.reckon`; None where there is none.
    words
        Phrases of the topics ``card`` and ``pact``.
    paper
        The one of the two topics whose sentence is short enough for the paper.
    """
    if timeline is None or timeline["refill_by"] is None or _number(timeline["refill_by"]) >= _number(entered):
        return entered
    if timeline["target_on"] is None:
        return words["card.ask_today"]
    if _number(timeline["target_on"]) >= _number(entered):
        return entered
    return say(words, finding(paper + ".safer", day=entered, safe=timeline["target_on"]))


def _number(text: str) -> int:
    number = days.from_text(text)
    if number is None:
        raise ValueError("not a day: " + text)
    return number

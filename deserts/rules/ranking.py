"""The one order of backups: evidence makes the tier; within it what fits, what is independent, then minutes.

Within a tier: fits what was asked for (yes, unknown, no) · shares nothing with the lost clinician or with a better one
already placed in the tier · minutes · grade · NPI. The first ``k`` of that order do not depend on ``k``. Whoever has
given a hard no that still stands, or lies farther than the days left allow, is folded: kept under the tier's heading,
after all others (first who said no) and without a place in the count of whom to call.

The keys are data: numpy sorts whole tables by them (`deserts.patients.search.ranking`), and `in_order` sorts the rows
of a page. The small formulas take whole numbers and, in Python, arrays alike. Minutes are whole ten-thousandths.
"""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.minutes import TICKS_A_MINUTE
from deserts.rules.order import sort_rows

__all__ = [
    "ANYBODY",
    "ASK",
    "BEYOND_KEYS",
    "FITS",
    "NO",
    "QUESTIONS",
    "REFUSED",
    "SITE_KEYS",
    "TICKS_A_MINUTE",
    "TIER_KEYS",
    "TOO_FAR",
    "YES",
    "asked_again",
    "backups",
    "days_to_visit",
    "fit_of",
    "in_order",
    "larger",
    "most_ticks",
    "place_tier",
    "refusal",
    "time_code",
    "whole_days",
]  # fmt: skip

QUESTIONS = ("backups",)

YES, ASK, NO = 0, 1, 2
FITS = (YES, ASK, NO)
ANYBODY = "all"
"""Topic of an answer: new patients, whoever they are. The others are ``adult``, ``child`` and ``payer:NAME``."""

REFUSED, TOO_FAR = 1, 2
"""Why somebody is folded: a hard no, or a drive that the days left do not allow; 0 for who is to be called."""

SITE_KEYS = ("person", "folded", "dependent", "fit", "ticks", "site")
"""Which of a clinician's addresses is the one: not folded, independent of the lost one, fitting, near."""
TIER_KEYS = ("tier", "folded", "fit", "ticks", "grade", "person")
"""The order of clinicians, each at one address."""
BEYOND_KEYS = ("dependent", "ticks", "metres", "fit", "grade", "site")
"""The nearest one of a tier that has nobody within the limit: by road, else in a straight line."""

FARTHEST = 4000000000000
"""Ticks or metres of what has no road or no place: after everything else."""


def larger(one: Any, other: Any) -> Any:
    """Return the larger of two numbers; written so that arrays of numbers can be compared too."""
    return one + (other - one) * (other > one)


def fit_of(age: Any, payer: Any, pump: Any, time: Any, again: Any) -> Any:
    """Return how well somebody fits: the worst of what was asked for, 0 where nothing was.

    Parameters
    ----------
    age, payer, pump, time, again
        `YES`, `ASK` or `NO`: this age, this payer, this maker's pump, a first visit in time, new patients at all.
    """
    return larger(larger(larger(age, payer), larger(pump, time)), again)


def whole_days(today: int, empty_on: int) -> int:
    """Return the whole days between today and the one on which the pump can be empty; negative once it has come."""
    return empty_on - today - 1


def time_code(wait_days: Any, days_left: int) -> Any:
    """Return whether the first visit that was offered is in time: `YES`, `ASK` where none was named (-1), or `NO`."""
    return ASK * (wait_days < 0) + NO * (wait_days > larger(days_left, 0))


def most_ticks(days_left: int, drive_day_min: int) -> int:
    """Return the longest drive that the days left allow: half a day at the wheel today, a whole one each day more."""
    if days_left < 0:
        return 0
    return drive_day_min * TICKS_A_MINUTE * (2 * days_left + 1) // 2


def refusal(noes: list[Any], audience: str, payer: str, today: int) -> int:
    """Return which no keeps this patient away: its place among ``noes``, -1 when none does.

    Parameters
    ----------
    noes
        Each ``[topic, first day, last day]``: who was refused, see `ANYBODY` (``payer:`` where the payer was not
        written down), and when it stands; days as whole numbers.
    audience
        ``adult`` or ``child``.
    payer
        The patient's payer in small letters, empty when not given.
    today
        Day of the question.
    """
    topics = [ANYBODY, audience]
    if payer:
        topics += ["payer:" + payer, "payer:"]
    for topic in topics:
        for place, (about, first, last) in enumerate(noes):
            if about == topic and first <= today <= last:
                return place
    return -1


def asked_again(noes: list[Any], today: int) -> int:
    """Return `ASK` where the last word on new patients was a no that no longer stands, else `YES`; see `refusal`."""
    for about, first, last in noes:
        if about == ANYBODY and not first <= today <= last:
            return ASK
    return YES


def in_order(rows: list[Any], keys: tuple[str, ...]) -> list[Any]:
    """Return rows (dicts) sorted by their values of some keys."""
    return sort_rows(rows, lambda row: tuple([row[key] for key in keys]))


def place_tier(own: Any, fit: Any, dependent: Any, ties: Any, k: int) -> tuple[list[int], int]:
    """Return the first ``k`` of a tier and how many of them lead as independent and best fitting.

    Parameters
    ----------
    own
        Places of the tier's clinicians in the order of `TIER_KEYS`, so the best fitting first; nobody folded.
    fit, dependent, ties
        By place: how well it fits, whether it shares something with the lost one, and what it shares with others.
    k
        How many to return at most.
    """
    placed: list[int] = []
    waiting: list[int] = []
    taken: set[Any] = set()
    leading, level = 0, YES
    for place in own:
        if fit[place] != level:
            placed += waiting[: k - len(placed)]
            waiting, level = [], fit[place]
        if len(placed) == k:
            return placed, leading
        tied = bool(dependent[place])
        for tie in ties[place]:
            tied = tied or tie in taken
        if tied:
            waiting.append(place)
            continue
        placed.append(place)
        taken.update(ties[place])
        leading = len(placed)
    placed += waiting[: k - len(placed)]
    return placed, leading


def backups(question: dict[str, Any]) -> dict[str, Any]:
    """Return who could take a patient over, for a page that holds the sites that one ZIP can bring up.

    Parameters
    ----------
    question
        ``k``, ``tiers`` (how many), ``limit`` (ticks), ``audience``, ``payer``, ``today`` and ``empty_on`` (days as
        text; None without a date), ``drive_day_min``, and ``sites``: dicts with ``site, person, tier, grade, ticks,
        metres`` (-1 where there is none), ``dependent, ties, age, payer, pump, noes`` (see `refusal`) and ``wait``
        (days to the first visit that was offered, and the first and last day on which that counts; None without one).

    Returns
    -------
    dict
        ``days_left`` (None without a date), and ``tiers``: for each, ``placed`` (places among the sites given, in
        order), ``refused`` (places of the first ``k`` that said no), ``noes`` (for each of these the place of its no),
        ``too_far`` (places of those too far for the days left, as many as fill up the ``k``), ``refused_in_all`` and
        ``too_far_in_all`` (how many of the sites' clinicians within the limit are folded for either).
    """
    today = _day(question["today"])
    left = None if question["empty_on"] is None else whole_days(today, _day(question["empty_on"]))
    rows = [_marked(row, place, question, today, left) for place, row in enumerate(question["sites"])]
    best = _one_each([row for row in rows if row["is_near"]])
    return {"days_left": left, "tiers": [_tier(tier, best, rows, question["k"]) for tier in range(question["tiers"])]}


def _day(text: str) -> int:
    number = days.from_text(text)
    if number is None:
        raise ValueError("not a day: " + text)
    return number


def _marked(row: dict[str, Any], place: int, question: dict[str, Any], today: int, left: int | None) -> dict[str, Any]:
    time, too_far = YES, False
    if left is not None:
        time = time_code(days_to_visit(row["wait"], today), left)
        too_far = row["ticks"] > most_ticks(left, question["drive_day_min"])
    no = refusal(row["noes"], question["audience"], question["payer"], today)
    found = dict(row)
    found.update(
        {
            "place": place,
            "no": no,
            "folded": REFUSED if no >= 0 else TOO_FAR if too_far else 0,
            "fit": fit_of(row["age"], row["payer"], row["pump"], time, asked_again(row["noes"], today)),
            "is_near": 0 <= row["ticks"] <= question["limit"],
            "ticks": row["ticks"] if row["ticks"] >= 0 else FARTHEST,
            "metres": row["metres"] if row["metres"] >= 0 else FARTHEST,
        }
    )
    return found


def days_to_visit(wait: Any, today: int) -> int:
    """Return the days to the first visit that was offered, -1 where none was or that was too long ago."""
    if wait is None:
        return -1
    offered, first, last = wait
    return int(offered) if first <= today <= last else -1


def _one_each(rows: list[Any]) -> list[Any]:
    """Return one address a clinician, in the order of the tiers."""
    first: list[Any] = []
    for row in in_order(rows, SITE_KEYS):
        if not first or first[-1]["person"] != row["person"]:
            first.append(row)
    return in_order(first, TIER_KEYS)


def _tier(tier: int, best: list[Any], rows: list[Any], k: int) -> dict[str, Any]:
    own = [row for row in best if row["tier"] == tier]
    refused = [row for row in own if row["folded"] == REFUSED]
    too_far = [row for row in own if row["folded"] == TOO_FAR]
    placed, _ = place_tier(
        [row["place"] for row in own if not row["folded"]],
        [row["fit"] for row in rows],
        [row["dependent"] for row in rows],
        [row["ties"] for row in rows],
        k,
    )
    if not placed:
        beyond = in_order([row for row in rows if row["tier"] == tier and not row["folded"]], BEYOND_KEYS)
        placed = [row["place"] for row in beyond[:1]]
    return {
        "placed": placed,
        "refused": [row["place"] for row in refused[:k]],
        "noes": [row["no"] for row in refused[:k]],
        "refused_in_all": len(refused),
        "too_far": [row["place"] for row in too_far[: max(0, k - len(refused))]],
        "too_far_in_all": len(too_far),
    }

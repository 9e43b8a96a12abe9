"""What stands above and below the lists of an answer: what was not found, and what an emergency department is not."""

from __future__ import annotations

from typing import Any

from deserts.rules.minutes import TICKS_A_MINUTE, in_words, rounded
from deserts.rules.wording import counted, finding, say

__all__ = ["EVIDENCE_TIERS", "QUESTIONS", "headings", "hospital_notes", "nearer_place", "tier_notes", "too_far"]

QUESTIONS = ("headings",)

EVIDENCE_TIERS = 2
"""How many tiers, from the first, rest on evidence."""


def headings(question: dict[str, Any]) -> dict[str, Any]:
    """Return what stands at each tier of a page's list: counts, what is said of nobody, and why some are too far.

    Parameters
    ----------
    question
        ``k``, ``days_left`` and ``words``; ``tiers``: of each ``placed``, ``refused_in_all`` and ``too_far_in_all`` of
        `deserts.rules.ranking.backups`, and ``too_far_ticks``: the drives of its ``too_far``.

    Returns
    -------
    dict
        ``tiers``: ``counts``, ``none`` (empty where somebody is to be called) and ``too_far`` of each.
    """
    words, found = question["words"], []
    for tier in question["tiers"]:
        folded = tier["refused_in_all"] + tier["too_far_in_all"]
        none = words["tier.none_to_call" if folded else "tier.none_found"]
        reasons = [too_far(ticks, question["days_left"], words) for ticks in tier["too_far_ticks"]]
        counts = _counts(tier, question["k"], words)
        found.append({"counts": counts, "none": "" if tier["placed"] else none, "too_far": reasons})
    return {"tiers": found}


def _counts(tier: dict[str, Any], k: int, words: dict[str, str]) -> str:
    """Return the counts of a heading; a page holds no more of those too far than it may list."""
    said = [say(words, finding("tier.to_call", count=len(tier["placed"])))]
    if tier["refused_in_all"]:
        said.append(say(words, finding("tier.said_no", count=tier["refused_in_all"])))
    if tier["too_far_in_all"]:
        is_more = tier["too_far_in_all"] > k
        code = "tier.more_too_far" if is_more else "tier.too_far"
        said.append(say(words, finding(code, count=k if is_more else tier["too_far_in_all"])))
    return ", ".join(said)


def too_far(ticks: int, days_left: int, words: dict[str, str]) -> str:
    """Return why somebody is folded whom the days left do not allow to be reached.

    Parameters
    ----------
    ticks
        The drive (ten-thousandths of a minute).
    days_left
        Whole days left; below zero when the day has come.
    words
        Phrases of the topic ``tier``.
    """
    left = counted(max(0, days_left), "day")
    return say(words, finding("tier.why_too_far", drive=in_words(ticks, 0), days=left))


def tier_notes(tiers: list[dict[str, Any]], limit_min: int, words: dict[str, str]) -> list[str]:
    """Return what the reader must know of who was found, most urgent first.

    Parameters
    ----------
    tiers
        ``within``: for each who is to be called, in order, whether it lies within the limit; ``folded``: how many said
        no or lie too far for the days left.
    limit_min
        The limit (minutes).
    words
        Phrases of the topic ``note``.
    """
    shown = [is_within for tier in tiers for is_within in tier["within"]]
    folded = sum([tier["folded"] for tier in tiers])
    notes = []
    if not [tier for tier in tiers[:EVIDENCE_TIERS] if tier["within"] and tier["within"][0]]:
        notes.append(say(words, finding("note.no_evidence")))
    if not shown:
        notes.append(say(words, finding("note.all_folded" if folded else "note.nobody")))
    elif not any(shown):
        notes.append(say(words, finding("note.none_within", minutes=limit_min)))
    return notes


def nearer_place(known: list[int], places: list[dict[str, Any]], limit: int, words: dict[str, str]) -> list[str]:
    """Point to a hospital that was paid for it and lies nearer than anybody with evidence: it stands below them all.

    Parameters
    ----------
    known
        Drives (ten-thousandths of a minute) to clinicians with evidence who are to be called.
    places
        ``name``, ``ticks`` and ``give`` (minutes by which these may be off) of the hospitals that are shown and that do
        not refuse the payer, nearest among them.
    limit
        Longest drive that counts as within reach (ten-thousandths of a minute).
    words
        Phrases of the topic ``note``.
    """
    best: dict[str, Any] | None = None
    for place in places:
        if best is None or place["ticks"] < best["ticks"]:
            best = place
    if best is None or best["ticks"] > limit or (known and best["ticks"] >= min(known)):
        return []
    drive = in_words(best["ticks"], best["give"])
    return [say(words, finding("note.nearer_place", name=best["name"], drive=drive))]


def hospital_notes(nearest: list[dict[str, Any]], capable: dict[str, Any] | None, words: dict[str, str]) -> list[str]:
    """Return what the reader must know of emergency departments.

    Parameters
    ----------
    nearest, capable
        The nearest ones, and the nearest that knows pumps (None when none is known): ``ccn``, ``ticks``
        (ten-thousandths of a minute) and ``paid`` (what its price file shows of payments, empty for nothing).
    words
        Phrases of the topic ``hospital``.
    """
    notes = [] if nearest else [say(words, finding("hospital.none"))]
    if capable is None:
        notes.append(say(words, finding("hospital.none_capable")))
    elif nearest and capable["ccn"] != nearest[0]["ccn"]:
        farther = max(1, rounded(capable["ticks"] - nearest[0]["ticks"], TICKS_A_MINUTE))
        notes.append(say(words, finding("hospital.farther", minutes=counted(farther, "minute"))))
    known = nearest if capable is None else nearest + [capable]
    if [hospital for hospital in known if hospital["paid"]]:
        notes.append(say(words, finding("hospital.paid")))
    return notes + [say(words, finding("hospital.affiliated"))]

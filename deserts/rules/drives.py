"""Drives in words, from whole numbers: ten-thousandths of a minute, and metres."""

from __future__ import annotations

from typing import Any

from deserts.rules.minutes import drive_notes, give_min, in_words, list_notes, whole_miles
from deserts.rules.wording import finding, say

__all__ = ["QUESTIONS", "drive_words", "shown", "straight_words"]

QUESTIONS = ("shown",)


def drive_words(ticks: int, plus_minus_min: int, metres: int, words: dict[str, str], *, is_beyond: bool) -> str:
    """Return a drive in words, as ``45 ±10 min · 38 mi``.

    Parameters
    ----------
    ticks
        Drive (ten-thousandths of a minute).
    plus_minus_min
        How far off it may be (minutes), from `deserts.rules.minutes.give_min`.
    metres
        Length of the road.
    words
        Phrases of the topic ``drive``.
    is_beyond
        Whether it is longer than the limit.
    """
    drive = say(words, finding("drive.here", minutes=in_words(ticks, plus_minus_min), miles=whole_miles(metres)))
    return say(words, finding("drive.beyond", drive=drive)) if is_beyond else drive


def straight_words(metres: int, words: dict[str, str]) -> str:
    """Return what is said where there is no road; ``metres`` in a straight line, -1 where that is not known either."""
    if metres < 0:
        return say(words, finding("drive.no_road"))
    return say(words, finding("drive.straight", miles=whole_miles(metres)))


def shown(question: dict[str, Any]) -> dict[str, Any]:
    """Return drives as a page shows them.

    Parameters
    ----------
    question
        ``doubts`` (see `deserts.rules.minutes.give_min`), ``limit`` (ticks), ``words`` (topics ``drive`` and ``note``),
        and ``drives``: of each ``ticks`` (negative for no road), ``road_m``, ``metres`` in a straight line, ``doubt``.

    Returns
    -------
    dict
        ``drives``: ``words`` and ``notes`` of each; ``notes`` of all of them.
    """
    words, limit = question["words"], question["limit"]
    found, gives = [], []
    for drive in question["drives"]:
        if drive["ticks"] < 0:
            found.append({"words": straight_words(drive["metres"], words), "notes": []})
            continue
        give = give_min(drive["ticks"], drive["doubt"], question["doubts"])
        gives.append({"give": give, "unchecked": drive["doubt"]["unchecked"]})
        said = drive_words(drive["ticks"], give, drive["road_m"], words, is_beyond=drive["ticks"] > limit)
        found.append({"words": said, "notes": drive_notes(drive["doubt"], words)})
    return {"drives": found, "notes": list_notes(gives, words)}

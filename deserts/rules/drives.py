"""Minutes and miles in words, from whole numbers: ten-thousandths of a minute, and metres."""

from __future__ import annotations

from deserts.rules.wording import finding, say

__all__ = ["TICKS_A_MINUTE", "drive_words", "rounded", "straight_words", "whole_miles", "whole_minutes"]

TICKS_A_MINUTE = 10000
_MILLIMETRES_A_MILE = 1609344


def rounded(numerator: int, denominator: int) -> int:
    """Return a fraction of positive numbers to the nearest whole one, a half to the even one as Python's ``round``."""
    whole, rest = numerator // denominator, numerator % denominator
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2 == 1):
        return whole + 1
    return whole


def whole_minutes(ticks: int) -> int | None:
    """Return ten-thousandths of a minute as whole minutes, None where there is no road (a negative number)."""
    return rounded(ticks, TICKS_A_MINUTE) if ticks >= 0 else None


def whole_miles(metres: int) -> int:
    """Return metres as whole miles."""
    return rounded(metres * 1000, _MILLIMETRES_A_MILE)


def drive_words(ticks: int, plus_minus_min: int, metres: int, words: dict[str, str], *, is_beyond: bool) -> str:
    """Return a drive in words, as ``45 ±10 min · 38 mi``.

    Parameters
    ----------
    ticks
        Drive (ten-thousandths of a minute).
    plus_minus_min
        How wrong it can be because only a ZIP is known (minutes), 0 when better known.
    metres
        Length of the road.
    words
        Phrases of the topic ``drive``.
    is_beyond
        Whether it is longer than the limit.
    """
    values = {"minutes": rounded(ticks, TICKS_A_MINUTE), "spread": plus_minus_min, "miles": whole_miles(metres)}
    drive = say(words, {"code": "drive.spread" if plus_minus_min else "drive.here", "values": values})
    return say(words, finding("drive.beyond", drive=drive)) if is_beyond else drive


def straight_words(metres: int, words: dict[str, str]) -> str:
    """Return what is said where there is no road; ``metres`` in a straight line, -1 where that is not known either."""
    if metres < 0:
        return say(words, finding("drive.no_road"))
    return say(words, finding("drive.straight", miles=whole_miles(metres)))

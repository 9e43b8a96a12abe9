"""Minutes of driving as they are shown: whole, never as nothing, how far off they may be, and what they hang on.

Three things make minutes doubtful: the site is known by its ZIP alone, nobody's minutes were compared there, or an end
lies far from any road of the network. All sums are of whole numbers, so that a page and a command agree. Ticks are
ten-thousandths of a minute.
"""

from __future__ import annotations

from typing import Any

from deserts.rules.wording import finding, say

__all__ = [
    "LEAST_MIN", "TICKS_A_MINUTE", "as_shown", "drive_notes", "give_min", "hour_band", "hour_words", "in_words",
    "list_notes", "per_mille", "rounded", "whole_miles", "whole_minutes",
]  # fmt: skip

LEAST_MIN = 10
"""Fewer minutes are shown as fewer than these: parking and doors alone are some of them."""

TICKS_A_MINUTE = 10000
_MILLIMETRES_A_MILE = 1609344
_HOUR_STEP_MIN = 5


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


def in_words(ticks: int, give: int) -> str:
    """Return minutes in words: ``45 min``, ``45 ±20 min``, ``20, up to 41 min``, ``under 10 min``.

    ``give`` is how far off they may be; a drive that it could make nothing of has an upper end alone.
    """
    shown = as_shown(ticks, give)
    first = f"under {LEAST_MIN}" if shown["is_under"] else str(shown["whole"])
    if shown["most"]:
        return f"{first}, up to {shown['most']} min"
    return f"{first} ±{give} min" if give else f"{first} min"


def as_shown(ticks: int, give: int) -> dict[str, Any]:
    """Return what is shown of minutes, for those who word it in another language.

    Returns
    -------
    dict
        ``whole``; ``is_under`` (fewer than are told apart); ``most``, the upper end where ``give`` could make nothing
        of the drive, else 0.
    """
    whole = rounded(ticks, TICKS_A_MINUTE)
    return {"whole": whole, "is_under": whole < LEAST_MIN, "most": whole + give if give and give >= whole else 0}


def per_mille(doubts: dict[str, Any], *, is_far: bool, unchecked: bool, long_leg: bool) -> int:
    """Return within how many thousandths of the minutes nine drives in ten lie, the wider of two bands; 0 for no doubt.

    Parameters
    ----------
    doubts
        The network's numbers: ``far_min``, and ``unchecked`` and ``long_leg`` as pairs for drives below and from that.
    is_far
        Whether the drive takes ``far_min`` minutes or more.
    unchecked
        Whether nobody's minutes were compared where an end lies.
    long_leg
        Whether an end lies far from any road.
    """
    place = 1 if is_far else 0
    return max(doubts["unchecked"][place] if unchecked else 0, doubts["long_leg"][place] if long_leg else 0)


def give_min(ticks: int, doubt: dict[str, Any], doubts: dict[str, Any] | None) -> int:
    """Return how many minutes a drive may be off: for its site and for the drive, each independent of the other.

    Parameters
    ----------
    ticks
        The drive; negative where there is none.
    doubt
        ``site_min`` (minutes that not knowing the site better can make), ``unchecked`` (see `per_mille`), and ``legs``:
        metres from the patient's place and from the other end to the nearest road, 0 where these are no long legs.
    doubts
        As in `per_mille`; None where the network has none.
    """
    part, site_min = 0, int(doubt["site_min"])
    if doubts is not None and ticks >= 0:
        is_far = ticks >= doubts["far_min"] * TICKS_A_MINUTE
        share = per_mille(doubts, is_far=is_far, unchecked=bool(doubt["unchecked"]), long_leg=max(doubt["legs"]) > 0)
        part = rounded(ticks * share, 1000 * TICKS_A_MINUTE)
    return _root(site_min * site_min + part * part)


def hour_band(ticks: int, give: int, least: int, most: int) -> list[int]:
    """Return between how many minutes a drive may take at an hour, to five minutes outwards: factors are no better.

    Parameters
    ----------
    ticks
        The average daytime drive.
    give
        How far off that may be (minutes): the band is as much wider on both sides.
    least, most
        Between how many thousandths of it a drive takes at that hour.
    """
    step, give_ticks = _HOUR_STEP_MIN * TICKS_A_MINUTE, give * TICKS_A_MINUTE
    lowest, highest = ticks * least // 1000 - give_ticks, -(-ticks * most // 1000) + give_ticks
    return [max(0, lowest // step * _HOUR_STEP_MIN), max(LEAST_MIN, -(-highest // step) * _HOUR_STEP_MIN)]


def hour_words(ticks: int, give: int, band: list[int]) -> str:
    """Return a drive with its band at an hour: ``97 min, 85 to 120 at that hour``."""
    least, most = band
    if least < LEAST_MIN:
        return f"{in_words(ticks, give)}, up to {most} at that hour"
    return f"{in_words(ticks, give)}, {least} to {most} at that hour"


def drive_notes(doubt: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Return what must be known of one drive beside its minutes; nothing for most.

    Parameters
    ----------
    doubt
        As in `give_min`, and ``without``: for each kind of road that is closed for a part of the year and that the
        drive hangs on (``ferry``, ``road``), that kind and the ticks without it, -1 where no road leads there then.
    words
        Phrases of the topic ``drive``.
    """
    found = []
    for place, code in enumerate(("drive.leg_here", "drive.leg_there")):
        metres = doubt["legs"][place]
        if metres > 0:
            found.append(say(words, finding(code, miles=whole_miles(metres))))
    for kind, ticks in doubt["without"]:
        then = words["drive.no_way"] if ticks < 0 else in_words(ticks, 0)
        found.append(say(words, finding("drive.by_" + kind, then=then)))
    return found


def list_notes(drives: list[dict[str, Any]], words: dict[str, str]) -> list[str]:
    """Return what must be known of the minutes of a whole list, said once.

    Parameters
    ----------
    drives
        ``give`` (from `give_min`) and ``unchecked`` of each drive that is shown.
    words
        Phrases of the topic ``note``.
    """
    found = []
    if [drive for drive in drives if drive["give"]]:
        found.append(words["note.band"])
    if [drive for drive in drives if drive["unchecked"]]:
        found.append(words["note.not_checked"])
    return found


def _root(square: int) -> int:
    """Return the nearest whole number to the root of a whole number."""
    root = 0
    while (2 * root + 1) * (2 * root + 1) <= 4 * square:
        root += 1
    return root

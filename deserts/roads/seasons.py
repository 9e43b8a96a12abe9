"""Conditions and seasons of OpenStreetMap tags: what holds in the middle of winter and in the middle of summer.

Only conditions about the time of year are taken (``no @ (Nov-Apr)``, ``no @ winter``, ``no @ snow``). Those about
hours, days of the week, weights or permits are left out: the minute of this package is an average daytime drive on any
day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

__all__ = ["SEASONS", "Season", "conditions", "holds"]


class Season(StrEnum):
    """The two networks of one extract."""

    SUMMER = "summer"
    WINTER = "winter"


SEASONS = (Season.SUMMER, Season.WINTER)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^)]*\)|[^;]*)")
_DAYS = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s*(\d{1,2})?"
_RANGE = re.compile(rf"{_DAYS}(?:\s*-\s*(?:{_DAYS}|(\d{{1,2}})))?")
_WHOLE_DAY = re.compile(r"\b(24/7|00:00\s*-\s*24:00)\b")


def conditions(text: str | None) -> Iterator[tuple[str, str]]:
    """Yield value and condition of each clause of a conditional tag, in lower case."""
    for match in _CLAUSE.finditer((text or "").lower()):
        yield match[1].strip(), match[2].strip().strip("()").strip()


def holds(condition: str, day: tuple[int, int], words: frozenset[str]) -> bool:
    """Whether a condition about the time of year holds all day long on a day; False for any other condition.

    Parameters
    ----------
    condition
        Text without the value and the parentheses, in lower case.
    day
        Month and day.
    words
        Words that hold on that day (``winter``, ``snow``).
    """
    return all(_part_holds(part.strip(), day, words) for part in re.split(r"\band\b", condition))


def _part_holds(part: str, day: tuple[int, int], words: frozenset[str]) -> bool:
    if part in words:
        return True
    rest = _WHOLE_DAY.sub("", part).strip()
    if not rest:
        return bool(part)
    ranges = [one.strip() for one in rest.split(",")]
    found = [_RANGE.fullmatch(one) for one in ranges]
    return all(found) and any(match is not None and _within(match, day) for match in found)


def _within(match: re.Match[str], day: tuple[int, int]) -> bool:
    first_month, first_day, last_month, last_day, same_month_day = match.groups()
    start = _MONTHS.index(first_month) + 1, int(first_day or 1)
    if last_month is not None:
        end = _MONTHS.index(last_month) + 1, int(last_day or 31)
    elif same_month_day is not None:
        end = start[0], int(same_month_day)
    else:
        end = start[0], int(first_day or 31)
    return start <= day <= end if start <= end else day >= start or day <= end

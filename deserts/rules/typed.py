"""Days and ZIP codes as people type them: US and ISO forms, said back in words so that a slip is seen."""

from __future__ import annotations

from typing import Any

from deserts.rules import days
from deserts.rules.wording import counted

__all__ = ["QUESTIONS", "day", "in_words", "read_day", "read_zip"]

QUESTIONS = ("day", "zip_code")

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SHORTEST_MONTH = 3
_CENTURY = 2000
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2200
"""The years that every form takes."""


def read_day(text: str) -> int | None:
    """Return the number of a day as typed, None when it is none.

    Parameters
    ----------
    text
        ``2026-12-20``, ``12/20/2026``, ``12/20/26`` (this century), ``12-20-2026``, ``12.20.2026`` or ``Dec 20, 2026``.
        Month comes before day, as in the United States.
    """
    parts = text.lower().replace(",", " ").replace("/", " ").replace("-", " ").replace(".", " ").split()
    if len(parts) != 3:
        return None
    if len(parts[0]) == 4 and _number(parts[0]) >= 0:
        year, month, day_text = parts[0], parts[1], parts[2]
    else:
        month, day_text, year = parts[0], parts[1], parts[2]
    numbers = (_number(year), _month(month), _number(day_text))
    if -1 in numbers or len(year) not in (2, 4) or len(day_text) > 2:
        return None
    whole_year = numbers[0] + (_CENTURY if len(year) == 2 else 0)
    if not _EARLIEST_YEAR <= whole_year <= _LATEST_YEAR:
        return None
    return days.from_text(f"{whole_year:04d}-{numbers[1]:02d}-{numbers[2]:02d}")


def _number(text: str) -> int:
    """Return a whole number of at most four digits, -1 for anything else."""
    if not 0 < len(text) <= 4:
        return -1
    for letter in text:
        if letter not in "0123456789":
            return -1
    return int(text)


def _month(text: str) -> int:
    """Return the number of a month by number or by name (three letters do), -1 for anything else."""
    if len(text) >= _SHORTEST_MONTH:
        for place, name in enumerate(_MONTHS):
            if name.lower().startswith(text):
                return place + 1
        return -1
    return _number(text) if len(text) <= 2 else -1


def in_words(number: int, today: int) -> str:
    """Return a day in words with its distance: ``Sunday, December 20, 2026, 22 days from now``."""
    year, month, day_of_month = days.parts_of(number)
    weekday = days.named(number).split()[0]
    return f"{weekday}, {_MONTHS[month - 1]} {day_of_month}, {year}, {_away(number - today)}"


def _away(count: int) -> str:
    if count == 0:
        return "today"
    if count == 1:
        return "tomorrow"
    if count == -1:
        return "yesterday"
    return counted(count, "day") + " from now" if count > 0 else counted(-count, "day") + " ago"


def day(question: dict[str, Any]) -> dict[str, Any]:
    """Return the day that a text names.

    Parameters
    ----------
    question
        ``text`` as typed, and ``today`` (YYYY-MM-DD).

    Returns
    -------
    dict
        ``day`` (YYYY-MM-DD, None when the text is none) and ``words`` (empty then).
    """
    number, today = read_day(question["text"]), days.from_text(question["today"])
    if number is None or today is None:
        return {"day": None, "words": ""}
    return {"day": days.to_text(number), "words": in_words(number, today)}


def read_zip(text: str) -> str:
    """Return the five digits of a ZIP as typed (``04401``, ``04401-1234``, ``04401 1234``), empty when it is none."""
    digits = text.strip().replace("-", " ")
    parts = digits.split()
    if len(parts) == 1 and len(parts[0]) == 9:
        parts = [parts[0][:5], parts[0][5:]]
    if [len(part) for part in parts] not in ([5], [5, 4]):
        return ""
    for letter in "".join(parts):
        if letter not in "0123456789":
            return ""
    return parts[0]


def zip_code(question: dict[str, Any]) -> dict[str, Any]:
    """Return the ZIP that ``text`` names, as ``zip``; see `read_zip`."""
    return {"zip": read_zip(question["text"])}

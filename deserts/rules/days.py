"""Days as whole numbers (1 is the first of January of the year 1), and working days of the United States.

The numbers equal Python's ``date.toordinal``. Working days are Monday to Friday without federal holidays (5 U.S.C.
6103).
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "QUESTIONS", "add_workdays", "federal_holidays", "from_text", "is_workday", "latest_workday", "named", "of_parts",
    "parts_of", "to_text", "weekday", "workdays_between",
]  # fmt: skip

QUESTIONS = ("calendar",)

_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_OF_400_YEARS = 146097
_FIRST_YEAR, _LAST_YEAR = 1, 9999
_HOLIDAYS: dict[int, list[int]] = {}
"""Days off of the years that were asked for, kept because counting working days asks for them again and again."""


def is_leap(year: int) -> bool:
    """Whether a year of the Gregorian calendar has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _length(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _MONTH_LENGTHS[month - 1]


def _before_year(year: int) -> int:
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


def of_parts(year: int, month: int, day: int) -> int:
    """Return the number of a day."""
    return _before_year(year) + sum([_length(year, earlier) for earlier in range(1, month)]) + day


def parts_of(number: int) -> tuple[int, int, int]:
    """Return year, month and day of a number."""
    year = (number - 1) * 400 // _DAYS_OF_400_YEARS + 1
    while _before_year(year) >= number:
        year -= 1
    while _before_year(year + 1) < number:
        year += 1
    left, month = number - _before_year(year), 1
    while left > _length(year, month):
        left -= _length(year, month)
        month += 1
    return year, month, left


def from_text(text: str) -> int | None:
    """Return the number of a day written as YYYY-MM-DD, None when it is no such day."""
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2]:
        return None
    for letter in "".join(parts):
        if letter not in "0123456789":
            return None
    year, month, day = int(parts[0]), int(parts[1]), int(parts[2])
    if year < _FIRST_YEAR or not 1 <= month <= 12 or not 1 <= day <= _length(year, month):
        return None
    return of_parts(year, month, day)


def to_text(number: int) -> str:
    """Return a day as YYYY-MM-DD."""
    year, month, day = parts_of(number)
    return f"{year:04d}-{month:02d}-{day:02d}"


def weekday(number: int) -> int:
    """Return the day of the week, Monday being 0."""
    return (number + 6) % 7


def named(number: int) -> str:
    """Return a day with its weekday, in English whatever the machine's language."""
    return _NAMES[weekday(number)] + " " + to_text(number)


def federal_holidays(year: int) -> list[int]:
    """Return the days off of a year, sorted; one on a Saturday is kept the day before, on a Sunday the day after."""
    if year not in _HOLIDAYS:
        _HOLIDAYS[year] = _reckoned_holidays(year)
    return _HOLIDAYS[year]


def _reckoned_holidays(year: int) -> list[int]:
    found = [
        _nth(year, 1, _MONDAY, 3), _nth(year, 2, _MONDAY, 3), _nth(year, 5, _MONDAY, -1), _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2), _nth(year, 11, _THURSDAY, 4),
    ]  # fmt: skip
    for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25)):
        fixed = of_parts(year, month, day)
        if weekday(fixed) == _SATURDAY:
            fixed -= 1
        elif weekday(fixed) == _SUNDAY:
            fixed += 1
        found.append(fixed)
    return sorted(found)


def _nth(year: int, month: int, wanted: int, count: int) -> int:
    """Return the n-th such weekday of a month; -1 is the last."""
    if count > 0:
        first = of_parts(year, month, 1)
        return first + (wanted - weekday(first)) % 7 + 7 * (count - 1)
    last = of_parts(year, month, _length(year, month))
    return last - (weekday(last) - wanted) % 7


def is_workday(number: int) -> bool:
    """Whether offices are open. A New Year's Day on a Saturday is kept on the last day of the year before."""
    if weekday(number) >= _SATURDAY:
        return False
    year = parts_of(number)[0]
    if number in federal_holidays(year):
        return False
    return year == _LAST_YEAR or number not in federal_holidays(year + 1)


def latest_workday(number: int) -> int:
    """Return the day itself if it is a working day, else the last one before it."""
    while not is_workday(number):
        number -= 1
    return number


def add_workdays(number: int, count: int) -> int:
    """Return the working day ``count`` working days after a day, or before it when negative."""
    step = 1 if count > 0 else -1
    for _ in range(abs(count)):
        number += step
        while not is_workday(number):
            number += step
    return number


def workdays_between(start: int, end: int) -> int:
    """Return how many working days lie after ``start`` up to and including ``end``, 0 when end is not later."""
    return sum([1 for number in range(start + 1, end + 1) if is_workday(number)])


def calendar(question: dict[str, Any]) -> dict[str, Any]:
    """Return what this module says of one day, for comparing engines: ``day`` as text, ``count`` of working days."""
    number = from_text(question["day"])
    if number is None:
        return {"number": None}
    moved = add_workdays(number, question["count"])
    return {
        "number": number,
        "text": to_text(number),
        "named": named(number),
        "is_workday": is_workday(number),
        "latest": latest_workday(number),
        "moved": moved,
        "between": workdays_between(number, moved),
    }

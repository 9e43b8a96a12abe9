"""Working days in the United States: Monday to Friday without federal holidays (5 U.S.C. 6103)."""

from __future__ import annotations

import datetime as dt
import functools

__all__ = ["add_workdays", "federal_holidays", "is_workday", "latest_workday", "workdays_between"]

_DAY = dt.timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


@functools.cache
def federal_holidays(year: int) -> frozenset[dt.date]:
    """Return the days off of a year; one on a Saturday is kept the day before, on a Sunday the day after."""
    fixed = [dt.date(year, month, day) for month, day in ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))]
    moved = [
        _nth(year, 1, _MONDAY, 3),
        _nth(year, 2, _MONDAY, 3),
        _nth(year, 5, _MONDAY, -1),
        _nth(year, 9, _MONDAY, 1),
        _nth(year, 10, _MONDAY, 2),
        _nth(year, 11, _THURSDAY, 4),
    ]
    observed = {
        day - _DAY if day.weekday() == _SATURDAY else day + _DAY if day.weekday() == _SUNDAY else day for day in fixed
    }
    return frozenset(observed.union(moved))


def _nth(year: int, month: int, weekday: int, count: int) -> dt.date:
    """Return the n-th such weekday of a month; -1 is the last."""
    if count > 0:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))
    last = dt.date(year, month + 1, 1) - _DAY
    return last - dt.timedelta(days=(last.weekday() - weekday) % 7)


def is_workday(day: dt.date) -> bool:
    """Whether offices are open. A New Year's Day on a Saturday is kept on the last day of the year before."""
    if day.weekday() >= _SATURDAY:
        return False
    return day not in federal_holidays(day.year) and day not in federal_holidays(day.year + 1)


def latest_workday(day: dt.date) -> dt.date:
    """Return the day itself if it is a working day, else the last one before it."""
    while not is_workday(day):
        day -= _DAY
    return day


def add_workdays(day: dt.date, count: int) -> dt.date:
    """Return the working day ``count`` working days after a day, or before it when negative."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_workday(day):
            day += step
    return day


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Return the number of working days after ``start`` up to and including ``end``, 0 when end is not later."""
    days = (start + dt.timedelta(days=n) for n in range(1, max((end - start).days, 0) + 1))
    return sum(map(is_workday, days))

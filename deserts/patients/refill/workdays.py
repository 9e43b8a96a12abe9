"""Working days in the United States, counted by the rule that the pages run too (`deserts.rules.days`)."""

from __future__ import annotations

import datetime as dt

from deserts.rules import days

__all__ = ["add_workdays", "is_workday", "latest_workday", "workdays_between"]


def is_workday(day: dt.date) -> bool:
    """Whether offices are open: Monday to Friday without federal holidays."""
    return days.is_workday(day.toordinal())


def latest_workday(day: dt.date) -> dt.date:
    """Return the day itself if it is a working day, else the last one before it."""
    return dt.date.fromordinal(days.latest_workday(day.toordinal()))


def add_workdays(day: dt.date, count: int) -> dt.date:
    """Return the working day ``count`` working days after a day, or before it when negative."""
    return dt.date.fromordinal(days.add_workdays(day.toordinal(), count))


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Return the number of working days after ``start`` up to and including ``end``, 0 when end is not later."""
    return days.workdays_between(start.toordinal(), end.toordinal())

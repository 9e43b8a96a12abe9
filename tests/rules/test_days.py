"""Days as numbers equal the calendar of the standard library, in Python and in a browser."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from deserts.rules import days

FIRST, LAST = dt.date(1900, 1, 1).toordinal(), dt.date(2200, 12, 31).toordinal()


def test_every_day_of_three_centuries_is_the_calendars():
    for number in range(FIRST, LAST + 1):
        day = dt.date.fromordinal(number)
        assert days.parts_of(number) == (day.year, day.month, day.day)
        assert days.weekday(number) == day.weekday()
        assert days.of_parts(day.year, day.month, day.day) == number


@pytest.mark.parametrize(
    "number", [1, 2, 365, 366, dt.date(2000, 2, 29).toordinal(), dt.date(9999, 12, 31).toordinal()]
)
def test_ends_of_the_calendar(number):
    text = dt.date.fromordinal(number).isoformat()
    assert days.to_text(number) == text
    assert days.from_text(text) == number


@pytest.mark.parametrize(
    "text",
    ["", "2026-1-01", "2026-13-01", "2026-00-01", "2026-02-29", "1900-02-29", "2026-01-00", "2026-04-31", "0000-01-01",
     "20260101", "2026-01-01T00", "+026-01-01", "2026-0 -01", "²026-01-01"],
)  # fmt: skip
def test_what_is_no_day_has_no_number(text):
    assert days.from_text(text) is None


def test_days_off_are_those_that_the_government_lists():
    # Office of Personnel Management, federal holidays of 2026 and 2027 (observed days).
    listed = {
        2026: ["01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"],
        2027: ["01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24"],
    }
    for year, wanted in listed.items():
        assert [days.to_text(day)[5:] for day in days.federal_holidays(year)] == wanted


def test_new_year_on_a_saturday_is_kept_in_the_old_year():
    assert not days.is_workday(dt.date(2021, 12, 31).toordinal())
    assert days.latest_workday(dt.date(2022, 1, 2).toordinal()) == dt.date(2021, 12, 30).toordinal()


def test_working_days_count_there_and_back():
    thursday = dt.date(2026, 11, 25).toordinal()  # the day before Thanksgiving
    assert days.to_text(days.add_workdays(thursday, 1)) == "2026-11-27"
    assert days.to_text(days.add_workdays(thursday, -3)) == "2026-11-20"
    assert days.workdays_between(thursday, days.add_workdays(thursday, 7)) == 7
    assert days.workdays_between(thursday, thursday - 4) == 0


@pytest.mark.browser
@pytest.mark.parametrize("count", [200, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_page_counts_days_alike(agree, count):
    draw = random.Random(count)
    texts = [dt.date.fromordinal(draw.randint(FIRST, LAST)).isoformat() for _ in range(count)]
    texts[::17] = ["2026-02-30"] * len(texts[::17])
    agree("days.calendar", [{"day": text, "count": draw.randint(-15, 15)} for text in texts])

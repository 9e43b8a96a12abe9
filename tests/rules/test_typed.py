"""Days and ZIPs as people type them, read alike in Python and in a page."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from deserts.rules import days, typed

TODAY = dt.date(2026, 11, 28)


def read(text: str) -> dt.date | None:
    number = typed.read_day(text)
    return None if number is None else dt.date.fromordinal(number)


@pytest.mark.parametrize(
    "text",
    ["2026-12-20", "12/20/2026", " 12/20/26 ", "12-20-2026", "12.20.2026", "Dec 20, 2026", "december 20 2026",
     "2026/12/20"],
)  # fmt: skip
def test_one_day_in_every_form(text):
    assert read(text) == dt.date(2026, 12, 20)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "20/12/2026", "12/20", "12/20/026", "2026-02-30", "1/1/1899", "12/20/2026/1", "1²/2/2026",
             "ma 3 2026", "Juneteenth 3 2026", "0/3/2026", "12/20/99999", "12/020/2026"],
)  # fmt: skip
def test_what_is_no_day(text):
    assert read(text) is None


def test_a_day_is_said_back_in_words():
    today = TODAY.toordinal()
    assert typed.day({"text": "12/20/2026", "today": "2026-11-28"}) == {
        "day": "2026-12-20", "words": "Sunday, December 20, 2026, 22 days from now",
    }  # fmt: skip
    assert typed.in_words(today, today) == "Saturday, November 28, 2026, today"
    assert typed.in_words(today + 1, today).endswith("November 29, 2026, tomorrow")
    assert typed.in_words(today - 1, today).endswith("yesterday")
    assert typed.in_words(today - 2, today).endswith("2 days ago")
    assert typed.day({"text": "x", "today": "2026-11-28"}) == {"day": None, "words": ""}


def test_every_day_is_read_as_python_writes_it():
    for number in range(dt.date(1900, 1, 1).toordinal(), dt.date(2201, 1, 1).toordinal(), 13):
        day = dt.date.fromordinal(number)
        forms = (
            day.isoformat(),
            f"{day:%m/%d/%Y}",
            f"{day.month}/{day.day}/{day.year}",
            f"{day:%B %d, %Y}",
            f"{day:%b %d %Y}",
        )
        assert {typed.read_day(form) for form in forms} == {number}
        assert days.to_text(number) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "found"),
    [("04401", "04401"), (" 04401-1234 ", "04401"), ("04401 1234", "04401"), ("044011234", "04401"), ("4401", ""),
     ("0440l", ""), ("04401-12", ""), ("", ""), ("04401-1234-1", "")],
)  # fmt: skip
def test_zips(text, found):
    assert typed.read_zip(text) == found


@pytest.mark.browser
def test_a_page_reads_alike(agree):
    draw = random.Random(7)
    letters = "0123456789/-. ,DecJuneMay²"
    texts = ["".join(draw.choice(letters) for _ in range(draw.randint(0, 12))) for _ in range(200)]
    texts += [f"{draw.randint(0, 13)}{sign}{draw.randint(0, 32)}{sign}{draw.choice([26, 2026, 1850, 2028])}"
              for sign in "/-. " for _ in range(60)]  # fmt: skip
    agree("typed.day", [{"text": text, "today": "2026-11-28"} for text in texts])
    agree("typed.zip_code", [{"text": text} for text in texts])

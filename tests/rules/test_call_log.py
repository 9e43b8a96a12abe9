"""Calls written down in a page survive the way through a file, alike in Python and in a page, and run no formula."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from deserts.documents.spreadsheet import neutralise
from deserts.rules import call_log
from deserts.specialists.log.sheets import import_log
from tests.patients.world import ITB

LETTERS = list("ab ,\"'\n\r\t=+-@＝0.5é")


def entries(draw: random.Random, count: int) -> list[dict[str, str]]:
    def text() -> str:
        return "".join(draw.choice(LETTERS) for _ in range(draw.randint(0, 8))).strip().lstrip("'")

    return [{"npi": "2020000479", **{name: text() for name in call_log.COLUMNS[1:]}} for _ in range(count)]


def test_a_cell_is_made_inert_as_in_every_other_sheet():
    draw = random.Random(1)
    for _ in range(5000):
        text = "".join(draw.choice(LETTERS) for _ in range(draw.randint(0, 5)))
        assert call_log.inert(text) == neutralise(text), repr(text)


@pytest.mark.browser
def test_calls_come_back_as_they_went_and_a_page_writes_the_same(agree):
    draw = random.Random(2)
    asked = [{"entries": entries(draw, draw.randint(0, 5))} for _ in range(60)]
    written = agree("call_log.sheet", asked)
    read = agree("call_log.read_sheet", written)
    for question, answer in zip(asked, read, strict=True):
        assert answer == {"entries": question["entries"], "problem": ""}


@pytest.mark.parametrize("text", ["", "\n\n", "name,phone\nA,1\n", '"npi'])
def test_what_is_no_sheet_is_said(text):
    assert call_log.read_sheet({"text": text})["problem"]


def test_the_log_reads_the_sheet(tmp_path):
    path = tmp_path / "calls.csv"
    row = {"npi": "2020000479", "outcome": "accepting", "date": "2026-11-20", "source": "phone"}
    row.update({"answered_by": "A. Nurse", "logged_by": "B. Caller", "visit_weeks": "3"})
    path.write_text(call_log.sheet({"entries": [row]})["text"], encoding="utf-8", newline="")
    found = import_log(path, service=ITB, today=dt.date(2026, 11, 22), logged_by="x")
    assert [(one.npi, one.outcome, one.observed_on, one.answered_by, one.visit_weeks) for one in found.entries] == [
        ("2020000479", "accepting", "2026-11-20", "A. Nurse", 3.0)
    ]

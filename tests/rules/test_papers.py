"""A page writes card and letter, reads days and ZIP codes, and knows its data's age as Python does, to the byte."""

from __future__ import annotations

import copy
import datetime as dt
import random
import re
from typing import Any

import pytest

from deserts.patients.papers.card import card_question
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.words import phrases
from deserts.rules.card import CONTACTS
from deserts.tables import Search
from tests.patients.papers.test_card import HOSTILE, TODAY, form
from tests.patients.world import ITB
from tests.rules.harness import MODULES, RULES

pytestmark = pytest.mark.browser

TEXTS = ("", "", HOSTILE, "line\nbreak\ttab", "A \U0001f691 “clinic” \\ {name} {0} %s", "0", " ", "x" * 300)
DRUGS = ("baclofen", "Gablofen", "morphine", "", "BACLOFEN 2000", "ziconotide")
MAKERS = ("Medtronic", "medtronic ", "Flowonix", "", "Somebody Else")


def day(draw: random.Random, *, share: float = 0.8) -> str:
    """A day around today, or none."""
    return (TODAY + dt.timedelta(days=draw.randint(-100, 300))).isoformat() if draw.random() < share else ""


def changed(draw: random.Random, entered: dict[str, str]) -> dict[str, str]:
    """The same fields, each as entered or another text."""
    return {name: text if draw.random() < 0.6 else draw.choice(TEXTS) for name, text in entered.items()}


def drive(draw: random.Random) -> dict[str, Any]:
    return {
        "minutes": draw.choice([None, 0, 9, 10, 59, 61, 400]), "give": draw.choice([None, 0, 4, 35]),
        "unchecked": draw.random() < 0.3,
    }  # fmt: skip


def paper(draw: random.Random, bases: list[dict[str, Any]]) -> dict[str, Any]:
    """What a card is made of, with every field entered, empty or odd."""
    asked = copy.deepcopy(draw.choice(bases))
    asked["name"] = draw.choice([asked["name"], *TEXTS])
    asked["pump"] = {**changed(draw, asked["pump"]), "maker": draw.choice(MAKERS), "implanted_on": day(draw)}
    drug = asked["drugs"][0]
    asked["drugs"] = [{**changed(draw, drug), "name": draw.choice(DRUGS)} for _ in range(draw.randint(0, 3))]
    for name in ("born_on", "last_refill_on", "refill_by", "low_alarm_on"):
        asked[name] = day(draw)
    asked["issued_on"], asked["void_after"] = TODAY.isoformat(), day(draw, share=1)
    asked["last_settings"] = [draw.choice(TEXTS) for _ in range(draw.randint(0, 3))]
    for name in CONTACTS:
        asked[name] = changed(draw, asked[name])
    asked["supply"] = changed(draw, asked["supply"])
    backup = asked["backups"][0]
    asked["backups"] = [
        {
            **{name: draw.choice([backup[name], *TEXTS]) for name in ("place", "phone", "says")}, **drive(draw),
            "name": draw.choice(["Second Clinic", HOSTILE]), "verified_on": day(draw),
        }
        for _ in range(draw.randint(0, 4))
    ]  # fmt: skip
    asked["hospitals"] = [
        {**changed(draw, {name: one[name] for name in ("name", "place", "phone")}), **drive(draw)}
        for one in asked["hospitals"]
    ]
    asked["timeline"] = draw.choice([asked["timeline"], None])
    asked["data_lines"] = draw.sample(["claims of 2023", "OLD DATA: made on 2024-01-01", HOSTILE], draw.randint(0, 3))
    asked["search"] = draw.choice(["", *map(str, Search)])
    asked["by_hand"] = draw.random() < 0.1
    return asked


def typed_text(draw: random.Random) -> str:
    """A day or a ZIP code in one of the forms that people type, as often as not with a slip."""
    month, of_month, year = draw.randint(0, 13), draw.randint(0, 32), draw.choice(["2026", "27", "1899", ""])
    text = draw.choice(
        [
            f"{month}/{of_month}/{year}", f"{year}-{month:02}-{of_month:02}", f"{month:02}{of_month:02}{year}",
            f"Dec {of_month}, {year}", f"{of_month} december {year}", "04401", "04401-1234", " 4401 ", "",
        ]
    )  # fmt: skip
    if text and draw.random() < 0.5:
        at = draw.randrange(len(text))
        text = text[:at] + draw.choice(["", " ", "/", "é", "١", "0", "-"]) + text[at + draw.randint(0, 1) :]
    return text


@pytest.fixture(scope="module")
def bases() -> list[dict[str, Any]]:
    """Cards in both languages: days that are in time, that press, and that cannot be right."""
    dates = (
        {}, {"low_alarm_on": "2026-11-22", "refill_by": "2026-11-21"},
        {"low_alarm_on": "2026-12-30", "refill_by": "2026-12-28"}, {"low_alarm_on": "", "refill_by": ""},
    )  # fmt: skip
    read = [read_card_form(form(dates=one), service=ITB, today=TODAY) for one in dates]
    return [card_question(one, language=language) for one in read for language in ("en", "es")]


@pytest.mark.parametrize("count", [60, pytest.param(300, marks=pytest.mark.slow)])
def test_a_page_writes_card_and_letter_alike(agree, bases, count):
    draw = random.Random(count)
    asked = [paper(draw, bases) for _ in range(count)]
    cards = agree("card.arrange", asked)
    assert {bool(card["quotations"]) for card in cards} == {True, False}
    assert {bool(card["pressing"]) for card in cards} == {True, False}
    assert all(letter["blocks"] for letter in agree("ed_letter.write", asked))


@pytest.mark.parametrize("count", [100, pytest.param(500, marks=pytest.mark.slow)])
def test_a_page_judges_the_days_of_a_paper_alike(agree, count):
    draw = random.Random(count)
    asked = [
        {
            **{name: day(draw, share=0.7) for name in ("low_alarm_on", "refill_by", "last_refill_on")},
            "today": TODAY.isoformat(), "issued_on": TODAY.isoformat(), "max_days": draw.choice([None, 90, 180]),
            "words": dict(phrases()),
        }
        for _ in range(count)
    ]  # fmt: skip
    assert {len(answer["problems"]) for answer in agree("card.problems", asked)} >= {0, 1, 2}
    assert all(answer["day"] for answer in agree("card.void_after", asked))


@pytest.mark.parametrize("count", [200, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_page_reads_what_was_typed_alike(agree, count):
    draw = random.Random(count)
    typed = [typed_text(draw) for _ in range(count)]
    read = agree("typed.day", [{"text": text, "today": TODAY.isoformat(), "words": dict(phrases())} for text in typed])
    agree("typed.zip_code", [{"text": text} for text in typed])
    assert len({str(answer) for answer in read}) > count // 20


def test_a_page_knows_alike_whether_its_data_may_be_used_and_which_places_are_near(agree):
    draw = random.Random(7)
    states = agree(
        "desk.state",
        [
            {"today": TODAY.isoformat(), "data_on": draw.choice([None, day(draw, share=1)]),
             "old_days": draw.choice([0, 30, 90]), "words": dict(phrases())}
            for _ in range(100)
        ],
    )  # fmt: skip
    assert {(bool(state["refused"]), bool(state["old"])) for state in states} >= {
        (True, False), (False, True), (False, False),
    }  # fmt: skip
    known = [[f"{draw.randint(4000, 4500):05}", draw.randint(-900, 900), draw.randint(-900, 900)] for _ in range(60)]
    asked = [{"zip": f"{draw.randint(3900, 4600):05}", "known": draw.sample(known, 40)} for _ in range(100)]
    assert {len(answer["zips"]) for answer in agree("desk.near_zips", asked)} == {0, 3}


def test_every_question_of_the_rules_is_asked_in_a_browser():
    asked = "".join(
        path.read_text(encoding="utf-8")
        for room in ("rules", "publish")
        for path in RULES.parents[1].glob(f"tests/{room}/*.py")
    )
    for name in MODULES:
        found = re.search(r"^QUESTIONS = \((.*?)\)$", (RULES / f"{name}.py").read_text(encoding="utf-8"), re.M)
        for question in re.findall(r'"(\w+)"', found[1]) if found else ():
            assert f'"{name}.{question}"' in asked, f"{name}.{question}"

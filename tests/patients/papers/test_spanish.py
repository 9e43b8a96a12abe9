"""No English sentence stands on the pages that a family gets in Spanish, whatever the pump's days say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import random
import re
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest
from pypdf import PdfReader

from deserts.patients.papers.card import Card, build_card, card_html
from deserts.patients.papers.card_form import CardForm, read_card_form
from deserts.patients.papers.card_pdf import card_pdf
from deserts.patients.words import texts
from deserts.rules import timeline
from tests.patients.papers.english import english_on
from tests.patients.papers.test_card import form
from tests.patients.refill.people import ERRORS, TODAY, wrong
from tests.patients.world import ITB
from tests.rules.test_timeline import _asked, _far_out

DRAWN = 400
_ONE_LINERS = ("first_line", "safe_line")
DATA_LINES = ("OLD DATA: last refreshed 2025-01-01", "grade manages_pumps; claims of 2023 and 2024")
TYPED = (
    "Ana Ejemplo", "Medtronic", "SynchroMed II", "Clínica Uno", "Clínica Dos", "Clínica Tres", "baclofen", "morphine",
    "Patient Services",
)  # fmt: skip
"""Names and drugs stand as they were typed, and so does the maker's name of its own service."""


def questions() -> Iterator[dict[str, Any]]:
    """What the rules are asked: random patients with each mistake, numbers of any size, and signs without a mistake."""
    draw = random.Random(21)
    for error in sorted(ERRORS):
        for _ in range(6):
            asked = _asked(wrong(draw, error), TODAY)
            if asked is not None:
                yield asked
    far_out = [_far_out(draw) for _ in range(DRAWN)]
    yield from far_out
    for ahead in (-40, -1, 0, 1, 2, 10, 60):
        day = (TODAY + dt.timedelta(days=ahead)).isoformat()
        for name in ("alarm_on", "run_dry_on"):
            plain = {**far_out[0], "alarm_on": None, "run_dry_on": None, "fill": None, "drugs": []}
            signs = {"withdrawal_signs": ahead == 10, "overdose_signs": ahead == 60}
            yield {**plain, **signs, name: day}


def card_form(**changes: Any) -> CardForm:
    entered = form(
        patient={"name": "Ana Ejemplo"},
        clinic={"name": "Clínica Uno", "note": ""},
        last_settings=[],
        emergency_contact={"name": "", "note": ""},
        emergency_hospital={"name": "Clínica Tres", "place": ""},
        backups=[
            {"name": "Clínica Dos", "says": "refills baclofen pumps, as told by the office", "verified_on": day}
            for day in ("", "2026-11-01", "2026-01-01")
        ],
        language="es",
        **changes,
    )
    return read_card_form(entered, service=ITB, today=TODAY)


def card_of(asked: dict[str, Any] | None, **changes: Any) -> Card:
    read = card_form(**changes)
    made = build_card(read if asked is None else dataclasses.replace(read, asked=asked), data_lines=DATA_LINES)
    assert made.family is not None
    return made


def page_lines(card: Card) -> list[str]:
    """The text of the family's part of the printed page, line by line."""
    page = html5lib.parse(card_html(card), namespaceHTMLElements=False)
    (section,) = page.findall(".//section[@lang='es']")
    labels = [element.get("aria-label") or "" for element in section.iter()]
    return [line for line in (*section.itertext(), *labels) if line.strip()]


def test_no_english_sentence_stands_on_the_family_s_pages_whatever_the_days_say():
    reached: set[str] = set()
    for asked in questions():
        reckoned = timeline.reckon(asked)
        codes = {f"red.{code}" for code in reckoned["red_codes"]} | {_template(reckoned[name]) for name in _ONE_LINERS}
        codes |= {_template(text) for text in reckoned["emergency"]}
        if codes <= reached:
            continue
        reached |= codes
        card = card_of(asked)
        assert card.family is not None
        assert bool(card.family.pressing) == reckoned["is_red"]
        assert [english for line in page_lines(card) for english in english_on(line, TYPED)] == []
    wanted = {code for code in texts() if code.split(".")[0] in ("red", "safe", "emergency")}
    wanted |= {"first.emergency", "first.overdose", "first.red"}
    assert wanted - reached == set()


def _template(text: str) -> str:
    """The code of the sentence that a line is."""
    for code, template in sorted(texts().items(), key=lambda pair: "{" in pair[1]):
        parts = [re.escape(part) for part in re.split(r"\{\w+\}", template)]
        if re.fullmatch(".+".join(parts), text):
            return code
    return text


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"backups": [], "dates": {"refill_by": "", "last_refill_on": ""}},
        {"drugs": [{"name": "morphine", "concentration": 10, "concentration_unit": "mg/mL"}]},
        {"pump": {"maker": "Medtronic", "model": "other"}, "oral_supply": {"drug": "x", "prescriber": "y"}},
        {"pump": {"maker": "z", "model": ""}, "backups": []},
        {"patient": {"name": "Łukasz 漢字"}},
    ],
)
def test_whatever_was_entered_the_pdf_of_the_family_says_it_in_spanish(changes):
    read = form(language="es", **changes)
    for name in ("clinic", "emergency_contact", "emergency_hospital"):
        read[name] = {}
    read["patient"] = {"name": "Ana Ejemplo", **changes.get("patient", {})}
    read["last_settings"] = []
    read["backups"] = [{"name": "Clínica Dos", "drive_min": 75, "says": "told by the office"}][: len(read["backups"])]
    card = build_card(read_card_form(read, service=ITB, today=dt.date(2026, 11, 20)), data_lines=DATA_LINES)
    assert [english for line in page_lines(card) for english in english_on(line, TYPED)] == []
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(card_pdf(card))).pages]
    ours = next(number for number, text in enumerate(pages) if "Tarjeta de la bomba" in text)
    text = " ".join(" ".join(pages[ours:]).split())
    assert list(english_on(text, TYPED)) == []
    assert "borrador, sin revisar" in text
    assert "DATOS ANTIGUOS" in text


def test_english_is_noticed():
    assert english_on("Rojo: the fill lies in the future")
    assert english_on("faltan solo 3 days")
    assert english_on("Primer día seguro según la hoja impresa: Sunday 2026-12-20.")
    assert english_on("Rojo: la recarga tiene una fecha futura") == []


def test_a_day_and_a_count_are_said_in_the_language_of_the_sentence():
    asked = next(one for one in questions() if timeline.reckon(one)["safe_on"] is not None)
    card = card_of(asked)
    assert card.family is not None
    assert any(re.search(r"(lunes|martes|miércoles|jueves|viernes) \d{4}", line) for line in card.family.pressing)
    soon = (TODAY + dt.timedelta(2)).isoformat()
    few = card_of({**asked, "fill": None, "drugs": [], "alarm_on": None, "run_dry_on": soon})
    assert few.family is not None
    assert few.family.pressing[0].startswith("A URGENCIAS AHORA")

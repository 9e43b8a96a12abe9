"""The card holds what was entered, tells verified backups from leads, and never guesses."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import io
import json
import re

import html5lib
import pytest
from pypdf import PdfReader

from deserts.documents.blocks import SUFFIXES, render
from deserts.documents.language import load_language
from deserts.errors import InputError
from deserts.patients.forms import blank_form, example_form
from deserts.patients.papers import card_words
from deserts.patients.papers.card import BLANK, build_card, card_html
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.papers.card_pdf import card_pdf
from deserts.patients.papers.ed_letter import TITLE, ed_letter_blocks
from deserts.patients.words import NOT_REVIEWED, OVERDOSE_SIGNS, WITHDRAWAL_SIGNS, phrases, sentences, texts
from deserts.rules.card import LABELS
from deserts.tables import Search
from deserts.tables.drives import minutes_words
from tests.patients.world import ITB

TODAY = dt.date(2026, 11, 20)
HOSTILE = '=HYPERLINK("x") <script>alert(1)</script> Zoë & Łukasz'


def form(**changes):
    """The example form with groups changed; a dict is merged into its group."""
    data = json.loads(example_form("card"))
    del data["example"]
    data["dates"] |= {"refill_by": "2026-12-20", "low_alarm_on": "2026-12-25", "last_refill_on": "2026-09-01"}
    for name, value in changes.items():
        data[name] = {**data[name], **value} if isinstance(value, dict) else value
    return data


def made(**changes):
    return build_card(read_card_form(form(**changes), service=ITB, today=TODAY), data_lines=("claims of 2023, 2024",))


def words_of(html: str) -> str:
    return "".join(html5lib.parse(html, namespaceHTMLElements=False).itertext())


def pdf_words(content: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s+", " ", text)


def backup(name, verified_on):
    return {"name": name, "phone": "555-0199", "verified_on": verified_on}


def test_html_and_pdf_hold_what_was_entered():
    card = made()
    html, pdf = words_of(card_html(card)), pdf_words(card_pdf(card))
    expected = (
        "Alex Example", "1980-01-31", "baclofen 2000 mcg/mL, 600 mcg/day", "SynchroMed II", "2026-12-20", "2026-12-25",
        "Second Clinic", "County Hospital", "itching or tingling", "slow or shallow breathing", "check it too",
        "For the treating clinician", "1-800-510-6735", "1-800-328-0810", "Issued on 2026-11-20",
        "Void after 2026-12-20", "claims of 2023, 2024", "Last call to a backup: none on record",
    )  # fmt: skip
    for text in expected:
        assert text in html, text
        assert text in pdf, text
    for quotation in card_words.QUOTATIONS:
        assert quotation.text in html
        assert quotation.source in html
        assert quotation.text in pdf


def test_card_is_the_same_bytes_and_fits_its_pages():
    content = card_pdf(made())
    assert content == card_pdf(made())
    reader = PdfReader(io.BytesIO(content))
    assert len(reader.pages) == 3
    assert [round(float(side)) for side in reader.pages[0].mediabox[2:]] == [612, 792]


def test_what_was_not_entered_is_a_blank_line():
    card = made(
        clinic={"name": "", "phone": "", "note": ""}, backups=[],
        dates={"refill_by": "", "low_alarm_on": "", "last_refill_on": ""},
    )  # fmt: skip
    assert card.clinic == BLANK
    assert dict(card.pump)["Refill by"] == BLANK
    assert card.backups == card.call_first == ()
    assert "No backup was verified within 90 days." in words_of(card_html(card))


@pytest.mark.parametrize(
    ("verified_on", "is_backup", "words"),
    [
        ("2026-11-20", True, "verified 2026-11-20"),
        ("2026-08-22", True, "verified 2026-08-22"),
        ("2026-08-21", False, "was verified 2026-08-21: call first"),
        ("", False, "not verified: call first"),
    ],
)
def test_only_a_call_within_90_days_makes_a_backup(verified_on, is_backup, words):
    card = made(backups=[backup("Somebody", verified_on)])
    assert bool(card.backups) is is_backup
    assert bool(card.call_first) is not is_backup
    assert (card.backups + card.call_first)[0].endswith(words)


@pytest.mark.parametrize(
    ("search", "said", "family"),
    [
        (
            Search.PARTLY,
            "not every source was read: others may be near",
            "no se leyeron todas las fuentes: puede haber",
        ),
        (
            Search.NOT,
            "nobody looked: that none stands here is no finding",
            "nadie buscó: que aquí no figure ninguna no",
        ),
        (Search.FOUND, "", ""),
        (Search.NONE, "", ""),
        ("", "", ""),
    ],
)
def test_a_card_says_in_a_line_that_not_all_was_searched(search, said, family):
    read = read_card_form(form(language="es"), service=ITB, today=TODAY)
    card = build_card(read, search=search)
    assert [list(pair) for pair in card.searched] == ([["What was searched", said]] if said else [])
    assert (card.searched[0] in card.wallet_calls) if said else not card.searched
    plain = build_card(read)
    assert len(card.wallet_calls) == len(plain.wallet_calls) + bool(said)
    for words in (words_of(card_html(card)), pdf_words(card_pdf(card))):
        assert words.count(said or "What was searched") == (2 if said else 0), "wallet card and sheet"
        assert words.count(family or "Qué se revisó") == (2 if said else 0)
    assert "searched" not in " ".join(name for name, _ in made(backups=[]).wallet_calls)


@pytest.mark.parametrize(
    ("drive", "said", "family"),
    [
        ({"drive_min": 0}, "under 10 min by car", "menos de 10 min en coche"),
        ({"drive_min": 45.4}, "45 min by car", "45 min en coche"),
        ({"drive_min": 190, "plus_minus_min": 31}, "190 ±31 min by car", "190 ±31 min en coche"),
        ({"drive_min": 5, "plus_minus_min": 20}, "under 10, up to 25 min by car", "menos de 10, hasta 25 min en coche"),
        ({"drive_min": 20, "plus_minus_min": 20.4, "not_checked": "yes"}, "20, up to 40 min by car",
         "20, hasta 40 min en coche"),
    ],
)  # fmt: skip
def test_minutes_on_card_and_letter_are_said_as_in_answers(drive, said, family):
    """At every place of the papers: a backup, both hospitals, the letter's grid and list, and the family's language."""
    off = round(drive.get("plus_minus_min", 0))
    assert said == f"{minutes_words(drive['drive_min'], off)} by car"
    changes = {
        "backups": [{**backup("Near Clinic", "2026-11-01"), **drive}, {**backup("Asked Clinic", ""), **drive}],
        "emergency_hospital": drive, "pump_hospital": {"name": "Pump Hospital", **drive}, "language": "es",
    }  # fmt: skip
    card = made(**changes)
    letter = ed_letter_blocks(read_card_form(form(**changes), service=ITB, today=TODAY))
    grid = [cell for block in letter for row in block.rows for cell in row]
    listed = [item for block in letter for item in block.items]
    small = [block.text for block in letter if block.kind == "small"]
    notes = {"note.band": bool(off), "note.not_checked": "not_checked" in drive}
    for paper, phrase in ((card, said), (card.family, family)):
        (near,), (asked,) = paper.backups, paper.call_first
        assert all(f", {phrase}, " in line for line in (near, asked))
        assert all(line.endswith(f", {phrase}") for _, line in paper.hospitals)
    assert sum(cell.endswith(f", {said}") for cell in grid) == 2
    assert sum(f", {said}, " in item for item in listed) == 2
    for code, is_said in notes.items():
        assert (phrases()[code] in card.about) is is_said
        assert (phrases()[code] in small) is is_said
        assert (load_language("es").say(phrases()[code]).text in card.family.about) is is_said
    assert f", {said}, " in pdf_words(card_pdf(card))


def test_minutes_that_nobody_entered_say_nothing():
    card = made(emergency_hospital={"drive_min": "", "plus_minus_min": 20, "not_checked": "yes"}, backups=[])
    assert "by car" not in " ".join(line for _, line in card.hospitals)
    assert phrases()["note.band"] not in card.about
    assert phrases()["note.not_checked"] not in card.about


def test_maker_lines_are_the_two_verified_ones_and_for_that_maker_alone():
    printed = re.findall(r"1-\d{3}-\d{3}-\d{4}", card_html(made()))
    assert set(printed) == {"1-800-510-6735", "1-800-328-0810"}
    other = card_html(made(pump={"maker": "Flowonix", "model": "Prometra II"}))
    assert re.findall(r"1-\d{3}-\d{3}-\d{4}", other) == []
    assert phrases()["card.no_line"] in words_of(other)
    assert "Alarm tones differ" in words_of(other)


def test_baclofen_sentences_stay_away_from_other_drugs():
    drug = {
        "name": "morphine",
        "concentration": 10,
        "concentration_unit": "mg/mL",
        "daily_dose": 3,
        "dose_unit": "mg/day",
    }
    words = words_of(card_html(made(drugs=[drug], backups=[])))
    assert not any(sign in words for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS))
    assert "baclofen" not in words.lower()
    assert made(drugs=[{**drug, "name": "GABLOFEN"}]).quotations


def test_both_emergencies_stand_side_by_side_and_nobody_reviewed_the_words():
    card = made()
    for words in (words_of(card_html(card)), pdf_words(card_pdf(card))):
        for text in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS, NOT_REVIEWED):
            assert text in words
    assert "not until" not in words_of(card_html(card))


def test_dates_as_entered_stand_beside_a_sooner_safe_day():
    rows = dict(made().pump)
    assert rows["Refill by"] == "2026-12-20 as entered; by the alarm date 2026-12-04 is safer"
    assert rows["Low-reservoir alarm"] == "2026-12-25"
    near = dict(made(dates={"refill_by": "2026-12-04"}).pump)
    assert near["Refill by"] == "2026-12-04"
    empty = dict(made(dates={"refill_by": ""}).pump)
    assert empty["Refill by"] == BLANK


def test_a_refill_day_up_to_the_drugs_stability_is_taken():
    for days in ({"last_refill_on": "2026-09-01", "refill_by": "2027-02-28"},
                 {"last_refill_on": "", "refill_by": "2027-05-19"}):  # fmt: skip
        card = made(dates={"low_alarm_on": "", **days})
        assert dict(card.pump)["Refill by"] == days["refill_by"]


def test_a_sooner_day_that_has_passed_is_never_called_the_safer_one():
    """Alarm in six days: the refill-by day by the alarm has passed; the last safe day counts, then the clinic alone."""
    seen = set()
    for ahead in range(1, 15):
        alarm = TODAY + dt.timedelta(days=ahead)
        for entered in (TODAY + dt.timedelta(days=day) for day in range(ahead + 1)):
            card = made(dates={"low_alarm_on": str(alarm), "refill_by": str(entered), "last_refill_on": ""})
            said = dict(card.pump)["Refill by"]
            assert all(day >= str(TODAY) for day in re.findall(r"\d{4}-\d\d-\d\d", said)), said
            seen.add(said.partition(" ")[2] and re.sub(r"\d", "9", said))
    assert "9999-99-99 as entered; by the alarm date 9999-99-99 is safer" in seen


def test_what_cannot_be_right_stands_first_and_no_date_beside_it():
    odd = {"name": "Gablofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 0.6,
           "dose_unit": "mcg/day"}  # fmt: skip
    card = made(drugs=[odd])
    assert card.pressing[0] == texts()["first.red"]
    assert any("was mg/day meant?" in line for line in card.pressing)
    words = words_of(card_html(card))
    assert words.index(texts()["first.red"]) < words.index("Implanted pump")
    assert dict(card.pump)["Refill by"] == dict(card.pump)["Low-reservoir alarm"] == "ask the clinic today"
    assert texts()["first.red"] in pdf_words(card_pdf(card))
    late = made(dates={"low_alarm_on": "2026-11-22", "refill_by": "", "last_refill_on": ""})
    assert late.pressing[0] == texts()["first.emergency"]


def test_a_blank_form_is_blank_and_makes_no_card():
    def leaves(value):
        if isinstance(value, dict):
            return [leaf for entry in value.values() for leaf in leaves(entry)]
        return [leaf for entry in value for leaf in leaves(entry)] if isinstance(value, list) else [value]

    for name in ("card", "clock", "discharge", "packet", "pact"):
        assert set(leaves(json.loads(blank_form(name)))) == {""}
        assert set(leaves(json.loads(example_form(name)))) > {""}
    with pytest.raises(InputError, match=r"patient.name: must be given"):
        read_card_form(json.loads(blank_form("card")), service=ITB, today=TODAY)


def test_void_after_is_the_earliest_of_refill_alarm_and_90_days():
    assert "Void after 2026-12-20" in made().validity
    far = {"refill_by": "2027-05-10", "low_alarm_on": "2027-05-15", "last_refill_on": ""}
    assert "Void after 2027-02-18" in made(dates=far).validity
    assert "Void after 2026-12-01" in made(dates={"void_after": "2026-12-01"}).validity
    with pytest.raises(InputError, match="void_after: must not lie after 2026-12-20"):
        made(dates={"void_after": "2026-12-21"})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dates": {"refill_by": "2028-01-01", "low_alarm_on": ""}},
         r"dates.refill_by: lies more than 180 days ahead or after the last refill"),
        ({"dates": {"refill_by": "2027-03-01", "low_alarm_on": ""}},
         r"refill_by: lies more than 180 days ahead or after the last refill"),
        ({"dates": {"refill_by": "2027-05-20", "low_alarm_on": "", "last_refill_on": ""}},
         r"refill_by: lies more than 180 days ahead or after the last refill"),
        ({"dates": {"refill_by": "2026-11-01"}}, r"dates.refill_by: has passed: call the clinic or the emergency"),
        ({"dates": {"refill_by": "2026-11-01", "issued_on": "2026-10-01"}}, r"refill_by: has passed"),
        ({"dates": {"refill_by": "2026-12-26"}}, r"refill_by: must not lie after the low-reservoir alarm"),
        ({"drugs": [{"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 600,
                     "dose_unit": "mg/day"}]}, r"more in one day than the full reservoir holds: check mcg against mg"),
        ({"drugs": [{"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": -1,
                     "dose_unit": "mcg/day"}]}, r"drugs\[1\].daily_dose: must be above 0"),
        ({"drugs": [{"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 1}]},
         r"dose_unit: must be given"),
        ({"drugs": []}, r"drugs: must be given"),
        ({"drugs": [{"name": "", "concentration": ""}]}, r"drugs: at least one must be given"),
        ({"patient": {"name": ""}}, r"patient.name: must be given"),
        ({"patient": {"born_on": "2030-01-01"}}, r"born_on: must not lie after"),
        ({"backups": [{"name": "x", "verified_on": "2026-12-01"}]}, r"verified_on: must not lie after 2026-11-20"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        made(**changes)


def test_hostile_text_is_printed_as_text():
    card = made(patient={"name": HOSTILE}, backups=[backup(HOSTILE, "2026-11-01")])
    root = html5lib.parse(card_html(card), namespaceHTMLElements=False)
    assert root.find(".//script") is None
    assert HOSTILE in "".join(root.itertext())
    assert HOSTILE in pdf_words(card_pdf(card))


def test_letters_that_the_pdf_lacks_are_told():
    card = made(patient={"name": "山田太郎"})
    assert "cannot be printed here (4)" in pdf_words(card_pdf(card))
    assert "山田太郎" in words_of(card_html(card))


def test_page_file_is_alone_and_black_on_white():
    html = card_html(made())
    assert "default-src 'none'" in html
    assert re.findall(r"https?://", html) == []
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", html)) == {"#000", "#fff"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_letter_to_the_emergency_department(suffix):
    read = read_card_form(form(), service=ITB, today=TODAY)
    blocks = ed_letter_blocks(read, data_lines=("claims of 2023, 2024",))
    content = render(blocks, suffix, title=TITLE)
    assert content == render(blocks, suffix, title=TITLE)
    all_words = " ".join(
        [block.text for block in blocks] + [cell for block in blocks for row in block.rows for cell in row]
    )
    told = " ".join(next(row for block in blocks for row in block.rows if row[0] == "What the family is told")[1:])
    for text in (
        "County Hospital",
        "Alex Example",
        "baclofen 2000 mcg/mL",
        "Not yet confirmed by a call",
        "treating clinician",
    ):
        assert text in all_words
    assert card_words.QUOTATIONS[0].text in all_words
    assert "911" not in all_words.replace(told, "")
    assert "day and night" not in all_words
    assert "Example Rehabilitation, 555-0100, after hours 555-0101" in all_words
    assert "800-707-0933 (seen 2026-11-28)" in all_words
    assert all(sign in all_words for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS))


def test_the_letter_says_that_hours_are_not_known():
    read = read_card_form(form(clinic={"note": ""}), service=ITB, today=TODAY)
    rows = [row for block in ed_letter_blocks(read) for row in block.rows]
    assert ("Clinic that manages the pump", "Example Rehabilitation, 555-0100, hours not known") in rows


def test_the_family_gets_its_pages_in_spanish_marked_as_a_draft_and_the_english_stays():
    card = made(language="es")
    family = card.family
    assert (card.language, card.draft, family.language, family.draft) == ("en", "", "es", "borrador, sin revisar")
    assert dataclasses.replace(card, family=None) == made()
    for words in (words_of(card_html(card)), pdf_words(card_pdf(card))):
        for text in (*WITHDRAWAL_SIGNS, "Pump card", "Tarjeta de la bomba (borrador, sin revisar)", "fiebre alta"):
            assert text in words, text
    late = made(dates={"low_alarm_on": "2026-11-22", "refill_by": "", "last_refill_on": ""}, language="es")
    assert late.family.pressing[0].startswith("A URGENCIAS AHORA")
    with pytest.raises(InputError, match="language: expected one of en, es"):
        made(language="fr")


def test_every_word_for_the_family_is_translated():
    catalogue = load_language("es").catalogue
    families = [one.text for code, one in sentences().items() if one.who == "family" and not code.startswith("step")]
    labels = [phrases()[f"card.{name}"] for name in LABELS[: LABELS.index("treating")]]
    assert [text for text in (*families, *labels, NOT_REVIEWED) if text not in catalogue] == []
    assert dict(made(language="es").family.pump).keys() & dict(made().pump).keys() == set()


def test_reading_leaves_the_form_as_it_was():
    data = form()
    before = copy.deepcopy(data)
    read_card_form(data, service=ITB, today=TODAY)
    assert data == before

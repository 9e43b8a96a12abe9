"""The desk in a browser, opened from a file without a network: the commands' answers, by keyboard, on one page."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import re
import stat
from typing import Any

import html5lib
import pandas as pd
import pytest
from pypdf import PdfReader

from deserts.cli import main
from deserts.errors import InputError
from deserts.patients.papers.card import BLANK, build_card
from deserts.patients.papers.card_form import CardForm, read_card_form
from deserts.patients.papers.ed_letter import TITLE as LETTER_TITLE
from deserts.patients.papers.ed_letter import ed_letter_blocks
from deserts.patients.refill.discharge import check_discharge
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_text import distance_words, place_distance_words
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.emergency import find_emergency, load_hospitals
from deserts.patients.search.facts import load_team_facts
from deserts.patients.search.origin import from_zip
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.unread import search_behind
from deserts.patients.words import NOT_REVIEWED
from deserts.publish import desk
from deserts.publish.desk import OLD_DAYS, write_desk
from deserts.rules import door
from deserts.specialists.log import open_log
from deserts.specialists.log.sheets import import_log
from deserts.tables.drives import minutes_words
from tests.browser import PHONE
from tests.doors.harness import random_calls
from tests.patients.papers.english import english_on
from tests.publish.conftest import FORMULA, HOSTILE

pytestmark = pytest.mark.browser
TODAY = dt.date(2026, 11, 22)
PAYER = "Example Health"

ASK = """([questions, texts]) => questions.map(([zip, audience, payer, name, k]) => {
  const { data, ask, questionOf } = globalThis.desk;
  const lost = [...data.people, ...data.practices].find((entry) => entry.id === name);
  const pump = {
    alarm_on: null, run_dry_on: null, fill: null, drugs: [], withdrawal_signs: false, overdose_signs: false,
  };
  const zipIndex = data.zips.zip.indexOf(zip);
  const { question, entries } = questionOf({ zipIndex, audience, payer, lost, k, pump });
  const text = JSON.stringify(question);
  if (texts) return [text, ask.asText("desk.whole", text)];
  const answer = ask("desk.whole", question);
  const npiOf = (row) => data.sites.npi[entries[row.place].site];
  return { ...answer, npis: answer.tiers.map((tier) => tier.rows.map(npiOf)) };
})"""


@pytest.fixture(scope="module")
def data(example_store) -> BackupData:
    return BackupData.load(example_store).prepared()


@pytest.fixture(scope="module")
def public_file(example_store, data, tmp_path_factory):
    return write_desk(example_store, tmp_path_factory.mktemp("desk") / "desk.html", data=data, today=TODAY)


@pytest.fixture(scope="module")
def team(example_store, data, tmp_path_factory) -> TeamFacts:
    settings = dataclasses.replace(example_store.settings, local_dir=tmp_path_factory.mktemp("log"))
    open_log(settings).append(random_calls(data.sites, today=TODAY, seed=11))
    named = sorted(data.sites.loc[data.listed, "npi"].unique())[::3]
    networks = pd.DataFrame({"payer": PAYER, "npi": named, "practice_id": "", "network": "in"})
    return dataclasses.replace(load_team_facts(settings, data.service, today=TODAY, data_on=None), networks=networks)


@pytest.fixture(scope="module")
def team_file(example_store, data, team, tmp_path_factory):
    return write_desk(example_store, tmp_path_factory.mktemp("team") / "desk.html", data=data, today=TODAY, facts=team)


@pytest.fixture
def open_desk(visit):
    """A function that opens a desk on a day, and waits until it can answer."""

    def opened(file: Any, *, day: dt.date = TODAY, **options: Any) -> Any:
        window = visit(offline=True, **options)
        window.page.clock.set_fixed_time(f"{day}T12:00:00Z")
        window.page.goto(file.path.as_uri())
        window.page.wait_for_function(
            "() => !document.getElementById('find').disabled || !document.getElementById('refused').hidden"
        )
        return window

    return opened


def by_command(question: list, data: BackupData, hospitals: pd.DataFrame, facts: TeamFacts | None) -> dict[str, Any]:
    """What the commands say to one question, in the desk's form."""
    zip_code, audience, payer, lost, k = question
    origin, child = from_zip(zip_code, data.zips), audience == "child"
    query = BackupQuery(origin, TODAY, k=k, pediatric=child, payer=payer or None, exclude=(lost,) if lost else ())
    found = find_backups(query, data, facts)
    near = find_emergency(origin, data, hospitals, today=TODAY, pediatric=child, facts=facts)
    capable = near.nearest_pump_capable
    return {
        "npis": [[one.npi for one in tier.candidates] for tier in found.tiers],
        "drives": [[distance_words(one) for one in tier.candidates] for tier in found.tiers],
        "shares": [[list(one.shares) for one in tier.candidates] for tier in found.tiers],
        "ask": [[list(one.ask) for one in tier.candidates] for tier in found.tiers],
        "said_no": [tier.said_no_in_all for tier in found.tiers],
        "notes": [note for note in found.notes if note not in origin.notes],
        "places": [[place_distance_words(place), list(place.ask)] for place in found.places],
        "drive_notes": [[list(one.drive_notes) for one in tier.candidates] for tier in found.tiers],
        "hospitals": [[one.ccn, minutes_words(one.drive_min, one.plus_minus_min)] for one in near.nearest],
        "capable": None if capable is None else capable.ccn,
        "hospital_notes": list(near.notes),
    }  # fmt: skip


def by_desk(answer: dict[str, Any]) -> dict[str, Any]:
    """What the desk shows, in the same form."""
    rows = [tier["rows"] for tier in answer["tiers"]]
    hospitals = answer["hospitals"]
    return {
        "npis": answer["npis"],
        "drives": [[row["drive"] for row in own] for own in rows],
        "shares": [[row["shares"] for row in own] for own in rows],
        "ask": [[row["ask"] for row in own] for own in rows],
        "said_no": [tier["said_no_in_all"] for tier in answer["tiers"]],
        "notes": answer["notes"],
        "places": [[place["drive"], place["ask"]] for place in answer["places"]],
        "drive_notes": [[row["drive_notes"] for row in own] for own in rows],
        "hospitals": [[one["ccn"], one["drive"].split(" · ")[0]] for one in hospitals["nearest"]],
        "capable": None if hospitals["capable"] is None else hospitals["capable"]["ccn"],
        "hospital_notes": hospitals["notes"],
    }


def questions_of(page: Any, *, payers: tuple[str, ...] = ("",)) -> list[list]:
    """Every ZIP of the file; every third one also for a child or an adult with a payer and a name that is lost."""
    people = page.evaluate("globalThis.desk.data.people.map((entry) => entry.id)")
    practices = page.evaluate("globalThis.desk.data.practices.map((entry) => entry.id)")
    asked = []
    for place, zip_code in enumerate(page.evaluate("globalThis.desk.data.zips.zip")):
        asked.append([zip_code, "adult", "", "", 5])
        if place % 3 == 0:
            lost = (people if place % 2 else practices)[place % min(len(people), len(practices))]
            asked.append([zip_code, "child" if place % 4 else "adult", payers[place // 3 % len(payers)], lost, 5])
    return asked


def differences(
    page: Any, asked: list[list], data: BackupData, hospitals: pd.DataFrame, facts: TeamFacts | None
) -> list:
    answers = [by_desk(answer) for answer in page.evaluate(ASK, [asked, False])]
    wrong = []
    for question, found in zip(asked, answers, strict=True):
        wanted = by_command(question, data, hospitals, facts)
        wrong += [(question, name, wanted[name], found[name]) for name in wanted if wanted[name] != found[name]]
    return wrong


def test_answers_are_those_of_the_commands_for_every_zip(open_desk, public_file, data, example_store):
    page = open_desk(public_file).page
    asked = questions_of(page, payers=("", "Alpha Health"))
    zips = example_store.read("zips")
    assert {question[0] for question in asked} >= set(zips.loc[zips["state"] == "XA", "zip"])
    assert set(zips.loc[zips["zip"].isin([question[0] for question in asked]), "state"]) == {"XA", "XB"}
    wrong = differences(page, asked, data, load_hospitals(example_store), None)
    assert not wrong, f"{len(wrong)} differ, first: {wrong[0]}"


@pytest.mark.parametrize("step", [2, pytest.param(1, marks=pytest.mark.slow)])
def test_a_team_copy_answers_as_the_commands_with_the_calls(open_desk, team_file, data, team, example_store, step):
    """Every ZIP in the whole suite."""
    page = open_desk(team_file).page
    asked = questions_of(page, payers=("", PAYER, "unknown payer"))[::step]
    asked_data = data.asked(team.standings)
    wrong = differences(page, asked, asked_data, load_hospitals(example_store), team)
    assert not wrong, f"{len(wrong)} differ, first: {wrong[0]}"
    assert "Team copy" in page.inner_text(".banner.team")


FOLDED = """(asked) => asked.map(([zip, day]) => {
  const { data, ask, questionOf } = globalThis.desk;
  const pump = {
    alarm_on: null, run_dry_on: day, fill: null, drugs: [], withdrawal_signs: false, overdose_signs: false,
  };
  const zipIndex = data.zips.zip.indexOf(zip);
  const { question, entries } = questionOf({ zipIndex, audience: "adult", payer: "", lost: null, k: 2, pump });
  const found = ask("desk.whole", question);
  const tiers = found.tiers.map((tier) => [
    tier.counts.replace(/^[^,]*,? ?/, ""),
    tier.too_far.map(([place, why]) => [data.sites.npi[entries[place].site], why]),
  ]);
  return { day: found.timeline.earliest_empty_on, tiers };
})"""


def test_who_is_too_far_for_the_days_left_is_listed_as_by_the_command(open_desk, public_file, data):
    page = open_desk(public_file).page
    asked = [
        [zip_code, (TODAY + dt.timedelta(days=1 + number % 2)).isoformat()]
        for number, zip_code in enumerate(page.evaluate("globalThis.desk.data.zips.zip")[::6])
    ]
    seen = {"listed": 0, "more": 0}
    for (zip_code, _), found in zip(asked, page.evaluate(FOLDED, asked), strict=True):
        empty_on = dt.date.fromisoformat(found["day"])
        query = BackupQuery(from_zip(zip_code, data.zips), TODAY, k=2, empty_on=empty_on)
        for tier, (counts, listed) in zip(find_backups(query, data).tiers, found["tiers"], strict=True):
            assert listed == [[one.npi, one.said_no] for one in tier.said_no]
            is_more = tier.too_far_in_all > 2
            assert counts == ("more than 2 too far for the days left" if is_more else tier.folded_words)
            seen["listed"] += len(listed)
            seen["more"] += is_more
    assert seen["listed"] > 30
    assert seen["more"] > 0


def test_the_page_answers_to_the_byte_as_python(open_desk, team_file):
    page = open_desk(team_file).page
    asked = questions_of(page, payers=("", PAYER))[::7]
    for question, answer in page.evaluate(ASK, [asked, True]):
        assert door.ask("desk.whole", question) == answer


def test_by_keyboard_alone_two_fields_and_enter(open_desk, public_file):
    window = open_desk(public_file)
    page = window.page
    assert page.evaluate("document.activeElement.id") == "zip"
    page.keyboard.type("86905")
    page.keyboard.press("Tab")
    page.keyboard.type("12/20/2026")
    page.keyboard.press("Enter")
    assert page.inner_text("#zip-said") == "Port Haven, XA"
    assert page.inner_text("#day-said") == "Sunday, December 20, 2026, 28 days from now"
    assert page.locator("#first .now").inner_text().startswith("The pump can be empty in 28 days")
    number = page.locator("#first .call a")
    assert number.get_attribute("href").startswith("tel:")
    assert page.evaluate("document.activeElement.id") == "first"
    assert page.locator(".row").count() >= 10
    window.screenshot("desk-desktop")
    assert window.foreign_requests() == []
    assert [url for url in window.requests if not url.startswith(("blob:", "file:"))] == []
    assert window.console == []
    assert window.serious_faults() == []
    assert page.url.endswith("desk.html"), "the question went into the address"


def test_six_fields_and_the_first_has_the_focus(open_desk, public_file):
    page = open_desk(public_file).page
    fields = page.locator("#question > input, #question > .pair input, #question > .pair select")
    assert [field.get_attribute("id") for field in fields.all()] == ["zip", "day", "day-kind", "age", "payer", "lost"]
    for name in ("day", "day-kind", "age", "payer", "lost", "find"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == name


def test_on_a_phone_the_number_stands_in_the_first_screen(open_desk, public_file):
    window = open_desk(public_file, viewport=PHONE)
    page = window.page
    page.fill("#zip", "86905")
    page.fill("#day", "2026-12-20")
    page.press("#day", "Enter")
    box = page.locator("#first .call a").bounding_box()
    assert 0 <= box["y"] <= PHONE["height"] - box["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.screenshot("desk-phone")
    assert window.serious_faults() == []


@pytest.mark.parametrize("day", ["12/20/2026", "11/23/2026", ""])
def test_the_answer_prints_on_one_letter_page(open_desk, public_file, day):
    page = open_desk(public_file).page
    page.fill("#zip", "86905")
    page.fill("#day", day)
    page.press("#day", "Enter")
    sheet = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(sheet.pages) == 1
    assert (round(sheet.pages[0].mediabox.width), round(sheet.pages[0].mediabox.height)) == (612, 792)
    assert "869-555-" in sheet.pages[0].extract_text()
    page.emulate_media(media="print")
    assert page.locator("#map .on-paper").is_visible()
    assert page.locator("#map .on-screen").is_hidden()
    marks = page.locator("#map .on-paper .mark text").all_text_contents()
    assert marks == page.locator("#map .on-screen .mark text").all_text_contents()
    assert len(marks) > 8
    assert page.evaluate(_MARKS_OUTSIDE) == 0


_MARKS_OUTSIDE = """(() => {
  const map = document.querySelector('#map .on-paper').getBoundingClientRect();
  return [...document.querySelectorAll('#map .on-paper .mark')].map((mark) => mark.getBoundingClientRect())
    .filter((one) => one.left < map.left || one.right > map.right || one.top < map.top || one.bottom > map.bottom)
    .length;
})()"""


@pytest.mark.slow
def test_every_zip_s_answer_prints_on_one_page(open_desk, public_file):
    page = open_desk(public_file).page
    for zip_code in page.evaluate("globalThis.desk.data.zips.zip"):
        for day in ("12/20/2026", "11/23/2026", ""):
            page.fill("#zip", zip_code)
            page.fill("#day", day)
            page.press("#day", "Enter")
            assert page.locator("#answer").is_visible()
            sheet = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
            assert len(sheet.pages) == 1, (zip_code, day)


def test_a_sign_sends_to_911_and_names_the_nearest_department(open_desk, public_file):
    page = open_desk(public_file).page
    page.click("text=Any sign of withdrawal or overdose?")
    page.check("#withdrawal input >> nth=0")
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    assert page.inner_text("#first .now").startswith("EMERGENCY DEPARTMENT NOW")
    assert page.inner_text("#first .call").startswith("Call 911. Nearest emergency department: ")
    mark = "Veterans Affairs hospital: ask whether it takes this patient"  # nearest there, and not for everybody
    assert f"PORT HAVEN VA MEDICAL CENTER ({mark}), PORT HAVEN, XA" in page.inner_text("#first .call")
    assert mark in page.inner_text("li:has-text('VA MEDICAL CENTER')")


def test_fields_that_changed_after_an_answer_say_so(open_desk, public_file):
    page = open_desk(public_file).page
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    assert page.locator("#changed").is_hidden()
    page.fill("#day", "12/1/2026")
    assert page.locator("#changed").is_visible()
    page.press("#day", "Enter")
    assert page.locator("#changed").is_hidden()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("zip", "869", "Type the five digits"),
        ("zip", "86999", "This file does not know that ZIP. Nearest that it knows: 869"),
        ("zip", "99999", "lies outside this file's region"),
        ("day", "20/12/2026", "That is no day"),
        ("filled", "soon", "That is no day"),
        ("lost", "Nobody Atall", "Nobody in this file is called that"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_answered(open_desk, public_file, field, typed, said):
    page = open_desk(public_file).page
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.fill("#zip", "86905")
    page.fill(f"#{field}", typed)
    page.press(f"#{field}", "Enter")
    assert said in page.inner_text(f"#{field}-said")
    assert page.evaluate("document.activeElement.id") == field
    assert page.locator("#answer").is_hidden()


def test_who_is_lost_can_be_named_by_npi_or_by_the_beginning_of_a_name(open_desk, public_file):
    page = open_desk(public_file).page
    entry = page.evaluate("globalThis.desk.data.people[0]")
    page.fill("#zip", "86905")
    for typed in (entry["id"], entry["name"].upper()):
        page.fill("#lost", typed)
        page.press("#lost", "Enter")
        assert page.inner_text("#lost-said") == entry["name"]
    assert entry["id"] not in page.inner_text("#list")


def test_old_data_name_nobody_first(open_desk, public_file, data):
    day = dt.date.fromisoformat(data.provenance.refreshed_on)
    page = open_desk(public_file, day=day + dt.timedelta(days=OLD_DAYS)).page
    assert page.locator("#refused").is_hidden()
    page = open_desk(public_file, day=day + dt.timedelta(days=OLD_DAYS + 1)).page
    assert "call to confirm" in page.inner_text("#refused")
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    assert page.locator("#first a").count() == 0
    assert "call to confirm" in page.inner_text("#first .call")
    assert page.locator(".row").count() >= 10


def test_a_clock_before_the_data_is_refused(open_desk, public_file, data):
    day = dt.date.fromisoformat(data.provenance.refreshed_on)
    page = open_desk(public_file, day=day - dt.timedelta(days=1)).page
    assert "Set the clock" in page.inner_text("#refused")
    assert page.locator("#find").is_disabled()
    for form in ("check", "home", "papers", "call"):
        assert page.locator(f"#{form} button[type=submit]").first.is_disabled(), form


def open_tools(page: Any) -> None:
    page.evaluate("document.querySelectorAll('#tools details').forEach((box) => { box.open = true; })")


def test_a_plan_is_checked_as_the_command_checks_it(open_desk, public_file, data):
    page = open_desk(public_file).page
    open_tools(page)
    npi = page.evaluate("globalThis.desk.data.people[0].id")
    page.fill("#day", "1/20/2027")
    typed = {"first_appointment_on": "1/12/2027", "accepted_by": "A. Nurse", "accepted_on": "11/20/2026", "npi": npi,
             "drive": "130.5", "weeks": "6.5"}  # fmt: skip
    for name, value in typed.items():
        page.fill(f"#check-{name}", value)
    page.select_option("#check-transport", "yes")
    page.click("#check button")
    form = {
        "alarm_on": "2027-01-20", "first_appointment_on": "2027-01-12", "accepted_by": "A. Nurse", "npi": npi,
        "accepted_on": "2026-11-20", "drive_min": 130.5, "interval_weeks": 6.5, "transport": True,
    }  # fmt: skip
    plan = read_discharge_form(form, today=TODAY)
    answer = check_discharge(plan, service=data.service, today=TODAY, data=data)
    shown = page.inner_text("#check-answer")
    assert answer.headline in shown
    for one in answer.checks:
        assert f"{one.result.value.upper()} · {one.name}: {one.why}." in shown
    assert "`" not in shown, "a page names no command"


def test_a_refill_at_home_is_checked(open_desk, public_file):
    page = open_desk(public_file).page
    open_tools(page)
    page.select_option("#home-payer", "medicare")
    page.click("#home button")
    assert "UNLIKELY" in page.inner_text("#home-answer")


def test_calls_are_handed_over_as_a_file_that_the_log_reads(open_desk, public_file, data, tmp_path):
    window = open_desk(public_file, accept_downloads=True)
    page = window.page
    open_tools(page)
    page.click("#call button")
    assert "Ask for a ZIP first" in page.inner_text("#call-said")
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    page.fill("#call-answered", "A. Nurse")
    page.fill("#call-weeks", "3")
    page.fill("#call-note", FORMULA)
    assert [page.input_value(f"#call-{name}") for name in ("who", "outcome")] == ["", ""], "nobody gave a yes"
    for field, lacks in (("who", "Choose whom you called."), ("outcome", "Choose what was answered.")):
        page.click("#call button")
        assert page.inner_text("#call-said") == lacks
        page.select_option(f"#call-{field}", index=1 if field == "who" else 2)
    page.click("#call button")
    first = page.inner_text("#call-said")
    page.select_option("#call-outcome", "accepting")
    page.click("#call button")
    asked = page.inner_text("#call-said")
    assert first != asked, "another answer is asked about anew"
    name = page.locator("#call-who option:checked").inner_text().partition(". ")[2]
    npi = re.search(r"\(NPI (\d{10})\)", asked)
    assert npi is not None
    assert asked.startswith(f"Write this? {name} (NPI {npi[1]}): does it and accepts new patients")
    assert page.locator("#calls li").count() == 0
    page.click("#call button")
    assert "not handed over yet" in page.inner_text("#call-said")
    assert [page.input_value(f"#call-{name}") for name in ("who", "outcome")] == ["", ""]
    with page.expect_download() as download:
        page.click("#hand-over")
    assert page.inner_text("#call-said") == ""
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    (entry,) = import_log(file, service=data.service, today=TODAY, logged_by="B. Caller").entries
    assert (entry.outcome, entry.answered_by, entry.visit_weeks, entry.note) == ("accepting", "A. Nurse", 3.0, FORMULA)
    assert entry.npi == npi[1]
    assert entry.observed_on == TODAY.isoformat()
    page.set_input_files("#take-in", file)
    page.wait_for_function("() => document.getElementById('take-in').value === ''")
    assert page.locator("#calls li").count() == 1, "a call that is there already is not taken in again"
    assert window.console == []
    assert window.serious_faults() == []


@pytest.mark.parametrize("is_handed_over", [False, True])
def test_closing_asks_first_when_a_call_was_not_handed_over(open_desk, public_file, is_handed_over):
    page = open_desk(public_file, accept_downloads=True).page
    open_tools(page)
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    page.select_option("#call-who", index=1)
    page.select_option("#call-outcome", "accepting")
    for _ in range(2):
        page.click("#call button")
    if is_handed_over:
        with page.expect_download():
            page.click("#hand-over")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    with page.expect_event("close"):
        page.close(run_before_unload=True)
    assert asked == ([] if is_handed_over else ["beforeunload"])


def test_nothing_is_kept(open_desk, public_file):
    page = open_desk(public_file).page
    page.fill("#zip", "86905")
    page.fill("#day", "12/20/2026")
    page.press("#day", "Enter")
    kept = """async () => [localStorage.length, sessionStorage.length, document.cookie.length,
      (await indexedDB.databases()).length, history.length, history.state]"""
    assert page.evaluate(kept) == [0, 0, 0, 0, 2, None]  # the empty page of the browser, and this one
    page.reload()
    page.wait_for_selector("#find:enabled")
    assert page.input_value("#zip") + page.input_value("#day") == ""
    assert page.locator("#answer").is_hidden()


def test_hostile_names_are_text(example_store, data, open_desk, tmp_path):
    name = f'{FORMULA} {HOSTILE} " onload="document.title=1'
    hostile = dataclasses.replace(data, sites=data.sites.assign(practice_name=name, address=name))
    report = write_desk(example_store, tmp_path / "desk.html", data=hostile, today=TODAY)
    window = open_desk(report)
    page = window.page
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    assert name in page.inner_text("#list")
    assert page.title() not in ("", "1")
    assert page.locator("img, [onload], [onerror]").count() == 0
    assert window.console == []


def test_file_is_valid_private_small_and_says_its_class(public_file):
    text = public_file.path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert stat.S_IMODE(public_file.path.stat().st_mode) == 0o600
    assert public_file.size_bytes < 4_000_000
    assert "Public copy: calls not included" in text
    assert "synthetic" in text.lower()


PAPER = {
    "name": "Ana Example (invented)", "born_on": "1/31/1980", "maker": "Medtronic", "model": "SynchroMed II",
    "reservoir": "40", "serial": "", "refill_by": "12/10/2026", "settings": "simple continuous",
    "clinic-name": "Own Clinic", "clinic-phone": "555-0100", "drug": "baclofen tablets",
    "instructions": "as on the label",
}  # fmt: skip
PUMP = {"filled": "9/1/2026", "drug": "baclofen", "strength": "2000", "dose": "100"}


def show_paper(page: Any, button: str, *, language: str = "", backup: str = "0", pump: dict[str, str] = PUMP) -> str:
    """Type everything, press a button, and return the words of the paper."""
    page.fill("#zip", "86905")
    page.fill("#day", "12/20/2026")
    page.press("#day", "Enter")
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    for name, text in pump.items():
        page.fill(f"#{name}", text)
    page.select_option("#strength-unit", "mcg/mL")
    page.select_option("#dose-unit", "mcg/day")
    for name, text in PAPER.items():
        page.fill(f"#paper-{name}", text)
    page.select_option("#paper-backup1", backup)
    page.select_option("#paper-language", language)
    page.click(button)
    return page.inner_text("#paper-body")


def printed(page: Any) -> list[str]:
    page.evaluate("document.body.classList.add('paper')")
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    page.evaluate("document.body.classList.remove('paper')")
    assert {(round(one.mediabox.width), round(one.mediabox.height)) for one in sheets} == {(612, 792)}
    return [one.extract_text() for one in sheets]


def form_of(page: Any, data: BackupData, language: str) -> CardForm:
    """The form of `deserts paper card` with what the page was given and chose."""
    asked = page.evaluate("globalThis.desk.paperQuestion()")

    def entry(found: dict[str, Any], *more: str) -> dict[str, Any]:
        drive = {
            "drive_min": found["minutes"],
            "plus_minus_min": found["give"],
            "not_checked": bool(found["unchecked"]),
        }
        return {**drive, **{key: found[key] for key in ("name", "place", "phone", *more)}}

    return read_card_form(
        {
            "patient": {"name": PAPER["name"], "born_on": "1980-01-31"},
            "pump": {"maker": "Medtronic", "model": "SynchroMed II", "reservoir_ml": 40},
            "drugs": [{"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 100,
                       "dose_unit": "mcg/day"}],
            "dates": {"last_refill_on": "2026-09-01", "low_alarm_on": "2026-12-20", "refill_by": "2026-12-10"},
            "last_settings": ["simple continuous"], "clinic": {"name": "Own Clinic", "phone": "555-0100"},
            "backups": [entry(found, "says", "verified_on") for found in asked["backups"]],
            "emergency_hospital": entry(asked["hospitals"][0]), "pump_hospital": entry(asked["hospitals"][1]),
            "language": language,
            "oral_supply": {"drug": "baclofen tablets", "instructions": "as on the label"},
        },
        service=data.service, today=TODAY,
    )  # fmt: skip


def plain_words(text: str) -> list[str]:
    return text.replace("\N{BULLET}", " ").split()


def test_the_card_says_what_the_command_prints_and_on_letter_pages(open_desk, public_file, data):
    page = open_desk(public_file).page
    words = show_paper(page, "#show-card", language="es")
    search = search_behind(data.provenance, service=data.service)
    card = build_card(form_of(page, data, "es"), data_lines=data.provenance.lines(TODAY), search=search)
    for made in (card, card.family):
        told = [made.headline, made.validity, made.note, *made.alarms, *made.call_first, *made.about]
        told += [text for one in made.sign_lists for text in (*one.signs, *one.do, one.in_one_line)]
        rows = (*made.identity, *made.pump, *made.searched, *made.hospitals, *made.lines)
        told += [text for row in rows for text in row]
        for text in told:
            assert text in words, text
    assert re.search(r"\d ±\d+ min by car|up to \d+ min by car", words)
    assert re.search(r"\d ±\d+ min en coche|hasta \d+ min en coche", words)
    assert words.count("borrador, sin revisar") == 3
    assert NOT_REVIEWED in words
    assert page.evaluate("document.activeElement.id") == "paper"
    pages = printed(page)
    assert [len(pages), "Pump card" in pages[0], "Tarjeta de la bomba" in pages[3]] == [5, True, True]
    assert page.evaluate("document.querySelectorAll('#paper [lang=es]').length") == 2
    assert english_for_the_family(page) == []


def english_for_the_family(page: Any) -> list[str]:
    """What is English on the family's pages, but for what was typed and the names of clinicians and hospitals."""
    asked = page.evaluate("globalThis.desk.paperQuestion()")
    places = [found[key] for found in (*asked["backups"], *asked["hospitals"]) for key in ("name", "place")]
    typed = tuple(sorted({text for text in (*PAPER.values(), *places) if len(text) > 3}, key=len, reverse=True))
    words = page.evaluate("[...document.querySelectorAll('#paper [lang=es]')].map((one) => one.innerText).join('\\n')")
    return [english for line in words.splitlines() for english in english_on(line, (*typed, "Patient Services"))]


@pytest.mark.slow
def test_days_that_cannot_be_right_are_said_in_spanish_for_the_family(open_desk, public_file):
    page = open_desk(public_file).page
    words = show_paper(page, "#show-card", language="es", pump={**PUMP, "dose": "0.6"})
    assert "Rojo: la dosis" in words
    assert "Pregunte a la clínica: " in words
    assert english_for_the_family(page) == []


@pytest.mark.slow
def test_the_letter_is_that_of_the_command(open_desk, public_file, data):
    page = open_desk(public_file).page
    words = plain_words(show_paper(page, "#show-letter"))
    blocks = ed_letter_blocks(form_of(page, data, ""), data_lines=data.provenance.lines(TODAY))
    wanted = [LETTER_TITLE]
    for block in blocks:
        wanted += [f"“{block.text}” ({block.items[0]})"] if block.kind == "quote" else [block.text, *block.items]
        wanted += [cell for row in block.rows for cell in row]
    assert words == plain_words(" ".join(wanted))
    assert len(printed(page)) <= 2


def test_what_is_left_empty_is_a_blank_line(open_desk, public_file):
    page = open_desk(public_file).page
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.click("#show-card")
    words = page.inner_text("#paper-body")
    assert f"baclofen {BLANK} mcg/mL, {BLANK} mcg a day" in words
    assert f"Name: {BLANK}" in words
    assert "17 min" not in words
    assert page.locator("#paper .panel").count() >= 4
    page.click("#close-paper")
    assert page.locator("#paper").is_hidden()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("day", "11/1/2026", "The alarm date has passed: call the clinic"),
        ("paper-refill_by", "12/25/2026", "The refill-by day must not lie after the low-reservoir alarm"),
        ("paper-born_on", "long ago", ""),
    ],
)
def test_a_paper_of_days_that_cannot_be_right_is_not_made(open_desk, public_file, field, typed, said):
    page = open_desk(public_file).page
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.fill("#day", "12/20/2026")
    page.fill(f"#{field}", typed)
    page.click("#show-card")
    assert said in page.inner_text("#paper-said")
    assert page.evaluate("document.activeElement.id") == field
    assert page.locator("#paper").is_hidden()


def test_a_refill_day_beyond_the_drugs_stability_is_refused_without_an_alarm_date_too(open_desk, public_file):
    page = open_desk(public_file).page
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.fill("#paper-refill_by", "1/1/2028")
    page.click("#show-card")
    assert "The refill-by day lies more than 180 days ahead or after the last refill" in page.inner_text("#paper-said")
    assert page.locator("#paper").is_hidden()


@pytest.mark.slow
def test_hostile_text_on_paper_stays_text(open_desk, public_file):
    window = open_desk(public_file)
    page = window.page
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.fill("#paper-name", HOSTILE)
    page.click("#show-card")
    assert HOSTILE in page.inner_text("#paper-body")
    assert page.locator("#paper script, #paper img").count() == 0
    window.screenshot("desk-card")
    assert window.serious_faults() == []


def test_two_makings_are_equal_to_the_byte(example_store, data, public_file, tmp_path):
    again = write_desk(example_store, tmp_path / "again.html", data=data, today=TODAY)
    assert again.path.read_bytes() == public_file.path.read_bytes()


def test_the_map_draws_everybody_of_the_list_who_has_a_place(open_desk, public_file, example_store):
    window = open_desk(public_file)
    page = window.page
    page.fill("#zip", "86905")
    page.press("#zip", "Enter")
    numbers = page.locator("#list .row .number").all_inner_texts()
    drawn = page.locator("#map .on-screen .mark > text").all_text_contents()
    assert drawn == [number for number in numbers if not number.startswith("E")]
    spots = page.eval_on_selector_all(
        "#map .on-screen .mark", "marks => marks.map((mark) => mark.getAttribute('transform'))"
    )
    assert len(set(spots)) == len(spots)
    outlines = page.eval_on_selector_all(
        "#map .on-screen .land", "paths => paths.map((path) => path.getAttribute('d'))"
    )
    assert len(outlines) >= 30
    assert all(path.startswith("M") and path.endswith("Z") for path in outlines)
    assert "© OpenStreetMap contributors" in page.inner_text("#map figcaption")
    site = page.evaluate("globalThis.desk.data.sites.site_id[0]")
    lon = float(example_store.read("sites").set_index("site_id").loc[site, "lon"])
    assert page.evaluate("globalThis.desk.data.map.sites[0][0]") == round(lon * 1000)
    window.screenshot("desk-map")
    assert window.serious_faults() == []
    assert [url for url in window.requests if not url.startswith(("blob:", "file:"))] == []


@pytest.mark.slow
def test_a_folder_for_a_share_says_what_it_is_and_holds_its_hash(example_store, public_file, tmp_path, capsys):
    folder = tmp_path / "deserts-desk"
    settings = example_store.settings
    with pytest.raises(SystemExit) as left:
        main(["publish", "desk", "--data", str(settings.data_dir), "--folder", str(folder), "--today", str(TODAY)])
    assert not left.value.code, capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["READ-ME.txt", "SHA256SUMS", "desk.html"]
    assert (folder / "desk.html").read_bytes() == public_file.path.read_bytes()
    for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    said = (folder / "READ-ME.txt").read_text("utf-8")
    assert "Public copy: calls not included." in said
    assert f"made on {TODAY}" in said


def test_too_large_a_region_is_refused(example_store, data, tmp_path, monkeypatch):
    content = {"refill": None, "zips": {"zip": []}, "sites": {"npi": []}, "payers": [], "people": [], "practices": []}
    monkeypatch.setattr(desk, "_MOST_BYTES", 1000)
    monkeypatch.setattr(desk, "desk_data", lambda *_, **__: dict(content))
    with pytest.raises(InputError, match="the desk would be") as told:
        write_desk(example_store, tmp_path / "d.html", data=data, today=TODAY)
    assert "--region ME" in str(told.value.fix)
    assert not (tmp_path / "d.html").exists()

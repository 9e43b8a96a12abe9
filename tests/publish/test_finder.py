"""The finder in a browser gives the list of ``deserts backup``, for every ZIP of the example, and keeps to itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import stat

import html5lib
import pytest

from deserts.errors import InputError
from deserts.patients.refill.fill import PumpFacts
from deserts.patients.refill.plan import make_plan
from deserts.patients.refill.timeline import make_timeline
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_text import distance_words
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.origin import Origin
from deserts.publish import finder
from deserts.publish.finder import write_finder
from tests.browser import PHONE
from tests.publish.conftest import FORMULA, HOSTILE

pytestmark = pytest.mark.browser
TODAY = dt.date(2026, 11, 20)

ASK = """questions => questions.map(([zip, audience, practice, k]) => {
  const tiers = findBackups(DATA.zips.zip.indexOf(zip), audience, DATA.practices.find(p => p.id === practice), k, null);
  sayDrives(tiers.flatMap(tier => tier.entries));
  return tiers.map(tier => tier.entries.map(
    e => [SITES.npi[e.site], SITES.practice[e.site], e.said.words, e.said.notes]));
})"""


@pytest.fixture(scope="module")
def data(example_store) -> BackupData:
    return BackupData.load(example_store)


@pytest.fixture(scope="module")
def finder_file(example_store, data, tmp_path_factory):
    return write_finder(example_store, tmp_path_factory.mktemp("finder") / "finder.html", data=data, today=TODAY)


@pytest.fixture
def opened(visit, finder_file):
    window = visit(offline=True)
    window.page.clock.set_fixed_time(f"{TODAY}T12:00:00Z")
    window.page.goto(finder_file.path.as_uri())
    return window


def expected(data: BackupData, origin: Origin, audience: str, practice: str, k: int) -> list:
    query = BackupQuery(origin, TODAY, k=k, pediatric=audience == "child", exclude=(practice,) if practice else ())
    return [
        [[c.npi, c.practice_id, distance_words(c), list(c.drive_notes)] for c in tier.candidates]
        for tier in find_backups(query, data).tiers
    ]


def test_same_tiers_and_order_as_the_command_for_every_zip(opened, data, example_store):
    from deserts.patients.search.origin import from_zip

    zips = example_store.read("zips")
    questions, answers = [], []
    for place, zip_code in enumerate(sorted(zips.loc[zips["state"] == "XA", "zip"])):
        origin = from_zip(zip_code, data.zips)
        first = expected(data, origin, "adult", "", 5)
        questions.append([zip_code, "adult", "", 5])
        answers.append(first)
        if place % 3:
            continue
        nearest = next(row for tier in first for row in tier)[1]
        audience = "child" if place % 2 else "adult"
        questions.append([zip_code, audience, nearest, 5])
        answers.append(expected(data, origin, audience, nearest, 5))
    opened.page.wait_for_selector("#find:enabled")
    found = opened.page.evaluate(ASK, questions)
    wrong = [(q, a, f) for q, a, f in zip(questions, answers, found, strict=True) if a != f]
    assert not wrong, f"{len(wrong)} of {len(questions)} differ, first: {wrong[0]}"
    assert len(questions) >= 100


def test_every_zip_has_enough_candidates(opened):
    least = opened.page.evaluate("Math.min(...DATA.zips.near.map(list => list.length))")
    assert least >= 25


def test_form_answers_offline_and_asks_nobody(opened):
    page = opened.page
    zip_code = page.evaluate("DATA.zips.zip[3]")
    page.fill("#zip", zip_code)
    page.fill("#dry", "2026-12-18")
    page.click("text=Find")
    assert page.locator("#list li").count() >= 5
    assert "The pump can be empty in 28 days" in page.inner_text("#plan")
    assert page.locator("#emergency").is_hidden()
    opened.screenshot("finder-desktop")
    assert page.url.endswith("finder.html"), "the question went into the address"
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    asked = [url for url in opened.requests if not url.startswith("blob:null/")]  # the runtime out of the page itself
    assert len(asked) == 1
    assert opened.console == []
    assert opened.serious_faults() == []


@pytest.mark.parametrize("days", [-1, 3, 4, 9, 20, 40, 300])
def test_days_and_plan_are_those_of_the_commands(opened, data, days):
    facts = PumpFacts(alarm_on=TODAY + dt.timedelta(days=days))
    timeline = make_timeline(facts, service=data.service, today=TODAY)
    plan = make_plan(timeline, service=data.service, today=TODAY)
    opened.page.fill("#alarm", facts.alarm_on.isoformat())
    opened.page.wait_for_selector("#find:enabled")
    found, planned = opened.page.evaluate("() => { const t = drawDates(); return [t, makePlan(t)]; }")
    assert found == timeline.to_dict()
    assert planned["headline"] == plan.headline
    assert planned["steps"] == [step.to_dict() for step in plan.steps]
    shown = opened.page.inner_text("#plan")
    assert all(step.what in shown for step in plan.steps)
    if timeline.first_line:
        assert opened.page.inner_text("#emergency").startswith(timeline.first_line)


def test_without_any_day_the_print_out_is_asked_for(opened):
    opened.page.fill("#zip", opened.page.evaluate("DATA.zips.zip[3]"))
    opened.page.click("text=Find")
    assert opened.page.inner_text("#emergency").startswith("Date unknown: read the pump's print-out now.")
    assert opened.page.inner_text("#plan") == ""


def test_sign_of_withdrawal_and_unknown_zip(opened):
    page = opened.page
    page.check("#withdrawal input >> nth=0")
    page.fill("#zip", "99999")
    page.click("text=Find")
    assert page.inner_text("#emergency").startswith("EMERGENCY DEPARTMENT NOW")
    assert "Nearest known by number" in page.inner_text("#list")


@pytest.mark.parametrize("name", [HOSTILE, '" onload="document.title=1', FORMULA])
def test_hostile_names_are_text(example_store, data, visit, tmp_path, name):
    hostile = dataclasses.replace(data, sites=data.sites.assign(practice_name=name, address=name))
    report = write_finder(example_store, tmp_path / "finder.html", data=hostile, today=TODAY)
    assert HOSTILE not in report.path.read_text(encoding="utf-8")
    window = visit(offline=True)
    page = window.page
    page.goto(report.path.as_uri())
    page.fill("#zip", page.evaluate("DATA.zips.zip[0]"))
    page.click("text=Find")
    assert name in page.inner_text("#list")
    assert page.title() not in ("", "1")
    assert page.locator("img, [onload], [onerror]").count() == 0
    assert window.console == []


def test_fits_a_phone(visit, finder_file):
    window = visit(viewport=PHONE, offline=True)
    window.page.goto(finder_file.path.as_uri())
    window.page.fill("#zip", window.page.evaluate("DATA.zips.zip[0]"))
    window.page.click("text=Find")
    window.screenshot("finder-phone")
    assert window.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    window.page.set_viewport_size({"width": 320, "height": 256})  # a desktop's page at four times its size
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_file_is_valid_private_small_and_says_its_class(finder_file):
    text = finder_file.path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert stat.S_IMODE(finder_file.path.stat().st_mode) == 0o600
    assert finder_file.size_bytes < 5_000_000
    assert "Team copy" in text
    assert "synthetic" in text.lower()


@pytest.mark.parametrize(("least", "ranks", "words"), [(0, 1, "would be 0"), (25, 0, "would be at least 0")])
def test_too_large_a_region_is_refused_before_it_is_ranked(
    example_store, data, tmp_path, monkeypatch, least, ranks, words
):
    ranked: list[int] = []
    monkeypatch.setattr(finder, "_MOST_BYTES", 1000)
    monkeypatch.setattr(finder, "_LEAST", least)
    monkeypatch.setattr(
        finder, "finder_data", lambda *_, **__: ranked.append(1) or {"zips": {}, "sites": {}, "refill": None}
    )
    with pytest.raises(InputError, match=f"{words}.* MB") as told:
        write_finder(example_store, tmp_path / "f.html", data=data, today=TODAY)
    assert "--region ME" in str(told.value.fix)
    assert len(ranked) == ranks
    assert not (tmp_path / "f.html").exists()

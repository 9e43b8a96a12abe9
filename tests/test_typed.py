"""Days, words and telephone numbers as people type them mean the same at every door."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.documents.form import FormReader
from deserts.errors import DesertsError, InputError
from deserts.typed import day_in_words, plain_phone, read_day, word_among
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app

TODAY = dt.date(2026, 11, 28)
DAY, FORMS = dt.date(2026, 12, 20), ("2026-12-20", "12/20/2026", "12/20/26", "Dec 20 2026", "December 20, 2026")
WORDS = "Sunday, December 20, 2026, 22 days from now"
WRONG = ("20/12/2026", "2/30/2026", "12/20", "soon")


def test_days():
    assert {read_day(text) for text in FORMS} == {DAY}
    assert {read_day(text) for text in WRONG} == {None}
    assert day_in_words(DAY, today=TODAY) == WORDS


@pytest.mark.parametrize(
    ("text", "found"),
    [("Medicaid", "medicaid"), ("MEDICARE ADVANTAGE", "medicare_advantage"),
     ("medicare-advantage", "medicare_advantage"),
     (" va ", "va"), ("vat", None), ("", None)],
)  # fmt: skip
def test_words_of_a_list(text, found):
    assert word_among(text, ["medicaid", "medicare_advantage", "va"]) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("(207) 555-0100", "207-555-0100"), ("207.555.0100", "207-555-0100"), ("+1 207 555 0100", "207-555-0100"),
     ("2075550100", "207-555-0100"), ("207-555-0100 ext. 4", "207-555-0100 ext. 4"), ("ask Ann", "ask Ann"),
     ("911", "911"), ("", "")],
)  # fmt: skip
def test_telephone_numbers(text, found):
    assert plain_phone(text) == found
    assert FormReader({"phone": text}).phone("phone") == found


@pytest.fixture(scope="module")
def ask(example_data: Path, tmp_path_factory: pytest.TempPathFactory):
    """Ask a command on the example, on one day."""
    own = ["--data", str(example_data), "--local", str(tmp_path_factory.mktemp("own")), "--today", "11/28/2026"]
    app = build_app()

    def call(*words: str, fails: bool = False) -> str:
        done = CliRunner().invoke(app, [*words, *own])
        if fails:
            assert isinstance(done.exception, DesertsError), done.output
            return str(done.exception)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    return call


def test_commands_read_every_form_and_say_the_day_back(ask):
    answers = {ask("backup", "--zip", "86901-1234", "--run-dry", form, "--json") for form in FORMS}
    assert len(answers) == 1
    assert json.loads(answers.pop())["read_as"] == [f"run-dry date: {WORDS}"]
    assert f"you entered run-dry date: {WORDS}" in ask("backup", "--zip", "86901", "--run-dry", FORMS[1])
    for text in WRONG:
        refused = ask("backup", "--zip", "86901", "--run-dry", text, fails=True)
        assert "12/20/2026 (month first)" in refused
        assert text not in refused.replace("12/20/2026", "")


def test_words_of_options_stand_in_any_case(ask):
    for text in ("Medicaid", "MEDICAID", "medicaid"):
        answer = json.loads(ask("patient", "home-refill", "--zip", "86901", "--payer", text, "--json"))
        assert answer["chance"] in ("possible", "unlikely", "unknown")
    assert ask("patient", "home-refill", "--zip", "86901", "--payer", "Medicare Advantage")
    assert "one of commercial" in ask("patient", "home-refill", "--zip", "86901", "--payer", "cash", fails=True)
    plain = ask("backup", "--zip", "86901", "--json")
    assert ask("backup", "--zip", "86901", "--json", "--service", "ITB", "--grade", "Manages-Pumps") == plain


def test_page_and_api_read_the_same(example_data, tmp_path):
    run = example_run(example_data)
    client = TestClient(make_app(load_desk(run, today=lambda: TODAY)), base_url=ADDRESS, headers={"origin": ADDRESS})
    answers = [client.post("/api/backups", json={"zip": "86901", "run_dry": form}).json() for form in FORMS]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["read_as"] == [f"run-dry date: {WORDS}"]
    shown = client.post("/search", data={"zip": "86901", "run_dry": FORMS[1]}, follow_redirects=True)
    assert f"You entered run-dry date: {WORDS}." in shown.text
    clock = client.post(
        "/clock", data={"filled_on": "11/01/2026", "printed.alarm_on": "12/20/26"}, follow_redirects=True
    )
    assert WORDS in clock.text
    call = {
        "npi": "2020000479",
        "outcome": "Accepting",
        "source": "Phone",
        "logged_by": "me",
        "observed_on": "20/12/26",
    }
    refused = client.post("/api/calls", json=call)
    assert refused.status_code == 422
    assert "month first" in refused.text


@pytest.mark.parametrize("place", ["0,0", "-40,45", "-122.4,37.8", "13.4,52.5"])
def test_a_place_outside_the_data_is_refused_with_the_nearest_zips_by_distance(ask, place):
    refused = ask("backup", f"--lonlat={place}", fails=True)
    assert "outside the data" in refused
    assert "nearest known by distance: 8" in refused
    assert " miles" in refused


def test_an_unknown_zip_is_answered_by_distance(ask, example_store):
    """The nearest by number can lie at the other end of the state: from there the nearest on the ground are named."""
    from deserts.places.zips import ZipIndex

    index = ZipIndex(example_store.read("zips"))
    known = set(example_store.read("zips")["zip"])
    unknown = next(f"{number:05d}" for number in range(86901, 87000) if f"{number:05d}" not in known)
    refused = ask("backup", "--zip", unknown, fails=True)
    assert index.near_words(unknown) in refused
    with pytest.raises(InputError, match="04401-1234"):
        index.find("8690")

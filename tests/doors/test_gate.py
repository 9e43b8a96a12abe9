"""The publish gate at every door that counts residents: what stops them, and what leads them where a check failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from deserts.access import gate as gate_module
from deserts.access.audit import Check
from deserts.access.gate import NO_FINDING, UNVERIFIED, require_countable
from deserts.api.run import Run
from deserts.cli import build_app
from deserts.errors import NotPublishableError
from deserts.services import load_service
from deserts.store import Store
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.publish.conftest import write_small_store
from tests.web.conftest import ADDRESS, Browser
from tests.web.neighbourhood import make_app

CLOSED = "2020000479"
DOORS = [
    ("planning", "what-if", "--close", CLOSED), ("planning", "train", "-n", "1"), ("planning", "frontier", "-n", "1"),
    ("planning", "hubs", "--hubs", "1", "--spokes", "1"), ("planning", "van", "--base=-58.18,37.37", "-n", "1"),
    ("access", "extinction"), ("access", "extinction", "--clinic", CLOSED),
    ("publish", "succession-map", "--zip", "86901"),
]  # fmt: skip


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    return example_run(example_data)


@pytest.fixture(scope="module")
def page(run: Run) -> TestClient:
    return Browser(make_app(load_desk(run, today=lambda: TODAY)), base_url=ADDRESS, headers={"origin": ADDRESS})


def _fail(monkeypatch: pytest.MonkeyPatch, *, may_be_forced: bool) -> None:
    failed = Check("made", "A check made to fail", "fail", "nothing", "something", "a test", may_be_forced)
    monkeypatch.setattr(gate_module, "audit_run", lambda *_, **__: (failed,))


def _ask(run: Run, *words: object):
    place = ("--region", "example", "--data", run.settings.data_dir, "--today", TODAY)
    return CliRunner().invoke(build_app(), [str(word) for word in (*words, *place)])


def _on_page(page: TestClient) -> str:
    return page.post("/what-if", data={"close": CLOSED}, files={"close_roads_file": ("", b"")}).text


@pytest.mark.parametrize("words", DOORS, ids=lambda words: " ".join(words[:3]))
def test_what_may_not_be_overridden_stops_every_count(run, monkeypatch, tmp_path, words):
    _fail(monkeypatch, may_be_forced=False)
    written = tmp_path / "written"
    result = _ask(run, *words, "--out", written)
    assert isinstance(result.exception, NotPublishableError), result.output
    assert "A check made to fail: nothing (asked: something)" in str(result.exception)
    assert result.stdout == ""
    assert not written.exists()


def test_python_and_the_page_are_stopped_too(run, page, monkeypatch):
    _fail(monkeypatch, may_be_forced=False)
    with pytest.raises(NotPublishableError):
        run.what_if(close=[CLOSED], today=TODAY)
    answer = page.post("/api/what-if", json={"close": [CLOSED]})
    assert answer.status_code == 503
    assert "A check made to fail" in answer.text
    assert "residents" not in answer.text
    assert "A check made to fail" in _on_page(page)


@pytest.mark.parametrize("words", [words for words in DOORS if words[0] != "publish"], ids=" ".join)
def test_another_failed_check_leads_every_count(run, monkeypatch, words):
    _fail(monkeypatch, may_be_forced=True)
    result = _ask(run, *words)
    assert result.exit_code == 0, result.exception
    assert f"{UNVERIFIED}: A check made to fail" in result.output


def test_another_failed_check_leads_python_page_and_json(run, page, monkeypatch):
    _fail(monkeypatch, may_be_forced=True)
    assert str(run.what_if(close=[CLOSED], today=TODAY)).startswith(UNVERIFIED)
    asked = page.post("/api/what-if", json={"close": [CLOSED]}).json()
    assert asked["provenance"][0].startswith(UNVERIFIED)
    assert asked == json.loads(_ask(run, "planning", "what-if", "--close", CLOSED, "--json").stdout)
    assert UNVERIFIED in _on_page(page)


def test_maps_of_an_unverified_run_have_no_finding(run, monkeypatch, tmp_path):
    change = ("planning", "what-if", "--close", CLOSED, "--map")
    assert _ask(run, *change, tmp_path / "sound.html").exit_code == 0
    sound = (tmp_path / "sound.html").read_text(encoding="utf-8")
    assert UNVERIFIED not in sound
    assert "Drive to the nearest, minutes" in sound
    _fail(monkeypatch, may_be_forced=True)
    around = ("publish", "succession-map", "--zip", "86901", "--out", tmp_path / "around.html")
    for words in ((*change, tmp_path / "change.html"), around, (*change, tmp_path / "change.svg")):
        assert _ask(run, *words).exit_code == 0
        text = Path(words[-1]).read_text(encoding="utf-8")
        assert UNVERIFIED in text
        assert "Drive to the nearest, minutes" not in text
        assert "away by road today" not in text
    for name in ("change", "around"):
        assert f">{NO_FINDING}</h1>" in (tmp_path / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return write_small_store(tmp_path / "data")


def test_true_faults_of_totals_and_coverage_stop_a_count(store):
    itb = load_service("itb")
    assert require_countable(store, service=itb).is_verified
    totals, snaps = store.read("county_totals"), store.read("site_snaps")
    store.write("county_totals", totals.assign(difference_share=[0.021, *totals["difference_share"].iloc[1:]]))
    with pytest.raises(NotPublishableError, match="Residents of each county against the census"):
        require_countable(store, service=itb)
    store.write("county_totals", totals)
    store.write("site_snaps", snaps.assign(status="unsnapped"))
    with pytest.raises(NotPublishableError, match="What was read could be used"):
        require_countable(store, service=itb)

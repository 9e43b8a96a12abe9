"""Closed roads at every door: command, JSON API, page and Python say the same of a patient and of the region."""

from __future__ import annotations

import json
from pathlib import Path

import html5lib
import pytest

from deserts.api.run import Run
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS, Browser
from tests.web.neighbourhood import make_app
from tests.web.test_tools import command, said

ZIP = "86901"


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    made = example_run(example_data)
    return Run(made.settings, made.region, made.service, made.grade)


@pytest.fixture(scope="module")
def page(run: Run) -> Browser:
    app = make_app(load_desk(run, today=lambda: TODAY))
    return Browser(app, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False)


@pytest.fixture(scope="module")
def ring(run: Run) -> dict:
    """A line around the first clinician of the list who lies more than an hour away, across every road to them."""
    far = max(run.backups(zip=ZIP, k=3, today=TODAY).answer.candidates, key=lambda one: one.drive_min or 0)
    west, east, south, north = far.lon - 0.15, far.lon + 0.15, far.lat - 0.15, far.lat + 0.15
    round_it = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": round_it}}


@pytest.fixture
def bridge(ring: dict, tmp_path: Path) -> Path:
    path = tmp_path / "bridge <b>.geojson"
    path.write_text(json.dumps(ring), encoding="utf-8")
    return path


def _told(text: str) -> tuple[str, ...]:
    """What the page of an answer says while roads are closed."""
    root = html5lib.parse(text, namespaceHTMLElements=False)
    (section,) = (part for part in root.iter("section") if part.get("aria-labelledby") == "shut-head")
    return tuple("".join(part.itertext()) for part in section.iter() if part.tag in ("h2", "li"))


def test_a_patient_hears_the_same_at_every_door(run, page, ring, bridge):
    by_command = json.loads(command(run, "backup", "--zip", ZIP, "-k", "3", "--close-roads", str(bridge), "--json"))
    closed = by_command["roads_closed"]
    assert any(drive["closed_min"] is None for drive in closed["drives"])
    in_python = run.backups(zip=ZIP, k=3, today=TODAY, close_roads=[bridge]).roads_closed
    assert in_python.to_dict() == closed
    question = {"zip": ZIP, "k": 3, "close_roads": ring, "close_roads_name": bridge.name}
    assert page.post("/api/backups", json=question).json()["roads_closed"] == closed
    assert page.post("/api/backups", json={"zip": ZIP}).json()["roads_closed"] is None
    shown = page.post(
        "/search", data={"zip": ZIP, "k": "3"}, files={"close_roads_file": (bridge.name, bridge.read_bytes())}
    )
    assert _told(shown.text) == tuple(closed["sentences"])
    assert "bridge <b>" not in shown.text
    assert "bridge &lt;b&gt;" in shown.text
    in_words = command(run, "backup", "--zip", ZIP, "-k", "3", "--close-roads", str(bridge))
    assert [line for line in closed["sentences"] if line not in in_words] == []


def test_the_page_asks_again_with_the_same_roads_and_opens_them_when_they_are_unticked(page, ring, bridge):
    fields = {"zip": ZIP, "k": "3"}
    files = {"close_roads_file": (bridge.name, bridge.read_bytes())}
    shown = html5lib.parse(page.post("/search", data=fields, files=files).text, namespaceHTMLElements=False)
    again = {
        form.get("id"): {one.get("name"): one.get("value") for one in form.iter("input") if one.get("type") == "hidden"}
        for form in shown.iter("form")
    }["without"]
    assert json.loads(again["close_roads"]) == ring
    assert again["close_roads_name"] == bridge.name
    ticked = [one for one in shown.iter("input") if one.get("name") == "close_roads" and one.get("type") == "checkbox"]
    assert ["checked" in one.attrib for one in ticked] == [True]
    assert 'id="shut-head"' in page.post("/search", data=again).text
    del again["close_roads"]
    assert 'id="shut-head"' not in page.post("/search", data=again).text


def test_a_region_hears_the_same_at_every_door(run, page, ring, bridge):
    words = ("planning", "what-if", "--close-roads", str(bridge), "--add=-60.3,38.0")
    by_command = json.loads(command(run, *words, "--json"))
    assert by_command["summary"]["shut_roads"] > 0
    change = run.what_if(close_roads=[bridge], add=[(-60.3, 38.0)], today=TODAY)
    assert change.totals == {name: by_command["summary"][name] for name in change.totals}
    question = {"close_roads": ring, "add": ["-60.3,38.0"]}
    assert page.post("/api/what-if", json=question).json() == by_command
    shown = page.post(
        "/what-if", data={"add": "-60.3,38.0"}, files={"close_roads_file": (bridge.name, bridge.read_bytes())}
    )
    assert said(shown) == command(run, *words)


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({"type": "Zzyzx"}, "no GeoJSON"),
        ({"type": "Point", "coordinates": [-60, 38]}, "is a Point"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1]]}, "no road to close"),
        ({"type": "LineString", "coordinates": [[500000, 0], [1, 1]]}, "is not in degrees"),
        ({"type": "LineString", "coordinates": [["Zzyzx", 0], [1, 1]]}, "no GeoJSON"),
    ],
)
def test_what_closes_nothing_is_refused_in_words_at_every_door(page, held, words):
    text = json.dumps(held)
    for path, place in (("/api/backups", {"zip": ZIP}), ("/api/what-if", {})):
        answer = page.post(path, json={**place, "close_roads": held})
        assert 400 <= answer.status_code < 500, answer.text
        assert "Zzyzx" not in answer.text
        assert words in answer.text
    for path, fields in (("/search", {"zip": ZIP}), ("/what-if", {"snow": ""})):
        answer = page.post(path, data=fields, files={"close_roads_file": ("a.geojson", text)})
        assert answer.status_code == 400
        assert words in answer.text
        alert = html5lib.parse(answer.text, namespaceHTMLElements=False).find(".//*[@role='alert']")
        assert "Zzyzx" not in "".join(alert.itertext())


def test_a_region_without_winter_roads_says_so(page):
    answer = page.post("/api/backups", json={"zip": ZIP, "snow": True})
    assert answer.status_code == 400
    assert "no road of the region is shut in winter" in answer.text

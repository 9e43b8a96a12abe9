"""The golden stories of the refill clock in the desk's own form: from a file, by keyboard alone, on two sizes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from deserts.patients.search.backup_data import BackupData
from deserts.patients.words import EMERGENCY_LINE, texts
from deserts.publish.desk import write_desk
from tests.browser import DESKTOP, PHONE

pytestmark = pytest.mark.browser
TODAY = dt.date(2026, 11, 22)
VIEWS = {"desktop": DESKTOP, "phone": PHONE}
WITHDRAWAL, PRINT_OUT = "Any sign of withdrawal or overdose?", "Fill and dose of the print-out"

FULL = {"fill": "40", "alarm-volume": "2", "drug": "baclofen", "strength": "2000", "strength-unit": "mcg/mL",
        "dose": "600", "dose-unit": "mcg/day"}  # fmt: skip


def filled(day: str, **other: str) -> dict[str, str]:
    return {"filled": day, **FULL, **{name.replace("_", "-"): text for name, text in other.items()}}


STORIES: dict[str, tuple[dict[str, str], str]] = {
    "a date of the print-out": ({"day": "12/20/2026"}, "The pump can be empty in 28 days"),
    "a run-dry date": ({"day": "2026-12-20", "day-kind": "dry"}, "The pump can be empty in 28 days"),
    "no date": ({}, texts()["first.unknown"]),
    "the stricter of two clocks": (filled("7/30/2026"), EMERGENCY_LINE),
    "a calm pump": (filled("10/20/2026", fill="20"), "The pump can be empty in 25 days"),
    "60 typed for 600": (filled("11/1/2026", dose="60"), texts()["first.red"]),
    "a fill two years ago": (filled("11/22/2024", dose="110"), EMERGENCY_LINE),
    "an alarm day over a year ahead": ({"day": "1/1/2028"}, texts()["first.red"]),
    "a safe day of the print-out": ({**filled("11/1/2026", dose="60"), "day": "2/10/2027"}, texts()["first.red"]),
    "no alarm volume": (filled("11/1/2026", alarm_volume=""), "The pump can be empty in 95 days"),
    "three days left": ({"day": "11/25/2026", "day-kind": "dry"}, EMERGENCY_LINE),
    "a sign of withdrawal": ({"day": "2/10/2027", "withdrawal": " "}, EMERGENCY_LINE),
    "a sign of overdose": ({"day": "2/10/2027", "overdose": " "}, texts()["first.overdose"]),
}
"""Story: what is typed into which field, and how the first line begins (`tests/doors/test_stories.py` has the rest)."""
KEPT = """async () => [
  localStorage.length, sessionStorage.length, document.cookie.length, (await indexedDB.databases()).length,
  location.search.length, location.hash.length,
]"""


@pytest.fixture(scope="module")
def desk_file(example_store, tmp_path_factory) -> Path:
    data = BackupData.load(example_store).prepared()
    return write_desk(example_store, tmp_path_factory.mktemp("stories") / "desk.html", data=data, today=TODAY).path


def opened(window: Any, desk_file: Path) -> Any:
    page = window.page
    page.clock.set_fixed_time(f"{TODAY}T12:00:00Z")
    page.goto(desk_file.as_uri())
    page.wait_for_function("() => !document.getElementById('find').disabled")
    return page


def focused(page: Any) -> str:
    """What has the focus: its id, the text of a summary, or the group of a box to tick."""
    return page.evaluate(
        """() => {
          const at = document.activeElement, group = at.closest('fieldset');
          return at.id || (at.tagName === 'SUMMARY' ? at.textContent : group ? group.id : '');
        }"""
    )


def by_tab(page: Any, wanted: str, key: str = "Tab") -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if focused(page) == wanted:
            return
        page.keyboard.press(key)
    pytest.fail(f"no {key} leads to {wanted}")


def enter(page: Any, typed: dict[str, str]) -> None:
    """Type a story field by field, in the order of the form, and press Enter; details are opened with Enter."""
    page.keyboard.type("86905")
    order = ["day", "day-kind", "find", WITHDRAWAL, "withdrawal", "overdose", PRINT_OUT, "filled", *FULL]
    opened = {WITHDRAWAL} if {"withdrawal", "overdose"} & typed.keys() else {PRINT_OUT} if "filled" in typed else set()
    for name in sorted({*typed, *opened}, key=order.index):
        by_tab(page, name)
        if name in opened:
            page.keyboard.press("Enter")
        elif typed[name] == " ":
            page.keyboard.press("Space")
        else:
            page.keyboard.type(typed[name])
    by_tab(page, "find", "Shift+Tab" if opened else "Tab")
    page.keyboard.press("Enter")


def typed_in(page: Any, typed: dict[str, str]) -> dict[str, str]:
    return {name: page.input_value(f"#{name}") for name, text in typed.items() if text != " " and name != "day-kind"}


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("story", STORIES)
def test_a_story_is_told_by_keyboard_alone(visit, desk_file, story, view):
    typed, first_line = STORIES[story]
    window = visit(viewport=VIEWS[view], offline=True)
    page = opened(window, desk_file)
    enter(page, typed)
    assert focused(page) == "first"
    assert typed_in(page, typed) == {name: text for name, text in typed.items() if text != " " and name != "day-kind"}
    shown = page.inner_text("#first").strip()
    assert shown.startswith(first_line), shown
    number = page.locator("#first .call a").first
    assert number.get_attribute("href").startswith("tel:")
    assert (number.inner_text() == "911") == (first_line in (EMERGENCY_LINE, texts()["first.overdose"]))
    box = number.bounding_box()
    assert 0 <= box["y"] <= VIEWS[view]["height"] - box["height"], "the number to call is not in the first screen"
    assert page.evaluate("document.documentElement.scrollWidth") <= VIEWS[view]["width"]
    window.screenshot(f"story-{story.replace(' ', '-')}-{view}")
    assert window.serious_faults() == []
    assert [url for url in window.requests if not url.startswith(("blob:", "file:"))] == []
    assert window.console == []
    assert set(page.evaluate(KEPT)) == {0}


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_left_when_the_page_closes(visit, desk_file, view):
    window = visit(viewport=VIEWS[view], offline=True)
    page = opened(window, desk_file)
    enter(page, STORIES["60 typed for 600"][0])
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })")
    page.fill("#paper-name", "Zzyzx Quux-Sentinel")
    page.click("#show-card")
    context = page.context
    page.close()
    assert context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}
    window.page = context.new_page()
    again = opened(window, desk_file)
    assert set(again.evaluate(KEPT)) == {0}
    assert again.evaluate("[...document.querySelectorAll('input:not([type=checkbox])')].every((at) => at.value === '')")
    assert "Quux" not in again.content()

"""The map in a real browser with the network cut: nothing asked for, nothing complained about, everything reachable."""

from __future__ import annotations

import pytest

from deserts.publish.desert_map import write_map
from tests.browser import DESKTOP, PHONE
from tests.publish.conftest import TODAY, wait_until_drawn

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def map_file(small_store, itb, leaflet, tmp_path_factory):
    report = write_map(
        small_store, tmp_path_factory.mktemp("map") / "map.html", service=itb, today=TODAY, assets=leaflet
    )
    assert report.single_file
    return report.path


@pytest.fixture
def opened(visit, map_file):
    window = visit(offline=True)
    window.page.goto(map_file.as_uri())
    wait_until_drawn(window.page)
    return window


def test_opens_offline_without_request_or_complaint(opened):
    opened.screenshot("map-desktop")
    assert len(opened.requests) == 1
    assert opened.foreign_requests() == []
    assert opened.console == []
    assert opened.page.title() == "Exampland: how far to a clinician who refills or reprograms implanted pumps?"


def test_no_serious_accessibility_fault(opened, visit, map_file):
    assert opened.serious_faults() == []
    phone = visit(viewport=PHONE, offline=True)
    phone.page.goto(map_file.as_uri())
    phone.screenshot("map-phone")
    assert phone.serious_faults() == []
    width = phone.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], "the page is wider than the phone"


def test_search_by_keyboard_finds_county_and_zip(opened):
    page = opened.page
    page.focus("#query")
    page.keyboard.type("birch")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.inner_text("#detail h3") == "Birch, XA"
    page.fill("#query", "0050")
    assert page.locator("#matches button").count() == 2, "the neighbour state's ZIP is not the region's"
    page.keyboard.press("Enter")
    assert "00501 Ashville lies in this county" in page.inner_text("#detail")
    page.fill("#query", "zzz")
    assert "Not found" in page.inner_text("#matches")


def test_every_measure_repaints_counties_and_legend(opened):
    page = opened.page
    colours = (
        "Array.from(document.querySelectorAll('.leaflet-ground-pane path')).map(p => p.getAttribute('fill')).join()"
    )
    seen = set()
    for radio in page.locator("#measures input").all():
        radio.check()
        seen.add((page.evaluate(colours), page.inner_text("#legend strong")))
    assert len(seen) == page.locator("#measures input").count() == 6


def test_layers_and_markers_can_be_reached_by_keyboard(opened):
    page = opened.page
    for box in page.locator("#overlays input").all():
        box.check()
    assert page.locator(".leaflet-marker-icon[tabindex='0']").count() >= 4
    page.locator(".leaflet-marker-icon[aria-label='Ash Rehabilitation']").first.focus()
    page.keyboard.press("Enter")
    assert "2 clinicians" in page.inner_text("#detail")
    assert opened.console == []


def test_legend_makes_room_for_a_note_that_would_lie_under_it(opened):
    page = opened.page
    legend = page.locator("#legend")
    box = legend.bounding_box()
    assert legend.is_visible()
    page.evaluate(
        """([x, y]) => {
          const at = MAP.containerPointToLatLng(L.point(x, y).subtract(L.point(
            MAP.getContainer().getBoundingClientRect().x, MAP.getContainer().getBoundingClientRect().y)));
          window.tried = L.tooltip({ className: "note", content: "a note" }).setLatLng(at).openOn(MAP);
        }""",
        [box["x"] + 5, box["y"] + 5],
    )
    page.wait_for_timeout(150)
    assert legend.is_hidden()
    page.evaluate("window.tried.close()")
    page.wait_for_timeout(400)  # it fades
    assert legend.is_visible()


def test_hostile_name_is_text_in_the_browser(opened):
    page = opened.page
    page.click("#twin a[data-fips='97007']")
    assert "onerror" in page.inner_text("#detail h3")
    assert page.locator("img").count() == 0
    assert page.title().startswith("Exampland")


def test_check_after_banner_appears_when_due(visit, map_file):
    for day, hidden in (("2026-07-29", True), ("2026-08-02", False)):
        window = visit(viewport=DESKTOP, offline=True)
        window.page.clock.set_fixed_time(f"{day}T12:00:00Z")
        window.page.goto(map_file.as_uri())
        assert window.page.locator("#stale").is_hidden() is hidden


def test_prints_map_and_table(opened, tmp_path):
    opened.page.pdf(path=tmp_path / "map.pdf", format="Letter")
    from pypdf import PdfReader

    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "map.pdf").pages)
    assert "The same as a table" in text
    assert "Where most residents live" in text
    assert "Find a county" not in text
    assert opened.page.locator("canvas").count() == 0, "in print a canvas hides what lies below it"

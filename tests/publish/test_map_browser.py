"""The map in a real browser with the network cut: nothing asked for, nothing complained about, everything reachable."""

from __future__ import annotations

import pytest

from deserts.publish.desert_map import write_map
from tests.browser import DESKTOP, PHONE
from tests.publish.conftest import TODAY, wait_until_drawn, write_small_store

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
    assert opened.page.title().startswith("Exampland: ")
    assert "who, by public files, bills Medicare for pump baclofen" in opened.page.title()


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
    assert "of Birch, XA live more than 2 hours" in page.inner_text("#finding")
    page.fill("#query", "0050")
    assert page.locator("#matches button").count() == 2, "the neighbour state's ZIP is not the region's"
    page.keyboard.press("Enter")
    assert "00501 Ashville: the middle one of its" in page.inner_text("#detail .place")
    page.click("#whole")
    assert page.inner_text("#finding") == page.evaluate("DATA.views[0].finding")
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
    assert len(seen) == page.locator("#measures input").count() == 5
    page.check("#supply label:has-text('Possible too') input")
    assert page.locator("#measures input").count() == 6, "the federal test counts everyone at the run's grade"


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


def test_folded_notices_open_for_paper_and_fold_again(visit, itb, leaflet, tmp_path):
    store = write_small_store(tmp_path / "data", notices=("first one", "second one", "third one"))
    file = write_map(store, tmp_path / "map.html", service=itb, today=TODAY, assets=leaflet).path
    page = visit(viewport=DESKTOP, offline=True).page
    page.goto(file.as_uri())
    third = page.get_by_text("Third one", exact=True)
    assert third.is_hidden()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert third.is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert third.is_hidden()
    page.locator("details.banner summary").press("Enter")
    assert third.is_visible()


@pytest.mark.parametrize("size", ["Letter", "A4"])
def test_prints_one_page_of_what_is_in_view(opened, tmp_path, size):
    from pypdf import PdfReader

    opened.page.click("#twin a[data-fips='97003']")
    opened.page.pdf(path=tmp_path / "map.pdf", format=size)
    (sheet,) = PdfReader(tmp_path / "map.pdf").pages
    text = " ".join(sheet.extract_text().split())
    for words in ("of Birch, XA live more than 2 hours", "Where most residents live", "Synthetic", "Corrections:"):
        assert words in text, words
    assert "The same as a table" not in text
    assert "Find a town" not in text
    assert opened.page.locator("canvas").count() == 0, "in print a canvas hides what lies below it"


def test_one_switch_changes_colours_dots_headline_and_legend(opened):
    page = opened.page
    seen = []
    for label in ("Proven only", "Possible too"):
        page.check(f"#supply label:has-text('{label}') input")
        seen.append(
            {
                "colours": page.evaluate("PATHS.map((path) => path.getAttribute('fill')).join()"),
                "dots": page.evaluate("document.querySelectorAll('.pin').length + view.counted.join()"),
                "headline": page.inner_text("#finding"),
                "legend": page.inner_text("#legend"),
                "count": page.inner_text("#overlays label:first-of-type"),
            }
        )
    assert [name for name in seen[0] if seen[0][name] == seen[1][name]] == []
    page.click("#twin a[data-fips='97003']")
    before = page.inner_text("#detail")
    page.check("#supply label:has-text('Proven only') input")
    assert page.inner_text("#detail") != before, "what is told of the chosen county follows"
    assert opened.console == []


def test_the_page_words_minutes_and_shares_as_the_tables_do(opened):
    import numpy as np

    from deserts.documents.html import drive_words
    from deserts.publish.words import percent

    minutes = list(range(0, 500, 7))
    shares = [0.0, 1.0, 0.125, 0.375, 0.005, 0.995, *np.random.default_rng(1).random(200).tolist()]
    assert opened.page.evaluate("(all) => all.map((minutes) => driveWords(minutes))", minutes) == [
        drive_words(value) for value in minutes
    ]
    assert opened.page.evaluate("(all) => all.map(percentWords)", shares) == [percent(value) for value in shares]


def test_search_finds_every_town_that_the_map_labels_and_zips_answer_with_their_own_minutes(
    example_store, itb, leaflet, tmp_path, visit
):
    report = write_map(example_store, tmp_path / "map.html", service=itb, today=TODAY, assets=leaflet)
    window = visit(offline=True)
    page = window.page
    page.goto(report.path.as_uri())
    wait_until_drawn(page)
    for name in set(page.locator(".town").all_inner_texts()):
        page.fill("#query", name)
        assert f"{name}, " in page.inner_text("#matches li:first-child"), name
    page.fill("#query", "congressional district 02")
    page.keyboard.press("Enter")
    assert "of XA congressional district 02 live more than 2 hours" in page.inner_text("#finding")
    told = set()
    for zip_code in page.evaluate("later().zips.zip.filter((_, i) => later().zips.county[i] === 0)"):
        page.fill("#query", zip_code)
        page.keyboard.press("Enter")
        told.add(page.inner_text("#detail .place"))
    assert len(told) > 1, "ZIPs of one county differ"
    assert window.console == []


def test_dark_is_readable(visit, map_file):
    window = visit(offline=True, color_scheme="dark")
    window.page.goto(map_file.as_uri())
    wait_until_drawn(window.page)
    assert window.serious_faults() == []
    assert window.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 28)"


def test_counties_that_are_counted_and_have_no_borders_leave_the_others_as_they_are(
    tmp_path, itb, leaflet, visit
):  # fmt: skip
    """As with borders of another year: their rows stand in the scores, and no shape is theirs."""
    store = write_small_store(tmp_path / "data")
    counties = store.read("counties")
    counties.loc[counties["county_fips"] == "97001", "geometry"] = None
    store.write("counties", counties)
    write_map(store, tmp_path / "map.html", service=itb, today=TODAY, assets=leaflet)
    window = visit(offline=True)
    window.page.goto((tmp_path / "map.html").as_uri())
    wait_until_drawn(window.page)
    assert window.console == []
    window.page.get_by_label("their residents").check()
    found = window.page.evaluate(
        "[...circles].map(([at, one]) => [COUNTIES.fips[at], PATHS[at].getBBox().x, PATHS[at].getBBox().width,"
        " +one.getAttribute('cx')])"
    )
    assert {fips for fips, *_ in found} == {"97003", "97005", "97007"}
    assert all(x <= centre <= x + width for _, x, width, centre in found)


def test_counties_sized_by_residents_have_their_colours_and_areas_as_people(opened, small_store):
    page = opened.page
    assert page.locator(".drawing circle").first.is_hidden()
    page.get_by_label("their residents").check()
    opened.screenshot("map-people")
    found = page.evaluate(
        "[...circles].map(([at, one]) => [COUNTIES.fips[at], +one.getAttribute('r'), one.getAttribute('fill'),"
        " PATHS[at].getAttribute('fill'), PATHS[at].getBBox().x, PATHS[at].getBBox().width, +one.getAttribute('cx')])"
    )
    people = small_store.read("county_scores").set_index("county_fips")["population"]
    assert {row[0] for row in found} == set(people[people > 0].index)
    areas = [row[1] ** 2 / people[row[0]] for row in found]
    assert areas == pytest.approx([areas[0]] * len(areas))
    assert [row[1] for row in found] == sorted((row[1] for row in found), reverse=True), "small ones stand above"
    assert all(fill == land for _, _, fill, land, *_ in found)
    assert all(x <= centre <= x + width for *_, x, width, centre in found)
    assert "The largest: " in page.inner_text("#legend")
    page.get_by_label("Possible too").check()
    assert page.evaluate(
        "[...circles].every(([at, one]) => one.getAttribute('fill') === PATHS[at].getAttribute('fill'))"
    )
    page.locator(".drawing circle").last.click()
    assert page.locator("#detail h3").count() == 1
    page.get_by_label("their land").check()
    assert page.locator(".drawing circle").first.is_hidden()
    assert "The largest: " not in page.inner_text("#legend")

"""A real browser walks the page: search, exclude, print a card, log a call; nothing leaves this machine."""

from __future__ import annotations

import pytest

from deserts.web.tools import TOOLS
from tests.browser import DESKTOP, PHONE
from tests.web.neighbourhood import NPIS

pytestmark = pytest.mark.browser

VIEWS = {"desktop": DESKTOP, "phone": PHONE}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def quiet(window) -> None:
    """Nothing went to another host and the page complained about nothing."""
    assert window.foreign_requests() == []
    assert window.console == []


@pytest.mark.parametrize("view", VIEWS)
def test_search_and_exclude(visit, address, view):
    window = visit(viewport=VIEWS[view])
    page = window.page
    page.goto(f"{address}/")
    window.screenshot(f"web_start_{view}")
    assert window.serious_faults() == []
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_label("Pump runs dry on").fill("2027-01-20")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("heading", name="Who could take this patient over").wait_for()
    assert page.url.startswith(f"{address}/answer/")
    assert page.locator(".candidate h4").first.inner_text() == "Ada Near, MD"
    assert page.locator("svg .marker").count() == 6
    assert window.serious_faults() == []
    window.screenshot(f"web_answer_{view}")
    assert page.evaluate(OVERFLOW) <= 0
    assert page.get_by_role("button", name="Search without Ada Near").is_hidden(), "one line each, more on demand"
    page.locator("summary[aria-label='More about Ada Near']").click()
    assert window.serious_faults() == []
    page.get_by_role("button", name="Search without Ada Near").click()
    page.get_by_text("Ben Next, MD").wait_for()
    assert page.locator(".candidate h4").first.inner_text() == "Ben Next, MD"
    assert page.get_by_label("Lost: NPI or practice").input_value() == NPIS[0]
    assert "Plan" in page.locator("h2").all_inner_texts()
    quiet(window)


def test_at_twice_and_four_times_the_size_nothing_needs_scrolling_sideways(visit, address):
    """A browser that enlarges a page shows it as in a window so many times narrower."""
    for times in (2, 4):
        window = visit(viewport={name: size // times for name, size in DESKTOP.items()})
        page = window.page
        for path in ("/", "/clock", "/card", "/packet", "/calls", "/more", *TOOLS):
            page.goto(f"{address}{path}")
            assert page.evaluate(OVERFLOW) <= 0, f"{path} at {times} times"
        page.goto(f"{address}/")
        page.get_by_label("Patient’s ZIP").fill("04999")
        page.get_by_label("Pump runs dry on").fill("2027-01-20")
        page.get_by_role("button", name="Find", exact=True).click()
        page.get_by_role("heading", name="Who could take this patient over").wait_for()
        assert page.evaluate(OVERFLOW) <= 0, f"an answer at {times} times"
        assert page.locator("a[href^='tel:']").first.is_visible()


def test_emergency_comes_first_and_is_announced(visit, address):
    window = visit()
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_label("A sign of withdrawal now").check()
    page.get_by_role("button", name="Find", exact=True).click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "CALL 911" in alert.inner_text()
    assert alert.bounding_box()["y"] < page.get_by_role("heading", level=1).bounding_box()["y"]
    assert window.serious_faults() == []
    window.screenshot("web_emergency_desktop")
    quiet(window)


@pytest.mark.parametrize("view", VIEWS)
def test_clock_leads_to_a_plan(visit, address, view):
    window = visit(viewport=VIEWS[view])
    page = window.page
    page.goto(f"{address}/clock")
    page.get_by_label("Filled, mL").fill("40")
    page.get_by_label("Last filled on").fill("2026-10-01")
    page.get_by_label("Name", exact=True).first.fill("baclofen")
    page.get_by_label("Concentration", exact=True).first.fill("2000")
    page.get_by_label("Unit of the concentration").first.select_option("mcg/mL")
    page.get_by_label("Unit of the dose").first.select_option("mcg/day")
    page.get_by_label("Total daily dose").first.fill("600")
    page.get_by_role("button", name="Work out the dates").click()
    page.get_by_text("2027-02-11").wait_for()
    assert window.serious_faults() == []
    window.screenshot(f"web_clock_{view}")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Plan with these dates").click()
    page.get_by_role("heading", name="Plan").wait_for()
    page.get_by_text("2027-02-11").wait_for()
    quiet(window)


@pytest.mark.parametrize("view", VIEWS)
def test_card_is_filled_shown_and_printed(visit, address, view):
    window = visit(viewport=VIEWS[view])
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("button", name="Make a card with these backups").click()
    page.get_by_role("heading", name="Card for wallet and bag").wait_for()
    assert window.serious_faults() == []
    assert page.locator('[name="backups.1.name"]').input_value() == "Ada Near"
    page.locator('[name="patient.name"]').fill("Alex Example")
    page.locator('[name="drugs.1.name"]').fill("baclofen")
    page.locator('[name="drugs.1.concentration"]').fill("2000")
    page.locator('[name="drugs.1.concentration_unit"]').select_option("mcg/mL")
    page.locator('[name="drugs.1.daily_dose"]').fill("600")
    page.locator('[name="drugs.1.dose_unit"]').select_option("mcg/day")
    page.get_by_role("button", name="Show the card").click()
    page.get_by_role("heading", name="Pump card").wait_for()
    assert "Ada Near" in page.locator("main").inner_text()
    assert page.locator(".wallet").evaluate("node => getComputedStyle(node).display") == "grid"
    assert window.serious_faults() == []
    window.screenshot(f"web_card_{view}")
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") == 1
    assert page.pdf(format="A4").startswith(b"%PDF")
    quiet(window)


def test_log_a_call(visit, address):
    window = visit(viewport=PHONE)
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator("summary[aria-label='More about Eve Maybe']").click()
    page.get_by_role("button", name="Log a call to Eve Maybe").click()
    assert page.get_by_role("heading", name=f"Eve Maybe (NPI {NPIS[4]})").is_visible()
    for name in ("site_id", "outcome", "source", "observed_on", "answered_role", "asked_age", "ages"):
        assert page.locator(f"[name={name}]").input_value() == "", f"{name}: an answer that nobody gave"
    assert window.serious_faults() == []
    window.screenshot("web_call_phone")
    page.get_by_role("button", name="Show what will be written").click()
    assert page.get_by_role("heading", name="Log a call").is_visible(), "nothing is sent while answers are missing"
    page.get_by_label("Which site was asked").select_option("all")
    page.get_by_label("Answer", exact=True).select_option("accepting")
    page.get_by_label("Told by").select_option("phone")
    page.get_by_label("On which day").fill("2026-11-20")
    page.get_by_label("Your name").fill("Kim")
    page.get_by_role("button", name="Show what will be written").click()
    assert "Eve Maybe" in page.locator(".lead").inner_text()
    assert window.serious_faults() == []
    window.screenshot("web_call_confirm_phone")
    page.get_by_role("button", name="Write it to the log").click()
    page.get_by_role("status").wait_for()
    page.get_by_role("link", name="Find", exact=True).click()
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Find", exact=True).click()
    assert page.locator(".candidate h4").first.inner_text() == "Eve Maybe, MD"
    quiet(window)


def test_an_error_takes_the_focus_and_keeps_the_form(visit, address):
    window = visit()
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("99999")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("alert").wait_for()
    page.locator("#error:focus").wait_for()  # the page's script runs a little later
    assert page.get_by_label("Patient’s ZIP").input_value() == "99999"
    assert window.serious_faults() == []
    assert window.foreign_requests() == []


def test_keyboard_alone_is_enough(visit, address):
    window = visit()
    page = window.page
    page.goto(f"{address}/clock")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.goto(f"{address}/")
    assert page.evaluate("document.activeElement.id") == "f-zip"
    page.keyboard.type("04999")
    page.keyboard.press("Enter")
    page.get_by_text("Ada Near, MD").wait_for()
    number = page.locator("#first-call a")
    assert number.get_attribute("href").startswith("tel:")
    assert number.bounding_box()["y"] < DESKTOP["height"]
    quiet(window)


def test_page_works_without_javascript(visit, address):
    window = visit(java_script_enabled=False)
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator(".candidate").first.wait_for()
    assert page.locator(".candidate").count() == 6
    assert window.foreign_requests() == []


def test_browser_keeps_nothing_of_the_patient(visit, address):
    window = visit()
    page = window.page
    page.goto(f"{address}/")
    page.get_by_label("Patient’s ZIP").fill("04999")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_text("Ada Near, MD").wait_for()
    assert all("04999" not in url for url in window.requests)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    page.goto(f"{address}/clock")
    page.go_back()  # the answer was shown once: neither the browser nor the server has it still
    page.get_by_text("An answer is shown once").wait_for()

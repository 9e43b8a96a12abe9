"""After a session with every form, a browser's profile on disk holds nothing that was typed: every file is searched."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from deserts.web.tools import TOOLS
from tests.browser import chromium_path
from tests.conftest import ROOT
from tests.web.neighbourhood import NPIS

pytestmark = pytest.mark.browser

NAME, BORN, WORD = "Zzyzx Quillfeather", "1957-03-09", "Quuxipayer"
DAY, ZIP, LONLAT = "2027-01-19", "04999", "-68.812345,44.823456"
SENTINELS = ("Quillfeather", BORN, WORD, "2027-01-19", "2027-01-20", "44.823456", "Qzdenial", "Qznote", "Qzunsent")
TEMPLATES = ROOT / "deserts" / "web" / "templates"


@contextmanager
def _session(driver: Any, profile: Path) -> Iterator[Any]:
    """A browser with a profile on disk, as a person's own: what it keeps by itself, it keeps."""
    window = driver.chromium.launch_persistent_context(
        str(profile), executable_path=chromium_path(), headless=True, args=["--no-sandbox", "--disable-gpu"],
        ignore_default_args=["--disable-field-trial-config", "--enable-automation"], accept_downloads=True,
    )  # fmt: skip
    window.set_default_timeout(20_000)
    yield window
    window.close()


def _traces(profile: Path) -> dict[str, list[str]]:
    """Return each sentinel that some file of the profile holds, in any of the ways in which browsers write text."""
    found: dict[str, list[str]] = {}
    for file in profile.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        for sentinel in SENTINELS:
            spellings = {sentinel, urllib.parse.quote(sentinel), urllib.parse.quote_plus(sentinel)}
            if any(text.encode(code) in content for text in spellings for code in ("utf-8", "utf-16-le")):
                found.setdefault(sentinel, []).append(str(file.relative_to(profile)))
    return found


def _press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def _fill(page, **fields: str) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for name, value in fields.items():
        field = page.locator(f'[name="{name.replace("__", ".")}"]').first
        choose = field.select_option if field.evaluate("field => field.tagName") == "SELECT" else field.fill
        choose(value)


def _download(page, name: str) -> None:
    with page.expect_download() as saved:
        page.get_by_role("button", name=name).click()
    saved.value.delete()  # a file that somebody saves is theirs to keep safe


def _every_form(page, address: str) -> None:
    page.goto(f"{address}/")
    _fill(page, zip=ZIP, run_dry="2027-01-20", payer=WORD, exclude=NAME)
    _press(page, "Find")  # refused: no such practice
    page.goto(f"{address}/")
    _fill(page, zip=ZIP, payer=WORD)
    _close_roads(page)
    _press(page, "Find")  # refused: a point crosses no road
    assert page.get_by_role("alert").is_visible()
    page.goto(f"{address}/")
    _fill(page, lonlat=LONLAT, run_dry=DAY, payer=WORD)
    _press(page, "Find")
    page.locator("summary[aria-label^='More about ']").first.click()
    page.get_by_role("button", name=re.compile("Search without")).first.click()
    _press(page, "Show the nearest emergency departments")
    _press(page, "Make a card with these backups")
    drug = {"drugs__1__name": WORD, "drugs__1__concentration": "2000", "drugs__1__daily_dose": "600",
            "drugs__1__concentration_unit": "mcg/mL", "drugs__1__dose_unit": "mcg/day"}  # fmt: skip
    _fill(page, patient__name=NAME, patient__born_on=BORN, **drug)
    _download(page, "Save as PDF")
    _press(page, "Show the card")
    assert NAME in page.locator("main").inner_text()
    page.go_back()
    page.goto(f"{address}/card")
    _fill(page, patient__name=NAME, patient__born_on="2027-01-19")
    _press(page, "Show the card")  # refused: born in the future, no drug
    page.goto(f"{address}/clock")
    _fill(page, fill_ml="40", filled_on="2026-10-01", printed__alarm_on=DAY, **drug)
    _press(page, "Work out the dates")
    page.goto(f"{address}/packet")
    _fill(page, patient__name=NAME, payer__name=WORD, run_dry_on=DAY, denial__quoted="Qzdenial")
    _press(page, "For the insurer: PDF")  # refused: the denial lacks its parts
    page.goto(f"{address}/packet")
    _fill(page, patient__name=NAME, patient__zip=ZIP, payer__name=WORD, run_dry_on=DAY)
    _download(page, "For the insurer: PDF")
    call = {"site_id": "all", "outcome": "accepting", "source": "phone", "observed_on": "2026-11-20",
            "logged_by": "Qznobody"}  # fmt: skip
    page.goto(f"{address}/calls")
    _fill(page, npi=NPIS[0])
    _press(page, "Next")
    _fill(page, **call, note=f"patient: Mr. {NAME}, Qznote")
    _press(page, "Show what will be written")  # refused: the note looks as if it held a patient
    page.goto(f"{address}/calls")
    _fill(page, npi=NPIS[0])
    _press(page, "Next")
    _fill(page, **call, payers=WORD)
    _press(page, "Show what will be written")
    _press(page, "Write it to the log")
    _every_tool(page, address)
    page.goto(f"{address}/")
    _fill(page, payer="Qzunsent", exclude="Qzunsent")  # typed and never sent


ASKED_TOOLS = {
    "/discharge": {"accepted_by": NAME, "run_dry_on": DAY, "hospital": WORD},
    "/drug": {"zip": ZIP, "strength": "2000"},
    "/home": {"zip": ZIP},
    "/clinician": {"npi": NPIS[0]},
    "/phone": {"top": "7"},
    "/plan": {"plan": WORD},
}


def _every_tool(page, address: str) -> None:
    for tool, fields in ASKED_TOOLS.items():
        page.goto(f"{address}{tool}")
        _fill(page, **fields)
        _press(page, "Ask")
    page.goto(f"{address}/settings")
    _press(page, "Test the connection")
    page.goto(f"{address}/pact")
    _fill(page, patient__name=NAME, patient__born_on=BORN, refills__name=WORD, dates__low_alarm_on=DAY)
    _download(page, "Save the pact (PDF)")
    page.goto(f"{address}/panel")
    rows = f"zip,run_dry\n{ZIP},{DAY}\n".encode()
    page.locator("[name=file]").set_input_files([{"name": "panel.csv", "mimeType": "text/csv", "buffer": rows}])
    _press(page, "Answer this panel")
    page.goto(f"{address}/what-if")
    _fill(page, close_practice=WORD)
    _close_roads(page)
    _press(page, "Ask")  # refused: no such practice


def _close_roads(page) -> None:
    shape = {"name": WORD, "type": "Point", "coordinates": [0, 0]}
    file = {"name": f"{WORD}.geojson", "mimeType": "application/json", "buffer": json.dumps(shape).encode()}
    page.locator("[name=close_roads_file]").set_input_files([file])


def test_every_form_is_in_the_session():
    """A form that is added has to be added here, too."""
    forms = {found for file in TEMPLATES.glob("*.html") for found in
             re.findall(r'<form [^>]*action="([^"]+)"', file.read_text(encoding="utf-8"))}  # fmt: skip
    assert forms == {
        "/search",
        "/clock",
        "/card",
        "/card/form",
        "/packet",
        "/calls",
        "/calls/form",
        "/login",
        "/pact",
        "/settings",
        "{{ tool }}",
    }
    assert {*ASKED_TOOLS, "/panel", "/what-if", "/log", "/pact", "/settings"} == set(TOOLS)


def test_every_form_tells_the_browser_to_remember_nothing():
    for file in TEMPLATES.glob("*.html"):
        for form in re.findall(r"<form [^>]*>", file.read_text(encoding="utf-8")):
            assert 'autocomplete="off"' in form, (file.name, form)
            assert 'method="post"' in form, (file.name, form)


@pytest.mark.slow
def test_no_file_of_the_profile_holds_what_was_typed(driver, address, tmp_path):
    profile = tmp_path / "profile"
    with _session(driver, profile) as window:
        page = window.new_page()
        _every_form(page, address)
        page.wait_for_timeout(4000)  # Chromium writes its session file some seconds after a visit
        assert list(profile.rglob("Session_*")), "this browser keeps no session file: the search proves nothing"
        assert _traces(profile) == {}
    assert _traces(profile) == {}
    with _session(driver, profile) as window:  # opened again, with whatever it restores
        window.new_page().goto(f"{address}/")
        window.pages[-1].wait_for_timeout(1500)
    assert _traces(profile) == {}


class _Plain(BaseHTTPRequestHandler):
    """A page as this one was: the answer to a form is the page."""

    def do_GET(self):
        self._page()

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._page()

    def _page(self):
        body = b'<form method="post"><input name="payer"><button>Find</button></form>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.slow
def test_the_search_would_find_what_a_plain_form_leaves(driver, tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Plain)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with _session(driver, tmp_path / "profile") as window:
            page = window.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            _fill(page, payer=WORD)
            _press(page, "Find")
            page.wait_for_timeout(4000)
    finally:
        server.shutdown()
        server.server_close()
    assert any("Session" in file for file in _traces(tmp_path / "profile").get(WORD, []))

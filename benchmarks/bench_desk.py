"""From a telephone call to a first number to dial: the desk and the page in a real browser, typed by keyboard.

Each time a fresh window opens the page, a ZIP and the date of the print-out are typed at a coordinator's speed, and
Enter is pressed; the clock stops when a number that can be dialled stands in the first screen.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import deserts
from benchmarks.bench_web import serve
from benchmarks.harness import Report
from deserts.patients.search.backup_data import BackupData
from deserts.publish.desk import write_desk
from tests.browser import DESKTOP, PHONE, chromium_path

KEY_MS = 200
"""Between two keys: some 60 words a minute would be 200 ms, a hunting typist takes 300 and more."""
RUNS = 5
ZIP = "86905"
VIEWS = {"desktop": DESKTOP, "phone": PHONE}
IN_FIRST_SCREEN = """() => {
  const link = document.querySelector("SELECTOR"), box = link && link.getBoundingClientRect();
  return Boolean(box) && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}"""


def today() -> dt.date:
    """Return the day on this machine, as the browser has it."""
    return dt.datetime.now().astimezone().date()


def type_desk(page: Any, day: dt.date) -> int:
    """Type into the desk, which has the focus in its first field; return the number of fields."""
    page.keyboard.type(ZIP, delay=KEY_MS)
    page.keyboard.press("Tab", delay=KEY_MS)
    page.keyboard.type(f"{day:%m/%d/%Y}", delay=KEY_MS)
    page.keyboard.press("Enter")
    return 2


def type_page(page: Any, day: dt.date) -> int:
    """Type into the page's search, a date field of the browser; return the number of fields."""
    page.keyboard.type(ZIP, delay=KEY_MS)
    page.keyboard.press("Tab", delay=KEY_MS)
    page.keyboard.type(f"{day:%m%d%Y}", delay=KEY_MS)
    page.keyboard.press("Enter")
    return 2


def timed(browser: Any, view: str, address: str, typed: Callable[[Any, dt.date], int], ready: str, number: str) -> Any:
    """Return fields, and seconds to open the page and to a number that can be dialled (medians and most)."""
    opened, answered, fields = [], [], 0
    for _ in range(RUNS):
        context = browser.new_context(viewport=VIEWS[view], locale="en-US")
        page = context.new_page()
        started = time.perf_counter()
        page.goto(address)
        page.wait_for_function(ready)
        opened.append(time.perf_counter() - started)
        fields = typed(page, today() + dt.timedelta(days=28))
        page.wait_for_function(IN_FIRST_SCREEN.replace("SELECTOR", number))
        answered.append(time.perf_counter() - started)
        context.close()
    return {
        "fields": fields, "keys_to_send": 1, "open_s": statistics.median(opened),
        "to_number_s": statistics.median(answered), "most_s": max(answered),
    }  # fmt: skip


def main() -> int:
    """Measure and write the results."""
    from playwright.sync_api import sync_playwright

    run = deserts.open("example")
    report = Report("desk", "From a telephone call to a first number to dial, in a real browser, on the example.")
    with TemporaryDirectory() as name, sync_playwright() as driver:
        made = write_desk(
            run.store, Path(name) / "desk.html", data=BackupData.load(run.store).prepared(), today=today()
        )
        report.table(
            "size", [{"desk": "the example", "zips": made.zips, "sites": made.sites, "mb": made.size_bytes / 1e6}]
        )
        browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        mine, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(run, theirs), daemon=True)
        server.start()
        doors = (
            (
                "desk",
                made.path.as_uri(),
                type_desk,
                "() => !document.getElementById('find').disabled",
                "#first .call a",
            ),
            ("page", mine.recv(), type_page, "() => document.activeElement.name === 'zip'", "#first-call a"),
        )
        rows = [
            {"door": door, "view": view, **timed(browser, view, *how)} for door, *how in doors for view in VIEWS
        ]  # fmt: skip
        server.terminate()
        server.join()
        browser.close()
    note = f"{RUNS} times each, {KEY_MS} ms between keys; load of the machine before: {os.getloadavg()[0]:.1f}."
    report.table("from opening to a number to dial", rows, note=note)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What travels, at the size of a country: the US Mohs 2021 map and all 51 state pages, and the first view in Chromium.

The run itself is made by the run of ``bench_pipeline`` from the real public files and is not part of these figures.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path

from benchmarks.bench_pipeline import us_run
from benchmarks.harness import Report, alternating, shared_data
from deserts.config import Settings
from deserts.pipeline.run import Run
from deserts.pipeline.stages import STAGES, run_stage
from deserts.publish.area_facts import list_areas, load_fact_base
from deserts.publish.assets import find_assets, web_fetcher
from deserts.publish.desert_map import write_map
from deserts.publish.fact_sheet import make_sheets, write_sheets

TODAY = dt.date(2026, 11, 22)


def first_view_ms(path: Path) -> float | None:
    """Milliseconds until the map is drawn, in Chromium, the median of five; None without a browser."""
    from tests.browser import chromium_path

    if chromium_path() is None:
        return None
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(5):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(path.as_uri())
            while not page.evaluate("performance.getEntriesByName('map-drawn').length"):
                page.wait_for_timeout(10)  # from outside: the page's policy forbids scripts made of text
            times.append(page.evaluate("performance.getEntriesByName('map-drawn')[0].startTime"))
            page.close()
        browser.close()
    return sorted(times)[2]


def measure(run: Run, folder: Path, report: Report) -> None:
    """Measure the map and the pages of one run."""
    assets = find_assets(Settings(), fetch=web_fetcher(Settings()))
    made = {}

    def draw() -> None:
        made["map"] = write_map(run.store, folder / "map.html", service=run.service, today=TODAY, assets=assets)

    def sheets() -> None:
        base = load_fact_base(run.store, service=run.service)
        pages = write_sheets(make_sheets(base, list_areas(base, by="state"), today=TODAY), folder / "sheets")
        made["pages"] = len(pages)

    report.timings("US Mohs 2021", alternating({"map": draw, "51 state pages": sheets}, runs=3, warm_up=False))
    report.fact("map megabytes", made["map"].size_bytes / 1e6)
    report.fact("map is one file", made["map"].single_file)
    report.fact("pages written (HTML and PDF)", made["pages"])
    if (view := first_view_ms(folder / "map.html")) is not None:
        report.fact("first view in Chromium, milliseconds", view)


def main() -> None:
    report = Report("publish", "Maps and state pages of the US Mohs 2021 run, limits: 3 minutes, 8 MB, first view 2 s.")
    shared = shared_data()
    if shared is None:
        report.fact("skipped", "the real public data are not beside the checkout")
        report.write()
        return
    folder = Path(tempfile.mkdtemp(prefix="deserts-bench-publish-"))
    try:
        (folder / "data").mkdir()
        run = us_run(shared, folder / "data")
        for stage in STAGES[:-1]:
            run_stage(stage, run)
        measure(run, folder, report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.write()


if __name__ == "__main__":
    main()

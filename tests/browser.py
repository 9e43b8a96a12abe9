"""A real browser for tests: system Chromium driven by Playwright, and a log of every request that it makes.

Chromium is started once a session with its background traffic off. Each test gets its own context (no shared history,
cache or storage). `Visit.requests` lists every address that the page asked for, so that a test can prove that none
left the machine.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deserts.config import Settings
from deserts.publish.assets import Assets, find_assets

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


def chromium_path() -> str | None:
    """Path of the system's Chromium (``DESERTS_CHROMIUM`` wins), or None."""
    return os.environ.get("DESERTS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Visit:
    """One browser window: its page, and what the page asked for, complained about and failed on."""

    page: Any
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def hear(self, message: Any) -> None:
        """Note a message of the console, but for what a browser says when a script types before a page is painted."""
        if not message.text.startswith("Autofocus processing was blocked"):
            self.console.append(f"{message.type}: {message.text}")

    def foreign_requests(self) -> list[str]:
        """Addresses that are neither on this machine nor inside the page itself."""
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in {"data", "blob", "file", "about"}
            and urlsplit(url).hostname not in {"127.0.0.1", "localhost", "::1"}
        ]

    def screenshot(self, name: str) -> None:
        """Save the whole page as PNG where ``DESERTS_SCREENSHOTS`` says; otherwise do nothing."""
        folder = os.environ.get("DESERTS_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def serious_faults(self) -> list[str]:
        """Accessibility faults of impact serious or critical, by axe-core, as ``rule: element``."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        return [
            f"{entry['id']}: {node['html'][:160]}"
            for entry in found
            if entry["impact"] in {"serious", "critical"}
            for node in entry["nodes"]
        ]


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    """Playwright, of which a process can hold one; the test is skipped with a reason where Chromium is absent."""
    if chromium_path() is None:
        pytest.skip("no system Chromium: install the package chromium, or set DESERTS_CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(driver: Any) -> Iterator[Any]:
    """Chromium, started once."""
    started = driver.chromium.launch(executable_path=chromium_path(), headless=True, args=_QUIET)
    yield started
    started.close()


@pytest.fixture(scope="session")
def leaflet(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """The real Leaflet, from a cache; tests that draw a map in a browser are skipped where there is none."""
    folder = tmp_path_factory.mktemp("assets")
    found = find_assets(Settings(data_dir=folder, allow_network=False))
    if not found.complete:
        pytest.skip("Leaflet is in no cache: run `deserts publish assets` once while online")
    return found


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """A function that opens a fresh window: ``visit(viewport=PHONE, offline=False)`` returns a `Visit`."""
    contexts = []

    def open_window(*, viewport: dict[str, int] | None = None, offline: bool = False, **options: Any) -> Visit:
        context = browser.new_context(
            viewport=viewport or DESKTOP, offline=offline, locale="en-US", reduced_motion="reduce", **options
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        made = Visit(page)
        context.on("request", lambda request: made.requests.append(request.url))
        page.on("console", made.hear)
        page.on("pageerror", lambda error: made.console.append(f"pageerror: {error}"))
        return made

    yield open_window
    for context in contexts:
        context.close()

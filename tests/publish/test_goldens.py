"""The map looks as when it was last looked at: phone, desktop, dark, print and embedded; a wrong one is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from deserts.publish.desert_map import write_map
from tests.browser import DESKTOP, PHONE
from tests.publish.conftest import TODAY
from tests.publish.goldens import FOLDER, check, difference, shrink

pytestmark = pytest.mark.browser
FRAME = {"width": 640, "height": 520}
NAMES = (
    "map-desktop-light",
    "map-desktop-print",
    "map-desktop-dark",
    "map-desktop-reach",
    "map-desktop-stop",
    "map-phone-light",
    "map-phone-print",
    "map-phone-dark",
    "map-embed-light",
)
SIZES = {"desktop": DESKTOP, "phone": PHONE}


@pytest.fixture(scope="module")
def shots(example_store, itb, leaflet, browser, tmp_path_factory) -> dict[str, bytes]:
    """Screenshots of the example's map, and two of a map that went wrong."""
    path = tmp_path_factory.mktemp("goldens") / "map.html"
    write_map(example_store, path, service=itb, today=TODAY, assets=leaflet)
    found = {}
    for size, viewport in SIZES.items():
        context = browser.new_context(viewport=viewport, offline=True, locale="en-US", reduced_motion="reduce")
        page = context.new_page()
        page.clock.set_fixed_time(f"{TODAY}T12:00:00Z")
        page.goto(path.as_uri())
        page.wait_for_selector(".pin")  # the last that is drawn; the clock stands still
        found[f"map-{size}-light"] = page.locator(".canvas").screenshot()
        if size == "desktop":
            page.evaluate("PATHS.forEach((path) => path.setAttribute('fill', '#7fbf7b'))")
            found["wrong palette"] = page.locator(".canvas").screenshot()
            page.evaluate("PATHS.forEach(paint); byId('legend').style.display = 'none'")
            found["no legend"] = page.locator(".canvas").screenshot()
            page.evaluate("byId('legend').style.display = ''")
            page.check("#measures label:has-text('Land by driving time') input")
            found["map-desktop-reach"] = page.locator(".canvas").screenshot()
            page.check("#measures input >> nth=0")
            page.select_option("#stops", "0")
            found["map-desktop-stop"] = page.locator(".canvas").screenshot()
            page.select_option("#stops", "")
        page.emulate_media(color_scheme="dark")
        found[f"map-{size}-dark"] = page.screenshot()
        page.emulate_media(color_scheme="light", media="print")
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        found[f"map-{size}-print"] = page.locator(".canvas").screenshot()
        context.close()
    return found | _embedded(example_store, itb, leaflet, browser, path.with_name("map_embed.html"))


def _embedded(store, itb, leaflet, browser, path: Path) -> dict[str, bytes]:
    write_map(store, path, service=itb, today=TODAY, assets=leaflet, embed_of="map.html")
    context = browser.new_context(viewport=FRAME, offline=True, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector(".pin")
    shot = page.screenshot()
    context.close()
    return {"map-embed-light": shot}


@pytest.mark.parametrize("name", NAMES)
def test_map_looks_as_before(shots, name):
    check(name, shots[name])


@pytest.mark.parametrize("fault", ["wrong palette", "no legend"])
def test_a_wrong_map_is_noticed(shots, fault):
    apart = difference(shrink(shots["map-desktop-light"]), shrink(shots[fault]))
    assert not apart.is_tolerable, apart


def test_goldens_are_small():
    kept = sorted(Path(FOLDER).glob("*.png"))
    real = [path for path in kept if not path.name.startswith("map-")]  # tests/pipeline/test_real.py
    assert len(kept) - len(real) == len(NAMES)
    assert sum(path.stat().st_size for path in kept) < 400_000

"""Golden screenshots of maps (the example's, real Maine's, the nation's), with room for other fonts and browsers.

A screenshot is shrunk to 160 pixels across before it is kept or compared, so that the shapes of letters blur away while
colours, the legend and the places of things stay. Renew them after looking at the new ones::

    DESERTS_RENEW_GOLDENS=1 pytest -m '' tests/publish/test_goldens.py tests/pipeline/test_real.py
"""

from __future__ import annotations

import datetime as dt
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from deserts.pipeline.run import Run
from deserts.publish.assets import Assets
from deserts.publish.desert_map import write_map
from tests.browser import DESKTOP, PHONE

FOLDER = Path(__file__).parent / "golden"
WIDTH_PX = 160
CHANGED = 24
"""Levels of 255 by which a pixel of any colour must differ to count as changed."""
MOST_MEAN = 6.0
"""Mean difference in levels that other fonts and Chromium versions may bring."""
MOST_CHANGED_SHARE = 0.06
"""Share of changed pixels that they may bring."""
MOST_OF_A_TILE = 12.0
"""Mean difference in levels that they may bring to the tile that differs most."""
TILE_PX = 16
MOST_MOVED_PX = 2

Pixels = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Difference:
    """How far two pictures are apart; ``inf`` where their heights differ by more than a tenth.

    ``worst_tile`` is the mean difference of the tile (16 pixels square) that differs most.
    """

    mean: float
    changed_share: float
    worst_tile: float

    @property
    def is_tolerable(self) -> bool:
        return self.mean <= MOST_MEAN and self.changed_share <= MOST_CHANGED_SHARE and self.worst_tile <= MOST_OF_A_TILE


def shrink(png: bytes) -> Image.Image:
    """Return a screenshot at the width at which goldens are kept, slightly blurred."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    height = round(picture.height * WIDTH_PX / picture.width)
    return picture.resize((WIDTH_PX, height), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1))


def difference(first: Image.Image, second: Image.Image) -> Difference:
    """Compare two shrunken pictures over the height that they share, moved up or down to where they agree best.

    A line of text that breaks elsewhere moves all that is below it by a pixel or two.
    """
    if abs(first.height - second.height) > 0.1 * first.height:
        return Difference(float("inf"), 1.0, float("inf"))
    one, two = (np.asarray(picture, dtype=np.int16) for picture in (first, second))
    moves = range(-MOST_MOVED_PX, MOST_MOVED_PX + 1)
    return min((_apart(one[max(0, -m) :], two[max(0, m) :]) for m in moves), key=lambda found: found.mean)


def _apart(one: Pixels, two: Pixels) -> Difference:
    height = min(len(one), len(two))
    apart: Pixels = np.abs(one[:height] - two[:height])
    rows, columns = height // TILE_PX, WIDTH_PX // TILE_PX
    tiles = apart[: rows * TILE_PX, : columns * TILE_PX].reshape(rows, TILE_PX, columns, TILE_PX, 3)
    return Difference(
        float(apart.mean()), float((apart.max(axis=2) > CHANGED).mean()), float(tiles.mean(axis=(1, 3, 4)).max())
    )


def shots_of(run: Run, browser: Any, leaflet: Assets, *, state: str | None = None) -> dict[str, bytes]:
    """Return screenshots of a run's map: desktop, phone, print, dark and embedded, and with one state chosen.

    The pages are written anew, so that Leaflet lies in them, with the day of the data as today.
    """
    day = dt.date.fromisoformat(run.store.provenance().refreshed_on or "1970-01-01")
    pages = {name: run.settings.data_dir / f"golden_{name}.html" for name in ("map", "embed")}
    for name, path in pages.items():
        of = "map.html" if name == "embed" else None
        write_map(run.store, path, service=run.service, today=day, assets=leaflet, embed_of=of)
    found = {}
    for name, (page_name, viewport) in _WINDOWS.items():
        context = browser.new_context(viewport=viewport, offline=True, locale="en-US", reduced_motion="reduce")
        page = context.new_page()
        page.clock.set_fixed_time(f"{day}T12:00:00Z")
        page.goto(pages[page_name].as_uri())
        page.wait_for_selector(".leaflet-lines-pane path", state="attached")  # the clock stands still: no mark is set
        page.wait_for_timeout(_SETTLES_MS)
        found[name] = page.screenshot() if name == "embed" else page.locator(".canvas").screenshot()
        if name == "desktop":
            page.emulate_media(media="print")
            page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
            found["print"] = page.locator(".canvas").screenshot()
            page.emulate_media(color_scheme="dark", media="screen")
            page.evaluate("window.dispatchEvent(new Event('afterprint'))")
            found["dark"] = page.screenshot()
            if state is not None:
                page.emulate_media(color_scheme="light")
                page.select_option("#states", label=state)
                found[state] = page.screenshot()
        context.close()
    return found


_SETTLES_MS = 500
_WINDOWS = {"desktop": ("map", DESKTOP), "phone": ("map", PHONE), "embed": ("embed", {"width": 640, "height": 520})}


def check(name: str, png: bytes) -> None:
    """Fail unless the screenshot is its golden's, or keep it as the golden when renewing."""
    path = FOLDER / f"{name}.png"
    found = shrink(png)
    if os.environ.get("DESERTS_RENEW_GOLDENS") == "1":
        FOLDER.mkdir(exist_ok=True)
        found.quantize(128).save(path, optimize=True)
    golden = Image.open(path).convert("RGB")
    apart = difference(golden, found)
    assert apart.is_tolerable, f"{name} differs from {path.name}: {apart}; look, then renew (see goldens.py)"

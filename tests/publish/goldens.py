"""Golden screenshots of the example's map and its legend, compared with room for other fonts and versions of Chromium.

A screenshot is shrunk to 160 pixels across before it is kept or compared, so that the shapes of letters blur away while
colours, the legend and the places of things stay. Renew them after looking at the new ones::

    DESERTS_RENEW_GOLDENS=1 pytest tests/publish/test_goldens.py
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

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

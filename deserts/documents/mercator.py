"""Places and outlines in whole drawing units of a Mercator map, for small maps without tiles."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from deserts.arrays import Floats

__all__ = ["UNITS_PER_DEGREE", "eastings", "outline_paths", "southings"]

UNITS_PER_DEGREE = 1000.0
"""Drawing units in a degree of longitude; about a hundred metres each, so that whole numbers are fine enough."""


def eastings(lon: Floats) -> Floats:
    """Return longitudes (degrees) in drawing units."""
    return np.asarray(np.round(lon * UNITS_PER_DEGREE))


def southings(lat: Floats) -> Floats:
    """Return latitudes (degrees) as Mercator northing in the same units, downwards, so that shapes stay true."""
    clipped = np.radians(np.clip(lat, -80, 80))
    return np.asarray(np.round(-np.degrees(np.log(np.tan(math.pi / 4 + clipped / 2))) * UNITS_PER_DEGREE))


def outline_paths(shapes: npt.NDArray[np.object_]) -> list[str]:
    """Return the SVG path of each shape: every ring of every part as whole-number points."""
    import shapely

    parts, part_of = shapely.get_parts(shapes, return_index=True)  # rings are given of single polygons alone
    rings, ring_in = shapely.get_rings(parts, return_index=True)
    owner = part_of[ring_in]
    points, ring_of = shapely.get_coordinates(rings, return_index=True)
    xs, ys = eastings(points[:, 0]).astype(np.int64), southings(points[:, 1]).astype(np.int64)
    starts = np.searchsorted(ring_of, np.arange(len(rings) + 1))
    pieces: list[list[str]] = [[] for _ in range(len(shapes))]
    for ring in range(len(rings)):
        part = slice(starts[ring], starts[ring + 1])
        pieces[owner[ring]].append("M" + " ".join(f"{x},{y}" for x, y in zip(xs[part], ys[part], strict=True)) + "Z")
    return ["".join(piece) for piece in pieces]

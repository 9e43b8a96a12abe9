"""Shores beside those that an extract draws itself: the outline of the United States, coasts and Great Lakes included.

The outline is that of the Census Bureau's cartographic boundaries (2017) as the package `us-atlas` 3.0.1 spreads it,
unchanged. It is drawn to about a kilometre, so only wide water counts. A leg across it that leaves the country by land
is not driven either: roads cross the border at few places, and these have numbers.
"""

from __future__ import annotations

import functools
import json
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from deserts.roads.osm.waters import DrawnShores

__all__ = ["ShoreLines", "shores_about", "with_own"]

ShoreLines = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
"""Offsets, and 1e-7 degrees of the vertices; the water lies on the left of each line."""

_FILE = "us_nation_10m.json"
_MARGIN_E7 = 5_000_000
_E7 = 1e7


def shores_about(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> ShoreLines:
    """Return the shores about some nodes; none abroad.

    Parameters
    ----------
    lon_e7, lat_e7
        Nodes of a network, 1e-7 degrees.
    """
    none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
    if not lon_e7.size:
        return none
    west, east, south, north = (
        int(pick(axis)) + sign * _MARGIN_E7 for axis in (lon_e7, lat_e7) for pick, sign in ((np.min, -1), (np.max, 1))
    )
    rings, boxes = _rings()
    near_box = (boxes[:, 0] <= east) & (boxes[:, 1] >= west) & (boxes[:, 2] <= north) & (boxes[:, 3] >= south)
    kept = []
    for ring in (rings[number] for number in np.flatnonzero(near_box).tolist()):
        inside = (ring[:, 0] >= west) & (ring[:, 0] <= east) & (ring[:, 1] >= south) & (ring[:, 1] <= north)
        # runs of vertices inside, with one more on each side so that no segment is lost at the rim
        near = inside.copy()
        near[1:] |= inside[:-1]
        near[:-1] |= inside[1:]
        steps = np.flatnonzero(np.diff(near.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
        kept += [ring[first:last] for first, last in steps if last - first > 1]
    if not kept:
        return none
    line = np.concatenate(kept)
    ptr = np.concatenate([[0], np.cumsum([len(part) for part in kept])]).astype(np.int64)
    return ptr, line[:, 0].astype(np.int32), line[:, 1].astype(np.int32)


def with_own(own: DrawnShores, outline: ShoreLines) -> ShoreLines:
    """Return an extract's own shores, followed by those of the outline."""
    ptr, lon, lat = outline
    return (
        np.concatenate([own.ptr, own.ptr[-1] + ptr[1:]]),
        np.concatenate([own.lon, lon]),
        np.concatenate([own.lat, lat]),
    )


@functools.cache
def _rings() -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Return the rings of the outline, water on the left, and west, east, south and north of each: 1e-7 degrees."""
    text = (resources.files("deserts.roads") / "outline" / _FILE).read_text(encoding="utf-8")
    topology = json.loads(text)
    scale, shift = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    (shape,) = topology["objects"]["nation"]["geometries"]
    found = []
    for polygon in shape["arcs"]:
        for number, numbers in enumerate(polygon):
            parts = [arcs[arc] if arc >= 0 else arcs[~arc][::-1] for arc in numbers]
            ring = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
            is_hole = number > 0
            turned = (_area(ring) > 0) != is_hole
            found.append(np.rint((ring[::-1] if turned else ring) * _E7).astype(np.int64))
    return found, np.array([_box(ring) for ring in found], dtype=np.int64)


def _box(ring: NDArray[np.int64]) -> tuple[int, int, int, int]:
    (west, south), (east, north) = ring.min(axis=0).tolist(), ring.max(axis=0).tolist()
    return west, east, south, north


def _area(ring: NDArray[np.float64]) -> float:
    """Return twice the area of a ring, above zero where it runs anticlockwise."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))

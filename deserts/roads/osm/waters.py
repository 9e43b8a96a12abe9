"""Shores that an extract draws itself: coastlines, and the outlines of lakes and wide rivers.

OpenStreetMap draws a coastline with the land on its left; here the water lies on the left of every shore, so that
`deserts.roads.water.Shores` can read it. Areas that are drawn by a relation of several ways (most large lakes) are not
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from deserts.roads.osm.decode import WaterWays

__all__ = ["NO_SHORES", "DrawnShores", "joined_shores", "shores_of"]

_FINENESS_E7 = 2000
"""Shores are thinned to about 20 metres (1e-7 degrees): they are drawn to some tens of metres."""
_LEAST_E7 = 18_000
"""Areas whose box is less wide and less high than this, 200 metres, have no water that is too wide to cross."""
_CORNERS = 4
"""Least vertices of an area, its first one twice."""


@dataclass(frozen=True, slots=True)
class DrawnShores:
    """Shores with the water on their left: id of each way, offsets, and 1e-7 degrees of the vertices."""

    ids: NDArray[np.int64]
    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]


NO_SHORES = DrawnShores(
    np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
)


def shores_of(
    drawn: Sequence[WaterWays], lon: NDArray[np.int32], lat: NDArray[np.int32], *, missing: int
) -> DrawnShores:
    """Return the shores of some ways.

    Parameters
    ----------
    drawn
        Coastlines and outlines of areas, as blocks hold them.
    lon, lat
        Places of their nodes in one row, 1e-7 degrees.
    missing
        Longitude of nodes that the file lacks.
    """
    counts = np.concatenate([waters.counts for waters in drawn])
    ids = np.concatenate([waters.ids for waters in drawn])
    is_coast = np.concatenate([waters.is_coast for waters in drawn])
    ends = np.cumsum(counts)
    kept, lines = [], []
    for way in np.flatnonzero(_may_be_wide(lon, lat, ends - counts, ends) | is_coast).tolist():
        part = slice(int(ends[way] - counts[way]), int(ends[way]))
        there = lon[part] != missing
        line = np.column_stack([lon[part][there], lat[part][there]]).astype(np.int64)
        turned = _turned(line, is_coast=bool(is_coast[way]))
        if turned is not None:
            kept.append(way)
            lines.append(turned)
    return _packed(ids[kept], lines) if lines else NO_SHORES


def joined_shores(found: Sequence[DrawnShores]) -> DrawnShores:
    """Return the shores of several files, each way once."""
    ids = np.concatenate([NO_SHORES.ids, *(waters.ids for waters in found)])
    parts = [
        np.column_stack([waters.lon[first:last], waters.lat[first:last]])
        for waters in found
        for first, last in zip(waters.ptr[:-1].tolist(), waters.ptr[1:].tolist(), strict=True)
    ]
    _, once = np.unique(ids, return_index=True)
    return _packed(ids[once], [parts[at] for at in once.tolist()]) if parts else NO_SHORES


def _may_be_wide(
    lon: NDArray[np.int32], lat: NDArray[np.int32], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which ways have a box that is wide enough to hold water that is not crossed."""
    found = np.zeros(start.size, dtype=bool)
    some = np.flatnonzero(end > start)
    for axis in (lon.astype(np.int64), lat.astype(np.int64)):
        if some.size:
            high, low = (pick.reduceat(axis, start[some]) for pick in (np.maximum, np.minimum))
            found[some] |= high - low >= _LEAST_E7
    return found


def _turned(line: NDArray[np.int64], *, is_coast: bool) -> NDArray[np.int64] | None:
    """Return a shore with the water on its left; None for what is no shore."""
    if is_coast:
        return line[::-1] if len(line) > 1 else None
    if len(line) < _CORNERS or (line[0] != line[-1]).any():
        return None
    x, y = (line - line[0]).T.astype(np.float64)
    return line if float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) > 0 else line[::-1]


def _packed(ids: NDArray[np.int64], lines: Sequence[NDArray[np.int64]]) -> DrawnShores:
    """Return lines in one row, thinned."""
    import shapely

    counts = [len(line) for line in lines]
    shapes = shapely.linestrings(
        np.concatenate(lines).astype(np.float64), indices=np.repeat(np.arange(len(lines)), counts)
    )
    points, of = shapely.get_coordinates(shapely.simplify(shapes, _FINENESS_E7), return_index=True)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(lines)))]).astype(np.int64)
    whole = np.rint(points).astype(np.int32)
    return DrawnShores(ids, ptr, whole[:, 0].copy(), whole[:, 1].copy())

"""Shores that an extract draws itself: coastlines, and the outlines of lakes and wide rivers.

OpenStreetMap draws a coastline with the land on its left; here the water lies on the left of every shore, so that
`deserts.roads.water.Shores` can read it. A lake is drawn by one closed way, or by a relation of many with islands
(`deserts.roads.osm.lakes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deserts.roads.osm.lakes import CORNERS, Lake, Lines, lakes_drawn
from deserts.roads.osm.wet import Drawn, Lakes

if TYPE_CHECKING:
    from deserts.roads.osm.wet import WaterWays

__all__ = ["NO_SHORES", "DrawnShores", "joined_shores", "shores_of"]

_FINENESS_E7 = 2000
"""Shores are thinned to about 20 metres (1e-7 degrees): they are drawn to some tens of metres."""
_LEAST_E7 = 18_000
"""Areas whose box is less wide and less high than this, 200 metres, have no water that is too wide to cross."""
_FAR_E7 = 1 << 40
"""Farther than any place."""


@dataclass(frozen=True, slots=True)
class DrawnShores:
    """Shores with the water on their left: offsets, 1e-7 degrees of the vertices, and an id of each line.

    The id is that of the way, or the smallest of the ways about an area; its islands have the same.
    """

    ids: NDArray[np.int64]
    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]


NO_SHORES = DrawnShores(
    np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32)
)


def shores_of(
    drawn: Sequence[WaterWays], lakes: Lakes, lon: NDArray[np.int32], lat: NDArray[np.int32], *, missing: int
) -> DrawnShores:
    """Return the shores of some ways.

    Parameters
    ----------
    drawn
        Coastlines, outlines of areas and parts of lakes, as blocks hold them.
    lakes
        Water areas that relations draw.
    lon, lat
        Places of the ways' nodes in one row, 1e-7 degrees.
    missing
        Longitude of nodes that the file lacks.
    """
    lines = _lines(drawn, lon, lat, missing)
    low, high = _boxes(lines)
    members = np.searchsorted(lines.ids, lakes.ways)
    is_here = np.isin(lakes.ways, lines.ids)
    of = np.repeat(np.arange(lakes.counts.size), lakes.counts)[is_here]
    least, most = np.full((lakes.counts.size, 2), _FAR_E7), np.full((lakes.counts.size, 2), -_FAR_E7)
    np.minimum.at(least, of, low[members[is_here]])
    np.maximum.at(most, of, high[members[is_here]])
    areas, replaced = lakes_drawn(lakes, lines, (most - least >= _LEAST_E7).any(axis=1))
    is_coast = lines.drawn == Drawn.COAST
    is_area = (lines.drawn == Drawn.AREA) & lines.is_whole & (high - low >= _LEAST_E7).any(axis=1)
    kept, shores = [], []
    for way in np.flatnonzero(is_coast | (is_area & ~np.isin(lines.ids, replaced))).tolist():
        for turned in _turned(lines.at(way), missing, is_coast=bool(is_coast[way])):
            kept.append(way)
            shores.append(turned)
    alone = _packed(lines.ids[kept], shores) if shores else NO_SHORES
    return _in_one_row([alone, _of_lakes([lake for lake in areas if _is_wide(lake)])])


def joined_shores(found: Sequence[DrawnShores]) -> DrawnShores:
    """Return the shores of several files, each way or lake once: from the file that draws most of it."""
    ids = np.concatenate([NO_SHORES.ids, *(waters.ids for waters in found)])
    if not ids.size:
        return NO_SHORES
    file = np.repeat(np.arange(len(found)), [waters.ids.size for waters in found])
    _, which = np.unique(ids, return_inverse=True)
    drawn = np.zeros((which.max() + 1, len(found)), dtype=np.int64)
    np.add.at(drawn, (which, file), np.concatenate([_lengths(waters) for waters in found]))
    once = np.flatnonzero(file == np.argmax(drawn, axis=1)[which])
    return _picked(_in_one_row(found), once[np.argsort(ids[once], kind="stable")])


def _lengths(shores: DrawnShores) -> NDArray[np.int64]:
    """Return how long each line is, in 1e-7 degrees along both axes."""
    axes = np.stack([shores.lon, shores.lat]).astype(np.int64)
    steps = np.abs(np.diff(axes, prepend=0)).sum(axis=0)
    steps[shores.ptr[:-1]] = 0
    return np.add.reduceat(steps, shores.ptr[:-1])


def _in_one_row(found: Sequence[DrawnShores]) -> DrawnShores:
    """Return the lines of several, one behind the other."""
    counts = np.concatenate([np.diff(waters.ptr) for waters in found])
    return DrawnShores(
        np.concatenate([waters.ids for waters in found]),
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.concatenate([waters.lon for waters in found]),
        np.concatenate([waters.lat for waters in found]),
    )


def _picked(shores: DrawnShores, lines: NDArray[np.int64]) -> DrawnShores:
    """Return some of the lines."""
    row, ptr = _rows(shores.ptr, lines)
    return DrawnShores(shores.ids[lines], ptr, shores.lon[row], shores.lat[row])


def _lines(drawn: Sequence[WaterWays], lon: NDArray[np.int32], lat: NDArray[np.int32], missing: int) -> Lines:
    """Return all ways, sorted by id."""
    ids, order = np.unique(np.concatenate([waters.ids for waters in drawn]), return_index=True)
    counts = np.concatenate([[0], *(waters.counts for waters in drawn)])
    row, ptr = _rows(np.cumsum(counts), order)
    gaps = np.concatenate([[0], np.cumsum(lon[row] == missing)])
    kinds = np.concatenate([waters.drawn for waters in drawn])[order]
    return Lines(ids, kinds, ptr, lon[row], lat[row], gaps[ptr[1:]] == gaps[ptr[:-1]])


def _rows(ptr: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the vertices of some lines stand, and the offsets of these lines in a row of their own."""
    counts = np.diff(ptr)[lines]
    own = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return np.repeat(ptr[lines] - own[:-1], counts) + np.arange(own[-1]), own


def _boxes(lines: Lines) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the south-western and the north-eastern corner of each way's box, turned round for an empty way."""
    low = np.full((lines.ids.size, 2), _FAR_E7)
    high = -low
    some = np.flatnonzero(np.diff(lines.ptr))
    if some.size:
        for column, axis in enumerate((lines.lon.astype(np.int64), lines.lat.astype(np.int64))):
            low[some, column] = np.minimum.reduceat(axis, lines.ptr[some])
            high[some, column] = np.maximum.reduceat(axis, lines.ptr[some])
    return low, high


def _is_wide(lake: Lake) -> bool:
    west, south, east, north = lake.shape.bounds
    return max(east - west, north - south) >= _LEAST_E7


def _turned(line: NDArray[np.int64], missing: int, *, is_coast: bool) -> list[NDArray[np.int64]]:
    """Return a shore with the water on its left: a coast in parts where nodes are missing; nothing for no shore."""
    if is_coast:
        gaps = np.flatnonzero(line[:, 0] == missing)
        parts = np.split(line, np.unique(np.concatenate([gaps, gaps + 1])))
        return [part[::-1] for part in parts if len(part) > 1]
    if len(line) < CORNERS or (line[0] != line[-1]).any():
        return []
    return [line if _is_leftward(line) else line[::-1]]


def _is_leftward(line: NDArray[np.int64]) -> bool:
    """Whether a ring runs with its inside on its left."""
    x, y = (line - line[0]).T.astype(np.float64)
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) > 0


def _of_lakes(lakes: Sequence[Lake]) -> DrawnShores:
    """Return the shores of lakes and of their islands, thinned together so that they stay apart."""
    import shapely

    if not lakes:
        return NO_SHORES
    shapes = shapely.orient_polygons(shapely.simplify([lake.shape for lake in lakes], _FINENESS_E7))
    rings, of = shapely.get_rings(shapes, return_index=True)
    return _laid_down(np.array([lake.id for lake in lakes])[of], *shapely.get_coordinates(rings, return_index=True))


def _packed(ids: NDArray[np.int64], lines: Sequence[NDArray[np.int64]]) -> DrawnShores:
    """Return lines in one row, thinned."""
    import shapely

    counts = [len(line) for line in lines]
    shapes = shapely.linestrings(
        np.concatenate(lines).astype(np.float64), indices=np.repeat(np.arange(len(lines)), counts)
    )
    return _laid_down(ids, *shapely.get_coordinates(shapely.simplify(shapes, _FINENESS_E7), return_index=True))


def _laid_down(ids: NDArray[np.int64], points: NDArray[np.float64], of: NDArray[np.int64]) -> DrawnShores:
    """Return lines from their vertices and the line of each vertex."""
    ptr = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=ids.size))]).astype(np.int64)
    whole = np.rint(points).astype(np.int32)
    return DrawnShores(ids, ptr, whole[:, 0].copy(), whole[:, 1].copy())

"""Water areas that a relation draws with several ways: joined to rings, and rings to areas with islands.

Nothing is guessed. Where a part is missing that may be an island (members cut off by the extract's edge), the relation
draws nothing; where a part of an outer ring is missing, the rings that are whole still count. Which rings are
islands is told by their nesting, and a ring that calls itself an island but lies in no water is left out.

References
----------
https://wiki.openstreetmap.org/wiki/Relation:multipolygon
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deserts.roads.osm.wet import INNER, OUTER, Drawn, Lakes

if TYPE_CHECKING:
    import shapely

__all__ = ["CORNERS", "Lake", "Lines", "lakes_drawn"]

CORNERS = 4
"""Least vertices of a ring, its first one twice."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lines:
    """Ways sorted by id: what their tags draw, offsets, 1e-7 degrees, and whether the file has all their nodes."""

    ids: NDArray[np.int64]
    drawn: NDArray[np.int8]
    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    is_whole: NDArray[np.bool_]

    def at(self, way: int) -> NDArray[np.int64]:
        """Return the vertices of a way, ``(vertices, 2)``."""
        part = slice(int(self.ptr[way]), int(self.ptr[way + 1]))
        return np.column_stack([self.lon[part], self.lat[part]]).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Lake:
    """One area of water: the smallest id of the ways about it, and its shape in 1e-7 degrees."""

    id: int
    shape: shapely.Polygon


@dataclass(frozen=True, slots=True)
class _Ring:
    """A closed line: its ways as indices, and whether all of these call themselves inner ones."""

    ways: tuple[int, ...]
    line: NDArray[np.int64]
    is_inner: bool


def lakes_drawn(lakes: Lakes, lines: Lines, is_wide: NDArray[np.bool_]) -> tuple[list[Lake], NDArray[np.int64]]:
    """Return the areas that relations draw, and the ids of ways whose own outline these stand for.

    Parameters
    ----------
    lakes
        The relations; those that say what they are come first.
    lines
        All their ways that the file has.
    is_wide
        Of each relation whether its water can be wide enough to matter; others are not joined.
    """
    found: list[Lake] = []
    known: set[tuple[int, ...]] = set()
    stands_for: list[NDArray[np.int64]] = []
    ends = np.cumsum(lakes.counts)
    for number in np.flatnonzero(is_wide).tolist():
        part = slice(int(ends[number] - lakes.counts[number]), int(ends[number]))
        ways, first = np.unique(lakes.ways[part], return_index=True)
        roles = lakes.roles[part][first]
        at = np.minimum(np.searchsorted(lines.ids, ways), max(lines.ids.size - 1, 0))
        here = (lines.ids[at] == ways) & lines.is_whole[at]
        outer = at[(roles != INNER) & here]
        areas = outer[lines.drawn[outer] == Drawn.AREA]
        if not lakes.is_told[number] and not 0 < areas.size == outer.size:
            continue
        stands_for.append(lines.ids[areas])
        for ring_ways, shape in _areas_of(at[here], roles[here], roles[~here], lines):
            if ring_ways not in known:
                known.add(ring_ways)
                found.append(Lake(int(lines.ids[list(ring_ways)].min()), shape))
    return found, np.concatenate([lines.ids[:0], *stands_for])


def _areas_of(
    ways: NDArray[np.int64], roles: NDArray[np.int8], missing_roles: NDArray[np.int8], lines: Lines
) -> list[tuple[tuple[int, ...], shapely.Polygon]]:
    """Return the areas of one relation with the ways of their outer ring; none where an island may be missing."""
    import shapely

    role_of = dict(zip(ways.tolist(), roles.tolist(), strict=True))
    rings, loose = _rings({way: lines.at(way) for way in ways.tolist()}, role_of)
    if (missing_roles != OUTER).any() or any(role_of[way] != OUTER for way in loose) or not rings:
        return []
    shapes = np.array([shapely.Polygon(ring.line.astype(np.float64)) for ring in rings], dtype=object)
    if not shapely.is_valid(shapes).all():
        return []
    holder = _holders(shapes, np.array([ring.is_inner for ring in rings]))
    found = []
    for outer, islands in holder.items():
        holes = [shapes[island].exterior for island in islands]
        found.append((rings[outer].ways, shapely.Polygon(shapes[outer].exterior, holes)))
    return found


def _rings(lines: dict[int, NDArray[np.int64]], role_of: dict[int, int]) -> tuple[list[_Ring], list[int]]:
    """Join lines end to end into rings; return these and the lines that no ring uses.

    Where a path comes back to a point that it has passed, the loop is cut off as a ring of its own.
    """
    rings: list[_Ring] = []
    free: dict[Point, list[int]] = defaultdict(list)
    for way, line in lines.items():
        if len(line) > 1 and (line[0] == line[-1]).all():
            rings.append(_Ring((way,), line, role_of[way] == INNER))
        elif len(line) > 1:
            for end in (line[0], line[-1]):
                free[_point(end)].append(way)
    used = {way for ring in rings for way in ring.ways}
    for way, line in lines.items():
        if way not in used and len(line) > 1:
            for pieces in _loops(way, lines, free, used):
                joined = np.concatenate([pieces[0][1], *(line[1:] for _, line in pieces[1:])])
                names = [piece[0] for piece in pieces]
                rings.append(_Ring(tuple(sorted(names)), joined, all(role_of[name] == INNER for name in names)))
    whole = {way for ring in rings for way in ring.ways}
    return [ring for ring in rings if len(ring.line) >= CORNERS], [way for way in lines if way not in whole]


def _loops(
    start: int, lines: dict[int, NDArray[np.int64]], free: dict[Point, list[int]], used: set[int]
) -> Iterator[list[tuple[int, NDArray[np.int64]]]]:
    """Give the loops of a path that begins with a line; lines that lead nowhere are used up without one."""
    used.add(start)
    path = [(start, lines[start])]
    passed = {_point(lines[start][0]): 0, _point(lines[start][-1]): 1}
    while path:
        end = _point(path[-1][1][-1])
        onward = next((way for way in free[end] if way not in used), None)
        if onward is None:
            path.pop()
            passed.pop(end, None)
            continue
        used.add(onward)
        line = lines[onward]
        path.append((onward, line if _point(line[0]) == end else line[::-1]))
        end = _point(path[-1][1][-1])
        if end in passed:
            first = passed[end]
            loop, path = path[first:], path[:first]
            passed = {point: place for point, place in passed.items() if place <= first}
            yield loop
        else:
            passed[end] = len(path)


def _holders(shapes: NDArray[np.object_], is_inner: NDArray[np.bool_]) -> dict[int, list[int]]:
    """Return the rings that hold water, each with the islands right within it.

    A ring within an odd number of others is an island. Inner rings in no water are left out before that is told.
    """
    import shapely

    within: list[set[int]] = [set() for _ in range(len(shapes))]
    area = shapely.area(shapes)
    inner, outer = shapely.STRtree(shapes).query(shapes)
    larger = area[outer] > area[inner]
    inner, outer = inner[larger], outer[larger]
    order = np.argsort(outer, kind="stable")
    rings, first = np.unique(outer[order], return_index=True)
    for ring, about in zip(rings.tolist(), np.split(inner[order], first[1:]), strict=False):
        shapely.prepare(shapes[ring])
        for one in about[shapely.covers(shapes[ring], shapes[about])].tolist():
            within[one].add(ring)
    kept = set(range(len(shapes)))
    while astray := {ring for ring in kept if is_inner[ring] and len(within[ring] & kept) % 2 == 0}:
        kept -= astray
    found: dict[int, list[int]] = {ring: [] for ring in sorted(kept) if len(within[ring] & kept) % 2 == 0}
    for ring in sorted(kept - found.keys()):
        found[min(within[ring] & kept, key=lambda other: float(area[other]))].append(ring)
    return found


def _point(vertex: Sequence[int] | NDArray[np.int64]) -> Point:
    return int(vertex[0]), int(vertex[1])

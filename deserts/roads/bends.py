"""How much the highways around turn: a measure of the lie of the land, which slows a journey and makes it longer.

Turning is added up in lines from which bends that hardly leave a straight line were taken, so that coarse and fine
drawings of the same road tell the same.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deserts.arrays import Floats
from deserts.earth import METRES_PER_DEGREE, great_circle_m
from deserts.roads.density import per_km2
from deserts.roads.edges import Edges
from deserts.roads.speeds import Bends
from deserts.roads.tags import FERRY, ROAD_CLASSES

__all__ = ["slowed_in_bends", "turning_around"]


_STEP_M = 1000.0
"""Longest piece of road that is taken as lying at its middle."""

_PART = 1 << 13
"""So many edges are drawn at once."""

_UNITS = 10_000.0
"""Turning is added up in whole parts of a radian, so that the order of the roads changes nothing."""


def slowed_in_bends(edges: Edges, bends: Bends) -> Edges:
    """Stretch the times of edges by how much the roads around them turn; ferries keep theirs."""
    tail, head = edges.tail, edges.head
    at = [(places[tail] * 1e-7 + places[head] * 1e-7) / 2 for places in (edges.node_lon, edges.node_lat)]
    turning = np.minimum(turning_around(edges, at[0], at[1], bends), bends.most)
    slower = np.exp(bends.slope * (turning - bends.usual))
    slower[edges.road_class == ROAD_CLASSES.index(FERRY)] = 1.0
    stretched = (
        np.where(ms > 0, np.maximum(1, np.rint(ms * slower)), 0).astype(np.int32) for ms in (edges.ms, edges.back_ms)
    )
    return replace(edges, ms=next(stretched), back_ms=next(stretched))


def turning_around(edges: Edges, lon: Floats, lat: Floats, bends: Bends) -> Floats:
    """Return radians of turning for each kilometre of road around places (degrees)."""
    turns, roads = [], []
    for first in range(0, edges.tail.size, _PART):
        part = slice(first, first + _PART)
        vertices = _vertices(edges, part)
        turns.append(_turns(edges, part, vertices, bends))
        roads.append(_whole(_pieces(*vertices)))
    around = (_density(points, lon, lat, bends) for points in (turns, roads))
    turned, road_m = next(around) / _UNITS, next(around)
    return np.asarray(turned / np.maximum(road_m / 1000, 1e-6), dtype=np.float64)


Points = tuple[Floats, Floats, Floats]


def _turns(
    edges: Edges, part: slice, vertices: tuple[Floats, Floats, NDArray[np.int64]], bends: Bends
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Return lon and lat of the corners of some edges, and by how much the road turns there, in parts of a radian."""
    import shapely

    lon, lat, edge = vertices
    shrink = np.cos(np.radians(edges.node_lat[edges.tail[part]] * 1e-7))
    plane = np.stack([lon * shrink[edge], lat], axis=1)
    lines = shapely.simplify(shapely.linestrings(plane, indices=edge), bends.tolerance_m / METRES_PER_DEGREE)
    corners, of = shapely.get_coordinates(lines, return_index=True)
    return _whole((corners[:, 0] / shrink[of], corners[:, 1], _angles(corners, of) * _UNITS))


def _whole(points: Points) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Return the points that have an amount, as a whole number: `per_km2` takes no other."""
    lon, lat, amount = points
    whole = np.rint(amount).astype(np.int32)
    some = whole > 0
    return lon[some], lat[some], whole[some]


def _density(parts: list[tuple[Floats, Floats, NDArray[np.int32]]], lon: Floats, lat: Floats, bends: Bends) -> Floats:
    """Return the amount per square kilometre around places; the parts are emptied."""
    point_lon, point_lat, amount = (np.concatenate([part[column] for part in parts]) for column in range(3))
    parts.clear()
    points = point_lon, point_lat, amount.astype(np.float64)
    return per_km2(lon, lat, points=points, radius_km=bends.radius_km)


def _vertices(edges: Edges, part: slice) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return lon, lat (degrees) and edge, counted in the part, of the vertices of some edges from tail to head."""
    ptr = edges.shape_ptr[part.start : part.stop + 1]
    inner = np.diff(ptr)
    edge = np.repeat(np.arange(inner.size), inner + 2)
    first = np.cumsum(inner + 2) - (inner + 2)
    is_inner = np.ones(edge.size, dtype=bool)
    is_inner[first] = is_inner[first + inner + 1] = False
    found = []
    for node, shape in ((edges.node_lon, edges.shape_lon), (edges.node_lat, edges.shape_lat)):
        row = np.empty(edge.size, dtype=np.int32)
        row[first], row[first + inner + 1] = node[edges.tail[part]], node[edges.head[part]]
        row[is_inner] = shape[ptr[0] : ptr[-1]]
        found.append(np.asarray(row * 1e-7, dtype=np.float64))
    return found[0], found[1], np.asarray(edge, dtype=np.int64)


def _angles(corners: Floats, of: NDArray[np.int64]) -> Floats:
    """Return by how much each line turns at each of its corners, radians; 0 at its ends."""
    step = np.diff(corners, axis=0)
    heading = np.arctan2(step[:, 0], step[:, 1])
    turn = np.zeros(of.size)
    turn[1:-1] = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    is_end = np.ones(of.size, dtype=bool)
    is_end[1:-1] = (of[1:-1] != of[:-2]) | (of[1:-1] != of[2:])
    return np.where(is_end, 0.0, turn)


def _pieces(lon: Floats, lat: Floats, edge: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Cut lines into pieces of at most `_STEP_M`; return lon and lat of their middles and their metres."""
    begin = np.flatnonzero(edge[1:] == edge[:-1])
    metres = great_circle_m(lon[begin], lat[begin], lon[begin + 1], lat[begin + 1])
    parts = np.maximum(1, np.ceil(metres / _STEP_M)).astype(np.int64)
    number = np.arange(int(parts.sum())) - np.repeat(np.cumsum(parts) - parts, parts)
    begin, share = np.repeat(begin, parts), (number + 0.5) / np.repeat(parts, parts)
    return (
        lon[begin] + (lon[begin + 1] - lon[begin]) * share,
        lat[begin] + (lat[begin + 1] - lat[begin]) * share,
        np.repeat(metres / parts, parts),
    )

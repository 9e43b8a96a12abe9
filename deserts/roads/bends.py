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
    import shapely

    vertex_lon, vertex_lat, edge = _vertices(edges)
    shrink = np.cos(np.radians(edges.node_lat[edges.tail] * 1e-7))[edge]
    plane = np.stack([vertex_lon * shrink, vertex_lat], axis=1)
    lines = shapely.simplify(shapely.linestrings(plane, indices=edge), bends.tolerance_m / METRES_PER_DEGREE)
    corners, of = shapely.get_coordinates(lines, return_index=True)
    angle = _angles(corners, of)
    corner_lon = corners[:, 0] / np.cos(np.radians(edges.node_lat[edges.tail] * 1e-7))[of]
    radius = bends.radius_km
    turned = per_km2(lon, lat, points=(corner_lon, corners[:, 1], angle * _UNITS), radius_km=radius) / _UNITS
    road_m = per_km2(lon, lat, points=_pieces(vertex_lon, vertex_lat, edge), radius_km=radius)
    return np.asarray(turned / np.maximum(road_m / 1000, 1e-6), dtype=np.float64)


def _vertices(edges: Edges) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return lon, lat (degrees) and edge of all vertices, edge by edge from tail to head."""
    inner = np.diff(edges.shape_ptr)
    edge = np.repeat(np.arange(inner.size), inner + 2)
    first = np.cumsum(inner + 2) - (inner + 2)
    is_inner = np.ones(edge.size, dtype=bool)
    is_inner[first] = is_inner[first + inner + 1] = False
    found = []
    for node, shape in ((edges.node_lon, edges.shape_lon), (edges.node_lat, edges.shape_lat)):
        row = np.empty(edge.size, dtype=np.int32)
        row[first], row[first + inner + 1] = node[edges.tail], node[edges.head]
        row[is_inner] = shape
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

"""Shrink polygons and lines for a page: shared borders stay shared, coordinates become short text.

Counties are simplified as one coverage, so that a border is the same line on both of its sides and no gap opens.
Coordinates are rounded to a grid and written as differences in the "encoded polyline" alphabet, which needs about
three characters a coordinate pair and holds neither ``<`` nor ``&``.

References
----------
Visvalingam, M. and Whyatt, J. D. (1993). Line generalisation by repeated elimination of points. The Cartographic
Journal 30(1), 46-51. doi:10.1179/000870493786962263
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["Grid", "encode_lines", "encode_polygons", "simplify_coverage", "state_lines", "west_of_date_line"]

_FIRST_LETTER = 63
_SPECK = 4
"""Rings that are smaller than so many tolerances across are left out where each is thinned by itself."""

Geometries = npt.NDArray[Any]
Grid = float
"""Size of the grid to which coordinates are rounded, in degrees."""


def west_of_date_line(geometries: Geometries) -> Geometries:
    """Move what lies east of 100 degrees east (the outer Aleutians) by 360 degrees: Alaska stays whole."""
    return shapely.transform(geometries, lambda xy: np.column_stack([xy[:, 0] - 360 * (xy[:, 0] > 100), xy[:, 1]]))


def simplify_coverage(geometries: Geometries, *, tolerance_deg: float, max_vertices: int) -> tuple[Geometries, float]:
    """Simplify polygons that share borders, without opening gaps, until they have few enough vertices.

    Parameters
    ----------
    geometries
        Polygons or multipolygons, EPSG:4326; None or empty ones stay as they are.
    tolerance_deg
        First tolerance, in degrees of latitude; doubled until the result fits.
    max_vertices
        Most vertices that the result may have, all polygons together.

    Returns
    -------
    simplified, tolerance_deg
        Polygons in the order given, and the tolerance that was needed.
    """
    present = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    if not present.any():
        return geometries, tolerance_deg
    bounds = shapely.total_bounds(geometries)
    squeeze = float(np.cos(np.radians((bounds[1] + bounds[3]) / 2)))
    flat = shapely.transform(geometries[present], lambda xy: xy * [squeeze, 1.0])
    simplified = flat
    while shapely.get_num_coordinates(simplified).sum() > max_vertices or simplified is flat:
        simplified = shapely.coverage_simplify(flat, tolerance_deg)
        tolerance_deg *= 2
    result = geometries.copy()
    result[present] = shapely.transform(simplified, lambda xy: xy / [squeeze, 1.0])
    return result, tolerance_deg / 2


def state_lines(geometries: Geometries, states: Sequence[str]) -> Geometries:
    """Return the borders of the states that the counties form, one geometry a state, sorted by state."""
    labels = np.asarray(states)
    present = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    merged = [shapely.union_all(geometries[(labels == state) & present]) for state in sorted(set(labels[present]))]
    return np.array([shapely.boundary(shape) for shape in merged], dtype=object)


def encode_polygons(geometries: Geometries, *, grid_deg: Grid, tolerance_deg: float = 0.0) -> list[list[list[str]]]:
    """Encode each polygon or multipolygon as a list of parts, each a list of rings, the outer ring first.

    Parameters
    ----------
    geometries
        Polygons or multipolygons, EPSG:4326; None or empty ones become empty lists.
    grid_deg
        Grid to which coordinates are rounded.
    tolerance_deg
        Each ring is thinned by itself to within this (Douglas and Peucker), and those hardly larger are left out:
        quick, for shapes that are only looked at and share no borders.
    """
    parts, shape_of_part = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    outer = _is_first(part_of_ring)
    if tolerance_deg > 0:
        corners = shapely.bounds(rings)
        specks = (corners[:, 2:] - corners[:, :2]).max(axis=1) < _SPECK * tolerance_deg
        rings = shapely.simplify(rings, tolerance_deg, preserve_topology=False)
        rings[specks] = None
    result: list[list[list[str]]] = [[] for _ in geometries]
    kept = -1
    texts = _encode(rings, grid_deg, least=4)
    for text, part, is_outer in zip(texts, part_of_ring.tolist(), outer.tolist(), strict=True):
        if is_outer and text:
            result[shape_of_part[part]].append([text])
            kept = part
        elif text and part == kept:  # a hole of a part that has not shrunk to nothing
            result[shape_of_part[part]][-1].append(text)
    return result


def encode_lines(geometries: Geometries, *, grid_deg: Grid) -> list[str]:
    """Encode each part of the lines; parts that shrink to a point are left out."""
    parts = shapely.get_parts(np.asarray(geometries, dtype=object))
    return [text for text in _encode(parts, grid_deg, least=2) if text]


def _encode(lines: Geometries, grid_deg: float, *, least: int) -> list[str]:
    """Write lines as text: rounded to the grid, repeated points dropped, differences in five-bit groups.

    A line with fewer than ``least`` points left becomes an empty text.
    """
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    cells = np.rint(coordinates[:, ::-1] / grid_deg).astype(np.int64)  # latitude first, as the alphabet's inventors did
    moved = _is_first(owner)
    moved[1:] |= (np.diff(cells, axis=0) != 0).any(axis=1)
    cells, owner = cells[moved], owner[moved]
    first = _is_first(owner)
    steps = np.where(first[:, None], cells, np.diff(cells, axis=0, prepend=0)).ravel()
    letters = _five_bit_letters(steps)
    used = np.bincount(np.repeat(owner, 2), weights=(letters > 0).sum(axis=1), minlength=len(lines)).astype(np.int64)
    points = np.bincount(owner, minlength=len(lines))
    text = letters[letters > 0].tobytes().decode("ascii")
    ends = np.cumsum(used)
    return [
        text[end - length : end] if count >= least else ""
        for end, length, count in zip(ends.tolist(), used.tolist(), points.tolist(), strict=True)
    ]


def _is_first(owner: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return whether each point is the first of its line; points of a line stand together."""
    first: npt.NDArray[np.bool_] = np.diff(owner, prepend=-1) != 0
    return first


def _five_bit_letters(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the letters of each number, one row each, zero where it needs no more of them."""
    rest = np.where(steps < 0, ~(steps << 1), steps << 1)
    columns = []
    alive = np.ones(len(rest), dtype=bool)
    while alive.any():
        low = rest & 31
        rest = rest >> 5
        more = alive & (rest > 0)
        columns.append(np.where(alive, _FIRST_LETTER + low + 32 * more, 0))
        alive = more
    return np.column_stack(columns).astype(np.uint8) if columns else np.zeros((0, 1), dtype=np.uint8)

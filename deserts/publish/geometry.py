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

_LETTERS = np.array([chr(code) for code in range(63, 127)])

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


def encode_polygons(geometries: Geometries, *, grid_deg: Grid) -> list[list[list[str]]]:
    """Encode each polygon or multipolygon as a list of parts, each a list of rings, the outer ring first."""
    result: list[list[list[str]]] = []
    for shape in geometries:
        parts: list[list[str]] = []
        for part in shapely.get_parts(shape) if shape is not None else ():
            rings = [_encode(shapely.get_coordinates(ring), grid_deg, least=4) for ring in shapely.get_rings(part)]
            if rings and rings[0]:
                parts.append([ring for ring in rings if ring])
        result.append(parts)
    return result


def encode_lines(geometries: Geometries, *, grid_deg: Grid) -> list[str]:
    """Encode each part of the lines; parts that shrink to a point are left out."""
    parts = shapely.get_parts(np.asarray(geometries, dtype=object))
    texts = (_encode(shapely.get_coordinates(part), grid_deg, least=2) for part in parts)
    return [text for text in texts if text]


def _encode(coordinates: npt.NDArray[np.float64], grid_deg: float, *, least: int) -> str:
    """Write one line as text: rounded to the grid, repeated points dropped, differences in five-bit groups."""
    cells = np.rint(coordinates[:, ::-1] / grid_deg).astype(np.int64)  # latitude first, as the alphabet's inventors did
    moved = np.ones(len(cells), dtype=bool)
    moved[1:] = (np.diff(cells, axis=0) != 0).any(axis=1)
    cells = cells[moved]
    if len(cells) < least:
        return ""
    steps = np.diff(cells, axis=0, prepend=0).ravel()
    rest = np.where(steps < 0, ~(steps << 1), steps << 1)
    columns = []
    alive = np.ones(len(rest), dtype=bool)
    while alive.any():
        low = rest & 31
        rest = rest >> 5
        more = alive & (rest > 0)
        columns.append(np.where(alive, _LETTERS[low + 32 * more], ""))
        alive = more
    return "".join(np.column_stack(columns).ravel())

"""Nearest edge of many points: a grid of segments, searched in growing rings of cells."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.geodesy import METRES_PER_DEGREE
from deserts.roads.lines import edge_lines
from deserts.roads.network import Network

__all__ = ["nearest_in_grid"]

_METRES = float(METRES_PER_DEGREE)
_MOST_CELLS = 4_000_000


def nearest_in_grid(
    network: Network, lon: NDArray[np.float64], lat: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return the nearest snappable edge (-1 for none), the fraction along it and the distance in metres.

    Distances are measured in a plane that touches the Earth at the point. The lowest edge wins a tie.
    """
    edges = np.flatnonzero(network.snappable)
    if edges.size == 0:
        none = np.full(lon.size, np.nan)
        return np.full(lon.size, -1, dtype=np.int32), none, none.copy()
    ptr, line_lon, line_lat = edge_lines(network, edges)
    west, south, width, columns, rows = _shape_of_grid(line_lon, line_lat)
    cell_ptr = _count_cells(ptr, line_lon, line_lat, west, south, width, columns, rows)
    np.cumsum(cell_ptr, out=cell_ptr)
    members = _fill_cells(ptr, line_lon, line_lat, west, south, width, columns, rows, cell_ptr)
    position, fraction, metres = _search(
        lon, lat, limit_m, ptr, line_lon, line_lat, west, south, width, columns, rows, cell_ptr, members
    )
    found = position >= 0
    return np.where(found, edges[np.where(found, position, 0)], -1).astype(np.int32), fraction, metres


def _shape_of_grid(
    lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[float, float, NDArray[np.float64], int, int]:
    """Return the corner, cell width and height (degrees), columns and rows: about one vertex a cell."""
    west, south = float(lon.min()), float(lat.min())
    shrink = max(0.05, float(np.cos(np.radians(np.median(lat)))))
    across, up = (float(lon.max()) - west) * shrink, float(lat.max()) - south
    cells = float(np.clip(lon.size, 16, _MOST_CELLS))
    size = max(float(np.sqrt(max(across, 1e-4) * max(up, 1e-4) / cells)), 1e-4)
    width = np.array([size / shrink, size])
    return west, south, width, int((float(lon.max()) - west) / width[0]) + 1, int(up / width[1]) + 1


@njit(cache=True, nogil=True, inline="always")
def _column_span(ax, ay, bx, by, row, west, south, width, columns):  # type: ignore[no-untyped-def]
    """Return the columns that a segment crosses inside a row of cells."""
    low = south + row * width[1]
    high = low + width[1]
    t0, t1 = 0.0, 1.0
    if by != ay:
        u0 = (low - ay) / (by - ay)
        u1 = (high - ay) / (by - ay)
        if u0 > u1:
            u0, u1 = u1, u0
        t0 = max(0.0, u0)
        t1 = min(1.0, u1)
    x0 = ax + t0 * (bx - ax)
    x1 = ax + t1 * (bx - ax)
    if x0 > x1:
        x0, x1 = x1, x0
    slack = 1e-9
    first = int(np.floor((x0 - slack - west) / width[0]))
    last = int(np.floor((x1 + slack - west) / width[0]))
    return max(0, min(columns - 1, first)), max(0, min(columns - 1, last))


@njit(cache=True, nogil=True)
def _count_cells(ptr, lon, lat, west, south, width, columns, rows):  # type: ignore[no-untyped-def]
    """Count the segments of each cell, one place further on (ready for a running sum)."""
    counts = np.zeros(columns * rows + 1, dtype=np.int64)
    for edge in range(ptr.size - 1):
        for i in range(ptr[edge], ptr[edge + 1] - 1):
            bottom = int((min(lat[i], lat[i + 1]) - south) / width[1])
            top = min(rows - 1, int((max(lat[i], lat[i + 1]) - south) / width[1]))
            for row in range(bottom, top + 1):
                first, last = _column_span(lon[i], lat[i], lon[i + 1], lat[i + 1], row, west, south, width, columns)
                for column in range(first, last + 1):
                    counts[row * columns + column + 1] += 1
    return counts


@njit(cache=True, nogil=True)
def _fill_cells(ptr, lon, lat, west, south, width, columns, rows, cell_ptr):  # type: ignore[no-untyped-def]
    """List the segments of each cell: position of the edge and index of the first vertex."""
    members = np.empty((cell_ptr[-1], 2), dtype=np.int32)
    free = cell_ptr.copy()
    for edge in range(ptr.size - 1):
        for i in range(ptr[edge], ptr[edge + 1] - 1):
            bottom = int((min(lat[i], lat[i + 1]) - south) / width[1])
            top = min(rows - 1, int((max(lat[i], lat[i + 1]) - south) / width[1]))
            for row in range(bottom, top + 1):
                first, last = _column_span(lon[i], lat[i], lon[i + 1], lat[i + 1], row, west, south, width, columns)
                for column in range(first, last + 1):
                    cell = row * columns + column
                    members[free[cell], 0] = edge
                    members[free[cell], 1] = i
                    free[cell] += 1
    return members


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    lon, lat, limit_m, ptr, line_lon, line_lat, west, south, width, columns, rows, cell_ptr, members
):
    """Search cells in rings around each point until no nearer segment is possible."""
    count = lon.size
    edge_of = np.full(count, -1, dtype=np.int64)
    fraction = np.full(count, np.nan)
    metres = np.full(count, np.nan)
    for p in range(count):
        if np.isnan(lon[p]) or np.isnan(lat[p]):
            continue
        kx = np.cos(np.radians(lat[p])) * _METRES
        ky = _METRES
        column = int(np.floor((lon[p] - west) / width[0]))
        row = int(np.floor((lat[p] - south) / width[1]))
        best2 = limit_m * limit_m
        best_edge, best_vertex, best_t = -1, -1, 0.0
        ring = max(0, -column, column - (columns - 1), -row, row - (rows - 1))
        while True:
            for r in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
                whole = r == row - ring or r == row + ring
                step = 1 if whole or ring == 0 else 2 * ring
                c = column - ring
                if whole and c < 0:
                    c = 0
                while c <= min(column + ring, columns - 1):
                    if c >= 0:
                        cell = r * columns + c
                        for m in range(cell_ptr[cell], cell_ptr[cell + 1]):
                            edge, i = members[m, 0], members[m, 1]
                            ax = (line_lon[i] - lon[p]) * kx
                            ay = (line_lat[i] - lat[p]) * ky
                            dx = (line_lon[i + 1] - lon[p]) * kx - ax
                            dy = (line_lat[i + 1] - lat[p]) * ky - ay
                            length2 = dx * dx + dy * dy
                            t = 0.0
                            if length2 > 0:
                                t = min(1.0, max(0.0, -(ax * dx + ay * dy) / length2))
                            px = ax + t * dx
                            py = ay + t * dy
                            d2 = px * px + py * py
                            if d2 < best2 or (
                                d2 == best2
                                and (best_edge < 0 or edge < best_edge or (edge == best_edge and i < best_vertex))
                            ):
                                best2, best_edge, best_vertex, best_t = d2, edge, i, t
                    c += step
            left = (lon[p] - (west + (column - ring) * width[0])) * kx
            right = (west + (column + ring + 1) * width[0] - lon[p]) * kx
            below = (lat[p] - (south + (row - ring) * width[1])) * ky
            above = (south + (row + ring + 1) * width[1] - lat[p]) * ky
            clear = min(min(left, right), min(below, above))
            if clear * clear > best2 or ring > columns + rows:
                break
            if column - ring <= 0 and row - ring <= 0 and column + ring >= columns - 1 and row + ring >= rows - 1:
                break
            ring += 1
        if best_edge >= 0:
            before, total = 0.0, 0.0
            for i in range(ptr[best_edge], ptr[best_edge + 1] - 1):
                dx = (line_lon[i + 1] - line_lon[i]) * kx
                dy = (line_lat[i + 1] - line_lat[i]) * ky
                length = np.sqrt(dx * dx + dy * dy)
                if i < best_vertex:
                    before += length
                elif i == best_vertex:
                    before += best_t * length
                total += length
            edge_of[p] = best_edge
            metres[p] = np.sqrt(best2)
            fraction[p] = min(1.0, before / total) if total > 0 else 0.0
    return edge_of, fraction, metres

"""Nearest edge of many points: a grid of segments, searched in growing rings of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.lines import edge_lines
from deserts.roads.network import Network

__all__ = ["SegmentGrid", "nearest_in_grid"]

_METRES = float(METRES_PER_DEGREE)
_MOST_CELLS = 4_000_000


def nearest_in_grid(
    network: Network, lon: NDArray[np.float64], lat: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return the nearest snappable edge (-1 for none), the fraction along it and the distance in metres.

    Distances are measured in a plane that touches the Earth at the point. The lowest edge wins a tie.
    """
    grid = SegmentGrid.build(network)
    if grid is None:
        none = np.full(lon.size, np.nan)
        return np.full(lon.size, -1, dtype=np.int32), none, none.copy()
    return grid.nearest(lon, lat, limit_m)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentGrid:
    """Segments of all snappable edges, listed by cell, for any number of questions.

    Parameters
    ----------
    edges
        Snappable edges, ``(edges,)``.
    ptr, line_lon, line_lat
        Their vertices: offsets and degrees.
    west, south, width, columns, rows
        Corner of the grid (degrees), width and height of a cell (degrees), size.
    cell_ptr, members
        Segments of each cell: position of the edge and index of the first vertex.
    """

    edges: NDArray[np.int64]
    ptr: NDArray[np.int64]
    line_lon: NDArray[np.float64]
    line_lat: NDArray[np.float64]
    west: float
    south: float
    width: NDArray[np.float64]
    columns: int
    rows: int
    cell_ptr: NDArray[np.int64]
    members: NDArray[np.int32]

    @classmethod
    def build(cls, network: Network) -> SegmentGrid | None:
        """List the segments of a network, or return None when no edge is open to points."""
        edges = np.flatnonzero(network.snappable)
        if edges.size == 0:
            return None
        ptr, lon, lat = edge_lines(network, edges)
        west, south, width, columns, rows = _shape_of_grid(lon, lat)
        cell_ptr = _count_cells(ptr, lon, lat, west, south, width, columns, rows)
        np.cumsum(cell_ptr, out=cell_ptr)
        members = _fill_cells(ptr, lon, lat, west, south, width, columns, rows, cell_ptr)
        return cls(edges, ptr, lon, lat, west, south, width, columns, rows, cell_ptr, members)

    def nearest(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], limit_m: float
    ) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Return edge (-1 for none), fraction along it and distance (metres) of each point."""
        position, fraction, metres = _search(
            lon, lat, limit_m, self.ptr, self.line_lon, self.line_lat, self.west, self.south, self.width, self.columns,
            self.rows, self.cell_ptr, self.members,
        )  # fmt: skip
        found = position >= 0
        return np.where(found, self.edges[np.where(found, position, 0)], -1).astype(np.int32), fraction, metres


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


@njit(cache=True, nogil=True, inline="always")
def _scan_cell(first, last, x, y, kx, ky, line_lon, line_lat, members, best2, best_edge, best_vertex, best_t):  # type: ignore[no-untyped-def]
    """Compare a point with the segments of one cell; the lowest edge wins a tie."""
    for m in range(first, last):
        edge, i = members[m, 0], members[m, 1]
        ax = (line_lon[i] - x) * kx
        ay = (line_lat[i] - y) * ky
        dx = (line_lon[i + 1] - x) * kx - ax
        dy = (line_lat[i + 1] - y) * ky - ay
        length2 = dx * dx + dy * dy
        t = 0.0
        if length2 > 0:
            t = min(1.0, max(0.0, -(ax * dx + ay * dy) / length2))
        px = ax + t * dx
        py = ay + t * dy
        d2 = px * px + py * py
        if d2 < best2 or (
            d2 == best2 and (best_edge < 0 or edge < best_edge or (edge == best_edge and i < best_vertex))
        ):
            best2, best_edge, best_vertex, best_t = d2, edge, i, t
    return best2, best_edge, best_vertex, best_t


@njit(cache=True, nogil=True, inline="always")
def _fraction(ptr, line_lon, line_lat, edge, vertex, t, kx, ky):  # type: ignore[no-untyped-def]
    """Place along an edge: how much of its length lies before a point of one of its segments."""
    before, total = 0.0, 0.0
    for i in range(ptr[edge], ptr[edge + 1] - 1):
        dx = (line_lon[i + 1] - line_lon[i]) * kx
        dy = (line_lat[i + 1] - line_lat[i]) * ky
        length = np.sqrt(dx * dx + dy * dy)
        if i < vertex:
            before += length
        elif i == vertex:
            before += t * length
        total += length
    return min(1.0, before / total) if total > 0 else 0.0


@njit(cache=True, nogil=True, inline="always")
def _clear_distance(x, y, column, row, ring, west, south, width, kx, ky):  # type: ignore[no-untyped-def]
    """Distance (metres) within which every segment lies in a ring of cells that was searched already."""
    left = (x - (west + (column - ring) * width[0])) * kx
    right = (west + (column + ring + 1) * width[0] - x) * kx
    below = (y - (south + (row - ring) * width[1])) * ky
    above = (south + (row + ring + 1) * width[1] - y) * ky
    return min(min(left, right), min(below, above))


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    lon, lat, limit_m, ptr, line_lon, line_lat, west, south, width, columns, rows, cell_ptr, members
):
    """Search cells in rings around each point until no nearer segment is possible."""
    count = lon.size
    edge_of = np.full(count, -1, dtype=np.int64)
    fraction = np.full(count, np.nan)
    metres = np.full(count, np.nan)
    ky = _METRES
    for p in range(count):
        x, y = lon[p], lat[p]
        if np.isnan(x) or np.isnan(y):
            continue
        kx = np.cos(np.radians(y)) * _METRES
        column = int(np.floor((x - west) / width[0]))
        row = int(np.floor((y - south) / width[1]))
        best2, best_edge, best_vertex, best_t = limit_m * limit_m, np.int32(-1), np.int32(-1), 0.0
        ring = max(0, -column, column - (columns - 1), -row, row - (rows - 1))
        furthest = max(column, columns - 1 - column, row, rows - 1 - row)
        while ring <= furthest:
            for r in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
                edge_row = r == row - ring or r == row + ring
                step = 1 if edge_row or ring == 0 else 2 * ring
                for c in range(column - ring, min(column + ring, columns - 1) + 1, step):
                    if c >= 0:
                        cell = r * columns + c
                        best2, best_edge, best_vertex, best_t = _scan_cell(
                            cell_ptr[cell], cell_ptr[cell + 1], x, y, kx, ky, line_lon, line_lat, members,
                            best2, best_edge, best_vertex, best_t,
                        )  # fmt: skip
            clear = _clear_distance(x, y, column, row, ring, west, south, width, kx, ky)
            if clear * clear > best2:
                break
            ring += 1
        if best_edge >= 0:
            edge_of[p] = best_edge
            metres[p] = np.sqrt(best2)
            fraction[p] = _fraction(ptr, line_lon, line_lat, best_edge, best_vertex, best_t, kx, ky)
    return edge_of, fraction, metres

"""Nearest edges of many points: a grid of segments, searched in growing rings of cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.lines import edge_lines
from deserts.roads.network import Network

__all__ = ["FOUND_BESIDE", "Found", "SegmentGrid"]

_METRES = float(METRES_PER_DEGREE)
_MOST_CELLS = 4_000_000

FOUND_BESIDE = 2
"""Columns for edges of larger parts of the network beside the nearest ones."""


@dataclass(frozen=True, slots=True)
class Found:
    """Edges near points, ``(points, columns)`` each: the nearest ones in order, then those of larger parts.

    Parameters
    ----------
    edge
        int64, -1 for none.
    fraction
        Place along the edge, 0 at its tail to 1 at its head.
    metres
        From the point, NaN for none.
    lon, lat
        That place, degrees.
    """

    edge: NDArray[np.int64]
    fraction: NDArray[np.float64]
    metres: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SegmentGrid:
    """Segments of all snappable edges, listed by cell, for any number of questions.

    Parameters
    ----------
    edges
        Snappable edges, ``(edges,)``.
    part
        Strongly connected component of each.
    ptr, line_lon, line_lat
        Their vertices: offsets and degrees.
    west, south, width, columns, rows
        Corner of the grid (degrees), width and height of a cell (degrees), size.
    cell_ptr, members
        Segments of each cell: position of the edge and index of the first vertex.
    """

    edges: NDArray[np.int64]
    part: NDArray[np.int32]
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
        part = network.component_id[network.edge_tail[edges]]
        return cls(edges, part, ptr, lon, lat, west, south, width, columns, rows, cell_ptr, members)

    def near(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], *, limit_m: float, beside_m: float, count: int
    ) -> Found:
        """Return the nearest edges of each point, and edges of larger parts of the network where these hold none.

        Distances are measured in a plane that touches the Earth at the point. The lowest edge wins a tie.

        Parameters
        ----------
        lon, lat
            Degrees, ``(points,)``; NaN finds none.
        limit_m
            Longest distance.
        beside_m
            An edge of a larger part may lie further than the nearest edge by so much: the nearest edge of any larger
            part and the nearest of the largest are found.
        count
            How many nearest edges.
        """
        position, fraction, metres, x, y = _search(
            lon, lat, limit_m, beside_m, count, self.ptr, self.line_lon, self.line_lat, self.part, self.west,
            self.south, self.width, self.columns, self.rows, self.cell_ptr, self.members,
        )  # fmt: skip
        found = position >= 0
        return Found(np.where(found, self.edges[np.where(found, position, 0)], -1), fraction, metres, x, y)


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
def _closest(x, y, kx, ky, line_lon, line_lat, i):  # type: ignore[no-untyped-def]
    """Return the squared distance of a point from a segment, and the place along the segment."""
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
    return px * px + py * py, t


@njit(cache=True, nogil=True)
def _enter(d2, position, vertex, t, best, kept):  # type: ignore[no-untyped-def]
    """Enter a segment into the sorted list of nearest edges (squared distance, place; edge, vertex), each edge once."""
    last = best.shape[0] - 1
    hole = last
    for i in range(last + 1):
        if kept[i, 0] == position:
            if d2 > best[i, 0] or (d2 == best[i, 0] and vertex >= kept[i, 1]):
                return
            hole = i
            break
    else:
        if d2 > best[last, 0] or (d2 == best[last, 0] and 0 <= kept[last, 0] < position):
            return
    while hole > 0 and (
        best[hole - 1, 0] > d2 or (best[hole - 1, 0] == d2 and (kept[hole - 1, 0] < 0 or kept[hole - 1, 0] > position))
    ):
        best[hole] = best[hole - 1]
        kept[hole] = kept[hole - 1]
        hole -= 1
    best[hole, 0], best[hole, 1] = d2, t
    kept[hole, 0], kept[hole, 1] = position, vertex


@njit(cache=True, nogil=True, inline="always")
def _clear_distance(x, y, column, row, ring, west, south, width, kx, ky):  # type: ignore[no-untyped-def]
    """Distance (metres) within which every segment lies in a ring of cells that was searched already."""
    left = (x - (west + (column - ring) * width[0])) * kx
    right = (west + (column + ring + 1) * width[0] - x) * kx
    below = (y - (south + (row - ring) * width[1])) * ky
    above = (south + (row + ring + 1) * width[1] - y) * ky
    return min(min(left, right), min(below, above))


@njit(cache=True, nogil=True)
def _nearest_edges(  # type: ignore[no-untyped-def]
    x, y, kx, ky, limit2, line_lon, line_lat, west, south, width, columns, rows, cell_ptr, members, best, kept
):
    """Fill the list of nearest edges of one point, ring by ring of cells until no nearer one is possible."""
    best[:, 0] = limit2
    kept[:] = -1
    last = best.shape[0] - 1
    column = int(np.floor((x - west) / width[0]))
    row = int(np.floor((y - south) / width[1]))
    ring = max(0, -column, column - (columns - 1), -row, row - (rows - 1))
    furthest = max(column, columns - 1 - column, row, rows - 1 - row)
    while ring <= furthest:
        for r in range(max(0, row - ring), min(rows - 1, row + ring) + 1):
            whole = r == row - ring or r == row + ring
            step = 1 if whole or ring == 0 else 2 * ring
            for c in range(column - ring, min(column + ring, columns - 1) + 1, step):
                if c < 0:
                    continue
                cell = r * columns + c
                for m in range(cell_ptr[cell], cell_ptr[cell + 1]):
                    d2, t = _closest(x, y, kx, ky, line_lon, line_lat, members[m, 1])
                    if d2 <= best[last, 0]:
                        _enter(d2, members[m, 0], members[m, 1], t, best, kept)
        clear = _clear_distance(x, y, column, row, ring, west, south, width, kx, ky)
        if clear * clear > best[last, 0]:
            break
        ring += 1


@njit(cache=True, nogil=True)
def _larger_parts(  # type: ignore[no-untyped-def]
    x, y, kx, ky, limit2, own, line_lon, line_lat, part, west, south, width, columns, rows, cell_ptr, members, best,
    kept,
):  # fmt: skip
    """Fill two rows: the nearest edge of any part larger than ``own``, and the nearest of the largest such part."""
    best[:, 0] = limit2
    kept[:] = -1
    largest = own
    reach_x, reach_y = np.sqrt(limit2) / kx, np.sqrt(limit2) / ky
    first_column = max(0, int(np.floor((x - reach_x - west) / width[0])))
    last_column = min(columns - 1, int(np.floor((x + reach_x - west) / width[0])))
    first_row = max(0, int(np.floor((y - reach_y - south) / width[1])))
    last_row = min(rows - 1, int(np.floor((y + reach_y - south) / width[1])))
    for r in range(first_row, last_row + 1):
        for c in range(first_column, last_column + 1):
            cell = r * columns + c
            for m in range(cell_ptr[cell], cell_ptr[cell + 1]):
                here = part[members[m, 0]]
                if here >= own:
                    continue
                d2, t = _closest(x, y, kx, ky, line_lon, line_lat, members[m, 1])
                if d2 <= best[0, 0]:
                    _enter(d2, members[m, 0], members[m, 1], t, best[:1], kept[:1])
                if here < largest and d2 <= limit2:
                    largest = here
                    best[1, 0] = limit2
                    kept[1] = -1
                if here == largest and d2 <= best[1, 0]:
                    _enter(d2, members[m, 0], members[m, 1], t, best[1:], kept[1:])
    if kept[0, 0] == kept[1, 0]:
        kept[1] = -1


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    lon, lat, limit_m, beside_m, count, ptr, line_lon, line_lat, part, west, south, width, columns, rows, cell_ptr,
    members,
):  # fmt: skip
    """Find the edges near each point; see `SegmentGrid.near`."""
    total = count + FOUND_BESIDE
    position = np.full((lon.size, total), -1, dtype=np.int64)
    fraction = np.full((lon.size, total), np.nan)
    metres = np.full((lon.size, total), np.nan)
    to_lon = np.full((lon.size, total), np.nan)
    to_lat = np.full((lon.size, total), np.nan)
    best = np.zeros((total, 2))
    kept = np.empty((total, 2), dtype=np.int64)
    ky = _METRES
    for p in range(lon.size):
        x, y = lon[p], lat[p]
        if np.isnan(x) or np.isnan(y):
            continue
        kx = np.cos(np.radians(y)) * _METRES
        _nearest_edges(
            x, y, kx, ky, limit_m * limit_m, line_lon, line_lat, west, south, width, columns, rows, cell_ptr, members,
            best[:count], kept[:count],
        )  # fmt: skip
        kept[count:] = -1
        if kept[0, 0] >= 0:
            own = part[kept[0, 0]]
            for i in range(1, count):
                if kept[i, 0] >= 0:
                    own = min(own, part[kept[i, 0]])
            if own > 0:
                reach = min(limit_m, np.sqrt(best[0, 0]) + beside_m)
                _larger_parts(
                    x, y, kx, ky, reach * reach, own, line_lon, line_lat, part, west, south, width, columns, rows,
                    cell_ptr, members, best[count:], kept[count:],
                )  # fmt: skip
        for i in range(total):
            edge, vertex = kept[i, 0], kept[i, 1]
            if edge < 0:
                continue
            position[p, i] = edge
            metres[p, i] = np.sqrt(best[i, 0])
            fraction[p, i] = _fraction(ptr, line_lon, line_lat, edge, vertex, best[i, 1], kx, ky)
            to_lon[p, i] = line_lon[vertex] + best[i, 1] * (line_lon[vertex + 1] - line_lon[vertex])
            to_lat[p, i] = line_lat[vertex] + best[i, 1] * (line_lat[vertex + 1] - line_lat[vertex])
    return position, fraction, metres, to_lon, to_lat

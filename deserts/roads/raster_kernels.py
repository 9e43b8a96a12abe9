"""Draw the arrival times along edges onto a raster."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["corner_times", "depths", "draw_edges", "draw_own_edges", "leave_the_road"]

_SAMPLES_A_CELL = 2


@njit(cache=True, nogil=True, inline="always")
def _step(lon, lat, i, width, height):  # type: ignore[no-untyped-def]
    """Length of a segment in cells."""
    across = (lon[i + 1] - lon[i]) / width
    up = (lat[i + 1] - lat[i]) / height
    return np.sqrt(across * across + up * up)


@njit(cache=True, nogil=True, inline="always")
def _length(ptr, lon, lat, edge, width, height):  # type: ignore[no-untyped-def]
    """Length of an edge in cells."""
    total = 0.0
    for i in range(ptr[edge], ptr[edge + 1] - 1):
        total += _step(lon, lat, i, width, height)
    return total


@njit(cache=True, nogil=True)
def draw_edges(  # type: ignore[no-untyped-def]
    ptr, lon, lat, ahead_min, back_min, minutes, west, south, width, height, cells, has_road
):
    """Enter the least time of the places along each edge into the cells that it runs through.

    ``minutes`` holds the time from each edge's head, when it is driven ahead, and from its tail, when it is driven
    back, to the nearest site. A place on an edge goes to the head or back to the tail, whichever is allowed and
    quicker.
    """
    rows, columns = cells.shape
    for edge in range(ahead_min.size):
        through_head = minutes[edge, 0] if ahead_min[edge] > 0 else np.inf
        through_tail = minutes[edge, 1] if back_min[edge] > 0 else np.inf
        first, last = ptr[edge], ptr[edge + 1] - 1
        if not _inside(lon, lat, first, last, west, south, width, height, rows, columns):
            continue
        total = _length(ptr, lon, lat, edge, width, height)
        done = 0.0
        for i in range(first, last):
            step = _step(lon, lat, i, width, height)
            pieces = int(step * _SAMPLES_A_CELL) + 1
            for s in range(pieces + 1):
                t = s / pieces
                column = int(np.floor((lon[i] + t * (lon[i + 1] - lon[i]) - west) / width))
                row = int(np.floor((lat[i] + t * (lat[i + 1] - lat[i]) - south) / height))
                if column < 0 or row < 0 or column >= columns or row >= rows:
                    continue
                has_road[row, column] = True
                at = (done + t * step) / total if total > 0 else 0.0
                time = min(through_head + (1 - at) * ahead_min[edge], through_tail + at * back_min[edge])
                if time < cells[row, column]:
                    cells[row, column] = time
            done += step
        # the ends themselves, also of a road that may not be driven towards them
        for side, vertex in ((0, last), (1, first)):
            column = int(np.floor((lon[vertex] - west) / width))
            row = int(np.floor((lat[vertex] - south) / height))
            if 0 <= column < columns and 0 <= row < rows and minutes[edge, side] < cells[row, column]:
                cells[row, column] = minutes[edge, side]


@njit(cache=True, nogil=True, inline="always")
def _inside(lon, lat, first, last, west, south, width, height, rows, columns):  # type: ignore[no-untyped-def]
    """Whether the box of a line meets the grid."""
    left, right, bottom, top = lon[first], lon[first], lat[first], lat[first]
    for i in range(first + 1, last + 1):
        left = min(left, lon[i])
        right = max(right, lon[i])
        bottom = min(bottom, lat[i])
        top = max(top, lat[i])
    return right >= west and left <= west + columns * width and top >= south and bottom <= south + rows * height


@njit(cache=True, nogil=True)
def draw_own_edges(  # type: ignore[no-untyped-def]
    ptr, lon, lat, site_edge, site_fraction, site_min, ahead_min, back_min, west, south, width, height, cells, has_road
):
    """Enter the times of the places on each site's own edge that drive straight to it."""
    rows, columns = cells.shape
    for site in range(site_edge.size):
        edge = site_edge[site]
        total = _length(ptr, lon, lat, edge, width, height)
        done = 0.0
        for i in range(ptr[edge], ptr[edge + 1] - 1):
            step = _step(lon, lat, i, width, height)
            pieces = int(step * _SAMPLES_A_CELL) + 1
            for s in range(pieces + 1):
                t = s / pieces
                column = int(np.floor((lon[i] + t * (lon[i + 1] - lon[i]) - west) / width))
                row = int(np.floor((lat[i] + t * (lat[i + 1] - lat[i]) - south) / height))
                if column < 0 or row < 0 or column >= columns or row >= rows:
                    continue
                at = (done + t * step) / total if total > 0 else 0.0
                way = site_fraction[site] - at
                speed = ahead_min[edge] if way >= 0 else back_min[edge]
                if speed > 0 or way == 0:
                    time = site_min[site] + abs(way) * speed
                    if time < cells[row, column]:
                        cells[row, column] = time
                        has_road[row, column] = True
            done += step


@njit(cache=True, nogil=True)
def leave_the_road(cells, has_road, reach, minutes_a_cell):  # type: ignore[no-untyped-def]
    """Give cells without a road, up to ``reach`` cells off, the time of the nearest one with a road and of the way."""
    steps = _nearest_road(has_road)
    rows, columns = cells.shape
    for r in range(rows):
        for c in range(columns):
            away = np.sqrt(steps[r, c, 0] ** 2 + steps[r, c, 1] ** 2)
            if 0 < away <= reach:
                cells[r, c] = cells[r + steps[r, c, 0], c + steps[r, c, 1]] + away * minutes_a_cell


@njit(cache=True, nogil=True)
def corner_times(cells):  # type: ignore[no-untyped-def]
    """Return the time of every corner: the least of the cells around it."""
    rows, columns = cells.shape
    corners = np.full((rows + 1, columns + 1), np.inf)
    for r in range(rows):
        for c in range(columns):
            time = cells[r, c]
            for down in range(2):
                for right in range(2):
                    if time < corners[r + down, c + right]:
                        corners[r + down, c + right] = time
    return corners


@njit(cache=True, nogil=True)
def depths(corners, band, low, near, far):  # type: ignore[no-untyped-def]
    """Return how far each corner is from a band: below zero inside, kept within ``low`` to ``near`` or ``far``."""
    found = np.empty(corners.shape)
    for r in range(corners.shape[0]):
        for c in range(corners.shape[1]):
            late = corners[r, c] - band
            found[r, c] = -min(near, max(low, -late)) if late <= 0 else min(far, max(low, late))
    return found


@njit(cache=True, nogil=True)
def _nearest_road(has_road):  # type: ignore[no-untyped-def]
    """Return the step (rows, columns) from each cell to its nearest road cell, by two sweeps over the raster.

    References
    ----------
    Danielsson, P.-E. (1980). Euclidean distance mapping. Computer Graphics and Image Processing 14 (3), 227-248.
    https://doi.org/10.1016/0146-664X(80)90054-4
    """
    rows, columns = has_road.shape
    steps = np.empty((rows, columns, 2), dtype=np.int32)
    far = rows + columns
    for r in range(rows):
        for c in range(columns):
            steps[r, c, 0] = steps[r, c, 1] = 0 if has_road[r, c] else far
    for sweep in range(2):
        turn = 1 - 2 * sweep
        for i in range(rows):
            r = i if sweep == 0 else rows - 1 - i
            for j in range(columns):
                c = j if sweep == 0 else columns - 1 - j
                _take_nearer(steps, r, c, -turn, 0)
                _take_nearer(steps, r, c, -turn, -1)
                _take_nearer(steps, r, c, -turn, 1)
                _take_nearer(steps, r, c, 0, -turn)
            for j in range(columns):
                c = columns - 1 - j if sweep == 0 else j
                _take_nearer(steps, r, c, 0, turn)
    return steps


@njit(cache=True, nogil=True, inline="always")
def _take_nearer(steps, r, c, down, right):  # type: ignore[no-untyped-def]
    """Go on from a neighbour if its road cell is nearer than the one known."""
    if 0 <= r + down < steps.shape[0] and 0 <= c + right < steps.shape[1]:
        rows = steps[r + down, c + right, 0] + down
        columns = steps[r + down, c + right, 1] + right
        if rows * rows + columns * columns < steps[r, c, 0] ** 2 + steps[r, c, 1] ** 2:
            steps[r, c, 0], steps[r, c, 1] = rows, columns

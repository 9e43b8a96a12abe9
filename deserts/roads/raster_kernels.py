"""Draw the arrival times along edges onto a raster."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["draw_edges", "draw_own_edges"]


@njit(cache=True, nogil=True, inline="always")
def _length(ptr, lon, lat, edge, width, height):  # type: ignore[no-untyped-def]
    """Length of an edge in cells."""
    total = 0.0
    for i in range(ptr[edge], ptr[edge + 1] - 1):
        total += np.hypot((lon[i + 1] - lon[i]) / width, (lat[i + 1] - lat[i]) / height)
    return total


@njit(cache=True, nogil=True)
def draw_edges(  # type: ignore[no-untyped-def]
    ptr, lon, lat, tail, head, ahead_min, back_min, minutes, west, south, width, height, cells, has_road
):
    """Enter the least time of the places along each edge into the cells that it runs through, four samples a cell.

    ``minutes`` holds the time from each node to the nearest site. A place on an edge goes to the head or back to the
    tail, whichever is allowed and quicker.
    """
    rows, columns = cells.shape
    for edge in range(tail.size):
        through_head = minutes[head[edge]] if ahead_min[edge] > 0 else np.inf
        through_tail = minutes[tail[edge]] if back_min[edge] > 0 else np.inf
        first, last = ptr[edge], ptr[edge + 1] - 1
        if not _inside(lon, lat, first, last, west, south, width, height, rows, columns):
            continue
        total = _length(ptr, lon, lat, edge, width, height)
        done = 0.0
        for i in range(first, last):
            step = np.hypot((lon[i + 1] - lon[i]) / width, (lat[i + 1] - lat[i]) / height)
            pieces = int(np.ceil(step * 4)) + 1
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
        for node, vertex in ((tail[edge], first), (head[edge], last)):
            column = int(np.floor((lon[vertex] - west) / width))
            row = int(np.floor((lat[vertex] - south) / height))
            if 0 <= column < columns and 0 <= row < rows and minutes[node] < cells[row, column]:
                cells[row, column] = minutes[node]


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
            step = np.hypot((lon[i + 1] - lon[i]) / width, (lat[i + 1] - lat[i]) / height)
            pieces = int(np.ceil(step * 4)) + 1
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

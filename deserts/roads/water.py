"""Water between a place and a road: shores as lines, and how wide the water is that a straight leg would cross.

Shores are lines with the water on their left. Where a leg crosses one, the side it comes from tells whether it enters
or leaves the water, so no polygon has to be closed: extracts cut coasts wherever their edge lies. Areas that overlap
or touch count once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m

__all__ = ["Legs", "Shores", "Waters"]

Legs = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Longitudes and latitudes of the places, then of the other ends, degrees."""


@dataclass(frozen=True, slots=True)
class Shores:
    """Lines with water on their left.

    Parameters
    ----------
    ptr, lon, lat
        Vertices of each line: offsets and 1e-7 degrees (int32).
    widest_m
        Water wider than this is not crossed, metres.
    off_shore_m
        A place that lies in the water by no more than this is taken as lying on the shore, metres.
    """

    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    widest_m: float
    off_shore_m: float

    def blocks(self, legs: Legs, *, both_places: bool = False) -> NDArray[np.bool_]:
        """Return whether each straight leg crosses water that is too wide.

        Parameters
        ----------
        legs
            ``(legs,)`` each.
        both_places
            Whether both ends are places that may lie a little off the shore, and not only the first.
        """
        blocked = np.zeros(legs[0].size, dtype=bool)
        ends = self._segments(legs)
        if ends[0].size == 0 or legs[0].size == 0:
            return blocked
        leg, along, enters = _crossings(legs, ends)
        if leg.size:
            metres = great_circle_m(*legs)
            _mark_wide(blocked, leg, along, enters, metres, self, both_places=both_places)
        return blocked

    def _segments(self, legs: Legs) -> tuple[NDArray[np.float64], ...]:
        """Return lon, lat of both ends of the shore's segments within the box of all legs."""
        inner = np.ones(self.lon.size, dtype=bool)
        inner[self.ptr[1:] - 1] = False
        first = np.flatnonzero(inner)
        lon, lat = self.lon, self.lat
        near = np.ones(first.size, dtype=bool)
        for values, ends in ((lon, (legs[0], legs[2])), (lat, (legs[1], legs[3]))):
            low = min(np.nanmin(ends[0], initial=np.inf), np.nanmin(ends[1], initial=np.inf)) * 1e7
            high = max(np.nanmax(ends[0], initial=-np.inf), np.nanmax(ends[1], initial=-np.inf)) * 1e7
            near &= np.maximum(values[first], values[first + 1]) >= low
            near &= np.minimum(values[first], values[first + 1]) <= high
        first = first[near]
        return tuple(np.asarray(part[at] * 1e-7, dtype=np.float64) for at in (first, first + 1) for part in (lon, lat))


@dataclass(frozen=True, slots=True)
class Waters:
    """Shores of several sources, each as exact as it is drawn: an extract's own, and the outline of the country."""

    parts: tuple[Shores, ...]

    def blocks(self, legs: Legs, *, both_places: bool = False) -> NDArray[np.bool_]:
        """Return whether each straight leg crosses water that is too wide by any of them; see `Shores.blocks`."""
        blocked = np.zeros(legs[0].size, dtype=bool)
        for shores in self.parts:
            blocked |= shores.blocks(legs, both_places=both_places)
        return blocked


def _crossings(
    legs: Legs, shore: tuple[NDArray[np.float64], ...]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return leg, place along it (0 to 1) and 1 for entering water, -1 for leaving it, of every crossing in order."""
    import shapely  # only where there is water

    def lines(ends: tuple[NDArray[np.float64], ...]) -> NDArray[np.object_]:
        corners = np.stack([np.stack(ends[:2], -1), np.stack(ends[2:], -1)], axis=1)
        return np.asarray(shapely.linestrings(corners))

    usable = np.flatnonzero(np.isfinite(np.sum(legs, axis=0)))
    some = tuple(part[usable] for part in legs)
    leg, segment = shapely.STRtree(lines(shore)).query(lines(some))
    ax, ay, bx, by = (part[leg] for part in some)
    cx, cy, dx, dy = (part[segment] for part in shore)
    # positive where the shore runs from right to left seen along the leg
    turn = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / turn
        across = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / turn
    # a shore's last point belongs to its next segment, so that a crossing at a vertex counts once
    real = (turn != 0) & (along >= 0) & (along <= 1) & (across >= 0) & (across < 1)
    leg, along = usable[leg[real]], along[real]
    # water on the left of a shore that runs from right to left lies behind
    enters = np.where(turn[real] < 0, 1, -1)
    order = np.lexsort((-enters, along, leg))
    return leg[order], along[order], enters[order]


def _mark_wide(
    blocked: NDArray[np.bool_],
    leg: NDArray[np.int64],
    along: NDArray[np.float64],
    enters: NDArray[np.int64],
    metres: NDArray[np.float64],
    shores: Shores,
    *,
    both_places: bool,
) -> None:
    """Mark the legs with a stretch of water that is too wide.

    Between two crossings a leg is in the water when it has entered more areas than it has left; it began inside as
    many as it leaves without having entered.
    """
    first = np.flatnonzero(np.diff(leg, prepend=-1))
    counts = np.diff(np.append(first, leg.size))
    total = np.cumsum(enters)
    depth = total - np.repeat(total[first] - enters[first], counts)
    begins = np.maximum(0, -np.minimum.reduceat(depth, first))
    # a leg of n crossings has n + 1 stretches: the first begins at the place, the others where a shore is crossed
    opens = first + np.arange(first.size)
    is_open = np.zeros(leg.size + first.size, dtype=bool)
    is_open[opens] = True
    wet, start = np.empty(is_open.size, dtype=bool), np.zeros(is_open.size)
    wet[opens] = begins > 0
    wet[~is_open] = depth + np.repeat(begins, counts) > 0
    start[~is_open] = along
    last = np.append(opens[1:], is_open.size) - 1
    end = np.append(start[1:], 1.0)
    end[last] = 1.0
    of = np.repeat(leg[first], counts + 1)
    run = np.cumsum(is_open | np.append(False, wet[1:] != wet[:-1])) - 1
    width = np.bincount(run, weights=(end - start) * metres[of])
    at_place = np.zeros(width.size, dtype=bool)
    at_place[run[opens]] = True
    if both_places:
        at_place[run[last]] = True
    head = np.flatnonzero(np.diff(run, prepend=-1))
    most = np.where(at_place, max(shores.widest_m, shores.off_shore_m), shores.widest_m)
    blocked[of[head[wet[head] & (width > most)]]] = True

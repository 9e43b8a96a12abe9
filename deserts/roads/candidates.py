"""The roads that a place may be left by: the nearest few, and those of larger parts of the network near by.

Reachability follows geography: a place lies on the nearest road of *any* part of the network, however small, and may
leave that part only by a straight leg that crosses no water too wide and, on a network of full streets, no gap without
streets. Then a road behind a gate or a flaw of the data keeps nobody in, and an island stays an island.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from deserts.arrays import Floats
from deserts.earth import METRES_PER_DEGREE
from deserts.roads.lines import edge_lines
from deserts.roads.snap_grid import FOUND_BESIDE, Found, SegmentGrid
from deserts.roads.water import Waters

if TYPE_CHECKING:
    from deserts.roads.network import Network

__all__ = ["candidate_roads"]

_FEW = 8
"""Up to so many points are compared with every edge near them by NumPy, which spares the start of the compiler."""

_MANY = 64
"""So many nearest edges are looked at where the nearest few lie beyond water."""

_BOXES = (64, 4096)
"""So many edges, nearest box first, are compared with a point before all are."""

N = TypeVar("N", bound=np.generic)


def candidate_roads(
    network: Network, lon: Floats, lat: Floats, *, limit_m: float, grid: SegmentGrid | None = None
) -> Found:
    """Return the edges by which each point may be left, nearest first; none lies beyond water that is too wide.

    Parameters
    ----------
    network
        The roads.
    lon, lat
        Degrees, ``(points,)``; NaN finds none.
    limit_m
        Longest leg.
    grid
        The same network's segments, for whoever asks again and again.
    """
    rules = network.meta["ends"]
    count, beside_m = int(rules["roads"]), float(rules["beside_km"] or limit_m / 1000) * 1000

    def near(which: NDArray[np.int64], count: int) -> Found:
        x, y = lon[which], lat[which]
        if grid is None and which.size <= _FEW:
            return _compared(network, x, y, limit_m, beside_m, count)
        index = grid or SegmentGrid.build(network)
        if index is None:
            return _nothing(which.size)
        return index.near(x, y, limit_m=limit_m, beside_m=beside_m, count=count)

    everyone = np.arange(lon.size)
    found = near(everyone, count)
    shores = network.shores
    if shores is None or not lon.size:
        return _trimmed(found, found.edge >= 0, count)
    dry = (found.edge >= 0) & ~_wet(shores, lon, lat, found)
    result = _trimmed(found, dry, count)
    again = np.flatnonzero(((found.edge >= 0) & ~dry)[:, :count].any(axis=1))
    if again.size:
        wider = near(again, _MANY)
        open_ = (wider.edge >= 0) & ~_wet(shores, lon[again], lat[again], wider)
        result = _replaced(result, again, _trimmed(wider, open_, count))
    return result


def _wet(shores: Waters, lon: Floats, lat: Floats, found: Found) -> NDArray[np.bool_]:
    """Return which legs cross water that is too wide."""
    columns = found.edge.shape[1]
    legs = (np.repeat(lon, columns), np.repeat(lat, columns), found.lon.ravel(), found.lat.ravel())
    return shores.blocks(legs).reshape(found.edge.shape)


def _trimmed(found: Found, usable: NDArray[np.bool_], count: int) -> Found:
    """Keep the first usable ones of the nearest edges, and the usable ones of larger parts, in this order."""
    nearest = found.edge.shape[1] - FOUND_BESIDE
    keep = usable.copy()
    keep[:, :nearest] &= np.cumsum(usable[:, :nearest], axis=1) <= count
    columns = max(1, int(keep.sum(axis=1).max(initial=0)))
    order = np.argsort(~keep, axis=1, kind="stable")[:, :columns]
    kept = np.take_along_axis(keep, order, axis=1)

    def column(values: NDArray[np.generic], missing: float) -> NDArray[np.generic]:
        return np.where(kept, np.take_along_axis(values, order, axis=1), missing)

    return Found(
        column(found.edge, -1).astype(np.int64),
        *(
            np.asarray(column(values, np.nan), dtype=np.float64)
            for values in (found.fraction, found.metres, found.lon, found.lat)
        ),
    )


def _replaced(result: Found, rows: NDArray[np.int64], by: Found) -> Found:
    """Put other rows into a result, which grows where they have more columns."""
    columns = max(result.edge.shape[1], by.edge.shape[1])

    def put(old: NDArray[N], new: NDArray[N], missing: float) -> NDArray[N]:
        grown = np.full((old.shape[0], columns), missing, dtype=old.dtype)
        grown[:, : old.shape[1]] = old
        grown[rows] = missing
        grown[np.ix_(rows, np.arange(new.shape[1]))] = new
        return grown

    return Found(
        put(result.edge, by.edge, -1),
        put(result.fraction, by.fraction, np.nan),
        put(result.metres, by.metres, np.nan),
        put(result.lon, by.lon, np.nan),
        put(result.lat, by.lat, np.nan),
    )


def _nothing(points: int) -> Found:
    none = np.full((points, 1 + FOUND_BESIDE), np.nan)
    return Found(np.full(none.shape, -1, dtype=np.int64), none, none.copy(), none.copy(), none.copy())


def _compared(network: Network, lon: Floats, lat: Floats, limit_m: float, beside_m: float, count: int) -> Found:
    """Compare a few points with the edges near them: the rule of `SegmentGrid.near`, without compiling."""
    total = count + FOUND_BESIDE
    values = np.full((5, lon.size, total), np.nan)
    values[0] = -1
    part = network.component_id[network.edge_tail]
    for p in np.flatnonzero(np.isfinite(lon) & np.isfinite(lat)):
        place = float(lon[p]), float(lat[p])
        nearest = _nearest(network, place, network.snappable, limit_m, count)
        values[:, p, : nearest.shape[1]] = nearest
        if not nearest.shape[1]:
            continue
        own = int(part[nearest[0].astype(np.int64)].min())
        reach = min(limit_m, nearest[2, 0] + beside_m)
        beside = np.flatnonzero(network.snappable & (part < own))
        beside = beside[_box_metres(network, place, beside) <= reach]
        if beside.size:
            near = _measured(network, beside, place)
            near = near[:, near[2] <= reach]
            _note_larger(values[:, p, count:], near, part)
    return Found(values[0].astype(np.int64), *values[1:])


def _note_larger(row: Floats, near: Floats, part: NDArray[np.int32]) -> None:
    """Put the nearest of some edges, and the nearest of their largest part, into two columns."""
    if not near.shape[1]:
        return
    parts = part[near[0].astype(np.int64)]
    first = int(np.lexsort((near[0], near[2]))[0])
    largest = int(np.lexsort((near[0], near[2], parts))[0])
    row[:, 0] = near[:, first]
    if largest != first:
        row[:, 1] = near[:, largest]


def _box_metres(network: Network, place: tuple[float, float], edges: NDArray[np.int64] | slice) -> Floats:
    """Return how far the box of each edge lies from a place."""
    lon, lat = place
    west, south, east, north = (side[edges] for side in network.boxes)
    dx = np.maximum(0, np.maximum(west - lon, lon - east)) * np.cos(np.radians(lat))
    dy = np.maximum(0, np.maximum(south - lat, lat - north))
    return np.asarray(np.hypot(dx, dy) * METRES_PER_DEGREE)


def _nearest(
    network: Network, place: tuple[float, float], allowed: NDArray[np.bool_], limit_m: float, count: int
) -> Floats:
    """Return edge, fraction, metres, lon and lat of the nearest edges, ``(5, up to count)``."""
    box_m = _box_metres(network, place, slice(None))
    box_m[~allowed] = np.inf
    for tried in (*_BOXES, network.edges):
        some = tried < network.edges
        near = np.argpartition(box_m, tried - 1)[:tried] if some else np.arange(network.edges)
        beyond = np.partition(box_m, tried)[tried] if some else np.inf
        edges = np.sort(near[box_m[near] <= limit_m])
        if not edges.size:
            break
        measured = _measured(network, edges, place)
        order = np.lexsort((measured[0], measured[2]))[:count]
        worst = measured[2, order[-1]] if order.size == count else limit_m
        if worst < beyond or beyond > limit_m:
            found = measured[:, order]
            return found[:, found[2] <= limit_m]
    return np.zeros((5, 0))


def _measured(network: Network, edges: NDArray[np.int64], place: tuple[float, float]) -> Floats:
    """Return edge, fraction along it, metres, lon and lat of the place on each of some edges, ``(5, edges)``."""
    lon, lat = place
    ptr, line_lon, line_lat = edge_lines(network, edges)
    x = (line_lon - lon) * (np.cos(np.radians(lat)) * METRES_PER_DEGREE)
    y = (line_lat - lat) * METRES_PER_DEGREE
    is_end = np.zeros(x.size, dtype=bool)
    is_end[ptr[1:] - 1] = True
    first = np.flatnonzero(~is_end)
    ax, ay, dx, dy = x[first], y[first], x[first + 1] - x[first], y[first + 1] - y[first]
    length2 = dx * dx + dy * dy
    t = np.where(length2 > 0, -(ax * dx + ay * dy) / np.where(length2 > 0, length2, 1.0), 0.0)
    t = np.minimum(1.0, np.maximum(0.0, t))
    px, py = ax + t * dx, ay + t * dy
    d2 = px * px + py * py
    starts = ptr[:-1] - np.arange(edges.size)
    of = np.repeat(np.arange(edges.size), np.diff(ptr) - 1)
    best = np.lexsort((np.arange(d2.size), d2, of))[starts]
    length = np.sqrt(length2)
    before = np.cumsum(length) - length
    total = np.add.reduceat(length, starts)
    along = before[best] - before[starts] + t[best] * length[best]
    fraction = np.minimum(1.0, np.where(total > 0, along / np.where(total > 0, total, 1.0), 0.0))
    at = first[best]
    to_lon, to_lat = (line[at] + t[best] * (line[at + 1] - line[at]) for line in (line_lon, line_lat))
    return np.stack([edges.astype(np.float64), fraction, np.sqrt(d2[best]), to_lon, to_lat])

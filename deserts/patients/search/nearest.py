"""The nearest of many places by road, from one patient, without searching more roads than it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from deserts.arrays import Floats, Longs
from deserts.earth import great_circle_m
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import Doubt, doubts_of
from deserts.patients.search.origin import Origin
from deserts.patients.search.routes import place_on_roads, snap_origin, times_to
from deserts.tables import Status

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["FASTEST_KM_PER_MIN", "Nearest", "great_circle_km", "nearest_by_road"]

FASTEST_KM_PER_MIN = 2.5
"""No road is driven faster than 150 km/h on average: a place farther out than this times the minutes isn't nearer."""

_FIRST_BATCH = 16
_SEARCHES_MIN = (45.0, 180.0, None)
"""Limits tried one after the other: a small search settles most questions."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Places in order of minutes: row of the place, minutes, kilometres, status, straight line (km), and doubts.

    ``doubts`` are from `deserts.patients.search.doubts.doubts_of`.
    """

    row: Longs
    drive_min: Floats
    dist_km: Floats
    status: npt.NDArray[np.str_]
    straight_km: Floats
    doubts: tuple[Doubt, ...]


def great_circle_km(origin: Origin, lon: Floats, lat: Floats) -> Floats:
    """Return the distance (km) from a place to each point on a sphere of the Earth's mean radius; null stays null."""
    return great_circle_m(origin.lon, origin.lat, lon, lat) / 1000


def nearest_by_road(
    origin: Origin,
    data: BackupData,
    lon: Floats,
    lat: Floats,
    *,
    k: int,
    within_min: float | None = None,
    ends: Snaps | None = None,
) -> Nearest:
    """Return the ``k`` nearest places by minutes of driving, exactly.

    Parameters
    ----------
    origin
        The patient's place.
    data
        Gives the network and its limits.
    lon, lat
        The places, degrees; null where not known (such a place is never found).
    k
        How many to return at most.
    within_min
        Leave out what is farther; None sets no limit.
    ends
        The same places on the roads, where they are known already.
    """
    line = great_circle_km(origin, lon, lat)
    if ends is None:
        return _by_batches(origin, data, lon, lat, line, k=k, within_min=within_min)
    return _by_growing_searches(origin, data, ends, line, k=k, within_min=within_min)


def _by_growing_searches(
    origin: Origin, data: BackupData, ends: Snaps, line: Floats, *, k: int, within_min: float | None
) -> Nearest:
    """Search farther and farther until ``k`` are found: whatever a search did not reach lies farther out.

    Where all are wanted, a small search would only be made again.
    """
    start = snap_origin(origin, data)
    known = np.isfinite(line)
    for search_min in _SEARCHES_MIN if k < known.sum() else _SEARCHES_MIN[-1:]:
        limit_min = search_min if within_min is None else min(within_min, search_min or within_min)
        drive_min, dist_km, status = times_to(start, ends, data, limit_min=limit_min)
        inside = np.flatnonzero((status == Status.OK) & known)
        best = inside[np.lexsort((inside, drive_min[inside]))][:k]
        if len(best) == min(k, int(known.sum())) or limit_min == within_min:
            break
    doubts = doubts_of(start, ends[best], drive_min[best], data)
    return Nearest(best, drive_min[best], dist_km[best], status[best].astype(str), line[best], doubts)


def _by_batches(
    origin: Origin,
    data: BackupData,
    lon: Floats,
    lat: Floats,
    line: Floats,
    *,
    k: int,
    within_min: float | None,
) -> Nearest:
    """Snap and search in batches, nearest by straight line first.

    It stops once the k-th minutes are too few for any place farther out to be nearer at the fastest speed there is.
    """
    order = np.argsort(line, kind="stable")[: int(np.isfinite(line).sum())]
    limit_min = np.inf if within_min is None else within_min
    size = min(max(_FIRST_BATCH, 2 * k), len(order))
    while True:
        rows = order[:size]
        drive_min, dist_km, status = _times(origin, data, lon[rows], lat[rows], within_min)
        inside = np.flatnonzero((status == Status.OK) & (drive_min <= limit_min))
        best = inside[np.lexsort((rows[inside], drive_min[inside]))][:k]
        farthest = drive_min[best[-1]] if len(best) == k else limit_min
        if size == len(order) or farthest * FASTEST_KM_PER_MIN <= line[order[size - 1]]:
            break
        size = min(2 * size, len(order))
    found = rows[best]
    doubts = _doubts(origin, data, lon[found], lat[found], drive_min[best])
    return Nearest(found, drive_min[best], dist_km[best], status[best], line[found], doubts)


def _times(
    origin: Origin, data: BackupData, lon: Floats, lat: Floats, within_min: float | None
) -> tuple[Floats, Floats, npt.NDArray[np.str_]]:
    ends = place_on_roads(data, lon, lat)
    drive_min, dist_km, status = times_to(snap_origin(origin, data), ends, data, limit_min=within_min)
    return drive_min, dist_km, status.astype(str)


def _doubts(origin: Origin, data: BackupData, lon: Floats, lat: Floats, drive_min: Floats) -> tuple[Doubt, ...]:
    return doubts_of(snap_origin(origin, data), place_on_roads(data, lon, lat), drive_min, data)

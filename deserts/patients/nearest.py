"""The nearest of many places by road, from one patient, without snapping all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from deserts.patients.origin import Origin
from deserts.patients.supply import BackupData
from deserts.tables import Status

__all__ = ["FASTEST_KM_PER_MIN", "Nearest", "great_circle_km", "nearest_by_road"]

FASTEST_KM_PER_MIN = 2.5
"""No road is driven faster than 150 km/h on average: a place farther out than this times the minutes isn't nearer."""

_EARTH_KM = 6371.0088
_FIRST_BATCH = 16

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Places in order of minutes: row of the place, minutes, kilometres, status, and straight line (km)."""

    row: Ints
    drive_min: Floats
    dist_km: Floats
    status: npt.NDArray[np.str_]
    straight_km: Floats


def great_circle_km(origin: Origin, lon: Floats, lat: Floats) -> Floats:
    """Return the distance (km) from a place to each point on a sphere of the Earth's mean radius; null stays null."""
    here_lon, here_lat = np.radians(origin.lon), np.radians(origin.lat)
    there_lon, there_lat = np.radians(lon), np.radians(lat)
    chord = (
        np.sin((there_lat - here_lat) / 2) ** 2
        + np.cos(there_lat) * np.cos(here_lat) * np.sin((there_lon - here_lon) / 2) ** 2
    )
    distance: Floats = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return distance


def nearest_by_road(
    origin: Origin, data: BackupData, lon: Floats, lat: Floats, *, k: int, within_min: float | None = None
) -> Nearest:
    """Return the ``k`` nearest places by minutes of driving, exactly.

    Places are snapped and searched in batches, nearest by straight line first. It stops once the k-th minutes are too
    few for any place farther out to be nearer at the fastest speed there is.

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
    """
    line = great_circle_km(origin, lon, lat)
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
    return Nearest(rows[best], drive_min[best], dist_km[best], status[best], line[rows[best]])


def _times(
    origin: Origin, data: BackupData, lon: Floats, lat: Floats, within_min: float | None
) -> tuple[Floats, Floats, npt.NDArray[np.str_]]:
    from deserts.roads import snap, times_from_point

    start = snap(data.network, np.array([origin.lon]), np.array([origin.lat]), max_snap_km=data.max_snap_km)
    ends = snap(data.network, lon, lat, max_snap_km=data.max_snap_km)
    drive_min, dist_km, status = times_from_point(data.network, start, ends, limit_min=within_min)
    return drive_min, dist_km, np.asarray(status).astype(str)

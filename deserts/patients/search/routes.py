"""The way from a patient's place to any places: compiled and prepared in a program that stays, plain in a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deserts.arrays import Floats
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.origin import Origin

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["place_on_roads", "times_to"]


def place_on_roads(data: BackupData, lon: Floats, lat: Floats, *, within_km: Floats | float = 0.0) -> Snaps:
    """Return places (degrees) on the road network of the region; see `deserts.roads.snap`."""
    if data.router is not None:
        return data.router.snap(lon, lat, max_snap_km=data.max_snap_km, within_km=within_km)
    from deserts.roads import snap

    return snap(data.network, lon, lat, max_snap_km=data.max_snap_km, within_km=within_km)


def snap_origin(origin: Origin, data: BackupData) -> Snaps:
    """Return a patient's place on the road network; of a ZIP's centre no trip is shorter than one inside the ZIP."""
    from deserts.roads import within_km

    lon, lat = np.array([origin.lon]), np.array([origin.lat])
    zips = data.zips.columns(["lon", "lat"]) if origin.zip_precise else None
    within = 0.0 if zips is None else within_km(lon, lat, (zips["lon"], zips["lat"]))
    return place_on_roads(data, lon, lat, within_km=within)


def times_to(
    start: Snaps, ends: Snaps, data: BackupData, *, limit_min: float | None
) -> tuple[Floats, Floats, np.ndarray]:
    """Return minutes (not a number where there are none), kilometres and status from a place to others: one search.

    Parameters
    ----------
    start
        One place, from `snap_origin`.
    ends
        The others; those of ``data.snaps`` itself are prepared already.
    limit_min
        Minutes at which the search stops; None searches everything that has a road.
    """
    if data.router is None:
        from deserts.roads import times_from_point

        return times_from_point(data.network, start, ends, limit_min=limit_min)
    prepared = data.ends if ends is data.snaps and data.ends is not None else data.router.destinations(ends)
    return data.router.times(start, prepared, limit_min=limit_min)

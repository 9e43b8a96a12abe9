"""The way from a patient's place to any places: compiled and prepared in a program that stays, plain in a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deserts.arrays import Floats
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.origin import Origin

if TYPE_CHECKING:
    from deserts.roads import Snaps
    from deserts.roads.within import Around

__all__ = ["place_on_roads", "times_to"]


def place_on_roads(data: BackupData, lon: Floats, lat: Floats, *, within_km: Floats | float = 0.0) -> Snaps:
    """Return places (degrees) on the road network of the region; see `deserts.roads.snap`."""
    if data.ready is not None:
        return data.ready.router.snap(lon, lat, max_snap_km=data.max_snap_km, within_km=within_km)
    from deserts.roads import snap

    return snap(data.network, lon, lat, max_snap_km=data.max_snap_km, within_km=within_km)


def _around(data: BackupData) -> Around:
    if data.ready is not None:
        return data.ready.around
    from deserts.roads.within import Around

    columns = data.zips.columns(["lon", "lat"])
    return Around(columns["lon"], columns["lat"])


def snap_origin(origin: Origin, data: BackupData) -> Snaps:
    """Return a patient's place on the road network; of a ZIP's centre no trip is shorter than one inside the ZIP."""
    lon, lat = np.array([origin.lon]), np.array([origin.lat])
    within = 0.0 if not origin.zip_precise else _around(data).km(lon, lat)
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
    ready = data.ready
    if ready is None:
        from deserts.roads import times_from_point

        return times_from_point(data.network, start, ends, limit_min=limit_min)
    kept = ready.sites if ends is data.snaps else ready.places if ends is data.places.ends else None
    return ready.router.times(start, kept or ready.router.destinations(ends), limit_min=limit_min)

"""Miles, kilometres, degrees, and distances on the Earth."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from deserts.arrays import Floats

__all__ = [
    "EARTH_RADIUS_KM", "EARTH_RADIUS_M", "KM_PER_DEGREE", "KM_PER_MILE", "METRES_PER_DEGREE", "great_circle_m",
    "on_sphere",
]  # fmt: skip

KM_PER_MILE: Final = 1.609344
"""The international mile, exactly."""
EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""
EARTH_RADIUS_KM: Final = EARTH_RADIUS_M / 1000
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * np.pi / 180
"""Along a meridian."""
KM_PER_DEGREE: Final = METRES_PER_DEGREE / 1000


def great_circle_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Return great-circle distances in metres between places in degrees (haversine formula).

    References
    ----------
    Sinnott, R. W. (1984). Virtues of the haversine. Sky and Telescope 68 (2), 159.
    """
    a_lon, a_lat, b_lon, b_lat = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lon1, lat1, lon2, lat2))
    half = np.sin((b_lat - a_lat) / 2) ** 2 + np.cos(a_lat) * np.cos(b_lat) * np.sin((b_lon - a_lon) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half))), dtype=np.float64)


def on_sphere(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Return places in degrees as points ``(places, 3)`` on a sphere of radius 1: near there is near on the ground."""
    a, b = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    return np.column_stack([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])

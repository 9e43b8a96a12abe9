"""Distances on the sphere and an order of places along a space-filling curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["EARTH_RADIUS_M", "METRES_PER_DEGREE", "great_circle_m", "morton_order"]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""

METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180


def great_circle_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> NDArray[np.float64]:
    """Return great-circle distances in metres between places in degrees (haversine formula).

    References
    ----------
    Sinnott, R. W. (1984). Virtues of the haversine. Sky and Telescope 68 (2), 159.
    """
    a_lon, a_lat, b_lon, b_lat = (np.radians(np.asarray(x, dtype=np.float64)) for x in (lon1, lat1, lon2, lat2))
    half = np.sin((b_lat - a_lat) / 2) ** 2 + np.cos(a_lat) * np.cos(b_lat) * np.sin((b_lon - a_lon) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half))), dtype=np.float64)


def morton_order(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order of places along the Z-order curve, so that neighbours on the ground are neighbours in memory.

    References
    ----------
    Morton, G. M. (1966). A computer oriented geodetic data base and a new technique in file sequencing. IBM.
    """
    x = (lon_e7.astype(np.int64) + (1 << 31)).astype(np.uint64)
    y = (lat_e7.astype(np.int64) + (1 << 31)).astype(np.uint64)
    key = _spread(x) | (_spread(y) << np.uint64(1))
    return np.asarray(np.argsort(key, kind="stable"), dtype=np.int64)


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Move the lower 32 bits apart, a zero between each two."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values

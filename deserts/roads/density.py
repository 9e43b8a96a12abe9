"""Density around a place, from any table of points: people, or metres of road."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE

__all__ = ["Amounts", "per_km2"]

_WEIGHT_STEPS = 1 << 16


def per_km2(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    points: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    radius_km: float,
) -> NDArray[np.float64]:
    """Return the amount per square kilometre around each place.

    Points within ``radius_km`` count with the weight (1 - (d / radius)^2)^2, a kernel that falls smoothly to zero, so
    no single point makes a jump. Sums are of whole numbers: the order of the points changes nothing.

    Parameters
    ----------
    lon, lat
        Degrees, ``(places,)``.
    points
        lon, lat, amount (people, metres; rounded to whole numbers): ``(points,)`` each.
    radius_km
        Radius of the kernel.

    References
    ----------
    Silverman, B. W. (1986). Density estimation for statistics and data analysis, eq. 4.5 (biweight kernel).
    https://doi.org/10.1201/9781315140919
    """
    return Amounts.of(points, radius_km).per_km2(lon, lat)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Points of a table in rows of latitude, sorted once for any number of places.

    Parameters
    ----------
    lon, lat, amount
        Degrees and whole numbers, ``(points,)``.
    row_ptr
        Where each row begins, int64.
    radius_km
        Radius of the kernel of `per_km2`.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    amount: NDArray[np.int64]
    row_ptr: NDArray[np.int64]
    radius_km: float

    @classmethod
    def of(cls, points: tuple[NDArray[np.float64], ...], radius_km: float) -> Self:
        """Sort points, as `per_km2` takes them."""
        lon, lat, amount = (np.asarray(part, dtype=np.float64) for part in points)
        cell = _degrees(radius_km)
        row = np.floor((lat + 90) / cell).astype(np.int64)
        order = np.lexsort((lon, row))
        row_ptr = np.searchsorted(row[order], np.arange(int(180 / cell) + 3)).astype(np.int64)
        return cls(lon[order], lat[order], np.rint(amount[order]).astype(np.int64), row_ptr, radius_km)

    def per_km2(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the amount per square kilometre around places in degrees."""
        if not self.lon.size:
            return np.zeros(lon.size)
        total = _sum_near(
            np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), self.lon, self.lat, self.amount,
            self.row_ptr, _degrees(self.radius_km),
        )  # fmt: skip
        # the kernel's volume is pi r^2 / 3
        return np.asarray(total / _WEIGHT_STEPS / (np.pi * self.radius_km**2 / 3), dtype=np.float64)


def _degrees(km: float) -> float:
    """Return so many kilometres as degrees of latitude."""
    return km * 1000 / METRES_PER_DEGREE


@njit(cache=True, nogil=True)
def _sum_near(lon, lat, points_lon, points_lat, amount, row_ptr, cell):  # type: ignore[no-untyped-def]
    """Sum whole-number kernel weights of the points in the rows of latitude around each place."""
    total = np.zeros(lon.size, dtype=np.int64)
    for i in range(lon.size):
        shrink = max(0.01, np.cos(np.radians(lat[i])))
        reach = cell / shrink
        row = int((lat[i] + 90) / cell)
        for r in range(max(0, row - 1), min(row_ptr.size - 1, row + 2)):
            j = row_ptr[r] + np.searchsorted(points_lon[row_ptr[r] : row_ptr[r + 1]], lon[i] - reach)
            while j < row_ptr[r + 1] and points_lon[j] <= lon[i] + reach:
                dx = (points_lon[j] - lon[i]) * shrink
                dy = points_lat[j] - lat[i]
                near = 1.0 - (dx * dx + dy * dy) / (cell * cell)
                if near > 0:
                    total[i] += amount[j] * int(near * near * _WEIGHT_STEPS)
                j += 1
    return total

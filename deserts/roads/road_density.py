"""Kilometres of main road per square kilometre, which tell how built-up land is where no population is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.roads.density import per_km2

__all__ = ["Lines", "MainRoads"]

Places = tuple[NDArray[np.float64], NDArray[np.float64]]
"""lon, lat in degrees."""

Lines = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""lon, lat of one end and lon, lat of the other, in degrees."""

_STEP_M = 1000.0
"""Longest piece of road that is taken as lying at its middle."""

_CELLS_PER_DEGREE = 100
"""Roads are added up, and densities worked out, in cells of about a kilometre."""


@dataclass(frozen=True, slots=True)
class MainRoads:
    """Main roads added up by cell.

    Parameters
    ----------
    lon, lat, metres
        Centre of each cell that has any (degrees), and the metres there.
    radius_km
        Roads within it count, with the kernel of `per_km2`.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    metres: NDArray[np.float64]
    radius_km: float

    @classmethod
    def of(cls, roads: Lines, *, weight: NDArray[np.float64], radius_km: float) -> MainRoads:
        """Add up roads.

        Parameters
        ----------
        roads
            Main roads as straight segments, ``(roads,)`` each.
        weight
            ``(roads,)``: how much of its length counts: 1, or a half for one carriageway of a divided road.
        radius_km
            Radius of the kernel.
        """
        which, lon, lat, metres = _pieces(roads)
        filled, cell = np.unique(_cell(lon, lat), return_inverse=True)
        total = np.bincount(cell, weights=np.rint(metres * weight[which]), minlength=filled.size)
        return cls(*_centre(filled), total.astype(np.float64), radius_km)

    def km_per_km2(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the km of main road per square kilometre around each place.

        The work grows with the cells that the places lie in, hardly with their number.
        """
        asked, back = np.unique(_cell(lon, lat), return_inverse=True)
        points = self.lon, self.lat, self.metres
        density = per_km2(*_centre(asked), points=points, radius_km=self.radius_km) / 1000
        return np.asarray(density[back], dtype=np.float64)


def _pieces(
    roads: Lines,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Cut roads into pieces of at most `_STEP_M`; return the road, the middle and the length of each piece."""
    lon, lat, to_lon, to_lat = roads
    length = great_circle_m(lon, lat, to_lon, to_lat)
    parts = np.maximum(1, np.ceil(length / _STEP_M)).astype(np.int64)
    of = np.repeat(np.arange(length.size), parts)
    number = np.arange(of.size) - np.repeat(np.cumsum(parts) - parts, parts)
    along = (number + 0.5) / parts[of]
    return of, lon[of] + (to_lon - lon)[of] * along, lat[of] + (to_lat - lat)[of] * along, (length / parts)[of]


def _cell(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    column, row = (np.floor(axis * _CELLS_PER_DEGREE).astype(np.int64) for axis in (lon + 180, lat + 90))
    return row * 360 * _CELLS_PER_DEGREE + column


def _centre(cell: NDArray[np.int64]) -> Places:
    row, column = np.divmod(cell, 360 * _CELLS_PER_DEGREE)
    return (column + 0.5) / _CELLS_PER_DEGREE - 180, (row + 0.5) / _CELLS_PER_DEGREE - 90

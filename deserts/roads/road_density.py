"""Roads and crossings per square kilometre, which tell how built-up land is where no population is given."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.roads.density import Amounts

__all__ = ["Lines", "Places", "Points", "around", "by_cell", "pieces_of_road"]

Places = tuple[NDArray[np.float64], NDArray[np.float64]]
"""lon, lat in degrees."""

Lines = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""lon, lat of one end and lon, lat of the other, in degrees."""

Points = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""lon, lat in degrees, and an amount in thousandths: metres of road, thousandths of a crossing."""

_STEP_M = 1000.0
"""Longest piece of road that is taken as lying at its middle."""

_CELLS_PER_DEGREE = 100
"""Amounts are added up, and densities worked out, in cells of about a kilometre."""


def around(places: Places, amounts: Amounts) -> NDArray[np.float64]:
    """Return the amount per square kilometre around each place, in whole units: kilometres of road, or crossings.

    The work grows with the cells that the places lie in, hardly with their number.

    Parameters
    ----------
    places
        ``(places,)`` each.
    amounts
        Made of points from `by_cell`.
    """
    asked, back = np.unique(_cell(*places), return_inverse=True)
    density = amounts.per_km2(*_centre(asked)) / 1000
    return np.asarray(density[back], dtype=np.float64)


def by_cell(points: Points) -> Points:
    """Add up points by cell."""
    lon, lat, amount = points
    filled, cell = np.unique(_cell(lon, lat), return_inverse=True)
    total = np.bincount(cell, weights=np.rint(amount), minlength=filled.size).astype(np.float64)
    return (*_centre(filled), total)


def pieces_of_road(roads: Lines, weight: NDArray[np.float64]) -> Points:
    """Cut roads into pieces that are taken as lying at their middles.

    Parameters
    ----------
    roads
        Roads as straight segments, ``(roads,)`` each.
    weight
        ``(roads,)``: how much of its length counts: 1, or a half for one carriageway of a divided road.
    """
    lon, lat, to_lon, to_lat = roads
    length = great_circle_m(lon, lat, to_lon, to_lat)
    parts = np.maximum(1, np.ceil(length / _STEP_M)).astype(np.int64)
    of = np.repeat(np.arange(length.size), parts)
    number = np.arange(of.size) - np.repeat(np.cumsum(parts) - parts, parts)
    along = (number + 0.5) / parts[of]
    middle = lon[of] + (to_lon - lon)[of] * along, lat[of] + (to_lat - lat)[of] * along
    return (*middle, (length / parts)[of] * weight[of])


def _cell(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    column, row = (np.floor(axis * _CELLS_PER_DEGREE).astype(np.int64) for axis in (lon + 180, lat + 90))
    return row * 360 * _CELLS_PER_DEGREE + column


def _centre(cell: NDArray[np.int64]) -> Places:
    row, column = np.divmod(cell, 360 * _CELLS_PER_DEGREE)
    return (column + 0.5) / _CELLS_PER_DEGREE - 180, (row + 0.5) / _CELLS_PER_DEGREE - 90

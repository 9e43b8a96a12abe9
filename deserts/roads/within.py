"""How far a drive inside one place is: a ZIP or block group whose centre is all that is known of it."""

from __future__ import annotations

import numpy as np

from deserts.arrays import Floats
from deserts.earth import EARTH_RADIUS_KM, on_sphere

__all__ = ["Around", "within_km"]


_NEIGHBOURS = 4
_SHARE = 1 / 3
_MOST_KM = 15.0


def within_km(lon: Floats, lat: Floats, places: tuple[Floats, Floats] | None = None) -> Floats:
    """Return the straight length of a typical drive inside the place that each centre stands for, kilometres.

    Places lie close where they are small: when the fourth nearest other centre is d away, there are about four places
    on the disc of that radius, so one takes a quarter of its area. From the middle of a disc of radius d / 2 the mean
    distance to a point of it is two thirds of the radius, hence d / 3.

    Parameters
    ----------
    lon, lat
        Centres, degrees; NaN gives 0.
    places
        Longitudes and latitudes of all places of the kind; None takes the centres themselves.
    """
    return Around(*((lon, lat) if places is None else places)).km(lon, lat)


class Around:
    """The places of a kind, prepared for asking of one centre after another; see `within_km`.

    Parameters
    ----------
    lon, lat
        Longitudes and latitudes of all places of the kind, degrees.
    """

    def __init__(self, lon: Floats, lat: Floats) -> None:
        from scipy.spatial import cKDTree

        finite = np.isfinite(lon) & np.isfinite(lat)
        distinct = np.unique(np.column_stack([lon[finite], lat[finite]]), axis=0)
        self._count = min(_NEIGHBOURS, len(distinct) - 1)
        self._tree = cKDTree(on_sphere(distinct[:, 0], distinct[:, 1]))

    def km(self, lon: Floats, lat: Floats) -> Floats:
        """Return the straight length of a typical drive inside the place that each centre stands for, kilometres."""
        known = np.isfinite(lon) & np.isfinite(lat)
        found = np.zeros(lon.size)
        if self._count < 1 or not known.any():
            return found
        chord, _ = self._tree.query(on_sphere(lon[known], lat[known]), k=self._count + 1)
        arc_km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chord[:, -1] / 2))
        # fewer neighbours than four share out their disc in the same way
        found[known] = np.minimum(_MOST_KM, _SHARE * 2 * arc_km / np.sqrt(self._count))
        return found

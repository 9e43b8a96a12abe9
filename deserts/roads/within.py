"""How far a drive inside one place is: a ZIP or block group whose centre is all that is known of it."""

from __future__ import annotations

import numpy as np

from deserts.arrays import Floats
from deserts.earth import EARTH_RADIUS_KM, on_sphere

__all__ = ["within_km"]


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
    from scipy.spatial import cKDTree

    known = np.isfinite(lon) & np.isfinite(lat)
    others = (lon[known], lat[known]) if places is None else places
    finite = np.isfinite(others[0]) & np.isfinite(others[1])
    distinct = np.unique(np.column_stack([others[0][finite], others[1][finite]]), axis=0)
    found = np.zeros(lon.size)
    count = min(_NEIGHBOURS, len(distinct) - 1)
    if count < 1 or not known.any():
        return found
    tree = cKDTree(on_sphere(distinct[:, 0], distinct[:, 1]))
    chord, _ = tree.query(on_sphere(lon[known], lat[known]), k=count + 1)
    arc_km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chord[:, -1] / 2))
    # fewer neighbours than four share out their disc in the same way
    found[known] = np.minimum(_MOST_KM, _SHARE * 2 * arc_km / np.sqrt(count))
    return found

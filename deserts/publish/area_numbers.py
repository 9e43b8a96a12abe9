"""People and minutes of any areas (ZIPs, towns, districts, states) by one rule: residents, who is far, the middle."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.arrays import Ints

__all__ = ["area_numbers", "nearest_zip"]


def area_numbers(points: pd.DataFrame, area: Ints, n_areas: int, *, limit_min: float) -> pd.DataFrame:
    """Return the numbers of areas from the points that lie in them.

    Parameters
    ----------
    points
        Result of `deserts.publish.supply_views.view_points`.
    area
        Number of the area of each point, -1 for none.
    n_areas
        Number of areas.
    limit_min
        Minutes beyond which somebody lives far away.

    Returns
    -------
    pandas.DataFrame
        One row an area: residents, beyond (residents farther than the limit), nearest_min and second_min of the middle
        resident (infinite where none is in reach). All but the residents are null where nothing can be told.
    """
    inside = area >= 0
    residents = np.bincount(area[inside], weights=points["population"].to_numpy(float)[inside], minlength=n_areas)
    known = inside & points["told"].to_numpy(dtype=bool)
    people = points["population"].to_numpy(dtype=float)[known]
    of_area = area[known].astype(np.int64)
    nearest = points["nearest_min"].to_numpy(dtype=float)[known]
    counted = np.bincount(of_area, weights=people, minlength=n_areas)
    beyond = np.bincount(of_area, weights=people * (nearest > limit_min), minlength=n_areas)
    table = pd.DataFrame({"residents": residents, "beyond": np.where(counted > 0, beyond, np.nan)})
    for name in ("nearest_min", "second_min"):
        minutes = points[name].to_numpy(dtype=float)[known]
        table[name] = weighted_quantile(minutes, people, of_area, n_areas, 0.5)
    return table


def nearest_zip(points: pd.DataFrame, zips: pd.DataFrame) -> Ints:
    """Return the row of the ZIP whose centre is nearest to each point, among those of its own state; -1 without any.

    Parameters
    ----------
    points
        With ``lon, lat, state``.
    zips
        With ``lon, lat, state``.
    """
    from scipy.spatial import cKDTree

    found = np.full(len(points), -1, dtype=np.int64)
    for state, rows in points.groupby("state").indices.items():
        own = np.flatnonzero((zips["state"] == state).to_numpy())
        if own.size == 0:
            continue
        here = points[["lon", "lat"]].to_numpy(dtype=float)[rows]
        squeeze = np.array([np.cos(np.radians(here[:, 1].mean())), 1.0])
        tree = cKDTree(zips[["lon", "lat"]].to_numpy(dtype=float)[own] * squeeze)
        found[rows] = own[tree.query(here * squeeze)[1]]
    return found

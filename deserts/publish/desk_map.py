"""The small map of the desk: county outlines, ZIPs and sites in drawing units; no tiles, nothing to fetch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from deserts.documents import plain
from deserts.documents.mercator import eastings, outline_paths, southings

__all__ = ["map_data"]

_TOLERANCE_DEGREES = 0.01
"""Outlines are simplified by so much: a kilometre, which a map of this size does not show."""
_MARGIN_DEGREES = 0.7


def map_data(
    counties: pd.DataFrame | None, *, zips: pd.DataFrame, sites: pd.DataFrame, places: pd.DataFrame
) -> dict[str, Any]:
    """Return what the page draws.

    Parameters
    ----------
    counties
        The table ``counties`` with its geometry; None or empty draws places alone.
    zips, sites, places
        ``lon`` and ``lat`` of the ZIPs, sites and hospitals of the page, in its order; missing ones become null.
    """
    return {
        "counties": _outlines(counties, zips),
        **{name: _points(frame) for name, frame in (("zips", zips), ("sites", sites), ("places", places))},
    }


def _points(frame: pd.DataFrame) -> list[list[int] | None]:
    lon, lat = frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float)
    known = ~(np.isnan(lon) | np.isnan(lat))
    xs, ys = eastings(np.where(known, lon, 0.0)), southings(np.where(known, lat, 0.0))
    return [[int(x), int(y)] if is_known else None for x, y, is_known in zip(xs, ys, known, strict=True)]


def _outlines(counties: pd.DataFrame | None, zips: pd.DataFrame) -> list[dict[str, Any]]:
    """Return path, name and the place of the name of every county around the ZIPs."""
    if counties is None or counties.empty or zips.empty:
        return []
    import shapely

    rows = counties[counties["geometry"].notna()].sort_values("county_fips")
    shapes = np.asarray(rows["geometry"].to_numpy(), dtype=object)
    lon, lat = zips["lon"].to_numpy(dtype=float), zips["lat"].to_numpy(dtype=float)
    around = shapely.box(lon.min(), lat.min(), lon.max(), lat.max()).buffer(_MARGIN_DEGREES)
    near = shapely.intersects(shapes, around)
    shapes, names = shapes[near], rows["name"].to_numpy()[near]
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    xs, ys = eastings(middles[:, 0]), southings(middles[:, 1])
    paths = outline_paths(shapely.simplify(shapes, _TOLERANCE_DEGREES))
    return [
        {"path": path, "name": plain(str(name), one_line=True), "x": int(x), "y": int(y)}
        for path, name, x, y in zip(paths, names, xs, ys, strict=True)
    ]

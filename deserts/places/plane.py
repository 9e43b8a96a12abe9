"""Distances to a county's border, on a plane that is true near by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.arrays import Floats, Longs
from deserts.earth import KM_PER_DEGREE

__all__ = ["border_points", "km_to", "outside", "rows_by_county", "shape_by_county"]


def shape_by_county(counties: pd.DataFrame) -> Mapping[str, shapely.Geometry]:
    """Return the polygon of each county that has one (``county_fips, geometry``)."""
    known = counties[counties["geometry"].notna()].drop_duplicates("county_fips")
    return dict(zip(known["county_fips"].astype(str), known["geometry"], strict=True))


def rows_by_county(frame: pd.DataFrame) -> Mapping[str, Longs]:
    """Return the positions of the rows of each county, in the order of the counties."""
    codes, names = pd.factorize(frame["county_fips"], sort=True)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    return {str(name): order[starts[i] : starts[i + 1]] for i, name in enumerate(names)}


def outside(shape: shapely.Geometry, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Say for each point whether it lies outside a polygon."""
    shapely.prepare(shape)
    return np.asarray(~shapely.intersects_xy(shape, lon, lat), dtype=bool)


def km_to(shape: shapely.Geometry, lon: Floats, lat: Floats) -> Floats:
    """Return the distance of each point to a polygon (km)."""
    flat, points = _on_plane(shape, lon, lat)
    return np.asarray(shapely.distance(points, flat), dtype=np.float64)


def border_points(shape: shapely.Geometry, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return the place of a polygon that is nearest to each point, as longitudes and latitudes."""
    flat, points = _on_plane(shape, lon, lat)
    nearest = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(flat, points), 0))
    back = nearest / _scale(lat)
    return back[:, 0], back[:, 1]


def _scale(lat: Floats) -> Floats:
    return np.array([np.cos(np.radians(lat.mean())), 1.0]) * KM_PER_DEGREE


def _on_plane(shape: shapely.Geometry, lon: Floats, lat: Floats) -> tuple[shapely.Geometry, npt.NDArray[np.object_]]:
    scale = _scale(lat)

    def scaled(xy: Floats) -> Floats:
        return np.asarray(xy * scale, dtype=np.float64)

    return shapely.transform(shape, scaled), np.asarray(shapely.points(np.column_stack([lon, lat]) * scale))

"""Demand points from ZIP populations that add up to the census, county by county.

A ZIP area may lie in several counties. Its people are split over them by the people of the block groups or tracts that
lie nearest to it, where these are at hand, else by the land of its parts; then each county's points are scaled to its
census total. How much had to be scaled is told of every county: a large factor means that a ZIP's people were given
to the wrong county, and such a county is not assessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.places.plane import border_points, outside, rows_by_county, shape_by_county

__all__ = ["ZipDemand", "zip_demand"]

_COLUMNS = ["point_id", "point_kind", "county_fips", "lon", "lat", "population", "county_factor"]


@dataclass(frozen=True, slots=True)
class ZipDemand:
    """Points, and what was done to make them add up.

    Parameters
    ----------
    points
        ``point_id, point_kind (zip, or county for a county without a located ZIP), county_fips, lon, lat, population,
        county_factor``; whole people, whose sum in each county is that of the census.
    counties
        One row a county: ``county_fips, population_census, zips, population_before, difference_before, county_factor,
        population_after, difference_after, people_moved`` (added or taken away by scaling).
    unplaced_people
        People of ZIPs without a place or a county, who come back by scaling.
    moved_points
        Points that were moved into their county, since the centre of their ZIP lies outside it.
    """

    points: pd.DataFrame
    counties: pd.DataFrame
    unplaced_people: float
    moved_points: int


def zip_demand(
    *,
    zip_population: pd.DataFrame,
    zip_places: pd.DataFrame,
    county_centres: pd.DataFrame,
    zip_county: pd.DataFrame,
    fine_centres: pd.DataFrame | None = None,
    county_shapes: pd.DataFrame | None = None,
) -> ZipDemand:
    """Build demand points from ZIP populations.

    Parameters
    ----------
    zip_population
        ``zip, population``.
    zip_places
        ``zip, lon, lat``.
    county_centres
        ``county_fips, population, lon, lat``: the census totals, and where a county without a ZIP stands.
    zip_county
        ``zip, county_fips, land_m2``: a row for each part of a ZIP area in a county.
    fine_centres
        ``county_fips, population, lon, lat`` of block groups or tracts; None splits by land.
    county_shapes
        ``county_fips, geometry``; a part whose place lies outside its county is then moved to the nearest place inside.
    """
    census = county_centres.drop_duplicates("county_fips").set_index("county_fips")["population"].astype(float)
    places = zip_places.drop_duplicates("zip").set_index("zip")
    people = zip_population.drop_duplicates("zip").set_index("zip")["population"].astype(float)
    parts = zip_county[zip_county["county_fips"].isin(census.index) & zip_county["zip"].isin(places.index)]
    parts = parts.groupby(["zip", "county_fips"])[["land_m2"]].sum().reset_index()
    parts = parts.assign(lon=parts["zip"].map(places["lon"]), lat=parts["zip"].map(places["lat"]))
    parts = _with_people_near(parts, fine_centres)
    share = _share_of_zip(parts)
    parts = parts.assign(before=share * parts["zip"].map(people).fillna(0.0))
    parts = parts[parts["before"] > 0].reset_index(drop=True)
    parts, moved = _inside(parts, county_shapes)
    before = parts.groupby("county_fips")["before"].sum().reindex(census.index).fillna(0.0)
    factor = (census / before.where(before > 0)).rename("county_factor")
    points = [_scaled(parts, census, factor)] if len(parts) else []
    bare = county_centres[~county_centres["county_fips"].isin(parts["county_fips"])].drop_duplicates("county_fips")
    bare = bare.assign(point_id="C" + bare["county_fips"], point_kind="county", county_factor=np.nan)
    table = pd.concat([*points, bare[_COLUMNS].astype({"population": "int64"})], ignore_index=True)
    table = table.sort_values("point_id", ignore_index=True)
    return ZipDemand(table, _told(census, parts, table, before, factor), float(people.sum() - before.sum()), moved)


def _with_people_near(parts: pd.DataFrame, fine: pd.DataFrame | None) -> pd.DataFrame:
    """Add the people of the block groups nearest to each part, and put the part at their centre of population.

    A block group belongs to the nearest ZIP area that has a part in the block group's own county.
    """
    if fine is None:
        return parts.assign(near=0.0)
    from scipy.spatial import cKDTree

    nearest = np.full(len(fine), -1, dtype=np.int64)
    rows_of = rows_by_county(parts)
    for fips, rows in rows_by_county(fine).items():
        if fips not in rows_of:
            continue
        own = rows_of[fips]
        tree = cKDTree(_on_plane(parts["lon"].to_numpy()[own], parts["lat"].to_numpy()[own]))
        nearest[rows] = own[tree.query(_on_plane(fine["lon"].to_numpy()[rows], fine["lat"].to_numpy()[rows]))[1]]
    known = nearest >= 0
    weight = fine["population"].to_numpy(np.float64)[known]

    def summed(value: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.bincount(nearest[known], weights=value, minlength=len(parts)).astype(np.float64)

    near = summed(weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = {name: summed(weight * fine[name].to_numpy(np.float64)[known]) / near for name in ("lon", "lat")}
    told = near > 0
    return parts.assign(near=near, **{name: np.where(told, centre[name], parts[name]) for name in ("lon", "lat")})


def _share_of_zip(parts: pd.DataFrame) -> pd.Series:
    """Return the share of a ZIP's people in each of its parts: by people near by, else by land, else evenly."""
    result = pd.Series(np.nan, index=parts.index)
    for column in ("near", "land_m2"):
        total = parts.groupby("zip")[column].transform("sum")
        result = result.fillna(parts[column] / total.where(total > 0))
    return result.fillna(1.0 / parts.groupby("zip")["zip"].transform("size"))


def _inside(parts: pd.DataFrame, shapes: pd.DataFrame | None) -> tuple[pd.DataFrame, int]:
    """Move parts that lie outside their county to the nearest place inside it."""
    if shapes is None:
        return parts, 0
    of = shape_by_county(shapes)
    lon, lat = parts["lon"].to_numpy(np.float64).copy(), parts["lat"].to_numpy(np.float64).copy()
    moved = 0
    for fips, rows in rows_by_county(parts).items():
        if fips not in of:
            continue
        out = rows[outside(of[fips], lon[rows], lat[rows])]
        if out.size:
            lon[out], lat[out] = border_points(of[fips], lon[out], lat[out])
            moved += int(out.size)
    return parts.assign(lon=lon, lat=lat), moved


def _scaled(parts: pd.DataFrame, census: pd.Series, factor: pd.Series) -> pd.DataFrame:
    """Scale each county's parts to its census total, in whole people by largest remainders: the sum is exact."""
    exact = (parts["before"] * parts["county_fips"].map(factor)).to_numpy(np.float64)
    whole = np.floor(exact + 1e-9).astype(np.int64)
    left = census.astype("int64") - pd.Series(whole).groupby(parts["county_fips"].to_numpy()).sum()
    order = parts.assign(rest=whole - exact).sort_values(["county_fips", "rest", "zip"]).index
    place = parts.loc[order].groupby("county_fips").cumcount()
    more = (place < parts.loc[order, "county_fips"].map(left)).reindex(parts.index).to_numpy()
    several = parts.groupby("zip")["zip"].transform("size") > 1
    alone = "Z" + parts["zip"]
    names = alone.where(~several, alone + "-" + parts["county_fips"])
    return parts.assign(
        point_id=names, point_kind="zip", population=whole + more, county_factor=parts["county_fips"].map(factor)
    )[_COLUMNS]


def _told(
    census: pd.Series, parts: pd.DataFrame, points: pd.DataFrame, before: pd.Series, factor: pd.Series
) -> pd.DataFrame:
    after = points.groupby("county_fips")["population"].sum().reindex(census.index).fillna(0.0).astype(float)
    zips = parts.groupby("county_fips").size().reindex(census.index).fillna(0).astype("int64")
    return (
        pd.DataFrame(
            {
                "population_census": census,
                "zips": zips,
                "population_before": before,
                "difference_before": before - census,
                "county_factor": factor,
                "population_after": after,
                "difference_after": after - census,
                "people_moved": (census - before).abs(),
            }
        )
        .rename_axis("county_fips")
        .reset_index()
        .sort_values("county_fips", ignore_index=True)
    )


def _on_plane(lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return places of one county on a plane on which distances compare."""
    return np.column_stack([lon * np.cos(np.radians(lat.mean() if lat.size else 0.0)), lat])

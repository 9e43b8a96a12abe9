"""Does the demand add up: residents of each county at its demand points, against the census, and who stands outside."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.places.plane import km_to, outside, rows_by_county, shape_by_county
from deserts.tables.places import COUNTY_TOTALS

__all__ = ["NEAR_BORDER_KM", "county_totals", "outside_own_county"]

NEAR_BORDER_KM = 3.0
"""A point counts as outside its county from this distance to its border on: generalised borders are off by as much."""


def outside_own_county(demand: pd.DataFrame, counties: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Say for each demand point whether it lies outside the county that it is counted in.

    A point of a county without a polygon cannot be told and counts as inside.

    Parameters
    ----------
    demand
        ``county_fips, lon, lat``.
    counties
        ``county_fips, geometry``.
    """
    shapes = shape_by_county(counties)
    lon, lat = demand["lon"].to_numpy(np.float64), demand["lat"].to_numpy(np.float64)
    found = np.zeros(len(demand), dtype=bool)
    for fips, rows in rows_by_county(demand).items():
        if fips in shapes:
            missed = rows[outside(shapes[fips], lon[rows], lat[rows])]
            if missed.size:
                found[missed] = km_to(shapes[fips], lon[missed], lat[missed]) > NEAR_BORDER_KM
    return found


def county_totals(demand: pd.DataFrame, counties: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``county_totals``: a row for each scored county.

    Parameters
    ----------
    demand
        The table ``demand``; ``county_factor`` where the points were scaled to their county.
    counties
        The table ``counties``: its populations are those of the census.
    """
    scored = counties[counties["scored"]].sort_values("county_fips", ignore_index=True)
    points = demand[demand["scored"]].reset_index(drop=True)
    points = points.assign(
        outside=np.where(outside_own_county(points, scored), points["population"], 0.0),
        coarse=np.where(points["point_kind"] == "county", points["population"], 0.0),
        factor=points.get("county_factor", 1.0),
    )
    summed = points.groupby("county_fips").agg(
        points=("point_id", "size"), population_points=("population", "sum"), population_outside=("outside", "sum"),
        population_at_centre=("coarse", "sum"), county_factor=("factor", "max"),
    )  # fmt: skip
    table = scored[["county_fips", "state"]].assign(population_census=scored["population"].astype(float))
    table = table.merge(summed, on="county_fips", how="left")
    table["points"] = table["points"].fillna(0).astype("int64")
    for name in ("population_points", "population_outside", "population_at_centre"):
        table[name] = table[name].fillna(0.0).astype("float64")
    census = table["population_census"]
    table["difference"] = table["population_points"] - census
    table["difference_share"] = (table["difference"] / census.where(census > 0)).astype(float)
    return table[list(COUNTY_TOTALS.column_names)]

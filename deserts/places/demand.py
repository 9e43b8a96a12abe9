"""Demand points: where people live, with the people counted once.

Block-group centres of population are the default (tracts for the whole country), county centres where nothing finer
is at hand. A user's own points take their place. Points of the surrounding states compete for the same clinicians and
are kept, unscored.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.config import Region, state_by_fips
from deserts.errors import InputError
from deserts.places.counties import assign_counties
from deserts.tables import Status, table
from deserts.user_csv import read_user_csv

__all__ = ["demand_from_centres", "demand_from_file", "read_demand_file", "zip_demand"]

_COLUMNS = [name for name in table("demand").column_names if name != "ruca"]
_TRACT_DIGITS = 11


def _finish(frame: pd.DataFrame, region: Region) -> pd.DataFrame:
    kept = frame[frame["state"].isin(region.supply_states)].copy()
    kept["scored"] = kept["state"].isin(region.states)
    kept["status"] = np.where(kept["population"] > 0, Status.OK, Status.NO_POPULATION)
    kept["population"] = kept["population"].astype(float)
    return kept.sort_values("point_id")[_COLUMNS].reset_index(drop=True)


def demand_from_centres(centres: pd.DataFrame, region: Region, *, ruca: pd.DataFrame | None = None) -> pd.DataFrame:
    """Turn centres of population into demand points.

    Parameters
    ----------
    centres
        ``geoid, point_kind, county_fips, population, lon, lat``.
    region
        Its surroundings are kept, unscored.
    ruca
        ``geoid, ruca`` by tract: every block group gets the code of its tract, county centres get none.
    """
    frame = centres.rename(columns={"geoid": "point_id"})
    demand = _finish(frame.assign(state=frame["county_fips"].str[:2].map(state_by_fips())), region)
    if ruca is not None:
        codes = ruca.drop_duplicates("geoid").set_index("geoid")["ruca"]
        demand["ruca"] = demand["point_id"].str[:_TRACT_DIGITS].map(codes)
    return demand


def read_demand_file(path: Path) -> pd.DataFrame:
    """Read a user's demand points: CSV with ``point_id, lon, lat, population``; other columns are kept.

    Raises
    ------
    InputError
        With file, row and column of every value that cannot be used.
    """
    return read_user_csv(
        path,
        text=("point_id",),
        numbers={"lon": (-180, 180), "lat": (-90, 90), "population": (0, np.inf)},
        unique=("point_id",),
    )


def demand_from_file(path: Path, region: Region, counties: gpd.GeoDataFrame) -> pd.DataFrame:
    """Turn a user's demand points into the table ``demand``; a column ``county_fips`` goes before the point's place.

    Raises
    ------
    InputError
        If the file cannot be used, or no point lies in the region.
    """
    points = read_demand_file(path)
    by_place = assign_counties(points["lon"].to_numpy(), points["lat"].to_numpy(), counties)
    if "county_fips" in points:
        given = points["county_fips"].fillna("").astype(str).str.zfill(5)
        points["county_fips"] = np.where(given.isin(counties["county_fips"]), given, by_place)
    else:
        points["county_fips"] = by_place
    points["state"] = points["county_fips"].str[:2].map(state_by_fips()).fillna("")
    points["point_kind"] = points["point_kind"].fillna("user") if "point_kind" in points else "user"
    demand = _finish(points, region)
    if not demand["scored"].any():
        raise InputError(
            f"no demand point lies in the region {region.region_id}",
            where=path,
            expected="points inside the region's counties",
            fix="check that lon and lat are not swapped, and that REGION= is right",
        )
    return demand


def zip_demand(
    *,
    zip_population: pd.DataFrame,
    zip_places: pd.DataFrame,
    county_centres: pd.DataFrame,
    zip_county: pd.DataFrame,
) -> pd.DataFrame:
    """Build demand points from ZIP populations, with the county centre for counties that have no located ZIP.

    Parameters
    ----------
    zip_population
        ``zip, population``.
    zip_places
        ``zip, lon, lat``.
    county_centres
        ``county_fips, population, lon, lat``.
    zip_county
        ``zip, county_fips``: the county of each ZIP.

    Returns
    -------
    DataFrame
        ``point_id, point_kind, county_fips, lon, lat, population``: everyone stands at one point only.
    """
    places = zip_places.drop_duplicates("zip").set_index("zip")
    county = zip_county.drop_duplicates("zip").set_index("zip")["county_fips"]
    points = zip_population.drop_duplicates("zip").assign(
        lon=lambda f: f["zip"].map(places["lon"]),
        lat=lambda f: f["zip"].map(places["lat"]),
        county_fips=lambda f: f["zip"].map(county),
    )
    points = points[points["lon"].notna() & points["county_fips"].isin(county_centres["county_fips"])]
    points = points.assign(point_id="Z" + points["zip"], point_kind="zip")
    bare = county_centres[~county_centres["county_fips"].isin(points["county_fips"])]
    bare = bare.assign(point_id="C" + bare["county_fips"], point_kind="county")
    columns = ["point_id", "point_kind", "county_fips", "lon", "lat", "population"]
    return pd.concat([points[columns], bare[columns]], ignore_index=True).sort_values("point_id").reset_index(drop=True)

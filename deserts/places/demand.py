"""Demand points: where people live, with the people counted once.

Block-group centres of population are the default (tracts for the whole country), county centres where nothing finer
is at hand. A user's own points take their place. Points of the surrounding states compete for the same clinicians and
are kept, unscored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.config import Region, state_by_fips
from deserts.errors import InputError
from deserts.places.counties import assign_counties
from deserts.places.redrawn import overlaps
from deserts.sources.readers import repair
from deserts.tables import Status, table
from deserts.user_csv import read_user_csv

__all__ = ["OwnDemand", "demand_from_centres", "demand_from_file", "read_demand_file"]

_OPTIONAL = ("ruca", "county_factor", "given_fips")
_COLUMNS = [name for name in table("demand").column_names if name not in _OPTIONAL]
_TRACT_DIGITS = 11


def _finish(frame: pd.DataFrame, region: Region) -> pd.DataFrame:
    kept = frame[frame["state"].isin(region.supply_states)].copy()
    kept["scored"] = kept["state"].isin(region.states)
    kept["status"] = np.where(kept["population"] > 0, Status.OK, Status.NO_POPULATION)
    kept["population"] = kept["population"].astype(float)
    more = [name for name in _OPTIONAL if name in kept]
    return kept.sort_values("point_id")[[*_COLUMNS, *more]].reset_index(drop=True)


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


@dataclass(frozen=True, slots=True)
class OwnDemand:
    """Demand points of a user's file, and how their counties were decided.

    Parameters
    ----------
    demand
        The table ``demand``.
    by_id, by_place, other_vintage
        Points whose county a Census id decides, those without one that lie in it, and those whose id is of no county
        of this vintage: their place decides, among the counties that a redrawn area overlaps.
    contradicting
        Those of these that lie in none of them and count in that with most of the area's residents.
    """

    demand: pd.DataFrame
    by_id: int
    by_place: int
    other_vintage: int
    contradicting: int


def demand_from_file(path: Path, region: Region, counties: gpd.GeoDataFrame) -> OwnDemand:
    """Turn a user's demand points into the table ``demand``.

    A Census id decides a point's county: a column ``county_fips``, else a point's name of 11, 12 or 15 digits (tract,
    block group, block). The place decides only for points without one; where a code is of another vintage (planning
    regions of Connecticut), the place tells which of the counties that it overlaps (column ``given_fips``).

    Raises
    ------
    InputError
        If the file cannot be used, or no point lies in the region.
    """
    points = read_demand_file(path)
    given = _census_county(points)
    named = given.isin(counties["county_fips"])
    place = pd.Series(assign_counties(points["lon"].to_numpy(), points["lat"].to_numpy(), counties), index=points.index)
    is_other = ~named & (given != "")
    beside = _beside(given.where(is_other, ""), place, counties["county_fips"])
    points["county_fips"] = given.where(named, beside.where(beside != "", place))
    if is_other.any():
        points["given_fips"] = given.where(is_other, "")
    points["state"] = points["county_fips"].str[:2].map(state_by_fips()).fillna("")
    points["point_kind"] = points["point_kind"].fillna("user") if "point_kind" in points else "user"
    if "county_factor" in points:
        points["county_factor"] = pd.to_numeric(points["county_factor"].replace("", np.nan), errors="coerce")
    demand = _finish(points, region)
    if not demand["scored"].any():
        raise InputError(
            f"no demand point lies in the region {region.region_id}",
            where=path,
            expected="points inside the region's counties",
            fix="check that lon and lat are not swapped, and that REGION= is right",
        )
    by_place = int((~named & (given == "")).sum())
    return OwnDemand(demand, int(named.sum()), by_place, int(is_other.sum()), int((beside != "").sum()))


def _beside(given: pd.Series, place: pd.Series, known: pd.Series) -> pd.Series:
    """Return the county of points that lie in none of those that their redrawn area overlaps, empty for all others.

    The id decides: it is the county with most of the area's residents. Inside the area the place tells which it is.
    """
    parts = overlaps()
    parts = parts[parts["county_fips"].isin(set(given)) & parts["from_fips"].isin(set(known))]
    largest = parts.sort_values("share", ascending=False).drop_duplicates("county_fips")
    agrees = pd.MultiIndex.from_arrays([given, place]).isin(
        pd.MultiIndex.from_frame(parts[["county_fips", "from_fips"]])
    )
    county = dict(zip(largest["county_fips"], largest["from_fips"], strict=True))
    return given.map(lambda code: county.get(code, "")).where(~agrees, "")


def _census_county(points: pd.DataFrame) -> pd.Series:
    """Return the county code that a Census id gives each point, empty where it has none."""
    by_name = points["point_id"].str.extract(r"^(\d{5})(?:\d{6}|\d{7}|\d{10})$", expand=False).fillna("")
    if "county_fips" not in points:
        return by_name
    code = repair.fips(points["county_fips"], 5)
    return code.where(code != "", by_name)

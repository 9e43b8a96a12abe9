"""The counties of one vintage: codes, people, land, rurality, county type and polygons.

The list of counties and their people comes from the 2020 centres of population; polygons of another vintage are
brought to it by ``fips_changes.csv`` where one code replaces another, and are null (``vintage_gap``) where a county
was split or redrawn, since no join can be made there.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.config import Region, state_by_fips
from deserts.places.adequacy import KM2_PER_SQ_MILE, county_type
from deserts.places.redrawn import classes_as_text, codes_of_areas, fips_changes
from deserts.tables import Status

__all__ = ["assign_counties", "build_counties", "plain_county_name", "to_vintage", "workbook_keys"]

_NEAR_SHORE_M = 30_000
"""A point outside every polygon belongs to the nearest county within this distance: generalised coastlines cut off
islands and harbours."""
_FIRST_CITY = "510"
"""Codes from here on are independent cities, some of which share their name with a county (Richmond, Baltimore)."""
_EQUAL_AREA = "EPSG:6933"
_METRES = "EPSG:3857"


def to_vintage(polygons: gpd.GeoDataFrame, *, vintage: int) -> gpd.GeoDataFrame:
    """Bring county polygons to the codes of a vintage where a join can be made.

    Renamed counties change their code; merged ones are dissolved into the county they joined. Split and redrawn ones
    are dropped, so that the caller finds their successors without a polygon.
    """
    changes = fips_changes()
    past = changes[changes["year"] <= vintage]
    simple = past[past["kind"].isin(["rename", "merge"])].set_index("old_fips")["new_fips"]
    later = changes[changes["year"] > vintage]
    gone = set(past.loc[past["kind"] == "split", "old_fips"]) | set(later["new_fips"]) - set(later["old_fips"])
    kept = polygons[~polygons["county_fips"].isin(gone)].copy()
    merged_into = kept["county_fips"].map(simple)
    kept["county_fips"] = kept["county_fips"].where(merged_into.isna(), merged_into)
    if kept["county_fips"].duplicated().any():
        kept = kept.iloc[
            np.argsort(merged_into.notna().to_numpy(), kind="stable")
        ]  # the county that stayed names the whole
        kept = kept.dissolve("county_fips", aggfunc={"name": "first", "land_km2": "sum"}).reset_index()
    return kept.sort_values("county_fips").reset_index(drop=True)


def build_counties(
    region: Region,
    *,
    polygons: gpd.GeoDataFrame | None,
    centres: pd.DataFrame | None,
    rucc: pd.DataFrame | None = None,
    adequacy: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Build the table ``counties`` for a region and its surroundings.

    Parameters
    ----------
    region
        Gives the states and the vintage.
    polygons
        ``county_fips, name, land_km2, geometry`` as published, any vintage; None when there are none.
    centres
        County rows of the centres of population: ``county_fips, name, population``; when None the polygons list the
        counties and nobody is known to live there.
    rucc
        ``county_fips, rucc``.
    adequacy
        ``state, county_name, adequacy_type`` of the Medicare Advantage workbook, which goes before derived types.
    """
    shapes = None if polygons is None else to_vintage(polygons, vintage=region.county_vintage)
    listed = _listed(centres, shapes)
    listed["state"] = listed["county_fips"].str[:2].map(state_by_fips())
    listed = listed[listed["state"].isin(region.supply_states)]
    frame = listed.merge(_shape_columns(shapes), on="county_fips", how="left")
    frame["status"] = np.where(frame["geometry"].notna(), Status.OK, Status.VINTAGE_GAP)
    known = frame["geometry"].notna()
    areas = gpd.GeoSeries(frame.loc[known, "geometry"], crs="EPSG:4326").to_crs(_EQUAL_AREA).area / 1e6
    frame["land_km2"] = frame["land_km2"].fillna(areas)
    rurality = (
        pd.Series(dtype=float) if rucc is None else rucc.drop_duplicates("county_fips").set_index("county_fips")["rucc"]
    )
    classes = codes_of_areas(frame["county_fips"], rurality)
    only = classes[classes["share"] == 1.0].set_index("county_fips")["code"]
    frame["rucc"] = frame["county_fips"].map(only).astype(float)
    split = frame["county_fips"].map(classes_as_text(classes[classes["share"] < 1.0])).astype("str").fillna("")
    if (split != "").any():
        frame["rucc_split"] = split
    frame["adequacy_type"], frame["adequacy_basis"] = _adequacy_types(frame, adequacy)
    frame["scored"] = frame["state"].isin(region.states)
    ordered = frame.sort_values("county_fips").reset_index(drop=True)
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs="EPSG:4326")


def _listed(centres: pd.DataFrame | None, shapes: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if centres is not None:
        return (
            centres[["county_fips", "name", "population"]]
            .astype({"population": "int64"})
            .drop_duplicates("county_fips")
        )
    if shapes is None:
        return pd.DataFrame(
            {"county_fips": pd.Series(dtype=str), "name": pd.Series(dtype=str), "population": pd.Series(dtype="int64")}
        )
    return pd.DataFrame(shapes[["county_fips", "name"]]).assign(population=0)


def _shape_columns(shapes: gpd.GeoDataFrame | None) -> pd.DataFrame:
    if shapes is None:
        return pd.DataFrame(
            {
                "county_fips": pd.Series(dtype=str),
                "land_km2": pd.Series(dtype=float),
                "geometry": pd.Series(dtype=object),
            }
        )
    return pd.DataFrame(shapes[["county_fips", "land_km2", "geometry"]])


def _adequacy_types(frame: pd.DataFrame, adequacy: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """Take the workbook's type where its county name can be joined, else derive it from people and land."""
    density = frame["population"] / (frame["land_km2"] / KM2_PER_SQ_MILE)
    derived = county_type(frame["population"], density.to_numpy(float))
    if adequacy is None or adequacy.empty:
        return derived, np.where(derived == "", "", "derived")
    keys = adequacy["state"] + ":" + plain_county_name(adequacy["county_name"])
    given = pd.Series(adequacy["adequacy_type"].to_numpy(), index=keys)
    given = given[(given != "") & ~given.index.duplicated()]
    found = workbook_keys(frame).map(given)
    types = np.where(found.notna(), found.fillna(""), derived)
    return types, np.where(found.notna(), "workbook", np.where(derived == "", "", "derived"))


def workbook_keys(counties: pd.DataFrame) -> pd.Series:
    """Return state and plain name of each county (``county_fips, name, state``) as in the adequacy workbook."""
    code, name = counties["county_fips"], counties["name"]
    independent = (code.str[2:] >= _FIRST_CITY) & ~name.str.lower().str.endswith("city")
    keys: pd.Series = counties["state"] + ":" + plain_county_name(name + np.where(independent, " City", ""))
    return keys


def plain_county_name(names: pd.Series) -> pd.Series:
    """Reduce county names to what both publishers agree on: letters only, without the words county or parish."""
    plain = (
        names.str.replace(r"\(.*\)", "", regex=True)
        .str.normalize("NFKD")
        .str.encode("ascii", "ignore")
        .str.decode("ascii")
        .str.lower()
    )
    plain = plain.str.replace(r"\b(county|parish|borough|census area|municipality|city and borough)\b", "", regex=True)
    return plain.str.replace(r"\bsaint\b", "st", regex=True).str.replace(r"[^a-z]", "", regex=True)


def assign_counties(lon: np.ndarray, lat: np.ndarray, counties: gpd.GeoDataFrame) -> np.ndarray:
    """Return the county code of each point, empty where it lies in no county and over 30 km from all.

    Parameters
    ----------
    lon, lat
        Degrees, shape (n,).
    counties
        The table ``counties``; rows without a polygon are passed over.
    """
    shapes = counties.loc[counties.geometry.notna(), ["county_fips", "geometry"]]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    found = np.full(len(points), "", dtype=object)
    if shapes.empty or not len(points):
        return found
    inside = gpd.sjoin(points, shapes, predicate="intersects").sort_values("county_fips")
    inside = inside[~inside.index.duplicated()]
    found[inside.index.to_numpy()] = inside["county_fips"].to_numpy()
    outside = points[found == ""]
    if len(outside):
        stretch = 1 / np.cos(np.radians(outside.geometry.y.abs().max()))  # Mercator metres grow with latitude
        near = gpd.sjoin_nearest(outside.to_crs(_METRES), shapes.to_crs(_METRES), max_distance=_NEAR_SHORE_M * stretch)
        near = near.sort_values("county_fips")
        near = near[~near.index.duplicated()]
        found[near.index.to_numpy()] = near["county_fips"].to_numpy()
    return found

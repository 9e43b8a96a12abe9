"""County boundaries: the cartographic files of the Census Bureau, or any file with five-digit county codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.boundaries import column, read_boundaries
from deserts.sources.readers.parsed import Parsed, rejects

__all__ = ["read_county_polygons"]

_M2_PER_KM2 = 1e6
_KM2_PER_MI2 = 2.589988110336


@reader("county borders")
def read_county_polygons(path: Path) -> Parsed:
    """Read counties from a zipped shapefile, GeoJSON or GeoPackage, in the vintage of the file.

    Returns
    -------
    Parsed
        A GeoDataFrame ``county_fips, name, land_km2 (null when not given), geometry`` in EPSG:4326, sorted by code.
        ``line`` of a damaged feature counts features from 1.

    Raises
    ------
    InputError
        If the file holds no county codes or no shapes.
    """
    import geopandas as gpd

    found = read_boundaries(path)
    code = _county_code(found)
    if code is None:
        raise InputError(
            "no county codes in the file",
            where=path,
            expected="GEOID, or STATEFP with COUNTYFP, or GEO_ID, or an id of five digits",
            fix="found: " + ", ".join(map(str, found.columns)),
        )
    name = column(found, "NAME", "name", "NAMELSAD")
    frame = gpd.GeoDataFrame(
        {
            "county_fips": code,
            "name": name if name is not None else pd.Series("", index=found.index, dtype="str"),
            "land_km2": _land_km2(found),
        },
        geometry=found.geometry,
        crs="EPSG:4326",
    )
    empty = frame.geometry.isna() | frame.geometry.is_empty
    reason = np.where(frame["county_fips"] == "", "the county code is not valid", np.where(empty, "no shape", ""))
    reason = np.where((reason == "") & frame["county_fips"].duplicated(), "a second shape of the same county", reason)
    good = frame[reason == ""].sort_values("county_fips", kind="stable", ignore_index=True)
    return Parsed(good, rejects(np.flatnonzero(reason != "") + 1, list(reason[reason != ""])))


def _county_code(found: pd.DataFrame) -> pd.Series | None:
    state, county = column(found, "STATEFP", "STATEFP20", "STATE"), column(found, "COUNTYFP", "COUNTYFP20", "COUNTY")
    if state is not None and county is not None and state.str.fullmatch(r"\d{1,2}").all():
        whole = repair.fips(state, 2) + repair.digits(county, 3, shortest=1)
        return whole.where(whole.str.len() == 5, "")
    for name in ("GEOID", "GEOID20", "county_fips", "FIPS", "id"):
        if (codes := column(found, name)) is not None and codes.str.fullmatch(r"\d{4,5}").any():
            return repair.fips(codes, 5)
    long = column(found, "GEO_ID", "GEOIDFQ", "AFFGEOID")
    return None if long is None else repair.fips(long.str.extract(r"US(\d{5})$")[0].fillna(""), 5)


def _land_km2(found: pd.DataFrame) -> pd.Series:
    if (metres := column(found, "ALAND", "ALAND20")) is not None:
        return repair.number(metres)[0] / _M2_PER_KM2
    if (own := column(found, "land_km2")) is not None:
        return repair.number(own)[0]
    if (miles := column(found, "CENSUSAREA")) is not None:
        return repair.number(miles)[0] * _KM2_PER_MI2
    return pd.Series(np.nan, index=found.index)

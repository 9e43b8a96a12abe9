"""ZIP code tabulation areas of the Census Bureau: centre and area, and the counties that each one touches.

A tabulation area is not a ZIP code: ZIPs of PO boxes and of single organisations have none.
"""

from __future__ import annotations

from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["ZCTA", "ZCTA_COUNTY", "read_zcta", "read_zcta_county"]

_M2_PER_KM2 = 1e6

ZCTA = Layout(
    "the ZCTA gazetteer",
    (
        Field("zip", ("GEOID",), required=True),
        Field("land_m2", ("ALAND",), required=True),
        Field("lat", ("INTPTLAT",), required=True),
        Field("lon", ("INTPTLONG",), required=True),
    ),
)

ZCTA_COUNTY = Layout(
    "the ZCTA to county relationship",
    (
        Field("zip", ("GEOID_ZCTA5_20", "zcta"), required=True),
        Field("county_fips", ("GEOID_COUNTY_20", "county_fips"), required=True),
        Field("land_m2", ("AREALAND_PART",), required=True),
    ),
)


@reader("a gazetteer")
def read_zcta(path: Path) -> Parsed:
    """Read ``zip, lon, lat, land_km2``: tab separated with padded names (to 2024) or pipe separated (from 2025)."""
    raw = read_rows(path, ZCTA)
    frame = raw.frame.copy()
    frame["zip"] = repair.zip5(frame["zip"])
    broken = {}
    for column in ("land_m2", "lat", "lon"):
        frame[column], damaged = repair.number(frame[column])
        broken[f"{column} is not a number"] = damaged | frame[column].isna()
    frame["land_km2"] = frame["land_m2"] / _M2_PER_KM2
    bad = {
        "the ZIP is not valid": frame["zip"] == "",
        **broken,
        "the place is not on the globe": ~(frame["lat"].between(-90, 90) & frame["lon"].between(-180, 180)),
        "a second row of the same ZIP": frame["zip"].duplicated(),
    }
    return raw.settle(frame[["zip", "lon", "lat", "land_km2"]], bad)


@reader("a gazetteer")
def read_zcta_county(path: Path) -> Parsed:
    """Read ``zip, county_fips, land_m2``, a row for each part of a tabulation area in a county.

    The publisher also lists counties' parts that lie in no tabulation area; they are set aside with that reason.
    """
    raw = read_rows(path, ZCTA_COUNTY)
    frame = raw.frame.copy()
    without = repair.tidy(frame["zip"]) == ""
    frame["zip"] = repair.zip5(frame["zip"])
    frame["county_fips"] = repair.fips(frame["county_fips"], 5)
    frame["land_m2"], damaged = repair.number(frame["land_m2"])
    bad = {
        "a part of a county outside every tabulation area": without,
        "the ZIP is not valid": frame["zip"] == "",
        "the county code is not valid": frame["county_fips"] == "",
        "land_m2 is not a number": damaged | frame["land_m2"].isna(),
    }
    return raw.settle(frame, bad)

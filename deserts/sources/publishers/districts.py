"""Congressional and state legislative districts: the cartographic files of the Census Bureau."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.boundaries import column, read_boundaries
from deserts.sources.readers.parsed import Parsed, rejects
from deserts.sources.readers.statecodes import postal_code

__all__ = ["CHAMBERS", "read_districts"]

CHAMBERS = {"congress": r"CD\d{3}FP", "upper": "SLDUST", "lower": "SLDLST"}
"""Chamber to the column that holds its district's number. Nebraska and DC have no lower chamber."""


@reader("districts")
def read_districts(path: Path) -> Parsed:
    """Read the districts of one chamber; the columns tell which.

    Returns
    -------
    Parsed
        A GeoDataFrame ``district_id (GEOID), chamber (congress, upper, lower), state, number, name, geometry``
        (EPSG:4326), sorted by id. ``line`` of a damaged feature counts features from 1.

    Raises
    ------
    InputError
        If the file has no district numbers.
    """
    import geopandas as gpd

    found = read_boundaries(path)
    hit = next(
        (
            (chamber, str(name))
            for chamber, pattern in CHAMBERS.items()
            for name in found.columns
            if re.fullmatch(pattern, str(name).upper())
        ),
        None,
    )
    state_fips, geoid = column(found, "STATEFP"), column(found, "GEOID")
    if hit is None or state_fips is None or geoid is None:
        raise InputError(
            "no district numbers in the file",
            where=path,
            expected="GEOID, STATEFP and one of CD118FP (any congress), SLDUST, SLDLST",
            fix="found: " + ", ".join(map(str, found.columns)),
        )
    chamber, number_column = hit
    state = repair.fips(state_fips, 2)
    number = found[number_column].astype("str").str.strip()
    name = column(found, "NAMELSAD", "NAME")
    frame = gpd.GeoDataFrame(
        {
            "district_id": geoid,
            "chamber": pd.Series(chamber, index=found.index, dtype="str"),
            "state": postal_code(state),
            "number": number,
            "name": name if name is not None else number,
        },
        geometry=found.geometry,
        crs="EPSG:4326",
    )
    undefined = number.str.fullmatch("Z+")
    reason = np.where(undefined, "an area without a district", np.where(geoid == "", "no district code", ""))
    reason = np.where((reason == "") & (frame.geometry.isna() | frame.geometry.is_empty), "no shape", reason)
    good = frame[reason == ""].sort_values("district_id", kind="stable", ignore_index=True)
    return Parsed(good, rejects(np.flatnonzero(reason != "") + 1, list(reason[reason != ""])))

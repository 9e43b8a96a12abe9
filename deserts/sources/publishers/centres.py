"""Centres of population of the 2020 census: block groups, tracts, counties. Connecticut has its eight old counties."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.statecodes import postal_code

__all__ = ["CENTRES", "read_centres"]

CENTRES = Layout(
    "centres of population",
    (
        Field("state_fips", ("STATEFP",), required=True),
        Field("county", ("COUNTYFP",), required=True),
        Field("tract", ("TRACTCE",)),
        Field("block_group", ("BLKGRPCE",)),
        Field("name", ("COUNAME",)),
        Field("state", ("STNAME",)),
        Field("population", ("POPULATION",), required=True),
        Field("lat", ("LATITUDE",), required=True),
        Field("lon", ("LONGITUDE",), required=True),
    ),
)


@reader("centres of population")
def read_centres(path: Path) -> Parsed:
    """Read centres of population; the columns tell the kind of area.

    Returns
    -------
    Parsed
        ``geoid, point_kind (block_group, tract or county), county_fips, name (counties only), state (two-digit code
        turned into the postal code, empty for territories), population, lon, lat`` (WGS 84 degrees).
    """
    raw = read_rows(path, CENTRES)
    found = raw.frame.apply(repair.tidy)
    state = repair.fips(found["state_fips"], 2)
    county = repair.digits(found["county"], 3, shortest=1)
    tract = repair.digits(found["tract"], 6, shortest=1)
    group = repair.digits(found["block_group"], 1, shortest=1)
    kinds = np.where(group != "", "block_group", np.where(tract != "", "tract", "county"))
    numbers = {name: repair.number(found[name]) for name in ("population", "lon", "lat")}
    frame = pd.DataFrame(
        {
            "geoid": state + county + tract + group,
            "point_kind": pd.Series(kinds, index=found.index, dtype="str"),
            "county_fips": state + county,
            "name": found["name"],
            "state": postal_code(state),
            **{name: values for name, (values, _) in numbers.items()},
        }
    )
    bad = {
        "the area code is not valid": (state == "") | (county == "") | ((found["tract"] != "") & (tract == "")),
        "the population is not a whole number of people": frame["population"].isna() | (frame["population"] % 1 != 0)
        | (frame["population"] < 0),
        "the place is not on the globe": ~(frame["lat"].between(-90, 90) & frame["lon"].between(-180, 180)),
        "a second row of the same area": frame["geoid"].duplicated(),
    }  # fmt: skip
    parsed = raw.settle(frame, bad)
    parsed.frame["population"] = parsed.frame["population"].astype("int64")
    return parsed

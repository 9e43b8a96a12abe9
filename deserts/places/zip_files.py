"""Read ZIP places and ZIP populations from whichever of the usual layouts a file has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.sources.publishers import gazetteer, geonames
from deserts.user_csv import header_of, read_user_csv

__all__ = ["read_zip_places", "read_zip_population"]


def read_zip_places(path: Path) -> pd.DataFrame:
    """Read ``zip, lon, lat`` from a GeoNames postal code file or a Census gazetteer.

    Raises
    ------
    InputError
        If the file has neither layout.
    """
    with path.open("rb") as stream:
        head = stream.read(64)
    parse = gazetteer.read_zcta if b"GEOID" in head or head[:2] == b"PK" else geonames.read_postal_codes
    return parse(path).frame[["zip", "lon", "lat"]]


_ZIP_COLUMNS = ("zip", "zip_clean", "zip_code", "zipcode", "zcta", "zcta5", "geoid")


def read_zip_population(path: Path) -> pd.DataFrame:
    """Read ``zip, population`` from a CSV whose ZIP column has one of the usual names; lost leading zeros come back.

    Raises
    ------
    InputError
        If a column is missing or a value cannot be used.
    """
    zip_column = next((name for name in header_of(path) if name.strip().lower() in _ZIP_COLUMNS), "zip")
    frame = read_user_csv(path, text=(zip_column,), numbers={"population": (0, np.inf)}, unique=(zip_column,))
    frame["zip"] = frame[zip_column].str.strip().str.zfill(5)
    return frame[["zip", "population"]]

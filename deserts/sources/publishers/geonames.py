"""Postal codes of GeoNames (CC BY 4.0): the fallback for ZIPs without a tabulation area."""

from __future__ import annotations

from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["POSTAL_CODES", "read_postal_codes"]

_HEADER = (
    "country", "zip", "place", "state_name", "state", "county_name", "county_code", "community", "community_code",
    "latitude", "longitude", "accuracy",
)  # fmt: skip

POSTAL_CODES = Layout(
    "GeoNames postal codes",
    (
        Field("country", ("country",), required=True),
        Field("zip", ("zip",), required=True),
        Field("place", ("place",), required=True),
        Field("state", ("state",), required=True),
        Field("lat", ("latitude",), required=True),
        Field("lon", ("longitude",), required=True),
    ),
    member=r"(^|/)[A-Z]{2}\.txt$",
    header=_HEADER,
)


@reader("GeoNames postal codes")
def read_postal_codes(path: Path) -> Parsed:
    """Read ``zip, place, state, lon, lat``; ``US.zip`` as published, or the ``US.txt`` inside it.

    Military post offices have no state and are kept; of a ZIP that occurs twice, the row with a state stays.
    """
    raw = read_rows(path, POSTAL_CODES)
    frame = raw.frame.apply(repair.tidy)
    frame["zip"] = repair.zip5(frame["zip"])
    frame["state"] = frame["state"].str.upper()
    broken = {}
    for column in ("lat", "lon"):
        frame[column], damaged = repair.number(frame[column])
        broken[f"{column} is not a number"] = damaged | frame[column].isna()
    ranked = frame.assign(stateless=frame["state"] == "").sort_values("stateless", kind="stable")
    bad = {
        "not a ZIP of the United States": (frame["country"] != "US") | (frame["zip"] == ""),
        **broken,
        "the place is not on the globe": ~(frame["lat"].between(-90, 90) & frame["lon"].between(-180, 180)),
        "a second row of the same ZIP": ranked["zip"].duplicated().reindex(frame.index),
    }
    return raw.settle(frame[["zip", "place", "state", "lon", "lat"]], bad)

"""Where a city is, by its name and state: the middle of its ZIP areas, for addresses whose ZIP tells nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["CityIndex", "plain_city"]

_SHORT: Mapping[str, str] = {
    "ST": "SAINT", "STE": "SAINTE", "FT": "FORT", "MT": "MOUNT", "N": "NORTH", "S": "SOUTH", "E": "EAST", "W": "WEST",
    "HTS": "HEIGHTS", "SPGS": "SPRINGS", "SPG": "SPRING", "PT": "POINT", "VLG": "VILLAGE", "TWP": "TOWNSHIP",
    "JCT": "JUNCTION", "LK": "LAKE", "BCH": "BEACH", "CTR": "CENTER", "CENTRE": "CENTER", "PK": "PARK", "IS": "ISLAND",
}  # fmt: skip


def plain_city(names: pd.Series) -> pd.Series:
    """Reduce city names to what publishers agree on: capitals, no signs, short words written out."""
    codes, unique = pd.factorize(names.fillna("").astype(str))
    plain = np.array([_plain(text) for text in unique], dtype=object)
    return pd.Series(plain[codes] if len(unique) else [], index=names.index, dtype="str")


def _plain(text: str) -> str:
    ascii_text = text.encode("ascii", "ignore").decode().upper()
    words = re.sub(r"[^A-Z ]+", " ", ascii_text.replace("'", "")).split()
    return " ".join(_SHORT.get(word, word) for word in words)


class CityIndex:
    """The places of the table ``zips``, by name and state.

    Parameters
    ----------
    zips
        The processed table; areas count before post-office boxes and single organisations.
    """

    def __init__(self, zips: pd.DataFrame) -> None:
        named = zips[(zips["place"] != "") & (zips["state"] != "")]
        area = named["kind"] == "area"
        keys = plain_city(named["place"]) + ", " + named["state"]
        has_area = area.groupby(keys).transform("any")
        kept = named[area | ~has_area]
        self._centres = kept.groupby(keys[kept.index])[["lon", "lat"]].median()

    def places(self, city: pd.Series, state: pd.Series) -> pd.DataFrame:
        """Return ``lon, lat`` of each city, null where it is not known by that name; same index."""
        keys = plain_city(city) + ", " + state
        return self._centres.reindex(keys.to_numpy()).set_axis(keys.index)

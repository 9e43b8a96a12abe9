"""Where directories list a clinician beside where we place the site, and what they say the practice is part of.

A cross-check and a hint, never evidence: a listing moves no site. The same place is meant where a directory gives the
site's own ZIP, and the same door where the street is the same, too. That two practices are part of one organisation is
taken from what organisations say of themselves (``partOf``), one step up: affiliations merge strangers through chains
of pharmacies.
"""

from __future__ import annotations

import pandas as pd

from deserts.earth import great_circle_m
from deserts.specialists.addresses import clean_text, normalise_street
from deserts.tables import empty

__all__ = ["doors_of", "listed_places", "parents_of"]

_SAME_PLACE = ["npi", "zip"]
_M_PER_KM = 1000


def doors_of(places: pd.DataFrame) -> pd.Series:
    """Return street and ZIP in one normal form, equal for one door; empty where either is not known.

    Parameters
    ----------
    places
        ``address, zip``.
    """
    street = normalise_street(clean_text(places["address"]), pd.Series("", index=places.index, dtype="str"))
    return (street + "|" + places["zip"]).where((street != "") & (places["zip"] != ""), "")


def listed_places(sites: pd.DataFrame, listings: pd.DataFrame) -> pd.DataFrame:
    """Hold every site against the place that directories give for its clinician in its ZIP.

    Parameters
    ----------
    sites
        ``site_id, npi, address, zip, phone, lon, lat, precision``.
    listings
        The table ``plan_listings``.

    Returns
    -------
    DataFrame
        The table ``listed_places``: one row a site that a directory with coordinates lists; of several places the one
        at the same door, else the nearest.
    """
    rows = listings.assign(door=doors_of(listings))[_with_coordinates(listings)]
    own = sites.assign(door=doors_of(sites))
    both = _same_place(own, rows)
    if both.empty:
        return empty("listed_places")
    apart_m = great_circle_m(both["lon"], both["lat"], both["lon_listed"], both["lat_listed"])
    found = both.assign(
        km_apart=apart_m / _M_PER_KM,
        same_door=(both["door"] == both["door_listed"]) & (both["door"] != ""),
        phone_agrees=[_agrees(*pair) for pair in zip(both["phone"], both["phone_listed"], strict=True)],
        address=both["address_listed"],
        lon=both["lon_listed"],
        lat=both["lat_listed"],
    )
    order = ["site_id", "same_door", "km_apart", "source_file", "pointer"]
    found = found.sort_values(order, ascending=[True, False, True, True, True], kind="stable")
    return found.drop_duplicates("site_id", ignore_index=True)[list(empty("listed_places").columns)]


def parents_of(sites: pd.DataFrame, listings: pd.DataFrame) -> pd.Series:
    """Return the organisation that the practice of each site is part of, as directories say; empty where none does.

    Where directories name several, the one of the newest record counts.

    Parameters
    ----------
    sites
        ``npi, zip``.
    listings
        The table ``plan_listings``; one of an earlier version, without ``parent_id``, tells nothing.
    """
    nobody = pd.Series("", index=sites.index, dtype="str")
    if "parent_id" not in listings or not len(listings):
        return nobody
    told = listings[(listings["entity"] == "individual") & (listings["parent_id"] != "")]
    newest = told.sort_values(["source_date", "parent_id"], ascending=[False, True], kind="stable")
    first = newest.drop_duplicates(_SAME_PLACE).set_index(_SAME_PLACE)["parent_id"]
    keys = pd.MultiIndex.from_frame(sites[_SAME_PLACE])
    found = pd.Series(first.reindex(keys).to_numpy(), index=sites.index).fillna("").astype("str")
    return found.where(sites["zip"] != "", "")


def _with_coordinates(listings: pd.DataFrame) -> pd.Series:
    return (listings["entity"] == "individual") & listings["lon"].notna() & listings["lat"].notna()


def _same_place(sites: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return every pair of a placed site and a listing of the same clinician in the same ZIP."""
    placed = sites[sites["lon"].notna() & (sites["zip"] != "")]
    return placed.merge(rows, on=_SAME_PLACE, suffixes=("", "_listed"))


def _agrees(own: str, listed: str) -> str:
    one, other = ("".join(filter(str.isdigit, text))[-10:] for text in (own, listed))
    return "" if not one or not other else "yes" if one == other else "no"

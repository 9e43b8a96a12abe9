"""Where they are registered: every practice address of every clinician, grouped into practices.

As published: what was said of a site comes on top in `deserts.specialists.settle`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from deserts.sources.readers.repair import zip5
from deserts.specialists.addresses import clean_text, read_addresses, short_hash
from deserts.specialists.ties import single_groups

__all__ = ["build_sites"]

_ADDRESS = ["npi", "address", "address2", "city", "state", "zip", "phone", "group_id", "group_name", "telehealth"]
_PREFERENCE = {"directory": 0, "nppes": 1, "locations": 2, "claims": 3}


def build_sites(
    people: pd.DataFrame,
    frames: Mapping[str, pd.DataFrame],
    billed: pd.DataFrame,
    *,
    ties: pd.DataFrame | None = None,
    systems: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row for each clinician and distinct address, without coordinates.

    Addresses come from the directory and both NPPES files. The address on claims is an old NPPES address: it is used
    only for clinicians whom neither file knows. "Registered at" is all that an address says.

    Parameters
    ----------
    people
        ``npi``, ``entity``, ``graded_by`` (code classes that give the clinician's grade, joined by ',').
    frames
        Any of ``directory``, ``nppes``, ``locations``, ``claims``, as their parsers return them.
    billed
        ``npi``, ``kind`` of pooled bills: tells which individuals bill the class that grades an organisation.
    ties
        Table ``practice_ties``: names the practice where the directory does not and Medicare pays one group only.
    systems
        Table ``system_entities``: names the system of hospitals that a practice belongs to.
    """
    rows = _addresses(people["npi"], frames)
    if rows.empty:
        return _finish(rows.assign(site_key="", kind="", street=""))
    rows = _keyed(rows)
    sites = _one_per_address(rows)
    sites = _in_systems(_practices(_tied(sites, ties)), systems)
    sites["site_id"] = sites["npi"] + "-" + short_hash(sites["site_key"])
    sites = sites.merge(people, on="npi", how="left", validate="many_to_one")
    return _finish(sites.assign(covered=_covered_organisations(sites, billed)))


def _addresses(npis: pd.Series, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Stack the addresses of all sources for the wanted clinicians."""
    parts = []
    for source in ("directory", "nppes", "locations", "claims"):
        frame = frames.get(source)
        if frame is None:
            continue
        frame = frame.loc[frame["npi"].isin(npis)]
        if source == "claims":
            newest = frame.groupby("npi")["year"].transform("max")
            frame = frame.loc[(frame["year"] == newest) | newest.isna()]
            frame = frame.rename(columns={"street1": "address", "street2": "address2"})
        if "telehealth" in frame:
            frame = frame.assign(telehealth=frame["telehealth"].fillna(value=False).astype(bool))
        kept = frame.reindex(columns=_ADDRESS).assign(preference=_PREFERENCE[source])
        parts.append(kept.astype(dict.fromkeys(_ADDRESS, "object")))
    if not parts:
        return pd.DataFrame(columns=[*_ADDRESS, "preference"])
    rows = pd.concat(parts, ignore_index=True)
    for column in _ADDRESS:
        if column != "telehealth":
            rows[column] = clean_text(rows[column])
    rows["telehealth"] = rows["telehealth"].eq(other=True)
    rows["zip"] = zip5(rows["zip"])
    known = rows.loc[(rows["preference"] < _PREFERENCE["claims"]) & (rows["address"] != ""), "npi"]
    return rows[(rows["preference"] < _PREFERENCE["claims"]) | ~rows["npi"].isin(known)]


def _keyed(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the normalised street, the key of the address and its kind; drop blank addresses of those who have others."""
    rows = rows.drop_duplicates()
    rows = rows.join(read_addresses(rows["address"], rows["address2"]))
    has_other = rows["street"].ne("").groupby(rows["npi"]).transform("any")
    rows = rows[rows["street"].ne("") | ~has_other]
    place = rows["zip"].where(rows["zip"] != "", rows["city"].str.upper() + " " + rows["state"].str.upper())
    key = rows["street"] + " " + place
    # Without a street nothing says that two clinicians share a door.
    return rows.assign(site_key=key.where(rows["street"] != "", "unknown street of " + rows["npi"] + " " + place))


def _one_per_address(rows: pd.DataFrame) -> pd.DataFrame:
    """Merge rows of one clinician at one address, field by field, the preferred source first."""
    fields = ["address", "address2", "city", "state", "zip", "phone", "group_id", "group_name", "street", "kind"]
    ordered = rows.sort_values(["npi", "site_key", "preference", *fields], kind="stable")
    filled = ordered.assign(**{c: ordered[c].where(ordered[c] != "") for c in fields})
    grouped = filled.groupby(["npi", "site_key"], sort=True)
    merged = grouped[fields].first().fillna("").astype("str")
    merged["telehealth"] = grouped["telehealth"].any()
    return merged.reset_index()


def _tied(sites: pd.DataFrame, ties: pd.DataFrame | None) -> pd.DataFrame:
    """Fill the group that the directory does not name: the only one through which Medicare pays them in that state."""
    told = sites["group_id"] != ""
    if ties is None or ties.empty:
        return sites.assign(by_enrolment=False)
    groups = single_groups(ties)
    names = ties[ties["group_name"] != ""].groupby("group_id")["group_name"].min()
    found = groups.reindex(pd.MultiIndex.from_frame(sites[["npi", "state"]])).astype("object").fillna("").to_numpy()
    group = sites["group_id"].where(told, found)
    name = group.map(names).astype("object").fillna("")
    return sites.assign(
        group_id=group.astype("str"),
        group_name=sites["group_name"].where(told | (sites["group_name"] != ""), name).astype("str"),
        by_enrolment=~told & (group != ""),
    )


def _in_systems(sites: pd.DataFrame, systems: pd.DataFrame | None) -> pd.DataFrame:
    """Name the system of hospitals whose legal entity a practice is."""
    if systems is None or systems.empty:
        return sites.assign(system_id="", system_name="")
    known = systems.set_index("pac_id")
    columns = {c: sites["practice_id"].map(known[c]).fillna("").astype("str") for c in ("system_id", "system_name")}
    return sites.assign(**columns)


def _practices(sites: pd.DataFrame) -> pd.DataFrame:
    """Name the group that would close together, and say where that comes from.

    The group of the directory where it is known, else the one through which Medicare pays them. Without one, the
    address; and where the directory knows exactly one group at that address, that group, so that co-located clinicians
    are not taken for independent backups.
    """
    groups = sites[sites["group_id"] != ""].groupby("site_key")["group_id"].agg(["nunique", "first"])
    only = groups.loc[groups["nunique"] == 1, "first"].reindex(sites["site_key"]).fillna("").to_numpy(dtype=object)
    street_known = sites["street"].ne("").to_numpy()
    by_address = np.where((only != "") & street_known, only, sites["site_key"].to_numpy(dtype=object))
    has_group = sites["group_id"].ne("").to_numpy()
    names = sites[sites["group_name"] != ""].groupby("group_id")["group_name"].min()
    practice_id = np.where(has_group, sites["group_id"].to_numpy(dtype=object), by_address)
    named = names.reindex(practice_id).astype("object").fillna("").to_numpy(dtype=object)
    return sites.assign(
        practice_id=practice_id.astype(str),
        practice_basis=np.select([sites["by_enrolment"], has_group], ["enrolment", "group_id"], default="address"),
        practice_name=np.where(sites["group_name"] != "", sites["group_name"], named),
    )


def _covered_organisations(sites: pd.DataFrame, billed: pd.DataFrame) -> pd.Series:
    """Whether an organisation shares its address with an individual who bills the class that grades it."""
    classes = sites[["npi", "site_key", "entity", "graded_by"]].merge(
        billed[["npi", "kind"]].drop_duplicates(), on="npi"
    )
    individual = classes[classes["entity"] == "I"]
    at_address = pd.MultiIndex.from_frame(individual[["site_key", "kind"]])
    organisation = classes[(classes["entity"] == "O")]
    graded = [kind in by.split(",") for kind, by in zip(organisation["kind"], organisation["graded_by"], strict=True)]
    organisation = organisation[np.array(graded, dtype=bool)]
    covered = organisation[pd.MultiIndex.from_frame(organisation[["site_key", "kind"]]).isin(at_address)]
    pairs = pd.MultiIndex.from_frame(covered[["npi", "site_key"]].drop_duplicates())
    return pd.Series(pd.MultiIndex.from_frame(sites[["npi", "site_key"]]).isin(pairs), index=sites.index)


_TEXT = (
    "site_id", "npi", "practice_id", "practice_basis", "practice_name", "address", "city", "state", "zip", "phone",
    "precision", "address_kind", "site_key",
)  # fmt: skip
_SITE_COLUMNS = [
    "site_id", "npi", "practice_id", "practice_basis", "practice_name", "address", "city", "state", "zip", "phone",
    "lon", "lat", "precision", "telehealth", "address_kind", "site_key", "covered", "system_id", "system_name",
]  # fmt: skip


def _finish(sites: pd.DataFrame) -> pd.DataFrame:
    if sites.empty:
        frame = pd.DataFrame({c: pd.Series(dtype="str") for c in _SITE_COLUMNS})
        return frame.astype({"lon": "float64", "lat": "float64", "telehealth": "bool", "covered": "bool"})
    full = (sites["address"] + " " + sites["address2"]).str.strip()
    done = sites.assign(address=full, address_kind=sites["kind"], lon=np.nan, lat=np.nan, precision="none")
    return done[_SITE_COLUMNS].astype(dict.fromkeys(_TEXT, "str")).sort_values("site_id", ignore_index=True)

"""Where they are registered: every practice address of every clinician, grouped into practices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from deserts.specialists.addresses import clean_text, read_addresses, short_hash, zip5

__all__ = ["build_sites"]

_ADDRESS = ["npi", "address", "address2", "city", "state", "zip", "phone", "group_id", "group_name", "telehealth"]
_PREFERENCE = {"directory": 0, "nppes": 1, "locations": 2, "claims": 3}


def build_sites(
    people: pd.DataFrame, frames: Mapping[str, pd.DataFrame], site_answers: pd.DataFrame, billed: pd.DataFrame
) -> pd.DataFrame:
    """Return one row for each clinician and distinct address, without coordinates.

    Addresses come from the directory and both NPPES files. The address on claims is an old NPPES address: it is used
    only for clinicians whom neither file knows. "Registered at" is all that an address says.

    Parameters
    ----------
    people
        ``npi``, ``entity``, ``grade``, ``grade_rank``, ``supplies``.
    frames
        Any of ``directory``, ``nppes``, ``locations``, ``claims``, as their parsers return them.
    site_answers
        ``npi``, ``site_id`` (may be empty), ``outcome``, ``observed_on`` of answers that touch a site only.
    billed
        ``npi``, ``kind`` of pooled bills: tells which individuals bill the class that grades an organisation.
    """
    rows = _addresses(people["npi"], frames)
    if rows.empty:
        return _finish(rows.assign(site_key="", kind="", street=""), people)
    rows = _keyed(rows)
    sites = _one_per_address(rows)
    sites = _practices(sites)
    sites["site_id"] = sites["npi"] + "-" + short_hash(sites["site_key"])
    sites = sites.merge(people, on="npi", how="left", validate="many_to_one")
    sites = _answered(sites, site_answers)
    sites["supplies"] &= ~_covered_organisations(sites, billed)
    return _finish(_shared(sites), people)


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


def _practices(sites: pd.DataFrame) -> pd.DataFrame:
    """Name the group that would close together, and say where that comes from.

    The group of the directory where it is known. Without one, the address; and where the directory knows exactly one
    group at that address, that group, so that co-located clinicians are not taken for independent backups.
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
        practice_basis=np.where(has_group, "group_id", "address"),
        practice_name=np.where(sites["group_name"] != "", sites["group_name"], named),
    )


def _answered(sites: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Apply answers about sites: a site that was left supplies no more, a wrong number is not printed again.

    An answer without a site applies when the clinician has only one; otherwise it stays in the evidence.
    """
    count = sites.groupby("npi")["site_id"].transform("size")
    single = sites.loc[count == 1].set_index("npi")["site_id"]
    its_only = single.reindex(answers["npi"]).astype("object").fillna("").to_numpy()
    named = answers["site_id"].astype("object").where(answers["site_id"] != "", its_only)
    moved = sites["site_id"].isin(named[answers["outcome"] == "moved"]).to_numpy()
    wrong = sites["site_id"].isin(named[answers["outcome"] == "wrong_number"]).to_numpy()
    return sites.assign(
        site_status=np.select([moved, wrong], ["moved", "wrong_number"], default="listed"),
        phone=sites["phone"].where(~wrong, ""),
        supplies=sites["supplies"] & ~moved,
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


def _shared(sites: pd.DataFrame) -> pd.DataFrame:
    """Split each clinician's supply evenly over the sites that can hold it.

    A post-office box holds no clinic: it has no share where the clinician has another address.
    """
    door = sites["kind"].ne("po_box")
    has_door = (door & (sites["site_status"] != "moved")).groupby(sites["npi"]).transform("any")
    holds = (sites["site_status"] != "moved") & (door | ~has_door)
    count = holds.groupby(sites["npi"]).transform("sum")
    share = np.where(holds, 1.0 / count.clip(lower=1), 0.0)
    return sites.assign(share=share, supplies=sites["supplies"] & holds)


_SITE_COLUMNS = [
    "site_id", "npi", "practice_id", "practice_basis", "practice_name", "address", "city", "state", "zip", "phone",
    "lon", "lat", "precision", "share", "telehealth", "grade", "grade_rank", "supplies", "address_kind", "site_status",
    "site_key",
]  # fmt: skip


def _finish(sites: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    if sites.empty:
        frame = pd.DataFrame({c: pd.Series(dtype="str") for c in _SITE_COLUMNS})
        kinds = {"lon": "float64", "lat": "float64", "share": "float64", "grade_rank": people["grade_rank"].dtype}
        return frame.astype({**kinds, "telehealth": "bool", "supplies": "bool"})
    full = (sites["address"] + " " + sites["address2"]).str.strip()
    done = sites.assign(address=full, address_kind=sites["kind"], lon=np.nan, lat=np.nan, precision="none")
    text = ["site_id", "practice_id", "practice_basis", "practice_name", "grade", "site_status", "precision"]
    return done[_SITE_COLUMNS].astype(dict.fromkeys(text, "str")).sort_values("site_id", ignore_index=True)

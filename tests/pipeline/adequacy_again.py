"""Adequacy once more, from the tables of a run and the workbook of CMS, with none of the product's code."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pandas as pd

KM_A_MILE = 1.609344
NEEDED = {"Large Metro": 0.9, "Metro": 0.9, "Micro": 0.85, "Rural": 0.85, "CEAC": 0.85}
INDEPENDENT_CITIES = ("24510", "29510", *(f"51{code}" for code in range(510, 1000)))
"""Codes of cities that are counties of their own; the workbook writes some as "X City", beside a county X."""


def limits_of(workbook: Path, specialty: str) -> pd.DataFrame:
    """Return type, minutes, miles and least number of clinicians by state and name of county, as CMS writes them."""
    drives = pd.read_excel(workbook, sheet_name="Provider Time & Distance", header=None, engine="openpyxl")
    numbers = pd.read_excel(workbook, sheet_name="Minimum Provider #s", header=None, engine="openpyxl")
    at = drives.iloc[1].eq(specialty).to_numpy().argmax()
    assert drives.iloc[3, [at, at + 1]].tolist() == ["Time", "Distance"]
    table = drives.iloc[4:, [0, 1, 4, at, at + 1]].set_axis(["county", "state", "type", "minutes", "miles"], axis=1)
    least = numbers.iloc[4:, [0, 1, numbers.iloc[1].eq(specialty).to_numpy().argmax()]]
    table = table.merge(least.set_axis(["county", "state", "least"], axis=1).drop_duplicates(["county", "state"]))
    table["key"] = table["state"] + ":" + table["county"].map(_key)
    return table.drop_duplicates("key").set_index("key")


def adequacy_again(
    *, counties: pd.DataFrame, demand: pd.DataFrame, sites: pd.DataFrame, drives: pd.DataFrame, limits: pd.DataFrame
) -> pd.DataFrame:
    """Return the share of residents within both limits of one clinician, and pass or fail, by county code."""
    county = counties.set_index("county_fips")
    plain = county["state"] + ":" + county["name"].map(_key)
    in_city = county.index.isin(INDEPENDENT_CITIES) & (plain + "city").isin(limits.index).to_numpy()
    own = limits.reindex((plain + "city").where(in_city, plain)).set_index(county.index)
    legs = drives.merge(demand[["point_id", "county_fips", "population"]], on="point_id")
    near = legs["drive_min"].to_numpy() <= legs["county_fips"].map(own["minutes"]).to_numpy(float)
    close = legs["dist_km"].to_numpy() <= legs["county_fips"].map(own["miles"]).to_numpy(float) * KM_A_MILE
    legs = legs[near & close]
    people = demand.groupby("county_fips")["population"].sum()
    served = demand[demand["point_id"].isin(legs["point_id"])].groupby("county_fips")["population"].sum()
    names = legs[legs["population"] > 0].assign(npi=legs["site_id"].map(sites.set_index("site_id")["npi"]))
    clinicians = names.groupby("county_fips")["npi"].nunique()
    found = pd.DataFrame({"share": served.reindex(people.index).fillna(0) / people})
    enough = clinicians.reindex(people.index).fillna(0) >= own["least"].reindex(people.index).astype(float)
    found["passes"] = (found["share"] >= own["type"].map(NEEDED).reindex(people.index)) & enough
    return found


def _key(name: str) -> str:
    """Return the bare letters of a county's name, without its kind and without what it was called before."""
    letters = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode().lower()
    letters = re.sub(r"\(.*|\b(county|parish|borough|census area|municipality|planning region|and)\b", "", letters)
    return re.sub(r"[^a-z]", "", letters)

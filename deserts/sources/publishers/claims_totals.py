"""Medicare Part B totals: by provider (patients' ages), and by state and nation (to measure what was suppressed)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.years import year_of_name

__all__ = ["BY_GEOGRAPHY", "BY_PROVIDER", "read_geography", "read_providers", "suppression"]

BY_PROVIDER = Layout(
    "Medicare claims by provider",
    (
        Field("npi", ("Rndrng_NPI",), required=True),
        Field("specialty", ("Rndrng_Prvdr_Type",)),
        Field("beneficiaries", ("Tot_Benes",), required=True),
        Field("services", ("Tot_Srvcs",)),
        Field("mean_age", ("Bene_Avg_Age",)),
        Field("under_65", ("Bene_Age_LT_65_Cnt",)),
    ),
)

BY_GEOGRAPHY = Layout(
    "Medicare claims by geography and service",
    (
        Field("level", ("Rndrng_Prvdr_Geo_Lvl",), required=True),
        Field("state_fips", ("Rndrng_Prvdr_Geo_Cd",)),
        Field("place", ("Rndrng_Prvdr_Geo_Desc",)),
        Field("code", ("HCPCS_Cd",), required=True),
        Field("place_of_service", ("Place_Of_Srvc",), required=True),
        Field("providers", ("Tot_Rndrng_Prvdrs",)),
        Field("beneficiaries", ("Tot_Benes",), required=True),
        Field("services", ("Tot_Srvcs",), required=True),
    ),
)


def _year(path: Path, year: int | None) -> int:
    known = year_of_name(path.name) if year is None else year
    if known is None:
        raise InputError(
            "the year of these claims is not known", where=path, expected="a year in the file's name", fix="rename it"
        )
    return known


@reader("claims totals")
def read_providers(path: Path, *, npis: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read ``npi, specialty, beneficiaries, services, mean_age, under_65, year``; small counts are null."""
    known = _year(path, year)

    raw = read_rows(path, BY_PROVIDER, keep=None if npis is None else Keep({"npi": npis}))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    bad = {"the NPI is not valid": ~npis_are_valid(frame["npi"])}
    for column in ("beneficiaries", "services", "mean_age", "under_65"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    frame["year"] = pd.Series(known, index=frame.index, dtype="int64")
    return raw.settle(frame, bad)


@reader("claims totals")
def read_geography(path: Path, *, codes: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read totals of a code in a state or the nation.

    Columns ``level (National/State), state_fips, place, code, place_of_service, providers, beneficiaries, services,
    year``.
    """
    known = _year(path, year)

    raw = read_rows(path, BY_GEOGRAPHY, keep=None if codes is None else Keep({"code": codes}))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["code"] = repair.code(frame["code"])
    frame["state_fips"] = repair.fips(frame["state_fips"], 2)
    frame["place_of_service"] = frame["place_of_service"].str.upper()
    bad = {
        "neither the nation nor a state": ~frame["level"].isin(["National", "State"]),
        "the code is not five letters and digits": ~frame["code"].str.fullmatch(r"[0-9A-Z]{5}"),
    }
    for column in ("providers", "beneficiaries", "services"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    frame["year"] = pd.Series(known, index=frame.index, dtype="int64")
    return raw.settle(frame, bad)


def suppression(claims: pd.DataFrame, geography: pd.DataFrame) -> pd.DataFrame:
    """Return, for each year, code and place of service, what the published provider rows leave out.

    CMS removes every row of ten or fewer beneficiaries before publishing, and publishes national totals beside.

    Parameters
    ----------
    claims
        As ``read_claims`` returns, whole nation.
    geography
        As ``read_geography`` returns.

    Returns
    -------
    DataFrame
        ``year, code, place_of_service, national_services, published_services, hidden_share, national_providers,
        published_providers``; ``hidden_share`` (0 to 1) is null where the nation has no total, and never negative:
        rounding can put the sum of rows above the total.
    """
    key = ["year", "code", "place_of_service"]
    published = claims.groupby(key, sort=True).agg(published_services=("services", "sum"),
                                                   published_providers=("npi", "nunique"))  # fmt: skip
    nation = geography[geography["level"] == "National"].groupby(key, sort=True)
    totals = nation.agg(national_services=("services", "sum"), national_providers=("providers", "sum"))
    both = totals.join(published, how="outer").sort_index()
    both[["published_services", "published_providers"]] = both[["published_services", "published_providers"]].fillna(0)
    total = both["national_services"].where(both["national_services"] > 0)
    both["hidden_share"] = (1 - both["published_services"] / total).clip(lower=0).astype(np.float64)
    columns = ["national_services", "published_services", "hidden_share", "national_providers", "published_providers"]
    return both[columns].reset_index()

"""Medicare outpatient hospitals (CMS): by provider and service, and by geography and service.

Only comprehensive payment groups (APC) are in these files: surgery, such as placing a pump, and never a refill. So a
hospital here implants; it says nothing about who follows the patient. Small counts of patients are blank. Status:
documented; no row of a pump code was at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, Raw, read_rows
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.statecodes import postal_code
from deserts.sources.readers.years import year_of_name

__all__ = ["BY_GEOGRAPHY", "BY_PROVIDER", "read_outpatient_geography", "read_outpatient_hospitals"]

BY_PROVIDER = Layout(
    "outpatient hospitals by provider and service",
    (
        Field("ccn", ("Rndrng_Prvdr_CCN",), required=True),
        Field("name", ("Rndrng_Prvdr_Org_Name",)),
        Field("state", ("Rndrng_Prvdr_State_Abrvtn",)),
        Field("zip", ("Rndrng_Prvdr_Zip5",)),
        Field("apc", ("APC_Cd",), required=True),
        Field("patients", ("Bene_Cnt",), required=True),
        Field("services", ("CAPC_Srvcs",), required=True),
    ),
)

BY_GEOGRAPHY = Layout(
    "outpatient hospitals by geography and service",
    (
        Field("level", ("Rndrng_Prvdr_Geo_Lvl",), required=True),
        Field("state_fips", ("Rndrng_Prvdr_Geo_Cd",)),
        Field("service_level", ("Srvc_Lvl",), required=True),
        Field("apc", ("APC_Cd",)),
        Field("code", ("HCPCS_Cd",), required=True),
        Field("patients", ("Bene_Cnt",), required=True),
        Field("services", ("CAPC_Srvcs",), required=True),
    ),
)


@reader("outpatient totals")
def read_outpatient_hospitals(path: Path, *, apcs: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read ``ccn, name, state, zip, apc, patients, services, suppressed, year``; blank patients are fewer than 11."""
    raw = read_rows(path, BY_PROVIDER, keep=None if apcs is None else Keep({"apc": apcs}))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["ccn"] = repair.ccn(frame["ccn"])
    frame["zip"] = repair.zip5(frame["zip"])
    frame["apc"] = repair.code(frame["apc"])
    return _settled(raw, frame, {"the certification number is not valid": frame["ccn"] == ""}, path, year)


@reader("outpatient totals")
def read_outpatient_geography(path: Path, *, codes: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read totals of a code within its payment group.

    Columns ``area`` ("US" or the postal code of a state), ``apc, code, patients, services, suppressed, year``. Rows of
    a whole payment group, which name no code, are passed over.
    """
    raw = read_rows(path, BY_GEOGRAPHY, keep=None if codes is None else Keep({"code": codes}))
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["code"] = repair.code(frame["code"])
    frame["apc"] = repair.code(frame["apc"])
    state = postal_code(repair.fips(frame["state_fips"], 2))
    frame["area"] = state.where(frame["level"].str.lower() == "state", "US")
    bad = {
        "neither the nation nor a state": ~frame["level"].str.lower().isin(["national", "state"])
        | (frame["area"] == ""),
        "the code is not five letters and digits": ~frame["code"].str.fullmatch(r"(?:[0-9A-Z]{5})?"),
    }
    parsed = _settled(raw, frame, bad, path, year)
    named = parsed.frame[parsed.frame["code"] != ""]
    columns = ["area", "apc", "code", "patients", "services", "suppressed", "year"]
    return Parsed(named[columns].reset_index(drop=True), parsed.rejected, parsed.notes)


def _settled(raw: Raw, frame: pd.DataFrame, bad: dict[str, pd.Series], path: Path, year: int | None) -> Parsed:
    known = year_of_name(path.name) if year is None else year
    if known is None:
        raise InputError(
            "the year of this file is not known",
            where=path,
            expected="a year in the file's name, for example MUP_OUT_RY25_P04_V10_DY23_Prov_Svc.csv",
            fix="rename it",
        )
    for column in ("patients", "services"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged | (frame[column] < 0)
    frame["suppressed"] = frame["patients"].isna()
    frame["year"] = pd.Series(known, index=frame.index, dtype="int64")
    return raw.settle(frame, bad)

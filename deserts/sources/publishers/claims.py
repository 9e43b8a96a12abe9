"""Medicare Part B claims by provider and service (CMS): every layout that has been published since 2012.

The natural key is NPI, code and place of service. Rows from ten or fewer beneficiaries were removed by CMS, so a
missing row is not a missing service. Procedure texts belong to the American Medical Association and are not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.years import year_of_name

__all__ = ["CLAIMS", "read_claims"]

CLAIMS = Layout(
    "Medicare claims by provider and service",
    (
        Field("npi", ("Rndrng_NPI", "npi", "National Provider Identifier"), required=True),
        Field("entity", ("Rndrng_Prvdr_Ent_Cd", "nppes_entity_code", "Entity Type of the Provider",
                         "Entity Code of the Provider")),
        Field("last_org_name", ("Rndrng_Prvdr_Last_Org_Name", "nppes_provider_last_org_name",
                                "Last Name/Organization Name of the Provider")),
        Field("first_name", ("Rndrng_Prvdr_First_Name", "nppes_provider_first_name", "First Name of the Provider")),
        Field("middle_name", ("Rndrng_Prvdr_MI", "nppes_provider_mi", "Middle Initial of the Provider")),
        Field("credentials", ("Rndrng_Prvdr_Crdntls", "nppes_credentials", "Credentials of the Provider")),
        Field("street1", ("Rndrng_Prvdr_St1", "nppes_provider_street1", "Street Address 1 of the Provider")),
        Field("street2", ("Rndrng_Prvdr_St2", "nppes_provider_street2", "Street Address 2 of the Provider")),
        Field("city", ("Rndrng_Prvdr_City", "nppes_provider_city", "City of the Provider")),
        Field("state", ("Rndrng_Prvdr_State_Abrvtn", "nppes_provider_state", "State Code of the Provider"),
              required=True),
        Field("zip", ("Rndrng_Prvdr_Zip5", "nppes_provider_zip", "Zip Code of the Provider")),
        Field("specialty", ("Rndrng_Prvdr_Type", "provider_type", "Provider Type",
                            "Provider Type of the Provider")),
        Field("code", ("HCPCS_Cd", "hcpcs_code", "HCPCS Code"), required=True),
        Field("drug_indicator", ("HCPCS_Drug_Ind", "hcpcs_drug_indicator", "HCPCS Drug Indicator")),
        Field("place_of_service", ("Place_Of_Srvc", "place_of_service", "Place of Service"), required=True),
        Field("beneficiaries", ("Tot_Benes", "bene_unique_cnt", "Number of Medicare Beneficiaries"), required=True),
        Field("services", ("Tot_Srvcs", "line_srvc_cnt", "Number of Services"), required=True),
        Field("allowed_usd", ("Avg_Mdcr_Alowd_Amt", "average_Medicare_allowed_amt",
                              "Average Medicare Allowed Amount")),
    ),
)  # fmt: skip

_NUMBERS = ("beneficiaries", "services", "allowed_usd")


@reader("claims")
def read_claims(path: Path, *, codes: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read claims rows of one year.

    Parameters
    ----------
    path
        ``.csv``, ``.txt`` (tab separated) or ``.json`` from the data API, also as ``.gz`` or ``.zip``. Layouts are told
        apart by their column names: current (28 or 29 columns), lower case (2012 on) and display names.
    codes
        HCPCS codes to keep, decided while streaming; all when None.
    year
        Calendar year of the data; taken from the file's name when None.

    Returns
    -------
    Parsed
        ``npi, entity (I/O), last_org_name, first_name, middle_name, credentials, street1, street2, city, state, zip,
        specialty, code, drug_indicator, place_of_service (F/O), beneficiaries, services, allowed_usd, year``.
        ``allowed_usd`` is the mean allowed amount of one service in US dollars.

    Raises
    ------
    InputError
        If it is no such file, or its year is neither given nor in its name.
    """
    known_year = year_of_name(path.name) if year is None else year
    if known_year is None:
        raise InputError(
            "the year of these claims is not known",
            where=path,
            expected="a year in the file's name, for example claims_2023.csv",
            fix="rename the file",
        )
    raw = read_rows(path, CLAIMS, keep=None if codes is None else Keep({"code": codes}))
    frame, bad = _repaired(raw.frame)
    frame["year"] = pd.Series(known_year, index=frame.index, dtype="int64")
    return raw.settle(frame, bad)


def _repaired(raw: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    frame = raw.copy()
    for column in frame.columns.difference(list(_NUMBERS)):
        frame[column] = repair.tidy(frame[column])
    frame["npi"] = repair.code(frame["npi"])
    frame["code"] = repair.code(frame["code"])
    frame["zip"] = repair.zip5(frame["zip"])
    for column in ("entity", "state", "place_of_service", "drug_indicator"):
        frame[column] = frame[column].str.upper().str.strip()
    bad = {
        # The files of 2012 and 2013 carry a copyright sentence as their first row, under this number.
        "a copyright line, not a provider": frame["npi"] == "0000000001",
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the code is not five letters and digits": ~frame["code"].str.fullmatch(r"[0-9A-Z]{5}"),
        "the place of service is neither F nor O": ~frame["place_of_service"].isin(["F", "O"]),
    }
    for column in _NUMBERS:
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    bad["beneficiaries or services are negative"] = (frame[["beneficiaries", "services"]] < 0).any(axis=1)
    # The 2012 layout writes the entity; where a selection dropped it, only an organisation lacks a first name.
    guess = (frame["first_name"] != "").map({True: "I", False: "O"})
    frame["entity"] = frame["entity"].where(frame["entity"].isin(["I", "O"]), guess)
    return frame, bad

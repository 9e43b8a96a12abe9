"""Hospital enrolments and owners (CMS): which hospital an enrolment is, and who owns or runs it.

One row an enrolment and owner. Owners of 5 per cent or more include fund managers, who hold shares in hundreds of
hospitals without making them one system. Owners who are persons are not read by name. Status: documented; column names
confirmed, their order is not (columns are found by name).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = ["ENROLMENTS", "OWNERS", "pac_ids", "read_hospital_enrolments", "read_hospital_owners"]

ENROLMENTS = Layout(
    "hospital enrolments",
    (
        Field("enrolment_id", ("ENROLLMENT ID",), required=True),
        Field("npi", ("NPI",), required=True),
        Field("ccn", ("CCN",), required=True),
        Field("pac_id", ("ASSOCIATE ID",)),
        Field("organisation", ("ORGANIZATION NAME",)),
    ),
)

_FLAGS: Final = {
    "is_investor": ("INVESTMENT FIRM - OWNER", "investment_firm"),
    "is_fund": ("PRIVATE EQUITY COMPANY - OWNER", "private_equity"),
    "is_trust": ("REIT - OWNER", "reit"),
    "is_chain": ("CHAIN HOME OFFICE - OWNER", "chain_home_office"),
    "is_bank": ("FINANCIAL INSTITUTION - OWNER",),
}

OWNERS = Layout(
    "hospital owners",
    (
        Field("enrolment_id", ("ENROLLMENT ID",)),
        Field("ccn", ("CCN",)),
        Field("pac_id", ("ASSOCIATE ID",)),
        Field("organisation", ("ORGANIZATION NAME", "organization")),
        Field("owner_pac_id", ("ASSOCIATE ID - OWNER",)),
        Field("owner_type", ("TYPE - OWNER",)),
        Field("owner", ("ORGANIZATION NAME - OWNER", "owner"), required=True),
        Field("role", ("ROLE TEXT - OWNER", "owner_role"), required=True),
        Field("percentage", ("PERCENTAGE OWNERSHIP", "percentage"), required=True),
        *(Field(name, aliases) for name, aliases in _FLAGS.items()),
    ),
)


def pac_ids(column: pd.Series) -> pd.Series:
    """Return the ten digits by which a legal entity is known in PECOS; lost zeros are put back."""
    return repair.digits(column, 10, shortest=8)


@reader("hospital enrolments")
def read_hospital_enrolments(path: Path) -> Parsed:
    """Read ``enrolment_id, npi, ccn, pac_id, organisation`` of hospitals."""
    raw = read_rows(path, ENROLMENTS)
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    frame["ccn"] = repair.ccn(frame["ccn"])
    frame["pac_id"] = pac_ids(frame["pac_id"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the certification number is not valid": frame["ccn"] == "",
    }
    return raw.settle(frame, bad)


@reader("hospital owners")
def read_hospital_owners(path: Path) -> Parsed:
    """Read owners that are organisations.

    Columns ``enrolment_id, ccn`` (in joined copies), ``pac_id, organisation, owner_pac_id, owner, role,
    percentage`` (0 to 100, null when blank), and whether the owner calls itself ``is_investor, is_fund, is_trust``
    (real estate), ``is_chain`` (chain home office), ``is_bank``. Rows of owners who are persons are counted as such
    and left out.
    """
    raw = read_rows(path, OWNERS)
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["ccn"] = repair.ccn(frame["ccn"])
    for column in ("pac_id", "owner_pac_id"):
        frame[column] = pac_ids(frame[column])
    frame["role"] = frame["role"].str.upper()
    for name in _FLAGS:
        frame[name] = repair.flag(frame[name])
    frame["percentage"], damaged = repair.number(frame["percentage"].str.rstrip("% "))
    bad = {
        "the owner is a person, whose name is not read": (frame["owner_type"].str.upper() == "I")
        | (frame["owner"] == ""),
        "neither an enrolment nor a hospital is named": (frame["enrolment_id"] == "") & (frame["ccn"] == ""),
        "the percentage is not a number": damaged | ~frame["percentage"].fillna(0).between(0, 100),
    }
    return raw.settle(frame.drop(columns="owner_type"), bad)

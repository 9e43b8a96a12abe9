"""Doctors and Clinicians, the national directory of CMS (``mj5m-pzi6``): every practice address of a clinician.

One line is a clinician at one address in one group, so a person stands on many lines.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = ["DIRECTORY", "read_directory"]

DIRECTORY = Layout(
    "the Doctors and Clinicians directory",
    (
        Field("npi", ("NPI",), required=True),
        Field("last_name", ("Provider Last Name", "lst_nm")),
        Field("first_name", ("Provider First Name", "frst_nm")),
        Field("middle_name", ("Provider Middle Name", "mid_nm")),
        Field("whole_name", ("Provider Name",)),
        Field("credentials", ("Cred",)),
        Field("graduation_year", ("Grd_yr",)),
        Field("specialty", ("pri_spec", "Primary Specialty"), required=True),
        Field("secondary_specialties", ("sec_spec_all",)),
        Field("group_name", ("Facility Name", "org_nm")),
        Field("group_id", ("org_pac_id",)),
        Field("address", ("adr_ln_1", "Address"), required=True),
        Field("address2", ("adr_ln_2",)),
        Field("city", ("City/Town", "cty"), required=True),
        Field("state", ("State", "st"), required=True),
        Field("zip", ("ZIP Code", "zip"), required=True),
        Field("phone", ("Telephone Number", "phn_numbr")),
        Field("address_id", ("adrs_id",)),
        Field("telehealth", ("Telehlth",)),
        Field("accepts_assignment", ("ind_assgn",)),
    ),
)

_FIRST_GRADUATION = 1900


@reader("a clinician directory")
def read_directory(path: Path, *, states: Sequence[str] | None = None, npis: Sequence[str] | None = None) -> Parsed:
    """Read the directory in its current layout, that before 2023, or the seven columns of a state's slice.

    Parameters
    ----------
    path
        CSV (also gzip or zip) or JSON rows of the catalogue's API.
    states, npis
        Keep only rows of these states or these clinicians (either suffices), decided while streaming; all when both
        are None. The national file has 3.4 million lines.

    Returns
    -------
    Parsed
        ``npi, last_name, first_name, middle_name, credentials, graduation_year (null when unknown), specialty,
        secondary_specialties ('|' joined), group_name, group_id, address, address2, city, state, zip, phone,
        address_id, telehealth, accepts_assignment``. Where only a whole name is given, its last word is the last name.
    """
    chosen = {name: values for name, values in (("state", states), ("npi", npis)) if values is not None}
    raw = read_rows(path, DIRECTORY, keep=Keep(chosen) if chosen else None)
    frame = raw.frame.apply(repair.tidy)
    for column in ("state", "specialty"):
        frame[column] = frame[column].str.upper()
    frame["npi"] = repair.code(frame["npi"])
    frame["group_id"] = repair.code(frame["group_id"])
    frame["zip"] = repair.zip5(frame["zip"])
    frame["phone"] = repair.phone(frame["phone"])
    year, _ = repair.number(frame["graduation_year"])
    # A typing error in a year of graduation must not cost the address: it is left unknown.
    frame["graduation_year"] = year.where(year.between(_FIRST_GRADUATION, dt.date.max.year) & (year % 1 == 0))
    frame["secondary_specialties"] = (
        frame["secondary_specialties"].str.upper().str.replace(r"\s*[,;|]\s*", "|", regex=True).str.strip("|")
    )
    frame["telehealth"] = repair.flag(frame["telehealth"])
    frame["accepts_assignment"] = repair.flag(frame["accepts_assignment"])
    parts = frame["whole_name"].str.extract(r"^(?:(?P<first>.*) )?(?P<last>[^ ]*)$").fillna("")
    named = frame["last_name"] != ""
    frame["last_name"] = frame["last_name"].where(named, parts["last"])
    frame["first_name"] = frame["first_name"].where(named, parts["first"])
    bad = {"the NPI is not valid": ~npis_are_valid(frame["npi"])}
    return raw.settle(frame.drop(columns="whole_name"), bad)

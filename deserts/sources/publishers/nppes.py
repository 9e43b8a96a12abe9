"""The provider registry (NPPES): the monthly file, answers of its API, secondary locations, deactivations.

A taxonomy is self-declared: it says who could do a service, never who does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deserts.sandbox import reader
from deserts.sources.publishers import nppes_json
from deserts.sources.readers import repair, workbook
from deserts.sources.readers.delimited import Field, Keep, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = ["DEACTIVATED", "LOCATIONS", "REGISTRY", "read_deactivated", "read_locations", "read_nppes"]

_TAXONOMIES = range(1, 16)
_PRACTICE = "Provider {} Business Practice Location Address"
_SECOND = "Provider Secondary Practice Location Address"

REGISTRY = Layout(
    "the provider registry",
    (
        Field("npi", ("NPI",), required=True),
        Field("entity", ("Entity Type Code",), required=True),
        Field("organisation", ("Provider Organization Name (Legal Business Name)",), required=True),
        Field("last_name", ("Provider Last Name (Legal Name)",), required=True),
        Field("first_name", ("Provider First Name",)),
        Field("middle_name", ("Provider Middle Name",)),
        Field("credentials", ("Provider Credential Text",)),
        Field("address", (_PRACTICE.format("First Line"),), required=True),
        Field("address2", (_PRACTICE.format("Second Line"),)),
        Field("city", ("Provider Business Practice Location Address City Name",), required=True),
        Field("state", ("Provider Business Practice Location Address State Name",), required=True),
        Field("zip", ("Provider Business Practice Location Address Postal Code",), required=True),
        Field("country", ("Provider Business Practice Location Address Country Code (If outside U.S.)",)),
        Field("phone", ("Provider Business Practice Location Address Telephone Number",)),
        Field("updated_on", ("Last Update Date",)),
        Field("deactivated_on", ("NPI Deactivation Date",)),
        Field("reactivated_on", ("NPI Reactivation Date",)),
        *(Field(f"taxonomy_{i}", (f"Healthcare Provider Taxonomy Code_{i}",)) for i in _TAXONOMIES),
        *(Field(f"switch_{i}", (f"Healthcare Provider Primary Taxonomy Switch_{i}",)) for i in _TAXONOMIES),
    ),
    member=r"npidata_pfile_.*\.csv$",
)

LOCATIONS = Layout(
    "secondary practice locations",
    (
        Field("npi", ("NPI",), required=True),
        Field("address", (f"{_SECOND} - Address Line 1",), required=True),
        Field("address2", (f"{_SECOND} - Address Line 2",)),
        Field("city", (f"{_SECOND} - City Name",), required=True),
        Field("state", (f"{_SECOND} - State Name",), required=True),
        Field("zip", (f"{_SECOND} - Postal Code",), required=True),
        Field("phone", (f"{_SECOND} - Telephone Number",)),
    ),
    member=r"pl_pfile_.*\.csv$",
)

DEACTIVATED = Layout(
    "deactivated NPIs",
    (
        Field("npi", ("NPI",), required=True),
        Field("deactivated_on", ("NPPES Deactivation Date", "NPI Deactivation Date"), required=True),
    ),
    member=r"\.(csv|txt)$",
)


@reader("provider registry files")
def read_nppes(
    path: Path,
    *,
    states: Sequence[str] | None = None,
    npis: Sequence[str] | None = None,
    taxonomies: Sequence[str] | None = None,
) -> Parsed:
    """Read the registry's main file (CSV or the monthly zip), or an answer of the API as JSON.

    Parameters
    ----------
    path
        The file.
    states, npis, taxonomies
        Keep only providers with a practice in these states, these providers, or those who list one of these codes: who
        fits any of them stays, decided while the file is streamed. All when none is given.

    Returns
    -------
    Parsed
        ``npi, entity (I, O, or empty for a deactivated stub), last_org_name, first_name, middle_name, credentials,
        taxonomies ('|' joined, the primary one first), address, address2, city, state, zip, phone, deactivated_on,
        updated_on`` (days as YYYY-MM-DD or empty; a reactivated NPI has no ``deactivated_on``).

    Raises
    ------
    InputError
        If the file is not of the registry, or an API answer is an error or was cut.
    """
    if nppes_json.is_json(path):
        return nppes_json.read_providers(path)

    wanted = {"state": states, "npi": npis, **{f"taxonomy_{i}": taxonomies for i in _TAXONOMIES}}
    chosen = {name: values for name, values in wanted.items() if values is not None}
    raw = read_rows(path, REGISTRY, keep=Keep(chosen) if chosen else None)
    found = raw.frame.apply(repair.tidy)
    entity = repair.code(found["entity"]).map({"1": "I", "2": "O"}).fillna("").astype("str")
    gone, back = repair.day(found["deactivated_on"]), repair.day(found["reactivated_on"])
    frame = found[["first_name", "middle_name", "credentials", "address", "address2", "city"]].assign(
        npi=repair.code(found["npi"]),
        entity=entity,
        last_org_name=found["organisation"].where(entity == "O", found["last_name"]),
        taxonomies=_joined_taxonomies(found),
        state=found["state"].str.upper(),
        zip=repair.zip5(found["zip"]).where(found["country"].isin(["", "US"]), ""),
        phone=repair.phone(found["phone"]),
        # ISO days compare as text; an empty one comes first.
        deactivated_on=gone.where(back < gone, ""),
        updated_on=repair.day(found["updated_on"]),
    )
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "neither a person, an organisation nor a deactivated NPI": (entity == "") & (gone == ""),
    }
    return raw.settle(frame[list(nppes_json.PROVIDER_COLUMNS)], bad)


def _joined_taxonomies(found: pd.DataFrame) -> pd.Series:
    """Join up to fifteen codes with '|', that with the switch Y first."""
    first = pd.Series("", index=found.index, dtype="str")
    for i in reversed(_TAXONOMIES):
        first = first.mask((found[f"switch_{i}"].str.upper() == "Y") & (found[f"taxonomy_{i}"] != ""),
                           found[f"taxonomy_{i}"])  # fmt: skip
    joined = first
    for i in _TAXONOMIES:
        joined = joined + "|" + found[f"taxonomy_{i}"].mask(found[f"taxonomy_{i}"] == first, "")
    return joined.str.replace(r"\|{2,}", "|", regex=True).str.strip("|").str.upper()


@reader("provider registry files")
def read_locations(path: Path) -> Parsed:
    """Read ``npi, address, address2, city, state, zip, phone`` of secondary practice locations.

    Accepts the ``pl_pfile`` (CSV, or the monthly zip that holds it) and the JSON of the API.
    """
    if nppes_json.is_json(path):
        return nppes_json.read_locations(path)
    raw = read_rows(path, LOCATIONS)
    frame = raw.frame.apply(repair.tidy)
    frame["npi"] = repair.code(frame["npi"])
    frame["state"] = frame["state"].str.upper()
    frame["zip"] = repair.zip5(frame["zip"])
    frame["phone"] = repair.phone(frame["phone"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "no address": (frame["address"] == "") & (frame["city"] == ""),
    }
    return raw.settle(frame, bad)


@reader("provider registry files")
def read_deactivated(path: Path) -> Parsed:
    """Read ``npi`` and ``deactivated_on`` (YYYY-MM-DD) from the report: the workbook, the zip around it, or CSV."""
    raw = workbook.read_rows(path, DEACTIVATED) if workbook.is_workbook(path) else read_rows(path, DEACTIVATED)
    frame = raw.frame.apply(repair.tidy)
    frame["npi"] = repair.code(frame["npi"])
    frame["deactivated_on"] = repair.day(frame["deactivated_on"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the day is not valid": frame["deactivated_on"] == "",
    }
    return raw.settle(frame, bad)

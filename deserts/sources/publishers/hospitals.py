"""Hospital General Information of CMS (``xubh-q36u``) and inpatient rehabilitation facilities (``7t8x-u3ir``)."""

from __future__ import annotations

from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed

__all__ = ["HOSPITALS", "REHAB_HOSPITALS", "read_hospitals", "read_rehab_hospitals"]

_PLACE_FIELDS = (
    Field("address", ("Address", "Address Line 1"), required=True),
    Field("city", ("City/Town", "City"), required=True),
    Field("state", ("State",), required=True),
    Field("zip", ("ZIP Code", "zip_code"), required=True),
    Field("phone", ("Telephone Number", "Phone Number")),
)

HOSPITALS = Layout(
    "Hospital General Information",
    (
        Field("ccn", ("Facility ID", "Provider ID", "CMS Certification Number (CCN)"), required=True),
        Field("name", ("Facility Name", "Hospital Name"), required=True),
        Field("type", ("Hospital Type",), required=True),
        Field("emergency", ("Emergency Services",)),
        *_PLACE_FIELDS,
    ),
)

REHAB_HOSPITALS = Layout(
    "inpatient rehabilitation facilities",
    (
        Field("ccn", ("CMS Certification Number (CCN)", "Facility ID"), required=True),
        Field("name", ("Provider Name", "Facility Name"), required=True),
        *_PLACE_FIELDS,
    ),
)


@reader("hospitals")
def read_hospitals(path: Path) -> Parsed:
    """Read ``ccn, name, type, emergency, address, city, state, zip, phone`` of every hospital.

    ``emergency`` is false where the publisher says nothing. The file has no coordinates.
    """
    return _read(path, HOSPITALS)


@reader("hospitals")
def read_rehab_hospitals(path: Path) -> Parsed:
    """Read the same columns of inpatient rehabilitation facilities; they have no emergency service."""
    return _read(path, REHAB_HOSPITALS)


def _read(path: Path, layout: Layout) -> Parsed:
    raw = read_rows(path, layout)
    frame = raw.frame.apply(repair.tidy)
    if layout is REHAB_HOSPITALS:
        frame["type"] = "Inpatient Rehabilitation Facility"
        frame["emergency"] = ""
    frame["ccn"] = repair.ccn(frame["ccn"])
    frame["state"] = frame["state"].str.upper()
    frame["zip"] = repair.zip5(frame["zip"])
    frame["phone"] = repair.phone(frame["phone"])
    frame["emergency"] = repair.flag(frame["emergency"])
    bad = {
        "the certification number is not valid": frame["ccn"] == "",
        "a second row of the same hospital": frame["ccn"].duplicated(),
    }
    return raw.settle(frame[["ccn", "name", "type", "emergency", "address", "city", "state", "zip", "phone"]], bad)

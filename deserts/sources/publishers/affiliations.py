"""Facility Affiliation of CMS (``27ea-46a8``): at which hospital a clinician works."""

from __future__ import annotations

from pathlib import Path

from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed

__all__ = ["AFFILIATIONS", "read_affiliations"]

AFFILIATIONS = Layout(
    "clinician affiliations",
    (
        Field("npi", ("NPI",), required=True),
        Field("facility_type", ("facility_type", "Facility Type")),
        Field(
            "ccn",
            ("facility_affiliations_certification_number", "Facility Affiliations Certification Number", "hosp_afl"),
            required=True,
        ),
    ),
)


@reader("affiliations")
def read_affiliations(path: Path) -> Parsed:
    """Read ``npi``, ``facility_type`` and ``ccn`` (the hospital's CMS certification number), without repeats."""
    raw = read_rows(path, AFFILIATIONS)
    frame = raw.frame.apply(repair.tidy)
    frame["npi"] = repair.code(frame["npi"])
    frame["ccn"] = repair.ccn(frame["ccn"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the certification number is not valid": frame["ccn"] == "",
        "a repeat of an earlier row": frame.duplicated(["npi", "ccn"]),
    }
    return raw.settle(frame, bad)

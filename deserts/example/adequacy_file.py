"""The Medicare Advantage network adequacy workbook of the example, in the sheets and rows of the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from openpyxl.utils import get_column_letter

from deserts.example.archives import csv_bytes, workbook_bytes
from deserts.example.land import Land
from deserts.places.adequacy import KM2_PER_SQ_MILE, county_type

__all__ = ["adequacy_workbook", "county_types", "penetration"]

_SPECIALTIES = (
    # heading, code, limits by type: Large Metro, Metro, Micro, Rural, CEAC (minutes, miles); None as published
    ("General Practice (see Notes)", "001", None),
    ("Primary Care (see Notes)", "S03", ((10, 5), (15, 10), (30, 20), (40, 30), (70, 60))),
    ("Neurology", "019", ((20, 10), (45, 30), (60, 45), (75, 60), (110, 100))),
    ("Neurosurgery", "020", ((30, 15), (60, 40), (100, 75), (110, 90), (145, 130))),
    ("Orthopedic Surgery", "025", ((20, 10), (30, 20), (50, 35), (75, 60), (95, 85))),
    ("Physiatry, Rehabilitative Medicine{} (see Notes)", "026", ((30, 15), (45, 30), (80, 60), (90, 75), (125, 110))),
)
_TYPES = ("Large Metro", "Metro", "Micro", "Rural", "CEAC")
_NOTE = "Meeting the time / distance criteria may require submitting more than the minimum number of providers."
_CUSTOM = {"97035": {"026": (150, 130)}}
"""County and specialty whose limits are wider than the base, as in the real workbook."""
_DESIGNATED = {"97011": "Metro"}
"""A county whose published type is not the one that population and density give."""
_SPELLING = {"Saint Brannoc": "St. Brannoc"}
"""A county that the workbook spells in its own way."""


def county_types(land: Land, people: Mapping[str, int]) -> dict[str, str]:
    """Return the published county type by county code."""
    population = np.array([people[county.fips] for county in land.counties], dtype=float)
    miles2 = np.array([county.shape_km.area for county in land.counties]) / KM2_PER_SQ_MILE
    derived = county_type(population, population / miles2)
    return {
        county.fips: _DESIGNATED.get(county.fips, str(kind))
        for county, kind in zip(land.counties, derived, strict=True)
    }


def adequacy_workbook(land: Land, people: Mapping[str, int]) -> bytes:
    """Return the workbook: minimum numbers, and times with distances, by county and specialty."""
    types = county_types(land, people)
    places = []
    for number, county in enumerate(land.counties, start=1):
        name = _SPELLING.get(county.name, county.name)
        ssa = f"{county.fips[:2]}{number * 10:03d}"
        places.append((county.fips, [name, county.state, f"{name}, {county.state}", ssa], types[county.fips]))
    return workbook_bytes(
        {
            "Minimum Provider #s": _minimum_sheet(places, people),
            "Provider Time & Distance": _limits_sheet(places),
            "Notes": [["This tab includes instructions for several specialty types."], ["SPECIALTY TYPE", "NOTES"]],
        },
        merged={
            "Minimum Provider #s": ["A1:H1", *(f"{letter}2:{letter}3" for letter in "ABCDEFGH")],
            "Provider Time & Distance": [
                "A1:E1", *(f"{letter}2:{letter}4" for letter in "ABCDE"),
                *(f"{get_column_letter(c)}{r}:{get_column_letter(c + 1)}{r}"
                  for c in range(6, 6 + 2 * len(_SPECIALTIES), 2) for r in (2, 3)),
            ],
        },
    )  # fmt: skip


def _minimum_sheet(places: Sequence[tuple[str, list[str], str]], people: Mapping[str, int]) -> list[list[object]]:
    lead = ["COUNTY", "ST", "COUNTY_STATE", "SSACD", "TOTAL BENEFICIARIES", "COUNTY DESIGNATION",
            "95th PERCENTILE BASE POPULATION RATIO", "BENEFICIARIES REQUIRED TO COVER"]  # fmt: skip
    rows: list[list[object]] = [
        [_NOTE],
        # in this sheet the heading is broken over two lines
        [*lead, *(heading.format(" \n").replace("  ", " ") for heading, _, _ in _SPECIALTIES)],
        [*[None] * len(lead), *(code for _, code, _ in _SPECIALTIES)],
    ]
    ratio = 0.1058540133
    for fips, head, kind in places:
        beneficiaries = round(people[fips] * 0.21)
        needed = [None if limits is None else max(1, beneficiaries // 40_000) for _, _, limits in _SPECIALTIES]
        rows.append([*head, beneficiaries, kind, ratio, round(beneficiaries * ratio), *needed])
    return rows


def _limits_sheet(places: Sequence[tuple[str, list[str], str]]) -> list[list[object]]:
    lead = ["COUNTY", "ST", "COUNTY_STATE", "SSACD", "COUNTY DESIGNA-TION"]
    blank: list[object] = [None] * len(lead)
    rows: list[list[object]] = [
        [_NOTE],
        [*lead, *(cell for heading, _, _ in _SPECIALTIES for cell in (heading.format(""), None))],
        [*blank, *(cell for _, code, _ in _SPECIALTIES for cell in (code, None))],
        [*blank, *("Time", "Distance") * len(_SPECIALTIES)],
    ]
    for fips, head, kind in places:
        cells: list[object] = []
        for _, code, limits in _SPECIALTIES:
            base = (None, None) if limits is None else limits[_TYPES.index(kind)]
            cells += _CUSTOM.get(fips, {}).get(code, base)
        rows.append([*head, kind, *cells])
    return rows


def penetration(land: Land, people: Mapping[str, int]) -> bytes:
    """Return Medicare Advantage enrolment by county; fewer than 11 enrolled are published as an asterisk."""
    header = ["State Name", "County Name", "FIPSST", "FIPSCNTY", "FIPS", "SSAST", "SSACNTY", "SSA", "Eligibles",
              "Enrolled", "Penetration"]  # fmt: skip
    names = {"XA": "Exampland", "XB": "Neighbourland"}
    rows = []
    for number, county in enumerate(land.counties, start=1):
        eligible = round(people[county.fips] * 0.21)
        enrolled = round(eligible * (0.28 + 0.006 * number))
        ssa = f"{number * 10:03d}"
        rows.append([
            names[county.state], county.name, county.fips[:2], county.fips[2:], county.fips, county.fips[:2], ssa,
            county.fips[:2] + ssa, f"{eligible:,}", f"{enrolled:,}" if enrolled > 10 else "*",
            f"{100 * enrolled / eligible:.2f}%" if enrolled > 10 else "",
        ])  # fmt: skip
    return csv_bytes(header, rows)

"""Clinician directory, affiliations, hospitals and the provider registry of the example."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from deserts.example.archives import csv_bytes, workbook_bytes, zip_bytes
from deserts.example.cast import Address, Clinician
from deserts.example.players import CHILDRENS_CCN, UNIVERSITY_CCN, Gazette
from deserts.example.postal import HOSPITAL_ZIP

__all__ = ["affiliations", "deactivated", "directory", "hospitals", "registry", "rehab_hospitals", "secondary"]

_DIRECTORY_COLUMNS = (
    "NPI", "Ind_PAC_ID", "Ind_enrl_ID", "Provider Last Name", "Provider First Name", "Provider Middle Name", "suff",
    "gndr", "Cred", "Med_sch", "Grd_yr", "pri_spec", "sec_spec_1", "sec_spec_2", "sec_spec_3", "sec_spec_4",
    "sec_spec_all", "Telehlth", "Facility Name", "org_pac_id", "num_org_mem", "adr_ln_1", "adr_ln_2", "ln_2_sprs",
    "City/Town", "State", "ZIP Code", "Telephone Number", "ind_assgn", "grp_assgn", "adrs_id",
)  # fmt: skip
_PLAIN_SPECIALTY = {"Pediatric Medicine": "PEDIATRIC MEDICINE", "Family Practice": "FAMILY PRACTICE"}


def _people(everyone: Sequence[Clinician]) -> list[Clinician]:
    return sorted((who for who in everyone if who.entity == "I"), key=lambda who: who.npi)


def _zip9(at: Address) -> str:
    """Return the ZIP as the directory writes it: nine digits, zeros in front lost."""
    return f"{at.zip}{len(at.street) % 90 + 1000:04d}".lstrip("0")


def directory(everyone: Sequence[Clinician]) -> bytes:
    """Return the Doctors and Clinicians file: one row a clinician and address; group and clinician as published."""
    rows = []
    for who in _people(everyone):
        if not who.listed or who.deactivated_on:
            continue
        seconds = ["NEUROLOGY"] if who.role == "baclofen" else []
        for number, at in enumerate(who.sites):
            rows.append([
                who.npi, f"97{who.npi[2:]}", f"I2020010100{who.npi[-4:]}", who.last.upper(), who.first.upper(),
                who.middle, "", "FM"[int(who.npi[-2]) % 2], who.credentials.replace(".", ""), "OTHER", who.graduated,
                who.specialty.upper(), *(seconds + [""] * 4)[:4], ", ".join(seconds), "Y" if who.telehealth else "",
                at.practice, at.group_id, "12" if at.group_id else "",
                at.street.upper(), at.street2.upper(), "", at.city.upper(), at.state, _zip9(at), at.phone, "Y",
                "Y" if at.group_id else "", f"{at.state}{at.zip}{number:03d}{_number_of(at.street):06d}",
            ])  # fmt: skip
    # a row with two digits swapped: its number fails the check digit and the row must be listed, not used
    slip = list(rows[-1])
    slip[0] = slip[0][:7] + slip[0][8] + slip[0][7] + slip[0][9]
    return csv_bytes(_DIRECTORY_COLUMNS, [*rows, slip])


def _number_of(text: str) -> int:
    """Return a small number that depends on the text alone, not on the process."""
    value = 0
    for letter in text:
        value = (value * 131 + ord(letter)) % 999_983
    return value


def affiliations(everyone: Sequence[Clinician]) -> bytes:
    """Return clinician to hospital."""
    header = ["NPI", "Ind_PAC_ID", "Provider Last Name", "Provider First Name", "Provider Middle Name", "suff",
              "facility_type", "Facility Affiliations Certification Number",
              "Facility Type Certification Number"]  # fmt: skip
    rows = [
        [who.npi, f"97{who.npi[2:]}", who.last.upper(), who.first.upper(), who.middle, "", "Hospital", ccn, ""]
        for who in _people(everyone)
        for ccn in who.hospitals
    ]
    return csv_bytes(header, rows)


_HOSPITALS = (
    # number, name, type, emergency, town key, street
    (UNIVERSITY_CCN, "EXAMPLAND UNIVERSITY HOSPITAL", "Acute Care Hospitals", "Yes", "capital", "1 HOSPITAL PLAZA"),
    ("970002", "MILLBROOK GENERAL HOSPITAL", "Acute Care Hospitals", "Yes", "second", "200 MILL LANE"),
    ("970003", "WESTBURY MEMORIAL HOSPITAL", "Acute Care Hospitals", "Yes", "west", "18 INFIRMARY ROAD"),
    ("970004", "SOUTHPORT HOSPITAL", "Acute Care Hospitals", "Yes", "south", "5 STRAND ROAD"),
    ("971301", "NORTHGATE COMMUNITY HOSPITAL", "Critical Access Hospitals", "Yes", "north", "40 RIDGE STREET"),
    ("971302", "CANDLEWICK DISTRICT HOSPITAL", "Critical Access Hospitals", "Yes", "far_north", "6 LOW ROAD"),
    ("971303", "SKERRY HARBOUR HOSPITAL", "Critical Access Hospitals", "Yes", "own_clinic", "1 LIGHTHOUSE LANE"),
    ("971304", "LONE HOLM INFIRMARY", "Rural Emergency Hospital", "Yes", "no_clinic", "3 HOLM STREET"),
    (CHILDRENS_CCN, "EXAMPLAND CHILDREN'S HOSPITAL", "Childrens", "Yes", "capital", "20 KITE HILL ROAD"),
    ("974001", "HARBOR VIEW PSYCHIATRIC HOSPITAL", "Psychiatric", "No", "capital", "77 QUIET LANE"),
    ("97001F", "PORT HAVEN VA MEDICAL CENTER", "Acute Care - Veterans Administration", "Yes", "capital",
     "500 VETERANS WAY"),
    ("972001", "LONGBRIDGE LONG TERM CARE HOSPITAL", "Long-term", "No", "bridge_west", "9 ORCHARD WAY"),
    ("980001", "CROSSING REGIONAL MEDICAL CENTER", "Acute Care Hospitals", "Yes", "crossing", "1400 STATE LINE ROAD"),
    ("981301", "BORDERLEA COMMUNITY HOSPITAL", "Critical Access Hospitals", "Yes", "border_north", "2 PASS STREET"),
)  # fmt: skip


def _hospital_places(gazette: Gazette, entries: Iterable[tuple[str, ...]]) -> list[tuple[tuple[str, ...], Address]]:
    index = {town.key: number for number, town in enumerate(gazette.towns) if town.key}
    return [
        (entry, gazette.address(index[entry[4]], street=entry[5],
                                zip_code=HOSPITAL_ZIP if entry[0] == UNIVERSITY_CCN else ""))
        for entry in entries
    ]  # fmt: skip


def hospitals(gazette: Gazette) -> bytes:
    """Return Hospital General Information, the columns that describe the place and the first ratings."""
    header = ["Facility ID", "Facility Name", "Address", "City/Town", "State", "ZIP Code", "County/Parish",
              "Telephone Number", "Hospital Type", "Hospital Ownership", "Emergency Services",
              "Meets criteria for birthing friendly designation", "Hospital overall rating",
              "Hospital overall rating footnote"]  # fmt: skip
    rows = []
    for (ccn, name, kind, emergency, *_), at in _hospital_places(gazette, _HOSPITALS):
        county = gazette.land.counties[gazette.towns[at.town].county].name.upper()
        phone = f"({at.phone[:3]}) {at.phone[3:6]}-{at.phone[6:]}"
        rows.append([ccn, name, at.street, at.city.upper(), at.state, at.zip.lstrip("0"), county, phone, kind,
                     "Voluntary non-profit - Private", emergency, "", "Not Available", "16"])  # fmt: skip
    return csv_bytes(header, rows)


def rehab_hospitals(gazette: Gazette) -> bytes:
    """Return inpatient rehabilitation facilities."""
    header = ["CMS Certification Number (CCN)", "Provider Name", "Address Line 1", "Address Line 2", "City/Town",
              "State", "ZIP Code", "County/Parish", "Telephone Number", "CMS Region", "Ownership Type",
              "Certification Date"]  # fmt: skip
    entries = (
        ("973025", "PORT HAVEN REHABILITATION HOSPITAL", "", "", "capital", "1250 HARBOR DRIVE"),
        ("97T002", "MILLBROOK GENERAL REHABILITATION UNIT", "", "", "second", "200 MILL LANE"),
    )
    rows = []
    for (ccn, name, *_), at in _hospital_places(gazette, entries):
        county = gazette.land.counties[gazette.towns[at.town].county].name
        phone = f"({at.phone[:3]}) {at.phone[3:6]}-{at.phone[6:]}"
        rows.append([ccn, name, at.street, "", at.city, at.state, at.zip, county, phone, "1", "Non-profit",
                     "01/01/2001"])  # fmt: skip
    return csv_bytes(header, rows)


def registry_columns() -> list[str]:
    """Return the 330 column names of the registry's main file."""
    identity = [
        "NPI", "Entity Type Code", "Replacement NPI", "Employer Identification Number (EIN)",
        "Provider Organization Name (Legal Business Name)", "Provider Last Name (Legal Name)", "Provider First Name",
        "Provider Middle Name", "Provider Name Prefix Text", "Provider Name Suffix Text", "Provider Credential Text",
        "Provider Other Organization Name", "Provider Other Organization Name Type Code", "Provider Other Last Name",
        "Provider Other First Name", "Provider Other Middle Name", "Provider Other Name Prefix Text",
        "Provider Other Name Suffix Text", "Provider Other Credential Text", "Provider Other Last Name Type Code",
    ]  # fmt: skip
    dates = [
        "Provider Enumeration Date", "Last Update Date", "NPI Deactivation Reason Code", "NPI Deactivation Date",
        "NPI Reactivation Date", "Provider Sex Code", "Authorized Official Last Name", "Authorized Official First Name",
        "Authorized Official Middle Name", "Authorized Official Title or Position",
        "Authorized Official Telephone Number",
    ]  # fmt: skip
    taxonomy = ("Healthcare Provider Taxonomy Code", "Provider License Number", "Provider License Number State Code",
                "Healthcare Provider Primary Taxonomy Switch")  # fmt: skip
    other = ("Other Provider Identifier", "Other Provider Identifier Type Code", "Other Provider Identifier State",
             "Other Provider Identifier Issuer")  # fmt: skip
    tail = [
        "Is Sole Proprietor", "Is Organization Subpart", "Parent Organization LBN", "Parent Organization TIN",
        "Authorized Official Name Prefix Text", "Authorized Official Name Suffix Text",
        "Authorized Official Credential Text",
    ]  # fmt: skip
    return [
        *identity, *_address_columns("Mailing"), *_address_columns("Practice Location"), *dates,
        *(f"{name}_{number}" for number in range(1, 16) for name in taxonomy),
        *(f"{name}_{number}" for number in range(1, 51) for name in other),
        *tail, *(f"Healthcare Provider Taxonomy Group_{number}" for number in range(1, 16)), "Certification Date",
    ]  # fmt: skip


def _address_columns(kind: str) -> list[str]:
    stem = f"Provider Business {kind} Address"
    return [
        f"Provider First Line Business {kind} Address", f"Provider Second Line Business {kind} Address",
        f"{stem} City Name", f"{stem} State Name", f"{stem} Postal Code", f"{stem} Country Code (If outside U.S.)",
        f"{stem} Telephone Number", f"{stem} Fax Number",
    ]  # fmt: skip


def _american(day: str) -> str:
    return dt.date.fromisoformat(day).strftime("%m/%d/%Y") if day else ""


def registry(everyone: Sequence[Clinician]) -> bytes:
    """Return the registry's main file; a deactivated number is a stub without name, entity or address."""
    columns = registry_columns()
    rows = []
    for who in sorted(everyone, key=lambda who: who.npi):
        known = {"NPI": who.npi, "NPI Deactivation Date": _american(who.deactivated_on)}
        if not who.deactivated_on:
            known |= _registered(who)
        rows.append([known.get(column, "") for column in columns])
    return csv_bytes(columns, rows, quote_all=True)


def _registered(who: Clinician) -> dict[str, str]:
    at = who.billed_at
    known = {
        "Entity Type Code": "1" if who.entity == "I" else "2",
        "Provider Enumeration Date": "06/01/2006",
        "Last Update Date": "03/02/2025",
        "Provider Sex Code": "FM"[int(who.npi[-2]) % 2] if who.entity == "I" else "",
        "Is Sole Proprietor": "N" if who.entity == "I" else "",
        "Is Organization Subpart": "N" if who.entity == "O" else "",
        "Certification Date": "03/02/2025",
    }
    if who.entity == "O":
        known["Provider Organization Name (Legal Business Name)"] = who.last.upper()
    else:
        known |= {
            "Provider Last Name (Legal Name)": who.last.upper(), "Provider First Name": who.first.upper(),
            "Provider Middle Name": who.middle, "Provider Credential Text": who.credentials,
        }  # fmt: skip
    for kind in ("Mailing", "Practice Location"):
        known |= {
            f"Provider First Line Business {kind} Address": at.street.upper(),
            f"Provider Second Line Business {kind} Address": at.street2.upper(),
            f"Provider Business {kind} Address City Name": at.city.upper(),
            f"Provider Business {kind} Address State Name": at.state,
            f"Provider Business {kind} Address Postal Code": f"{at.zip}0012",
            f"Provider Business {kind} Address Country Code (If outside U.S.)": "US",
            f"Provider Business {kind} Address Telephone Number": at.phone,
        }
    for number, code in enumerate(who.taxonomies, start=1):
        known[f"Healthcare Provider Taxonomy Code_{number}"] = code
        known[f"Provider License Number_{number}"] = f"EX{who.npi[-5:]}"
        known[f"Provider License Number State Code_{number}"] = at.state
        # the last of several is the primary one, so that the switch has to be read
        known[f"Healthcare Provider Primary Taxonomy Switch_{number}"] = "Y" if number == len(who.taxonomies) else "N"
    return known


def secondary(everyone: Sequence[Clinician]) -> bytes:
    """Return secondary practice locations; the spaces around the hyphens are as irregular as the publisher's."""
    stem = "Provider Secondary Practice Location Address"
    header = [
        "NPI", f"{stem}- Address Line 1", f"{stem}-  Address Line 2", f"{stem} - City Name", f"{stem} - State Name",
        f"{stem} - Postal Code", f"{stem} - Country Code (If outside U.S.)",
        "Provider Secondary Practice Location Telephone Number", f"{stem} - Telephone Extension",
        "Provider Practice Location Fax Number",
    ]  # fmt: skip
    rows = [
        [who.npi, at.street.upper(), at.street2.upper(), at.city.upper(), at.state, at.zip, "US", at.phone, "", ""]
        for who in sorted(everyone, key=lambda who: who.npi)
        if not who.deactivated_on
        for at in (who.sites if who.mailing else who.sites[1:])
    ]
    return csv_bytes(header, rows, quote_all=True)


def deactivated(everyone: Sequence[Clinician]) -> bytes:
    """Return the zipped workbook of deactivated numbers: a title row, the header, then number and day."""
    rows: list[Sequence[object]] = [["NPPES Deactivated NPI Report 20260413", None], ["NPI", "NPPES Deactivation Date"]]
    rows += [
        [who.npi, _american(who.deactivated_on)]
        for who in sorted(everyone, key=lambda who: who.npi)
        if who.deactivated_on
    ]
    workbook = workbook_bytes({"DeactivatedNPIs": rows}, merged={})
    return zip_bytes({"NPPES Deactivated NPI Report 20260413_V2.xlsx": workbook})

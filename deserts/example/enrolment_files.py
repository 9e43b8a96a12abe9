"""Enrolment and ownership in the example: who is paid through whom, and which hospitals are one system."""

from __future__ import annotations

from collections.abc import Sequence

from deserts.example.archives import csv_bytes
from deserts.example.cast import Clinician, npi_number
from deserts.example.players import CHILDRENS_CCN, UNIVERSITY_CCN

__all__ = ["enrolments", "hospital_enrolments", "hospital_owners", "reassignment_list", "reassignments"]

_HEALTH = ("9700009001", "EXAMPLAND HEALTH SYSTEM INC")
_FUND = ("9700009002", "FARAWAY INDEX FUND MANAGERS LP")
_HOSPITALS = (
    # number, legal entity (the university's own clinic group is paid through the same one), name
    (UNIVERSITY_CCN, "9700000003", "EXAMPLAND UNIVERSITY HOSPITAL"),
    (CHILDRENS_CCN, "9700000005", "EXAMPLAND CHILDREN'S HOSPITAL"),
    ("970002", "9700008002", "MILLBROOK GENERAL HOSPITAL"),
    ("970003", "9700008003", "WESTBURY MEMORIAL HOSPITAL"),
)
_OWNERS = (
    # hospital, owner, role, per cent, investment firm
    (UNIVERSITY_CCN, _HEALTH, "5% OR GREATER DIRECT OWNERSHIP INTEREST", "100", "N"),
    (CHILDRENS_CCN, _HEALTH, "OPERATIONAL/MANAGERIAL CONTROL", "", "N"),
    ("970002", _FUND, "5% OR GREATER INDIRECT OWNERSHIP INTEREST", "60", "Y"),
    ("970003", _FUND, "5% OR GREATER INDIRECT OWNERSHIP INTEREST", "60", "Y"),
)


def _tied(people: Sequence[Clinician]) -> list[tuple[Clinician, list[tuple[str, str, str]]]]:
    """Return each person with the groups of their sites: number, name, state."""
    found = []
    for who in sorted(people, key=lambda who: who.npi):
        if who.entity == "I":
            named = sorted((site.group_id, site.practice, site.state) for site in who.sites if site.group_id)
            found.append((who, list({tie[0]: tie for tie in reversed(named)}.values())))
    return found


def _enrolment_id(letter: str, number: str) -> str:
    return f"{letter}2004{number[-10:]:0>10}"


def enrolments(people: Sequence[Clinician]) -> bytes:
    """Return enrolments of persons and of the groups that are paid for them."""
    header = ["NPI", "PECOS_ASCT_CNTL_ID", "ENRLMT_ID", "PROVIDER_TYPE_CD", "PROVIDER_TYPE_DESC", "STATE_CD",
              "FIRST_NAME", "MDL_NAME", "LAST_NAME", "ORG_NAME", "GNDR_SW"]  # fmt: skip
    rows, groups = [], {}
    for who, ties in _tied(people):
        rows.append([who.npi, f"98{who.npi[2:]}", _enrolment_id("I", who.npi), "14-25", "PRACTITIONER",
                     who.billed_at.state, who.first.upper(), "", who.last.upper(), "", ""])  # fmt: skip
        groups.update({number: (name, state) for number, name, state in ties})
    for place, (number, (name, state)) in enumerate(sorted(groups.items())):
        rows.append([npi_number(9_000_000 + 37 * place), number, _enrolment_id("O", number), "12-70",
                     "CLINIC/GROUP PRACTICE", state, "", "", "", name.upper(), ""])  # fmt: skip
    return csv_bytes(header, rows)


def reassignments(people: Sequence[Clinician]) -> bytes:
    """Return who lets whom be paid, by enrolment."""
    rows = [
        [_enrolment_id("I", who.npi), _enrolment_id("O", number)]
        for who, ties in _tied(people)
        for number, _, _ in ties
    ]
    return csv_bytes(["REASGN_BNFT_ENRLMT_ID", "RCV_BNFT_ENRLMT_ID"], rows)


def reassignment_list(people: Sequence[Clinician]) -> bytes:
    """Return the same with the group's number in each row; a physician assistant has a record type of their own."""
    header = ["Group PAC ID", "Group Enrollment ID", "Group Legal Business Name", "Group State Code", "Group Due Date",
              "Group Reassignments and Physician Assistants", "Record Type", "Individual PAC ID",
              "Individual Enrollment ID", "Individual NPI", "Individual First Name", "Individual Last Name",
              "Individual State Code", "Individual Specialty Description", "Individual Due Date",
              "Individual Total Employer Associations"]  # fmt: skip
    rows = [
        [number, _enrolment_id("O", number), name.upper(), state, "TBD", 1,
         "Physician Assistant" if who.credentials.startswith("PA") else "Reassignment", f"98{who.npi[2:]}",
         _enrolment_id("I", who.npi), who.npi, who.first.upper(), who.last.upper(), state, who.specialty.upper(), "TBD",
         len(ties)]
        for who, ties in _tied(people)
        for number, name, state in ties
    ]  # fmt: skip
    return csv_bytes(header, rows)


def hospital_enrolments() -> bytes:
    """Return which enrolment is which hospital."""
    rows = [
        [_enrolment_id("O", entity), "HOSPITAL", "XA", npi_number(9_500_000 + 41 * place), "N", ccn, entity, name]
        for place, (ccn, entity, name) in enumerate(_HOSPITALS)
    ]
    header = ["ENROLLMENT ID", "PROVIDER TYPE CODE", "ENROLLMENT STATE", "NPI", "MULTIPLE NPI FLAG", "CCN",
              "ASSOCIATE ID", "ORGANIZATION NAME"]  # fmt: skip
    return csv_bytes(header, rows)


def hospital_owners() -> bytes:
    """Return owners: a health system that owns one hospital and runs another, and a fund that makes no system."""
    flags = ["CORPORATION", "LLC", "HOLDING COMPANY", "INVESTMENT FIRM", "FINANCIAL INSTITUTION",
             "PRIVATE EQUITY COMPANY", "REIT", "CHAIN HOME OFFICE"]  # fmt: skip
    header = ["ENROLLMENT ID", "ASSOCIATE ID", "ORGANIZATION NAME", "ASSOCIATE ID - OWNER", "TYPE - OWNER",
              "ROLE CODE - OWNER", "ROLE TEXT - OWNER", "ORGANIZATION NAME - OWNER", "PERCENTAGE OWNERSHIP",
              *(f"{flag} - OWNER" for flag in flags)]  # fmt: skip
    entity = {ccn: (number, name) for ccn, number, name in _HOSPITALS}
    rows = []
    for ccn, (owner_id, owner), role, percentage, invests in _OWNERS:
        number, name = entity[ccn]
        told = ["Y" if flag == "INVESTMENT FIRM" and invests == "Y" else "N" for flag in flags]
        rows.append([_enrolment_id("O", number), number, name, owner_id, "O", "34", role, owner, percentage, *told])
    return csv_bytes(header, rows)

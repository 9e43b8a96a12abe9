"""Totals of CMS in the example: spending by drug, services by carrier, outpatient surgery.

They hold what the rows by clinician do not: small rows, and what the university hospital bills itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from deserts.config import state_fips
from deserts.example.archives import csv_bytes
from deserts.example.cast import YEARS, Clinician
from deserts.example.players import UNIVERSITY_CCN

__all__ = ["CARRIERS", "drug_spending", "outpatient_geography", "outpatient_hospitals", "procedures"]

CARRIERS = {"XA": "99102", "XB": "99202"}
"""Invented numbers of contractors, of no real state."""

_DRUGS = {"J0475": ("Baclofen (J0475)*", "Baclofen*"), "J0476": ("Baclofen (J0476)*", "Baclofen*"),
          "J2274": ("Morphine (J2274)", "Morphine Sulfate/PF")}  # fmt: skip
_SPENDING_YEARS = (2020, 2021, *YEARS)
_BY_HOSPITAL = {"J0475": (44, 47, 49, 52, 46), "J0476": (0, 3, 2, 4, 0), "J2274": (9, 9, 8, 8, 7)}
"""Patients whom hospitals bill themselves, by year: no row by clinician shows them."""

_SEEN_TWICE = 4
"""Patients of a drug who stand with two clinicians: a total counts each once."""

_IMPLANTS = {"62362": (31, 33, 30), "62350": (12, 0, 11)}
_APC, _APC_WORDS = "5471", "Implantation of a drug infusion device"


def drug_spending(people: Sequence[Clinician]) -> bytes:
    """Return one edition with a column a year; patients fewer than 11 are blank, as is a year without any."""
    header = ["HCPCS_Cd", "HCPCS_Desc", "Brnd_Name", "Gnrc_Name"]
    for year in _SPENDING_YEARS:
        names = ("Tot_Spndng", "Tot_Dsg_Unts", "Tot_Clms", "Tot_Benes", "Avg_Spndng_Per_Dsg_Unt", "Avg_Spndng_Per_Clm",
                 "Avg_Spndng_Per_Bene", "Outlier_Flag")  # fmt: skip
        header += [f"{name}_{year}" for name in names]
    rows = []
    for code, labels in _DRUGS.items():
        row: list[object] = [code, "Own words: a drug for pumps", *labels]
        for place, year in enumerate(_SPENDING_YEARS):
            row += _drug_year(people, code, year, _BY_HOSPITAL[code][place])
        rows.append(row)
    return csv_bytes(header, rows)


def _drug_year(people: Sequence[Clinician], code: str, year: int, by_hospital: int) -> list[object]:
    # The years before the example's claims are those of its first year.
    known = max(year, YEARS[0])
    bills = [bill for who in people for bill in who.bills if bill.code == code and bill.year == known]
    patients = sum(bill.people for bill in bills) - (_SEEN_TWICE if len(bills) > 1 else 0) + by_hospital
    units = sum(bill.services for bill in bills) + 24 * by_hospital
    if not patients:
        return [""] * 8
    spent = units * 177.0
    shown = patients if patients >= 11 else ""
    each = f"{spent / patients:.6f}" if shown else ""
    return [f"{spent:.2f}", units, 3 * patients, shown, "177", f"{spent / (3 * patients):.6f}", each, 0]


def procedures(people: Sequence[Clinician], year: int) -> bytes:
    """Return services by code, specialty, place and carrier of one year, small ones included, some denied."""
    header = ["HCPCS_CD", "HCPCS_INITIAL_MODIFIER_CD", "PROVIDER_SPEC_CD", "CARRIER_NUM", "PRICING_LOCALITY_CD",
              "TYPE_OF_SERVICE_CD", "PLACE_OF_SERVICE_CD", "HCPCS_SECOND_MODIFIER_CD", "PSPS_SUBMITTED_SERVICE_CNT",
              "PSPS_SUBMITTED_CHARGE_AMT", "PSPS_ALLOWED_CHARGE_AMT", "PSPS_DENIED_SERVICES_CNT",
              "PSPS_DENIED_CHARGE_AMT", "PSPS_ASSIGNED_SERVICES_CNT", "PSPS_NCH_PAYMENT_AMT", "PSPS_HCPCS_ASC_IND_CD",
              "PSPS_ERROR_IND_CD", "HCPCS_BETOS_CD"]  # fmt: skip
    specialties = {"Physical Medicine and Rehabilitation": "25", "Neurology": "13", "Neurosurgery": "14",
                   "Interventional Pain Management": "09", "Pain Management": "72",
                   "Nurse Practitioner": "50", "Physician Assistant": "97"}  # fmt: skip
    found: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for who in people:
        for bill in who.bills:
            if bill.year == year:
                place = "22" if bill.place == "F" else "11"
                key = (bill.code, specialties.get(who.specialty, "99"), CARRIERS[who.billed_at.state], place)
                found[key] += bill.services
    rows = []
    for (code, specialty, carrier, place), allowed in sorted(found.items()):
        denied = allowed // 20
        money = [f"{(allowed + denied) * 240:.2f}", f"{allowed * 95:.2f}", denied, f"{denied * 240:.2f}"]
        rows.append([code, "", specialty, carrier, "00", "1", place, "", allowed + denied, *money, allowed + denied,
                     f"{allowed * 74:.2f}", "", "", "P6C"])  # fmt: skip
    return csv_bytes(header, rows)


def outpatient_hospitals() -> bytes:
    """Return implants of the university hospital, and of another whose small count of patients is blank."""
    header = ["Rndrng_Prvdr_CCN", "Rndrng_Prvdr_Org_Name", "Rndrng_Prvdr_St", "Rndrng_Prvdr_City",
              "Rndrng_Prvdr_State_Abrvtn", "Rndrng_Prvdr_State_FIPS", "Rndrng_Prvdr_Zip5", "Rndrng_Prvdr_RUCA",
              "Rndrng_Prvdr_RUCA_Desc", "APC_Cd", "APC_Desc", "Bene_Cnt", "CAPC_Srvcs", "Avg_Tot_Sbmtd_Chrgs",
              "Avg_Mdcr_Alowd_Amt", "Avg_Mdcr_Pymt_Amt", "Outlier_Srvcs", "Avg_Mdcr_Outlier_Amt"]  # fmt: skip
    place = ["1 Hospital Plaza", "Port Haven", "XA", state_fips()["XA"], "", "1", "Metropolitan area core"]
    rows = [
        [UNIVERSITY_CCN, "Exampland University Hospital", *place, _APC, _APC_WORDS, 28, 30, 61000, 17000, 15000, 0, 0],
        ["970002", "Millbrook General Hospital", *place, _APC, _APC_WORDS, "", 4, 58000, 16900, 14900, 0, 0],
    ]
    return csv_bytes(header, rows)


def outpatient_geography(year: int) -> bytes:
    """Return implants by code for the nation and the state; rows of a whole payment group name no code."""
    header = ["Rndrng_Prvdr_Geo_Lvl", "Rndrng_Prvdr_Geo_Cd", "Rndrng_Prvdr_Geo_Desc", "Srvc_Lvl", "APC_Cd", "APC_Desc",
              "HCPCS_Cd", "HCPCS_Desc", "Bene_Cnt", "CAPC_Srvcs", "Avg_Tot_Sbmtd_Chrgs", "Avg_Mdcr_Alowd_Amt",
              "Avg_Mdcr_Pymt_Amt", "Outlier_Srvcs", "Avg_Mdcr_Outlier_Amt"]  # fmt: skip
    rows = []
    for level, fips, name in (("National", "", "National"), ("State", state_fips()["XA"], "Exampland")):
        rows.append([level, fips, name, "APC", _APC, _APC_WORDS, "", "", 60, 64, 61000, 17000, 15000, 0, 0])
        for code, services in _IMPLANTS.items():
            count = services[YEARS.index(year)]
            shown = count if count >= 11 else ""
            if count:
                money = [61000, 17000, 15000, 0, 0]
                rows.append([level, fips, name, "HCPCS", _APC, _APC_WORDS, code, "Own words", shown, count, *money])
    return csv_bytes(header, rows)

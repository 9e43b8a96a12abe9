"""Medicare files of the example: rows by provider and service, totals by provider, totals by geography; Medicaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from deserts.config import state_fips
from deserts.example.archives import csv_bytes
from deserts.example.cast import SMALLEST_PUBLISHED, YEARS, Bill, Clinician
from deserts.example.postal import LOST_ZEROS_ZIP

__all__ = ["by_geography", "by_provider", "by_service", "medicaid"]

_IDENTITY = (
    "Rndrng_NPI", "Rndrng_Prvdr_Last_Org_Name", "Rndrng_Prvdr_First_Name", "Rndrng_Prvdr_MI", "Rndrng_Prvdr_Crdntls",
    "Rndrng_Prvdr_Ent_Cd", "Rndrng_Prvdr_St1", "Rndrng_Prvdr_St2", "Rndrng_Prvdr_City", "Rndrng_Prvdr_State_Abrvtn",
    "Rndrng_Prvdr_State_FIPS", "Rndrng_Prvdr_Zip5", "Rndrng_Prvdr_RUCA", "Rndrng_Prvdr_RUCA_Desc",
    "Rndrng_Prvdr_Cntry", "Rndrng_Prvdr_Type", "Rndrng_Prvdr_Mdcr_Prtcptg_Ind",
)  # fmt: skip
_MONEY = ("Avg_Sbmtd_Chrg", "Avg_Mdcr_Alowd_Amt", "Avg_Mdcr_Pymt_Amt", "Avg_Mdcr_Stdzd_Amt")
_BILLED = ("HCPCS_Cd", "HCPCS_Desc", "HCPCS_Drug_Ind", "Place_Of_Srvc", "Tot_Benes", "Tot_Srvcs", "Tot_Bene_Day_Srvcs")
_GENDER_COLUMN = "Rndrng_Prvdr_Gndr"
_OLD_LAYOUT_UNTIL = 2022

_WORDS = {
    "62367": "Pump check", "62368": "Pump check with reprogramming", "62369": "Pump refill", "62370": "Pump refill",
    "95990": "Pump refill by staff", "95991": "Pump refill", "62362": "Pump implant", "62350": "Catheter implant",
    "J0475": "Baclofen 10 mg", "J2274": "Morphine for a pump",
}  # fmt: skip
"""Own words for the description column; the publishers' own are copyrighted and not shown."""

_ALLOWED_USD = {"6236": 95.0, "6237": 118.0, "9599": 92.0, "6464": 140.0, "J047": 165.0, "J227": 9.0, "1731": 560.0}


def _money(code: str, year: int) -> list[str]:
    """Return charge, allowed, paid and standardised amounts; they rise three per cent a year."""
    allowed = _ALLOWED_USD.get(code[:4], 80.0) * 1.03 ** (year - 2022)
    return [f"{allowed * factor:.8g}" for factor in (2.6, 1.0, 0.78, 0.8)]


def _identity(who: Clinician, *, with_gender: bool) -> list[str]:
    at = who.billed_at
    # leading zeros are lost where a spreadsheet has touched the file
    zip_code = at.zip.lstrip("0") if at.zip == LOST_ZEROS_ZIP else at.zip
    row = [who.npi, who.last, who.first, who.middle, who.credentials, who.entity, at.street, at.street2, at.city,
           at.state, state_fips()[at.state], zip_code, "1", "Metropolitan area core", "US", who.specialty,
           "Y"]  # fmt: skip
    if with_gender:
        row.insert(5, "" if who.entity == "O" else "FM"[int(who.npi[-2]) % 2])
    return row


def _billed(bill: Bill) -> list[object]:
    is_drug = "Y" if bill.code.startswith("J") else "N"
    return [bill.code, _WORDS.get(bill.code, "Other service"), is_drug, bill.place, bill.people, bill.services,
            bill.services]  # fmt: skip


def _published(who: Clinician, year: int) -> list[Bill]:
    return [bill for bill in who.bills if bill.year == year and bill.people >= SMALLEST_PUBLISHED]


def by_service(people: Sequence[Clinician], year: int) -> bytes:
    """Return the rows by provider and service: 29 columns up to 2022, 28 since; rows of 10 or fewer people vanish."""
    is_old = year <= _OLD_LAYOUT_UNTIL
    identity = list(_IDENTITY)
    if is_old:
        identity.insert(5, _GENDER_COLUMN)
    rows = [
        [*_identity(who, with_gender=is_old), *_billed(bill), *_money(bill.code, year)]
        for who in sorted(people, key=lambda who: who.npi)
        for bill in sorted(_published(who, year), key=lambda bill: (bill.code, bill.place))
    ]
    return csv_bytes([*identity, *_BILLED, *_MONEY], rows)


def by_provider(people: Sequence[Clinician], year: int) -> bytes:
    """Return one row a provider with totals; small counts are blank and the row stays."""
    header = [
        *_IDENTITY, "Tot_HCPCS_Cds", "Tot_Benes", "Tot_Srvcs", "Tot_Sbmtd_Chrg", "Tot_Mdcr_Alowd_Amt",
        "Tot_Mdcr_Pymt_Amt", "Tot_Mdcr_Stdzd_Amt", "Drug_Sprsn_Ind", "Med_Sprsn_Ind", "Bene_Avg_Age",
        "Bene_Age_LT_65_Cnt", "Bene_Age_65_74_Cnt", "Bene_Age_75_84_Cnt", "Bene_Age_GT_84_Cnt", "Bene_Avg_Risk_Scre",
    ]  # fmt: skip
    rows = []
    for who in sorted(people, key=lambda who: who.npi):
        bills = [bill for bill in who.bills if bill.year == year]
        total = sum(bill.people for bill in bills)
        if total < SMALLEST_PUBLISHED:
            continue
        allowed = sum(bill.services * float(_money(bill.code, year)[1]) for bill in bills)
        ages = [round(total * share) for share in (0.35, 0.38, 0.2, 0.07)]
        rows.append([
            *_identity(who, with_gender=False), len({bill.code for bill in bills}), total,
            sum(bill.services for bill in bills), *(f"{allowed * factor:.2f}" for factor in (2.6, 1.0, 0.78, 0.8)),
            "", "", "68", *(count if count >= SMALLEST_PUBLISHED else "" for count in ages), "1.4",
        ])  # fmt: skip
    return csv_bytes(header, rows)


def by_geography(people: Sequence[Clinician], year: int) -> bytes:
    """Return totals of the nation and of each state by code and place, those of unpublished rows included."""
    names = {"XA": "Exampland", "XB": "Neighbourland"}
    found: dict[tuple[str, str, str, str, str], list[Bill]] = defaultdict(list)
    for who in people:
        state = who.billed_at.state
        for bill in who.bills:
            if bill.year == year:
                found["National", "", "National", bill.code, bill.place].append(bill)
                found["State", state_fips()[state], names[state], bill.code, bill.place].append(bill)
    header = ["Rndrng_Prvdr_Geo_Lvl", "Rndrng_Prvdr_Geo_Cd", "Rndrng_Prvdr_Geo_Desc", "HCPCS_Cd", "HCPCS_Desc",
              "HCPCS_Drug_Ind", "Place_Of_Srvc", "Tot_Rndrng_Prvdrs", "Tot_Benes", "Tot_Srvcs", "Tot_Bene_Day_Srvcs",
              *_MONEY]  # fmt: skip
    rows = []
    for (level, geography, name, code, place), bills in sorted(found.items()):
        total = sum(bill.people for bill in bills)
        if total >= SMALLEST_PUBLISHED:
            billed = _billed(Bill(year, code, place, total, sum(bill.services for bill in bills)))
            rows.append([level, geography, name, *billed[:4], len(bills), *billed[4:], *_money(code, year)])
    return csv_bytes(header, rows)


def medicaid(people: Sequence[Clinician]) -> bytes:
    """Return Medicaid spending by provider, code and month; no column names a patient.

    Most rows are those of children's clinicians, every third month. One clinician is shown in every month up to the end
    of the file; of another only the bill is known, and the last month shown lies long before the end.
    """
    header = ["BILLING_PROVIDER_NPI_NUM", "SERVICING_PROVIDER_NPI_NUM", "HCPCS_CODE", "CLAIM_FROM_MONTH",
              "TOTAL_UNIQUE_BENEFICIARIES", "TOTAL_CLAIMS", "TOTAL_PAID"]  # fmt: skip
    rows = [
        [who.npi, who.npi, bill.code, f"{bill.year}-{month:02d}", bill.people, bill.people,
         f"{bill.people * float(_money(bill.code, bill.year)[2]):.2f}"]
        for who in sorted(people, key=lambda who: who.npi)
        for bill in who.medicaid
        for month in (1, 4, 7, 10)
    ]  # fmt: skip
    by_role = {who.role: who.npi for who in people if who.role in ("baclofen", "pain_pumps_2")}
    steady, billed = by_role["baclofen"], by_role["pain_pumps_2"]
    for year in YEARS:
        rows += [[steady, steady, "J0475", f"{year}-{month:02d}", 15, 17, "9180.00"] for month in range(1, 13)]
    rows += [
        [billed, servicing, "62370", month, 12, 12, "0.00"]
        for servicing, month in (("", "2022-03"), ("UNKNOWN", "2023-02"))
    ]
    rows.append([steady, steady, "0450", "2024-05", 40, 44, "12000.00"])  # a revenue code, no service
    return csv_bytes(header, rows)

"""Hospital price files of the example: every layout and every kind of count, and the table that says where they lie.

The university hospital was paid often, the hospital in the far north a few times, another says that it was paid not at
all, and two print the code book: a price without a count proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deserts.example.archives import csv_bytes
from deserts.example.players import UNIVERSITY_CCN

__all__ = ["HOST", "PRICE_FILES", "PriceFile", "address_table"]

HOST = "prices.example.org"
_ATTESTATION = (
    "To the best of its knowledge and belief, this hospital has included all applicable standard charge information in "
    "accordance with the requirements of 45 CFR 180.50."
)
_WORDS = {"62370": "Refilling a pump", "62369": "Refilling a pump, by staff", "J0475": "Baclofen for a pump, 10 mg",
          "62362": "Placing a pump", "C1772": "A programmable pump", "99213": "A visit"}  # fmt: skip
_GROSS = {"62370": 1006.0, "62369": 940.0, "J0475": 1181.0, "62362": 17842.0, "C1772": 37946.0, "99213": 210.0}


@dataclass(frozen=True, slots=True)
class PriceFile:
    """One hospital's file."""

    ccn: str
    name: str
    path: str
    content: bytes


def _kind(code: str) -> str:
    return "HCPCS" if code[0].isalpha() else "CPT"


def _head(name: str, address: str, *, version: str, width: int) -> list[list[str]]:
    names = ["hospital_name", "last_updated_on", "version", "location_name", "hospital_address", "license_number|XA"]
    values = [name, "2026-05-15", version, name, address, "1"]
    if version.startswith("3"):
        names += ["type_2_npi", _ATTESTATION, "attester_name"]
        values += ["", "TRUE", "A. Ttester"]
    else:
        names += [_ATTESTATION]
        values += ["TRUE"]
    return [row + [""] * (width - len(row)) for row in (names, values)]


def _tall(name: str, address: str, prices: Sequence[tuple[str, str, str, str, str]]) -> bytes:
    """Return a tall CSV of version 3: code, payer, plan, count, setting of each row."""
    header = ["description", "code|1", "code|1|type", "code|2", "code|2|type", "modifiers", "setting",
              "drug_unit_of_measurement", "drug_type_of_measurement", "standard_charge|gross",
              "standard_charge|discounted_cash", "payer_name", "plan_name", "standard_charge|negotiated_dollar",
              "standard_charge|negotiated_percentage", "standard_charge|negotiated_algorithm", "median_amount",
              "10th_percentile", "90th_percentile", "count", "standard_charge|methodology", "standard_charge|min",
              "standard_charge|max", "additional_generic_notes"]  # fmt: skip
    rows = []
    for code, payer, plan, count, setting in prices:
        gross = _GROSS[code]
        told = count not in ("", "0")
        amounts = [f"{gross * factor:.2f}" for factor in (0.6, 0.5, 0.8)] if told else [""] * 3
        method = "percent of total billed charges" if payer else ""
        note = "No payment in the window." if count == "0" else ""
        rows.append([_WORDS[code], code, _kind(code), "0510", "RC", "", setting, "", "", gross, gross * 0.7, payer,
                     plan, "", "60" if payer else "", "", *amounts, count, method, "", "", note])  # fmt: skip
    return csv_bytes([], [*_head(name, address, version="3.0.0", width=len(header)), header, *rows])


def _wide(name: str, address: str, plans: Sequence[str], rows: Mapping[str, Mapping[str, float]]) -> bytes:
    """Return a wide CSV of version 2, which has no counts: dollars agreed by code and plan."""
    header = ["description", "code|1", "code|1|type", "setting", "standard_charge|gross",
              "standard_charge|discounted_cash", "modifiers"]  # fmt: skip
    for plan in plans:
        header += [f"standard_charge | {plan} | negotiated_dollar", f"standard_charge|{plan}|methodology",
                   f"estimated_amount|{plan}"]  # fmt: skip
    body = []
    for code, agreed in rows.items():
        cells: list[object] = [_WORDS[code], code.lower(), _kind(code), "outpatient", _GROSS[code], "", ""]
        for plan in plans:
            dollars = agreed.get(plan)
            cells += [dollars, "fee schedule", ""] if dollars else ["", "", ""]
        body.append(cells)
    return csv_bytes([], [*_head(name, address, version="2.0.0", width=len(header)), header, *body])


def _json(name: str, address: str, items: Sequence[tuple[str, str, Sequence[tuple[str, str, str]]]]) -> bytes:
    """Return JSON of version 3: code, setting, and payer, plan, count of each."""
    charges = [
        {
            "description": _WORDS[code],
            "code_information": [{"code": code, "type": _kind(code)}, {"code": "0361", "type": "RC"}],
            "standard_charges": [
                {
                    "setting": setting,
                    "gross_charge": _GROSS[code],
                    "payers_information": [
                        {"payer_name": payer, "plan_name": plan, "standard_charge_algorithm": "case rate by contract",
                         "count": count, "methodology": "other"}
                        for payer, plan, count in payers
                    ],
                }
            ],
        }
        for code, setting, payers in items
    ]  # fmt: skip
    whole = {
        "hospital_name": name, "last_updated_on": "2026-06-01", "version": "3.0.0", "location_name": [name],
        "hospital_address": [address], "license_information": {"license_number": "2", "state": "XA"},
        "type_2_npi": [], "standard_charge_information": charges,
    }  # fmt: skip
    return json.dumps(whole, indent=1).encode()


def _all_files() -> Iterator[PriceFile]:
    alpha, beta, medicaid = "Alpha Medicare Advantage", "Beta Commercial", "Exampland Medicaid Managed"
    yield PriceFile(
        UNIVERSITY_CCN, "Exampland University Hospital", "university/970000001_university_standardcharges.csv",
        _tall("Exampland University Hospital", "1 Hospital Plaza, Port Haven, XA 86991", [
            ("62370", alpha, "HMO", "34", "outpatient"), ("62370", beta, "PPO", "1 through 10", "outpatient"),
            ("62370", medicaid, "All", "0", "outpatient"), ("J0475", alpha, "HMO", "25", "both"),
            ("62362", alpha, "HMO", "12", "inpatient"), ("99213", beta, "PPO", "2025", "outpatient"),
            ("C1772", "", "", "", "both"),
        ]),
    )  # fmt: skip
    plans = (f"{alpha}|HMO", f"{beta}|PPO")
    yield PriceFile(
        "970002", "Millbrook General Hospital", "millbrook/970000002_millbrook_standardcharges.csv",
        _wide("Millbrook General Hospital", "200 Mill Lane, Millbrook, XA 86906", plans,
              {"62370": {plans[0]: 620.0}, "J0475": {}, "99213": {plans[0]: 90.0, plans[1]: 110.0}}),
    )  # fmt: skip
    yield PriceFile(
        "970003", "Westbury Memorial Hospital", "westbury/970000003_westbury_standardcharges.csv",
        _tall("Westbury Memorial Hospital", "18 Infirmary Road, Westbury, XA 86908",
              [("62370", alpha, "HMO", "0", "outpatient"), ("62369", "", "", "", "outpatient")]),
    )  # fmt: skip
    yield PriceFile(
        "971302", "Candlewick District Hospital", "candlewick/970000004_candlewick_standardcharges.json",
        _json("Candlewick District Hospital", "6 Low Road, Candlewick, XA 86914", [
            ("62370", "outpatient", [(alpha, "PPO", "1 through 10"), (medicaid, "All", "14")]),
            ("99213", "outpatient", [(beta, "PPO", "320")]),
        ]),
    )  # fmt: skip


PRICE_FILES = tuple(_all_files())
"""The files, in a fixed order."""


def address_table() -> bytes:
    """Return the table of addresses; one address had a query part, which was removed."""
    rows = [
        [file.ccn, file.name.upper(), f"https://{HOST}/{file.path}", "yes" if file.ccn == "970003" else "no"]
        for file in PRICE_FILES
    ]
    return csv_bytes(["ccn", "hospital_name", "url", "signed"], sorted(rows))

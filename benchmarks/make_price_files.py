"""Write invented hospital price files of any size: a wide CSV with thousands of columns, a tall one, and JSON.

Rows of pump codes stand among them at a known rate, so that a reader's count can be checked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

__all__ = ["CODES", "write_json_file", "write_tall_file", "write_wide_file"]

CODES = ("62370", "62369", "J0475")
_EVERY = 1000
"""One row in so many has a pump code."""

_HEAD = (
    'hospital_name,last_updated_on,version,location_name,hospital_address,license_number|XA,type_2_npi,"To the best of '
    'its knowledge and belief, this hospital has included all applicable standard charge information.",attester_name\n'
    'Invented Hospital,2026-06-01,3.0.0,Invented Hospital,"1 Hospital Plaza, Port Haven, XA 99001",1,,TRUE,A. Ttester\n'
)
_FIELDS = ("negotiated_dollar", "negotiated_percentage", "negotiated_algorithm", "methodology")
_LOOSE = ("median_amount", "10th_percentile", "90th_percentile", "count", "additional_payer_notes")


def _codes(row: int) -> str:
    return CODES[(row // _EVERY) % len(CODES)] if row % _EVERY == 0 else f"{10000 + row % 50000}"


def _plans(plans: int) -> list[str]:
    return [f"Payer {number // 4:03d}|Plan {number % 4}" for number in range(plans)]


def write_wide_file(path: Path, *, rows: int, plans: int = 444, filled: int = 40, seed: int = 1) -> int:
    """Write a wide CSV of nine columns a plan and return its size in bytes; ``filled`` plans a row have a price."""
    rng = random.Random(seed)
    names = ["description", "code|1", "code|1|type", "modifiers", "setting", "standard_charge|gross"]
    for plan in _plans(plans):
        names += [f"standard_charge|{plan}|{field}" for field in _FIELDS] + [f"{name}|{plan}" for name in _LOOSE]
    in_dollars = '"1,234.50",,,fee schedule,1234.5,1000.0,1500.0,1 through 10,'
    in_percent = ",70.5,,percent of total billed charges,812.0,640.1,990.9,25,see the contract's terms"
    block = (in_dollars, in_percent)
    patterns = []
    for _ in range(64):
        chosen = set(rng.sample(range(plans), min(filled, plans)))
        patterns.append(",".join(block[at % 2] if at in chosen else "," * 8 for at in range(plans)))
    with path.open("w", encoding="utf-8") as stream:
        stream.write("\ufeff" + _HEAD + ",".join(names) + "\n")
        for row in range(rows):
            code = _codes(row)
            kind = "HCPCS" if code[0] == "J" else "CPT"
            stream.write(f'"Service {row}, own words",{code},{kind},,outpatient,2000.5,{patterns[row % 64]}\n')
    return path.stat().st_size


def write_tall_file(path: Path, *, rows: int, plans: int = 40) -> int:
    """Write a tall CSV, one row an item and plan, and return its size in bytes."""
    names = ["description", "code|1", "code|1|type", "code|2", "code|2|type", "modifiers", "setting",
             "standard_charge|gross", "payer_name", "plan_name", "standard_charge|negotiated_dollar", "median_amount",
             "10th_percentile", "90th_percentile", "count", "standard_charge|methodology"]  # fmt: skip
    with path.open("w", encoding="utf-8") as stream:
        stream.write(_HEAD + ",".join(names) + "\n")
        for row in range(rows):
            item, plan = divmod(row, plans)
            stream.write(
                f'"Service {item}, own words",{_codes(item)},CPT,0636,RC,,outpatient,2000.5,Payer {plan // 4},Plan '
                f"{plan % 4},1234.5,1200,1000,1500,{'1 through 10' if plan % 2 else 25},fee schedule\n"
            )
    return path.stat().st_size


def _items(items: int, plans: int) -> Iterator[str]:
    payers = ",".join(
        f'{{"payer_name":"Payer {n // 4:03d}","plan_name":"Plan {n % 4}","standard_charge_percentage":70.5,'
        f'"median_amount":1234.56,"10th_percentile":1000.1,"90th_percentile":1500.9,'
        f'"count":"{"1 through 10" if n % 2 else 25}","methodology":"percent of total billed charges"}}'
        for n in range(plans)
    )
    for item in range(items):
        code = _codes(item)
        kind = "HCPCS" if code[0] == "J" else "CPT"
        yield (
            f'{{"description":"Service {item}, \\"own words\\"",'
            f'"code_information":[{{"code":"{code}","type":"{kind}"}}],'
            f'"standard_charges":[{{"setting":"outpatient","gross_charge":2000.5,"minimum":10,"maximum":99,'
            f'"payers_information":[{payers}]}}]}}'
        )


def write_json_file(path: Path, *, items: int, plans: int = 60) -> int:
    """Write JSON of version 3 and return its size in bytes."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            '{"hospital_name":"Invented Hospital","last_updated_on":"2026-06-01","version":"3.0.0",'
            '"location_name":["Invented Hospital"],"hospital_address":["1 Hospital Plaza, Port Haven, XA 99001"],'
            '"license_information":{"license_number":"1","state":"XA"},"type_2_npi":[],"standard_charge_information":['
        )
        stream.writelines("," + text if number else text for number, text in enumerate(_items(items, plans)))
        stream.write("]}")
    return path.stat().st_size

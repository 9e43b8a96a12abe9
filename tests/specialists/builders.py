"""Small frames in the shape that the parsers return, with invented clinicians."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from deserts.services import Service, load_service
from deserts.specialists import Registry, RegistryInputs, build_registry
from deserts.specialists.entries import LOG_COLUMNS

AS_OF = dt.date(2026, 6, 1)
_CLAIM = {
    "npi": "1234567893", "entity": "I", "last_org_name": "DOE", "first_name": "JANE", "middle_name": "",
    "credentials": "MD", "street1": "1 MAIN ST", "street2": "", "city": "OMAHA", "state": "NE", "zip": "68198",
    "specialty": "Nurse Practitioner", "code": "62370", "drug_indicator": "N", "place_of_service": "O",
    "beneficiaries": 20.0, "services": 80.0, "allowed_usd": 100.0, "year": 2024,
}  # fmt: skip
_LISTING = {
    "npi": "1234567893", "last_name": "DOE", "first_name": "JANE", "middle_name": "", "credentials": "MD",
    "graduation_year": 1990.0, "specialty": "NEUROLOGY", "secondary_specialties": "", "group_name": "", "group_id": "",
    "address": "1 MAIN ST", "address2": "", "city": "OMAHA", "state": "NE", "zip": "68198", "phone": "4025550100",
    "address_id": "", "telehealth": False, "accepts_assignment": True,
}  # fmt: skip
_PROVIDER = {
    "npi": "1234567893", "entity": "I", "last_org_name": "DOE", "first_name": "JANE", "middle_name": "",
    "credentials": "MD", "taxonomies": "2084N0400X", "address": "1 MAIN ST", "address2": "", "city": "OMAHA",
    "state": "NE", "zip": "68198", "phone": "4025550100", "deactivated_on": "", "updated_on": "2025-01-01",
}  # fmt: skip
_ANSWER = {
    "npi": "1234567893", "service": "itb", "outcome": "accepting", "observed_on": "2026-05-01", "source": "phone",
    "site_id": "", "payers": "", "ages": "", "pump_makers": "", "wait_days": None, "review_on": "", "note": "",
    "scope": "", "asked": "", "asked_age": "", "asked_payer": "", "answered_by": "", "answered_role": "",
    "logged_by": "", "visit_weeks": None, "follow_up_on": "", "corrects": "",
    "recorded_at": "2026-05-01T12:00:00+00:00", "entry": "",
}  # fmt: skip


def npi(number: int) -> str:
    """Return an invented number with the right check digit."""
    body = f"2{number:08d}"
    digits = [int(d) for d in reversed("80840" + body)]
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(digits))
    return f"{body}{-total % 10}"


def _frame(template: dict[str, object], rows: tuple[dict[str, object], ...]) -> pd.DataFrame:
    frame = pd.DataFrame([{**template, **row} for row in rows], columns=list(template))
    return frame if rows else frame.astype({name: type(value) for name, value in template.items() if value is not None})


def claims(*rows: dict[str, object]) -> pd.DataFrame:
    return _frame(_CLAIM, rows)


def directory(*rows: dict[str, object]) -> pd.DataFrame:
    return _frame(_LISTING, rows)


def nppes(*rows: dict[str, object]) -> pd.DataFrame:
    return _frame(_PROVIDER, rows)


def answers(*rows: dict[str, object]) -> pd.DataFrame:
    frame = _frame(_ANSWER, tuple({"entry": f"{number:064d}", **row} for number, row in enumerate(rows, start=1)))
    assert list(frame.columns) == LOG_COLUMNS
    return frame.astype({"wait_days": "float64", "visit_weeks": "float64"})


def registry(*, service: Service | None = None, as_of: dt.date = AS_OF, **frames: pd.DataFrame) -> Registry:
    return build_registry(RegistryInputs(**frames), service=service or load_service("itb"), as_of=as_of)


def only(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1, frame
    return frame.iloc[0]

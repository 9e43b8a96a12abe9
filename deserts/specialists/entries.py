"""One entry of the verification log: what was asked, who answered, what they said; checked before it is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from dataclasses import dataclass

import pandas as pd

from deserts.errors import InputError
from deserts.services import Service
from deserts.sources.readers.npi import npi_is_valid
from deserts.specialists.addresses import clean_text
from deserts.specialists.outcomes import OUTCOMES, SOURCES, Standing

__all__ = ["AGES", "LOG_COLUMNS", "Verification", "make_entry", "patient_details"]

AGES = ("", "adult", "paediatric", "both")
"""Whom the clinic sees, empty when it was not asked."""

MAX_NOTE = 10_000
_MAX_WAIT_DAYS = 3_650
_PATIENT_SIGNS = {
    "a date of birth": r"\b(?:dob|d\.o\.b\.?|born|birth\s*date|date of birth)\b",
    "a record number": r"\b(?:mrn|medical record|chart\s*(?:no|number|#)|ssn|member\s*id)\b|\b\d{3}-\d{2}-\d{4}\b",
    "an age": r"\b\d{1,3}\s*(?:y/?o|yo|yrs?\.?\s*old|years?[ -]old)\b",
    "a patient's name": r"\b(?:pt|patient|client)\s*(?:name\s*)?:?\s+(?:mr|mrs|ms|miss)?\.?\s*(?-i:[A-Z][a-z]+)"
    r"|\b(?:mr|mrs|ms|miss)\.?\s+(?-i:[A-Z][a-z]+)",
    "an e-mail address": r"[\w.+-]+@[\w-]+\.\w+",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """One answer about one clinician and service.

    Parameters
    ----------
    npi
        The clinician.
    service
        Profile that was asked about.
    outcome
        A key of ``OUTCOMES``.
    observed_on
        Day of the answer (YYYY-MM-DD).
    source
        One of ``SOURCES``.
    site_id
        Site that the answer is about, empty for the clinician as a whole.
    payers
        Payers that are taken, joined by ``;``.
    ages
        One of ``AGES``.
    pump_makers
        Makers whose pumps are managed, joined by ``;``.
    wait_days
        Days to the first appointment, or None.
    review_on
        Day on which a temporary answer is asked again, empty otherwise.
    note
        Free text about the clinic, never about a patient.
    """

    npi: str
    service: str
    outcome: str
    observed_on: str
    source: str
    site_id: str = ""
    payers: str = ""
    ages: str = ""
    pump_makers: str = ""
    wait_days: int | None = None
    review_on: str = ""
    note: str = ""


LOG_COLUMNS = [field.name for field in dataclasses.fields(Verification)] + ["recorded_at"]
"""Columns of the log as a frame."""


def make_entry(
    *,
    npi: str,
    outcome: str,
    source: str,
    on: dt.date,
    today: dt.date,
    service: Service,
    site_id: str = "",
    payers: str = "",
    ages: str = "",
    pump_makers: str = "",
    wait_days: int | None = None,
    review_on: dt.date | None = None,
    note: str = "",
) -> Verification:
    """Check an answer and return it as an entry; every problem is reported at once.

    Outcomes may be written with hyphens. A temporary outcome without ``review_on`` is asked again after
    ``verification.review_days`` of the profile.

    Raises
    ------
    InputError
        With all problems, each naming its field and none repeating what was entered, which may be a patient's.
    """
    name = outcome.strip().lower().replace("-", "_").replace(" ", "_")
    told_by = source.strip().lower().replace("_", "-").replace(" ", "-")
    age = {"pediatric": "paediatric"}.get(ages.strip().lower(), ages.strip().lower())
    problems = []
    if not npi_is_valid(npi.strip()):
        problems.append("npi: the check digit is wrong or there are not ten digits")
    if name not in OUTCOMES:
        problems.append(f"outcome: expected one of {', '.join(OUTCOMES)}")
    if told_by not in SOURCES:
        problems.append(f"source: expected one of {', '.join(SOURCES)}")
    if age not in AGES:
        problems.append("ages: expected adult, paediatric, both, or nothing")
    if on > today:
        problems.append("on: lies in the future")
    if wait_days is not None and not 0 <= wait_days <= _MAX_WAIT_DAYS:
        problems.append(f"wait_days: expected 0 to {_MAX_WAIT_DAYS}")
    if review_on is not None and review_on < on:
        problems.append("review_on: lies before the answer")
    if problems:
        raise InputError("; ".join(problems), fix="correct these fields; nothing was written")
    if review_on is None and OUTCOMES[name].standing is Standing.TEMPORARY:
        review_on = on + dt.timedelta(days=int(service.number("verification.review_days")))
    return Verification(
        npi=npi.strip(), service=service.service_id, outcome=name, observed_on=on.isoformat(), source=told_by,
        site_id=_clean(site_id), payers=_listed(payers), ages=age, pump_makers=_listed(pump_makers),
        wait_days=wait_days, review_on="" if review_on is None else review_on.isoformat(), note=_clean(note, MAX_NOTE),
    )  # fmt: skip


def patient_details(note: str) -> tuple[str, ...]:
    """Return what in a note looks like details of a patient, in plain words; a hint, not a proof."""
    return tuple(words for words, pattern in _PATIENT_SIGNS.items() if re.search(pattern, note, flags=re.IGNORECASE))


def _clean(text: str, max_length: int = 200) -> str:
    return str(clean_text(pd.Series([text], dtype="str"), max_length=max_length).iloc[0])


def _listed(text: str) -> str:
    """Return a list of names joined by ``;``, whatever separated them, sorted and without repeats."""
    return ";".join(sorted({part.strip() for part in re.split(r"[;,|]", _clean(text, 2_000)) if part.strip()}))

"""One entry of the verification log: what was asked, who answered, what they said; checked before it is written.

An entry is about a clinic. A patient's appointment, with its day and reference, belongs into the patient's own file.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deserts.errors import InputError
from deserts.services import Service
from deserts.sources.readers.npi import npi_is_valid
from deserts.specialists.addresses import clean_text
from deserts.specialists.outcomes import OUTCOMES, SOURCES, Scope, Standing

__all__ = [
    "AGES", "ASKED_AGES", "LOG_COLUMNS", "NUMBER_COLUMNS", "ROLES", "Answer", "Verification", "answer_key",
    "entry_key", "entry_of", "make_entry", "patient_details", "text_about_patients",
]  # fmt: skip

AGES = ("", "adult", "paediatric", "both")
"""Whom the clinic sees, empty when it was not asked."""

ASKED_AGES = ("", "adult", "child")
"""For whom the question was put."""

ROLES = ("", "scheduler", "nurse", "clinician", "pharmacist", "manager", "other")
"""Who answered, empty when not known."""

MAX_NOTE = 10_000
_MAX_NAME = 100
_MAX_WAIT_DAYS = 3_650
_DAYS_A_WEEK = 7
_KEY = re.compile(r"[0-9a-f]{8,64}")
_PATIENT_SIGNS = {
    "a date of birth": r"\b(?:dob|d\.o\.b\.?|born|birth\s*date|date of birth)\b",
    "a record number": r"\b(?:mrn|medical record|chart\s*(?:no|number|#)|ssn|member\s*id)\b|\b\d{3}-\d{2}-\d{4}\b",
    "an age": r"\b\d{1,3}\s*(?:y/?o|yo|yrs?\.?\s*old|years?[ -]old)\b",
    "a patient's name": r"\b(?:pt|patient|client)\s*(?:name\s*)?:?\s+(?:mr|mrs|ms|miss)?\.?\s*(?-i:[A-Z][a-z]+)"
    r"|\b(?:mr|mrs|ms|miss)\.?\s+(?-i:[A-Z][a-z]+)",
    "an e-mail address": r"[\w.+-]+@[\w-]+\.\w+",
    "an appointment": r"\b(?:appointment|appt|booked|scheduled)\b.{0,40}\d",
    "a reference number": r"\b(?:ref|reference|confirmation|auth(?:ori[sz]ation)?)\s*(?:no\.?|number|#|:)\s*\w*\d",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """One answer about one clinician and service, as it is kept.

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
        Site that was asked about, empty for the clinician as a whole.
    payers
        Payers that are taken, joined by ``;``.
    ages
        One of ``AGES``.
    pump_makers
        Makers whose pumps are managed, joined by ``;``.
    wait_days
        Days to the first appointment, or None; entries before layout 2 alone, later ones have ``visit_weeks``.
    review_on
        Day on which a temporary answer is asked again, empty otherwise.
    note
        Free text about the clinic, never about a patient.
    scope
        How far it reaches, see `deserts.specialists.outcomes.Scope`; empty in entries before layout 2.
    asked
        What was asked, in words.
    asked_age, asked_payer
        For whom: one of ``ASKED_AGES``, and the payer's name; empty when not named.
    answered_by, answered_role
        Who answered: name, and one of ``ROLES``.
    logged_by
        Who wrote it down.
    visit_weeks
        Weeks to the earliest visit that was offered to a new patient with a pump, or None.
    follow_up_on
        Day on which somebody calls again, empty when nobody must.
    corrects
        Key of the entry that this one replaces, empty otherwise.
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
    scope: str = ""
    asked: str = ""
    asked_age: str = ""
    asked_payer: str = ""
    answered_by: str = ""
    answered_role: str = ""
    logged_by: str = ""
    visit_weeks: float | None = None
    follow_up_on: str = ""
    corrects: str = ""


_FIRST_LAYOUT = (
    "npi", "service", "outcome", "observed_on", "source", "site_id", "payers", "ages", "pump_makers", "wait_days",
    "review_on", "note",
)  # fmt: skip
"""Fields that every entry's key is made of; later ones count where they hold something, so that old keys stay."""

NUMBER_COLUMNS = ("wait_days", "visit_weeks")
"""Fields that hold numbers; all others hold text."""

LOG_COLUMNS = [*(field.name for field in dataclasses.fields(Verification)), "recorded_at", "entry"]
"""Columns of the log as a frame; ``entry`` is the key by which a correction names it."""


def entry_key(entry: Verification) -> str:
    """Return the sha256 of all that an entry says: equal entries have equal keys, whenever they were written."""
    return _digest(entry, note=entry.note)


def answer_key(entry: Verification) -> str:
    """Return the key of an entry without its note, by which an export that left notes at home is known again."""
    return _digest(entry, note="")


def _digest(entry: Verification, *, note: str) -> str:
    facts = {
        name: value
        for name, value in dataclasses.asdict(entry).items()
        if name in _FIRST_LAYOUT or value not in ("", None)
    }
    text = json.dumps(facts | {"note": note}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody entered about one call, before it is checked; empty text and None mean: not given.

    Parameters
    ----------
    on
        Day of the answer.
    all_sites
        Whether it holds for every site of the clinician.
    review_on, follow_up_on
        Days, None when not given.

    The other fields are those of `Verification`.
    """

    npi: str
    outcome: str
    source: str
    on: dt.date
    logged_by: str
    site_id: str = ""
    all_sites: bool = False
    payers: str = ""
    ages: str = ""
    pump_makers: str = ""
    wait_days: int | None = None
    visit_weeks: float | None = None
    review_on: dt.date | None = None
    follow_up_on: dt.date | None = None
    asked: str = ""
    asked_age: str = ""
    asked_payer: str = ""
    answered_by: str = ""
    answered_role: str = ""
    corrects: str = ""
    note: str = ""


def make_entry(answer: Answer, *, today: dt.date, service: Service, sites: Sequence[str] = ()) -> Verification:
    """Check an answer and return it as an entry; every problem is reported at once.

    Outcomes may be written with hyphens. A temporary outcome without ``review_on`` is asked again after
    ``verification.review_days`` of the profile.

    Parameters
    ----------
    answer
        As entered.
    today
        No answer lies after it.
    service
        The profile that was asked about.
    sites
        Known sites of the clinician. An answer that takes something away (retired, moved, wrong number) must say of
        which it speaks; with a single one it is that.

    Raises
    ------
    InputError
        With all problems, each naming its field and none repeating what was entered, which may be a patient's.
    """
    outcome = answer.outcome.strip().lower().replace("-", "_").replace(" ", "_")
    source = answer.source.strip().lower().replace("_", "-").replace(" ", "-")
    ages = _age(answer.ages)
    asked_age = {"paediatric": "child", "children": "child", "adults": "adult"}.get(
        _age(answer.asked_age), _age(answer.asked_age)
    )
    if outcome == "age" and not asked_age:
        asked_age = {"adult": "child", "paediatric": "adult"}.get(ages, "")
    problems = _problems(answer, outcome, source, ages, asked_age, today)
    site_id, scope, place_problem = _place(answer, outcome, sites)
    if found := [*problems, *place_problem]:
        raise InputError("; ".join(found), fix="correct these fields; nothing was written")
    review_on = answer.review_on
    if review_on is None and OUTCOMES[outcome].standing is Standing.TEMPORARY:
        review_on = answer.on + dt.timedelta(days=int(service.number("verification.review_days")))
    return Verification(
        npi=answer.npi.strip(), service=service.service_id, outcome=outcome, observed_on=answer.on.isoformat(),
        source=source, site_id=site_id, payers=_listed(answer.payers), ages=ages,
        pump_makers=_listed(answer.pump_makers), wait_days=answer.wait_days, review_on=_text(review_on),
        note=_clean(answer.note, MAX_NOTE), scope=scope.value, asked=_clean(answer.asked, 500), asked_age=asked_age,
        asked_payer=_clean(answer.asked_payer, _MAX_NAME), answered_by=_clean(answer.answered_by, _MAX_NAME),
        answered_role=answer.answered_role.strip().lower(), logged_by=_clean(answer.logged_by, _MAX_NAME),
        visit_weeks=None if answer.visit_weeks is None else float(answer.visit_weeks),
        follow_up_on=_text(answer.follow_up_on), corrects=answer.corrects.strip().lower(),
    )  # fmt: skip


def _problems(
    answer: Answer, outcome: str, source: str, ages: str, asked_age: str, today: dt.date
) -> list[str]:  # fmt: skip
    checks = {
        "npi: the check digit is wrong or there are not ten digits": not npi_is_valid(answer.npi.strip()),
        f"outcome: expected one of {', '.join(OUTCOMES)}": outcome not in OUTCOMES,
        f"source: expected one of {', '.join(SOURCES)}": source not in SOURCES,
        "ages: expected adult, paediatric, both, or nothing": ages not in AGES,
        "asked_age: expected adult, child, or nothing": asked_age not in ASKED_AGES,
        f"answered_role: expected one of {', '.join(ROLES[1:])}, or nothing": answer.answered_role.strip().lower()
        not in ROLES,
        "logged_by: who writes this down": not _clean(answer.logged_by, _MAX_NAME),
        "on: lies in the future": answer.on > today,
        f"wait_days: expected 0 to {_MAX_WAIT_DAYS}": not _is_wait(answer.wait_days, days=1),
        f"visit_weeks: expected 0 to {_MAX_WAIT_DAYS // _DAYS_A_WEEK}": not _is_wait(
            answer.visit_weeks, days=_DAYS_A_WEEK
        ),
        "wait_days: stands in visit_weeks already": None not in (answer.wait_days, answer.visit_weeks),
        "review_on: lies before the answer": answer.review_on is not None and answer.review_on < answer.on,
        "follow_up_on: lies before the answer": answer.follow_up_on is not None and answer.follow_up_on < answer.on,
        "asked_age: which age was refused (adult or child)?": outcome == "age" and not asked_age,
        "asked_payer: which payer was refused?": outcome == "payer" and not answer.asked_payer.strip(),
        "corrects: expected the key of an entry, at least its first 8 characters": bool(answer.corrects.strip())
        and _KEY.fullmatch(answer.corrects.strip().lower()) is None,
        "corrects: which entry is withdrawn?": outcome == "withdrawn" and not answer.corrects.strip(),
    }
    return [words for words, is_wrong in checks.items() if is_wrong]


def _place(answer: Answer, outcome: str, sites: Sequence[str]) -> tuple[str, Scope, list[str]]:
    """Return site, scope, and what is missing to know of which site an answer speaks."""
    site_id = _clean(answer.site_id)
    known = f"the clinician's sites: {', '.join(sites)}" if sites else "no site of this clinician is known"
    if site_id and answer.all_sites:
        return site_id, Scope.SITE, ["site_id: one site and all of them contradict each other"]
    if site_id and sites and site_id not in sites:
        return site_id, Scope.SITE, [f"site_id: not a site of this clinician; {known}"]
    if site_id:
        return site_id, Scope.SITE, []
    if outcome not in OUTCOMES or answer.all_sites or not OUTCOMES[outcome].needs_place:
        return "", Scope.CLINICIAN, []
    if OUTCOMES[outcome].of_site:
        if len(sites) == 1:
            return sites[0], Scope.SITE, []
    elif len(sites) <= 1:
        return "", Scope.CLINICIAN, []
    return "", Scope.CLINICIAN, [f"site_id: of which site is this said, or of all of them (all_sites)? {known}"]


def patient_details(text: str) -> tuple[str, ...]:
    """Return what in a text looks like details of a patient, in plain words; a hint, not a proof."""
    return tuple(words for words, pattern in _PATIENT_SIGNS.items() if re.search(pattern, text, flags=re.IGNORECASE))


def text_about_patients(entry: Verification) -> tuple[str, ...]:
    """Return what in the free text of an entry looks like details of a patient; who answered is named on purpose."""
    return patient_details(f"{entry.note}\n{entry.asked}")


def _is_wait(value: float | None, *, days: int) -> bool:
    return value is None or 0 <= value * days <= _MAX_WAIT_DAYS


def _age(text: str) -> str:
    return {"pediatric": "paediatric"}.get(text.strip().lower(), text.strip().lower())


def _text(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _clean(text: str, max_length: int = 200) -> str:
    return str(clean_text(pd.Series([text], dtype="str"), max_length=max_length).iloc[0])


def _listed(text: str) -> str:
    """Return a list of names joined by ``;``, whatever separated them, sorted and without repeats."""
    return ";".join(sorted({part.strip() for part in re.split(r"[;,|]", _clean(text, 2_000)) if part.strip()}))


def entry_of(row: Mapping[str, Any]) -> Verification:
    """Return the entry that a row of the database, of a frame or of a file holds; what it lacks is empty."""
    facts = {field.name: row[field.name] for field in dataclasses.fields(Verification) if field.name in row}
    for name in NUMBER_COLUMNS:
        value = facts.get(name)
        facts[name] = None if value is None or value != value else value
    if facts["wait_days"] is not None:
        facts["wait_days"] = int(facts["wait_days"])
    return Verification(**facts)

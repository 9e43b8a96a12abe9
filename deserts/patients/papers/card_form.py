"""What a card says, as entered: read from a form, checked for contradictions, never completed by guessing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deserts.documents.form import FormReader
from deserts.documents.language import language_codes
from deserts.patients.papers.entered_drive import NO_DRIVE, EnteredDrive, read_drive
from deserts.patients.refill.drugs import Drug, read_drugs
from deserts.patients.refill.fill import Fill, PumpFacts
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline, question_for, refill_limits
from deserts.patients.words import ENGLISH, phrases
from deserts.rules import card as rule
from deserts.services.profile import Service

__all__ = [
    "Backup",
    "CardForm",
    "Contact",
    "Hospital",
    "Pump",
    "Supply",
    "entered_days",
    "read_card_form",
    "read_contact",
    "read_pump",
]


@dataclass(frozen=True, slots=True)
class Pump:
    """The implanted pump. Empty text and None mean: not given."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    reservoir_ml: float | None = None
    implanted_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call."""

    name: str = ""
    phone: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Backup:
    """Another clinician or practice. ``verified_on`` is the day of the call that confirmed it."""

    name: str
    phone: str = ""
    place: str = ""
    drive: EnteredDrive = NO_DRIVE
    says: str = ""
    verified_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital with an emergency department."""

    name: str = ""
    phone: str = ""
    place: str = ""
    drive: EnteredDrive = NO_DRIVE


@dataclass(frozen=True, slots=True)
class Supply:
    """Oral supply exactly as prescribed."""

    drug: str = ""
    instructions: str = ""
    prescriber: str = ""


@dataclass(frozen=True, slots=True)
class CardForm:
    """Everything that was entered for a card, and the refill timeline that it gives (None without refills).

    ``asked`` is what the timeline was reckoned from, for sentences in another language; ``own_drugs`` are the
    service's own, by generic or brand name, the generic one first;
    ``language`` is the family's, in which its pages are printed too.
    """

    name: str
    born_on: dt.date | None
    pump: Pump
    drugs: tuple[Drug, ...]
    low_alarm_on: dt.date | None
    refill_by: dt.date | None
    last_refill_on: dt.date | None
    last_settings: tuple[str, ...]
    clinic: Contact
    backups: tuple[Backup, ...]
    emergency_hospital: Hospital
    pump_hospital: Hospital
    representative: Contact
    supply: Supply
    patient_group: Contact
    emergency_contact: Contact
    issued_on: dt.date
    void_after: dt.date
    own_drugs: tuple[str, ...]
    timeline: Timeline | None = None
    asked: Mapping[str, Any] | None = None
    language: str = ENGLISH


def read_card_form(
    data: Mapping[str, Any], *, service: Service, today: dt.date, where: str = "the card's form"
) -> CardForm:
    """Read and check the form of a card.

    Parameters
    ----------
    data
        Fields as in ``deserts paper card --blank``.
    today
        Day of issue unless the form gives an earlier one.
    where
        What the user calls the form, for messages.

    Raises
    ------
    InputError
        With every problem found; nothing that was entered is repeated.
    """
    form = FormReader(data, where=where)
    patient, dates = form.group("patient", required=True), form.group("dates")
    issued_on = dates.day("issued_on", not_after=today) or today
    low_alarm_on, refill_by = dates.day("low_alarm_on"), dates.day("refill_by")
    last_refill_on = dates.day("last_refill_on", not_after=issued_on)
    entered = entered_days(low_alarm_on, refill_by, last_refill_on, service=service, today=today)
    for name, text in rule.problems(entered)["problems"]:
        dates.problem(name, text)
    pump = read_pump(form.group("pump"), not_after=issued_on)
    drugs = read_drugs(form, reservoir_ml=pump.reservoir_ml)
    facts = PumpFacts(alarm_on=low_alarm_on, fill=None if last_refill_on is None else Fill(last_refill_on), drugs=drugs)
    read = CardForm(
        name=patient.text("name", required=True, longest=80),
        born_on=patient.day("born_on", not_after=issued_on),
        pump=pump,
        drugs=drugs,
        low_alarm_on=low_alarm_on,
        refill_by=refill_by,
        last_refill_on=last_refill_on,
        last_settings=form.texts("last_settings", most=8, longest=120),
        clinic=read_contact(form.group("clinic")),
        backups=tuple(_backup(entry, issued_on) for entry in form.items("backups", most=6)),
        emergency_hospital=_hospital(form.group("emergency_hospital")),
        pump_hospital=_hospital(form.group("pump_hospital")),
        representative=read_contact(form.group("representative")),
        supply=_supply(form.group("oral_supply")),
        patient_group=read_contact(form.group("patient_group")),
        emergency_contact=read_contact(form.group("emergency_contact")),
        issued_on=issued_on,
        void_after=_void_after(dates, issued_on, {**entered, "issued_on": issued_on.isoformat()}),
        own_drugs=tuple(service.drug_names),
        language=form.choice("language", language_codes(), default=ENGLISH),
        timeline=make_timeline(facts, service=service, today=today) if keeps_time(service) else None,
        asked=question_for(facts, service=service, today=today) if keeps_time(service) else None,
    )
    form.finish()
    return read


def read_pump(group: FormReader, *, not_after: dt.date) -> Pump:
    """Read the pump's fields."""
    return Pump(
        maker=group.text("maker", longest=60),
        model=group.text("model", longest=60),
        serial=group.text("serial", longest=40),
        reservoir_ml=group.number("reservoir_ml", above=0, at_most=100),
        implanted_on=group.day("implanted_on", not_after=not_after),
    )


def _hospital(group: FormReader) -> Hospital:
    """Read a hospital's fields."""
    return Hospital(
        group.text("name", longest=100),
        group.phone("phone"),
        group.text("place", longest=120),
        read_drive(group),
    )


def entered_days(
    low_alarm_on: dt.date | None, refill_by: dt.date | None, last_refill_on: dt.date | None, *, service: Service,
    today: dt.date,
) -> dict[str, Any]:  # fmt: skip
    """Return days as `deserts.rules.card.problems` takes them."""
    return {
        "low_alarm_on": _text(low_alarm_on), "refill_by": _text(refill_by), "last_refill_on": _text(last_refill_on),
        "today": today.isoformat(), "words": phrases(),
        "max_days": refill_limits(service)["max_days"] if keeps_time(service) else None,
    }  # fmt: skip


def read_contact(group: FormReader) -> Contact:
    """Read the fields of somebody to call."""
    return Contact(group.text("name", longest=100), group.phone("phone"), group.text("note", longest=160))


def _supply(group: FormReader) -> Supply:
    return Supply(
        group.text("drug", longest=80), group.text("instructions", longest=240), group.text("prescriber", longest=80)
    )


def _backup(group: FormReader, issued_on: dt.date) -> Backup:
    return Backup(
        name=group.text("name", required=True, longest=100),
        phone=group.phone("phone"),
        place=group.text("place", longest=120),
        drive=read_drive(group),
        says=group.text("says", longest=120),
        verified_on=group.day("verified_on", not_after=issued_on),
    )


def _void_after(dates: FormReader, issued_on: dt.date, entered: dict[str, Any]) -> dt.date:
    """Return the day given, else the earliest of refill-by, alarm and 90 days; the settings end with the refill."""
    latest = dt.date.fromisoformat(rule.void_after(entered)["day"])
    return dates.day("void_after", not_before=issued_on, not_after=latest) or latest


def _text(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()

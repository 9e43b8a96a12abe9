"""What a card says, as entered: read from a form, checked for contradictions, never completed by guessing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deserts.documents.form import FormReader

__all__ = [
    "CONCENTRATION_UNITS", "DOSE_UNITS", "Backup", "CardForm", "Contact", "Drug", "Hospital", "Pump", "Supply",
    "read_card_form", "read_drugs", "read_hospital", "read_pump",
]  # fmt: skip

CONCENTRATION_UNITS = ("mcg/mL", "mg/mL")
DOSE_UNITS = ("mcg/day", "mg/day")
_MCG = {"mcg/mL": 1.0, "mg/mL": 1000.0, "mcg/day": 1.0, "mg/day": 1000.0}
_VALID_DAYS = 90
"""A card is void after this many days at the latest: by then its calls read "was verified"."""
_PASSED = "has passed: call the clinic or the emergency department today, a card is too late; or correct the day"


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug in the pump, as on the clinic's print-out."""

    name: str
    concentration: float
    concentration_unit: str
    daily_dose: float | None
    dose_unit: str

    def words(self) -> str:
        """Return name, concentration and dose as entered, with their units."""
        dose = "daily dose not given" if self.daily_dose is None else f"{self.daily_dose:g} {self.dose_unit}"
        return f"{self.name} {self.concentration:g} {self.concentration_unit}, {dose}"


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

    def words(self) -> str:
        """Return what is known of the contact in one line, empty when nothing is."""
        return ", ".join(part for part in (self.name, self.phone, self.note) if part)


@dataclass(frozen=True, slots=True)
class Backup:
    """Another clinician or practice. ``verified_on`` is the day of the call that confirmed it."""

    name: str
    phone: str = ""
    place: str = ""
    drive_min: float | None = None
    says: str = ""
    verified_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Hospital:
    """A hospital with an emergency department."""

    name: str = ""
    phone: str = ""
    place: str = ""
    drive_min: float | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """Oral supply exactly as prescribed."""

    drug: str = ""
    instructions: str = ""
    prescriber: str = ""


@dataclass(frozen=True, slots=True)
class CardForm:
    """Everything that was entered for a card."""

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

    @property
    def holds_baclofen(self) -> bool:
        """Whether one of the drugs is baclofen, by generic or brand name."""
        names = ("baclofen", "lioresal", "gablofen")
        return any(word in drug.name.lower() for drug in self.drugs for word in names)


def read_card_form(data: Mapping[str, Any], *, today: dt.date, where: str = "the card's form") -> CardForm:
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
    for name, day in (("low_alarm_on", low_alarm_on), ("refill_by", refill_by)):
        if day is not None and day < today:
            dates.problem(name, _PASSED)
    if low_alarm_on is not None and refill_by is not None and refill_by > low_alarm_on:
        dates.problem("refill_by", "must not lie after the low-reservoir alarm: the earlier of the two counts")
    pump = read_pump(form.group("pump", required=True), not_after=issued_on)
    read = CardForm(
        name=patient.text("name", required=True, longest=80),
        born_on=patient.day("born_on", not_after=issued_on),
        pump=pump,
        drugs=read_drugs(form, reservoir_ml=pump.reservoir_ml),
        low_alarm_on=low_alarm_on,
        refill_by=refill_by,
        last_refill_on=dates.day("last_refill_on", not_after=issued_on),
        last_settings=form.texts("last_settings", most=8, longest=120),
        clinic=_contact(form.group("clinic")),
        backups=tuple(_backup(entry, issued_on) for entry in form.items("backups", most=6)),
        emergency_hospital=read_hospital(form.group("emergency_hospital")),
        pump_hospital=read_hospital(form.group("pump_hospital")),
        representative=_contact(form.group("representative")),
        supply=_supply(form.group("oral_supply")),
        patient_group=_contact(form.group("patient_group")),
        emergency_contact=_contact(form.group("emergency_contact")),
        issued_on=issued_on,
        void_after=_void_after(dates, issued_on, low_alarm_on, refill_by),
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


def read_drugs(form: FormReader, *, reservoir_ml: float | None, required: bool = True) -> tuple[Drug, ...]:
    """Read the drugs; a daily dose over what the whole reservoir holds is a mistake of units."""
    drugs = []
    for entry in form.items("drugs", most=5, required=required):
        name = entry.text("name", required=True, longest=60)
        concentration = entry.number("concentration", required=True, above=0)
        concentration_unit = entry.choice("concentration_unit", CONCENTRATION_UNITS)
        daily_dose = entry.number("daily_dose", above=0)
        dose_unit = entry.choice("dose_unit", DOSE_UNITS, default=None if entry.has("daily_dose") else DOSE_UNITS[0])
        drug = Drug(name, concentration or 0.0, concentration_unit, daily_dose, dose_unit)
        _check_units(entry, drug, reservoir_ml)
        drugs.append(drug)
    return tuple(drugs)


def read_hospital(group: FormReader) -> Hospital:
    """Read a hospital's fields."""
    return Hospital(
        group.text("name", longest=100),
        group.text("phone", longest=40),
        group.text("place", longest=120),
        group.number("drive_min", at_least=0),
    )


def _check_units(entry: FormReader, drug: Drug, reservoir_ml: float | None) -> None:
    if drug.daily_dose is None or reservoir_ml is None or not drug.concentration:
        return
    held = reservoir_ml * drug.concentration * _MCG[drug.concentration_unit]
    if drug.daily_dose * _MCG[drug.dose_unit] > held:
        entry.problem("daily_dose", "more in one day than the full reservoir holds: check mcg against mg")


def _contact(group: FormReader) -> Contact:
    return Contact(group.text("name", longest=100), group.text("phone", longest=40), group.text("note", longest=160))


def _supply(group: FormReader) -> Supply:
    return Supply(
        group.text("drug", longest=80), group.text("instructions", longest=240), group.text("prescriber", longest=80)
    )


def _backup(group: FormReader, issued_on: dt.date) -> Backup:
    return Backup(
        name=group.text("name", required=True, longest=100),
        phone=group.text("phone", longest=40),
        place=group.text("place", longest=120),
        drive_min=group.number("drive_min", at_least=0),
        says=group.text("says", longest=120),
        verified_on=group.day("verified_on", not_after=issued_on),
    )


def _void_after(
    dates: FormReader, issued_on: dt.date, low_alarm_on: dt.date | None, refill_by: dt.date | None
) -> dt.date:
    """Return the day given, else the earliest of refill-by, alarm and 90 days; the settings end with the refill."""
    known = [day for day in (low_alarm_on, refill_by) if day is not None]
    latest = min([*known, issued_on + dt.timedelta(days=_VALID_DAYS)])
    return dates.day("void_after", not_before=issued_on, not_after=max(latest, issued_on)) or latest

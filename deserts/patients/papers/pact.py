"""Two papers of one page for the day on which it goes wrong: an emergency pact, and a sheet that goes with a transfer.

The pact is agreed beforehand, and says who refills, who covers, where the drug comes from, who takes a transfer; those
who agreed sign it. The sheet goes with the patient from one hospital to the next. Both hold what was entered and
nothing else; what was not entered is a blank line. Neither names a treatment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from deserts.documents.blocks import Block, grid, heading, render, small, text, urgent
from deserts.documents.form import FormReader
from deserts.patients.papers.card_form import Contact, Pump, entered_days, read_contact, read_pump
from deserts.patients.refill.drugs import Drug, read_drugs
from deserts.patients.refill.fill import Fill, PumpFacts
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline
from deserts.patients.words import phrases, text_of, two_emergencies
from deserts.rules.card import BLANK, holds_own
from deserts.rules.refill_day import beside_safer, contradictions
from deserts.services.profile import Service

__all__ = ["PAPERS", "PactForm", "blank_pact", "pact_blocks", "pact_file", "read_pact_form", "transfer_blocks"]

_CONTACTS = ("refills", "covers", "drug_source", "local_hospital", "transfer_to", "emergency_contact")
_SIGNERS = ("refills", "covers", "drug_source", "transfer_to")


@dataclass(frozen=True, slots=True)
class PactForm:
    """What was entered for pact and transfer sheet; empty text and None mean: not given.

    ``holds_own_drug`` tells whether the drug may be the service's own: its signs stand beside no other.
    """

    name: str
    born_on: date | None
    pump: Pump
    drugs: tuple[Drug, ...]
    last_refill_on: date | None
    low_alarm_on: date | None
    refill_by: date | None
    last_settings: tuple[str, ...]
    contacts: Mapping[str, Contact]
    travels_with: tuple[str, ...]
    issued_on: date | None
    timeline: Timeline | None
    holds_own_drug: bool = True


def read_pact_form(
    data: Mapping[str, Any], *, service: Service, today: date, where: str = "the pact's form"
) -> PactForm:
    """Read and check the form.

    Parameters
    ----------
    data
        Fields as in ``deserts paper pact --blank``.
    service
        The profile, for the refill timeline.
    today
        Day of issue.
    where
        What the user calls the form, for messages.

    Raises
    ------
    InputError
        With every problem found; nothing that was entered is repeated.
    """
    form = FormReader(data, where=where)
    patient, dates = form.group("patient", required=True), form.group("dates")
    pump = read_pump(form.group("pump"), not_after=today)
    drugs = read_drugs(form, reservoir_ml=pump.reservoir_ml, required=False)
    filled, alarm = dates.day("last_refill_on", not_after=today), dates.day("low_alarm_on")
    refill_by = dates.day("refill_by")
    for name, why in contradictions(entered_days(alarm, refill_by, filled, service=service, today=today)):
        dates.problem(name, why)
    facts = PumpFacts(alarm_on=alarm, fill=None if filled is None else Fill(filled), drugs=drugs)
    read = PactForm(
        name=patient.text("name", required=True, longest=80),
        born_on=patient.day("born_on", not_after=today),
        pump=pump,
        drugs=drugs,
        last_refill_on=filled,
        low_alarm_on=alarm,
        refill_by=refill_by,
        last_settings=form.texts("last_settings", most=4, longest=120),
        contacts={name: read_contact(form.group(name)) for name in _CONTACTS},
        travels_with=form.texts("travels_with", most=6, longest=80),
        issued_on=today,
        timeline=make_timeline(facts, service=service, today=today) if keeps_time(service) else None,
        holds_own_drug=holds_own([drug.name for drug in drugs], list(service.drug_names)),
    )
    form.finish()
    return read


def blank_pact() -> PactForm:
    """Return a form in which nothing was entered, for papers that are filled in by hand."""
    nobody = dict.fromkeys(_CONTACTS, Contact())
    return PactForm("", None, Pump(), (), None, None, None, (), nobody, (), None, None)


def pact_blocks(form: PactForm) -> list[Block]:
    """Return the emergency pact: who does what, and room for the names of those who agreed."""
    say, both = phrases(), two_emergencies()
    names = [(say[f"pact.{name}"], _contact(form.contacts[name])) for name in _CONTACTS]
    signed = [(say[f"pact.{name}"], BLANK, BLANK) for name in _SIGNERS]
    return [
        urgent(text_of("card.urgent" if form.holds_own_drug else "card.urgent_other")),
        *_doubts(form),
        grid((*_patient(form), *_pump(form))),
        heading(say["pact.who"]),
        grid(names),
        heading(say["pact.agreed"]),
        *(text(f"{number}. {say[f'pact.step_{number}']}") for number in range(1, 5)),
        *_signs(form),
        heading(say["pact.signed"]),
        grid((("", say["pact.name_and_day"], say["pact.signature"]), *signed)),
        small(say["pact.issued"].format(day=_day(form.issued_on))),
        small(both.note if both.note and form.holds_own_drug else say["pact.made_from"]),
    ]


def transfer_blocks(form: PactForm) -> list[Block]:
    """Return the sheet that goes with a patient from one hospital to another."""
    say, both = phrases(), two_emergencies()
    blank_rows = [(say[f"transfer.{name}"], BLANK) for name in ("from", "to", "why", "left", "seen", "sender")]
    people = [(say[f"pact.{name}"], _contact(form.contacts[name])) for name in ("refills", "covers", "drug_source")]
    others = [(say[f"pact.{name}"], _contact(form.contacts[name])) for name in ("transfer_to", "emergency_contact")]
    return [
        urgent(text_of("letter.first" if form.holds_own_drug else "also.pump_other")),
        *_doubts(form),
        grid((*_patient(form), *_pump(form))),
        heading(say["transfer.today"]),
        grid(blank_rows),
        heading(say["transfer.who"]),
        grid((*people, *others)),
        *_signs(form),
        text(f"{say['transfer.travels']} {', '.join(form.travels_with) or BLANK}"),
        *([text(text_of("overdose.clinician"))] if form.holds_own_drug else []),
        small(say["transfer.issued"].format(day=_day(form.issued_on))),
        small(both.note if both.note and form.holds_own_drug else say["pact.made_from"]),
    ]


PAPERS: Mapping[str, tuple[str, Callable[[PactForm], list[Block]]]] = {
    "pact": ("pact.title", pact_blocks),
    "transfer": ("transfer.title", transfer_blocks),
}
"""Name of a paper to the phrase of its title and what makes it."""


def pact_file(form: PactForm, paper: str, suffix: str) -> bytes:
    """Return one of the two papers as a file; equal forms give equal bytes.

    Parameters
    ----------
    form
        From `read_pact_form` or `blank_pact`.
    paper
        A key of `PAPERS`.
    suffix
        One of `deserts.documents.blocks.SUFFIXES`.
    """
    title, make = PAPERS[paper]
    return render(make(form), suffix, title=phrases()[title], margin=30.0)


def _contact(contact: Contact) -> str:
    return ", ".join(part for part in (contact.name, contact.phone, contact.note) if part) or BLANK


def _day(day: date | None) -> str:
    return BLANK if day is None else day.isoformat()


def _patient(form: PactForm) -> list[tuple[str, str]]:
    say = phrases()
    return [(say["pact.patient"], f"{form.name or BLANK}, {say['pact.born']} {_day(form.born_on)}")]


def _pump(form: PactForm) -> list[tuple[str, str]]:
    """Return pump, drug and days; no day of ours stands beside what cannot be right."""
    say, pump = phrases(), form.pump
    size = "" if pump.reservoir_ml is None else f"{pump.reservoir_ml:g} mL"
    named = ", ".join(part for part in (pump.maker, pump.model, size, pump.serial) if part)
    drugs = "; ".join(drug.words() for drug in form.drugs)
    alarm, refill_by = _told_day(form, form.low_alarm_on), _refill_by(form)
    if form.timeline is not None and form.timeline.red:
        alarm = refill_by = say["card.ask_today"]
    return [
        (say["card.pump"], named or BLANK),
        (say["card.drug"], drugs or BLANK),
        (say["card.last_settings"], "; ".join(form.last_settings) or BLANK),
        (say["pact.days"], say["pact.days_words"].format(filled=_day(form.last_refill_on), alarm=alarm, by=refill_by)),
    ]


def _told_day(form: PactForm, day: date | None) -> str:
    """Return a day that was entered; one that has passed says so, since the pump goes on to run dry."""
    if day is None or form.issued_on is None or day >= form.issued_on:
        return _day(day)
    return phrases()["pact.passed"].format(day=day.isoformat())


def _refill_by(form: PactForm) -> str:
    """Return the refill-by day as the card does, beside the sooner one that the dates give."""
    day, timeline = form.refill_by, form.timeline
    if day is None or timeline is None or form.issued_on is None or day < form.issued_on:
        return _told_day(form, day)
    known = {"refill_by": timeline.refill_by, "target_on": timeline.target_on}
    told = {name: None if known_day is None else known_day.isoformat() for name, known_day in known.items()}
    return beside_safer(day.isoformat(), told, dict(phrases()), "pact")


def _doubts(form: PactForm) -> list[Block]:
    """Return what makes the days doubtful or pressing."""
    timeline = form.timeline
    if timeline is None or not timeline.is_red or not form.holds_own_drug:
        return []
    return [urgent(" ".join(line for line in (timeline.first_line, timeline.safe_line, *timeline.red) if line))]


def _signs(form: PactForm) -> list[Block]:
    if not form.holds_own_drug:
        return [text(f"{phrases()['card.ask_signs']} {BLANK}")]
    both = two_emergencies()
    return [
        grid(
            (
                ("", both.withdrawal_title, both.overdose_title),
                (phrases()["letter.signs"], ", ".join(both.withdrawal_signs), ", ".join(both.overdose_signs)),
                (phrases()["letter.family_told"], both.withdrawal_do, both.overdose_do),
            )
        )
    ]

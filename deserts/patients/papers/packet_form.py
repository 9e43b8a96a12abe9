"""What a packet says, as entered: patient, payer, authorisations, denial, documents at hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deserts.documents.form import FormReader
from deserts.patients.papers.card_form import Pump, entered_days, read_pump
from deserts.patients.papers.entered_drive import NO_DRIVE, EnteredDrive, read_drive
from deserts.patients.papers.packet_words import APPEAL_GROUNDS, CASES, CHECKLISTS, PAYER_KINDS, REASONS
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.drugs import Drug, read_drugs
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline
from deserts.rules.refill_day import contradictions
from deserts.services.profile import Service

__all__ = ["Authorisation", "Denial", "InNetwork", "PacketForm", "Party", "read_packet_form"]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name and ways to reach them. Empty text means: not given."""

    name: str = ""
    contact: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Authorisation:
    """One authorisation and the days on which it holds."""

    number: str
    covers: str
    starts_on: dt.date
    ends_on: dt.date


@dataclass(frozen=True, slots=True)
class Denial:
    """A denial as its letter puts it."""

    ground: str
    denied_on: dt.date | None
    reference: str
    quoted: str
    appeal_by: dt.date | None


@dataclass(frozen=True, slots=True)
class InNetwork:
    """The nearest clinician of the plan's network who was found and asked, if any."""

    name: str = ""
    drive: EnteredDrive = NO_DRIVE
    answer: str = ""


@dataclass(frozen=True, slots=True)
class PacketForm:
    """Everything that was entered for a packet, and the pump's days (None for a service without refills)."""

    reason: str
    case: str
    name: str
    born_on: dt.date | None
    member_id: str
    zip_code: str
    diagnosis: tuple[str, ...]
    payer: str
    payer_kind: str
    payer_fax: str
    plan: str
    sender: Party
    wanted: Party
    pump: Pump
    drugs: tuple[Drug, ...]
    timeline: Timeline | None
    next_refill_on: dt.date | None
    authorisations: tuple[Authorisation, ...]
    denial: Denial | None
    in_network: InNetwork
    clinical: tuple[tuple[str, str], ...]
    documents: frozenset[str]
    made_on: dt.date

    @property
    def plan_in_question(self) -> str:
        """The plan whose directory matters to this request: one about its network, or about care that goes on."""
        return self.plan if self.reason in ("network_gap", "continuation") else ""

    @property
    def checklist_keys(self) -> tuple[str, ...]:
        """Names of the checklists that apply to this reason and case."""
        base = f"first_implant/{self.case}" if self.reason == "first_implant" else self.reason
        if self.reason == "appeal":
            return ("appeal", "continuation" if self.pump.implanted_on else f"first_implant/{self.case}")
        return (base, "continuation") if self.reason == "network_gap" and self.pump.implanted_on else (base,)


def read_packet_form(
    data: Mapping[str, Any], *, service: Service, today: dt.date, where: str = "the packet's form"
) -> PacketForm:
    """Read and check the form of a packet.

    Parameters
    ----------
    data
        Fields as in ``deserts paper packet --blank``.
    today
        Day on which the packet is made.
    where
        What the user calls the form, for messages.

    Raises
    ------
    InputError
        With every problem found; nothing that was entered is repeated.
    """
    form = FormReader(data, where=where)
    patient, payer = form.group("patient", required=True), form.group("payer", required=True)
    reason = form.choice("reason", tuple(REASONS))
    pump = read_pump(form.group("pump"), not_after=today)
    drugs = read_drugs(form, reservoir_ml=pump.reservoir_ml, required=False)
    known = read_known_days(form, run_dry="run_dry_on")
    facts = dataclasses.replace(known, drugs=known.drugs or drugs)
    read = PacketForm(
        reason=reason,
        case=form.choice("case", CASES, default=CASES[0]),
        name=patient.text("name", required=True, longest=80),
        born_on=patient.day("born_on", not_after=today),
        member_id=patient.text("member_id", longest=40),
        zip_code=patient.text("zip", longest=10),
        diagnosis=patient.texts("diagnosis", most=10, longest=200),
        payer=payer.text("name", required=True, longest=100),
        payer_kind=payer.choice("kind", PAYER_KINDS, default="other"),
        payer_fax=payer.text("fax", longest=40),
        plan=payer.text("plan", longest=100),
        sender=_party(form.group("sender")),
        wanted=_party(form.group("wanted")),
        pump=pump,
        drugs=drugs,
        timeline=make_timeline(facts, service=service, today=today) if keeps_time(service) else None,
        next_refill_on=_next_refill(form, service=service, today=today),
        authorisations=tuple(_authorisation(entry) for entry in form.items("authorisations", most=10)),
        denial=_denial(form.group("denial", required=reason == "appeal"), today=today) if form.has("denial") else None,
        in_network=_in_network(form.group("in_network")),
        clinical=tuple(
            (
                entry.text("title", required=True, longest=100),
                entry.text("text", required=True, longest=4000, one_line=False),
            )
            for entry in form.items("clinical", most=20)
        ),
        documents=frozenset(_documents(form)),
        made_on=today,
    )
    if reason == "appeal" and read.denial is None:
        form.problem("denial", "must be given for an appeal")
    form.finish()
    return read


def _party(group: FormReader) -> Party:
    return Party(
        group.text("name", longest=120),
        group.text("contact", longest=120),
        group.text("phone", longest=40),
        group.text("address", longest=200),
    )


def _authorisation(group: FormReader) -> Authorisation:
    starts_on, ends_on = group.day("starts_on", required=True), group.day("ends_on", required=True)
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        group.problem("ends_on", "must not lie before starts_on")
    return Authorisation(
        group.text("number", longest=60),
        group.text("covers", longest=160),
        starts_on or dt.date.min,
        ends_on or dt.date.min,
    )


def _denial(group: FormReader, *, today: dt.date) -> Denial:
    return Denial(
        ground=group.choice("ground", tuple(APPEAL_GROUNDS)),
        denied_on=group.day("denied_on", not_after=today),
        reference=group.text("reference", longest=60),
        quoted=group.text("quoted", longest=2000, one_line=False),
        appeal_by=group.day("appeal_by"),
    )


def _next_refill(form: FormReader, *, service: Service, today: dt.date) -> dt.date | None:
    """Read the day of the next refill; one beyond the drug's stability in the pump cannot be filed."""
    day = form.day("next_refill_on", not_before=today)
    for _, why in contradictions(entered_days(None, day, None, service=service, today=today)):
        form.problem("next_refill_on", why)
    return day


def _in_network(group: FormReader) -> InNetwork:
    return InNetwork(group.text("name", longest=120), read_drive(group), group.text("answer", longest=300))


def _documents(form: FormReader) -> tuple[str, ...]:
    known = {key for entries in CHECKLISTS.values() for key in entries}
    given = form.texts("documents", longest=60)
    if set(given) - known:
        form.problem("documents", "expected names among " + ", ".join(sorted(known)))
    return given

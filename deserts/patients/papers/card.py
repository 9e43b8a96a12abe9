"""A wallet card and a sheet for somebody with a pump: what it is, when it runs dry, whom to call, what to say.

`build_card` turns a form into what is printed; the HTML and PDF layouts below and in `card_pdf` print it. Whatever
was not entered is a blank line to be filled in by hand.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from deserts.documents.html import drive_words, environment
from deserts.patients.papers import card_words as words
from deserts.patients.papers.card_form import Backup, CardForm, Contact, Hospital, Pump, Supply
from deserts.patients.papers.card_words import Quotation
from deserts.patients.refill.drugs import Drug
from deserts.patients.words import text_of, two_emergencies
from deserts.provenance import OLD_AFTER_DAYS

__all__ = ["BLANK", "Card", "SignList", "blank_card", "build_card", "card_html", "is_recent", "pump_rows"]

BLANK = "________________"
"""What stands where nothing was entered."""


@dataclass(frozen=True, slots=True)
class SignList:
    """Signs of one emergency: its title, the signs, and what to do when one is seen."""

    title: str
    signs: tuple[str, ...]
    do: tuple[str, ...] = ()

    def in_one_line(self) -> str:
        """Return all of it in a line, for where there is little room."""
        signs = ", ".join(self.signs)
        return " ".join((f"{self.title.upper()}: {signs}{'' if signs.endswith(':') else '.'}", *self.do[:1]))


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed on a card, in plain rows and lines.

    ``pressing`` is what stands before all else when the pump's days are pressing or cannot be right; ``backups`` were
    verified by a call within 90 days; ``call_first`` are leads that must be asked; ``note`` says that nobody reviewed
    the words, where nobody did.
    """

    name: str
    pressing: tuple[str, ...]
    headline: str
    urgent: str
    mimic: str
    identity: tuple[tuple[str, str], ...]
    pump: tuple[tuple[str, str], ...]
    sign_lists: tuple[SignList, ...]
    note: str
    alarms: tuple[str, ...]
    clinic: str
    backups: tuple[str, ...]
    call_first: tuple[str, ...]
    hospitals: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    supply: str
    quotations: tuple[Quotation, ...]
    reading: tuple[str, ...]
    validity: str
    about: tuple[str, ...]

    @property
    def wallet_calls(self) -> tuple[tuple[str, str], ...]:
        """Whom to call, as far as the small card has room: two backups at most, and no blank lines."""
        backups = [("Backup", text) for text in self.backups] + [("Call first", text) for text in self.call_first]
        known = [pair for pair in (*self.hospitals, *self.lines) if pair[1] != BLANK]
        return (("Clinic", self.clinic), *backups[:2], *known)


def is_recent(verified_on: dt.date | None, on: dt.date) -> bool:
    """Whether a verification is at most 90 days old on a day."""
    return verified_on is not None and 0 <= (on - verified_on).days <= OLD_AFTER_DAYS


def build_card(form: CardForm, *, data_lines: Sequence[str] = ()) -> Card:
    """Arrange a form for printing.

    Parameters
    ----------
    form
        What was entered.
    data_lines
        Sentences on the age of the data that the backups were found in, as `Provenance.lines` gives them.
    """
    own = form.holds_own_drug
    drugs = " and ".join(drug.name for drug in form.drugs)
    lines = words.DEVICE_LINES.get(form.pump.maker.strip().lower().split(" ")[0] if form.pump.maker else "", ())
    calls = [backup.verified_on for backup in form.backups if backup.verified_on is not None]
    last_call = f"Last call to a backup: {max(calls).isoformat() if calls else 'none on record'}."
    return Card(
        name=form.name,
        pressing=_pressing(form),
        headline=f"Implanted pump: {drugs} into the spinal fluid",
        urgent=text_of("card.urgent")
        if own
        else "If it stops, the body may react dangerously. Any warning sign: call 911, say “pump”.",
        mimic=text_of("also.pump") if own else "Suddenly ill? Check the pump too.",
        identity=(
            ("Name", form.name),
            ("Born", _day(form.born_on)),
            ("In an emergency call", _or_blank(form.emergency_contact.words())),
        ),
        pump=pump_rows(form),
        sign_lists=_sign_lists() if own else (SignList("Warning signs", words.OTHER_DRUG_SIGNS),),
        note=two_emergencies().note if own else "",
        alarms=words.ALARMS if "synchromed" in form.pump.model.lower() else words.OTHER_ALARMS,
        clinic=_or_blank(form.clinic.words()),
        backups=tuple(_backup(b, form.issued_on) for b in form.backups if is_recent(b.verified_on, form.issued_on)),
        call_first=tuple(
            _backup(b, form.issued_on) for b in form.backups if not is_recent(b.verified_on, form.issued_on)
        ),
        hospitals=(
            ("Nearest emergency department", _hospital(form.emergency_hospital)),
            ("Nearest where pumps are managed", _hospital(form.pump_hospital)),
        ),
        lines=(
            *(lines or (("Device maker", words.NO_DEVICE_LINE),)),
            ("Device representative", _or_blank(form.representative.words())),
            ("Patient group", _or_blank(form.patient_group.words())),
        ),
        supply=_supply(form),
        quotations=words.QUOTATIONS if own else (),
        reading=words.FURTHER_READING if own else (),
        validity=f"Issued on {form.issued_on.isoformat()}. Void after {form.void_after.isoformat()}, and after any "
        "refill, dose change or new pump.",
        about=(
            last_call,
            *((f"Maker's lines seen on {words.LINES_SEEN_ON.isoformat()}.",) if lines else ()),
            *data_lines,
            "Made from what was entered. This informs and is not medical advice.",
        ),
    )


def _pressing(form: CardForm) -> tuple[str, ...]:
    """Return what stands before all else: an emergency by the dates, or dates that cannot be right."""
    timeline = form.timeline
    if timeline is None or not timeline.is_red or not form.holds_own_drug:
        return ()
    doubts = (*(f"Red: {line}" for line in timeline.red), *(f"Ask the clinic: {line}" for line in timeline.ask))
    return tuple(line for line in (timeline.first_line, timeline.safe_line, *doubts) if line)


def _sign_lists() -> tuple[SignList, SignList]:
    both = two_emergencies()
    return (
        SignList(both.withdrawal_title, both.withdrawal_signs, (both.withdrawal_do,)),
        SignList(both.overdose_title, both.overdose_signs, (both.overdose_do, both.overdose_when)),
    )


def blank_card() -> Card:
    """Return an empty card for a baclofen pump, to be filled in by hand."""
    nobody = Backup(f"{BLANK} {BLANK}", says=f"told by {BLANK} on {BLANK}")
    nothing = CardForm(
        name=BLANK,
        born_on=None,
        pump=Pump(),
        drugs=(Drug("baclofen", 0, "mcg/mL", None, "mcg/day"),),
        low_alarm_on=None,
        refill_by=None,
        last_refill_on=None,
        last_settings=(),
        clinic=Contact(),
        backups=(nobody, nobody),
        emergency_hospital=Hospital(),
        pump_hospital=Hospital(),
        representative=Contact(),
        supply=Supply(),
        patient_group=Contact(),
        emergency_contact=Contact(),
        issued_on=dt.date.min,
        void_after=dt.date.min,
        holds_own_drug=True,
    )
    drug = f"baclofen {BLANK} mcg/mL, {BLANK} mcg a day"
    made = build_card(nothing)
    return dataclasses.replace(
        made,
        pump=tuple((name, drug if name == "Drug" else value) for name, value in made.pump),
        lines=tuple(line for lines in words.DEVICE_LINES.values() for line in lines) + made.lines[1:],
        validity=f"Issued on {BLANK}. Void after {BLANK} (90 days at most), and after any refill, dose change or new "
        "pump.",
        about=(
            f"Maker's lines seen on {words.LINES_SEEN_ON.isoformat()}. For a pump of another maker strike them out.",
            "To be filled in by hand from the clinic's print-out. This informs and is not medical advice.",
        ),
    )


def pump_rows(form: CardForm) -> tuple[tuple[str, str], ...]:
    """Return names and values of pump, drugs and dates; a blank where nothing was entered."""
    pump = form.pump
    size = "" if pump.reservoir_ml is None else f"{pump.reservoir_ml:g} mL"
    return (
        ("Pump", _or_blank(", ".join(part for part in (pump.maker, pump.model, size) if part))),
        ("Serial number", _or_blank(pump.serial)),
        ("Implanted", _day(pump.implanted_on)),
        *(
            (f"Drug {number}" if len(form.drugs) > 1 else "Drug", drug.words())
            for number, drug in enumerate(form.drugs, 1)
        ),
        ("Last refill", _day(form.last_refill_on)),
        *_dates(form),
        ("Last settings", _or_blank("; ".join(form.last_settings))),
    )


def _dates(form: CardForm) -> tuple[tuple[str, str], ...]:
    """Return the two dates as entered, empty ones blank; none beside what cannot be right."""
    timeline = form.timeline
    if timeline is not None and timeline.red:
        return (("Refill by", "ask the clinic today"), ("Low-reservoir alarm", "ask the clinic today"))
    refill_by = _day(form.refill_by)
    if form.refill_by is not None and timeline is not None and timeline.refill_by is not None:
        sooner = timeline.refill_by < form.refill_by
        refill_by += f" as entered; by the alarm date {timeline.refill_by} is safer" if sooner else ""
    return (("Refill by", refill_by), ("Low-reservoir alarm", _day(form.low_alarm_on)))


def card_html(card: Card, *, nonce: str | None = None) -> str:
    """Return wallet card and sheet as one HTML page that needs nothing else.

    Parameters
    ----------
    card
        From `build_card`.
    nonce
        Value for the style element where a page's policy demands one.
    """
    return environment("deserts.patients.papers").get_template("card.html").render(card=card, nonce=nonce)


def _or_blank(text: str) -> str:
    return text or BLANK


def _day(day: dt.date | None) -> str:
    return BLANK if day is None else day.isoformat()


def _supply(form: CardForm) -> str:
    supply = form.supply
    if not supply.drug:
        return BLANK
    by = f" (prescribed by {supply.prescriber})" if supply.prescriber else ""
    return f"{supply.drug}: {supply.instructions or 'as prescribed'}{by}. Not a substitute for the pump."


def _hospital(hospital: Hospital) -> str:
    if not hospital.name:
        return BLANK
    drive = None if hospital.drive_min is None else f"{drive_words(hospital.drive_min)} by car"
    return ", ".join(part for part in (hospital.name, hospital.place, hospital.phone, drive) if part)


def _backup(backup: Backup, issued_on: dt.date) -> str:
    drive = None if backup.drive_min is None else f"{drive_words(backup.drive_min)} by car"
    if backup.verified_on is None:
        call = "not verified: call first"
    elif is_recent(backup.verified_on, issued_on):
        call = f"verified {backup.verified_on.isoformat()}"
    else:
        call = f"was verified {backup.verified_on.isoformat()}: call first"
    return ", ".join(part for part in (backup.name, backup.place, backup.phone, drive, backup.says, call) if part)

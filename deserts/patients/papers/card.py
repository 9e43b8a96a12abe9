"""A wallet card and a sheet for somebody with a pump: what it is, when it runs dry, whom to call, what to say.

`build_card` turns a form into what is printed, by the rule that the one-file desk runs too (`deserts.rules.card`); the
HTML and PDF layouts below and in `card_pdf` print it. Whatever was not entered is a blank line to be filled in by hand.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deserts.documents.html import environment
from deserts.documents.language import load_language
from deserts.patients.papers import card_words
from deserts.patients.papers.card_form import Backup, CardForm, Contact, Hospital
from deserts.patients.papers.card_words import Quotation
from deserts.patients.papers.entered_drive import EnteredDrive
from deserts.patients.refill.drugs import Drug
from deserts.patients.words import ENGLISH, draft_note, two_emergencies, words_in
from deserts.rules import card as rule
from deserts.rules import timeline
from deserts.rules.card import BLANK

__all__ = [
    "BLANK",
    "Card",
    "SignList",
    "blank_card",
    "build_card",
    "card_html",
    "card_question",
    "fixed_facts",
    "is_recent",
]


@dataclass(frozen=True, slots=True)
class SignList:
    """Signs of one emergency: its title, the signs, what to do when one is seen, and all of it in a line."""

    title: str
    signs: tuple[str, ...]
    do: tuple[str, ...]
    in_one_line: str


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed on a card, in plain rows and lines.

    ``pressing`` is what stands before all else when the pump's days are pressing or cannot be right; ``backups`` were
    verified by a call within 90 days; ``call_first`` are leads that must be asked;
    ``searched`` says so where not every source was read; ``note`` says that nobody reviewed
    the words, and ``draft`` that nobody reviewed the translation, where nobody did. ``wallet_calls`` is whom to call as
    far as the small card has room; ``labels`` are the headings of the layouts, ``language`` that of all of it.
    ``family`` is the same card in the family's own language, of which wallet card and sheet are printed behind.
    """

    language: str
    name: str
    pressing: tuple[str, ...]
    headline: str
    urgent: str
    mimic: str
    identity: tuple[tuple[str, str], ...]
    pump: tuple[tuple[str, str], ...]
    sign_lists: tuple[SignList, ...]
    note: str
    draft: str
    alarms: tuple[str, ...]
    clinic: str
    backups: tuple[str, ...]
    call_first: tuple[str, ...]
    searched: tuple[tuple[str, str], ...]
    hospitals: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]
    wallet_calls: tuple[tuple[str, str], ...]
    supply: str
    quotations: tuple[Quotation, ...]
    reading: tuple[str, ...]
    validity: str
    about: tuple[str, ...]
    labels: Mapping[str, str]
    family: Card | None = None


def is_recent(verified_on: dt.date | None, on: dt.date) -> bool:
    """Whether a verification is at most 90 days old on a day."""
    return verified_on is not None and rule.is_recent(verified_on.toordinal(), on.toordinal())


def build_card(form: CardForm, *, data_lines: Sequence[str] = (), search: str = "") -> Card:
    """Arrange a form for printing, in English for whoever treats, and in the form's language for the family too.

    Parameters
    ----------
    form
        What was entered.
    data_lines
        Sentences on the age of the data that the backups were found in, as `Provenance.lines` gives them.
    search
        How far they were searched (`deserts.patients.search.unread.search_of`); empty where no run stands behind.
    """

    def made(language: str) -> Card:
        return _card(card_question(form, data_lines=data_lines, search=search, language=language), language)

    family = None if form.language == ENGLISH else made(form.language)
    return dataclasses.replace(made(ENGLISH), family=family)


def blank_card() -> Card:
    """Return an empty card for a baclofen pump, to be filled in by hand."""
    nobody = {**_backup(Backup(f"{BLANK} {BLANK}")), "says": f"told by {BLANK} on {BLANK}"}
    question = {
        "name": "", "pump": _pump_texts(None), "drugs": [], "last_settings": [], "timeline": None, "data_lines": [],
        **dict.fromkeys(("born_on", "last_refill_on", "refill_by", "low_alarm_on"), ""),
        **{name: _contact(Contact()) for name in rule.CONTACTS},
        "issued_on": BLANK, "void_after": BLANK, "backups": [nobody, nobody], "own_drugs": ["baclofen"],
        "hospitals": [_hospital(Hospital())] * 2, "supply": {"drug": "", "instructions": "", "prescriber": ""},
        "by_hand": True, "is_family": False, "search": "", **_fixed(ENGLISH),
    }  # fmt: skip
    return _card(question, ENGLISH)


def card_question(
    form: CardForm, *, data_lines: Sequence[str] = (), search: str = "", language: str = ENGLISH
) -> dict[str, Any]:
    """Return a form as `deserts.rules.card.arrange` takes it, with the fixed words of a language."""
    days = ("born_on", "last_refill_on", "refill_by", "low_alarm_on", "issued_on", "void_after")
    return {
        "name": form.name,
        "pump": _pump_texts(form),
        "drugs": [_drug(drug) for drug in form.drugs],
        **{name: _day(getattr(form, name)) for name in days},
        "last_settings": list(form.last_settings),
        **{name: _contact(getattr(form, name)) for name in rule.CONTACTS},
        "hospitals": [_hospital(form.emergency_hospital), _hospital(form.pump_hospital)],
        "backups": [_backup(entry) for entry in form.backups],
        "supply": dataclasses.asdict(form.supply),
        "timeline": None if form.asked is None else timeline.reckon({**form.asked, "words": words_in(language)}),
        "own_drugs": list(form.own_drugs),
        "data_lines": list(data_lines),
        "search": search,
        "by_hand": False,
        "is_family": language != ENGLISH,
        **_fixed(language),
    }


def fixed_facts(language: str = ENGLISH) -> dict[str, Any]:
    """Return the lines and quotations that were verified, as the rules of card and letter take them.

    The lines of device makers are for families, and named in their language; the rest is for clinicians.
    """
    own = load_language(language)
    return {
        "device_lines": {
            maker: [[own.word(name), number] for name, number in lines]
            for maker, lines in card_words.DEVICE_LINES.items()
        },
        "lines_seen_on": card_words.LINES_SEEN_ON.isoformat(),
        "clinicians_lines": _pairs(card_words.CLINICIANS_LINES),
        "clinicians_lines_seen_on": card_words.CLINICIANS_LINES_SEEN_ON.isoformat(),
        "quotations": [dataclasses.asdict(entry) for entry in card_words.QUOTATIONS],
        "reading": list(card_words.FURTHER_READING),
    }


def _fixed(language: str) -> dict[str, Any]:
    return {
        "fixed": fixed_facts(language),
        "note": load_language(language).word(two_emergencies().note),
        "draft": draft_note(language),
        "words": words_in(language),
    }


def _pairs(lines: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, list[list[str]]]:
    return {maker: [list(line) for line in own] for maker, own in lines.items()}


def _card(question: dict[str, Any], language: str) -> Card:
    made = rule.arrange(question)
    signs = [{**entry, "signs": tuple(entry["signs"]), "do": tuple(entry["do"])} for entry in made["sign_lists"]]
    rows = ("identity", "pump", "searched", "hospitals", "lines", "wallet_calls")
    lines = ("pressing", "alarms", "backups", "call_first", "reading", "about")
    return Card(
        **{
            **made,
            **{name: tuple((str(row[0]), str(row[1])) for row in made[name]) for name in rows},
            **{name: tuple(made[name]) for name in lines},
            "language": language,
            "sign_lists": tuple(SignList(**entry) for entry in signs),
            "quotations": tuple(Quotation(**entry) for entry in made["quotations"]),
        }
    )


def card_html(card: Card, *, nonce: str | None = None) -> str:
    """Return wallet card and sheets as one HTML page that needs nothing else.

    Parameters
    ----------
    card
        From `build_card`.
    nonce
        Value for the style element where a page's policy demands one.
    """
    page = environment("deserts.patients.papers").get_template("card.html")
    return page.render(card=card, nonce=nonce)


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()


def _pump_texts(form: CardForm | None) -> dict[str, str]:
    if form is None:
        return dict.fromkeys(("maker", "model", "size", "serial", "implanted_on"), "")
    pump = form.pump
    size = "" if pump.reservoir_ml is None else f"{pump.reservoir_ml:g} mL"
    return {
        "maker": pump.maker, "model": pump.model, "size": size, "serial": pump.serial,
        "implanted_on": _day(pump.implanted_on),
    }  # fmt: skip


def _drug(drug: Drug) -> dict[str, str]:
    return {
        "name": drug.name,
        "strength": f"{drug.concentration:g}",
        "strength_unit": drug.concentration_unit,
        "dose": "" if drug.daily_dose is None else f"{drug.daily_dose:g}",
        "dose_unit": drug.dose_unit,
    }


def _contact(contact: Contact) -> dict[str, str]:
    return dataclasses.asdict(contact)


def _hospital(hospital: Hospital) -> dict[str, Any]:
    return {
        "name": hospital.name,
        "place": hospital.place,
        "phone": hospital.phone,
        **_drive(hospital.drive),
    }


def _backup(backup: Backup) -> dict[str, Any]:
    return {
        "name": backup.name, "place": backup.place, "phone": backup.phone, **_drive(backup.drive),
        "says": backup.says, "verified_on": _day(backup.verified_on),
    }  # fmt: skip


def _drive(drive: EnteredDrive) -> dict[str, Any]:
    minutes = None if drive.drive_min is None else round(drive.drive_min)
    return {"minutes": minutes, **drive.doubt}

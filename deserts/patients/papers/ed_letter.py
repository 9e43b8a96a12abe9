"""A letter to the local emergency department, sent before anything happens: somebody near you lives with a pump."""

from __future__ import annotations

from collections.abc import Sequence

from deserts.documents.blocks import Block, bullets, grid, heading, quote, small, text, urgent
from deserts.patients.papers.card import BLANK, Card, build_card
from deserts.patients.papers.card_form import CardForm, Contact
from deserts.patients.papers.card_words import CLINICIANS_LINES, CLINICIANS_LINES_SEEN_ON
from deserts.patients.words import text_of

__all__ = ["TITLE", "ed_letter_blocks"]

TITLE = "To the emergency department: a patient with an implanted pump"


def ed_letter_blocks(form: CardForm, *, data_lines: Sequence[str] = ()) -> list[Block]:
    """Return the letter; clinical sentences are quotations, the rest is what was entered.

    Parameters
    ----------
    form
        The form of the card.
    data_lines
        Sentences on the age of the data, as `Provenance.lines` gives them.
    """
    card = build_card(form, data_lines=data_lines)
    hospital = form.emergency_hospital
    address = ", ".join(part for part in (hospital.name or BLANK, hospital.place) if part)
    return [
        text(f"{form.issued_on.isoformat()}\nTo: emergency department, {address}"),
        text(
            f"{form.name} lives near you and has an implanted pump that gives "
            f"{' and '.join(drug.name for drug in form.drugs)} into the spinal fluid. Please keep this letter with "
            "your notes on regular patients, and file it in the record if there is one."
        ),
        urgent(text_of("letter.first") if form.holds_own_drug else card.mimic),
        *_doubts(form),
        *_two_emergencies(card),
        heading("Pump, drug and dates, as entered"),
        grid((*card.identity, *card.pump)),
        heading("Who can help"),
        text("Hours stand here where they were entered; where none stand, they are not known."),
        grid((("Clinic that manages the pump", _with_hours(form.clinic)), *card.hospitals, *_lines(card, form))),
        *([bullets(card.backups)] if card.backups else []),
        *([text("Not yet confirmed by a call:"), bullets(card.call_first)] if card.call_first else []),
        heading("What we ask of you"),
        bullets(
            (
                "Tell us which of your staff, or which on-call service, can check and refill this pump.",
                "Tell us whether your pharmacy holds the drug for pumps, in which strength, or how soon it can.",
                "Tell us where you would send this patient if you cannot.",
            )
        ),
        heading("For the treating clinician: published sources, word for word"),
        *_quotations(card),
        text(f"Answer to: {card.clinic}\nSigned: {BLANK}"),
        text(card.validity),
        *(small(line) for line in card.about),
    ]


def _doubts(form: CardForm) -> list[Block]:
    """Return what makes the dates on this letter doubtful or pressing, in words for a clinician."""
    timeline = form.timeline
    if timeline is None or not timeline.is_red:
        return []
    lines = [*timeline.emergency, *timeline.red]
    return [urgent("By the dates as entered: " + "; ".join(lines) + ". The clinic's own print-out goes first.")]


def _two_emergencies(card: Card) -> list[Block]:
    """Return the signs of both emergencies side by side, where they are known for the drug."""
    if len(card.sign_lists) < 2:
        return [bullets(card.sign_lists[0].signs)]
    signs = [", ".join(entry.signs) for entry in card.sign_lists]
    told = [" ".join(entry.do) for entry in card.sign_lists]
    rows = (("", *(entry.title for entry in card.sign_lists)), ("Signs", *signs), ("What the family is told", *told))
    return [
        heading("The two emergencies of this pump"),
        grid(rows),
        text(text_of("overdose.clinician")),
        *([small(card.note)] if card.note else []),
    ]


def _with_hours(contact: Contact) -> str:
    words = contact.words()
    return f"{words}{'' if contact.note else ', hours not known'}" if words else BLANK


def _lines(card: Card, form: CardForm) -> tuple[tuple[str, str], ...]:
    """Return the lines of the card and those that the maker keeps for clinicians, with the day they were seen."""
    maker = form.pump.maker.strip().lower().split(" ")[0]
    seen = CLINICIANS_LINES_SEEN_ON.isoformat()
    return (*card.lines, *((name, f"{number} (seen {seen})") for name, number in CLINICIANS_LINES.get(maker, ())))


def _quotations(card: Card) -> list[Block]:
    if not card.quotations:
        return [text("No quotations are held for this drug. Call the clinic that manages the pump.")]
    return [*(quote(entry.text, entry.source) for entry in card.quotations), bullets(card.reading)]

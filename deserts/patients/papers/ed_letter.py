"""A letter to the local emergency department, sent before anything happens: somebody near you lives with a pump."""

from __future__ import annotations

from collections.abc import Sequence

from deserts.documents.blocks import Block, bullets, grid, heading, quote, small, text, urgent
from deserts.patients.papers.card import BLANK, Card, build_card
from deserts.patients.papers.card_form import CardForm

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
        urgent(f"{card.urgent} {card.mimic}"),
        heading("Pump, drug and dates, as entered"),
        grid((*card.identity, *card.pump)),
        heading("Who can help, day and night"),
        grid((("Clinic that manages the pump", card.clinic), *card.hospitals, *card.lines)),
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


def _quotations(card: Card) -> list[Block]:
    if not card.quotations:
        return [text("No quotations are held for this drug. Call the clinic that manages the pump.")]
    return [*(quote(entry.text, entry.source) for entry in card.quotations), bullets(card.reading)]

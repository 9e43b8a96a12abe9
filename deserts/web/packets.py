"""Packet and letter of the page and the API: read from a form, rendered, given away, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deserts.documents.blocks import render
from deserts.patients.papers.card import Card, build_card
from deserts.patients.papers.card_form import CardForm
from deserts.patients.papers.ed_letter import TITLE, ed_letter_blocks
from deserts.patients.papers.packet import packet_blocks, packet_title
from deserts.patients.papers.packet_form import read_packet_form
from deserts.patients.papers.packet_notes import NOTES_TITLE, notes_blocks
from deserts.patients.papers.packet_words import CHECKLISTS
from deserts.patients.search.unread import search_behind
from deserts.web.desk import Desk

__all__ = ["MEDIA_TYPES", "letter_file", "packet_data", "packet_documents", "packet_file"]

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
"""Formats that a packet is given in."""


def packet_file(desk: Desk, data: Mapping[str, Any], ending: str, *, notes: bool = False) -> bytes:
    """Return the pages for the insurer, or the drafter's own notes.

    Parameters
    ----------
    desk
        For what public files show about the form's ZIP.
    data
        The form, see `deserts.patients.papers.packet_form.read_packet_form`.
    ending
        A key of `MEDIA_TYPES`.
    notes
        Whether the notes are wanted, which are not to be sent.

    Raises
    ------
    InputError, UnknownNameError
        With every problem of the form; what was entered is not repeated.
    """
    form = read_packet_form(data, service=desk.data.service, today=desk.today(), where="the packet")
    if notes:
        return render(notes_blocks(form), f".{ending}", title=NOTES_TITLE)
    facts = desk.packet_facts(form.zip_code, form.plan_in_question)
    return render(packet_blocks(form, facts), f".{ending}", title=packet_title(form))


def card_of(form: CardForm, desk: Desk) -> Card:
    """Return the card of a form, with what must be said of the desk's data."""
    provenance = desk.data.provenance
    search = search_behind(provenance, service=desk.data.service)
    return build_card(form, data_lines=provenance.lines(desk.today()), search=search)


def letter_file(form: CardForm, desk: Desk, ending: str = "docx") -> bytes:
    """Return the letter to the local emergency department, made from the card's form."""
    blocks = ed_letter_blocks(form, data_lines=desk.data.provenance.lines(desk.today()))
    return render(blocks, f".{ending}", title=TITLE, footer=f"Issued on {form.issued_on.isoformat()}")


def packet_data(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of the page as `packet_file` takes them.

    The page always sends the denial's fields; they count only for an appeal.
    """
    data = dict(nested)
    if data.get("reason") != "appeal":
        data.pop("denial", None)
    return data


def packet_documents() -> dict[str, str]:
    """Return every document that a checklist of any case knows, by its key, in the order of the checklists."""
    return {key: words for checklist in CHECKLISTS.values() for key, words in checklist.items()}

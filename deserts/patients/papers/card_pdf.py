"""The card as PDF: a wallet card of four panels on the first page, then the sheet; black on white."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deserts.documents import pdf
from deserts.patients.papers.card import Card

__all__ = ["card_pdf", "card_texts"]

_MM = 72 / 25.4
_PANEL = (85.6 * _MM, 53.98 * _MM)
"""Width and height of an ID-1 card (ISO/IEC 7810)."""
_WIDTHS = (185.0, 342.0)


def card_texts(card: Card) -> list[str]:
    """Return every text of a card, to find letters that a PDF cannot print."""
    pairs = [text for pair in (*card.identity, *card.pump, *card.hospitals, *card.lines) for text in pair]
    return [card.headline, card.clinic, card.supply, *pairs, *card.backups, *card.call_first]


def card_pdf(card: Card) -> bytes:
    """Return wallet card and sheet as PDF (A4); equal cards give equal bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import PageBreak

    story = [
        *(pdf.paragraph(line, "strong") for line in card.pressing),
        pdf.paragraph("Pump card", "title"),
        pdf.paragraph("Cut along the outer frame and fold twice. The sheet follows on the next pages.", "small"),
        _wallet(card),
        *_lost_letters(card),
        PageBreak(),
        *_patient_side(card),
        PageBreak(),
        *_clinician_side(card),
    ]
    return pdf.make_pdf(story, title="Pump card", page_size=A4, margin=34, footer=card.validity)


def _lost_letters(card: Card) -> list[Any]:
    lost = pdf.missing_letters(card_texts(card))
    if not lost:
        return []
    which = (
        "1 letter cannot be printed here and is"
        if len(lost) == 1
        else f"{len(lost)} letters cannot be printed here and are"
    )
    note = f"{which} shown as □. The HTML card shows every letter."
    return [pdf.paragraph(note, "strong")]


def _wallet(card: Card) -> Any:
    from reportlab.lib import colors
    from reportlab.platypus import KeepInFrame, Table, TableStyle

    first = [
        pdf.paragraph(card.headline, "strong"),
        *(pdf.paragraph(text, "cell_strong") for text in (card.urgent, card.mimic)),
        *_lines(card.identity),
        pdf.paragraph(card.validity, "small"),
    ]
    second = [
        pdf.paragraph("Pump and dates", "cell_strong"),
        *_lines(card.pump),
        *_lines((("By mouth", card.supply),)),
    ]
    third = [
        pdf.paragraph("Whom to call", "cell_strong"),
        *_lines(card.wallet_calls),
    ]
    fourth = [
        pdf.paragraph("Warning signs and alarms", "cell_strong"),
        *(pdf.paragraph(entry.in_one_line(), "small") for entry in card.sign_lists),
        *pdf.bullets(card.alarms, style="small"),
        *(
            pdf.paragraph(f"For the treating clinician: quotations are on the sheet. {entry.source}.", "small")
            for entry in card.quotations[:1]
        ),
    ]
    inner = (_PANEL[0] - 12, _PANEL[1] - 10)
    boxes = [KeepInFrame(*inner, content=panel, mode="shrink") for panel in (first, second, third, fourth)]
    made = Table([boxes[:2], boxes[2:]], colWidths=[_PANEL[0]] * 2, rowHeights=[_PANEL[1]] * 2, hAlign="LEFT")
    made.setStyle(
        TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.8, colors.black),
                ("INNERGRID", (0, 0), (-1, -1), 0.4, colors.black, None, (2, 2)),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 6),
                ("RIGHTPADDING", (0, 0), (-1, -1), 6),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ]
        )
    )
    return made


def _lines(pairs: Sequence[tuple[str, str]]) -> list[Any]:
    return [pdf.paragraph(f"{name}: {value}", "small") for name, value in pairs]


def _patient_side(card: Card) -> list[Any]:
    calls = [
        *([pdf.paragraph("Backups, verified by a call", "strong")] if card.backups else []),
        *pdf.bullets(card.backups),
        *([] if card.backups else [pdf.paragraph("No backup was verified within 90 days.")]),
        *([pdf.paragraph("Call first", "strong")] if card.call_first else []),
        *pdf.bullets(card.call_first),
    ]
    return [
        *(pdf.paragraph(line, "strong") for line in card.pressing),
        pdf.paragraph(card.headline, "title"),
        pdf.grid([[f"{card.urgent}\n{card.mimic}"]], [sum(_WIDTHS)]),
        pdf.grid(card.identity, _WIDTHS, head=False, strong_first=True),
        *_signs(card),
        pdf.paragraph("Alarm tones", "heading"),
        *pdf.bullets(card.alarms, style="small"),
        pdf.paragraph("Pump, drug and dates", "heading"),
        pdf.grid(card.pump, _WIDTHS, head=False, strong_first=True),
        pdf.paragraph("Whom to call", "heading"),
        pdf.paragraph(f"Clinic: {card.clinic}", "strong"),
        *calls,
        pdf.grid((*card.hospitals, *card.lines), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph("Oral supply as prescribed", "heading"),
        pdf.paragraph(card.supply),
        pdf.paragraph(card.validity, "strong"),
        *(pdf.paragraph(line, "small") for line in card.about),
    ]


def _signs(card: Card) -> list[Any]:
    """Return the lists of signs side by side, and who reviewed their words."""
    width = sum(_WIDTHS) / len(card.sign_lists)
    cells = ["\n".join([*(f"• {sign}" for sign in entry.signs), *entry.do]) for entry in card.sign_lists]
    titles = [entry.title for entry in card.sign_lists]
    note = [pdf.paragraph(card.note, "small")] if card.note else []
    return [pdf.grid([titles, cells], [width] * len(cells)), *note]


def _clinician_side(card: Card) -> list[Any]:
    quoted: list[Any] = []
    for entry in card.quotations:
        quoted += [pdf.paragraph(f"“{entry.text}”"), pdf.paragraph(entry.source, "small")]
    if not quoted:
        quoted = [pdf.paragraph("No quotations are held for this drug. Call the clinic or the device maker.")]
    return [
        pdf.paragraph("For the treating clinician", "title"),
        pdf.grid([[f"{card.mimic} {card.headline}."]], [sum(_WIDTHS)]),
        *(pdf.paragraph(entry.in_one_line(), "small") for entry in card.sign_lists),
        pdf.paragraph("Pump", "heading"),
        pdf.grid((*card.identity[:2], *card.pump), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph(f"Clinic that manages the pump: {card.clinic}", "strong"),
        pdf.grid((*card.hospitals[1:], *card.lines), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph("What published sources say, word for word", "heading"),
        *quoted,
        *pdf.bullets(card.reading, style="small"),
        pdf.paragraph(card.validity, "strong"),
    ]

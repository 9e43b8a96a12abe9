"""The card as PDF: a wallet card of four panels on the first page, then the sheet; black on white."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deserts.documents import pdf
from deserts.patients.papers.card import Card
from deserts.patients.words import ENGLISH

__all__ = ["card_pdf", "card_texts"]

_MM = 72 / 25.4
_PANEL = (85.6 * _MM, 53.98 * _MM)
"""Width and height of an ID-1 card (ISO/IEC 7810)."""
_MARGIN = 26.0
_WIDTHS = (186.0, 362.0)


def card_texts(card: Card) -> list[str]:
    """Return every text of a card, to find letters that a PDF cannot print."""
    pairs = [text for pair in (*card.identity, *card.pump, *card.hospitals, *card.lines) for text in pair]
    return [card.headline, card.clinic, card.supply, *pairs, *card.backups, *card.call_first]


def card_pdf(card: Card) -> bytes:
    """Return wallet card and sheets as PDF (US Letter); equal cards give equal bytes."""
    from reportlab.platypus import PageBreak

    story = [*_family_pages(card), PageBreak(), *_clinician_side(card)]
    if card.family is not None:
        foot = pdf.foot_from_next_page(card.family.validity, card.family.labels["page"])
        story += [foot, PageBreak(), *_family_pages(card.family)]
    return pdf.make_pdf(story, title="Pump card", margin=_MARGIN, footer=card.validity)


def _family_pages(card: Card) -> list[Any]:
    """Return wallet card and sheet for the family."""
    from reportlab.platypus import PageBreak

    return [
        *(pdf.paragraph(line, "strong") for line in card.pressing),
        pdf.paragraph(_titled(card, card.labels["title"]), "title"),
        pdf.paragraph(card.labels["fold"], "small"),
        *_lost_letters(card),
        _wallet(card),
        PageBreak(),
        *_patient_side(card),
    ]


def _titled(card: Card, title: str) -> str:
    """Return a heading that says so when nobody reviewed the language."""
    return f"{title} ({card.draft})" if card.draft else title


def _lost_letters(card: Card) -> list[Any]:
    lost = pdf.missing_letters(card_texts(card))
    if not lost:
        return []
    return [pdf.paragraph(card.labels["lost_letters"].format(count=len(lost)), "strong")]


def _wallet(card: Card) -> Any:
    from reportlab.lib import colors
    from reportlab.platypus import KeepInFrame, Table, TableStyle

    first = [
        pdf.paragraph(card.headline, "strong"),
        *(pdf.paragraph(text, "cell_strong") for text in (card.urgent, card.mimic)),
        *_lines(card.identity),
        *(pdf.paragraph(line, "small") for line in (card.validity, card.draft) if line),
    ]
    second = [
        pdf.paragraph(card.labels["pump_and_dates"], "cell_strong"),
        *_lines(card.pump),
        *_lines(((card.labels["by_mouth"], card.supply),)),
    ]
    third = [
        pdf.paragraph(card.labels["whom_to_call"], "cell_strong"),
        *_lines(card.wallet_calls),
    ]
    fourth = [
        pdf.paragraph(card.labels["signs_and_alarms"], "cell_strong"),
        *(pdf.paragraph(entry.in_one_line, "small") for entry in card.sign_lists),
        *pdf.bullets(card.alarms, style="small"),
        *(
            pdf.paragraph(f"For the treating clinician: quotations are on the sheet. {entry.source}.", "small")
            for entry in card.quotations[: 1 if card.language == ENGLISH else 0]
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
        *([pdf.paragraph(card.labels["backups"], "strong")] if card.backups else []),
        *pdf.bullets(card.backups),
        *([] if card.backups else [pdf.paragraph(card.labels["no_backup"])]),
        *([pdf.paragraph(card.labels["call_first"], "strong")] if card.call_first else []),
        *pdf.bullets(card.call_first),
    ]
    return [
        *(pdf.paragraph(line, "strong") for line in card.pressing),
        pdf.paragraph(_titled(card, card.headline), "title"),
        pdf.grid([[f"{card.urgent}\n{card.mimic}"]], [sum(_WIDTHS)]),
        pdf.grid(card.identity, _WIDTHS, head=False, strong_first=True),
        *_signs(card),
        pdf.paragraph(card.labels["alarm_tones"], "heading"),
        *pdf.bullets(card.alarms, style="small"),
        pdf.paragraph(card.labels["pump_drug_dates"], "heading"),
        pdf.grid(card.pump, _WIDTHS, head=False, strong_first=True),
        pdf.paragraph(card.labels["whom_to_call"], "heading"),
        pdf.paragraph(f"{card.labels['clinic']}: {card.clinic}", "strong"),
        *calls,
        pdf.grid((*card.searched, *card.hospitals, *card.lines), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph(card.labels["supply"], "heading"),
        pdf.paragraph(card.supply),
        pdf.paragraph(card.validity, "strong"),
        pdf.paragraph(" ".join(card.about), "small"),
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
        quoted = [pdf.paragraph(card.labels["no_quotations"])]
    return [
        pdf.paragraph(card.labels["treating"], "title"),
        pdf.grid([[f"{card.mimic} {card.headline}."]], [sum(_WIDTHS)]),
        *(pdf.paragraph(entry.in_one_line, "small") for entry in card.sign_lists),
        pdf.paragraph("Pump", "heading"),
        pdf.grid((*card.identity[:2], *card.pump), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph(f"{card.labels['manages']}: {card.clinic}", "strong"),
        pdf.grid((*card.hospitals[1:], *card.lines), _WIDTHS, head=False, strong_first=True),
        pdf.paragraph(card.labels["sources"], "heading"),
        *quoted,
        *pdf.bullets(card.reading, style="small"),
        pdf.paragraph(card.validity, "strong"),
    ]

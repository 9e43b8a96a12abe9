"""A letter to the local emergency department, sent before anything happens: somebody near you lives with a pump.

Its words are put together by `deserts.rules.ed_letter`, which the one-file desk runs too.
"""

from __future__ import annotations

from collections.abc import Sequence

from deserts.documents.blocks import Block
from deserts.patients.papers.card import card_question
from deserts.patients.papers.card_form import CardForm
from deserts.patients.words import phrases
from deserts.rules import ed_letter as rule

__all__ = ["TITLE", "ed_letter_blocks"]

TITLE = phrases()["letter.title"]


def ed_letter_blocks(form: CardForm, *, data_lines: Sequence[str] = ()) -> list[Block]:
    """Return the letter; clinical sentences are quotations, the rest is what was entered.

    Parameters
    ----------
    form
        The form of the card.
    data_lines
        Sentences on the age of the data, as `Provenance.lines` gives them.
    """
    written = rule.write(card_question(form, data_lines=data_lines))["blocks"]
    return [
        Block(one["kind"], one["text"], tuple(one["items"]), tuple(tuple(row) for row in one["rows"]))
        for one in written
    ]

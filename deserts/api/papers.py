"""Papers that a run gives to Python: they print as text, show in a notebook, and are written as PDF, DOCX or HTML."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deserts.api.show import Page
from deserts.documents.blocks import SUFFIXES, Block
from deserts.errors import InputError
from deserts.patients.papers.pact import PAPERS, PactForm, blank_pact, pact_file, read_pact_form
from deserts.patients.words import phrases
from deserts.services import Service
from deserts.store import write_private

__all__ = ["Paper", "make_paper"]


@dataclasses.dataclass(frozen=True, slots=True)
class Paper:
    """An emergency pact or a transfer sheet. It is about a patient: write it where your team alone can read it.

    Parameters
    ----------
    name
        ``pact`` or ``transfer``.
    form
        What was entered.
    """

    name: str
    form: PactForm = dataclasses.field(repr=False)

    @property
    def title(self) -> str:
        """Its heading."""
        return phrases()[PAPERS[self.name][0]]

    @property
    def blocks(self) -> list[Block]:
        """Its pieces in order, as all formats write them."""
        return PAPERS[self.name][1](self.form)

    def to_bytes(self, suffix: str) -> bytes:
        """Return it as a file; equal forms give equal bytes.

        Parameters
        ----------
        suffix
            ``.pdf``, ``.docx`` or ``.html``.

        Raises
        ------
        InputError
            If it is another.
        """
        if suffix not in SUFFIXES:
            known = ", ".join(SUFFIXES)
            raise InputError("a paper has no such format", where=suffix or "suffix", expected=f"one of {known}")
        return pact_file(self.form, self.name, suffix)

    def save(self, path: str | Path) -> Path:
        """Write it, readable by its owner alone; return the path.

        Parameters
        ----------
        path
            Where to, ending in ``.pdf``, ``.docx`` or ``.html``.

        Raises
        ------
        InputError
            If it ends otherwise, or cannot be written.
        """
        where = Path(path)
        write_private(where, self.to_bytes(where.suffix.lower()))
        return where

    def __str__(self) -> str:
        """Return its words."""
        lines = [self.title]
        for block in self.blocks:
            lines += [text for text in (block.text, *block.items) if text]
            lines += [": ".join(cell for cell in row if cell) for row in block.rows]
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        title, *lines = str(self).splitlines()
        return Page(title, tuple(lines), (), (), ()).html()


def make_paper(name: str, form: Mapping[str, Any] | None, *, service: Service, today: dt.date) -> Paper:
    """Return a paper of a form, or of blanks.

    Parameters
    ----------
    name
        ``pact`` or ``transfer``.
    form
        Fields as in ``deserts paper pact --blank``; None for a paper to fill in by hand.
    service
        The profile, for the pump's days.
    today
        Day of issue.

    Raises
    ------
    InputError
        With every problem of the form.
    """
    return Paper(name, blank_pact() if form is None else read_pact_form(form, service=service, today=today))

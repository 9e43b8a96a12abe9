"""What a notebook shows: a small table between sentences, every value escaped."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.documents.html import environment

__all__ = ["Page"]


@dataclass(frozen=True, slots=True)
class Page:
    """A title, sentences above, a table, sentences below."""

    title: str
    above: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[str, ...]

    def html(self) -> str:
        """Return it as HTML."""
        text: str = environment("deserts.api").get_template("answer.html").render(page=self)
        return text

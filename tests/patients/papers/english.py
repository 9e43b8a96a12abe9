"""What is English on a page in Spanish: sentences of the catalogue's English side, and words that only it has."""

from __future__ import annotations

import functools
import re

from deserts.documents.language import load_language
from deserts.patients.words import phrases, texts

__all__ = ["english_on"]

_ONLY_ENGLISH = {
    "the", "and", "is", "are", "was", "were", "of", "by", "for", "with", "from", "which", "what", "how", "not",
    "before", "after", "they", "their", "this", "that", "it", "its", "day", "days", "call", "called", "ask",
    "today", "under", "first", "last", "data", "see", "pages", "Monday", "Tuesday", "Wednesday", "Thursday",
    "Friday", "Saturday", "Sunday",
}  # fmt: skip
"""Words that no Spanish sentence holds; names that somebody typed may."""
_PLACE = re.compile(r"\{\w+\}")


@functools.cache
def _sentences() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every English sentence of the catalogue and of the patient topics, to be known by its longest part."""
    catalogue = load_language("es").catalogue
    english = {*catalogue, *texts().values(), *phrases().values()}
    parts = {text: max(_PLACE.split(text), key=len).strip() for text in english if catalogue.get(text) != text}
    return tuple(
        (text, re.compile(rf"(?<!\w){re.escape(part)}(?!\w)"))
        for text, part in sorted(parts.items())
        if re.search(r"[a-z]{3}", part)
    )


@functools.cache
def english_on(text: str, typed: tuple[str, ...] = ()) -> list[str]:
    """Return what is English in a line of text, leaving out what somebody typed."""
    for own in typed:
        text = text.replace(own, "·")
    found = [sentence for sentence, pattern in _sentences() if pattern.search(text)]
    return found + sorted(set(re.findall(r"[A-Za-zÀ-ÿ]+", text)) & _ONLY_ENGLISH)

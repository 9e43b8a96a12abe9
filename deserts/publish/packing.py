"""Sentences that differ in their numbers alone, packed: each wording once, and the numbers of each sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["pack_sentences", "unpack_sentences"]

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_HOLE = "{}"


def pack_sentences(groups: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Pack groups of sentences; `unpack_sentences` (and ``unpack`` of the page's script) gives them back, every letter.

    Returns
    -------
    dict
        ``wordings``, texts with ``{}`` where a number stood; ``lines``, for each group its sentences as
        ``[wording, number, number, …]``.
    """
    place: dict[str, int] = {}
    packed = []
    for group in groups:
        lines: list[list[Any]] = []
        for sentence in group:
            plain = _HOLE not in sentence
            wording = _NUMBER.sub(_HOLE, sentence) if plain else _HOLE
            numbers = _NUMBER.findall(sentence) if plain else [sentence]
            lines.append([place.setdefault(wording, len(place)), *numbers])
        packed.append(lines)
    return {"wordings": list(place), "lines": packed}


def unpack_sentences(packed: dict[str, Any]) -> list[list[str]]:
    """Return the sentences that were packed."""
    return [[_filled(packed["wordings"][line[0]], line[1:]) for line in group] for group in packed["lines"]]


def _filled(wording: str, numbers: Sequence[str]) -> str:
    parts = wording.split(_HOLE)
    return parts[0] + "".join(number + part for number, part in zip(numbers, parts[1:], strict=True))

"""Text of unknown origin made fit for a document: no control characters, no hidden change of direction."""

from __future__ import annotations

import unicodedata

__all__ = ["plain"]

_KEPT = {"\n", "\t"}
_ZERO_WIDTH_JOINERS = {"\u200c", "\u200d"}
"""Format characters that carry meaning in Persian, Hindi and emoji; every other format character is dropped."""


def plain(text: str, *, one_line: bool = False) -> str:
    """Return text without characters that no document may hold or that mislead a reader.

    Control characters, lone surrogates and invisible format characters (such as the right-to-left override, which
    can make a phone number read backwards) are dropped; letters of every script stay.

    Parameters
    ----------
    text
        Text of unknown origin.
    one_line
        Whether line breaks and tabs become spaces.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        char
        for char in unified
        if char in _KEPT or char in _ZERO_WIDTH_JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    return " ".join(kept.split()) if one_line else kept

"""Write an answer as JSON text that is equal to the byte wherever it was written."""

from __future__ import annotations

from typing import Any

__all__ = ["dumps"]

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def dumps(value: Any) -> str:
    """Return JSON with sorted keys and no spaces.

    Parameters
    ----------
    value
        None, truth values, whole numbers, text, lists, and dicts with text as keys.

    Raises
    ------
    TypeError
        For anything else. Above all for floats: two engines may write one differently, so a rule gives whole numbers.
    """
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([dumps(entry) for entry in value]) + "]"
    if isinstance(value, dict):
        return "{" + ",".join([_text(key) + ":" + dumps(value[key]) for key in sorted(value)]) + "}"
    raise TypeError("a rule answers with whole numbers, text, lists and dicts alone")


def _text(value: str) -> str:
    written = []
    for letter in value:
        if letter in _SHORT:
            written.append(_SHORT[letter])
        elif ord(letter) < 32:
            written.append(f"\\u{ord(letter):04x}")
        else:
            written.append(letter)
    return '"' + "".join(written) + '"'

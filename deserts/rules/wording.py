"""Findings of a rule and the sentences for them: templates come with the question, so that every door says the same."""

from __future__ import annotations

from typing import Any

__all__ = ["counted", "finding", "say"]


def finding(code: str, **values: Any) -> dict[str, Any]:
    """Return what a rule found: the code of its sentence, and the values that stand in it (text and whole numbers)."""
    return {"code": code, "values": values}


def say(words: dict[str, str], found: dict[str, Any]) -> str:
    """Return the sentence for a finding.

    Parameters
    ----------
    words
        Code to template, ``{name}`` standing for a value; from ``deserts/patients/words``.
    found
        From `finding`.
    """
    text = words[found["code"]]
    for name in sorted(found["values"]):
        text = text.replace("{" + name + "}", str(found["values"][name]))
    return text


def counted(number: int, one: str) -> str:
    """Return a whole number with its word: ``1 day``, ``2 days``."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"

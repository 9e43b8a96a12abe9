"""Findings of a rule and the sentences for them: templates come with the question, so that every door says the same."""

from __future__ import annotations

from typing import Any

from deserts.rules import days

__all__ = ["counted", "days_long", "finding", "named_day", "say"]


def finding(code: str, **values: Any) -> dict[str, Any]:
    """Return what a rule found: the code of its sentence, and the values that stand in it (text and whole numbers).

    A value may be a finding itself: what is said in words is said in the language of the sentence.
    """
    return {"code": code, "values": values}


def days_long(number: int) -> dict[str, Any]:
    """Return a number of days as a value of a sentence, said in its language: ``1 day``, ``2 days``."""
    return finding("count.day" if number == 1 else "count.days", number=number)


def named_day(number: int) -> dict[str, Any]:
    """Return a day as a value of a sentence, said in its language with its weekday."""
    return finding(f"weekday.{days.weekday(number)}", day=days.to_text(number))


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
        value = found["values"][name]
        text = text.replace("{" + name + "}", say(words, value) if isinstance(value, dict) else str(value))
    return text


def counted(number: int, one: str) -> str:
    """Return a whole number with its word: ``1 day``, ``2 days``."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"

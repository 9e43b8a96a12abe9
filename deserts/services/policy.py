"""What insurers decide and pay, as far as a source tells: entries of a profile, one a question and kind of payer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deserts.errors import InputError

__all__ = ["PAYERS", "TOPICS", "PolicyFact", "read_policy"]

TOPICS = ("authorisation", "payment", "home")
"""Whether a decision comes before the care, what is paid for it, and who pays for it at home."""
PAYERS = ("medicare", "medicare_advantage", "medicaid", "commercial", "va")
_FIELDS = ("topic", "payer", "says", "source")


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """One answer.

    Parameters
    ----------
    topic, payer
        One of `TOPICS` and of `PAYERS`.
    says
        The answer in plain words.
    source
        What it rests on, so that a reader finds it.
    """

    topic: str
    payer: str
    says: str
    source: str


def read_policy(entries: Any, *, where: str) -> tuple[PolicyFact, ...]:
    """Return the entries ``[[policy]]`` of a profile.

    Parameters
    ----------
    entries
        Tables with ``topic``, ``payer``, ``says`` and ``source``.
    where
        The profile, for messages.

    Raises
    ------
    InputError
        If one lacks a field, names no known topic or payer, or answers a second time.
    """
    if not isinstance(entries, Sequence) or not all(isinstance(entry, Mapping) for entry in entries):
        raise InputError("policy is no list of tables", where=where, expected="[[policy]] before each answer")
    problems, seen = [], set()
    for number, entry in enumerate(entries, start=1):
        problems += [
            f"entry {number} lacks {name}" for name in _FIELDS if not str(entry.get(name, "")).strip()
        ]  # fmt: skip
        topic, payer = str(entry.get("topic", "")), str(entry.get("payer", ""))
        if topic not in TOPICS or payer not in PAYERS:
            problems.append(f"entry {number} is about {topic or 'nothing'} of {payer or 'nobody'}")
        if (topic, payer) in seen:
            problems.append(f"entry {number} answers {topic} of {payer} a second time")
        seen.add((topic, payer))
    if problems:
        raise InputError(
            f"[[policy]]: {'; '.join(problems)}", where=where,
            expected=f"one answer each for a topic ({', '.join(TOPICS)}) and a payer ({', '.join(PAYERS)})",
            fix="name the source of every answer, and leave out what no source tells",
        )  # fmt: skip
    return tuple(PolicyFact(*(str(entry[name]) for name in _FIELDS)) for entry in entries)

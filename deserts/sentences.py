"""Sentences that say something was found, or was not: each stands in ``sentences.toml`` beside the sources it needs.

`say` gives the words, or those that stand in their place where nobody looked, so that no caller can print a number
that rests on a source nobody read.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from deserts.errors import UnknownNameError
from deserts.searches import Needs, Verdict

__all__ = ["SENTENCES", "Sentence", "say", "sentence"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence.

    Parameters
    ----------
    name
        Its name.
    text
        Its words, with places in braces.
    unknown
        What is said where a required source was not read; ``{missing}`` names it.
    needs
        Its sources.
    """

    name: str
    text: str
    unknown: str
    needs: Needs


@functools.cache
def _load() -> Mapping[str, Sentence]:
    content = resources.files("deserts").joinpath("sentences.toml").read_text(encoding="utf-8")
    return {
        name: Sentence(
            name,
            entry["text"],
            entry["unknown"],
            Needs(tuple(tuple(group.split("|")) for group in entry["required"]), tuple(entry["optional"])),
        )
        for name, entry in tomllib.loads(content).items()
    }


SENTENCES: Mapping[str, Sentence] = _load()
"""Every sentence by name."""


def sentence(name: str) -> Sentence:
    """Return a sentence by name.

    Raises
    ------
    UnknownNameError
        If there is no such sentence.
    """
    if name not in SENTENCES:
        raise UnknownNameError(f"there is no sentence {name!r}", expected="one of " + ", ".join(sorted(SENTENCES)))
    return SENTENCES[name]


def say(name: str, verdict: Verdict, **values: str) -> str:
    """Return the words of a sentence, or those that stand in its place where a required source was not read.

    Parameters
    ----------
    name
        The sentence.
    verdict
        How far it was searched (`Provenance.verdict`).
    values
        What fills its places.
    """
    chosen = sentence(name)
    if not verdict.may_be_said:
        return chosen.unknown.format(missing=verdict.words(), **values)
    return chosen.text.format(**values)

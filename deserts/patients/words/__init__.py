"""The sentences that patients, families and coordinators read: one TOML file a topic, each sentence with its source.

Each sentence cites passages of the project's reference and says who may act on it. ``reviews.toml`` tells who reviewed
which sentence; a sentence that nobody did is printed with `NOT_REVIEWED` beside it.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from deserts.documents.language import load_language
from deserts.errors import InputError
from deserts.patients.jsonable import Jsonable

__all__ = [
    "EMERGENCY_LINE", "ENGLISH", "NOT_REVIEWED", "OVERDOSE_SIGNS", "WITHDRAWAL_SIGNS", "Review", "Sentence",
    "TwoEmergencies", "draft_note", "phrases", "review_note", "sentences", "text_of", "texts", "two_emergencies",
    "words_in",
]  # fmt: skip

ENGLISH = "en"
NOT_REVIEWED = "Wording of warning signs and emergencies: not reviewed by a clinician."
_TOPICS = ("alarms", "dates", "emergency", "overdose", "plan", "withdrawal")
_WHO = ("family", "coordinator", "clinician")


@dataclass(frozen=True, slots=True)
class Review(Jsonable):
    """Who read a sentence, in which role, and when."""

    reviewer: str
    role: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Sentence(Jsonable):
    """One sentence: its text, the passages that it rests on, who may act on it, its hash, and its reviews."""

    code: str
    text: str
    cites: tuple[str, ...]
    who: str
    sha256: str
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class TwoEmergencies:
    """Too little and too much side by side: titles, signs, what to do, and when to think of too much."""

    withdrawal_title: str
    withdrawal_signs: tuple[str, ...]
    withdrawal_do: str
    overdose_title: str
    overdose_signs: tuple[str, ...]
    overdose_when: str
    overdose_do: str
    note: str


@functools.cache
def sentences() -> Mapping[str, Sentence]:
    """Return every sentence by its code.

    Raises
    ------
    InputError
        If a sentence cites nothing or names nobody who may act on it, or a review names no sentence.
    """
    reviewed: dict[tuple[str, str], list[Review]] = {}
    for entry in _toml("reviews")["reviews"]:
        review = Review(entry["reviewer"], entry["role"], entry["date"])
        reviewed.setdefault((entry["sentence"], entry["sha256"]), []).append(review)
    found: dict[str, Sentence] = {}
    for topic in _TOPICS:
        for code, entry in _leaves(_toml(topic)):
            if not entry.get("cites") or entry.get("who") not in _WHO:
                raise InputError(f"the sentence {code} cites nothing or names nobody", where=f"words/{topic}.toml")
            digest = hashlib.sha256(entry["text"].encode("utf-8")).hexdigest()
            by = tuple(reviewed.get((code, digest), ()))
            found[code] = Sentence(code, entry["text"], tuple(entry["cites"]), entry["who"], digest, by)
    if missing := sorted({code for code, _ in reviewed} - set(found)):
        raise InputError(f"reviews name no sentence: {', '.join(missing)}", where="words/reviews.toml")
    return dict(sorted(found.items()))


@functools.cache
def texts() -> Mapping[str, str]:
    """Return the text of every sentence by its code, as the rules take them."""
    return {code: sentence.text for code, sentence in sentences().items()}


@functools.cache
def phrases() -> Mapping[str, str]:
    """Return how answers say what they found, by code (``phone.children``): no signs, no doses, nothing to do."""
    return {f"{topic}.{name}": text for topic, own in _toml("phrases").items() for name, text in own.items()}


def words_in(language: str) -> dict[str, str]:
    """Return sentences and phrases by code in a language; English where it has no translation.

    Raises
    ------
    UnknownNameError
        If there is no catalogue of that language.
    """
    own = load_language(language)
    return {code: own.word(text) for code, text in {**texts(), **phrases()}.items()}


def draft_note(language: str) -> str:
    """Return what must stand beside words in a language that nobody reviewed; nothing where somebody did."""
    own = load_language(language)
    return "" if own.is_reviewed else own.word(phrases()["card.draft"])


def text_of(code: str) -> str:
    """Return the text of one sentence."""
    return sentences()[code].text


def review_note(codes: Iterable[str]) -> str:
    """Return what must stand beside these sentences: nothing when each of them was reviewed."""
    return "" if all(sentences()[code].reviews for code in codes) else NOT_REVIEWED


@functools.cache
def two_emergencies() -> TwoEmergencies:
    """Return the two emergencies side by side, for every plan, page and paper."""
    codes = [code for code in sentences() if code.split(".")[0] in ("withdrawal", "overdose", "first")]
    return TwoEmergencies(
        withdrawal_title=text_of("withdrawal.title"),
        withdrawal_signs=WITHDRAWAL_SIGNS,
        withdrawal_do=text_of("withdrawal.do"),
        overdose_title=text_of("overdose.title"),
        overdose_signs=OVERDOSE_SIGNS,
        overdose_when=text_of("overdose.when"),
        overdose_do=text_of("overdose.do"),
        note=review_note(codes),
    )


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Yield code and entry of every sentence of a topic."""
    for key, entry in table.items():
        if "text" in entry:
            yield f"{prefix}{key}", entry
        else:
            yield from _leaves(entry, f"{prefix}{key}.")


def _signs(kind: str) -> tuple[str, ...]:
    return tuple(text for code, text in texts().items() if code.startswith(f"{kind}.sign."))


EMERGENCY_LINE = text_of("first.emergency")
WITHDRAWAL_SIGNS = _signs("withdrawal")
"""Early signs, severe signs and the critical alarm; any one counts."""
OVERDOSE_SIGNS = _signs("overdose")

"""Each sentence for patients rests on a passage of the reference, says who may act on it, and has its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from pathlib import Path

import pytest

from deserts.errors import InputError
from deserts.patients import words
from deserts.patients.words import NOT_REVIEWED, review_note, sentences, text_of, texts, two_emergencies
from tests.conftest import ROOT

REFERENCE = Path(os.environ.get("DESERTS_SHARED", ROOT.parent / "shared")) / "reference"
SOURCES = [path for folder in ("patients", "publish", "web") for path in (ROOT / "deserts" / folder).rglob("*")]


def anchors(name: str) -> set[str]:
    """First cells of tables, bold phrases, headings and the beginnings of paragraphs of a reference."""
    text = (REFERENCE / name).read_text(encoding="utf-8")
    cells = re.findall(r"^\| *([^|]+?) *\|", text, re.M)
    bold = re.findall(r"\*\*([^*]+)\*\*", text)
    starts = re.findall(r"^([^|#*`\n][^:\n]{3,60}):", text, re.M)
    return {*cells, *bold, *starts}


def test_every_sentence_cites_a_passage_that_is_there():
    if not REFERENCE.is_dir():
        pytest.skip(f"the reference is not at {REFERENCE}; set DESERTS_SHARED to its parent folder")
    for sentence in sentences().values():
        for cite in sentence.cites:
            name, _, passage = cite.partition(": ")
            assert passage in anchors(name), f"{sentence.code}: {cite}"


def test_every_sentence_says_who_may_act_and_is_hashed():
    for sentence in sentences().values():
        assert sentence.who in ("family", "coordinator", "clinician")
        assert sentence.sha256 == hashlib.sha256(sentence.text.encode()).hexdigest()
        assert sentence.text == sentence.text.strip()


def test_every_code_that_is_asked_for_has_its_sentence_and_every_sentence_is_asked_for():
    asked = set()
    for path in [*SOURCES, *(ROOT / "deserts" / "rules").glob("*.py")]:
        if path.suffix in (".py", ".js", ".html"):
            text = path.read_text(encoding="utf-8")
            asked |= set(re.findall(r'"([a-z_]+\.[a-z0-9_.]+)"', text)) | set(re.findall(r'finding\("([a-z_]+)"', text))
            asked |= set(re.findall(r'_entry\("([a-z_]+)"', text))
    rest = {"_expedited", "_default", "basis_"}
    for code in texts():
        topic, _, name = code.partition(".")
        base = name.removesuffix("_expedited").removesuffix("_default")
        known = {code, name, base, f"{topic}.{base}"} & asked
        assert known or topic in ("withdrawal", "overdose") or name.startswith("basis_") or base in (
            "authorisation", "drug"), f"nobody asks for {code} {rest}"  # fmt: skip


def test_no_sentence_names_a_treatment_or_an_order_to_wait():
    for text in texts().values():
        for word in ("antidote", "physostigmine", "flumazenil", "naloxone", "benzodiazepine", "mg of", "rules out"):
            assert word not in text.lower()


def test_unreviewed_wording_says_so_and_a_review_must_name_the_sentence_as_it_stands(monkeypatch):
    assert two_emergencies().note == NOT_REVIEWED
    good = {"sentence": "first.red", "sha256": sentences()["first.red"].sha256, "reviewer": "R", "role": "physician",
            "date": dt.date(2027, 1, 31)}  # fmt: skip
    original = words._toml

    def with_reviews(*reviews):
        monkeypatch.setattr(
            words, "_toml", lambda name: {"reviews": list(reviews)} if name == "reviews" else original(name)
        )
        sentences.cache_clear()

    try:
        with_reviews(good)
        assert sentences()["first.red"].reviews[0].reviewer == "R"
        assert review_note(["first.red"]) == ""
        assert review_note(["first.red", "first.unknown"]) == NOT_REVIEWED
        with_reviews({**good, "sha256": "0" * 64})
        assert review_note(["first.red"]) == NOT_REVIEWED, "a changed sentence counts as not reviewed"
        with_reviews({**good, "sentence": "first.nothing"})
        with pytest.raises(InputError, match=r"first\.nothing"):
            sentences()
    finally:
        monkeypatch.undo()
        sentences.cache_clear()
    assert text_of("first.red")


def test_a_sentence_without_source_or_reader_is_refused(monkeypatch):
    original = words._toml
    try:
        for missing in ("cites", "who"):
            entry = {"text": "x", "cites": ["a"], "who": "family"} | {missing: []}
            monkeypatch.setattr(
                words, "_toml", lambda name, e=entry: {"first": {"x": e}} if name == "alarms" else original(name)
            )
            sentences.cache_clear()
            with pytest.raises(InputError, match=r"first\.x cites nothing or names nobody"):
                sentences()
    finally:
        monkeypatch.undo()
        sentences.cache_clear()

"""The page on what insurers decide and pay: each answer has a source, what none tells is unknown, in both languages."""

from __future__ import annotations

import dataclasses

import html5lib
import pandas as pd
import pytest

from deserts.documents.language import ENGLISH, load_language
from deserts.errors import InputError
from deserts.publish.notes import about
from deserts.publish.policy import policy_finding, policy_topics, write_policy_page
from deserts.services import load_service
from deserts.services.policy import PAYERS, read_policy
from tests.publish.conftest import TODAY
from tests.publish.test_public_words import faults, visible_text

FACT = {"topic": "home", "payer": "va", "says": "It does.", "source": "a letter"}
ALLOWED = pd.DataFrame(
    {"year": [2022, 2022, 2024], "allowed_usd": [100.0, 150.0, 160.0], "allowed_constant_usd": [110.0, 165.0, 160.0]}
)


def test_what_is_paid_comes_from_the_claims_and_the_rest_is_unknown(itb):
    topics = policy_topics(itb, ALLOWED, ENGLISH)
    answers = {
        (topic.question.english, payer.english): (says, source)
        for topic in topics
        for payer, says, source in topic.answers
    }
    says, source = answers["What is paid for a refill?", "Original Medicare"]
    assert says.english == "Allowed: $110 to $165 in 2022, $160 in 2024 (dollars of 2024)."
    assert source.english.startswith("Medicare's public claims")
    assert answers["What is paid for a refill?", "Medicaid"] == (None, None)
    assert all((one is None) == (other is None) for one, other in answers.values())
    known = sum(one is not None for one, _ in answers.values())
    assert len(answers) == 3 * len(PAYERS)
    assert policy_finding(topics, ENGLISH).english == (
        f"Of 15 answers on what insurers decide and pay, a source tells something of {known}; {15 - known} are unknown."
    )
    without = policy_topics(itb, None, ENGLISH)
    assert sum(one is not None for topic in without for _, one, _ in topic.answers) == known - 1


def test_a_service_without_refills_raises_no_question_of_care_at_home():
    topics = policy_topics(load_service("mohs"), None, ENGLISH)
    assert [topic.question.english for topic in topics] == [
        "Must an insurer agree first, and how long may it take?", "What is paid for a stage of the surgery?",
    ]  # fmt: skip
    assert "0; 10 are unknown" in policy_finding(topics, ENGLISH).english


@pytest.mark.parametrize("service", ["itb", "mohs"])
def test_every_sentence_is_translated(service):
    spanish = load_language("es")
    topics = policy_topics(load_service(service), ALLOWED, spanish)
    said = [policy_finding(topics, spanish), *(topic.question for topic in topics)]
    said += [one for topic in topics for answer in topic.answers for one in answer if one is not None]
    same = {one.english for one in said if one.text == one.english}
    assert same <= {"Medicare Advantage", "Medicaid", "29 CFR 2560.503-1"}, "names"


def test_the_page_is_valid_and_says_unknown(small_store, itb, tmp_path):
    notes = about(small_store.provenance(), service=itb, grade=small_store.grade, today=TODAY, command="deserts x")
    path = write_policy_page(
        tmp_path / "policy.es.html", service=itb, allowed=None, language=load_language("es"), notes=notes,
        index="index.es.html",
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert "borrador, sin revisar" in text
    assert text.count('<td class="unknown">se desconoce: ninguna fuente') == 11
    assert faults(visible_text(text)) == []


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([{**FACT, "source": " "}], "entry 1 lacks source"),
        ([FACT, FACT], "entry 2 answers home of va a second time"),
        ([{**FACT, "payer": "nobody"}], "entry 1 is about home of nobody"),
        ({"topic": "home"}, "no list of tables"),
        (["home"], "no list of tables"),
    ],
)
def test_answers_that_cannot_be_used_are_refused(entries, expected):
    with pytest.raises(InputError, match=expected):
        read_policy(entries, where="mine.toml")


def test_a_profile_of_ones_own_may_answer(itb, tmp_path):
    own = tmp_path / "own.toml"
    from importlib import resources

    text = resources.files("deserts.services").joinpath("mohs.toml").read_text(encoding="utf-8")
    fact = '\n[[policy]]\ntopic = "payment"\npayer = "va"\nsays = "As agreed."\nsource = "the contract"\n'
    own.write_text(text + fact, encoding="utf-8")
    (found,) = load_service(own).policy
    assert dataclasses.astuple(found) == ("payment", "va", "As agreed.", "the contract")

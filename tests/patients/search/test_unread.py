"""Where a needed source was not read, no answer about a patient says that nobody was found."""

from __future__ import annotations

import dataclasses

import pytest

from deserts.config import Region
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_text import render
from deserts.patients.search.backups import find_backups
from deserts.patients.search.emergency import find_emergency
from deserts.patients.search.unread import list_phrases
from deserts.patients.words import phrases
from deserts.provenance import UNTOLD
from deserts.services import load_service
from tests.patients.search.test_emergency import HOSPITALS
from tests.patients.world import HERE, TODAY, person, world
from tests.searched import everything_read

pytestmark = pytest.mark.usefixtures("flat_roads")
NEAR = Region.parse("ME").supply_states
FINDINGS = ("none found\n", "Nobody was found in the data", "No clinician with evidence was found")
ASKED = person(4, grade="specialty_only", km_east=5, last_year=0)


def _data(*people, without=(), **changes):
    data = world(*people)
    facts = {**everything_read(NEAR, without=without), **changes}
    return dataclasses.replace(data, provenance=dataclasses.replace(data.provenance, **facts))


def _ask(*people, **changes):
    return find_backups(BackupQuery(origin=HERE, today=TODAY), _data(*people, **changes))


def test_what_was_searched_may_say_that_it_found_nobody():
    answer = _ask(ASKED)
    assert answer.to_dict()["search"] == "searched_found"
    assert answer.notes[0] == phrases()["note.no_evidence"]
    assert render(answer).count("none found\n") == 2


@pytest.mark.parametrize("people", [(ASKED,), (person(6, grade="contradicted", km_east=1),)])
def test_without_claims_no_line_reads_as_a_finding(people):
    answer = _ask(*people, without=("claims",))
    assert answer.to_dict()["search"] == "not_searched"
    assert answer.notes[0].startswith("Not everybody was looked for: Medicare claims: not read.")
    text = render(answer)
    assert not [words for words in FINDINGS if words in text]
    empty = [tier for tier in answer.tiers if not tier.candidates]
    assert empty
    assert {tier.none for tier in empty} == {"none found in what was read; not all was searched"}
    assert [tier["none"] for tier in answer.to_dict()["tiers"]] == [tier.none for tier in answer.tiers]


def test_a_missing_optional_source_makes_it_partly_searched_and_is_named():
    answer = _ask(ASKED, without=("nppes_deactivated",))
    assert answer.search == "partly_searched"
    assert answer.notes[0] == phrases()["note.no_evidence"]


def test_hospitals_that_nobody_read_are_not_said_to_be_absent():
    none = HOSPITALS.iloc[:0]
    read = find_emergency(HERE, _data(person(9)), none, today=TODAY)
    assert (read.search, read.notes[0]) == ("searched_none", phrases()["hospital.none"])
    unread = find_emergency(HERE, _data(person(9), without=("hospitals",)), none, today=TODAY)
    assert unread.search == "not_searched"
    assert unread.notes[0] == "Hospitals were not looked for: the list of hospitals: not read. Call 911."


def test_pages_are_given_the_same_words():
    service = load_service("itb")
    words = list_phrases(_data(ASKED, without=("claims",)).provenance, service=service)
    changed = {code for code, text in phrases().items() if words[code] != text}
    assert changed == {"note.no_evidence", "note.nobody", "tier.none_found"}
    assert list_phrases(_data(ASKED).provenance, service=service) == phrases()


def test_of_an_earlier_run_nothing_is_called_unread():
    words = list_phrases(_data(ASKED, sources=(), missing=(UNTOLD,)).provenance, service=load_service("itb"))
    assert words == phrases()

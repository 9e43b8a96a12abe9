"""Absent input is no answer: whatever source is taken away, nothing reads as searched that was not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deserts
from deserts.config import Region
from deserts.errors import UnknownNameError
from deserts.searches import SourceRead, Verdict, evidence_sources, judge
from deserts.sentences import SENTENCES, say, sentence
from deserts.services import load_service, service_names
from deserts.tables import Search
from tests.searched import SOURCES, everything_read

NEAR = Region.parse("VT").supply_states
ALL = (*SOURCES, "calls")


def reads(without: set[str], part: dict[str, tuple[str, ...]], years: tuple[int, ...] = ()) -> tuple[SourceRead, ...]:
    found = []
    for name in ALL:
        if name not in without:
            states = tuple(state for state in NEAR if state not in part.get(name, ()))
            gone = years if name == "claims" else ()
            found.append(SourceRead(name, states, part.get(name, ()), missing_years=gone, rows_used=1))
    return tuple(found)


def verdict(name: str, of: tuple[SourceRead, ...], service: str, grade: str) -> Verdict:
    return judge(sentence(name).needs, of, service=load_service(service), grade=grade, own=("VT",), near=NEAR)


runs = st.sampled_from([(name, g.name) for name in service_names() for g in load_service(name).grades[:-1]])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(SENTENCES)), runs, st.sets(st.sampled_from(ALL)),
    st.dictionaries(st.sampled_from(ALL), st.lists(st.sampled_from(NEAR), unique=True).map(tuple)),
    st.lists(st.integers(2020, 2024), unique=True).map(tuple), st.booleans(),
)  # fmt: skip
def test_taking_a_source_away_makes_unknowns_never_answers(name, run, without, part, years, found):
    of = reads(without, part, years)
    said = verdict(name, of, *run)
    outcome = said.outcome(found=found)
    covered = {read.source: set(read.states) for read in of}
    service = load_service(run[0])
    names = {"evidence": evidence_sources(service, run[1]), "listing": ("directory", "nppes")}
    groups = [
        {source for entry in group for source in names.get(entry, (entry,))} for group in sentence(name).needs.required
    ]
    searched = [set().union(*(covered.get(source, set()) for source in group)) for group in groups]
    if any("VT" not in states for states in searched):
        assert outcome is Search.NOT
        assert not said.may_be_said
        assert "{" not in say(name, said, **dict.fromkeys(["grade", "region", "whom"], "x"))
        return
    whole = all(states >= set(NEAR) for states in searched)
    rest = set(sentence(name).needs.optional) - set().union(*groups)
    whole &= all(covered.get(source, set()) >= set(NEAR) for source in rest)
    whole &= not (years and any("claims" in group for group in groups))
    assert (outcome is Search.PARTLY) == (not whole)
    assert bool(said.missing) == (not whole)
    if whole:
        assert outcome is (Search.FOUND if found else Search.NONE)
    for source in rest & without:
        assert SENTENCE_WORDS[source] in said.words()  # every sentence names what is missing


SENTENCE_WORDS = {
    "directory": "directory of clinicians", "nppes": "provider registry", "nppes_locations": "further addresses",
    "nppes_deactivated": "deactivated identifiers", "affiliations": "hospital affiliations", "adequacy": "adequacy",
    "hospitals": "list of hospitals",
}  # fmt: skip


def test_a_region_of_two_states_gets_no_sentence_where_one_was_not_read():
    of = reads(set(), {"claims": ("VT",)})
    needs = sentence("share_beyond").needs
    itb = load_service("itb")
    both = judge(needs, of, service=itb, grade="manages_pumps", own=("NH", "VT"), near=NEAR)
    assert (both.is_needed_missing, both.may_be_said, both.not_searched) == (False, False, ("VT",))
    assert say("share_beyond", both, whom="x").endswith("is not known here: Medicare claims: not read for VT.")
    assert judge(needs, of, service=itb, grade="manages_pumps", own=("NH",), near=NEAR).may_be_said


def test_what_is_missing_is_named_together_and_with_its_reason():
    of = (
        SourceRead("claims", (), NEAR, why="claims_2021.csv holds no rows"),
        *(read for read in reads({"nppes", "nppes_locations"}, {}) if read.source != "claims"),
    )
    said = verdict("share_beyond", of, "itb", "manages_pumps")
    assert said.words() == "Medicare claims: not read (claims_2021.csv holds no rows)"
    assert said.missing[1] == "the provider registry, the registry's further addresses: not read"


def test_the_evidence_of_a_grade_is_told_by_the_profile():
    itb = load_service("itb")
    assert evidence_sources(itb, "manages_pumps") == ("claims",)
    assert evidence_sources(itb, "specialty_only") == ("directory", "nppes")
    assert evidence_sources(itb, "verified") == ("calls",)


def test_a_world_of_a_test_is_whole_and_an_unknown_sentence_is_refused():
    facts = everything_read(NEAR)
    assert verdict("share_beyond", facts["sources"], "mohs", "bills_service").is_whole
    with pytest.raises(UnknownNameError, match="no sentence 'nothing'"):
        sentence("nothing")


def test_every_sentence_of_the_table_is_said_somewhere():
    """A sentence that no output says would promise in the codebook what no code does."""
    said: set[str] = set()
    for path in Path(deserts.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in ("say", "sentence", "verdict", "unread_words", "search_of") and isinstance(node, ast.Call):
                parts = [*node.args, *(word.value for word in node.keywords)]
                said |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    loops = {"hospital_closure", "children"}  # `access.outputs` says both in one loop; their own test is test_plans
    assert set(SENTENCES) - said == loops

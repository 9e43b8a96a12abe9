"""Decisions of reviewers: found by words, cited by number, and never told as a story."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deserts.errors import InputError
from deserts.example.lead_files import appeals_ca, appeals_ny
from deserts.patients.papers.precedents import cited, copies, find_precedents, read_copies

QUERIES = ("baclofen", "pump refill")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "appeals_ny.csv").write_bytes(appeals_ny())
    (tmp_path / "appeals_ca.csv").write_bytes(appeals_ca())
    return tmp_path


def test_all_words_of_one_query_must_stand_there_newest_first(own: Path) -> None:
    decisions = read_copies(copies(own))
    found = find_precedents(decisions, QUERIES)
    assert [one.case_id for one in found] == ["MN24-90001", "202401-900001", "202302-900002"]
    assert [one.case_id for one in find_precedents(decisions, ["baclofen trial"])] == ["202302-900002"]
    assert find_precedents(decisions, ["baclofen cream"]) == ()
    assert [one.case_id for one in find_precedents(decisions, ["PUMP"], state="NY", decided=("upheld",))] == [
        "202302-900002"
    ]


def test_a_part_of_a_word_is_no_hit_but_its_beginning_is(own: Path) -> None:
    decisions = read_copies(copies(own))
    assert find_precedents(decisions, ["aclofen"]) == ()
    assert len(find_precedents(decisions, ["baclof"])) == 3


def test_a_citation_names_the_case_and_tells_nothing_of_the_patient(own: Path) -> None:
    (first,) = find_precedents(read_copies(copies(own)), ["stopping dangerous"])
    text = first.citation()
    assert "202401-900001 (2024, Invented Health Plan)" in text
    assert "overturned the plan's refusal" in text
    assert "www.dfs.ny.gov" in text
    assert "dangerous" not in text
    assert len(first.around.split()) <= 31


def test_a_packet_cites_refusals_that_were_overturned_own_state_first(own: Path) -> None:
    lines = cited(own, QUERIES, state="NY")
    assert len(lines) == 2
    assert "202401-900001" in lines[0]
    assert "MN24-90001" in lines[1]
    assert cited(own, QUERIES, state="CA")[0] == lines[1]
    assert cited(own, QUERIES, state="NY", most=1) == lines[:1]
    assert cited(own, (), state="NY") == ()


def test_a_damaged_copy_costs_no_packet_and_says_so(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copy(own / "appeals_ny.csv", own / "appeals_ca.csv")
    assert cited(own, QUERIES, state="NY") == ()
    assert "no decisions of reviewers are cited" in caplog.text
    assert cited(own / "nowhere", QUERIES, state="NY") == ()


def test_a_changed_copy_is_read_again(own: Path) -> None:
    path = own / "appeals_ny.csv"
    assert len(read_copies({"NY": path})) == 3
    path.write_bytes(b"\n".join(appeals_ny().split(b"\n")[:2]) + b"\n")
    assert len(read_copies({"NY": path})) == 1


def test_no_word_to_look_for_is_refused(own: Path) -> None:
    with pytest.raises(InputError, match="no word to look for"):
        find_precedents(read_copies(copies(own)), [" ", "!"])

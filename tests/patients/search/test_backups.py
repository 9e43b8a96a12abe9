"""The order of backups, worked out by hand in a flat world."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pandas as pd
import pytest

from deserts.errors import InputError, StaleDataError, UnknownNameError
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Tier
from deserts.patients.search.backup_text import render
from deserts.patients.search.backups import find_backups
from deserts.patients.search.team import TeamFacts
from tests.patients.world import HERE, TODAY, call, person, told, world

pytestmark = pytest.mark.usefixtures("flat_roads")


def ask(data, facts=None, **changes) -> BackupAnswer:
    return find_backups(BackupQuery(origin=HERE, today=TODAY, **changes), data, facts)


def order(answer: BackupAnswer) -> dict[str, list[int]]:
    return {tier.tier.value: [int(c.npi) for c in tier.candidates] for tier in answer.tiers}


PEOPLE = (
    person(1, grade="bills_baclofen", drug="baclofen_proven", km_east=90),
    person(2, grade="refills_pumps", km_east=20),
    person(3, grade="manages_pumps", drug="pain_likely", km_east=10),
    person(4, grade="specialty_only", km_east=5, last_year=0),
    person(5, grade="implants", drug="baclofen_proven", km_east=7),
    person(6, grade="contradicted", km_east=1),
    person(7, grade="verified", km_east=200),
)


def test_tiers_hold_what_is_known_and_never_hide_a_lower_one():
    answer = ask(world(*PEOPLE))
    assert order(answer) == {"proven": [1, 7], "drug_unknown": [3, 2], "must_be_asked": [4, 5]}
    assert [c.number for c in answer.candidates] == [1, 2, 3, 4, 5, 6]
    assert [tier.in_data for tier in answer.tiers] == [2, 2, 2]
    assert "1 clinician left out, said or shown not to do this" in answer.set_aside[0]


def test_minutes_miles_and_uncertainty_of_a_site_known_by_zip_only():
    answer = ask(world(person(1, km_east=30, precision="zip"), person(2, km_east=40)))
    first, second = answer.candidates
    assert first.drive_min == pytest.approx(30, abs=0.05)
    assert first.dist_mi == pytest.approx(30 * 0.621371, abs=0.05)
    assert (first.plus_minus_min, second.plus_minus_min) == (20, 0)


def test_a_shorter_list_is_the_beginning_of_a_longer_one():
    proven = {"grade": "bills_baclofen", "drug": "baclofen_proven"}
    people = [person(n, km_east=5.0 * n, practice=f"P{n % 4}", **(proven if n % 2 else {})) for n in range(1, 13)]
    data = world(*people)
    long = order(ask(data, k=12))
    for k in range(1, 12):
        short = order(ask(data, k=k))
        assert all(short[tier] == long[tier][:k] for tier in long)


def test_independent_of_better_ones_first():
    data = world(
        person(1, km_east=10, practice="A"),
        person(2, km_east=11, practice="A"),
        person(3, km_east=12, building="b0000001"),
        person(4, km_east=50),
        person(5, km_east=60, hospital=("200001",)),
        person(6, km_east=55, hospital=("200001", "200002")),
    )
    answer = ask(data, k=6)
    assert order(answer)["drug_unknown"] == [1, 4, 6, 2, 3, 5]
    shares = {int(c.npi): c.shares for c in answer.candidates}
    assert shares[1] == shares[4] == shares[6] == ()
    assert shares[2] == ("practice with number 1",)
    assert shares[3] == ("building with number 1",)
    assert shares[5] == ("hospital with number 3",)


def test_the_lost_one_and_its_practice_never_appear_unless_asked_for():
    data = world(
        person(1, km_east=10, practice="A"),
        person(2, km_east=11, practice="A"),
        person(3, km_east=12, building="b0000001", practice="B"),
        person(4, km_east=50, practice="C"),
    )
    answer = ask(data, exclude=("0000000001",))
    assert order(answer)["drug_unknown"] == [4, 3]
    assert "the one lost" in answer.candidates[1].shares[0]
    assert answer.set_aside[0].startswith("1 colleague in the practice of the one lost")
    kept = ask(data, exclude=("0000000001",), keep_practice=True)
    assert order(kept)["drug_unknown"] == [4, 2, 3]
    assert order(ask(data, exclude=("A",)))["drug_unknown"] == [4, 3]
    assert order(ask(data, exclude=("A", "C")))["drug_unknown"] == [3]


def test_an_unknown_name_to_exclude_is_an_error():
    with pytest.raises(UnknownNameError, match="neither a clinician nor a practice"):
        ask(world(*PEOPLE), exclude=("9999999999",))


def test_one_person_at_three_sites_is_one_option():
    data = world(
        person(1, km_east=30, building="b0000011"),
        person(1, km_east=10, building="b0000012"),
        person(1, km_east=20, building="b0000013"),
        person(2, km_east=25),
    )
    answer = ask(data)
    assert order(answer)["drug_unknown"] == [1, 2]
    assert answer.candidates[0].drive_min == pytest.approx(10, abs=0.05)


def test_what_remains_when_each_falls_too():
    data = world(
        person(1, km_east=10, practice="A"),
        person(2, km_east=20, practice="B"),
        person(3, km_east=30, practice="A"),
        person(4, km_east=40, practice="D"),
    )
    remains = [(c.npi[-1], c.if_this_falls_too.npi[-1:], c.if_this_falls_too.count) for c in ask(data).candidates]
    assert remains == [("1", "2", 2), ("2", "4", 1), ("4", "", 0), ("3", "", 0)]
    last_shown = ask(data, k=2).candidates[-1]
    assert last_shown.if_this_falls_too.npi == "0000000004"


def test_beyond_the_limit_the_honest_nearest_is_shown():
    data = world(person(1, km_east=600), person(2, km_east=700), person(3, grade="specialty_only", km_east=30))
    answer = ask(data)
    assert order(answer) == {"proven": [], "drug_unknown": [1], "must_be_asked": [3]}
    far = answer.tiers[1].candidates[0]
    assert far.status == "beyond_limit"
    assert far.drive_min == pytest.approx(600, rel=0.01)
    assert answer.notes[0].startswith("No clinician with evidence was found within the limit")
    short = ask(data, max_min=20)
    assert [c.status for c in short.candidates] == ["beyond_limit", "beyond_limit"]
    assert any("Nobody was found within 20 minutes" in note for note in short.notes)


def test_without_any_road_the_nearest_by_straight_line_is_shown():
    answer = ask(world(person(1, km_east=1500), person(2, km_east=2000)))
    (only,) = answer.candidates
    assert (only.npi, only.status, only.drive_min) == ("0000000001", "unreachable", None)
    assert only.straight_km == pytest.approx(1500, rel=0.01)
    assert "no road found" in render(answer)


def test_children_first_children_adults_last_and_asked():
    data = world(
        person(1, km_east=10, age_band="adult", grade="bills_baclofen", drug="baclofen_proven"),
        person(2, km_east=20),
        person(3, km_east=30, age_band="both"),
        person(4, km_east=40, age_band="paediatric"),
    )
    answer = ask(data, pediatric=True)
    assert order(answer) == {"proven": [1], "drug_unknown": [3, 4, 2], "must_be_asked": []}
    assert [tier.in_data for tier in answer.tiers] == [1, 3, 0], "age orders within a tier, it does not empty one"
    assert {c.npi[-1]: c.age for c in answer.candidates} == {"3": "yes", "4": "yes", "2": "ask", "1": "no"}
    assert all("Do you take children?" in c.ask for c in answer.candidates if c.age != "yes")
    adult = ask(data)
    assert order(adult)["drug_unknown"] == [2, 3, 4]
    assert "Do you take adults?" in adult.candidates[-1].ask


def test_out_of_network_is_shown_last_not_dropped():
    data = world(person(1, km_east=10), person(2, km_east=20), person(3, km_east=30, practice="N"))
    networks = pd.DataFrame(
        [("Acme", "0000000002", "", "in"), ("Acme", "", "N", "in")], columns=["payer", "npi", "practice_id", "network"]
    )
    facts = TeamFacts(networks=networks)
    answer = ask(data, facts, payer="ACME")
    assert [(c.npi[-1], c.payer) for c in answer.candidates] == [("2", "yes"), ("3", "yes"), ("1", "no")]
    assert [c.payer for c in ask(data, facts, payer="Other").candidates] == ["ask"] * 3


def test_a_payer_table_of_refusals_alone_leaves_the_others_to_be_asked():
    data = world(person(1, km_east=10), person(2, km_east=20))
    networks = pd.DataFrame([("Acme", "0000000001", "", "out")], columns=["payer", "npi", "practice_id", "network"])
    answer = ask(data, TeamFacts(networks=networks), payer="Acme")
    assert [(c.npi[-1], c.payer) for c in answer.candidates] == [("2", "ask"), ("1", "no")]


def test_story_the_only_one_within_200_miles_is_out_of_network():
    data = world(person(1, km_east=100), person(2, km_east=400))
    networks = pd.DataFrame([("Acme", "0000000002", "", "in")], columns=["payer", "npi", "practice_id", "network"])
    answer = ask(data, TeamFacts(networks=networks), payer="Acme", max_min=322)
    (only,) = answer.candidates
    assert (only.npi[-1], only.payer) == ("1", "no")
    assert "Do you take Acme?" in only.ask
    assert "payer: no by what is known: ask" in render(answer)


def test_calls_change_tier_and_place():
    data = world(person(1, km_east=10), person(2, km_east=20), person(3, km_east=30), person(4, km_east=40))
    facts = told(
        call(1, "retired"),
        call(2, "full", review_on=dt.date(2027, 1, 5)),
        call(3, days_ago=200, wait_days=30),
    )
    answer = ask(data, facts)
    assert order(answer) == {"proven": [3], "drug_unknown": [4], "must_be_asked": []}
    third, _ = answer.candidates
    assert third.verification.startswith("was verified on 2026-05-04")
    assert (third.wait_days, third.accepting) == (30, True)
    (second,) = answer.tiers[0].said_no
    assert "ask again after 2027-01-05" in second.verification
    assert (second.accepting, second.number) == (False, None)
    assert second.said_no.startswith("said no on 2026-11-10 (phone)")


def test_pump_maker_known_by_call_unknown_is_ask():
    data = world(person(1, km_east=10), person(2, km_east=20), person(3, km_east=30))
    facts = told(call(2, pump_makers=("medtronic",)), call(3, pump_makers=("flowonix",)))
    answer = ask(data, facts, pump="Medtronic")
    assert {c.npi[-1]: c.pump for c in answer.candidates} == {"2": "yes", "3": "no", "1": "ask"}
    assert "Do you refill and service Medtronic pumps?" in answer.candidates[-1].ask


def test_old_evidence_must_be_asked():
    data = world(person(1, km_east=10, grade="bills_baclofen", drug="baclofen_proven", last_year=2019), person(2))
    answer = ask(data)
    assert order(answer) == {"proven": [], "drug_unknown": [2], "must_be_asked": [1]}
    assert "Are you still practising, and at this address?" in answer.candidates[-1].ask


def test_strict_refuses_old_data_and_old_verifications():
    fresh = world(person(1))
    ask(fresh).refuse_if_old(TODAY)
    with pytest.raises(StaleDataError, match="OLD DATA"):
        ask(world(person(1), refreshed_on="2026-01-01")).refuse_if_old(TODAY)
    facts = told(call(1, days_ago=91))
    with pytest.raises(StaleDataError, match="verified over 90 days ago"):
        ask(fresh, facts).refuse_if_old(TODAY)


@pytest.mark.parametrize("bad", [{"k": 0}, {"max_min": 0.0}, {"max_min": -5.0}, {"max_min": float("nan")}])
def test_bad_numbers(bad):
    with pytest.raises(InputError):
        ask(world(person(1)), **bad)


def test_nobody_at_all_says_so_and_proves_nothing():
    answer = ask(world(person(1, grade="contradicted")))
    assert answer.candidates == ()
    assert "That is no proof that nobody does it." in " ".join(answer.notes)


def test_json_has_no_nan_and_all_fields():
    answer = ask(world(person(1, km_east=1500)))
    plain = json.loads(answer.to_json())
    candidate = plain["tiers"][1]["candidates"][0]
    assert candidate["drive_min"] is None
    assert set(candidate) == {field.name for field in dataclasses.fields(answer.candidates[0])}
    assert plain["provenance"]
    assert plain["tiers"][0]["tier"] == Tier.PROVEN.value


def test_report_heads_old_data_and_names_every_tier():
    text = render(ask(world(*PEOPLE, refreshed_on="2025-01-01")))
    assert text.startswith("OLD DATA")
    for heading in ("BACLOFEN PROVEN", "PUMPS, DRUG UNKNOWN", "COULD, MUST BE ASKED"):
        assert heading in text
    assert "baclofen pumps?" in text

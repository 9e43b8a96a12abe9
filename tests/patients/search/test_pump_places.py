"""Hospitals to ask for their pump clinic: beside the clinicians, through every door, and counted nowhere."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from deserts.patients.search.answer import BackupAnswer, BackupQuery
from deserts.patients.search.backup_text import render
from deserts.patients.search.backups import find_backups
from deserts.patients.search.drug_stock import find_stock, parse_within
from deserts.patients.search.emergency import find_emergency
from tests.patients.search.test_emergency import HOSPITALS
from tests.patients.world import HERE, TODAY, person, pump_place, pump_places, world

pytestmark = pytest.mark.usefixtures("flat_roads")

PEOPLE = (person(1, km_east=10, hospital=("200007",)), person(2, km_east=300))
PLACES = (
    pump_place("200006", 20), pump_place("200007", 30, drug="baclofen_proven"),
    pump_place("200008", 60, payers="Delta", payers_without="Alpha"), pump_place("200011", 700),
)  # fmt: skip


def ask(*people: dict[str, object], places: tuple[dict[str, object], ...] = PLACES, **query: object) -> BackupAnswer:
    data = world(*(people or PEOPLE), places=pump_places(*places) if places else None)
    return find_backups(BackupQuery(HERE, TODAY, **query), data)


def test_nearest_first_with_what_the_file_shows() -> None:
    answer = ask(k=2)
    assert [place.ccn for place in answer.places] == ["200006", "200007"]
    assert answer.places_in_data == 4
    first = answer.places[0]
    assert (first.number, first.status, first.plus_minus_min) == (1, "ok", 20)
    assert first.drive_min == pytest.approx(20, abs=0.01)
    assert (
        first.payments == "20 to 29 payments in 12 to 15 months (Alpha Medicare; Beta), by its own file of 2026-05-01"
    )
    assert first.ask[0].startswith("Which of your clinics refills or reprograms implanted pumps")
    assert any("keep or order intrathecal baclofen" in line for line in first.ask)
    assert not any("keep or order" in line for line in answer.places[1].ask)


def test_they_change_nothing_about_the_clinicians() -> None:
    with_places, without = ask(), ask(places=())
    assert with_places.notes[:-1] == without.notes == (), "nobody of them is nearer; only their minutes are less sure"
    assert dataclasses.replace(with_places, places=(), places_in_data=0, notes=()) == without
    assert "HOSPITALS PAID FOR IT" not in render(without)


def test_one_that_is_nearer_than_anybody_with_evidence_is_pointed_to() -> None:
    def pointed_to(**given: Any) -> list[str]:
        notes = ask(person(1, km_east=25), **given).notes
        return [note for note in notes if note.startswith("A hospital that was paid for it lies nearer")]

    assert ["Hospital 200006, 20, up to 40 min" in note for note in pointed_to()] == [True]
    assert pointed_to(places=(pump_place("200006", 26),)) == []
    unpaid = pump_place("200006", 20, payers_without="Alpha", payers="Beta")
    assert pointed_to(places=(unpaid,), payer="Alpha") == []


def test_a_payer_that_paid_comes_first_and_one_that_did_not_last() -> None:
    answer = ask(payer="Alpha")
    assert [(place.ccn, place.payer) for place in answer.places] == [
        ("200006", "yes"), ("200007", "yes"), ("200008", "no")
    ]  # fmt: skip
    asked = ask(payer="Delta")
    assert (asked.places[0].ccn, asked.places[0].payer) == ("200008", "yes")
    assert any("Does it take Delta?" in line for line in asked.places[1].ask)


def test_the_hospital_of_the_lost_clinician_comes_later_and_says_so() -> None:
    answer = ask(exclude=("0000000001",))
    assert [place.ccn for place in answer.places] == ["200006", "200008", "200007"]
    assert answer.places[2].shares == ("the hospital of the one lost",)


def test_a_child_is_asked_for_and_a_childrens_hospital_fits() -> None:
    childrens = pump_place("203300", 90, hospital_type="Childrens")
    answer = ask(places=(*PLACES, childrens), pediatric=True)
    assert answer.places[0].ccn == "203300"
    assert "Does it take children?" in answer.places[1].ask
    assert ask(places=(childrens,)).places[0].age == "ask"


def test_beyond_the_limit_the_nearest_alone_stands_and_says_so() -> None:
    answer = ask(max_min=15)
    assert [(place.ccn, place.status) for place in answer.places] == [("200006", "beyond_limit")]
    assert "BEYOND THE LIMIT" in render(answer)


def test_the_text_and_the_json_hold_them() -> None:
    answer = ask(k=1)
    text = render(answer)
    assert "HOSPITALS PAID FOR IT, NOBODY NAMED" in text
    assert " H1. 20, up to 40 min · 12 mi · Hospital 200006 · 2075550000" in text
    assert answer.to_dict()["places"][0]["ccn"] == "200006"
    assert answer.to_dict()["places_in_data"] == 4


def test_an_emergency_department_that_was_paid_is_known_to_work_with_pumps() -> None:
    data = world(person(1, hospital=("200008",)), places=pump_places(*PLACES))
    answer = find_emergency(HERE, data, HOSPITALS, today=TODAY, k=3)
    assert answer.nearest_pump_capable is not None
    assert answer.nearest_pump_capable.ccn == "200006"
    assert "20 to 29 payments" in answer.nearest_pump_capable.paid_for_pumps
    assert any(note.startswith("Paid for pumps means") for note in answer.notes)
    # The order of the departments themselves is minutes alone.
    assert [h.ccn for h in answer.nearest] == ["20001F", "200009", "200006"]


def test_who_was_paid_for_the_drug_is_asked_for_it_first() -> None:
    data = world(*PEOPLE, places=pump_places(*PLACES))
    backups = find_backups(BackupQuery(HERE, TODAY), data)
    near = find_emergency(HERE, data, HOSPITALS, today=TODAY, k=3)
    answer = find_stock(
        HERE, data, None, strength_mcg_ml=2000, within=parse_within("100min"), today=TODAY, hospitals=near.nearest,
        clinics=[c for tier in backups.tiers[:2] for c in tier.candidates], places=backups.places,
    )  # fmt: skip
    assert answer.call_order[0].name == "Hospital 200007"
    assert "paid for pump baclofen" in answer.call_order[0].why
    assert answer.call_order[1].name == "Hospital 200006"
    assert "works with pumps" in answer.call_order[1].why


def test_practices_of_one_owner_are_not_independent() -> None:
    people = [person(1, km_east=5), person(2, km_east=10), person(3, km_east=50)]
    data = world(*people)
    tied = data.sites.assign(system_id=["E1", "E1", ""])
    # The same people, with the owner that the table of sites names.
    from deserts.patients.search.links import links_of

    data = dataclasses.replace(data, sites=tied, links=links_of(tied, data.affiliations))
    answer = find_backups(BackupQuery(HERE, TODAY, exclude=("0000000001",)), data)
    assert [candidate.npi for candidate in answer.candidates] == ["0000000003", "0000000002"]
    assert "owner" in answer.candidates[1].shares[0]
    place = pump_places(pump_place("200006", 20, system_id="E1"), pump_place("200008", 60))
    options = find_backups(
        BackupQuery(HERE, TODAY, exclude=("0000000001",)), dataclasses.replace(data, places=place)
    ).places
    assert [option.ccn for option in options] == ["200008", "200006"]
    assert options[1].shares == ("the owner of the practice that is lost",)

"""Persons, doors and practices: nobody doubled, nobody lost, supply split and not multiplied."""

from __future__ import annotations

import pandas as pd
import pytest

from deserts.specialists.addresses import short_hash
from tests.specialists.builders import answers, claims, directory, npi, nppes, registry

ORG, ALONE = npi(50), npi(51)


def locations(*rows: dict[str, str]) -> pd.DataFrame:
    template = {"npi": npi(1), "address": "9 SIDE ST", "address2": "", "city": "OMAHA", "state": "NE", "zip": "68101",
                "phone": ""}  # fmt: skip
    return pd.DataFrame([{**template, **row} for row in rows])


@pytest.fixture(scope="module")
def found():
    return registry(
        directory=directory(
            {"npi": npi(1), "address": "1 Main Street", "address2": "Suite 5", "group_id": "G1", "zip": "681981234",
             "group_name": "Group One"},
            {"npi": npi(1), "address": "77 FAR AVE", "state": "IA", "city": "AMES", "zip": "50010", "telehealth": True},
            {"npi": npi(2), "address": "1 MAIN ST"},
            {"npi": npi(3), "address": "PO BOX 4", "zip": "68102"},
            {"npi": npi(3), "address": "5 DOOR ST"},
            {"npi": npi(4), "address": "PO BOX 4", "zip": "68102"},
            {"npi": npi(5), "address": ""},
            {"npi": npi(6), "address": ""},
            {"npi": npi(7), "address": "1 MAIN ST", "group_id": "G2", "zip": "68101"},
            {"npi": npi(8), "address": "1 MAIN ST", "group_id": "G3", "zip": "68101"},
            {"npi": npi(9), "address": "1 MAIN ST", "zip": "68101"},
        ),
        nppes=nppes({"npi": npi(1), "phone": ""}, {"npi": ORG, "entity": "O", "taxonomies": ""}),
        locations=locations({}, {"npi": npi(2), "address": "1 Main St.", "zip": "68198"}),
        claims=claims(
            {"npi": npi(1), "street1": "OLD PLACE 3", "zip": "99501"},
            {"npi": npi(2)},
            {"npi": ORG, "entity": "O", "last_org_name": "CLINIC LLC", "first_name": ""},
            {"npi": ALONE, "entity": "O", "last_org_name": "LONE LLC", "street1": "8 LONE RD"},
            {"npi": npi(60), "street1": "4 EARLY ST", "year": 2023},
            {"npi": npi(60), "street1": "6 LATE ST", "year": 2024},
        ),
    )  # fmt: skip


def of(found, number):
    return found.sites[found.sites["npi"] == number].set_index("site_key")


def test_one_person_at_three_doors_is_one_person(found):
    sites = of(found, npi(1))
    assert set(sites.index) == {"1 MAIN ST 68198", "77 FAR AVE 50010", "9 SIDE ST 68101"}, (
        "claims' old address is not one"
    )
    assert (found.specialists["npi"] == npi(1)).sum() == 1
    assert sites["share"].tolist() == pytest.approx([1 / 3] * 3)
    assert sites.loc["77 FAR AVE 50010", "telehealth"]
    assert not sites.loc["1 MAIN ST 68198", "telehealth"]
    assert sites["site_id"].str.startswith(npi(1) + "-").all()


def test_shares_of_a_clinician_add_up_to_one(found):
    assert found.sites.groupby("npi")["share"].sum().to_numpy() == pytest.approx(1.0)


def test_practice_is_the_group_where_known_else_the_door(found):
    sites = of(found, npi(1))
    assert (sites.loc["1 MAIN ST 68198", ["practice_id", "practice_basis", "practice_name"]]
            == ["G1", "group_id", "Group One"]).all()  # fmt: skip
    assert sites.loc["9 SIDE ST 68101", "practice_id"] == "9 SIDE ST 68101"


def test_neighbours_of_the_only_group_at_a_door_are_not_independent(found):
    assert of(found, npi(2)).loc["1 MAIN ST 68198", ["practice_id", "practice_basis"]].tolist() == ["G1", "address"]


def test_two_groups_at_one_door_stay_apart_and_a_third_is_its_own(found):
    ids = {number: of(found, npi(number)).loc["1 MAIN ST 68101", "practice_id"] for number in (7, 8, 9)}
    assert ids == {7: "G2", 8: "G3", 9: "1 MAIN ST 68101"}


def test_a_post_office_box_holds_no_clinic_unless_nothing_else_is_known(found):
    sites = of(found, npi(3))
    assert sites["share"].to_dict() == {"5 DOOR ST 68198": 1.0, "PO BOX 4 68102": 0.0}
    assert sites["supplies"].to_dict() == {"5 DOOR ST 68198": True, "PO BOX 4 68102": False}
    assert of(found, npi(4))["supplies"].tolist() == [True]


def test_unknown_streets_are_never_one_practice(found):
    assert of(found, npi(5))["practice_id"].iloc[0] != of(found, npi(6))["practice_id"].iloc[0]


def test_an_organisation_supplies_only_where_no_individual_does(found):
    people = found.specialists.set_index("npi")
    assert not people.loc[ORG, "supplies"], "an individual bills the same class at its door"
    assert people.loc[ALONE, "supplies"]
    assert people.loc[ALONE, "name"] == "LONE LLC"


def test_claims_address_of_the_newest_year_serves_who_is_known_nowhere_else(found):
    assert of(found, npi(60)).index.tolist() == ["6 LATE ST 68198"]


def test_main_state_is_that_of_most_supply(found):
    assert found.specialists.set_index("npi").loc[npi(1), "state"] == "NE"


SAID = {
    "moved": [{"outcome": "moved", "site_id": True}],
    "wrong": [{"outcome": "wrong_number", "site_id": True}],
    "vague": [{"outcome": "moved"}],
    "back": [{"outcome": "moved", "site_id": True}, {"site_id": True, "observed_on": "2026-05-09"}],
}


def test_moved_and_wrong_number_touch_one_site_only():
    number = {name: npi(i) for i, name in enumerate(SAID)}
    oak = "-" + short_hash(pd.Series(["2 OAK ST 68198"])).iloc[0]
    log = [
        {**row, "npi": number[name], "site_id": number[name] + oak if row.get("site_id") else ""}
        for name, rows in SAID.items()
        for row in rows
    ]
    listed = [row for n in number.values() for row in ({"npi": n}, {"npi": n, "address": "2 OAK ST"})]
    found = registry(directory=directory(*listed), verifications=answers(*log))
    moved, wrong, vague, back = (of(found, number[name]).sort_index() for name in SAID)
    assert moved.index.tolist() == ["1 MAIN ST 68198", "2 OAK ST 68198"]
    assert moved["supplies"].tolist() == [True, False]
    assert moved["share"].tolist() == [1.0, 0.0]
    assert wrong["phone"].tolist() == ["4025550100", ""]
    assert wrong["supplies"].all()
    assert vague["supplies"].all(), "which of two sites was left is not known"
    assert back["supplies"].all(), "a newer positive about the site lifts it"

"""Where a directory lists a clinician beside our place, and what it says that a practice is part of."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from deserts.networks.listed_places import listed_places, parents_of
from deserts.networks.listings import listings_of
from deserts.patients.search.links import links_of
from deserts.sources.directories.read import read_directory
from deserts.tables import validate
from tests.sources.directories.fhir_files import (
    DOCTOR,
    OTHER_DOCTOR,
    location,
    ndjson,
    npi,
    organisation,
    practitioner,
    ref,
    role,
    whole,
)

SITES = pd.DataFrame(
    {
        "site_id": [f"{DOCTOR}-a", f"{OTHER_DOCTOR}-b"],
        "npi": [DOCTOR, OTHER_DOCTOR],
        "practice_id": ["one", "other"],
        "address": ["1 Main Street", "9 Elm St"],
        "zip": ["04401", "04401"],
        "phone": ["207-555-0100", ""],
        "lon": [-68.8, -68.9],
        "lat": [44.8, 44.8],
        "precision": ["range", "zip"],
    }
)
SYSTEM = {"resourceType": "Organization", "id": "system", "name": "Harbour Health", "identifier": [npi("1093809087")]}


def listings(folder: Path, *resources: dict[str, Any]) -> pd.DataFrame:
    every = {(one["resourceType"], one["id"]): one for one in whole(*resources)}  # a later one takes the place
    reading = read_directory([ndjson(folder / "all.ndjson", [*every.values()])], retrieved_on=dt.date(2026, 11, 1))
    found = listings_of(reading, npis={DOCTOR, OTHER_DOCTOR}, taxonomies=set())
    return found.assign(listing_no=range(1, len(found) + 1))


def part_of(child: str, parent: str) -> dict[str, Any]:
    return organisation(child, partOf=ref("Organization", parent))


def other_doctor(organisation: str = "second") -> tuple[dict[str, Any], ...]:
    named = {"practitioner": ref("Practitioner", "other"), "organization": ref("Organization", organisation)}
    return practitioner("other", OTHER_DOCTOR), role("role2", **named)


def test_a_place_at_the_same_door_is_taken_before_a_nearer_one_in_the_zip(tmp_path: Path) -> None:
    line = {"line": ["7 Hill Rd"], "city": "Bangor", "state": "ME", "postalCode": "04401"}
    near = location("near", address=line, position={"longitude": -68.8, "latitude": 44.8})
    far = location("loc", position={"longitude": -68.8, "latitude": 44.9}, telecom=[{"system": "phone", "value": "1"}])
    given = listings(tmp_path, far, role(location=[ref("Location", "loc"), ref("Location", "near")]), near)
    found = listed_places(SITES, given)
    assert found["site_id"].tolist() == [f"{DOCTOR}-a"]
    assert found["same_door"].all()
    validate("listed_places", found)


@pytest.mark.parametrize(("latitude", "apart_km"), [(44.8, 0.0), (44.9, 11.12)])
def test_the_distance_is_that_of_the_great_circle(tmp_path: Path, latitude: float, apart_km: float) -> None:
    place = location(position={"longitude": -68.8, "latitude": latitude})
    found = listed_places(SITES, listings(tmp_path, place, role()))
    assert found["km_apart"].tolist() == pytest.approx([apart_km], abs=0.01)


def test_a_telephone_agrees_whatever_its_form_and_is_not_judged_where_there_is_none(tmp_path: Path) -> None:
    said = {"telecom": [{"system": "phone", "value": "+1 (207) 555 0100"}]}
    assert listed_places(SITES, listings(tmp_path, role(**said)))["phone_agrees"].tolist() == ["yes"]
    assert listed_places(SITES, listings(tmp_path, role()))["phone_agrees"].tolist() == [""]


def test_without_coordinates_or_in_another_zip_nothing_is_compared(tmp_path: Path) -> None:
    nowhere = location()
    del nowhere["position"]
    assert listed_places(SITES, listings(tmp_path, nowhere, role())).empty
    assert listed_places(SITES.assign(zip="04402"), listings(tmp_path, role())).empty
    assert listed_places(SITES.assign(zip=""), listings(tmp_path, role()).assign(zip="")).empty


@pytest.mark.parametrize("order", [1, -1])
def test_two_practices_of_one_parent_depend_on_each_other(tmp_path: Path, order: int) -> None:
    resources = [part_of("clinic", "system"), part_of("second", "system"), SYSTEM, role(), *other_doctor()]
    given = listings(tmp_path, *resources[::order])
    assert set(given["parent_name"]) == {"Harbour Health"}
    parents = parents_of(SITES, given)
    nobody = pd.DataFrame({"npi": [], "code": []}, dtype="str")
    assert links_of(SITES, nobody, parents).touches(links_of(SITES, nobody).practice[:1] * 0).tolist() == [True, True]
    assert links_of(SITES, nobody).touches(links_of(SITES, nobody).practice[:1] * 0).tolist() == [True, False]


def test_a_parent_that_is_not_described_still_tells_by_its_name_in_the_file(tmp_path: Path) -> None:
    named = organisation(partOf={"reference": "Organization/elsewhere", "display": "Somebody"})
    given = listings(tmp_path, named, role())
    assert given[["parent_id", "parent_name"]].drop_duplicates().to_numpy().tolist() == [["elsewhere", "Somebody"]]


def test_a_payer_is_nobodys_owner(tmp_path: Path) -> None:
    payer = {"resourceType": "Organization", "id": "payer", "name": "Payer", "type": [{"coding": [{"code": "pay"}]}]}
    given = listings(tmp_path, part_of("clinic", "payer"), payer, role())
    assert set(given["parent_id"]) == {""}


def test_who_shares_only_an_affiliation_shares_no_owner(tmp_path: Path) -> None:
    affiliated = {
        "resourceType": "OrganizationAffiliation", "id": "a", "active": True, "network": [ref("Organization", "net")],
        "organization": ref("Organization", "system"), "participatingOrganization": ref("Organization", "clinic"),
    }  # fmt: skip
    given = listings(tmp_path, SYSTEM, affiliated, role())
    assert (parents_of(SITES, given) == "").all()


def test_the_newest_record_names_the_owner(tmp_path: Path) -> None:
    given = listings(tmp_path, part_of("clinic", "system"), SYSTEM, role())
    older = given.assign(source_date="2026-01-01", parent_id="old")
    newer = given.assign(source_date="2026-02-01", parent_id="new")
    assert parents_of(SITES, pd.concat([older, newer]))[0] == "new"
    assert parents_of(SITES, pd.concat([newer, older]))[0] == "new"


def test_listings_of_an_earlier_version_tell_of_no_owner(tmp_path: Path) -> None:
    given = listings(tmp_path, part_of("clinic", "system"), SYSTEM, role())
    assert (parents_of(SITES, given.drop(columns="parent_id")) == "").all()

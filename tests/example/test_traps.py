"""Each trap of the example is really in its files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deserts.example import postal
from deserts.services import load_service
from deserts.sources.publishers import (
    affiliations,
    claims,
    claims_totals,
    directory,
    gazetteer,
    geonames,
    hospitals,
    medicaid,
    nppes,
)
from deserts.sources.raw import RawArea

PUMP_CLASSES = ("baclofen_drug", "refill", "analysis", "implant")


@pytest.fixture(scope="module")
def itb():
    return load_service("itb")


@pytest.fixture(scope="module")
def billed(area: RawArea) -> pd.DataFrame:
    return pd.concat([claims.read_claims(area.folder / e.path, year=e.year).frame for e in area.of("claims")])


@pytest.fixture(scope="module")
def listed(area: RawArea) -> pd.DataFrame:
    return directory.read_directory(area.paths("directory")[0]).frame


@pytest.fixture(scope="module")
def registered(area: RawArea) -> pd.DataFrame:
    return nppes.read_nppes(area.paths("nppes")[0]).frame


def test_every_rung_has_its_evidence(billed: pd.DataFrame, listed: pd.DataFrame, itb) -> None:
    for code_class in ("baclofen_drug", "refill", "analysis", "implant", "spasticity"):
        assert billed["code"].isin(itb.codes(code_class)).any()
    pump = set(billed.loc[billed["code"].isin(itb.codes(*PUMP_CLASSES)), "npi"])
    specialists = set(listed.loc[listed["specialty"].str.upper().isin(itb.specialties), "npi"])
    assert len(specialists - pump) > 60, "phantoms: listed, without pump evidence"
    only = set(billed.loc[billed["code"].isin(itb.codes("spasticity")), "npi"]) - pump
    assert len(only) >= 8, "injections only"


def test_hidden_rows_are_in_the_totals_only(area: RawArea, billed: pd.DataFrame, registered: pd.DataFrame) -> None:
    hidden = registered.loc[registered["last_org_name"] == "WHITLOCK", "npi"].item()
    own = billed[billed["npi"] == hidden]
    assert set(own["code"]) == {"99214"}
    assert (billed["beneficiaries"] >= 11).all()
    entry = next(e for e in area.of("claims_by_geography") if e.year == 2024)
    totals = claims_totals.read_geography(area.folder / entry.path, year=2024).frame
    nation = totals[totals["level"].str.lower() == "national"].set_index(["code", "place_of_service"])["services"]
    seen = billed[billed["year"] == 2024].groupby(["code", "place_of_service"])["services"].sum()
    assert nation["62370", "O"] - seen["62370", "O"] == 8 * 4
    assert (nation.reindex(seen.index) >= seen).all()


def test_retired_and_deactivated(
    area: RawArea, billed: pd.DataFrame, listed: pd.DataFrame, registered: pd.DataFrame
) -> None:
    retired = registered.loc[registered["last_org_name"] == "GREYWATER", "npi"].item()
    assert set(billed.loc[billed["npi"] == retired, "year"]) == {2022}
    assert retired not in set(listed["npi"])
    gone = nppes.read_deactivated(area.paths("nppes_deactivated")[0]).frame
    assert gone["npi"].isin(billed["npi"]).any()
    stubs = registered[registered["npi"].isin(gone["npi"])]
    assert len(stubs) == len(gone)
    assert (stubs["entity"] == "").all()


def test_zips_without_an_area(area: RawArea, registered: pd.DataFrame) -> None:
    areas = set(gazetteer.read_zcta(area.paths("zcta_gazetteer")[0]).frame["zip"])
    places = set(geonames.read_postal_codes(area.paths("zip_places")[0]).frame["zip"])
    for code in (postal.PO_BOX_ZIP, postal.HOSPITAL_ZIP):
        assert code in places - areas
        assert (registered["zip"] == code).any()
    assert postal.UNKNOWN_ZIP not in areas | places
    assert (registered["zip"] == postal.UNKNOWN_ZIP).any()
    assert registered["address"].str.contains(r"^P\.?O\.? BOX").sum() >= 3
    raw = area.paths("claims")[0].read_text(encoding="utf-8")
    assert ",301," in raw
    assert ",00301," not in raw


def test_one_person_at_three_sites(listed: pd.DataFrame) -> None:
    sites = listed[listed["last_name"] == "VANCE"]
    assert len(set(sites["npi"])) == 1
    assert len(sites[["address", "city"]].drop_duplicates()) == 3
    assert len(set(sites["group_id"])) == 1


def test_organisations_with_and_without_a_person(billed: pd.DataFrame, itb) -> None:
    pump = billed[billed["code"].isin(itb.codes("refill"))]
    by_address = pump.groupby(["street1", "zip"])["entity"].agg(lambda kinds: "".join(sorted(set(kinds))))
    assert by_address["700 Turnpike Road"].tolist() == ["IO"]
    assert by_address["64 Anchor Avenue"].tolist() == ["O"]


def test_over_the_line_and_children(area: RawArea, billed: pd.DataFrame, itb) -> None:
    assert {"XA", "XB"} == set(billed.loc[billed["code"].isin(itb.codes("refill")), "state"])
    spending = medicaid.read_medicaid(area.paths("medicaid")[0]).frame
    children = spending[~spending["npi"].isin([*billed["npi"], ""])]
    assert set(children["code"]) <= set(itb.codes("refill"))
    assert len(children) == 12
    homes = affiliations.read_affiliations(area.paths("affiliations")[0]).frame
    kinds = hospitals.read_hospitals(area.paths("hospitals")[0]).frame.set_index("ccn")["type"]
    assert kinds[homes.set_index("npi").loc[children["npi"].iloc[0], "ccn"]] == "Childrens"
    assert {"Critical Access Hospitals", "Psychiatric", "Acute Care - Veterans Administration"} <= set(kinds)


def test_hostile_names_arrive_unharmed(billed: pd.DataFrame, listed: pd.DataFrame) -> None:
    assert listed["last_name"].str.contains("</script>", case=False, regex=False).any()
    assert listed["group_name"].str.contains("</script>", case=False, regex=False).any()
    assert listed["last_name"].str.startswith("=HYPERLINK(").any()
    assert billed["last_org_name"].str.contains("Ünïcode", regex=False).any()
    assert billed["first_name"].str.contains('"Ace"', regex=False).any()


def test_telehealth_and_secondary_locations(area: RawArea, listed: pd.DataFrame) -> None:
    assert 10 < listed["telehealth"].sum() < len(listed) / 2
    extra = nppes.read_locations(area.paths("nppes_locations")[0]).frame
    assert len(extra) > 50


def test_a_county_with_few_points_and_points_without_people(area: RawArea) -> None:
    from deserts.sources.publishers.centres import read_centres

    points = read_centres(area.paths("centres_block_group")[0]).frame
    own = points[points["county_fips"].str.startswith("97")]
    assert own.groupby("county_fips").size().min() < 5
    assert np.isclose(own["population"].min(), 0)

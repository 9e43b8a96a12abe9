"""Addresses whose parts contradict each other: the part that lies elsewhere is not used, and what was done is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.earth import great_circle_m
from deserts.places.cities import CityIndex, plain_city
from deserts.places.placing import CHECKS, FAR_KM, place_addresses
from deserts.places.zips import build_zips
from deserts.sources.publishers import claims, geonames

ZIPS = pd.DataFrame(
    [
        ("14201", "Buffalo", "NY", -78.89, 42.90), ("14202", "Buffalo", "NY", -78.87, 42.88),
        ("01420", "Fitchburg", "MA", -71.80, 42.58), ("10001", "New York", "NY", -73.99, 40.75),
        ("14299", "St. Mary's", "NY", -78.50, 42.70),
    ],
    columns=["zip", "place", "state", "lon", "lat"],
).assign(county_fips="", kind="area", source="geonames")  # fmt: skip


def place(zip_code: str, city: str, state: str, street: tuple[float, float, str] | None = None) -> pd.Series:
    addresses = pd.DataFrame({"zip": [zip_code], "city": [city], "state": [state]}, index=["here"])
    lon, lat, fips = street or (np.nan, np.nan, "")
    streets = pd.DataFrame({"lon": [lon], "lat": [lat], "county_fips": [fips]})
    return place_addresses(addresses, zips=ZIPS, streets=streets).loc["here"]


def test_buffalo_with_a_zip_that_lost_a_digit_is_not_placed_in_fitchburg():
    found = place("01420", "BUFFALO", "NY")
    assert (found["lon"], found["lat"]) == pytest.approx((-78.88, 42.89))
    assert (found["precision"], found["place_check"]) == ("city", "zip_state")
    assert found["km_city"] > 500


@pytest.mark.parametrize(
    ("address", "precision", "check"),
    [
        (("14201", "Buffalo", "NY"), "zip", ""),
        (("14201", "Nowhere", "NY"), "zip", ""),  # a city that is not known contradicts nothing
        (("14201", "", ""), "zip", ""),
        (("", "Buffalo", "NY"), "city", ""),  # the ZIP is not known, the city is
        (("14203", "Nowhere", "NY"), "zip_nearby", ""),
        (("10001", "Buffalo", "NY"), "city", "zip_city"),  # the state agrees, the city lies 470 km away
        (("01420", "Nowhere", "NY"), "none", "zip_state"),  # nothing that agrees is known
        (("", "Nowhere", "NY"), "none", "unplaced"),
        (("14299", "SAINT MARYS", "NY"), "zip", ""),
        (("", "St Marys", "NY"), "city", ""),
    ],
)  # fmt: skip
def test_what_is_used_and_what_is_told(address, precision, check):
    found = place(*address)
    assert (found["precision"], found["place_check"]) == (precision, check)
    assert np.isnan(found["lon"]) == (precision == "none")


@pytest.mark.parametrize(
    ("street", "precision", "check", "km"),
    [
        ((-78.88, 42.91, "36029"), "range", "", 1.4),
        ((-78.70, 42.90, "36029"), "range", "", 15.5),  # over 5 km from its ZIP: used, and listed
        ((-71.80, 42.58, "25027"), "zip", "street_state", 582.0),
        ((-73.99, 40.75, "36061"), "zip", "street_far", 469.0),
    ],
)
def test_a_geocoded_street_is_used_where_the_rest_of_the_address_agrees(street, precision, check, km):
    found = place("14201", "Buffalo", "NY", street)
    assert (found["precision"], found["place_check"]) == (precision, check)
    assert found["km_zip"] == pytest.approx(km, rel=0.05)


def test_a_street_decides_between_a_zip_and_a_city_that_contradict_each_other():
    found = place("01420", "Buffalo", "NY", (-78.88, 42.91, "36029"))
    assert (found["precision"], found["place_check"], found["lon"]) == ("range", "zip_state", -78.88)


text = st.sampled_from(["14201", "01420", "10001", "14203", "", "99999"])
city = st.sampled_from(["Buffalo", "Fitchburg", "New York", "", "Nowhere"])
state = st.sampled_from(["NY", "MA", ""])
somewhere = st.one_of(
    st.none(), st.tuples(st.floats(-80, -70), st.floats(40, 44), st.sampled_from(["36029", "25027", ""]))
)


@settings(max_examples=200, deadline=None)
@given(text, city, state, somewhere)
def test_no_place_lies_in_a_state_that_the_address_does_not_name(zip_code, town, in_state, street):
    found = place(zip_code, town, in_state, street)
    assert found["place_check"] in CHECKS
    assert np.isnan(found["lon"]) == np.isnan(found["lat"]) == (found["precision"] == "none")
    if found["precision"] in ("zip", "city", "zip_nearby") and in_state == "NY":
        massachusetts = great_circle_m(found["lon"], found["lat"], -71.80, 42.58) / 1000
        assert massachusetts > 100
    if found["precision"] == "range" and in_state == "NY":
        assert street[2] != "25027"


def test_city_names_agree_however_they_are_written():
    written = pd.Series(["ST. PAUL", "Saint Paul", "St Paul", "Mt. Vernon", "MOUNT VERNON", "Coeur d'Alene", None])
    assert plain_city(written).tolist() == [
        "SAINT PAUL", "SAINT PAUL", "SAINT PAUL", "MOUNT VERNON", "MOUNT VERNON", "COEUR DALENE", ""
    ]  # fmt: skip
    empty = ZIPS.iloc[:0]
    assert CityIndex(empty).places(pd.Series(["Buffalo"]), pd.Series(["NY"]))["lon"].isna().all()
    nothing = place_addresses(pd.DataFrame({"zip": ["14201"], "city": ["Buffalo"], "state": ["NY"]}), zips=empty)
    assert nothing["precision"].tolist() == ["none"]


@pytest.mark.shared
def test_real_addresses_of_surgeons_agree_but_for_one_zip_of_another_state(shared):
    places = geonames.read_postal_codes(shared / "mirror/download.geonames.org/export/zip/US.txt").frame
    zips = build_zips(gazetteer=None, places=places)
    rows = claims.read_claims(shared / "claims/by_provider_and_service_2021_mohs.csv.gz", year=2021).frame
    people = rows.drop_duplicates("npi").reset_index(drop=True)
    found = place_addresses(people, zips=zips)
    wrong = found["place_check"].isin(["zip_state", "zip_city"])
    assert people.loc[wrong, ["city", "state", "zip"]].to_numpy().tolist() == [["Selbyville", "DE", "19175"]]
    assert found.loc[wrong, "precision"].tolist() == ["city"]
    assert (found["precision"] == "zip").mean() > 0.995
    assert found["km_zip"].quantile(0.999) < FAR_KM

"""The offline ZIP look-up: which source wins, what an unknown ZIP is told, and what stands in for it."""

import pandas as pd
import pytest

from deserts.errors import InputError, UnknownNameError
from deserts.places.placing import place_zips
from deserts.places.zips import ZipIndex, build_zips, clean_zip
from deserts.tables import validate


@pytest.fixture
def zips() -> pd.DataFrame:
    gazetteer = pd.DataFrame({"zip": ["86901", "86910"], "lon": [-40.0, -40.5], "lat": [40.0, 40.5]})
    places = pd.DataFrame(
        {
            "zip": ["86901", "86902", "86801", "09001"],
            "place": ["Port Example", "Port Example", "Overline", "APO"],
            "state": ["XA", "XA", "XB", "AE"],
            "lon": [-41.0, -40.1, -39.0, 8.0],
            "lat": [41.0, 40.1, 39.0, 50.0],
        }
    )
    ruca = pd.DataFrame(
        {"geoid": ["86902", "86910"], "zip_type": ["Post Office or large volume customer", "ZIP Code Area"]}
    )
    return build_zips(gazetteer=gazetteer, places=places, ruca=ruca, states=("XA", "XB"))


def test_the_gazetteer_places_and_geonames_names(zips):
    validate("zips", zips)
    rows = zips.set_index("zip")
    assert rows.loc["86901", ["lon", "place", "state", "source", "kind"]].tolist() == [
        -40.0,
        "Port Example",
        "XA",
        "gazetteer",
        "area",
    ]
    assert rows.loc["86902", ["kind", "source"]].tolist() == ["po_box", "geonames"]
    assert rows.loc["86801", "kind"] == "unknown"
    assert "09001" not in rows.index  # military
    assert rows.loc["86910", "state"] == ""


@pytest.mark.parametrize("state", ["AA", "AE", "AP"])
def test_military_post_has_no_place_of_its_own(state):
    places = pd.DataFrame(
        {"zip": ["86901", "34001"], "place": ["Port Example", "FPO"], "state": ["XA", state], "lon": [-41.0, -80.0],
         "lat": [41.0, 25.0]}
    )  # fmt: skip
    assert build_zips(gazetteer=None, places=places)["zip"].tolist() == ["86901"]


def test_find_offers_the_nearest_known(zips):
    index = ZipIndex(zips)
    assert index.find(" 86901-1234 ").place == "Port Example"
    with pytest.raises(UnknownNameError, match="86909") as caught:
        index.find("86909")
    assert "86910" in str(caught.value)
    with pytest.raises(UnknownNameError, match="99999"):
        index.find("99999")


@pytest.mark.parametrize("text", ["4401", "abcde", "", "044011", "=1+1"])
def test_a_damaged_zip_is_an_input_error(text):
    with pytest.raises(InputError, match="not a ZIP"):
        clean_zip(text)


def test_place_zips_says_how_well(zips):
    found = place_zips(pd.Series(["86901", "86909", "00000", "", None], index=list("abcde")), index=ZipIndex(zips))
    assert found["precision"].tolist() == ["zip", "zip_nearby", "none", "none", "none"]
    assert found.loc["b", "lon"] == -40.5
    assert found.loc[["c", "d", "e"], "lon"].isna().all()


def test_rows_in_any_order_give_the_same_table(zips):
    index = ZipIndex(zips.sample(frac=1, random_state=3))
    assert index.find("86801").lon == -39.0
    assert index.positions(pd.Series(["86910", "x"])).tolist() == [
        ZipIndex(zips).positions(pd.Series(["86910"]))[0],
        -1,
    ]

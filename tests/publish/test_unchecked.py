"""Boxes of a map where minutes were never compared: with the band of the one rule, said so, and nowhere else."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from deserts.access.gate import open_gate
from deserts.patients.words import phrases
from deserts.publish.desert_map import write_map
from deserts.publish.map_data import load_content
from deserts.publish.packing import unpack_sentences
from deserts.publish.search_layer import NONE_IN_REACH
from deserts.roads import Network, checked
from tests.publish.conftest import TODAY, wait_until_drawn

NEVER = phrases()["note.not_checked"]


@pytest.fixture(scope="module")
def middle_lon(example_store) -> float:
    return float(example_store.read("demand").query("scored")["lon"].median())


@pytest.fixture(scope="module", autouse=True)
def half_checked(middle_lon):
    """Minutes west of the middle were compared, those east of it never."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "unchecked", lambda _network, lon, _lat: np.asarray(lon) > middle_lon)
        yield


@pytest.fixture(scope="module")
def banded(example_store):
    """The words of minutes by the numbers of the network, reckoned without the product's rule."""
    doubts = Network.load(example_store.find_network()).meta["doubts"]

    def words(minutes: int) -> str:
        give = round(minutes * doubts["unchecked"][minutes >= doubts["far_min"]] / 1000)
        first = "under 10" if minutes < 10 else f"{minutes}"
        return f"{first} ±{give} min" if give else f"{first} min"

    return words


@pytest.fixture(scope="module")
def content(example_store, itb):
    return load_content(example_store, service=itb, gate=open_gate(example_store, service=itb))


def _points(example_store) -> pd.DataFrame:
    return example_store.read("demand").query("scored and population > 0")


def test_the_box_of_a_county_says_it_where_some_live_beyond_the_comparison(content, example_store, middle_lon, banded):
    points = _points(example_store)
    east = set(points.loc[points["lon"] > middle_lon, "county_fips"])
    told = {True: 0, False: 0}
    for shown, view in zip(content.first["views"], content.views, strict=True):
        for lines, row in zip(unpack_sentences(shown["sentences"]), view.scores.to_dict("records"), strict=True):
            if np.isnan(row["nearest_median_min"]):
                assert NEVER not in lines
                continue
            (drive,) = [line for line in lines if line.startswith("The middle resident drives")]
            never = row["county_fips"] in east
            said = f"drives {banded(round(row['nearest_median_min']))} to "
            assert [said in drive, NEVER in lines] == [never, never]
            assert ("±" in drive or "up to" in drive) is never
            told[never] += 1
    assert min(told.values()) > 1


def test_the_search_box_knows_the_places_and_every_minute(content, example_store, middle_lon, banded):
    words = content.first["unchecked_words"]
    assert words[1:] == [banded(minutes) for minutes in range(1, len(words))]
    assert content.first["not_checked"] == NEVER
    zips, towns = content.later["zips"], content.later["towns"]
    for layer in (zips, towns, content.later["districts"]):
        assert len(layer["unchecked"]) == len(layer["people"])
        shown = [minutes for view in (*layer["min"].values(), *layer["second"].values()) for minutes in view]
        assert all(minutes is None or NONE_IN_REACH <= minutes < len(words) for minutes in shown)
    there = [i for i, people in enumerate(zips["people"]) if people]
    assert {zips["unchecked"][i] for i in there} == {"0", "1"}
    far_east = [i for i in there if zips["lon"][i] > _points(example_store)["lon"].max() - 0.05]
    assert all(zips["unchecked"][i] == "1" for i in far_east)
    assert "1" not in {zips["unchecked"][i] for i, people in enumerate(zips["people"]) if not people}


def test_where_all_was_compared_nothing_is_said(example_store, itb, monkeypatch):
    monkeypatch.setattr(checked, "unchecked", lambda _network, lon, _lat: np.zeros(len(lon), dtype=bool))
    content = load_content(example_store, service=itb, gate=open_gate(example_store, service=itb))
    assert content.first["unchecked_words"] == []
    assert "1" not in content.later["zips"]["unchecked"]
    lines = [line for view in content.first["views"] for group in unpack_sentences(view["sentences"]) for line in group]
    assert NEVER not in lines
    assert not any("±" in line for line in lines)


@pytest.mark.browser
def test_the_page_shows_it(visit, example_store, itb, leaflet, tmp_path, content, banded):
    path = tmp_path / "map.html"
    write_map(example_store, path, service=itb, today=TODAY, assets=leaflet)
    window = visit(offline=True)
    page = window.page
    page.goto(path.as_uri())
    wait_until_drawn(page)
    zips, key = content.later["zips"], content.first["views"][0]["key"]
    for flag in "01":
        i = next(
            i for i, (never, minutes) in enumerate(zip(zips["unchecked"], zips["min"][key], strict=True))
            if never == flag and minutes is not None and minutes > 10
        )  # fmt: skip
        page.fill("#query", zips["zip"][i])
        page.keyboard.press("Enter")
        text = page.inner_text("#detail .place")
        assert f"{zips['zip'][i]} " in text
        assert (f"drives {banded(zips['min'][key][i])} to the nearest" in text) is (flag == "1")
        assert (NEVER in text) is (flag == "1")
        assert re.search(r"±|up to", text.split("to the nearest")[0]) is None or flag == "1"
    window.screenshot("map-not-checked")
    assert window.console == []

"""Neighbours and the region beside an area: counted again plainly, and only where both were searched alike."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.config import Region
from deserts.publish.area_facts import list_areas, load_fact_base
from deserts.publish.comparison import Beside, Comparer, beside_in_base, beside_words
from deserts.publish.desert_map import build_map
from deserts.publish.packing import unpack_sentences
from deserts.publish.press_facts import load_press_facts
from tests.publish.conftest import TODAY
from tests.publish.test_desert_map import data_of

WAYS = st.sampled_from(["searched_found|", "partly_searched|claims of NH: not read", ""])


def _tables(ways: list[str], far: list[float]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Nine square counties in three rows; an empty way is a county of which nothing can be told."""
    fips = [f"{10001 + 2 * i}" for i in range(9)]
    shapes = [shapely.box(i % 3, i // 3, i % 3 + 1, i // 3 + 1) for i in range(9)]
    search = [way.partition("|") for way in ways]
    scores = pd.DataFrame(
        {
            "county_fips": fips, "population": np.arange(9) * 100.0 + 100, "beyond_120_share": far,
            "search": [part[0] or "not_searched" for part in search], "search_missing": [part[2] for part in search],
            "status": ["ok" if way else "not_searched" for way in ways],
        }
    )  # fmt: skip
    return gpd.GeoDataFrame({"county_fips": fips}, geometry=shapes, crs=4326), scores


@settings(max_examples=40, deadline=None)
@given(st.lists(WAYS, min_size=9, max_size=9), st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_counties_are_compared_as_by_hand(ways, far):
    counties, scores = _tables(ways, far)
    found = Comparer.of(counties, scores).of_counties(scores, limit_min=120)
    people = scores["population"]
    for i, own in enumerate(found):
        near = [j for j in range(9) if j != i and max(abs(i % 3 - j % 3), abs(i // 3 - j // 3)) == 1]
        alike = [j for j in range(9) if ways[i] and ways[j] == ways[i]]
        for share, members in ((own.neighbours, [j for j in near if j in alike]), (own.whole, alike)):
            total = people[members].sum()
            expected = (people[members] * np.array(far)[members]).sum() / total if total else np.nan
            assert share == pytest.approx(expected, nan_ok=True)
        assert own.left_out == pytest.approx(people[[j for j in near if j not in alike]].sum())
        assert not own.alone


def test_what_cannot_be_compared_says_why():
    nan = float("nan")
    maine, nation = Region.parse("ME"), Region.parse("US")
    alone = Beside(nan, 0.2, 0.0, alone=True, is_whole=True)
    assert beside_words([alone], maine, limit_min=120) == (
        "Beside it: no neighbour of it is in this run; the nation is not in this run."
    )
    unlike = Beside(nan, nan, 500.0, alone=False, is_whole=False)
    assert "its neighbours are not compared: not searched alike" in beside_words([unlike], maine, limit_min=120)
    partly = Beside(0.5, 0.25, 500.0, alone=False, is_whole=False)
    assert beside_words([partly, partly], nation, limit_min=120) == (
        "Beside it: 50% of its neighbours' residents live more than 2 hours away; 25% in the whole nation. "
        "Left out are 500 residents of neighbours that were not searched alike."
    )


def test_box_sheet_and_press_kit_have_it(small_store, itb, linked):
    html, _ = build_map(small_store, service=itb, today=TODAY, assets=linked)
    view = data_of(html)["views"][-1]
    lines = dict(zip(data_of(html)["counties"]["fips"], unpack_sentences(view["sentences"]), strict=False))
    scores = small_store.read("county_scores").set_index("county_fips")
    far = scores["beyond_120_share"] * scores["population"]
    whole = f"{far.sum() / scores['population'].sum():.0%}"
    assert f"{whole} in all of Exampland" in " ".join(lines["97001"])
    base = load_fact_base(small_store, service=itb)
    states = list_areas(base, by="state")
    words = beside_in_base(base, [states])[states[0].name]
    assert words == "Beside it: no neighbour of it is in this run; the nation is not in this run."
    facts = load_press_facts(base, None)
    assert facts.beside["97001"].endswith("the nation is not in this run.")
    assert whole in facts.beside["97001"]

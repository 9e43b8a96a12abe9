"""Proven and possible: each view's numbers counted again in the plainest way, and no call shows in a colour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deserts.access.gate import open_gate
from deserts.publish.headline import make_headline, people_beyond, view_headlines
from deserts.publish.packing import pack_sentences, unpack_sentences
from deserts.publish.supply_views import proven_sites, supply_views
from tests.publish.conftest import write_small_store


@pytest.fixture(scope="module")
def example_views(example_store, itb):
    return supply_views(example_store, service=itb, gate=open_gate(example_store, service=itb))


def _plain_numbers(store, site_ids, limit: float) -> tuple[float, pd.Series]:
    """Return people beyond the limit, and the middle resident's minutes by county, by sorting and adding up."""
    demand = store.read("demand").query("scored and population > 0").set_index("point_id")
    times = store.read("drive_times")
    nearest = times[times["site_id"].isin(site_ids)].groupby("point_id")["drive_min"].min().reindex(demand.index)
    demand["nearest"] = nearest.fillna(np.inf)
    middle = {}
    for fips, rows in demand.groupby("county_fips"):
        ordered = rows.sort_values("nearest")
        reached = ordered["population"].cumsum() >= ordered["population"].sum() / 2
        middle[fips] = ordered["nearest"][reached].iloc[0]
    return float(demand.loc[demand["nearest"] > limit, "population"].sum()), pd.Series(middle)


def test_each_view_is_that_of_plain_counting(example_store, itb, example_views):
    sites = example_store.read("sites").merge(
        example_store.read("specialists_unasked")[["npi", "filed_rank"]], on="npi", how="left"
    )
    supplies = sites[sites["supplies"]]
    expected = {
        "proven": supplies[supplies["filed_rank"] == 1]["site_id"],
        "possible": supplies[supplies["grade_rank"] <= 3]["site_id"],
    }
    assert [view.key for view in example_views] == ["proven", "possible"]
    for view in example_views:
        far, middle = _plain_numbers(example_store, expected[view.key], 120)
        assert people_beyond(view.scores, 120)[0] == pytest.approx(far, rel=1e-9)
        found = view.scores.set_index("county_fips")["nearest_median_min"].fillna(np.inf)
        assert found.to_dict() == pytest.approx(middle.reindex(found.index).to_dict())
    assert expected["proven"].isin(expected["possible"]).all()


def test_the_finding_of_a_view_says_its_own_people_and_the_other_view(example_store, itb, example_views):
    whole = make_headline(example_store, service=itb, views=example_views)
    found = view_headlines(example_store, whole, service=itb, views=example_views)
    for view, other in zip(example_views, reversed(example_views), strict=True):
        people, rest = (f"{people_beyond(one.scores, 120)[0]:,.0f} residents" for one in (view, other))
        assert found[view.key].sentence.startswith(people)
        assert rest in found[view.key].meaning


def test_who_was_verified_by_a_call_is_not_proven_by_it(tmp_path, itb):
    store = write_small_store(tmp_path)
    sites = store.read("sites")
    before = proven_sites(store, sites, service=itb)
    assert sites.loc[before, "grade"].tolist() == ["bills_baclofen"]
    store.write("sites", sites.assign(grade=sites["grade"].replace("refills_pumps", "verified"),
                                      grade_rank=sites["grade_rank"].where(sites["grade_rank"] != 2, 0)))  # fmt: skip
    called = proven_sites(store, store.read("sites"), service=itb)
    assert called.tolist() == before.tolist()


def test_a_run_with_nothing_to_choose_has_one_view(tmp_path, itb):
    for grade, kept in (("manages_pumps", "bills_baclofen"), ("specialty_only", "specialty_only")):
        store = write_small_store(tmp_path / grade, grade=grade)
        sites = store.read("sites")
        store.write("sites", sites[sites["grade"] == kept])
        views = supply_views(store, service=itb, gate=open_gate(store, service=itb))
        assert [view.key for view in views] == ["possible"]


_TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.from_regex(
    r"[0-9,.]{1,8} min of [0-9]{1,3}%", fullmatch=True
)


@given(st.lists(st.lists(_TEXT, max_size=3), max_size=4))
def test_sentences_come_back_letter_by_letter(groups):
    assert unpack_sentences(pack_sentences(groups)) == groups

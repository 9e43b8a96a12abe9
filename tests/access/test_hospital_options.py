"""Hospitals without a named clinician in counties and closures: columns of their own, and no other number changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.access.hospital_options import HospitalDrives, hospital_options
from deserts.access.place_reach import PLACE_COLUMNS, minutes_to_places, payer_places, score_places

POINTS = pd.Series(["a", "b", "c"])
PEOPLE = np.array([100.0, 50.0, 10.0])


def places(*ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "place_id": [f"H{i}" for i in ids], "ccn": list(ids), "name": [f"Hospital {i}" for i in ids], "city": "X",
            "state": "ME", "phone": "", "grade": "P3", "drug": "unknown", "payers": "Alpha", "supplies": True,
        }
    )  # fmt: skip


def times(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["point_id", "place_id", "drive_min"])


def test_those_who_lose_a_practice_are_told_the_nearest_hospital() -> None:
    drives = HospitalDrives.of_points(
        times(("a", "H1", 10.0), ("a", "H2", 5.0), ("b", "H1", 40.0), ("z", "H1", 1.0), ("c", "H9", 1.0)),
        POINTS, places("1", "2"), {"1": "E7", "2": ""},
    )  # fmt: skip
    found = hospital_options(drives, PEOPLE, np.array([False, True, True]), frozenset({"E7", ""}))
    assert found["place_id"].tolist() == ["H2", "H1"]
    assert found["people"].tolist() == [100, 50]
    assert found["people_stranded"].tolist() == [0, 50]
    assert found["drive_mean_min"].tolist() == [5, 40]
    assert found["same_owner"].tolist() == [False, True]


def test_nobody_loses_it_and_nobody_is_asked() -> None:
    drives = HospitalDrives.of_points(times(("a", "H1", 10.0)), POINTS, places("1"), {})
    assert hospital_options(drives, np.zeros(3), np.zeros(3, dtype=bool), frozenset()).empty
    none = HospitalDrives.of_points(times(), POINTS, places(), {})
    assert hospital_options(none, PEOPLE, np.ones(3, dtype=bool), frozenset()).empty


@pytest.fixture
def demand() -> pd.DataFrame:
    return pd.DataFrame({"point_id": POINTS, "population": PEOPLE, "county_fips": ["1", "1", "2"], "scored": True})


SCORES = pd.DataFrame(
    {"county_fips": ["1", "2", "3"], "nearest_median_min": [60.0, np.nan, 1.0], "desert_rank": [2, 4, 0]}
)
REACH = pd.DataFrame(
    {"point_id": ["a", "b", "c"], "basis": "site", "rank": 1, "drive_min": [60.0, 130.0, np.nan],
     "status": ["ok", "ok", "beyond_limit"]}
)  # fmt: skip


def test_a_county_has_its_minutes_with_hospitals_beside_those_without(demand: pd.DataFrame) -> None:
    drives = times(("a", "H1", 70.0), ("b", "H1", 20.0), ("c", "H1", 100.0))
    found = score_places(SCORES, REACH, demand, drives, searched=True).set_index("county_fips")
    assert found.loc["1", "with_places_median_min"] == 60
    assert found.loc["2", "with_places_median_min"] == 100
    assert np.isnan(found.loc["3", "with_places_median_min"])
    assert found.loc["1", "beyond_60_with_places_share"] == 0
    assert found.loc["2", "beyond_60_with_places_share"] == 1
    assert found["places_status"].eq("searched").all()


def test_without_a_price_file_nothing_is_known_of_places(demand: pd.DataFrame) -> None:
    found = score_places(SCORES, REACH, demand, times(), searched=False)
    assert found[list(PLACE_COLUMNS[:-1])].isna().all(axis=None)
    assert found["places_status"].eq("not_searched").all()


_DRIVES = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["H1", "H2"]), st.floats(0, 480)),
    max_size=6,
    unique_by=lambda row: row[:2],
)


@settings(max_examples=50, deadline=None)
@given(_DRIVES)
def test_places_change_no_headline_and_never_lengthen_their_own_column(rows: list[tuple[str, str, float]]) -> None:
    demand = pd.DataFrame({"point_id": POINTS, "population": PEOPLE, "county_fips": ["1", "1", "2"], "scored": True})
    found = score_places(SCORES, REACH, demand, times(*rows), searched=True)
    pd.testing.assert_frame_equal(found[list(SCORES.columns)], SCORES)
    none = score_places(SCORES, REACH, demand, times(), searched=True)
    before, after = (t["with_places_median_min"].fillna(np.inf) for t in (none, found))
    assert (after <= before).all()
    assert (found["beyond_60_with_places_share"].fillna(0) <= none["beyond_60_with_places_share"].fillna(0)).all()


def test_by_payer_only_hospitals_that_this_payer_paid(demand: pd.DataFrame) -> None:
    evidence = pd.DataFrame(
        {
            "ccn": ["1", "2", "2"],
            "payer_name": ["Alpha Medicare", "Beta", "Alpha Medicare"],
            "grade": ["P3", "P2", "P1"],
        }
    )
    payers = pd.DataFrame({"payer": ["Alpha", "Beta"], "county_fips": ["1", "1"]})
    drives = times(("a", "H1", 70.0), ("a", "H2", 5.0), ("b", "H2", 20.0))
    found = payer_places(payers, demand, drives, evidence, places("1", "2")).set_index("payer")
    assert found.loc["Alpha", "hospital_places_paid"] == 1
    assert found.loc["Alpha", "nearest_place_median_min"] == 70
    assert found.loc["Beta", "nearest_place_median_min"] == 5
    assert minutes_to_places(POINTS, drives).tolist() == [5, 20, np.inf]

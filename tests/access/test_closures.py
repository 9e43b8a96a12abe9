"""Closures against brute force: one group, two groups, many-to-many groups; displacement, retirement."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from deserts.access.closures import Groups, close_sites, single_closures, twin_closures
from deserts.access.displacement import displaced_flows, practice_volumes, required_growth
from deserts.access.pairs import PairTable
from deserts.access.reach import people_by_nearest
from deserts.access.retirement import expected_minutes, leaving_probability, nearest_lost
from deserts.services import Service
from tests.access.conftest import LIMIT_MIN, dense, make_inputs, make_specialists, random_pairs


def brute(matrix: np.ndarray, people: np.ndarray, closed: np.ndarray) -> tuple[float, float, float]:
    """Person-minutes added (at most to the limit), people stranded, people whose drive grows."""
    before, after = matrix.min(axis=1), np.where(closed, np.inf, matrix).min(axis=1)
    had = np.isfinite(before)
    before, after, weight = before[had], after[had], people[had]
    added = np.minimum(after, LIMIT_MIN) - before
    return float(weight @ added), float(weight @ np.isinf(after)), float(weight @ (after > before))


@pytest.mark.parametrize("seed", range(4))
def test_single_closures_equal_brute_force(seed: int) -> None:
    pairs = random_pairs(seed, density=0.3)
    people = np.random.default_rng(seed).integers(0, 100, pairs.n_points).astype(float)
    labels = pd.Series([f"g{j // 2}" for j in range(pairs.n_sites)])
    table = single_closures(pairs, people, Groups.from_labels(labels), time_limit_min=LIMIT_MIN).set_index("group_id")
    assert list(table.index) == sorted(set(labels))
    for name in table.index:
        expected = brute(dense(pairs), people, (labels == name).to_numpy())
        row = table.loc[name, ["added_person_min", "people_stranded", "people_losing"]].to_numpy(float)
        np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_the_median_added_is_of_the_difference() -> None:
    pairs = PairTable.from_arrays([0, 0, 1, 1], [0, 1, 0, 1], [10.0, 25.0, 20.0, 60.0], n_points=2, n_sites=2)
    groups = Groups.from_labels(pd.Series(["near", "far"]))
    table = single_closures(pairs, np.array([1.0, 3.0]), groups, time_limit_min=LIMIT_MIN).set_index("group_id")
    assert table.loc["near", "added_median_min"] == 40
    assert table.loc["near", "added_mean_min"] == pytest.approx((15 + 3 * 40) / 4)


@pytest.mark.parametrize("seed", range(3))
def test_two_closures_equal_brute_force_for_every_pair(seed: int) -> None:
    pairs = random_pairs(seed, n_points=30, n_sites=8, density=0.35)
    people = np.random.default_rng(seed).integers(1, 100, pairs.n_points).astype(float)
    labels = pd.Series([f"g{j // 2}" for j in range(pairs.n_sites)])
    listed = twin_closures(pairs, people, labels, time_limit_min=LIMIT_MIN).set_index(["group_a", "group_b"])
    single = single_closures(pairs, people, Groups.from_labels(labels), time_limit_min=LIMIT_MIN).set_index("group_id")
    for a, b in itertools.combinations(sorted(set(labels)), 2):
        added, stranded, _ = brute(dense(pairs), people, labels.isin([a, b]).to_numpy())
        if (a, b) in listed.index:
            row = listed.loc[(a, b)]
            assert row["added_person_min"] == pytest.approx(added)
            assert row["people_stranded"] == pytest.approx(stranded)
        else:
            assert single.loc[[a, b], "added_person_min"].sum() == pytest.approx(added)


@pytest.mark.parametrize("names", [("a", "b", "c"), ("c", "b", "a")])
def test_practices_exactly_as_near_share_people_and_no_name_decides(names: tuple[str, ...]) -> None:
    """Two practices (three sites) at one place, 20 minutes from 90 people; a third is 40 minutes away."""
    first, second, far = names
    labels = pd.Series([first, first, second, far])
    pairs = PairTable.from_arrays([0, 0, 0, 0], [0, 1, 2, 3], [20.0, 20.0, 20.0, 40.0], n_points=1, n_sites=4)
    people = np.array([90.0])
    table = single_closures(pairs, people, Groups.from_labels(labels), time_limit_min=LIMIT_MIN).set_index("group_id")
    assert table["people_nearest"].to_dict() == {first: 45.0, second: 45.0, far: 0.0}
    assert (table["people_losing"] == 0).all()
    flows = displaced_flows(pairs, people, labels).groupby("group_id")["people"].sum()
    assert flows.to_dict() == {first: 45.0, second: 45.0}
    reach = pd.DataFrame({"point_id": "p", "practice_id": list(names), "drive_min": [20.0, 20.0, 40.0]})
    shared = people_by_nearest(reach, pd.DataFrame({"point_id": ["p"], "population": [90.0]}))
    assert shared.to_dict() == {first: 45.0, second: 45.0}


@pytest.mark.parametrize("names", [("a", "b", "c", "d"), ("d", "c", "b", "a")])
def test_those_who_go_on_are_shared_by_all_that_are_next_and_no_name_decides(names: tuple[str, ...]) -> None:
    """One practice at 20 minutes, two (one with two sites) at 40, a fourth at 50, and its own second site at 40."""
    near, one, two, far = names
    labels = pd.Series([near, one, one, two, near, far])
    minutes = [20.0, 40.0, 40.0, 40.0, 40.0, 50.0]
    pairs = PairTable.from_arrays([0] * 6, list(range(6)), minutes, n_points=1, n_sites=6)
    flows = displaced_flows(pairs, np.array([90.0]), labels)
    assert flows.set_index(["group_id", "next_id"])["people"].to_dict() == {(near, one): 45.0, (near, two): 45.0}
    assert flows["added_person_min"].tolist() == [900.0, 900.0]


def test_hospitals_share_clinicians() -> None:
    pairs = random_pairs(7, density=0.5)
    people = np.ones(pairs.n_points)
    names = pd.Index([f"s{j}" for j in range(pairs.n_sites)])
    members = pd.DataFrame(
        {"site": ["s0", "s1", "s1", "s2", "s5", "gone"], "hospital": ["h1", "h1", "h2", "h2", "h2", "h1"]}
    )
    groups = Groups.from_members(members["site"], members["hospital"], site_ids=names)
    table = single_closures(pairs, people, groups, time_limit_min=LIMIT_MIN).set_index("group_id")
    assert table["sites"].to_dict() == {"h1": 2, "h2": 3}
    for hospital, sites in (("h1", ["s0", "s1"]), ("h2", ["s1", "s2", "s5"])):
        added, stranded, losing = brute(dense(pairs), people, names.isin(sites))
        assert table.loc[hospital, "added_person_min"] == pytest.approx(added)
        assert table.loc[hospital, "people_stranded"] == stranded
        assert table.loc[hospital, "people_losing"] == losing


def test_closing_any_set() -> None:
    pairs = random_pairs(8, density=0.3)
    closed = np.arange(pairs.n_sites) < 6
    change = close_sites(pairs, closed)
    matrix = dense(pairs)
    np.testing.assert_array_equal(change.after_min, np.where(closed, np.inf, matrix).min(axis=1))
    assert (change.after_min >= change.before_min).all()
    np.testing.assert_array_equal(change.stranded, np.isfinite(change.before_min) & np.isinf(change.after_min))
    added = change.added_min(time_limit_min=LIMIT_MIN)
    assert (added >= 0).all()
    assert added[~change.displaced].sum() == 0


def test_golden_penalty() -> None:
    minutes = np.array([[10, 45, 130], [35, 20, 80], [90, 55, 15], [170, 200, 190]], dtype=float)
    point, site = np.indices(minutes.shape)
    pairs = PairTable.from_arrays(point.ravel(), site.ravel(), minutes.ravel(), n_points=4, n_sites=3)
    table = single_closures(
        pairs, np.array([1.0, 10, 100, 1000]), Groups.from_labels(pd.Series(["cA", "cB", "cC"])), time_limit_min=480
    )
    assert list(table["added_person_min"]) == [35 + 20 * 1000, 15 * 10, 40 * 100]


def test_displaced_people_are_conserved_and_go_to_the_next(itb: Service) -> None:
    pairs = random_pairs(9, density=0.3)
    people = np.random.default_rng(9).integers(1, 50, pairs.n_points).astype(float)
    labels = pd.Series([f"g{j // 2}" for j in range(pairs.n_sites)])
    flows = displaced_flows(pairs, people, labels)
    reached = np.isfinite(dense(pairs).min(axis=1))
    assert flows["people"].sum() == people[reached].sum()
    assert not (flows["group_id"] == flows["next_id"]).any()
    single = single_closures(pairs, people, Groups.from_labels(labels), time_limit_min=LIMIT_MIN).set_index("group_id")
    stranded = flows[flows["next_id"] == ""].set_index("group_id")["people"]
    assert stranded.to_dict() == single.loc[single["people_stranded"] > 0, "people_stranded"].to_dict()


def test_growth_is_an_interval_that_holds_the_plain_ratio(itb: Service) -> None:
    flows = pd.DataFrame({"group_id": ["a", "a", "a"], "next_id": ["", "b", "c"], "people": [10.0, 60.0, 30.0]})
    volumes = pd.DataFrame(
        {"volume_low": [20.0, 100.0, 1.0], "volume_high": [60.0, 300.0, 30.0]}, index=["a", "b", "c"]
    )
    growth = required_growth(flows, volumes, service=itb).set_index("next_id")
    assert growth.loc["b", "growth_low"] == pytest.approx(0.6 * 20 / 300)
    assert growth.loc["b", "growth_high"] == pytest.approx(0.6 * 60 / 100)
    assert growth.loc["b", "verdict"] == "uncertain"
    large = volumes.assign(volume_high=volumes["volume_low"])
    assert required_growth(flows, large, service=itb).set_index("next_id")["verdict"].to_dict() == {
        "b": "absorbable", "c": "not_absorbable",
    }  # fmt: skip


def test_volumes_without_claims_are_an_interval(itb: Service) -> None:
    inputs = make_inputs()
    specialists = make_specialists(inputs.sites)
    volumes = practice_volumes(inputs.sites, specialists, service=itb)
    factor = itb.number("resilience.volume_factor")
    assert volumes.loc["p0", "volume_low"] == 1 + 21  # the first clinician has no row, the second 21 patients
    assert volumes.loc["p0", "volume_high"] == (10 + 21) * factor


def test_expected_minutes_equal_the_sum_over_all_futures() -> None:
    pairs = random_pairs(11, n_points=12, n_sites=6, density=0.7)
    clinician = np.array([0, 1, 1, 2, 3, 0])  # two clinicians have two sites each
    p_leaves = np.array([0.5, 0.2, 0.9, 0.05])
    expected = np.zeros(pairs.n_points)
    nobody = np.zeros(pairs.n_points)
    for leaves in itertools.product([False, True], repeat=4):
        chance = np.prod(np.where(leaves, p_leaves, 1 - p_leaves))
        nearest = np.where(np.array(leaves)[clinician], np.inf, dense(pairs)).min(axis=1)
        expected += chance * np.minimum(nearest, LIMIT_MIN)
        nobody += chance * np.isinf(nearest)
    found, alone = expected_minutes(pairs, clinician, p_leaves, time_limit_min=LIMIT_MIN)
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(alone, nobody)


def test_leaving_takes_activity_and_a_users_own_table() -> None:
    specialists = pd.DataFrame({"npi": ["1", "2", "3"], "p_active": [1.0, 0.5, np.nan]})
    own = pd.DataFrame({"npi": ["3"], "p_leaves": [0.4]})
    found = leaving_probability(specialists, default=0.1, own=own)
    np.testing.assert_allclose(found.loc[["1", "2", "3"]], [0.1, 0.55, 0.4])


def test_registry_changes_count_newcomers() -> None:
    pairs = PairTable.from_arrays([0, 0, 1, 1], [0, 1, 0, 2], [10.0, 30.0, 20.0, 5.0], n_points=2, n_sites=3)
    before, after = np.array([True, True, False]), np.array([False, True, True])
    change, lost = nearest_lost(pairs, np.array([7.0, 9.0]), before=before, after=after)
    assert lost == 16  # both lost site 0
    assert list(change.after_min) == [30.0, 5.0]  # the second point found a newcomer
    assert list(change.loses) == [True, False]

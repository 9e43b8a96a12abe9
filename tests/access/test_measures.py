"""Burden, equity, sensitivity, suppression: by hand, against identities, and by property."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from shapely.geometry import box

from deserts.access import PairTable
from deserts.access.burden import county_burden, region_burden, visit_schedules
from deserts.access.equity import by_rurality, concentration_index, gini, spots
from deserts.access.sensitivity import (
    by_denominator,
    catchment_grid,
    penetration_check,
    spearman,
    weight_sensitivity,
)
from deserts.access.suppression import SMALLEST_SHOWN, suppress_counts
from deserts.earth import KM_PER_MILE, great_circle_m
from deserts.errors import InputError
from deserts.services import Service
from tests.access.conftest import random_pairs


def test_burden_by_hand(itb: Service) -> None:
    """One person 60 minutes and 50 miles away, one out of reach."""
    pairs = PairTable.from_arrays([0], [0], [60.0], n_points=2, n_sites=1, dist_km=[50 * KM_PER_MILE])
    table = county_burden(pairs, np.array([3.0, 1.0]), np.zeros(2, dtype=int), pd.Series(["23001"]), service=itb)
    row = table.set_index("schedule").loc["every 3 months"]
    assert row["visits_per_year"] == 4
    assert visit_schedules(itb)["every 6 weeks"] == pytest.approx(365.25 / 42)
    assert row["miles_per_year"] == pytest.approx(400)
    assert row["hours_per_year"] == pytest.approx(8)
    assert row["caregiver_hours_per_year"] == pytest.approx(8)
    assert row["usd_per_year"] == pytest.approx(400 * itb.number("burden.usd_per_mile"))
    assert row["out_of_reach_share"] == pytest.approx(0.25)
    assert set(visit_schedules(itb)) == set(table["schedule"])
    total = region_burden(table, pd.Series({"23001": 40.0})).set_index("schedule").loc["every 3 months"]
    assert total["patients_out_of_reach"] == pytest.approx(10)
    assert total["miles_per_year"] == pytest.approx(30 * 400)


def test_patients_of_a_county_of_which_nothing_is_known_are_no_sum(itb: Service) -> None:
    """One county as above, one with nobody in reach, one where nobody is counted though patients live there."""
    pairs = PairTable.from_arrays([0], [0], [60.0], n_points=3, n_sites=1, dist_km=[50 * KM_PER_MILE])
    codes = ["23001", "23003", "23005"]
    table = county_burden(pairs, np.array([3.0, 2.0, 0.0]), np.arange(3), pd.Series(codes), service=itb)
    total = region_burden(table, pd.Series(dict(zip(codes, [40.0, 5.0, 7.0], strict=True))))
    assert total.columns.tolist() == [
        "schedule", "patients", "patients_out_of_reach", "patients_unknown", "miles_per_year", "hours_per_year",
        "usd_per_year", "caregiver_hours_per_year",
    ]  # fmt: skip
    row = total.set_index("schedule").loc["every 3 months"]
    assert row[["patients", "patients_out_of_reach", "patients_unknown"]].tolist() == [52, 5, 7]
    assert row["miles_per_year"] == pytest.approx(40 * 400)


def test_burden_needs_kilometres(itb: Service) -> None:
    pairs = PairTable.from_arrays([0], [0], [60.0], n_points=1, n_sites=1)
    with pytest.raises(InputError, match="kilometres"):
        county_burden(pairs, np.ones(1), np.zeros(1, dtype=int), pd.Series(["23001"]), service=itb)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), min_size=2, max_size=12))
def test_gini_is_half_the_relative_mean_difference(rows: list[tuple[int, int]]) -> None:
    value = np.array([v for v, _ in rows], dtype=float)
    weight = np.array([w for _, w in rows], dtype=float)
    people = np.repeat(value, weight.astype(int))
    if people.sum() == 0:
        assert np.isnan(gini(value, weight))
        return
    difference = np.abs(people[:, None] - people[None, :]).mean()
    assert gini(value, weight) == pytest.approx(difference / (2 * people.mean()))


def test_concentration_index_signs() -> None:
    minutes, people = np.array([10.0, 20.0, 60.0]), np.array([5.0, 5.0, 5.0])
    assert concentration_index(minutes, people, np.array([1.0, 2.0, 9.0])) > 0.2
    assert concentration_index(minutes, people, np.array([9.0, 2.0, 1.0])) < -0.2
    assert concentration_index(minutes, people, np.array([3.0, 3.0, 3.0])) == pytest.approx(0)
    order = minutes.copy()
    assert concentration_index(minutes, people, order) == pytest.approx(gini(minutes, people))


def test_rurality_table() -> None:
    table = by_rurality(
        np.array([10.0, 50, 90, np.inf]), np.ones(4), np.array([1.0, 3, 8, 8]), time_limit_min=480
    ).set_index("rurality")
    assert table.loc["metro", "beyond_60_share"] == 0
    assert table.loc["non-metro", "beyond_60_share"] == 1
    assert table.loc["non-metro", "nearest_median_min"] == 90
    assert np.isnan(table.loc["5", "nearest_median_min"])
    assert table.loc[[str(code) for code in range(1, 10)], "population"].sum() == 4
    assert "unknown" not in table.index


def test_who_lives_in_a_county_without_a_code_stands_in_a_row_of_its_own() -> None:
    minutes, people = np.array([10.0, 50, 90, 70]), np.array([1.0, 1, 1, 5])
    table = by_rurality(minutes, people, np.array([1.0, 3, 8, np.nan]), time_limit_min=480).set_index("rurality")
    assert table.loc[["metro", "non-metro", "unknown"], "population"].sum() == people.sum()
    assert table.loc["unknown", "nearest_median_min"] == 70


def test_spots_find_the_far_corner() -> None:
    cells = [(x, y) for x in range(8) for y in range(8)]
    counties = gpd.GeoDataFrame(
        {"county_fips": [f"{x:02d}{y:03d}" for x, y in cells]},
        geometry=[box(-100 + x, 30 + y, -99 + x, 31 + y) for x, y in cells], crs="EPSG:4326",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    value = pd.Series([1.0 + 0.1 * rng.random() if x < 3 and y < 3 else 0.1 * rng.random() for x, y in cells])
    found = spots(counties, value).set_index("county_fips")["spot"]
    assert found["01001"] == "far cluster"
    assert found["06006"] != "far cluster"
    pd.testing.assert_frame_equal(spots(counties, value), spots(counties, value))
    assert spots(counties.head(4), value.head(4)).empty


def test_spots_are_those_of_esda() -> None:
    """Gi* and the false discovery rate against PySAL, on counties of many sizes."""
    esda, graph = pytest.importorskip("esda"), pytest.importorskip("libpysal.graph")
    from esda.getisord import G_Local

    rng = np.random.default_rng(11)
    for count, neighbours, level in ((30, 4, 0.05), (300, 6, 0.05), (300, 8, 0.2)):
        lon, lat = rng.uniform(-100, -80, count), rng.uniform(30, 45, count)
        counties = gpd.GeoDataFrame(
            {"county_fips": [f"{i:05d}" for i in range(count)]},
            geometry=[box(x, y, x + 0.3, y + 0.2) for x, y in zip(lon, lat, strict=True)], crs="EPSG:4326",
        )  # fmt: skip
        value = pd.Series(rng.gamma(0.5, size=count) + 2 * ((lon < -95) & (lat > 40)))
        found = spots(counties, value, neighbours=neighbours, level=level)
        near = graph.Graph.from_arrays(*_nearest_on_the_sphere(counties, neighbours), np.ones(count * neighbours))
        theirs = G_Local(value.to_numpy(), near, transform="B", star=True, permutations=0)
        np.testing.assert_allclose(found["gi_z"], theirs.Zs, rtol=1e-9)
        np.testing.assert_allclose(found["gi_p"], 2 * theirs.p_norm, rtol=1e-6, atol=1e-12)
        limit = min(esda.fdr(2 * theirs.p_norm, level), level)
        assert ((found["spot"] != "none") == (2 * theirs.p_norm <= limit)).all()
    assert (found["spot"] == "far cluster").any()


def _nearest_on_the_sphere(counties: gpd.GeoDataFrame, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    centres = counties.geometry.representative_point()
    lon, lat = centres.x.to_numpy(), centres.y.to_numpy()
    away = great_circle_m(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    np.fill_diagonal(away, np.inf)
    return np.repeat(np.arange(len(lon)), neighbours), np.sort(np.argsort(away, axis=1)[:, :neighbours]).ravel()


def test_neighbours_are_the_nearest_on_the_ground() -> None:
    """In the north a degree of longitude is short: counties side by side are neighbours, those above are not."""
    cells = [(x, y) for x in range(9) for y in range(9)]
    counties = gpd.GeoDataFrame(
        {"county_fips": [f"{x:02d}{y:03d}" for x, y in cells]},
        geometry=[box(-150 + x, 60 + y, -149 + x, 61 + y) for x, y in cells], crs="EPSG:4326",
    )  # fmt: skip
    value = pd.Series([float(y == 4 and 3 <= x <= 5) for x, y in cells])
    z = spots(counties, value, neighbours=2).set_index("county_fips")["gi_z"]
    assert z.idxmax() == "04004"  # with its two neighbours east and west all three count
    n, count, mean, spread = 81, 3, value.mean(), value.std(ddof=0)
    assert z["04004"] == pytest.approx((3 - count * mean) / (spread * np.sqrt((n * count - count**2) / (n - 1))))


def test_of_several_places_at_one_point_each_counts_itself() -> None:
    shapes = [box(0, 0, 1, 1)] * 6 + [box(10 + i, 0, 11 + i, 1) for i in range(6)]
    counties = gpd.GeoDataFrame({"county_fips": [f"{i:05d}" for i in range(12)]}, geometry=shapes, crs="EPSG:4326")
    value = pd.Series([float(i) for i in range(12)])
    z = spots(counties, value, neighbours=2)["gi_z"].to_numpy()
    total = z * value.std(ddof=0) * np.sqrt((12 * 3 - 9) / 11) + 3 * value.mean()
    own = total[:6] - value[:6]
    pairs = {i + j for i in range(6) for j in range(6) if i < j}
    assert all(any(abs(rest - pair) < 1e-9 for pair in pairs) for rest in own)


def test_spots_count_both_tails() -> None:
    """Far and near clusters are looked for at once, so the p value of a z of 1.96 is 0.05 and not 0.025."""
    rng = np.random.default_rng(3)
    counties = gpd.GeoDataFrame(
        {"county_fips": [f"{i:05d}" for i in range(40)]},
        geometry=[box(-100 + i % 8, 30 + i // 8, -99 + i % 8, 31 + i // 8) for i in range(40)], crs="EPSG:4326",
    )  # fmt: skip
    found = spots(counties, pd.Series(rng.random(40)))
    np.testing.assert_allclose(found["gi_p"], 2 * norm.sf(found["gi_z"].abs()))


def test_grid_reference_correlates_with_itself() -> None:
    pairs = random_pairs(2)
    county = np.arange(pairs.n_points) % 5
    table = catchment_grid(pairs, np.ones(pairs.n_points), np.ones(pairs.n_sites), county, 5)
    assert len(table) == 16
    own = table[(table["decay"] == "gaussian") & (table["catchment_min"] == 120)]
    assert own["rank_correlation"].iloc[0] == pytest.approx(1)
    assert (table.groupby("decay")["people_at_zero_share"].diff().dropna() <= 0).all()  # wider never leaves more out


def test_weights_matter_in_proportion(itb: Service) -> None:
    scores = pd.DataFrame(
        {"proximity_score": [90.0, 10, 50], "choice_score": [0.0, 100, 50], "capacity_score": np.nan,
         "resilience_score": [50.0, 50, 50]}
    )  # fmt: skip
    table = weight_sensitivity(scores, service=itb).set_index(["component", "factor"])
    assert table.loc[("capacity", 2.0), "largest_change"] == 0
    assert table.loc[("choice", 2.0), "largest_change"] > 5


def test_denominators() -> None:
    minutes = np.array([10.0, 100.0, np.inf])
    table = by_denominator(minutes, {"all": np.ones(3), "old": np.array([0.0, 0, 1]), "nobody": np.zeros(3)})
    assert table["beyond_60_share"].tolist()[:2] == [pytest.approx(2 / 3), 1]
    assert table["nearest_median_min"].isna().tolist() == [False, True, True]


def test_penetration_thirds_hold_a_third_of_the_people() -> None:
    rng = np.random.default_rng(1)
    scores = pd.DataFrame({"county_fips": [f"{i:05d}" for i in range(300)], "population": 1.0 + rng.random(300)})
    share = rng.random(300)
    scores["desert_rank"] = np.where(share > 0.7, 3, 0)
    table = penetration_check(scores, pd.DataFrame({"county_fips": scores["county_fips"], "ma_share": share}))
    np.testing.assert_allclose(table["population"] / scores["population"].sum(), 1 / 3, atol=0.02)
    assert table["desert_people_share"].is_monotonic_increasing
    assert table["rank_correlation"].iloc[0] > 0.5
    assert table["ma_third"].tolist() == ["low", "middle", "high"]
    some = pd.DataFrame({"county_fips": scores["county_fips"].iloc[1:], "ma_share": share[1:]})
    gaps = penetration_check(scores, some).set_index("ma_third")
    first = scores.iloc[0]
    assert gaps.loc["unknown", ["counties", "population"]].tolist() == [1, first["population"]]
    assert gaps.loc["unknown", "desert_people_share"] == float(first["desert_rank"] >= 2)
    assert np.isnan(gaps.loc["unknown", "ma_share_mean"])
    assert gaps["population"].sum() == pytest.approx(scores["population"].sum())


def test_spearman_ignores_what_is_unknown() -> None:
    assert spearman(np.array([1.0, 2, 3, np.nan]), np.array([10.0, 20, 30, 0])) == pytest.approx(1)
    assert np.isnan(spearman(np.ones(3), np.arange(3.0)))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ab")), min_size=1, max_size=12))
def test_no_small_count_can_be_derived(rows: list[tuple[int, str]]) -> None:
    counts = pd.Series([count for count, _ in rows])
    group = pd.Series([name for _, name in rows])
    result = suppress_counts(counts, within=group)
    shown = result["count"].notna()
    assert not counts[shown].between(1, SMALLEST_SHOWN - 1).any()
    assert (result.loc[shown, "count"] == counts[shown]).all()
    for name in set(group):
        hidden = ~shown & (group == name)
        if hidden.any() and result.loc[group == name, "group_total_shown"].all():
            assert hidden.sum() >= 2  # one hidden cell would follow by subtraction
            room = counts[hidden].sum() - (hidden.sum() - 1)
            assert room >= SMALLEST_SHOWN  # the others being 1 or more, each may be small or not


def test_nothing_is_hidden_without_need() -> None:
    result = suppress_counts(pd.Series([0, 11, 50]), within=pd.Series(["a"] * 3))
    assert result["count_status"].tolist() == ["shown"] * 3
    one = suppress_counts(pd.Series([4, 0, 20, 50]), within=pd.Series(["a"] * 4))
    assert one["count_status"].tolist() == ["suppressed", "shown", "suppressed", "shown"]
    alone = suppress_counts(pd.Series([4, 0]), within=pd.Series(["a"] * 2))
    assert not alone["group_total_shown"].any()


def test_neither_bounds_nor_ties_give_a_hidden_count_away() -> None:
    """A mark on the small one would give 1 + 11 away; of two elevens the order would."""
    marked = suppress_counts(pd.Series([1, 11, 40]), within=pd.Series(["a"] * 3))
    assert marked["count_status"].tolist() == ["suppressed", "suppressed", "shown"]
    ties = suppress_counts(pd.Series([11, 11, 10, 40]), within=pd.Series(["a"] * 4))
    assert ties["count_status"].tolist() == ["suppressed", "suppressed", "suppressed", "shown"]
    ones = suppress_counts(pd.Series([1] * 11 + [30]), within=pd.Series(["a"] * 12))  # 11 ones sum to 11: all are 1
    assert ones["count"].isna().all()


def test_counts_that_are_no_counts_are_refused() -> None:
    with pytest.raises(InputError):
        suppress_counts(pd.Series([1.5]), within=pd.Series(["a"]))

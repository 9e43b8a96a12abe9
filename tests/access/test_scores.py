"""Reach and county scores: denominators, statuses, percentiles, borders, order of rows."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.access import AccessInputs, PairTable, build_scores
from deserts.access.areas import weighted_quantile
from deserts.access.prepared import prepare
from deserts.access.reach import measure_reach
from deserts.access.scores import for_children, score_other_areas
from deserts.config import Region
from deserts.errors import InputError
from deserts.provenance import Provenance
from deserts.services import Service
from deserts.tables import THRESHOLDS_MIN, empty, validate
from tests.access.conftest import LIMIT_MIN, dense, make_inputs, make_specialists, random_pairs, shuffled, snaps


def scores_of(inputs: AccessInputs, service: Service) -> pd.DataFrame:
    tables = build_scores(inputs, service=service, time_limit_min=LIMIT_MIN)
    validate("reach", tables.reach)
    return validate("county_scores", tables.county_scores).set_index("county_fips")


def one_county(itb: Service, minutes: list[list[float]], people: list[float], **changes: object) -> pd.Series:
    """Score a single county whose points drive ``minutes`` to sites in practices of their own."""
    n, m = len(minutes), len(minutes[0])
    base = make_inputs(counties=2, per_county=n, n_sites=m)
    demand = base.demand.assign(population=[*people, *people])
    sites = base.sites.assign(practice_id=[f"q{j}" for j in range(m)])
    point, site = np.nonzero(np.isfinite(np.array(minutes)))
    drive_times = pd.DataFrame(
        {
            "point_id": demand["point_id"].to_numpy()[point], "site_id": sites["site_id"].to_numpy()[site],
            "drive_min": np.array(minutes)[point, site], "dist_km": 1.0,
        }
    )  # fmt: skip
    inputs = replace(base, demand=demand, sites=sites, drive_times=drive_times, **changes)  # type: ignore[arg-type]
    return scores_of(inputs, itb).iloc[0]


def test_percentiles_means_and_shares_by_hand(itb: Service) -> None:
    row = one_county(itb, [[10, 100], [40, 50], [70, 200], [130, 140], [300, 310]], [10, 20, 30, 30, 10])
    assert row["nearest_median_min"] == 70
    assert row["nearest_p90_min"] == 130
    assert row["nearest_mean_min"] == pytest.approx((100 + 800 + 2100 + 3900 + 3000) / 100)
    assert row["second_practice_median_min"] == 140
    assert row["beyond_60_share"] == pytest.approx(0.7)
    assert row["beyond_120_share"] == pytest.approx(0.4)
    assert row["sites_within_60"] == pytest.approx((10 * 1 + 20 * 2) / 100)
    assert row["status"] == "ok"
    assert row["desert_rank"] == 2
    assert "most residents live over 60 minutes" in row["desert_class"]
    assert not row["mean_is_lower_bound"]


def test_people_beyond_the_limit_stay_in_every_denominator(itb: Service) -> None:
    inf = np.inf
    row = one_county(itb, [[10, 20], [20, inf], [inf, inf], [500, inf], [inf, inf]], [10, 10, 30, 30, 20])
    assert np.isnan(row["nearest_median_min"])
    assert row["status"] == "beyond_limit"
    assert row["beyond_240_share"] == pytest.approx(0.8)
    assert row["beyond_limit_share"] == pytest.approx(0.8)
    assert row["nearest_mean_min"] == pytest.approx((10 * 10 + 20 * 10 + 480 * 80) / 100)
    assert row["mean_is_lower_bound"]
    assert row["one_option_share"] == pytest.approx(0.1)
    assert row["desert_rank"] == 4


@pytest.mark.parametrize(("minutes", "rank"), [(30, 0), (31, 1), (61, 2), (121, 3), (481, 4)])
def test_a_class_for_each_limit_that_most_residents_are_beyond(itb: Service, minutes: float, rank: int) -> None:
    row = one_county(itb, [[minutes], [5]], [51, 49])
    assert (row["desert_rank"], one_county(itb, [[minutes], [5]], [49, 51])["desert_rank"]) == (rank, 0)


def test_a_point_without_a_road_is_unreachable_not_missing(itb: Service) -> None:
    base = make_inputs(counties=2, per_county=5, n_sites=2)
    component = np.array([0, 7, 7, -1, -1] * 2)
    row = one_county(
        itb, [[10, 20], [np.inf] * 2, [np.inf] * 2, [np.inf] * 2, [np.inf] * 2], [40, 10, 20, 20, 10],
        point_snaps=snaps(base.demand["point_id"], "point_id", component),
    )  # fmt: skip
    assert row["status"] == "unreachable"
    assert row["unreachable_share"] == pytest.approx(0.6)
    assert row["beyond_limit_share"] == 0


def test_residents_without_a_road_and_those_beyond_the_limit_are_counted_together(itb: Service) -> None:
    base = make_inputs(counties=2, per_county=3, n_sites=1)
    row = one_county(
        itb, [[10], [np.inf], [np.inf]], [40, 30, 30],
        point_snaps=snaps(base.demand["point_id"], "point_id", np.array([0, 0, -1] * 2)),
    )  # fmt: skip
    assert (row["beyond_limit_share"], row["unreachable_share"], row["desert_rank"]) == (0.3, 0.3, 4)


def test_a_county_that_was_not_judged_is_unknown(itb: Service) -> None:
    base = make_inputs(counties=4, per_county=3, n_sites=2)
    judged, *others = sorted(base.counties.loc[base.counties["scored"], "county_fips"])
    shares = {"adequate_on_paper_share": 1.0, "adequate_share": 0.5, "adequacy": "fail"}
    scores = scores_of(replace(base, adequacy=pd.DataFrame([{"county_fips": judged, **shares}])), itb)
    assert scores.loc[judged, "adequacy"] == "fail"
    assert others
    assert set(scores.loc[others, "adequacy"]) == {"unknown"}


def test_statuses_of_single_points(itb: Service) -> None:
    base = make_inputs(counties=2, per_county=5, n_sites=2)
    component = np.array([0, 7, 0, -1, 0] * 2)
    drive_times = pd.DataFrame(
        {"point_id": ["0000", "0004", "0004"], "site_id": base.sites["site_id"][[0, 0, 1]].to_numpy(),
         "drive_min": [10.0, 5.0, 6.0], "dist_km": 1.0}
    )  # fmt: skip
    inputs = replace(base, drive_times=drive_times, point_snaps=snaps(base.demand["point_id"], "point_id", component))
    reach = build_scores(inputs, service=itb, time_limit_min=LIMIT_MIN).reach
    by_site = reach[reach["basis"] == "site"]
    table = {rank: list(rows["status"]) for rank, rows in by_site.groupby("rank")}
    assert table[1] == ["ok", "unreachable", "beyond_limit", "unsnapped", "ok"]
    assert table[2] == ["beyond_limit", "unreachable", "beyond_limit", "unsnapped", "ok"]
    assert set(table[3]) == {"none_at_grade"}  # there are two sites in all
    practice = reach[reach["basis"] == "practice"].set_index(["point_id", "rank"])["status"]
    assert practice.loc["0004", 2] == "none_at_grade"  # both sites belong to one practice


@pytest.mark.parametrize("people", [[0, 0, 0, 0, 0], [5, 0, 0, 0, 0]])
def test_empty_places(itb: Service, people: list[float]) -> None:
    row = one_county(itb, [[10, 20]] * 5, people)
    if sum(people) == 0:
        assert row["status"] == "no_population"
        assert np.isnan(row["access_score"])
        assert row["desert_rank"] == 0
    else:
        assert row["nearest_median_min"] == 10


def test_few_points_still_report(itb: Service) -> None:
    row = one_county(itb, [[10, 20]] * 3, [1, 1, 1])
    assert row["status"] == "few_points"
    assert row["nearest_median_min"] == 10


def test_no_site_at_the_grade_is_a_result(inputs: AccessInputs, itb: Service) -> None:
    tables = build_scores(
        replace(inputs, sites=inputs.sites.iloc[:0], drive_times=empty("drive_times")),
        service=itb, time_limit_min=LIMIT_MIN,
    )  # fmt: skip
    scores = validate("county_scores", tables.county_scores)
    assert set(scores["status"]) == {"none_at_grade"}
    assert set(scores["desert_rank"]) == {4}
    assert scores["nearest_median_min"].isna().all()
    assert (scores["beyond_240_share"] == 1).all()
    assert set(validate("reach", tables.reach)["status"]) == {"none_at_grade"}
    assert all("none found" in words for words in scores["desert_class"])
    assert "none found at this grade" in [row.why for row in tables.flow]


def test_a_county_that_reaches_nobody_was_searched_and_holds_none(itb: Service) -> None:
    inputs = make_inputs(counties=2, per_county=4, n_sites=2)
    drives = inputs.drive_times
    assert isinstance(drives, pd.DataFrame)
    home = inputs.demand.loc[inputs.demand["scored"], "point_id"]
    assert scores_of(inputs, itb)["search"].tolist() == ["searched_found"]
    alone = scores_of(replace(inputs, drive_times=drives[~drives["point_id"].isin(home)]), itb)
    assert alone["search"].tolist() == ["searched_none"]


def test_reach_agrees_with_brute_force() -> None:
    for seed in range(5):
        pairs = random_pairs(seed)
        practice = np.arange(pairs.n_sites) // 3
        reach = measure_reach(pairs, practice, k=4)
        matrix = dense(pairs)
        np.testing.assert_array_equal(reach.site_min, np.sort(matrix, axis=1)[:, :4])
        by_practice = np.stack([matrix[:, practice == p].min(axis=1) for p in range(practice.max() + 1)], axis=1)
        expected = np.full_like(reach.practice_min, np.inf)
        expected[:, : by_practice.shape[1]] = np.sort(by_practice, axis=1)[:, :4]
        np.testing.assert_array_equal(reach.practice_min, expected)
        for place, limit in enumerate(THRESHOLDS_MIN):
            np.testing.assert_array_equal(reach.sites_within[:, place], (matrix <= limit).sum(axis=1))
            np.testing.assert_array_equal(reach.practices_within[:, place], (by_practice <= limit).sum(axis=1))


def test_order_of_rows_changes_nothing(inputs: AccessInputs, mohs: Service) -> None:
    one = build_scores(replace(inputs, grade=""), service=mohs, time_limit_min=LIMIT_MIN)
    other = build_scores(replace(shuffled(inputs), grade=""), service=mohs, time_limit_min=LIMIT_MIN)
    pd.testing.assert_frame_equal(one.county_scores, other.county_scores, check_exact=True)
    pd.testing.assert_frame_equal(one.reach, other.reach, check_exact=True)


def test_a_pair_table_of_the_caller_gives_the_same(inputs: AccessInputs, itb: Service) -> None:
    mixed = shuffled(inputs)
    pairs = PairTable.from_frame(
        mixed.drive_times, point_ids=pd.Index(mixed.demand["point_id"]), site_ids=pd.Index(mixed.sites["site_id"])
    )
    one = build_scores(replace(mixed, drive_times=pairs), service=itb, time_limit_min=LIMIT_MIN)
    other = build_scores(inputs, service=itb, time_limit_min=LIMIT_MIN)
    pd.testing.assert_frame_equal(one.county_scores, other.county_scores, check_exact=True)


def test_names_that_repeat_are_refused(inputs: AccessInputs, itb: Service) -> None:
    twice = pd.concat([inputs.sites, inputs.sites.iloc[[0]]])
    with pytest.raises(InputError, match="twice"):
        build_scores(replace(inputs, sites=twice), service=itb, time_limit_min=LIMIT_MIN)


def test_moving_the_border_changes_no_interior_score(inputs: AccessInputs, mohs: Service) -> None:
    """The county across the border scored too, and a far-off state taken in: nothing inland changes."""
    narrow = scores_of(replace(inputs, grade=""), mohs)
    wide = replace(
        inputs, demand=inputs.demand.assign(scored=True), counties=inputs.counties.assign(scored=True), grade=""
    )
    moved = scores_of(wide, mohs)
    assert len(moved) == len(narrow) + 1
    pd.testing.assert_frame_equal(moved.loc[narrow.index], narrow, check_exact=True)
    far = make_inputs(seed=9)
    renamed = {"point_id": "z" + far.demand["point_id"], "county_fips": "9" + far.demand["county_fips"].str[1:]}
    sites = far.sites.assign(**{name: "z" + far.sites[name] for name in ("site_id", "npi", "practice_id")})
    times = far.drive_times.assign(**{name: "z" + far.drive_times[name] for name in ("point_id", "site_id")})
    more = replace(
        wide,
        demand=pd.concat([wide.demand, far.demand.assign(scored=False, **renamed)]),
        sites=pd.concat([wide.sites, sites]),
        drive_times=pd.concat([wide.drive_times, times]),
        point_snaps=pd.concat([wide.point_snaps, snaps(renamed["point_id"], "point_id")]),
        site_snaps=pd.concat([wide.site_snaps, snaps(sites["site_id"], "site_id")]),
    )
    pd.testing.assert_frame_equal(scores_of(more, mohs), moved, check_exact=True)


def test_clinics_across_the_border_count(inputs: AccessInputs, itb: Service) -> None:
    """Without the neighbour's clinics the edge looks worse, never better."""
    prepared = prepare(inputs, time_limit_min=LIMIT_MIN)
    with_all = measure_reach(prepared.pairs, prepared.practice).site_min[:, 0]
    inside = np.arange(len(inputs.sites)) < 4
    without = measure_reach(prepared.pairs.select(sites=inside), prepared.practice).site_min[:, 0]
    assert (without >= with_all).all()
    assert (without > with_all).any()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 11))
def test_adding_a_site_lengthens_no_drive(seed: int, added: int) -> None:
    pairs = random_pairs(seed)
    before = pairs.select(sites=np.arange(pairs.n_sites) != added)
    practice = np.arange(pairs.n_sites)
    less = measure_reach(before, practice)
    more = measure_reach(pairs, practice)
    assert (more.site_min <= less.site_min).all()
    assert (more.sites_within >= less.sites_within).all()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=30),
    st.sampled_from([0.1, 0.5, 0.9]),
)
def test_weighted_quantile_is_that_of_the_repeated_values(rows: list[tuple[int, int]], quantile: float) -> None:
    values = np.array([value for value, _ in rows], dtype=float)
    weights = np.array([weight for _, weight in rows], dtype=float)
    found = weighted_quantile(values, weights, np.zeros(len(rows), dtype=int), 1, quantile)[0]
    people = np.sort(np.repeat(values, weights.astype(int)))
    if people.size == 0:
        assert np.isnan(found)
    else:
        assert found == people[int(np.ceil(quantile * people.size - 1e-9)) - 1]


def test_the_quantile_of_one_area_owes_nothing_to_the_others() -> None:
    """Half of four equal weights is reached at the second, however many fractions were summed up before."""
    n = 400
    people = np.repeat(np.random.default_rng(0).integers(100, 5000, n) * 0.217, 4)
    minutes, area = np.tile([1.0, 2.0, 3.0, 4.0], n), np.repeat(np.arange(n), 4)
    assert (weighted_quantile(minutes, people, area, n, 0.5) == 2).all()


def test_other_areas_are_scored_like_counties(inputs: AccessInputs, itb: Service) -> None:
    counties = scores_of(inputs, itb)
    area = inputs.demand.set_index("point_id")["county_fips"]
    districts = score_other_areas(inputs, area, service=itb, time_limit_min=LIMIT_MIN).set_index("area_id")
    shared = [column for column in districts.columns if column in counties]
    pd.testing.assert_frame_equal(
        districts.loc[counties.index, shared], counties[shared], check_names=False, check_exact=True
    )


def test_children_need_clinicians_who_take_them(inputs: AccessInputs, itb: Service) -> None:
    specialists = make_specialists(inputs.sites)
    share = pd.Series(0.25, index=inputs.counties["county_fips"])
    young = for_children(inputs, specialists, under_18_share=share)
    taken = set(specialists.loc[specialists["age_band"] != "adult", "npi"])
    assert set(young.sites["npi"]) == taken
    all_ages, children = scores_of(inputs, itb), scores_of(young, itb)
    np.testing.assert_allclose(children["population"], all_ages["population"] * 0.25)
    assert (children["nearest_mean_min"] >= all_ages["nearest_mean_min"]).all()
    nobody = for_children(inputs, specialists.assign(age_band="unknown"), under_18_share=None)
    assert set(scores_of(nobody, itb)["status"]) == {"none_at_grade"}


def test_capacity_counts_only_where_it_is_known(inputs: AccessInputs, itb: Service, mohs: Service) -> None:
    assert scores_of(inputs, itb)["capacity_score"].isna().all()
    known = scores_of(replace(inputs, grade=""), mohs)
    assert known["capacity_score"].between(0, 100).all()
    weights = {name: mohs.number(f"score.weight_{name}") for name in ("proximity", "choice", "capacity", "resilience")}
    total = sum(known[f"{name}_score"] * weight for name, weight in weights.items()) / sum(weights.values())
    np.testing.assert_allclose(known["access_score"], total)


def test_same_bytes_under_another_hash_seed() -> None:
    code = (
        "import hashlib\n"
        "from tests.access.conftest import make_inputs, LIMIT_MIN\n"
        "from deserts.access import build_scores\n"
        "from deserts.services import load_service\n"
        "t = build_scores(make_inputs(), service=load_service('itb'), time_limit_min=LIMIT_MIN)\n"
        "digest = hashlib.sha256((t.county_scores.to_csv() + t.reach.to_csv()).encode()).hexdigest()\n"
    )
    here: dict[str, str] = {}
    exec(code, here)
    elsewhere = subprocess.run(
        [sys.executable, "-c", code + "print(digest)"], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONHASHSEED": "42"},
    ).stdout  # fmt: skip
    assert elsewhere.strip() == here["digest"]


def test_maines_nearest_sites_include_massachusetts(inputs: AccessInputs, itb: Service) -> None:
    """Supply comes from every state within the limit; leaving it out lengthens drives, which outputs then must say."""
    assert "MA" in Region.parse("ME").supply_states
    boston = np.arange(len(inputs.sites)) % 2 == 0
    states = np.where(boston, "MA", "ME")
    mixed = replace(inputs, sites=inputs.sites.assign(state=states, practice_id=[f"q{i}" for i in range(9)]))
    tables = build_scores(mixed, service=itb, time_limit_min=LIMIT_MIN)
    nearest = tables.reach[(tables.reach["basis"] == "site") & (tables.reach["rank"] == 1)]
    state_of = mixed.sites.set_index("site_id")["state"]
    assert {"MA", "ME"} <= set(nearest["site_id"].map(state_of))
    cut = replace(mixed, sites=mixed.sites[~boston])
    at_home = scores_of(cut, itb)["nearest_mean_min"]
    assert (at_home >= tables.county_scores.set_index("county_fips")["nearest_mean_min"]).all()
    sentence = Provenance("ME", "itb", "manages_pumps", missing_states=("MA",)).edge_sentence()
    assert sentence == "edge incomplete: MA"

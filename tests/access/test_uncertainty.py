"""Monte Carlo: certain inputs give the plain result, draws are common, threads change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deserts.access import AccessInputs, build_scores
from deserts.access.chances import (
    Scenarios,
    availability,
    certain,
    in_business,
    minutes_error,
    rough_places,
    stays,
    uniforms,
)  # fmt: skip
from deserts.access.firmness import county_draws
from deserts.access.prepared import Prepared, prepare
from deserts.access.retirement import expected_minutes
from deserts.access.uncertainty import Draws, draw_access, summarise_draws, summarise_states
from deserts.services import Number, Service
from deserts.specialists.acceptance import expected_rate
from deserts.tables import validate
from tests.access.conftest import LIMIT_MIN, make_specialists


@pytest.fixture
def prepared(inputs: AccessInputs) -> Prepared:
    return prepare(inputs, time_limit_min=LIMIT_MIN)


def scenarios(
    prepared: Prepared, service: Service, *, chance: object = 0.5, draws: int = 60, seed: int = 1
) -> Scenarios:
    _, names = pd.factorize(prepared.demand["county_fips"], sort=True)
    options = {"service": service, "draws": draws, "seed": seed}
    here = stays(prepared.sites, np.broadcast_to(np.asarray(chance), len(prepared.sites)), draws=draws, seed=seed)
    place, east, north = rough_places(prepared.sites.assign(precision="zip"), **options)
    return Scenarios(here, place, east, north, minutes_error(list(names), **options))


def draw(prepared: Prepared, service: Service, drawn: Scenarios, *, max_workers: int = 1) -> Draws:
    county, names = pd.factorize(prepared.demand["county_fips"], sort=True)
    return draw_access(
        prepared.pairs, prepared.demand, county, len(names), prepared.sites, drawn, service=service,
        time_limit_min=LIMIT_MIN, max_workers=max_workers,
    )  # fmt: skip


def with_numbers(service: Service, **numbers: float) -> Service:
    changed = {name.replace("__", "."): Number(value, "test") for name, value in numbers.items()}
    return replace(service, numbers={**service.numbers, **changed})


SURE = {
    "active__stop_sd": 0.0, "uncertainty__hidden_share": 0.0, "uncertainty__speed_region_sd": 0.0,
    "uncertainty__speed_under_30_sd": 0.0, "uncertainty__speed_30_to_60_sd": 0.0,
    "uncertainty__speed_60_to_120_sd": 0.0, "uncertainty__speed_over_120_sd": 0.0, "uncertainty__shift_zip_min": 0.0,
    "uncertainty__shift_city_min": 0.0, "uncertainty__shift_zip_nearby_min": 0.0, "uncertainty__shift_county_min": 0.0,
}  # fmt: skip


def test_with_every_uncertainty_at_zero_each_draw_is_the_run_to_the_last_digit(
    inputs: AccessInputs, prepared: Prepared, itb: Service
) -> None:
    sure = with_numbers(itb, **SURE)
    specialists = make_specialists(prepared.sites).assign(p_active=1.0)
    options = {"service": sure, "draws": 20, "seed": 1}
    _, names = pd.factorize(prepared.demand["county_fips"], sort=True)
    sites = prepared.sites.assign(precision="zip")
    here = in_business(sites, specialists, grade="manages_pumps", **options)
    drawn = draw(
        prepared, sure, Scenarios(here, *rough_places(sites, **options), minutes_error(list(names), **options))
    )
    county = prepared.demand["county_fips"].map(list(names).index).to_numpy()
    again = county_draws(
        prepared.pairs, prepared.demand, county, list(names), sites, specialists[["npi", "p_active"]], service=sure,
        grade="manages_pumps", time_limit_min=LIMIT_MIN, draws=20,
    )  # fmt: skip
    np.testing.assert_array_equal(again.median_min, drawn.median_min)
    scores = build_scores(
        replace(inputs, demand=inputs.demand.assign(scored=True), counties=inputs.counties.assign(scored=True)),
        service=itb, time_limit_min=LIMIT_MIN,
    ).county_scores  # fmt: skip
    for of_draw in range(20):
        np.testing.assert_array_equal(drawn.median_min[of_draw], scores["nearest_median_min"])
        np.testing.assert_array_equal(drawn.beyond_moderate[of_draw], scores["beyond_60_share"])
        np.testing.assert_array_equal(drawn.beyond_limit[of_draw], scores["beyond_limit_share"])
    table = summarise_draws(drawn, scores["desert_rank"].to_numpy(), service=itb)
    assert set(table["desert_firmness"]) == {"robust"}
    np.testing.assert_array_equal(table["nearest_median_low_min"], table["nearest_median_high_min"])
    in_run = {bound: scores[f"beyond_{limit}_share"].to_numpy() for bound, limit in (("moderate", 60), ("severe", 120))}
    for row in summarise_states(drawn, in_run, scores.assign(told=True), service=itb).to_dict("records"):
        assert row["firmness"] == "robust"
        for bound in in_run:
            ends = {row[f"beyond_{bound}{end}_share"] for end in ("", "_low", "_high")}
            assert len(ends) == 1, "the run itself, to the last digit"


def test_a_state_is_summed_up_within_each_draw(itb: Service) -> None:
    """Two counties that are far in turns: each swings between nobody and everybody, the state does not."""
    far = np.array([[1.0, 0.0], [0.0, 1.0]] * 50)
    drawn = Draws(far, far, far, far / 2, far)
    counties = pd.DataFrame({"state": ["ME", "ME", "ME"], "population": [300.0, 100.0, 0.0], "told": [True] * 3})
    here = Draws(*(np.column_stack([getattr(drawn, name), np.full(100, np.nan)]) for name in Draws.__slots__))
    in_run = {"moderate": np.array([1.0, 0.0, np.nan]), "severe": np.array([0.5, 0.0, np.nan])}
    table = validate("state_intervals", summarise_states(here, in_run, counties, service=itb))
    (row,) = table.to_dict("records")
    assert (row["population"], row["beyond_moderate_share"]) == (400.0, 0.75)
    assert (row["beyond_moderate_low_share"], row["beyond_moderate_high_share"]) == (0.25, 0.75)
    assert (row["beyond_severe_low_share"], row["beyond_severe_high_share"]) == (0.125, 0.375)
    assert (row["far_share_of_draws"], row["firmness"]) == (0.5, "fragile")
    alone = summarise_states(here, in_run, counties.assign(told=[True, False, True]), service=itb).iloc[0]
    assert (alone["population"], alone["beyond_moderate_low_share"], alone["beyond_moderate_high_share"]) == (300, 0, 1)


def test_a_state_of_which_nothing_is_known_or_drawn_has_no_interval(itb: Service) -> None:
    counties = pd.DataFrame({"state": ["ME", "VT"], "population": [300.0, 100.0], "told": [True, False]})
    in_run = {"moderate": np.array([0.4, np.nan]), "severe": np.array([0.1, np.nan])}
    table = validate("state_intervals", summarise_states(None, in_run, counties, service=itb)).set_index("state")
    assert table["firmness"].tolist() == ["", ""]
    assert table.loc["ME", "beyond_moderate_share"] == 0.4
    assert table.filter(regex="low|high|draws").isna().all(axis=None)
    assert table.loc["VT"].drop(["population", "firmness"]).isna().all()


def test_threads_and_repetition_change_nothing(prepared: Prepared, itb: Service) -> None:
    one, two = (draw(prepared, itb, scenarios(prepared, itb), max_workers=n) for n in (1, 2))
    other = draw(prepared, itb, scenarios(prepared, itb, seed=2))
    np.testing.assert_array_equal(one.median_min, two.median_min)
    assert (one.median_min != other.median_min).any()


def test_numbers_belong_to_the_name_not_the_position() -> None:
    names = pd.Series(["1000000001", "1000000002", "1000000003"])
    numbers = uniforms(names, 400, seed=1, purpose=2)
    np.testing.assert_array_equal(uniforms(names.iloc[[2, 0]], 400, seed=1, purpose=2), numbers[[2, 0]])
    assert abs(numbers.mean() - 0.5) < 0.03
    assert np.abs(np.corrcoef(numbers) - np.eye(3)).max() < 0.15
    assert ((numbers >= 0) & (numbers < 1)).all()


def test_more_clinicians_never_lengthen_a_draw(prepared: Prepared, itb: Service) -> None:
    """Common random numbers: raising one clinician's chance can only help, in every single draw."""
    less = np.full(len(prepared.sites), 0.5)
    more = less.copy()
    more[3] = 0.9
    fewer, further = (draw(prepared, itb, scenarios(prepared, itb, chance=chance)) for chance in (less, more))
    assert (further.median_min <= fewer.median_min).all()


def test_minutes_are_wrong_by_state_and_by_county_and_band(itb: Service) -> None:
    fips = ["23001", "23003", "50001"]
    factor = np.log(minutes_error(fips, service=itb, draws=4000, seed=1))
    assert np.abs(factor.mean(axis=0)).max() < 0.02
    for band, name in enumerate(("under_30", "30_to_60", "60_to_120", "over_120")):
        wanted = np.hypot(itb.number(f"uncertainty.speed_{name}_sd"), itb.number("uncertainty.speed_region_sd"))
        assert factor[:, :, band].std() == pytest.approx(wanted, rel=0.06)
    long = factor[:, :, 3]  # where the error of the region is the largest part
    region, own = (itb.number(f"uncertainty.speed_{name}_sd") for name in ("region", "over_120"))
    shared = region**2 / (region**2 + own**2)
    assert np.corrcoef(long[:, 0], long[:, 1])[0, 1] == pytest.approx(shared, abs=0.05)
    assert abs(np.corrcoef(long[:, 0], long[:, 2])[0, 1]) < 0.06
    np.testing.assert_array_equal(minutes_error(fips[2:], service=itb, draws=9, seed=1),
                                  minutes_error(fips, service=itb, draws=9, seed=1)[:, 2:])  # fmt: skip


def test_sites_of_one_zip_move_together_and_no_nearest_is_short_by_chance(itb: Service) -> None:
    """Twenty clinicians at one ZIP's centre are one place that may be off, not the nearest of twenty places."""
    sites = pd.DataFrame(
        {"npi": [str(n) for n in range(21)], "zip": ["04401"] * 20 + ["04402"],
         "city": "BANGOR", "state": "ME", "precision": ["zip"] * 20 + ["range"], "lon": -68.8, "lat": 44.8}
    )  # fmt: skip
    place, east, north = rough_places(sites, service=itb, draws=3000, seed=1)
    assert set(place[:20]) == {0}
    assert place[20] == -1
    away = np.hypot(east, north)[:, 0]
    assert np.median(away) == pytest.approx(itb.number("uncertainty.shift_zip_min") / 2, rel=0.05)
    assert abs(east.mean()) < 0.3


def test_a_place_that_may_lie_anywhere_around_lengthens_a_short_drive(prepared: Prepared, itb: Service) -> None:
    """A drive of 7.5 minutes to a centre is no drive of 0.2 minutes: errors across the way add to it."""
    draws = 2000
    angle = 2 * np.pi * np.arange(draws) / draws
    table = prepared.pairs.take_points(np.array([0]))
    sites = prepared.sites
    here = np.zeros((draws, len(sites)), dtype=bool)
    here[:, table.site[0]] = True
    drawn = Scenarios(here, np.zeros(len(sites), dtype=np.int64), 12 * np.cos(angle)[:, None],
                      12 * np.sin(angle)[:, None], np.ones((draws, 1, 4)))  # fmt: skip
    found = draw_access(
        table, prepared.demand.iloc[:1], np.zeros(1, dtype=np.int64), 1, sites, drawn, service=itb,
        time_limit_min=LIMIT_MIN,
    ).median_min[:, 0]  # fmt: skip
    run = table.drive_min[0]
    assert found.min() == pytest.approx(abs(run - 12), abs=0.05)
    assert found.max() == pytest.approx(run + 12, abs=0.05)
    assert found.mean() >= run


def test_draws_agree_with_the_exact_expectation(prepared: Prepared, itb: Service) -> None:
    leaves = np.full(len(prepared.sites), 0.4)
    exact, _ = expected_minutes(prepared.pairs, np.arange(len(prepared.sites)), leaves, time_limit_min=LIMIT_MIN)
    here = stays(prepared.sites, 1 - leaves, draws=4000, seed=1)
    drawn = draw_access(
        prepared.pairs.take_points(np.array([0])), prepared.demand.iloc[:1].assign(population=1.0),
        np.zeros(1, dtype=np.int64), 1, prepared.sites, certain(len(prepared.sites), 1, draws=4000, here=here),
        service=itb, time_limit_min=LIMIT_MIN,
    )  # fmt: skip
    assert np.minimum(drawn.median_min, LIMIT_MIN).mean() == pytest.approx(exact[0], rel=0.05)


def test_who_takes_new_patients_is_another_question_than_who_is_in_business(inputs: AccessInputs, itb: Service) -> None:
    specialists = make_specialists(inputs.sites).set_index("npi")
    specialists.loc[inputs.sites["npi"][0], "p_accepts_pump"] = 0.25
    sites = inputs.sites.assign(grade_rank=[2] * 8 + [5])
    found = availability(sites, specialists.reset_index(), service=itb, grade="manages_pumps")
    assert found[0] == pytest.approx(specialists["p_active"].iloc[0] * 0.25)
    assert found[1] == pytest.approx(specialists["p_active"].iloc[1] * expected_rate(itb))
    assert found[8] == itb.number("uncertainty.hidden_share")
    options = {"service": itb, "grade": "manages_pumps", "draws": 4000, "seed": 1}
    share = in_business(sites, specialists.reset_index(), **options).mean(axis=0)
    wanted = specialists["p_active"].reindex(sites["npi"]).to_numpy()[:8]
    np.testing.assert_allclose(share[:8], wanted, atol=0.05)
    assert share[8] == pytest.approx(itb.number("uncertainty.hidden_share"), abs=0.02)


def test_the_error_that_all_chances_share_does_not_average_out(inputs: AccessInputs, itb: Service) -> None:
    """With borrowed terms the number in business varies far more than clinicians who leave one by one would make it."""
    many = pd.DataFrame({"npi": [f"{n:010}" for n in range(400)], "grade_rank": 0})
    specialists = many.assign(p_active=0.8, p_accepts_pump=0.5)
    spread = {}
    for sd in (0.0, 0.7):
        service = with_numbers(itb, active__stop_sd=sd)
        here = in_business(many, specialists, service=service, grade="manages_pumps", draws=2000, seed=1)
        spread[sd] = here.sum(axis=1).std()
    assert spread[0.0] == pytest.approx(np.sqrt(400 * 0.8 * 0.2), rel=0.06)
    assert spread[0.7] > 4 * spread[0.0]


def test_intervals_hold_nine_tenths_of_simulated_truths(prepared: Prepared, itb: Service) -> None:
    """Truths drawn like the draws, with another seed, lie in the 90 % interval in 88 to 92 % of cases."""
    drawn = draw(prepared, itb, scenarios(prepared, itb, chance=0.97, draws=4000))
    truth = draw(prepared, itb, scenarios(prepared, itb, chance=0.97, draws=4000, seed=7))
    table = summarise_draws(drawn, np.zeros(drawn.median_min.shape[1], dtype=np.int64), service=itb)
    low, high = (
        table["nearest_median_low_min"].fillna(np.inf).to_numpy(),
        table["nearest_median_high_min"].fillna(np.inf),
    )
    inside = (truth.median_min >= low) & (truth.median_min <= high.to_numpy())
    assert 0.88 <= inside.mean() <= 0.92


def test_empty_counties_have_no_interval(itb: Service) -> None:
    nan = np.full((30, 1), np.nan)
    table = summarise_draws(Draws(nan, nan, nan, nan, nan), np.array([0]), service=itb)
    assert table["desert_firmness"].tolist() == [""]
    assert table["nearest_median_low_min"].isna().all()

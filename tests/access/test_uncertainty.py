"""Monte Carlo: certain inputs give the plain result, draws are common, threads change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from deserts.access import AccessInputs, build_scores
from deserts.access.prepared import Prepared, prepare
from deserts.access.retirement import expected_minutes
from deserts.access.uncertainty import Draws, availability, draw_access, location_shift, summarise_draws, uniforms
from deserts.services import Service
from tests.access.conftest import LIMIT_MIN, make_specialists


@pytest.fixture
def prepared(inputs: AccessInputs) -> Prepared:
    return prepare(inputs, time_limit_min=LIMIT_MIN)


def draw(prepared: Prepared, itb: Service, **changes: object) -> Draws:
    county, names = pd.factorize(prepared.demand["county_fips"], sort=True)
    options = {
        "p_available": np.full(len(prepared.sites), 0.5), "shift_min": np.full(len(prepared.sites), 12.0),
        "speed_factor": 1.2, "draws": 60, "max_workers": 1, **changes,
    }  # fmt: skip
    return draw_access(
        prepared.pairs, prepared.population, county, len(names), prepared.sites, service=itb,
        time_limit_min=LIMIT_MIN, **options,
    )  # type: ignore[arg-type]  # fmt: skip


def test_without_uncertainty_every_draw_is_the_run(inputs: AccessInputs, prepared: Prepared, itb: Service) -> None:
    certain = draw(
        prepared, itb, p_available=np.ones(len(prepared.sites)), shift_min=np.zeros(len(prepared.sites)),
        speed_factor=1.0, draws=20,
    )  # fmt: skip
    scores = build_scores(
        replace(inputs, demand=inputs.demand.assign(scored=True), counties=inputs.counties.assign(scored=True)),
        service=itb, time_limit_min=LIMIT_MIN,
    ).county_scores  # fmt: skip
    for of_draw in range(20):
        np.testing.assert_allclose(certain.median_min[of_draw], scores["nearest_median_min"])
        np.testing.assert_allclose(certain.beyond_moderate[of_draw], scores["beyond_60_share"])
        np.testing.assert_allclose(certain.beyond_limit[of_draw], scores["beyond_limit_share"])
    table = summarise_draws(certain, scores["desert_rank"].to_numpy(), service=itb)
    assert set(table["desert_firmness"]) == {"robust"}
    np.testing.assert_allclose(table["nearest_median_low_min"], table["nearest_median_high_min"])


def test_threads_and_repetition_change_nothing(prepared: Prepared, itb: Service) -> None:
    one, two, other = draw(prepared, itb), draw(prepared, itb, max_workers=2), draw(prepared, itb, seed=2)
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
    assert (draw(prepared, itb, p_available=more).median_min <= draw(prepared, itb, p_available=less).median_min).all()


def test_roads_are_a_fifth_slower_at_worst_and_a_fifth_faster_at_best(prepared: Prepared, itb: Service) -> None:
    """Speed is uniform from 0.8 to 1.2 of the run's, so minutes run from 1 / 1.2 to 1 / 0.8 of the run's."""
    certain = {"p_available": np.ones(len(prepared.sites)), "shift_min": np.zeros(len(prepared.sites))}
    plain = draw(prepared, itb, speed_factor=1.0, draws=1, **certain).median_min[0]
    factor = draw(prepared, itb, speed_factor=1.2, draws=800, **certain).median_min[:, 0] / plain[0]
    assert 1 / 1.2 <= factor.min() < 0.835
    assert 1.245 < factor.max() <= 1.25
    assert (1 / factor).mean() == pytest.approx(1.0, abs=0.01)


def test_draws_agree_with_the_exact_expectation(prepared: Prepared, itb: Service) -> None:
    leaves = np.full(len(prepared.sites), 0.4)
    exact, _ = expected_minutes(prepared.pairs, np.arange(len(prepared.sites)), leaves, time_limit_min=LIMIT_MIN)
    single = prepared.pairs.take_points(np.array([0]))
    drawn = draw_access(
        single, np.ones(1), np.zeros(1, dtype=int), 1, prepared.sites, p_available=1 - leaves,
        shift_min=np.zeros(len(prepared.sites)), speed_factor=1.0, service=itb, time_limit_min=LIMIT_MIN, draws=4000,
    )  # fmt: skip
    assert np.minimum(drawn.median_min, LIMIT_MIN).mean() == pytest.approx(exact[0], rel=0.05)


def test_availability_and_shifts(inputs: AccessInputs, itb: Service) -> None:
    specialists = make_specialists(inputs.sites).set_index("npi")
    specialists.loc[inputs.sites["npi"][0], "p_accepts_pump"] = 0.25
    sites = inputs.sites.assign(grade_rank=[2] * 8 + [5], precision=["zip"] * 7 + ["rooftop", "county"])
    found = availability(sites, specialists.reset_index(), service=itb, grade="manages_pumps")
    assert found[0] == pytest.approx(0.5 * 0.25)
    assert found[1] == pytest.approx(specialists["p_active"].iloc[1] * itb.number("uncertainty.p_accepts_unknown"))
    assert found[8] == itb.number("uncertainty.hidden_share")
    shifts = location_shift(sites, service=itb)
    assert shifts[7] == 0
    assert shifts[8] > shifts[0] > 0


def test_empty_counties_have_no_interval(itb: Service) -> None:
    nan = np.full((30, 1), np.nan)
    table = summarise_draws(Draws(nan, nan, nan, nan, nan), np.array([0]), service=itb)
    assert table["desert_firmness"].tolist() == [""]
    assert table["nearest_median_low_min"].isna().all()

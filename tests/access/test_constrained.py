"""Access that keeps the books: supply handed out once, people and supply both; hand-worked cases and conservation."""

from __future__ import annotations

import numpy as np
import pytest

from deserts.access.catchments import CATCHMENT_METHODS, floating_catchment
from deserts.access.constrained import balanced_flows, balanced_minutes, spatial_availability
from deserts.access.decay import Decay
from deserts.access.pairs import PairTable
from deserts.errors import InputError
from tests.access.conftest import random_pairs

EVEN = Decay("none", catchment_min=60.0)


def test_a_site_hands_out_its_supply_among_those_who_reach_it() -> None:
    """100 and 300 people reach the first site (8), the 300 alone the second (6): 2 and 6 of it, all of the other."""
    pairs = PairTable.from_arrays([0, 1, 1], [0, 0, 1], [10.0, 20.0, 30.0], n_points=2, n_sites=2)
    found = spatial_availability(pairs, population=np.array([100.0, 300.0]), supply=np.array([8.0, 6.0]), decay=EVEN)
    np.testing.assert_allclose(found, [2.0, 12.0])


@pytest.mark.parametrize("seed", range(5))
def test_supply_is_kept_exactly_and_per_person_it_is_e2sfca(seed: int) -> None:
    pairs = random_pairs(seed, density=0.3)
    rng = np.random.default_rng(seed)
    people, supply = rng.integers(1, 1000, pairs.n_points) * 1.0, rng.integers(0, 9, pairs.n_sites) * 1.0
    decay = Decay.gaussian(60.0, catchment_min=180.0)
    found = spatial_availability(pairs, population=people, supply=supply, decay=decay)
    reached = np.unique(pairs.site[decay.weights(pairs.drive_min) > 0])
    assert found.sum() == pytest.approx(supply[reached].sum(), rel=1e-12)
    per_person = floating_catchment(pairs, population=people, supply=supply, method="e2sfca", decay=decay)
    np.testing.assert_allclose(found / people, per_person, rtol=1e-12)


def test_both_margins_of_a_hand_worked_case() -> None:
    """Two points of 10, two sites of 1, weights 1 and 1/2 crossed: by symmetry two thirds stay, one third crosses."""
    pairs = PairTable.from_arrays([0, 0, 1, 1], [0, 1, 0, 1], [10.0, 40.0, 40.0, 10.0], n_points=2, n_sites=2)
    decay = Decay.steps(((30.0, 1.0), (60.0, 0.5)), catchment_min=60.0)
    flows = balanced_flows(pairs, population=np.full(2, 10.0), supply=np.ones(2), decay=decay)
    np.testing.assert_allclose(flows.reshape(2, 2).max(axis=1), 20 / 3)
    minutes = balanced_minutes(pairs, population=np.full(2, 10.0), supply=np.ones(2), decay=decay)
    np.testing.assert_allclose(minutes, (2 * 10 + 40) / 3)


def test_where_nobody_lives_nobody_goes_anywhere() -> None:
    pairs = PairTable.from_arrays([0, 1], [0, 0], [10.0, 20.0], n_points=2, n_sites=1)
    assert balanced_flows(pairs, population=np.zeros(2), supply=np.ones(1), decay=EVEN).tolist() == [0.0, 0.0]


def test_who_reaches_only_a_site_without_supply_takes_no_part() -> None:
    pairs = PairTable.from_arrays([0, 1], [0, 1], [10.0, 20.0], n_points=2, n_sites=2)
    flows = balanced_flows(pairs, population=np.array([10.0, 5.0]), supply=np.array([1.0, 0.0]), decay=EVEN)
    np.testing.assert_allclose(flows, [10.0, 0.0])


@pytest.mark.parametrize("seed", range(5))
def test_people_and_supply_are_both_kept(seed: int) -> None:
    pairs = random_pairs(seed, density=0.9)
    rng = np.random.default_rng(seed)
    people, supply = rng.integers(1, 1000, pairs.n_points) * 1.0, rng.integers(1, 9, pairs.n_sites) * 1.0
    decay = Decay.gaussian(120.0, catchment_min=1e9)
    flows = balanced_flows(pairs, population=people, supply=supply, decay=decay)
    reach = np.bincount(pairs.points(), minlength=pairs.n_points) > 0
    of_point = np.bincount(pairs.points(), weights=flows, minlength=pairs.n_points)
    np.testing.assert_allclose(of_point[reach], people[reach], rtol=1e-8)
    of_site = np.bincount(pairs.site, weights=flows, minlength=pairs.n_sites)
    places = np.where(np.bincount(pairs.site, minlength=pairs.n_sites) > 0, supply, 0.0)
    np.testing.assert_allclose(of_site / of_site.sum(), places / places.sum(), rtol=1e-8)


def test_margins_that_cannot_both_be_kept_are_refused() -> None:
    """Ninety people have one site of two between them, ten the other: half of all places lie where ten people are."""
    pairs = PairTable.from_arrays([0, 1], [0, 1], [10.0, 10.0], n_points=2, n_sites=2)
    with pytest.raises(InputError, match="cannot both be kept"):
        balanced_flows(pairs, population=np.array([90.0, 10.0]), supply=np.ones(2), decay=EVEN)


def test_nobody_in_reach_has_no_minutes_and_takes_no_part() -> None:
    pairs = PairTable.from_arrays([0], [0], [10.0], n_points=2, n_sites=1)
    minutes = balanced_minutes(pairs, population=np.array([5.0, 7.0]), supply=np.ones(1), decay=EVEN)
    assert minutes[0] == 10.0
    assert np.isnan(minutes[1])


@pytest.mark.parametrize("method", CATCHMENT_METHODS)
@pytest.mark.parametrize("amount", [-1.0, np.nan, np.inf])
def test_no_method_takes_amounts_that_cannot_be(method: str, amount: float) -> None:
    pairs = random_pairs(1)
    people, supply = np.ones(pairs.n_points), np.ones(pairs.n_sites)
    supply[0] = amount
    with pytest.raises(InputError, match="supply holds a missing, infinite or negative number"):
        floating_catchment(pairs, population=people, supply=supply, method=method, decay=Decay.gaussian(60))

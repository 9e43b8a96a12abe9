"""The rational agent equilibrium: nobody gains by another choice, tiny places move too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from deserts.access.pairs import PairTable
from deserts.access.raam import assign_rationally
from deserts.errors import InputError
from tests.access.conftest import dense, random_pairs


def test_one_place_two_clinics_by_hand() -> None:
    """Equal supply, 0 and 30 minutes: with tau 60 the far clinic gets people until costs are equal."""
    pairs = PairTable.from_arrays([0, 0], [0, 1], [0.0, 30.0], n_points=1, n_sites=2)
    cost = assign_rationally(pairs, population=np.array([100.0]), supply=np.array([1.0, 1.0]))
    # rho = 50: D1/50 = D2/50 + 0.5 with D1 + D2 = 100 gives D1 = 62.5, cost 1.25
    assert cost[0] == pytest.approx(1.25)


@pytest.mark.parametrize("scale", [1.0, 0.001])
def test_cost_solves_the_convex_programme_at_any_size(scale: float) -> None:
    pairs = random_pairs(3, n_points=4, n_sites=3, density=1.0)
    usable = pairs.take_points(np.array([1, 2, 3]))
    people = np.array([3.0, 1.0, 2.0]) * scale
    supply = np.array([1.0, 2.0, 1.0])
    cost = assign_rationally(usable, population=people, supply=supply, tau_min=200.0)
    rho = people.sum() / supply.sum()
    minutes = dense(usable)[:, :2]  # the last site has no pair

    def potential(split: np.ndarray) -> float:
        x = split.reshape(minutes.shape) * people[:, None]
        load = x.sum(axis=0)
        return float((load**2 / (2 * supply[:2] * rho)).sum() + (x * minutes / 200.0).sum()) / people.sum()

    found = minimize(
        potential, np.full(minutes.size, 0.5), bounds=[(0, 1)] * minutes.size, method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
        constraints=[{"type": "eq", "fun": lambda s: s.reshape(minutes.shape).sum(axis=1) - 1}],
    )  # fmt: skip
    load = (found.x.reshape(minutes.shape) * people[:, None]).sum(axis=0)
    best = (load / (supply[:2] * rho) + minutes / 200.0).min(axis=1)
    np.testing.assert_allclose(cost, best, atol=1e-4)


def test_order_of_points_changes_nothing() -> None:
    pairs = random_pairs(6, n_points=25, n_sites=6)
    people = np.arange(25.0)
    supply = np.array([1.0, 2, 0, 1, 3, 1])
    cost = assign_rationally(pairs, population=people, supply=supply)
    order = np.random.default_rng(1).permutation(25)
    again = assign_rationally(pairs.take_points(order), population=people[order], supply=supply)
    np.testing.assert_allclose(again, cost[order], atol=1e-8)
    assert np.isnan(cost[0])  # reaches nobody


def test_nobody_at_all() -> None:
    pairs = PairTable.from_arrays([0], [0], [30.0], n_points=1, n_sites=1)
    assert assign_rationally(pairs, population=np.zeros(1), supply=np.ones(1))[0] == pytest.approx(0.5)
    with pytest.raises(InputError):
        assign_rationally(pairs, population=-np.ones(1), supply=np.ones(1))

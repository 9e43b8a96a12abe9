"""Minutes under choice: hand-worked cases, bounds, and independence of the order of practices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.access.choice import chosen_minutes
from deserts.access.pairs import PairTable


def table(minutes: np.ndarray) -> PairTable:
    point, site = np.nonzero(np.isfinite(minutes))
    return PairTable.from_arrays(point, site, minutes[point, site], n_points=minutes.shape[0], n_sites=minutes.shape[1])


def test_by_hand() -> None:
    """Three practices (the first with two sites): three within reach, two, one, none."""
    nan = np.nan
    minutes = np.array([[10, 12, 40, 70], [90, 30, 60, nan], [nan, nan, nan, 25], [nan] * 4], dtype=float)
    expected, has_choice = chosen_minutes(table(minutes), np.array([0, 0, 1, 2]), nearest_share=0.6, practices=3)
    assert expected.tolist() == pytest.approx([0.6 * 10 + 0.2 * 40 + 0.2 * 70, 0.6 * 30 + 0.4 * 60, 25, np.inf])
    assert has_choice.tolist() == [True, True, False, False]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1), st.integers(1, 5))
def test_bounds_and_order(seed: int, nearest_share: float, practices: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = np.where(rng.random((8, 6)) < 0.7, rng.uniform(1, 300, (8, 6)), np.nan)
    practice = rng.integers(0, 4, 6)
    asked = {"nearest_share": nearest_share, "practices": practices}
    expected, has_choice = chosen_minutes(table(minutes), practice, **asked)
    order = rng.permutation(6)
    shuffled, same = chosen_minutes(table(minutes[:, order]), practice[order], **asked)
    np.testing.assert_allclose(shuffled, expected)
    assert (same == has_choice).all()
    nearest = np.where(np.isnan(minutes), np.inf, minutes).min(axis=1)
    assert (expected >= nearest - 1e-9).all()
    assert (expected[~has_choice] == nearest[~has_choice]).all()
    all_nearest, _ = chosen_minutes(table(minutes), practice, nearest_share=1.0, practices=practices)
    np.testing.assert_allclose(all_nearest, nearest)

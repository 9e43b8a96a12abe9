from __future__ import annotations

import itertools

import numpy as np
import pytest

from deserts.planning import Instance


def build(minutes: np.ndarray, weight, *, fixed=(), practice=None, capacity=None, limit_min=None) -> Instance:
    """An instance from a dense matrix; NaN means no way."""
    point, site = np.nonzero(~np.isnan(minutes))
    n, m = minutes.shape
    return Instance.build(
        demand_ids=[f"d{i:04d}" for i in range(n)], weight=np.asarray(weight, float),
        site_ids=[f"s{j:03d}" for j in range(m)], point_index=point, site_index=site, drive_min=minutes[point, site],
        fixed=np.isin(np.arange(m), list(fixed)), practice=practice, capacity=capacity, limit_min=limit_min,
    )  # fmt: skip


def brute(minutes: np.ndarray, count: int, value, *, fixed=()) -> float:
    """Best value of ``value(nearest minutes)`` over every choice."""
    free = [j for j in range(minutes.shape[1]) if j not in fixed]
    filled = np.where(np.isnan(minutes), np.inf, minutes)
    return min(value(filled[:, [*fixed, *chosen]].min(axis=1)) for chosen in itertools.combinations(free, count))


@pytest.fixture
def random_case():
    def make(seed: int, n: int = 14, m: int = 8, *, holes: float = 0.0):
        rng = np.random.default_rng(seed)
        minutes = rng.integers(1, 60, (n, m)).astype(float)  # small integers: many ties
        minutes[rng.random((n, m)) < holes] = np.nan
        return minutes, rng.integers(0, 50, n) * 100.0

    return make

"""Fit how fast people stop going farther: a decay from observed trips.

Whoever sets out from ``i`` chooses place ``j`` with the chance ``S_j f(t_ij) / sum_k S_k f(t_ik)`` (Huff 1963; the
conditional logit of McFadden 1974 with the logarithm of the supply as offset). Every decay here is ``exp(-theta x)``
with ``x`` the minutes (exponential), their square (gaussian) or their logarithm (power), so the likelihood is concave
in ``theta``, and at its top the mean of ``x`` over the trips equals the mean that the model expects. The interval is
clustered by where people set out (White 1982), for trips of one place are not independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from deserts.access.decay import DECAYS
from deserts.access.matrix import Matrix
from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError
from deserts.user_csv import read_user_csv

__all__ = ["DecayFit", "Trips", "expected_minutes", "fit_decays", "read_trips"]

_Z95 = float(norm.ppf(0.975))
_TOLERANCE = 1e-12
_DOUBLINGS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """Observed trips beside the pairs that could have been chosen.

    Parameters
    ----------
    point, drive_min, supply, count
        Of each pair with supply, from every point that anybody sets out from: number of the point, minutes, supply
        of the place, trips.
    nearest
        Whether a pair is as near as any of its point.
    set_out
        Whether anybody sets out from each point of the matrix.
    without_minutes
        Trips to a place to which no minutes are given; they are in no figure.
    """

    point: Ints
    drive_min: Floats
    supply: Floats
    count: Floats
    nearest: Bools
    set_out: Bools
    without_minutes: float

    @property
    def n_points(self) -> int:
        """Points that somebody sets out from."""
        return int(self.point.max()) + 1 if self.point.size else 0

    @property
    def total(self) -> float:
        """Trips in the figures."""
        return float(self.count.sum())

    @property
    def nearest_share(self) -> float:
        """Share of trips to a place that none is nearer than."""
        return float(self.count[self.nearest].sum() / self.total)

    @property
    def mean_min(self) -> float:
        """Mean minutes of the trips."""
        return float(self.count @ self.drive_min / self.total)

    def nearest_min(self) -> Floats:
        """Return the minutes to the nearest place from each point, ``(n_points,)``."""
        return _least(self.point, self.drive_min, self.n_points)


@dataclass(frozen=True, slots=True)
class DecayFit:
    """One fitted decay.

    Parameters
    ----------
    shape, bandwidth, low, high
        Shape, ``b`` of `access.decay.Decay`, and its 95 % interval; ``high`` is infinite, for power ``low`` 0, where
        the trips do not rule out that minutes make no difference.
    log_likelihood, pseudo_r2
        At the top, and ``1 - L / L0`` beside no decay at all (McFadden).
    nearest_share, mean_min
        What the model expects: trips to a nearest place, and mean minutes.
    """

    shape: str
    bandwidth: float
    low: float
    high: float
    log_likelihood: float
    pseudo_r2: float
    nearest_share: float
    mean_min: float


def read_trips(path: Path, matrix: Matrix) -> Trips:
    """Read ``demand_id,supply_id,trips`` and lay it beside a matrix.

    Raises
    ------
    InputError
        With file, row and column, for unknown names, numbers that are missing or negative, trips to a place without
        supply; and where no trip is left.
    """
    rows = read_user_csv(
        path, text=["demand_id", "supply_id"], numbers={"trips": (0.0, np.inf)}, unique=["demand_id", "supply_id"]
    )
    point = _placed(rows, "demand_id", matrix.demand_ids, path)
    site = _placed(rows, "supply_id", matrix.supply_ids, path)
    trips = rows["trips"].to_numpy(np.float64)
    unsupplied = np.flatnonzero((trips > 0) & (matrix.supply[site] <= 0))
    if unsupplied.size:
        raise InputError(
            f"trips lead to {rows['supply_id'].iloc[unsupplied[0]]!r}, whose supply is 0",
            where=f"{path}, row {unsupplied[0] + 2}, column supply_id",
            expected="a supply above 0 at every place that somebody goes to",
        )
    key = point * len(matrix.supply_ids) + site
    pairs = matrix.pairs
    of_pair = pd.Series(trips, index=key).reindex(pairs.points() * len(matrix.supply_ids) + pairs.site)
    count = of_pair.fillna(0.0).to_numpy()
    supplied = matrix.supply[pairs.site] > 0
    sets_out = np.bincount(pairs.points(), count, len(matrix.demand_ids)) > 0
    kept = supplied & sets_out[pairs.points()]
    if not kept.any():
        raise InputError("no trip leads to a place with minutes", where=path, expected="trips above 0 along the costs")
    numbers = np.cumsum(sets_out) - 1
    minutes, start = pairs.drive_min[kept], numbers[pairs.points()[kept]]
    least = _least(start, minutes, int(sets_out.sum()))
    left = float(trips.sum() - count.sum())
    return Trips(start, minutes, matrix.supply[pairs.site[kept]], count[kept], minutes == least[start], sets_out, left)


def fit_decays(trips: Trips, *, shapes: tuple[str, ...] = DECAYS, floor_min: float = 1.0) -> tuple[DecayFit, ...]:
    """Fit each shape and return the fits, the likeliest first.

    Parameters
    ----------
    trips
        What was seen.
    shapes
        Of `access.decay.DECAYS`.
    floor_min
        Shortest drive that ``power`` tells apart, minutes.

    Raises
    ------
    InputError
        If nobody had a choice, every trip took the nearest place (any steeper decay fits as well), or the trips go
        no nearer than by supply alone.
    """
    fits = [_fit(trips, shape, _abscissa(shape, trips.drive_min, floor_min)) for shape in shapes]
    return tuple(sorted(fits, key=lambda fit: (-fit.log_likelihood, fit.shape)))


def expected_minutes(trips: Trips, fit: DecayFit, *, floor_min: float = 1.0) -> Floats:
    """Return for each point the mean minutes under the fitted choice, ``(n_points,)``."""
    x = _abscissa(fit.shape, trips.drive_min, floor_min)
    chance, _ = _chances(trips, x, _theta(fit.shape, fit.bandwidth))
    return np.bincount(trips.point, chance * trips.drive_min, trips.n_points).astype(np.float64)


def _placed(rows: pd.DataFrame, column: str, names: pd.Index, path: Path) -> Ints:
    found = names.get_indexer(pd.Index(rows[column]))
    bad = np.flatnonzero(found < 0)
    if bad.size:
        raise InputError(
            f"{column} {rows[column].iloc[bad[0]]!r} is not in the matrix ({bad.size} such rows)",
            where=f"{path}, row {bad[0] + 2}, column {column}",
            expected="a name that demand or supply list, letter by letter",
        )
    return np.asarray(found, dtype=np.int64)


def _least(point: Ints, value: Floats, n_points: int) -> Floats:
    least = np.full(n_points, np.inf)
    np.minimum.at(least, point, value)
    return least


def _abscissa(shape: str, drive_min: Floats, floor_min: float) -> Floats:
    """Return what the decay's logarithm falls along."""
    if shape == "gaussian":
        return np.square(drive_min)
    return np.log(np.maximum(drive_min, floor_min)) if shape == "power" else drive_min


def _theta(shape: str, bandwidth: float) -> float:
    if shape == "power":
        return bandwidth
    return 1.0 / bandwidth if shape == "exponential" else 1.0 / (2.0 * bandwidth**2)


def _bandwidth(shape: str, theta: float) -> float:
    if shape == "power":
        return max(theta, 0.0)
    if theta <= 0:
        return np.inf
    return 1.0 / theta if shape == "exponential" else float(np.sqrt(0.5 / theta))


def _chances(trips: Trips, x: Floats, theta: float) -> tuple[Floats, float]:
    """Return the chance of each pair, and the log-likelihood of the trips."""
    utility = np.log(trips.supply) - theta * x
    top = np.full(trips.n_points, -np.inf)
    np.maximum.at(top, trips.point, utility)
    weight = np.exp(utility - top[trips.point])
    total = np.bincount(trips.point, weight, trips.n_points)
    log_chance = utility - top[trips.point] - np.log(total)[trips.point]
    return weight / total[trips.point], float(trips.count @ log_chance)


def _excess(trips: Trips, x: Floats, theta: float) -> Floats:
    """Return by how much the trips of each point go farther (in ``x``) than the model expects."""
    chance, _ = _chances(trips, x, theta)
    gone = np.bincount(trips.point, trips.count, trips.n_points)
    seen = np.bincount(trips.point, trips.count * x, trips.n_points)
    return np.asarray(seen - gone * np.bincount(trips.point, chance * x, trips.n_points), dtype=np.float64)


def _fit(trips: Trips, shape: str, x: Floats) -> DecayFit:
    theta = _top(trips, x)
    chance, likelihood = _chances(trips, x, theta)
    _, without = _chances(trips, x, 0.0)
    gone = np.bincount(trips.point, trips.count, trips.n_points)
    mean = np.bincount(trips.point, chance * x, trips.n_points)
    information = float(gone @ np.bincount(trips.point, chance * np.square(x - mean[trips.point]), trips.n_points))
    error = float(np.sqrt(np.square(_excess(trips, x, theta)).sum())) / information
    ends = sorted(_bandwidth(shape, theta + sign * _Z95 * error) for sign in (-1, 1))
    expected = chance * gone[trips.point] / trips.total
    return DecayFit(
        shape, _bandwidth(shape, theta), ends[0], ends[1], likelihood, 1.0 - likelihood / without,
        float(expected[trips.nearest].sum()), float(expected @ trips.drive_min),
    )  # fmt: skip


def _top(trips: Trips, x: Floats) -> float:
    """Return the theta at which trips go as far as expected."""

    def farther(theta: float) -> float:
        return float(_excess(trips, x, theta).sum())

    least = _least(trips.point, x, trips.n_points)
    if float(trips.count @ (x - least[trips.point])) <= _TOLERANCE * max(1.0, float(trips.count @ x)):
        raise InputError(
            "every trip takes the nearest place, so any steeper decay fits as well",
            expected="some trips that pass a nearer place by",
            fix="count trips by the place that people really went to, or use a catchment",
        )
    if farther(0.0) >= 0:
        raise InputError(
            "the trips go no nearer than the supply alone would make them, so no decay can be fitted",
            expected="trips that grow fewer with minutes",
            fix="look whether minutes and trips belong to the same pairs",
        )
    high = 1.0 / max(float(x.max() - x.min()), _TOLERANCE)
    for _ in range(_DOUBLINGS):
        if farther(high) > 0:
            return float(brentq(farther, 0.0, high, xtol=_TOLERANCE * high, rtol=1e-14))
        high *= 2.0
    raise InputError("no decay fits these trips", expected="some trips that pass a nearer place by")

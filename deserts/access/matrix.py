"""Scores for anybody's matrix: demand, supply and minutes in three CSV files (``deserts access score-matrix``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.catchments import CATCHMENT_METHODS, crowding, floating_catchment
from deserts.access.constrained import balanced_minutes, spatial_availability
from deserts.access.decay import DECAYS, Decay
from deserts.access.pairs import PairTable
from deserts.access.raam import assign_rationally
from deserts.arrays import Bools, Floats
from deserts.errors import InputError, UnknownNameError
from deserts.store import sha256_of
from deserts.tables import Status
from deserts.user_csv import read_user_csv

__all__ = ["MATRIX_METHODS", "Matrix", "MatrixOptions", "choose_decay", "matrix_summary", "read_matrix", "score_matrix"]

MATRIX_METHODS = (*CATCHMENT_METHODS, "availability", "doubly", "i2sfca", "raam")
"""Methods of the command. ``i2sfca`` scores the supply side; ``raam`` is a cost, lower is better."""

_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True, slots=True)
class Matrix:
    """A user's demand, supply and minutes.

    Parameters
    ----------
    demand_ids, supply_ids
        Names in the order of the files.
    population, supply
        Amounts in the same order.
    scored
        Whether a demand point receives a score; the others only compete for supply.
    pairs
        Minutes by position.
    """

    demand_ids: pd.Index
    supply_ids: pd.Index
    population: Floats
    supply: Floats
    scored: Bools
    pairs: PairTable


def read_matrix(demand: Path, supply: Path, costs: Path) -> Matrix:
    """Read ``demand_id,population[,scored]``, ``supply_id,supply`` and ``demand_id,supply_id,minutes``.

    Names are text: ``007`` and ``7`` are two places. Rows may stand in any order, further columns are ignored.

    Raises
    ------
    InputError
        With file, row and column, for missing columns, repeated or unknown names, and numbers that are missing,
        infinite or negative.
    """
    amounts = (0.0, np.inf)
    people = read_user_csv(demand, text=["demand_id"], numbers={"population": amounts}, unique=["demand_id"])
    offers = read_user_csv(supply, text=["supply_id"], numbers={"supply": amounts}, unique=["supply_id"])
    drives = read_user_csv(
        costs, text=["demand_id", "supply_id"], numbers={"minutes": amounts}, unique=["demand_id", "supply_id"]
    )
    demand_ids, supply_ids = pd.Index(people["demand_id"]), pd.Index(offers["supply_id"])
    point, site = demand_ids.get_indexer(drives["demand_id"]), supply_ids.get_indexer(drives["supply_id"])
    _refuse_unknown(drives, point < 0, "demand_id", costs, demand)
    _refuse_unknown(drives, site < 0, "supply_id", costs, supply)
    pairs = PairTable.from_arrays(
        point, site, drives["minutes"].to_numpy(np.float64), n_points=len(people), n_sites=len(offers)
    )
    return Matrix(
        demand_ids,
        supply_ids,
        people["population"].to_numpy(np.float64),
        offers["supply"].to_numpy(np.float64),
        _scored(people, demand),
        pairs,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOptions:
    """Choices of the command that say how much a drive weighs; None where none was made.

    Parameters
    ----------
    catchment_min
        Minutes, these included.
    zones
        Upper edge and weight of each zone.
    shape, bandwidth, floor_min
        Decay, its ``b``, and the shortest drive that a power decay tells apart.
    tau_min
        Minutes that weigh as much as mean congestion (``raam``).
    """

    catchment_min: float | None = None
    zones: tuple[tuple[float, float], ...] = ()
    shape: str | None = None
    bandwidth: float | None = None
    floor_min: float | None = None
    tau_min: float | None = None


def choose_decay(method: str, options: MatrixOptions) -> Decay:
    """Combine the options of the command into one decay.

    Raises
    ------
    InputError
        If options contradict each other, leave the weight of a drive open, or mean nothing to the method.
    """
    if method not in MATRIX_METHODS:
        raise UnknownNameError(f"there is no method {method!r}", expected="one of " + ", ".join(MATRIX_METHODS))
    shape, bandwidth = options.shape, options.bandwidth
    if shape is None and not options.zones and method == "gravity":
        shape, bandwidth = "exponential", 60.0 if bandwidth is None else bandwidth
    _refuse_unused(method, options, shape=shape)
    bound = np.inf if options.catchment_min is None else options.catchment_min
    if options.zones:
        return Decay.steps(options.zones, catchment_min=bound)
    if shape is not None:
        if shape not in DECAYS:
            raise UnknownNameError(f"there is no decay {shape!r}", expected="one of " + ", ".join(DECAYS))
        if bandwidth is None:
            raise InputError(f"--decay {shape} needs --bandwidth", expected="minutes (for power: the exponent)")
        return Decay(shape, bandwidth, bound, floor_min=1.0 if options.floor_min is None else options.floor_min)
    if options.catchment_min is None and method != "raam":
        raise InputError(
            f"{method} does not know how far people go",
            expected="--catchment 60, --zones 30:1,60:0.68,90:0.22, or --decay gaussian --bandwidth 30",
        )
    return Decay("none", catchment_min=bound)


def _refuse_unused(method: str, options: MatrixOptions, *, shape: str | None) -> None:
    """Refuse options that would change nothing: whoever gives them believes that they do."""
    weighted = bool(options.zones) or options.shape is not None
    if options.zones and options.shape is not None:
        raise InputError("--zones and --decay exclude each other", expected="one of them", fix="drop one")
    if method == "2sfca" and weighted:
        raise InputError(
            "2sfca gives every drive within the catchment the weight 1",
            expected="--catchment MINUTES",
            fix="use --method e2sfca for weights by zone or decay",
        )
    if method == "raam" and weighted:
        raise InputError(
            "raam weighs minutes against congestion by --tau, not by zones or a decay",
            expected="--tau MINUTES, with or without --catchment MINUTES",
        )
    for name, given, used in (
        ("--bandwidth", options.bandwidth, shape is not None),
        ("--floor", options.floor_min, shape == "power"),
        ("--tau", options.tau_min, method == "raam"),
    ):
        if given is not None and not used:
            raise InputError(f"{name} has no meaning for {method} with these options", fix=f"drop {name}")


_CONSTRAINED: Mapping[str, Callable[..., Floats]] = {
    "availability": spatial_availability, "doubly": balanced_minutes
}  # fmt: skip


def score_matrix(matrix: Matrix, *, method: str, decay: Decay, tau_min: float = 60.0) -> pd.DataFrame:
    """Return ``demand_id, score, status`` with a row for every scored demand point, in the order of the file.

    For ``i2sfca`` the rows are ``supply_id, score, status``. A point without supply in reach scores 0 with the status
    ``beyond_limit`` (it has drive times, none within the catchment) or ``unreachable`` (it has none at all); for
    ``raam`` and ``doubly``, where lower is better, its score is empty.
    """
    weight = decay.weights(matrix.pairs.drive_min)
    useful = weight * (matrix.supply > 0)[matrix.pairs.site] > 0
    if method == "i2sfca":
        score = crowding(matrix.pairs, population=matrix.population, supply=matrix.supply, decay=decay)
        linked = np.bincount(matrix.pairs.site[weight > 0], minlength=len(matrix.supply_ids)) > 0
        listed = np.bincount(matrix.pairs.site, minlength=len(matrix.supply_ids)) > 0
        return _result("supply_id", matrix.supply_ids, score, listed=listed, linked=linked)
    point = matrix.pairs.points()
    listed = np.bincount(point, minlength=len(matrix.demand_ids)) > 0
    linked = np.bincount(point[useful], minlength=len(matrix.demand_ids)) > 0
    if method == "raam":
        within = matrix.pairs.select(within_min=decay.catchment_min)
        score = assign_rationally(within, population=matrix.population, supply=matrix.supply, tau_min=tau_min)
    elif method in _CONSTRAINED:
        score = _CONSTRAINED[method](matrix.pairs, population=matrix.population, supply=matrix.supply, decay=decay)
    else:
        score = floating_catchment(
            matrix.pairs, population=matrix.population, supply=matrix.supply, method=method, decay=decay
        )
    result = _result("demand_id", matrix.demand_ids, score, listed=listed, linked=linked)
    empty = (result["status"] == Status.OK) & (matrix.population <= 0)
    result.loc[empty, "status"] = Status.NO_POPULATION.value
    return result[matrix.scored].reset_index(drop=True)


def matrix_summary(
    matrix: Matrix, scores: pd.DataFrame, *, method: str, decay: Decay, files: dict[str, Path]
) -> dict[str, Any]:
    """Return what was computed, in numbers, for ``--json``; the inputs stand there with their hashes."""
    known = scores["score"].dropna()
    summary: dict[str, Any] = {
        "method": method,
        "decay": decay.words(),
        "demand_points": len(matrix.demand_ids),
        "scored_points": int(matrix.scored.sum()),
        "supply_points": len(matrix.supply_ids),
        "pairs": matrix.pairs.n_pairs,
        "population": float(matrix.population.sum()),
        "supply": float(matrix.supply.sum()),
        "statuses": {str(status): int(count) for status, count in scores["status"].value_counts().sort_index().items()},
        "score_min": float(known.min()) if len(known) else None,
        "score_mean": float(known.mean()) if len(known) else None,
        "score_max": float(known.max()) if len(known) else None,
        "inputs_sha256": {name: sha256_of(path) for name, path in sorted(files.items())},
    }
    if method == "availability" and matrix.scored.all():
        summary["supply_handed_out"] = float(scores["score"].sum())
    elif method not in ("doubly", "i2sfca", "raam") and matrix.scored.all():
        # For methods that conserve supply this is the supply that anybody reaches.
        summary["people_times_score"] = float(matrix.population @ scores["score"].to_numpy(np.float64))
    return summary


def _result(key: str, names: pd.Index, score: Floats, *, listed: Bools, linked: Bools) -> pd.DataFrame:
    status = np.where(linked, Status.OK.value, np.where(listed, Status.BEYOND_LIMIT.value, Status.UNREACHABLE.value))
    return pd.DataFrame({key: names.to_numpy(), "score": score, "status": status.astype(object)})


def _scored(people: pd.DataFrame, path: Path) -> Bools:
    if "scored" not in people:
        return np.ones(len(people), dtype=bool)
    words = people["scored"].str.strip().str.lower()
    bad = np.flatnonzero(~words.isin([*_TRUE, *_FALSE]).to_numpy())
    if bad.size:
        raise InputError(
            f"{people['scored'].iloc[bad[0]]!r} is neither true nor false",
            where=f"{path}, row {bad[0] + 2}, column scored",
            expected="true where the point receives a score, false where it only competes",
        )
    return words.isin(_TRUE).to_numpy(dtype=bool)


def _refuse_unknown(drives: pd.DataFrame, unknown: Bools, column: str, costs: Path, other: Path) -> None:
    bad = np.flatnonzero(unknown)
    if bad.size:
        raise InputError(
            f"{column} {drives[column].iloc[bad[0]]!r} is not in {other.name} ({bad.size} such rows)",
            where=f"{costs}, row {bad[0] + 2}, column {column}",
            expected="a name that is listed there, letter by letter; names are text, so 007 is not 7",
            fix="add the missing place or drop the row",
        )

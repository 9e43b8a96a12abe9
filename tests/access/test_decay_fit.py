"""``deserts access fit-decay``: what was simulated is found again, and what cannot be fitted is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from typer.testing import CliRunner

from deserts.access.decay import DECAYS, Decay
from deserts.access.decay_fit import Trips, expected_minutes, fit_decays, read_trips
from deserts.access.matrix import read_matrix
from deserts.cli import build_app
from deserts.errors import InputError

TRUE = {"exponential": 25.0, "gaussian": 40.0, "power": 1.8}


def simulated(shape: str, bandwidth: float, *, seed: int = 3, points: int = 400, gone: int = 200) -> Trips:
    """Trips drawn from the model itself, written without its code."""
    rng = np.random.default_rng(seed)
    minutes = rng.uniform(2, 150, (points, 12))
    supply = rng.uniform(0.5, 4, 12)
    weight = supply * Decay(shape, bandwidth).weights(minutes)
    count = np.array([rng.multinomial(gone, row / row.sum()) for row in weight])
    point = np.repeat(np.arange(points), 12)
    nearest = minutes == minutes.min(axis=1, keepdims=True)
    return Trips(
        point,
        minutes.ravel(),
        np.tile(supply, points),
        count.ravel().astype(float),
        nearest.ravel(),
        np.ones(points, dtype=bool),
        0.0,
    )


@pytest.mark.parametrize("shape", DECAYS)
def test_the_true_decay_is_found_and_named_first(shape: str) -> None:
    fits = fit_decays(simulated(shape, TRUE[shape]))
    best = fits[0]
    assert best.shape == shape
    assert best.bandwidth == pytest.approx(TRUE[shape], rel=0.02)
    assert best.low < TRUE[shape] < best.high
    assert 0 < best.pseudo_r2 < 1
    assert [fit.log_likelihood for fit in fits] == sorted((fit.log_likelihood for fit in fits), reverse=True)


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    seen = [fit_decays(simulated("exponential", 25.0, seed=s, points=60, gone=20), shapes=("exponential",))[0]
            for s in range(200)]  # fmt: skip
    covered = np.mean([fit.low < 25.0 < fit.high for fit in seen])
    assert 0.90 <= covered <= 0.985


def test_at_the_top_the_mean_of_the_trips_is_met_and_no_other_value_is_likelier() -> None:
    trips = simulated("exponential", 25.0, points=30, gone=40)
    fit = fit_decays(trips, shapes=("exponential",))[0]
    assert fit.mean_min == pytest.approx(trips.mean_min, rel=1e-9)
    gone = np.bincount(trips.point, trips.count)
    assert gone @ expected_minutes(trips, fit) / gone.sum() == pytest.approx(trips.mean_min, rel=1e-9)

    def loss(b: float) -> float:
        weight = (trips.supply * np.exp(-trips.drive_min / b)).reshape(30, 12)
        chance = weight / weight.sum(axis=1, keepdims=True)
        return -float((trips.count.reshape(30, 12) * np.log(chance)).sum())

    other = minimize_scalar(loss, bounds=(5, 80), method="bounded", options={"xatol": 1e-8})
    assert fit.bandwidth == pytest.approx(other.x, rel=1e-5)
    assert fit.log_likelihood == pytest.approx(-other.fun, rel=1e-9)


def test_units_of_trips_and_of_supply_change_no_bandwidth() -> None:
    trips = simulated("gaussian", 40.0, points=40)
    other = Trips(trips.point, trips.drive_min, trips.supply * 7, trips.count * 3, trips.nearest, trips.set_out, 0.0)
    one, two = (fit_decays(t, shapes=("gaussian",))[0] for t in (trips, other))
    assert two.bandwidth == pytest.approx(one.bandwidth, rel=1e-9)
    assert two.low == pytest.approx(one.low, rel=1e-9)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    texts = {
        "demand": "demand_id,population\na,10\nb,20\nc,5\n",
        "supply": "supply_id,supply\nX,1\nY,2\nZ,0\n",
        "costs": "demand_id,supply_id,minutes\na,X,10\na,Y,30\nb,X,50\nb,Y,20\nb,Z,1\n",
        "flows": "demand_id,supply_id,trips\na,X,8\na,Y,2\nb,Y,9\nb,X,1\nc,X,4\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return {name: tmp_path / f"{name}.csv" for name in texts}


def asked(files: dict[str, Path], *more: str) -> list[str]:
    return ["access", "fit-decay", *(word for name, path in files.items() for word in (f"--{name}", str(path))), *more]


def test_the_command_says_what_to_use_and_what_it_left_out(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "expected.csv"
    done = CliRunner().invoke(build_app(), asked(files, "--json", "--out", str(out)))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["trips"] == 20
    assert told["trips_without_minutes"] == 4
    assert told["nearest_share_seen"] == pytest.approx(17 / 20)
    best = told["fits"][0]
    assert told["use"] == f"--decay {best['shape']} --bandwidth {best['bandwidth']:.4g}"
    assert {fit["shape"] for fit in told["fits"]} == set(DECAYS)
    table = pd.read_csv(out)
    assert table["demand_id"].tolist() == ["a", "b"]
    assert (table["nearest_min"].tolist(), (table["expected_min"] > table["nearest_min"]).all()) == ([10, 20], True)
    words = CliRunner().invoke(build_app(), asked(files)).stdout
    assert "20 trips" in words
    assert "4 trips lead where no minutes are given" in words


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("flows", "demand_id,supply_id,trips\nq,X,8\n", "row 2, column demand_id"),
        ("flows", "demand_id,supply_id,trips\nb,Z,8\n", "whose supply is 0"),
        ("flows", "demand_id,supply_id,trips\na,X,0\n", "no trip leads to a place"),
        ("flows", "demand_id,supply_id,trips\na,X,3\nb,Y,4\n", "every trip takes the nearest place"),
        ("flows", "demand_id,supply_id,trips\na,Y,9\nb,X,9\n", "no nearer than the supply alone"),
        ("flows", "demand_id,supply_id,trips\na,X,-1\n", "column trips is not a number of at least 0 at row 2"),
    ],
)
def test_what_cannot_be_fitted_is_said(files: dict[str, Path], file: str, text: str, message: str) -> None:
    files[file].write_text(text, "utf-8")
    matrix = read_matrix(files["demand"], files["supply"], files["costs"])
    with pytest.raises(InputError, match=message):
        fit_decays(read_trips(files["flows"], matrix))

"""``deserts access score-matrix``: golden values, PySAL, text names, and errors that name file and row."""

from __future__ import annotations

import json
from pathlib import Path

import access as pysal_access
import numpy as np
import pandas as pd
import pytest
from access import weights as pysal_weights
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from deserts.access.decay import Decay, parse_zones
from deserts.access.matrix import MATRIX_METHODS, MatrixOptions, choose_decay, read_matrix, score_matrix
from deserts.cli import build_app
from deserts.errors import DesertsError, InputError, UnknownNameError

ZONES = "30:1,60:0.68,90:0.22"
PEOPLE = {"o1": 100, "o2": 200, "o3": 300, "o4": 50}
SUPPLY = {"cA": 1, "cB": 2, "cC": 1}
MINUTES = {
    "o1": (10, 45, 130),
    "o2": (35, 20, 80),
    "o3": (90, 55, 15),
    "o4": (170, 200, 190),
}
GOLDEN = {
    "2sfca": (0.006667, 0.006667, 0.006667, 0),
    "e2sfca": (0.006193, 0.007128, 0.006517, 0),
    "3sfca": (0.007813, 0.007372, 0.005814, 0),
    "m2sfca": (0.005271, 0.005909, 0.005027, 0),
    "mh3sfca": (0.005905, 0.005415, 0.005139, 0),
    "bfca": (0.005450, 0.006502, 0.007502, 0),
    "gravity": (1.905774, 2.254695, 1.801630, 0.172308),
}


def write(folder: Path, demand: str, supply: str, costs: str) -> list[str]:
    arguments = []
    for name, text in (("demand", demand), ("supply", supply), ("costs", costs)):
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    return arguments


@pytest.fixture
def golden_files(tmp_path: Path) -> list[str]:
    rows = [f"{o},{c},{t}" for o, times in MINUTES.items() for c, t in zip(SUPPLY, times, strict=True)]
    return write(
        tmp_path,
        "demand_id,population\n" + "".join(f"{o},{p}\n" for o, p in PEOPLE.items()),
        "supply_id,supply\n" + "".join(f"{c},{s}\n" for c, s in SUPPLY.items()),
        "demand_id,supply_id,minutes\n" + "\n".join(reversed(rows)) + "\n",
    )


def run(arguments: list[str]) -> str:
    result = CliRunner().invoke(build_app(), ["access", "score-matrix", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def options(method: str) -> list[str]:
    if method == "2sfca":
        return ["--method", method, "--catchment", "60"]
    if method == "gravity":
        return ["--method", method, "--decay", "exponential", "--bandwidth", "60"]
    return ["--method", method, "--zones", ZONES]


@pytest.mark.parametrize("method", sorted(GOLDEN))
def test_golden_values(golden_files: list[str], tmp_path: Path, method: str) -> None:
    out = tmp_path / "out.csv"
    run([*golden_files, *options(method), "--out", str(out)])
    table = pd.read_csv(out, dtype={"demand_id": str})
    assert list(table.columns) == ["demand_id", "score", "status"]
    assert list(table["demand_id"]) == list(PEOPLE)
    np.testing.assert_allclose(table["score"], GOLDEN[method], atol=5e-7)
    assert list(table["status"]) == ["ok"] * 3 + ["ok" if method == "gravity" else "beyond_limit"]


@pytest.mark.shared
def test_published_golden_table(shared: Path, golden_files: list[str]) -> None:
    golden = pd.read_csv(shared / "validation" / "fca_golden.csv")
    for name, method in (("2SFCA", "2sfca"), ("E2SFCA", "e2sfca"), ("3SFCA", "3sfca"), ("gravity", "gravity")):
        expected = golden[(golden["kind"] == "score") & (golden["name"] == name)]["value"].to_numpy()
        lines = run([*golden_files, *options(method)]).splitlines()[1:]
        np.testing.assert_allclose([float(line.split(",")[1]) for line in lines], expected, rtol=1e-12, atol=1e-15)


def test_i2sfca_scores_the_supply_and_conserves_people(golden_files: list[str]) -> None:
    lines = run([*golden_files, *options("i2sfca")]).splitlines()
    assert lines[0] == "supply_id,score,status"
    crowded = dict(line.split(",")[:2] for line in lines[1:])
    reached = PEOPLE["o1"] + PEOPLE["o2"] + PEOPLE["o3"]
    assert sum(float(crowded[c]) * s for c, s in SUPPLY.items()) == pytest.approx(reached)


def test_json_summary_and_conservation(golden_files: list[str]) -> None:
    summary = json.loads(run([*golden_files, *options("e2sfca"), "--json"]))
    assert summary["people_times_score"] == pytest.approx(4.0)
    assert summary["statuses"] == {"beyond_limit": 1, "ok": 3}
    assert set(summary["inputs_sha256"]) == {"demand", "supply", "costs"}


def test_names_are_text_and_every_demand_point_has_a_row(tmp_path: Path) -> None:
    files = write(
        tmp_path,
        "demand_id,population,scored\n007,10,true\n7,10,yes\n08,5,1\n09,30,false\n0,0,true\n",
        "supply_id,supply\n01,1\n1,3\n",
        "demand_id,supply_id,minutes\n7,1,10\n007,01,10\n09,1,5\n0,1,60.0\n",
    )
    text = run([*files, "--catchment", "60"])
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert [row[0] for row in rows] == ["007", "7", "08", "0"]  # 09 only competes
    assert [float(row[1]) for row in rows] == pytest.approx([0.1, 3 / 40, 0, 3 / 40])
    assert [row[2] for row in rows] == ["ok", "ok", "unreachable", "no_population"]


BAD = {
    "missing column": ("demand_id,people\na,1\n", None, None, "population"),
    "negative minutes": (None, None, "demand_id,supply_id,minutes\na,s,5\nb,s,-1\n", "row 3"),
    "nan minutes": (None, None, "demand_id,supply_id,minutes\na,s,nan\n", "row 2"),
    "infinite minutes": (None, None, "demand_id,supply_id,minutes\na,s,inf\n", "row 2"),
    "empty minutes": (None, None, "demand_id,supply_id,minutes\na,s,\n", "row 2"),
    "unknown point": (None, None, "demand_id,supply_id,minutes\na,s,1\nzz,s,1\n", "row 3"),
    "unknown site": (None, None, "demand_id,supply_id,minutes\na,zz,1\n", "row 2"),
    "pair twice": (None, None, "demand_id,supply_id,minutes\na,s,1\na,s,2\n", "row 3"),
    "point twice": ("demand_id,population\na,1\na,1\n", None, None, "row 3"),
    "site twice": (None, "supply_id,supply\ns,1\ns,2\n", None, "row 3"),
    "negative people": ("demand_id,population\na,-1\nb,1\n", None, None, "row 2"),
    "no name": ("demand_id,population\n,1\n", None, None, "row 2"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_faulty_files_are_named_with_their_row(tmp_path: Path, case: str) -> None:
    demand, supply, costs, named = BAD[case]
    files = write(
        tmp_path,
        demand or "demand_id,population\na,1\nb,2\n",
        supply or "supply_id,supply\ns,1\n",
        costs or "demand_id,supply_id,minutes\na,s,5\n",
    )
    out = tmp_path / "out.csv"
    with pytest.raises(InputError, match=named) as caught:
        run([*files, "--catchment", "60", "--out", str(out)])
    faulty = "demand" if demand else "supply" if supply else "costs"
    assert f"{faulty}.csv" in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize(
    ("choices", "error"),
    [
        ({"method": "e2sfca"}, InputError),
        ({"method": "e2sfca", "shape": "gaussian"}, InputError),
        ({"method": "2sfca", "zones": ((30.0, 1.0),)}, InputError),
        ({"method": "e2sfca", "shape": "round", "bandwidth": 3.0}, UnknownNameError),
        ({"method": "e2sfca", "shape": "power", "bandwidth": -3.0}, InputError),
        ({"method": "2sfca", "catchment_min": float("nan")}, InputError),
        ({"method": "e2sfca", "zones": ((60.0, 1.0), (30.0, 0.5))}, InputError),
        ({"method": "e2sfca", "zones": ((float("nan"), 1.0),)}, InputError),
        ({"method": "e2sfca", "shape": "power", "bandwidth": 2.0, "floor_min": float("nan")}, InputError),
        # Options that would change nothing.
        ({"method": "raam", "zones": ((30.0, 1.0),)}, InputError),
        ({"method": "raam", "shape": "gaussian", "bandwidth": 30.0}, InputError),
        ({"method": "e2sfca", "catchment_min": 60.0, "bandwidth": 30.0}, InputError),
        ({"method": "e2sfca", "catchment_min": 60.0, "tau_min": 30.0}, InputError),
        ({"method": "e2sfca", "shape": "gaussian", "bandwidth": 30.0, "floor_min": 2.0}, InputError),
        ({"method": "gravity", "zones": ((30.0, 1.0),), "bandwidth": 30.0}, InputError),
    ],
)
def test_contradicting_options_are_refused(choices: dict[str, object], error: type[DesertsError]) -> None:
    options = {name: value for name, value in choices.items() if name != "method"}
    with pytest.raises(error):
        choose_decay(str(choices["method"]), MatrixOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["30", "30:1,60", "a:b", "30:1;60:2", ""])
def test_zones_that_are_not_zones(text: str) -> None:
    with pytest.raises(InputError):
        parse_zones(text)


def test_unknown_method_lists_the_known(golden_files: list[str]) -> None:
    with pytest.raises(UnknownNameError) as caught:
        run([*golden_files, "--method", "4sfca", "--catchment", "60"])
    assert all(method in str(caught.value) for method in MATRIX_METHODS)


def random_matrix(seed: int, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 30)), int(rng.integers(1, 8))
    demand = pd.DataFrame({"demand_id": [f"0{i}" for i in range(n)], "population": rng.integers(1, 500, n)})
    supply = pd.DataFrame({"supply_id": [f"00{i}" for i in range(m)], "supply": rng.integers(1, 9, m)})
    rows = [
        (o, c, round(float(t), 3))
        for o in demand["demand_id"][1:]  # the first point is in no pair
        for c, t in zip(supply["supply_id"], rng.uniform(0, 120, m), strict=True)
        if rng.random() < 0.7
    ]
    costs = pd.DataFrame(rows, columns=["demand_id", "supply_id", "minutes"]).sample(frac=1, random_state=seed)
    for name, frame in (("demand", demand), ("supply", supply), ("costs", costs)):
        frame.to_csv(folder / f"{name}.csv", index=False)
    return demand, supply, costs


def by_pysal(demand: pd.DataFrame, supply: pd.DataFrame, costs: pd.DataFrame, method: str, weight: Decay) -> pd.Series:
    model = pysal_access.Access(
        demand_df=demand, demand_index="demand_id", demand_value="population",
        supply_df=supply, supply_index="supply_id", supply_value="supply",
        cost_df=costs, cost_origin="demand_id", cost_dest="supply_id", cost_name="minutes",
    )  # fmt: skip
    zones = pysal_weights.step_fn({30: 1.0, 60: 0.68, 90: 0.22})
    if method == "2sfca":
        scores = model.two_stage_fca(max_cost=60)
    elif method == "3sfca":
        scores = model.three_stage_fca(weight_fn=zones)
    elif weight.shape == "gaussian":
        scores = model.enhanced_two_stage_fca(weight_fn=pysal_weights.gaussian(30), max_cost=90)
    else:
        scores = model.enhanced_two_stage_fca(weight_fn=zones)
    return scores.iloc[:, 0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("method", "decay"),
    [
        ("2sfca", Decay.within(60)),
        ("e2sfca", Decay.steps(parse_zones(ZONES))),
        ("e2sfca", Decay.gaussian(30, catchment_min=90)),
        ("3sfca", Decay.steps(parse_zones(ZONES))),
    ],
)
def test_equals_pysal_on_random_matrices(tmp_path: Path, method: str, decay: Decay) -> None:
    for seed in range(12):
        demand, supply, costs = random_matrix(seed, tmp_path)
        if costs.empty:
            continue
        matrix = read_matrix(tmp_path / "demand.csv", tmp_path / "supply.csv", tmp_path / "costs.csv")
        ours = score_matrix(matrix, method=method, decay=decay).set_index("demand_id")["score"]
        theirs = by_pysal(demand, supply, costs.copy(), method, decay).reindex(ours.index).fillna(0.0)
        np.testing.assert_allclose(ours, theirs, atol=1e-9, rtol=1e-9)
        assert ours.iloc[0] == 0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["e2sfca", "3sfca"]))
def test_supply_that_is_reached_is_conserved(tmp_path_factory: pytest.TempPathFactory, seed: int, method: str) -> None:
    folder = tmp_path_factory.mktemp("matrix")
    demand, supply, costs = random_matrix(seed, folder)
    if costs.empty:
        return
    matrix = read_matrix(folder / "demand.csv", folder / "supply.csv", folder / "costs.csv")
    scores = score_matrix(matrix, method=method, decay=Decay.steps(parse_zones(ZONES)))["score"]
    reached = set(costs.loc[costs["minutes"] <= 90, "supply_id"])
    expected = supply.loc[supply["supply_id"].isin(reached), "supply"].sum()
    assert float(demand["population"] @ scores) == pytest.approx(float(expected))


@pytest.mark.parametrize("method", [m for m in MATRIX_METHODS if m != "i2sfca"])
def test_order_of_rows_changes_nothing(golden_files: list[str], tmp_path: Path, method: str) -> None:
    choices = ["--method", "raam"] if method == "raam" else options(method)
    before = run([*golden_files, *choices]).splitlines()
    for name in ("demand", "supply", "costs"):
        header, *rows = (tmp_path / f"{name}.csv").read_text().splitlines()
        (tmp_path / f"{name}.csv").write_text("\n".join([header, *reversed(rows)]) + "\n")
    after = run([*golden_files, *choices]).splitlines()
    for one, other in zip(before[1:], reversed(after[1:]), strict=True):
        assert one.split(",")[0] == other.split(",")[0]
        scores = [float(line.split(",")[1] or "nan") for line in (one, other)]
        assert scores[0] == pytest.approx(scores[1], rel=1e-9, nan_ok=True)

"""A user's files: names as text, holes, extra columns, row order, and faults that say where."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.errors import DesertsError, InputError, UnknownNameError
from deserts.planning import Layout, Task, read_instance, site_table, solve
from deserts.planning.verify import verify_with_spopt


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(7)
    demand = pd.DataFrame(
        {"demand_id": [f"0{i:03d}" for i in range(25)], "population": rng.integers(0, 9000, 25) * 1000}
    )
    sites = pd.DataFrame({"site_id": [f"0{j}" for j in range(7)], "name": "a, b", "there": ["yes", *[""] * 6]})
    point, site = (axis.ravel() for axis in np.indices((25, 7)))
    costs = pd.DataFrame(
        {"km": 1, "site_id": sites["site_id"].to_numpy()[site], "demand_id": demand["demand_id"].to_numpy()[point],
         "minutes": rng.integers(1, 40, 175).astype(str)}
    )  # fmt: skip
    costs.loc[3, "minutes"] = ""
    frames = {"demand": demand, "sites": sites, "costs": costs.drop(index=11)}

    def write(shuffle: int | None = None, **changed):
        paths = {}
        for name, frame in {**frames, **changed}.items():
            paths[name] = tmp_path / f"{name}{shuffle}.csv"
            ordered = frame if shuffle is None else frame.sample(frac=1, random_state=shuffle)
            ordered.to_csv(paths[name], index=False)
        return paths

    return frames, write


def run(*arguments):
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def test_files_become_a_problem(files) -> None:
    frames, write = files
    instance = read_instance(**write(), layout=Layout(fixed_column="there", fixed=("03",)))
    assert instance.site_ids.tolist() == sorted(frames["sites"]["site_id"])
    assert instance.is_fixed.tolist() == [True, False, False, True, False, False, False]
    assert instance.pairs.n_pairs == 25 * 7 - 2
    assert instance.weight.sum() == frames["demand"]["population"].sum()
    assert any("no minutes" in note for note in instance.notes)


@pytest.mark.parametrize("method", ["pmedian", "mclp", "lscp", "pcenter", "backup"])
def test_row_order_changes_nothing(files, method: str) -> None:
    _, write = files
    tables = []
    for shuffle in (None, 1, 2):
        instance = read_instance(**write(shuffle))
        plan = solve(instance, Task(method=method, count=2, threshold_min=25, partial=True))
        tables.append((plan.objective, site_table(instance, plan)))
    assert tables[0][0] == tables[1][0] == tables[2][0]
    pd.testing.assert_frame_equal(tables[0][1], tables[1][1])
    pd.testing.assert_frame_equal(tables[0][1], tables[2][1])


def test_command_writes_the_answer_and_says_the_proof(files, tmp_path) -> None:
    frames, write = files
    paths = write()
    out, near = tmp_path / "plan.csv", tmp_path / "near.csv"
    result = run("planning", "choose", "--demand", paths["demand"], "--sites", paths["sites"],
                 "--costs", paths["costs"], "--method", "pmedian", "-n", 2, "--threshold", 20, "--out", out,
                 "--assignments", near, "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    table = pd.read_csv(out, dtype=str)
    assert table.columns[:2].tolist() == ["site_id", "chosen"]
    assert sorted(table["site_id"]) == sorted(frames["sites"]["site_id"])
    chosen = table.loc[table["chosen"] == "1", "site_id"].tolist()
    assert chosen == summary["sites"]
    assert len(chosen) == 2
    assert summary["gap"] == 0
    used = frames["costs"][frames["costs"]["site_id"].isin(chosen) & (frames["costs"]["minutes"] != "")]
    nearest = used.assign(minutes=used["minutes"].astype(float)).groupby("demand_id")["minutes"].min()
    people = frames["demand"].set_index("demand_id")["population"]
    assert summary["objective"] == pytest.approx((people * nearest).sum())
    assert summary["population_within"] == people[nearest <= 20].sum()
    assert (pd.read_csv(near, dtype={"demand_id": str}).set_index("demand_id")["minutes"] == nearest).all()


def test_command_verifies_with_spopt(files) -> None:
    frames, write = files
    full = frames["costs"].assign(minutes=frames["costs"]["minutes"].replace("", "99"))
    full = pd.concat([full, pd.DataFrame([{"km": 1, "site_id": "04", "demand_id": "0001", "minutes": "99"}])])
    paths = write(costs=full)
    options = [x for name in paths for x in (f"--{name}", paths[name])]
    result = run("planning", "choose", *options, "-m", "pmedian", "-n", 1, "--fixed", "02", "--verify")
    assert result.exit_code == 0, result.exception
    assert "spopt finds the same objective" in result.stdout
    instance = read_instance(**paths)
    for task in (Task(method="lscp", threshold_min=30), Task(method="mclp", count=2, threshold_min=10),
                 Task(method="pcenter", count=3)):  # fmt: skip
        plan = solve(instance, task)
        assert verify_with_spopt(instance, task, plan) == pytest.approx(plan.objective)
    with pytest.raises(InputError, match="spopt finds"):
        verify_with_spopt(instance, task, dataclasses.replace(plan, objective=plan.objective + 1))
    with pytest.raises(InputError, match="cannot verify"):
        verify_with_spopt(instance, Task(method="backup", threshold_min=30), plan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: {"demand": f["demand"].drop(columns="population")}, "population"),
        (lambda f: {"demand": pd.concat([f["demand"], f["demand"][:1]])}, "repeats"),
        (lambda f: {"demand": f["demand"].assign(population=-1)}, "population"),
        (lambda f: {"costs": f["costs"].assign(minutes="soon")}, "not a number of minutes"),
        (lambda f: {"costs": f["costs"].assign(minutes="-3")}, "not a number of minutes"),
        (lambda f: {"costs": f["costs"].drop(columns="minutes")}, "column minutes is missing"),
        (lambda f: {"costs": f["costs"].assign(site_id="x" + f["costs"]["site_id"])}, "no row names"),
        (lambda f: {"sites": f["sites"].iloc[:0]}, "no rows"),
    ],
)
def test_faults_say_where(files, change, message: str) -> None:
    frames, write = files
    with pytest.raises(InputError, match=message) as caught:
        read_instance(**write(**change(frames)))
    assert caught.value.where


def test_unknown_rows_of_the_costs_are_counted_not_used(files) -> None:
    frames, write = files
    extra = frames["costs"][:5].assign(site_id=[f"elsewhere{i}" for i in range(5)])
    instance = read_instance(**write(costs=pd.concat([frames["costs"], extra])))
    assert any("5 rows" in note for note in instance.notes)
    with pytest.raises(UnknownNameError, match="not listed"):
        read_instance(**write(), layout=Layout(fixed=("nowhere",)))


def test_nothing_is_written_when_the_plan_is_impossible(files, tmp_path) -> None:
    _, write = files
    paths = write()
    out = tmp_path / "plan.csv"
    options = [x for name in paths for x in (f"--{name}", paths[name])]
    for arguments in (["-m", "lscp", "-t", 0.5], ["-m", "pmedian", "-n", 8], ["-m", "nothing", "-n", 1]):
        result = run("planning", "choose", *options, *arguments, "--out", out)
        assert isinstance(result.exception, DesertsError)
        assert not out.exists()


def test_pairs_that_stand_twice_are_refused_with_their_rows(files) -> None:
    frames, write = files
    spaced = frames["costs"].iloc[[8]].assign(demand_id=lambda f: f["demand_id"] + " ")
    with pytest.raises(InputError, match=r"stands in rows 10 and 176 \(1 rows") as caught:
        read_instance(**write(costs=pd.concat([frames["costs"], spaced])))
    assert "costs" in str(caught.value.where)
    twice = pd.concat([frames["sites"], frames["sites"].iloc[[2]].assign(site_id="02 ")])
    with pytest.raises(InputError, match="site_id repeats: '02'"):
        read_instance(**write(sites=twice))


def test_missing_pairs_are_counted_and_spaces_dropped(files) -> None:
    frames, write = files
    costs = frames["costs"].assign(site_id=" " + frames["costs"]["site_id"] + " ")
    instance = read_instance(**write(costs=costs))
    assert instance.pairs.n_pairs == 25 * 7 - 2
    assert any(note.startswith("1 pairs are not listed") for note in instance.notes)
    assert any(note.startswith("1 rows of the costs have no minutes") for note in instance.notes)


@pytest.mark.parametrize("fixed", [(), ("05",)])
def test_a_county_matrix_equals_brute_force(tmp_path, fixed) -> None:
    """448 tracts, 30 sites, all pairs, names with leading zeros, rows in no order."""
    rng = np.random.default_rng(8)
    tracts, sites = [f"0{4013000000 + 7 * i}" for i in range(448)], [f"{j:02d}" for j in range(30)]
    at, to = rng.normal(30, 9, (448, 1, 2)), rng.uniform(0, 60, (1, 30, 2))
    minutes = np.hypot(*(at - to).transpose(2, 0, 1)).round(2)
    people = rng.integers(0, 9000, 448) * (rng.random(448) > 0.05)
    point, site = (axis.ravel() for axis in np.indices(minutes.shape))
    order = rng.permutation(point.size)
    paths = [tmp_path / f"{name}.csv" for name in ("demand", "sites", "costs")]
    pd.DataFrame({"demand_id": tracts, "population": people}).to_csv(paths[0], index=False)
    pd.DataFrame({"site_id": sites}).to_csv(paths[1], index=False)
    pd.DataFrame(
        {"demand_id": np.array(tracts)[point], "site_id": np.array(sites)[site], "minutes": minutes.ravel()}
    ).iloc[order].to_csv(paths[2], index=False)  # fmt: skip
    instance = read_instance(*paths, layout=Layout(fixed=fixed))
    there = [sites.index(name) for name in fixed]
    near = [
        minutes[:, [*there, a, b]].min(axis=1) for a in range(30) for b in range(a) if a not in there and b not in there
    ]
    expected = {
        Task(method="pmedian", count=2): min(people @ m for m in near),
        Task(method="mclp", count=2, threshold_min=12): max(people[m <= 12].sum() for m in near),
        Task(method="pcenter", count=2): min(m.max() for m in near),
    }
    for task, best in expected.items():
        plan = solve(instance, task)
        assert plan.objective == pytest.approx(best), task.method
        assert plan.gap == 0
    radius = expected[Task(method="pcenter", count=2)]
    assert solve(instance, Task(method="lscp", threshold_min=radius)).objective <= 2

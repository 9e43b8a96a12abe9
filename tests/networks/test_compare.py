"""Two directories or two dates, the 90 days of each listing, and the single best addition."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.access.payers import score_payers
from deserts.api.run import Run
from deserts.cli import build_app
from deserts.example.plan_files import CONTRACT, HIOS
from deserts.networks.addition import best_addition
from deserts.networks.clock import VERIFY_DAYS, clock_of, days_old
from deserts.pipeline.plan_check import check_directory, compare_directories
from deserts.pipeline.public_supply import public_inputs
from deserts.pipeline.scores import limits_of
from tests.example_data import example_run

TODAY = dt.date(2026, 11, 28)


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    return example_run(example_data)


@pytest.fixture
def bundle(run: Run) -> dict:
    return json.loads(_source(run).read_text(encoding="utf-8"))


def _source(run: Run) -> Path:
    return run.settings.raw_area(run.region) / "plans.example.org" / "plan-net" / "directory.json"


def _without(bundle: dict, npi: str, path: Path, **more: object) -> Path:
    """Write the directory as it was, or will be, without one clinician's role."""
    kept = [each for each in bundle["entry"] if each["resource"]["id"] != f"role-{npi}"]
    assert len(kept) == len(bundle["entry"]) - 1
    path.write_text(json.dumps({**bundle, "entry": kept, **more}), encoding="utf-8")
    return path


def test_who_appeared_and_who_vanished(run: Run, bundle: dict, tmp_path: Path) -> None:
    listed = check_directory(run, [_source(run)]).check.listed
    gone, new = listed.loc[listed["listed_via"] == "role", "npi"].iloc[[0, 3]]
    before, after = _without(bundle, new, tmp_path / "old.json"), _without(bundle, gone, tmp_path / "new.json")
    found = compare_directories(run, before, after)
    assert found.appeared["npi"].tolist() == [new]
    assert found.vanished["npi"].tolist() == [gone]
    assert found.stayed == len(listed) - 2
    same = compare_directories(run, before, before)
    assert (len(same.appeared), len(same.vanished), same.stayed) == (0, 0, len(listed) - 1)


def test_of_an_incomplete_directory_nobody_is_said_to_have_vanished(run: Run, bundle: dict, tmp_path: Path) -> None:
    gone = check_directory(run, [_source(run)]).check.listed["npi"].iloc[0]
    more = {"type": "searchset", "link": [{"relation": "next", "url": "https://payer.test/next"}]}
    after = _without(bundle, gone, tmp_path / "new.json", **more)
    where = ["--region", "example", "--data", str(run.settings.data_dir)]
    done = CliRunner().invoke(build_app(), ["network", "compare", str(_source(run)), str(after), *where])
    assert "Not in the second, which could not be read whole: 1. Whether they vanished is not known." in done.output
    assert "Vanished" not in done.output
    assert gone not in done.output
    team = CliRunner().invoke(build_app(), ["network", "compare", str(_source(run)), str(after), "--team", *where])
    assert f"NPI {gone}" in team.output
    facts = json.loads(
        CliRunner().invoke(build_app(), ["network", "compare", str(_source(run)), str(after), "--json", *where]).stdout
    )
    assert (facts["vanished"], facts["after_complete"]) == (1, False)


@pytest.mark.parametrize(
    ("dated", "got", "days"),
    [
        ("2026-08-01", "2026-10-30", 90),
        ("2026-08-01", "2026-10-31", 91),
        ("2026-08-30", "", 90),
        ("", "2026-10-30", None),
    ],
)
def test_the_clock_runs_to_the_day_of_getting_else_to_today(dated: str, got: str, days: int | None) -> None:
    listed = pd.DataFrame({"dated_on": [dated], "got_on": [got]})
    found = days_old(listed, TODAY).iloc[0]
    assert (found if days is not None else pd.isna(found)) == (True if days is None else days)
    clock = clock_of(listed, TODAY)
    assert (clock.dated, clock.undated) == ((0, 1) if days is None else (1, 0))
    assert clock.over == (days is not None and days > VERIFY_DAYS)


def test_the_best_addition_is_the_best_by_trying_each(run: Run) -> None:
    """Score the counties anew with each missing clinician added: the rule's own shares name the same one."""
    found = check_directory(run, plans=[CONTRACT])
    inputs = public_inputs(run)
    limits = limits_of(run, inputs)
    people = inputs.demand[inputs.demand["scored"]].groupby("county_fips")["population"].sum()

    def residents_inside(npis: list[str]) -> float:
        table = pd.DataFrame({"payer": "p", "npi": npis, "practice_id": "", "network": "in"})
        scores = score_payers(inputs, table, limits=limits, time_limit_min=480.0).set_index("county_fips")
        return float((scores["adequate_share"] * people.reindex(scores.index)).sum())

    listed = found.check.listed["npi"].tolist()
    worth = {npi: residents_inside([*listed, npi]) for npi in found.check.missing["npi"]}
    assert found.addition is not None
    assert worth[found.addition.npi] == pytest.approx(max(worth.values()))
    assert found.addition.inside_after == pytest.approx(worth[found.addition.npi], abs=1)
    assert found.addition.inside_before == pytest.approx(residents_inside(listed), abs=1)
    assert found.addition.saved_min > 0


def test_nobody_can_be_added_where_nobody_is_missing(run: Run) -> None:
    inputs = public_inputs(run)
    every = set(inputs.sites["npi"])
    limits = limits_of(run, inputs)
    names = pd.Series(dtype="str")
    for members, candidates in ((every, every), (set(), set()), (every, set())):
        assert best_addition(inputs, members, candidates, limits=limits, time_limit_min=480.0, names=names) is None


def test_the_command_names_the_addition_for_the_team_alone(run: Run) -> None:
    where = ["--plan", HIOS, "--region", "example", "--data", str(run.settings.data_dir)]
    public = CliRunner().invoke(build_app(), ["network", "check", *where, "--local", str(run.settings.local_dir)])
    team = CliRunner().invoke(build_app(), ["network", "check", "--team", *where])
    assert "The single best addition, one more clinician" in public.output
    assert "The single best addition, Theodora Vance (NPI " in team.output
    assert "Vance" not in public.output
    assert "1 of 35 listings were over 90 days old" in public.output
    assert np.isfinite(check_directory(run, plans=[HIOS]).counties["adequate_share"].dropna()).all()

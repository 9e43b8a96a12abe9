"""A call counts the same in every command before the stages are run again and after, whatever was said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.specialists.log import open_log
from tests.doors.harness import random_calls
from tests.example_data import example_run, make_example
from tests.patients.refill.people import TODAY

ZIPS = ("86901", "86927", "86971")


def questions(run: Run, folder: Path) -> dict[str, list[str]]:
    """Every command that reads the log, with a question whose answer hangs on it."""
    panel = folder / "panel.csv"
    listed = run.store.read("sites_unasked")["npi"].drop_duplicates().head(40)
    rows = [f"{zip_code},{npi}" for zip_code in ZIPS for npi in ["", *listed]]
    panel.write_text("\n".join(["zip,primary_npi", *rows]) + "\n", encoding="utf-8")
    asked: dict[str, list[str]] = {"registry": ["evidence", "accuracy", "--team", "--json"]}
    for zip_code in ZIPS:
        of = ["--zip", zip_code, "--json"]
        asked |= {
            f"backup {zip_code}": ["backup", *of, "-k", "10", "--run-dry", "2027-01-15"],
            f"backup of a child {zip_code}": ["backup", *of, "-k", "10", "--pediatric"],
            f"emergency {zip_code}": ["patient", "emergency", *of],
            f"drug source {zip_code}": ["patient", "drug-source", *of, "--strength", "2000", "--within", "200mi"],
            f"extinction {zip_code}": ["access", "extinction", "--zip", zip_code, "--json"],
        }
    asked["panel"] = ["patient", "panel", str(panel), "--out", str(folder / "answered.csv")]
    asked["call list"] = ["log", "call-list", "--json"]
    asked["extinction"] = ["access", "extinction", "--json"]
    for npi in listed.head(4):
        asked[f"clinician {npi}"] = ["evidence", "specialist", str(npi), "--json"]
    return asked


def answers(run: Run, folder: Path) -> dict[str, str]:
    """What the commands say."""
    where = ["--data", str(run.settings.data_dir), "--local", str(run.settings.local_dir)]
    app, found = build_app(), {}
    for name, words in questions(run, folder).items():
        day = [] if name == "call list" else ["--today", TODAY.isoformat()]
        done = CliRunner().invoke(app, [*words, *where, *day])
        assert done.exit_code == 0, (name, done.output[-2000:], done.exception)
        found[name] = done.stdout
    found["panel"] = (folder / "answered.csv").read_text(encoding="utf-8-sig")
    return found


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_a_call_counts_the_same_before_the_stages_are_run_again_and_after(own_example, tmp_path, seed):
    calls = random_calls(own_example.store.read("sites_unasked"), today=TODAY, seed=seed)
    unasked = answers(own_example, tmp_path)
    open_log(own_example.settings).append(calls)
    live = answers(own_example, tmp_path)
    make_example(own_example)
    again = example_run(own_example.settings.data_dir)
    restaged = answers(again, tmp_path)
    for name, answer in live.items():
        assert restaged[name] == answer, name
    changed = {name for name in live if live[name] != unasked[name]}
    assert {"registry", "panel", "call list", "extinction"} <= changed
    assert all(any(name.startswith(kind) for name in changed) for kind in ("backup", "emergency", "drug", "clinician"))


def test_who_retired_is_nobodys_pump_clinician_at_any_door(own_example, tmp_path):
    """Both pump clinicians of a hospital retire: it is listed for what it was paid for alone, not for anybody there."""
    app = build_app()
    where = ["--data", str(own_example.settings.data_dir), "--today", TODAY.isoformat()]
    where += ["--local", str(own_example.settings.local_dir)]

    def ask(*words: str) -> dict:
        done = CliRunner().invoke(app, [*words, "--zip", ZIPS[0], "--json", *where])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    before = ask("patient", "emergency")["nearest_pump_capable"]
    evidence = own_example.store.read("evidence")
    tied = evidence[(evidence["kind"] == "affiliation") & (evidence["code"] == before["ccn"])]["npi"].unique()
    assert before["pump_clinicians"] >= 1
    for npi in tied:
        words = ["log", "verify", npi, "--outcome", "retired", "--all-sites", "--logged-by", "Test", "--yes"]
        assert CliRunner().invoke(app, [*words, *where]).exit_code == 0
    after = ask("patient", "emergency")["nearest_pump_capable"]
    # Its own price file still shows payments, which name nobody: it stands by those alone.
    assert (after["ccn"], after["pump_clinicians"]) == (before["ccn"], 0)
    assert after["paid_for_pumps"] == before["paid_for_pumps"] != ""
    calls = ask("patient", "drug-source", "--strength", "2000", "--within", "300mi")["call_order"]
    entries = [line for line in calls if before["name"] in json.dumps(line)]
    assert all("was paid for" in json.dumps(line) for line in entries), entries
    assert len(entries) == 1

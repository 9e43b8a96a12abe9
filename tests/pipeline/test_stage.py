"""Stages: skipped when nothing changed, rerun when something did, clean after an interruption; bytes never differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deserts.errors import DesertsError
from deserts.pipeline import places, scores, specialists, times
from deserts.pipeline.stage import run_stage
from deserts.store import sha256_of
from tests.conftest import ROOT
from tests.example_data import example_run

CHANGING = {"runs.jsonl", "done", ".busy"}


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in CHANGING and "local" not in path.parts
    }


def test_the_same_bytes_whatever_the_hash_seed(example_data, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "4242", "DESERTS_HOME": str(tmp_path / "data" / "local")}
    command = [
        sys.executable,
        "-m",
        "deserts",
        "run",
        "--region",
        "example",
        "--data",
        str(tmp_path / "data"),
        "--no-network",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "residents" in done.stdout
    assert _hashes(tmp_path / "data") == _hashes(example_data)


def test_a_stage_does_nothing_twice_and_reruns_when_an_input_changes(own_example):
    assert not run_stage(scores.STAGE, own_example).ran
    own_example.store.path("county_scores").unlink()
    assert run_stage(scores.STAGE, own_example).ran
    sites = own_example.store.read("sites")
    own_example.store.write("sites", sites.iloc[:-1])
    assert run_stage(times.STAGE, own_example).ran
    assert not run_stage(places.STAGE, own_example).ran


def test_a_manifest_names_inputs_parameters_code_and_outputs_and_no_path_of_the_machine(example_data):
    path = example_data / "processed/example/itb/manages_pumps/manifest/times.json"
    record = json.loads(path.read_text())
    assert sorted(record) == ["code", "inputs", "outputs", "parameters", "scope", "seal", "stage"]
    assert record["parameters"]["time_limit_min"] == 480
    assert all(len(digest["sha256"]) == 64 and digest["size_bytes"] > 0 for digest in record["outputs"].values())
    assert str(example_data) not in path.read_text()


def test_an_interrupted_stage_leaves_no_manifest_and_reruns_to_the_same_bytes(own_example, monkeypatch):
    before = _hashes(own_example.settings.data_dir)
    own_example.store.path("listed_sites").unlink()

    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(specialists, "searches_table", die)
    with pytest.raises(KeyboardInterrupt):
        run_stage(specialists.STAGE, own_example)
    monkeypatch.undo()
    assert not own_example.store.has("listed_sites")
    assert run_stage(specialists.STAGE, own_example).ran
    assert _hashes(own_example.settings.data_dir) == before


def test_another_grade_stands_beside_the_first(own_example):
    before = sha256_of(own_example.store.path("county_scores"))
    looser = example_run(own_example.settings.data_dir, grade="specialty_only")
    for stage in (times.STAGE, scores.STAGE):
        run_stage(stage, looser)
    assert sha256_of(own_example.store.path("county_scores")) == before
    near, far = looser.store.read("county_scores"), own_example.store.read("county_scores")
    assert (near["beyond_60_share"] <= far["beyond_60_share"] + 1e-12).all()  # more sites take nobody farther away
    assert (near["beyond_60_share"] < far["beyond_60_share"]).any()


def test_flow_tables_count_what_went_in_and_out(example_data):
    flows = sorted((example_data / "processed/example").rglob("flow_*.csv"))
    stages = ["data", "places", "prices", "systems", "months", "leads", "supply", "roads", "specialists", "addresses",
              "listings",
              "times", "place_times", "provenance", "scores", "map"]  # fmt: skip
    assert {path.stem for path in flows} == {f"flow_{stage}" for stage in stages}
    for path in flows:
        assert path.read_text().startswith("step,rows_in,rows_out,why\n")
        assert len(path.read_text().splitlines()) > 1


def test_a_stage_before_its_time_says_what_to_run(tmp_path):
    with pytest.raises(DesertsError, match="deserts run --region example"):
        run_stage(times.STAGE, example_run(tmp_path / "empty"))

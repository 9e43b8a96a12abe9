"""What an earlier version left opens, or says what to run: a run, a log of calls, a payer table, a profile.

``tests/golden/run_of_november_2026.zip`` was written by the version of 2026-11-22 (commit e5ef8f7) on the embedded
example: its tables without roads and drive times, a log of two calls, a payer table, and its own profile for pumps.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import deserts
from deserts.cli import build_app
from deserts.errors import DesertsError
from deserts.patients.search.facts import load_team_facts
from deserts.services import load_service
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "run_of_november_2026.zip"


@pytest.fixture
def old(tmp_path) -> Path:
    """A data folder as the earlier version left it."""
    with zipfile.ZipFile(GOLDEN) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_an_old_run_opens_with_its_tables_and_words(old):
    run = deserts.open("example", data=old, local=old / "local")
    assert run.findings.startswith("The embedded example (synthetic): how far residents live from sites")
    assert "an earlier version made this run and did not record what it read: run it again" in run.findings
    assert "not read" not in run.findings
    assert len(run.scores) == 40
    assert run.scores["nearest_median_min"].median() == pytest.approx(
        pd.read_parquet(old / "processed/example/itb/manages_pumps/county_scores.parquet")[
            "nearest_median_min"
        ].median()
    )
    assert len(run.sites) == 173
    county = run.scores["county_fips"].iloc[0]
    assert "access score" in run.explain(county).sentences[0]


def test_what_an_old_run_lacks_is_said_with_what_to_run(old):
    done = CliRunner().invoke(
        build_app(), ["backup", "--zip", "86901", "--data", str(old), "--local", str(old / "local")]
    )
    assert isinstance(done.exception, DesertsError)
    assert "deserts run --region example" in str(done.exception) or "make all REGION=example" in str(done.exception)


def test_roads_of_an_earlier_version_are_called_so_and_not_damaged(old):
    network = old / "processed" / "example" / "network"
    network.mkdir()
    (network / "meta.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DesertsError, match="an earlier version of deserts made it") as told:
        _ = deserts.open("example", data=old, local=old / "local").network
    assert "deserts run --region example" in str(told.value)
    assert "damaged" not in str(told.value)


def test_an_old_log_of_calls_and_payer_table_are_read(old):
    run = deserts.open("example", data=old, local=old / "local")
    facts = load_team_facts(run.settings, run.service, today=dt.date(2026, 11, 22), data_on=None)
    told = {npi: facts.standings.clinician(npi).last.outcome for npi in ("2020000479", "2020000842")}
    assert told == {"2020000479": "accepting", "2020000842": "full"}
    assert facts.networks is not None
    assert facts.networks["payer"].tolist() == ["Example Health"]


def test_an_old_log_takes_new_calls(old):
    local = old / "local"
    words = ["log", "verify", "2020000479", "--outcome", "full", "--on", "2026-11-20", "--today", "2026-11-22"]
    done = CliRunner().invoke(build_app(), [*words, "--data", str(old), "--local", str(local)], catch_exceptions=False)
    assert done.exit_code == 0
    run = deserts.open("example", data=old, local=local)
    facts = load_team_facts(run.settings, run.service, today=dt.date(2026, 11, 22), data_on=None)
    assert facts.standings.clinician("2020000479").last.outcome == "full"


def test_a_profile_of_an_earlier_version_loads(old):
    service = load_service("own", local_dir=old / "local")
    assert [grade.name for grade in service.grades] == [grade.name for grade in load_service("itb").grades]


@pytest.mark.slow
def test_a_run_brings_an_old_folder_up_to_date(old, own_example):
    """The stages are run anew in place, the team's own tables stay as they are."""
    shutil.copytree(own_example.settings.data_dir / "raw", old / "raw")
    local = {path.name: path.read_bytes() for path in (old / "local").iterdir() if path.is_file()}
    run = deserts.build("example", data=old, local=old / "local")
    assert run.backups(zip="86901", today=dt.date(2026, 11, 22)).answer.candidates
    assert {path.name: path.read_bytes() for path in (old / "local").iterdir() if path.name in local} == local
    manifest = json.loads((old / "processed/example/manifest/roads.json").read_text(encoding="utf-8"))
    assert "outputs" in json.dumps(manifest)

"""The Makefile: each target is one process that asks the manifests, and runs just what has something new to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAGES = ("data", "places", "supply", "specialists", "roads", "times", "scores", "map")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _make(data: Path, *arguments: str, fine: bool = True) -> str:
    """Run make on a data folder and return what it says on standard error."""
    binaries = Path(sys.executable).parent
    command = ["make", "--old-file=.venv/.installed", f"BIN={binaries}", f"DATA={data}", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode == 0) == fine, done.stdout + done.stderr
    return done.stderr


def _ran(said: str) -> list[str]:
    """Return the stages that did something, in order."""
    words = [line.split() for line in said.splitlines()]
    return [line[0] for line in words if len(line) > 1 and line[0] in STAGES and line[1] != "unchanged"]


@pytest.mark.slow
def test_only_what_is_not_fresh_runs_whatever_the_names_of_paths(own_example, tmp_path):
    data = tmp_path / "it's a folder"
    own_example.settings.data_dir.rename(data)
    assert _ran(_make(data, "all")) == []
    profiles = data / "local" / "services"
    profiles.mkdir(parents=True)
    (profiles / "itb.toml").write_bytes((ROOT / "deserts/services/itb.toml").read_bytes() + b"\n# edited\n")
    assert _ran(_make(data, "all")) == [
        "data",
        "supply",
        "specialists",
        "scores",
        "map",
    ]  # the grade's rank is as it was
    (data / "local" / "payer_networks.csv").write_text("payer,npi\n")
    said = _make(data, "all", fine=False)
    assert "payer_networks.csv" in said
    (data / "local" / "payer_networks.csv").unlink()
    assert _ran(_make(data, "all", "LIMIT=240")) == ["times", "scores", "map"]


def test_a_frozen_run_is_checked_although_nothing_is_new(own_example, tmp_path):
    data = own_example.settings.data_dir
    said = _make(data, "data", "FROZEN=1", "LOCK=locks/no such lock.json", fine=False)
    assert "no such lock" in said
    lock = data / "raw" / "example" / "lock.json"
    assert _ran(_make(data, "data", "FROZEN=1", f"LOCK={lock}")) == ["data"]
    assert _ran(_make(data, "data", "FROZEN=1", f"LOCK={lock}")) == ["data"]
    raw = next((data / "raw" / "example").rglob("*.csv"))
    raw.write_bytes(raw.read_bytes().replace(b"1", b"2", 1))
    said = _make(data, "data", "FROZEN=1", f"LOCK={lock}", fine=False)
    assert re.search(r"differ from the lock.*\.csv", said, re.DOTALL)


def test_help_names_every_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in (*STAGES, "all", "test", "check", "bench", "lock", "live-check", "doctor"):
        assert f"  {target} " in shown

"""The Makefile: a second make does nothing, and a touched profile reruns just what depends on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAGES = ("data", "places", "specialists", "roads", "times", "scores", "map")

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def _make(data: Path, *arguments: str) -> list[str]:
    """Run make on a data folder and return the stages that it started, in order."""
    binaries = Path(sys.executable).parent
    command = ["make", "--old-file=.venv/.installed", f"BIN={binaries}", f"DATA={data}", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.replace("deserts stage ", "deserts ").split() for line in done.stdout.splitlines()]
    return [line[1] for line in words if len(line) > 1 and line[0].endswith("deserts") and line[1] in STAGES]


def test_make_is_a_dag(own_example, tmp_path):
    data = own_example.settings.data_dir
    profile = tmp_path / "itb.toml"
    shutil.copy(ROOT / "deserts/services/itb.toml", profile)
    settings = (f"SERVICE={profile}", "all")
    assert sorted(_make(data, *settings)) == sorted(STAGES)
    assert _make(data, *settings) == []
    os.utime(profile)
    assert _make(data, *settings) == ["specialists", "times", "scores", "map"]
    assert _make(data, "LIMIT=240", settings[0], "places") == ["data", "places"]  # a changed option asks every stage


def test_help_names_every_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in (*STAGES, "all", "test", "test-all", "check", "bench", "lock", "live-check", "doctor"):
        assert f"  {target} " in shown

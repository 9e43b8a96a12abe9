"""SIGKILL at random moments of a run, and a disk that is full at many points: the next run ends as an undisturbed one.

No file may be half-written, none may stay behind, and whoever is told is told the path and the cause.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integrity.matrix import tables_of

KILLS = int(os.environ.get("DESERTS_KILLS", "20"))


def _without_tables(example_data: Path, data: Path) -> Path:
    """Copy the example's raw files, so that a run makes all else."""
    shutil.copytree(example_data / "raw", data / "raw")
    return data


def _start(data: Path, **more: object) -> subprocess.Popen[str]:
    words = ["run", "--region", "example", "--data", str(data), "--no-network"]
    return subprocess.Popen(
        [sys.executable, "-m", "deserts", *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "DESERTS_HOME": str(data / "local")}, **more,
    )  # fmt: skip


def _left_behind(data: Path) -> list[str]:
    return [str(path) for path in data.rglob("*") if ".tmp-" in path.name or ".aside-" in path.name]


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_with_the_bytes_of_an_undisturbed_one(
    example_data: Path, tmp_path: Path
) -> None:
    data, rng = _without_tables(example_data, tmp_path / "data"), random.Random(20261128)
    began = time.monotonic()
    quiet = _start(_without_tables(example_data, tmp_path / "quiet"))
    assert quiet.wait(600) == 0
    whole_s, killed = time.monotonic() - began, 0
    for _ in range(KILLS):
        child = _start(data)
        try:
            child.wait(whole_s * (0.05 + 0.6 * rng.random()))
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.communicate()
        if rng.random() < 0.3:  # what was made is thrown away, so that early stages meet a kill too
            shutil.rmtree(data / "processed", ignore_errors=True)
    assert killed >= KILLS // 2
    last = _start(data)
    assert last.wait(600) == 0, last.communicate()[1]
    assert tables_of(data) == tables_of(tmp_path / "quiet") == tables_of(example_data)
    assert _left_behind(data) == []


LIMITS_BYTES = [2**exponent for exponent in range(6, 26)]
"""No file may grow beyond: as a disk that is full at twenty points of a run."""


def _fill(data: Path, limit_bytes: int) -> tuple[int, str]:
    """Run with a limit to the size of a file, which the system refuses as it refuses a full disk."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    child = _start(data, preexec_fn=limit)
    return child.wait(600), child.communicate()[1]


def _meets_a_full_disk(example_data: Path, data: Path, limits: list[int]) -> set[int]:
    _without_tables(example_data, data)
    codes = set()
    for limit_bytes in limits:
        code, said = _fill(data, limit_bytes)
        codes.add(code)
        assert code >= 0, f"ended by a signal at {limit_bytes}"
        assert "Traceback" not in said, said[-2000:]
        assert code == 0 or str(data) in said or tempfile.gettempdir() in said, said
        assert code == 0 or "to do:" in said, said
        assert _left_behind(data) == []
    last = _start(data)
    assert last.wait(600) == 0, last.communicate()[1]
    assert tables_of(data) == tables_of(example_data)
    return codes


def test_a_full_disk_is_told_with_path_and_cause_and_leaves_nothing(example_data: Path, tmp_path: Path) -> None:
    assert 0 not in _meets_a_full_disk(example_data, tmp_path / "data", [100, 20_000])


@pytest.mark.slow
def test_a_disk_that_is_full_at_twenty_points_never_leaves_half_a_file(example_data: Path, tmp_path: Path) -> None:
    assert len(_meets_a_full_disk(example_data, tmp_path / "data", LIMITS_BYTES)) > 1


def test_a_folder_without_rights_is_told_with_path_and_cause(example_data: Path, tmp_path: Path) -> None:
    data = _without_tables(example_data, tmp_path / "data")
    (data / "processed").write_text("a file where the folder should be")
    child = _start(data)
    assert child.wait(600) not in (0, 70)
    said = child.communicate()[1]
    assert str(data / "processed") in said
    assert "Traceback" not in said
    assert (data / "processed").read_text() == "a file where the folder should be"

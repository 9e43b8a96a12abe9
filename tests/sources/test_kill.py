"""SIGKILL at random moments of a fetch: the next run ends with the bytes of an undisturbed one."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deserts.sources.transport.download import forget_recorded
from tests.replay import Replay
from tests.replay.world import build_world

_ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("DESERTS_KILLS", "3"))
"""`make bench` asks for 20."""


def start(data: Path, world: Replay) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.sources.fetch_child", str(data), json.dumps(world.routes)],
        cwd=_ROOT, stderr=subprocess.PIPE,
    )  # fmt: skip


def tree(data: Path) -> dict[str, str]:
    """Return every file and its hash."""
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.name != ".busy"
    }


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_fetch_goes_on(example: Path, tmp_path: Path) -> None:
    rng = random.Random(20261122)
    with build_world(example) as world:
        quiet = start(tmp_path / "quiet", world)
        assert quiet.wait(120) == 0, quiet.communicate()[1].decode()
        whole = tree(tmp_path / "quiet")
        asked_quietly = len(world.log)
        world.forget()
        world.rate = 400_000  # slow enough for a kill to fall into a transfer
        killed = 0
        while killed < KILLS:
            before = len(world.log)
            child = start(tmp_path / "killed", world)
            stop_after = rng.randint(1, max(2, 50 // KILLS))
            while child.poll() is None and len(world.log) < before + stop_after:
                time.sleep(0.005)
            time.sleep(rng.random() * 0.1)
            if child.poll() is None:
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
            child.wait(30)
            assert not any(name.endswith((".csv", ".zip", ".pbf")) and digest != whole[name]
                           for name, digest in tree(tmp_path / "killed").items() if name in whole)  # fmt: skip
            assert child.returncode != 0, "the fetch became whole before it could be killed often enough"
        world.rate = None
        last = start(tmp_path / "killed", world)
        assert last.wait(120) == 0, last.communicate()[1].decode()
        assert tree(tmp_path / "killed") == whole
        # Each kill may cost the look-ups anew and the piece that was under way, never a file that was whole.
        files = [path for _, path, asked in world.log if path.endswith((".pbf", ".xlsx")) and not asked]
        assert len(files) <= len(set(files)) + killed
        assert len(world.log) < asked_quietly * (1 + killed)


def test_what_a_kill_after_the_record_leaves_is_forgotten(tmp_path: Path) -> None:
    recorded, going_on, finished = tmp_path / "a/.one.csv.state", tmp_path / ".two.csv.state", tmp_path / ".c.csv.state"
    for state in (recorded, going_on, finished):
        state.parent.mkdir(exist_ok=True)
        state.write_text("{}")
    (tmp_path / ".two.csv.part").write_text("so far")
    (tmp_path / "c.csv").write_text("whole, and in no lock yet")
    forget_recorded(tmp_path)
    assert [state.exists() for state in (recorded, going_on, finished)] == [False, True, True]

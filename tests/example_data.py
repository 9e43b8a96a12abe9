"""The example region, made once for all test processes, and copies of it that a test may change."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deserts.api.run import Run
from deserts.config import Region, Settings
from deserts.pipeline.stage import run_stage
from deserts.services import load_service
from deserts.store import Store


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def example_run(data_dir: Path, *, grade: str = "manages_pumps") -> Run:
    """Return the example's run on a data folder."""
    settings = Settings(data_dir=data_dir, local_dir=data_dir / "local", allow_network=False)
    return Run(settings, Region.parse("example"), load_service("itb"), grade)


def make_example(run: Run) -> None:
    """Run every stage on a data folder."""
    from deserts.pipeline.stages import STAGES

    for stage in STAGES:
        run_stage(stage, run)


@pytest.fixture(scope="session")
def example_data(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Data folder of the finished example (ITB, default grade); not to be changed by tests."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folder = base / "example"
    with _only_one(base / "example.lock"):
        if not (folder / "done").is_file():
            make_example(example_run(folder))
            (folder / "done").touch()
    return folder


@pytest.fixture(scope="session")
def example_store(example_data: Path) -> Store:
    """Tables of the finished example (ITB, default grade); not to be changed by tests."""
    return example_run(example_data).store


@pytest.fixture
def own_example(example_data: Path, tmp_path: Path) -> Run:
    """A run on a copy of the finished example, for tests that change it."""
    folder = tmp_path / "data"
    shutil.copytree(example_data, folder, ignore=shutil.ignore_patterns("local"))
    return example_run(folder)

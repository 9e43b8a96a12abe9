"""Profiles, and a PostgreSQL server of one's own where the programs for one are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from deserts.config import Settings
from deserts.services import Service, load_service
from deserts.specialists.log import VerificationLog, open_log


@pytest.fixture(scope="session")
def itb() -> Service:
    return load_service("itb")


@pytest.fixture(scope="session")
def mohs() -> Service:
    return load_service("mohs")


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    return found[-1].parent if found else None


def _as_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: the user that its package makes runs it then."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a database: DESERTS_TEST_POSTGRES_URL, or a private server that is stopped at the end."""
    if url := os.environ.get("DESERTS_TEST_POSTGRES_URL"):
        yield url
        return
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL: initdb is not installed and DESERTS_TEST_POSTGRES_URL is not set")
    folder = Path(tempfile.mkdtemp(prefix="deserts-pg-"))
    if os.geteuid() == 0:
        if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode:
            pytest.skip("running as root, and there is no user 'postgres' to run PostgreSQL as")
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, log = folder / "data", folder / "log"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    options = f"-p {port} -h 127.0.0.1 -k {folder} -F"
    try:
        _run([str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "deserts", "-N"], folder)
        _run([*control, "-l", str(log), "-o", options, "start"], folder)
        yield f"postgresql://deserts@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(_as_user([*control, "-m", "immediate", "stop"]), cwd=folder, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        _as_user(command), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        pytest.skip(f"PostgreSQL is installed and could not be started here: {Path(command[0]).name} failed")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> VerificationLog:
    """An empty log in SQLite, and in a PostgreSQL database of its own."""
    if request.param == "sqlite":
        return open_log(Settings(local_dir=tmp_path / "local"))
    url = request.getfixturevalue("postgres_url")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    name = f"t{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return open_log(Settings(local_dir=tmp_path), database_url=str(sa.make_url(url).set(database=name)))

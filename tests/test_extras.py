"""What an extra brings is asked for by its name, before any work is done, where it is not installed."""

from __future__ import annotations

import importlib.util
import tomllib

import pytest

from deserts.cli import main
from deserts.errors import MissingExtraError
from deserts.extras import need
from tests.conftest import ROOT


@pytest.fixture
def bare(monkeypatch):
    """The base installation: nothing of the extras can be found."""
    found = importlib.util.find_spec
    absent = {"fastapi", "uvicorn", "pulp", "spopt", "dask", "distributed", "psycopg"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name in absent else found(name, *more))


def _run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return int(end.value.code or 0)


def test_the_page_names_its_extra(bare, capsys, tmp_path):
    assert _run("serve", "--data", tmp_path) == 3
    told = capsys.readouterr().err
    assert "fastapi, uvicorn is not there" in told
    assert "pip install 'deserts[web]'" in told


def test_a_second_program_names_its_extra_before_anything_is_solved(bare, capsys, tmp_path):
    missing = tmp_path / "none.csv"
    assert _run("planning", "choose", "--demand", missing, "--sites", missing, "--costs", missing, "--verify",
                "--out", tmp_path / "plan.csv") == 3  # fmt: skip
    assert "pip install 'deserts[verify]'" in capsys.readouterr().err


def test_spreading_work_names_its_extra(bare):
    from deserts.roads.scale_out import _client

    with pytest.raises(MissingExtraError, match=r"deserts\[scale\]"), _client(None, 2):
        pass


def test_a_shared_log_names_its_extra(bare, monkeypatch, tmp_path):
    from deserts.config import Settings
    from deserts.specialists.log import open_log

    monkeypatch.setenv("DESERTS_DATABASE_URL", "postgresql://user@localhost/log")
    with pytest.raises(MissingExtraError, match=r"deserts\[scale\]"):
        open_log(Settings(data_dir=tmp_path, local_dir=tmp_path))


def test_what_is_there_is_not_refused():
    need("json", extra="web", to="read")


def test_every_extra_that_is_named_exists_and_every_one_that_exists_is_named():
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "deserts").rglob("*.py"))
    named = {extra for extra in offered if f'extra="{extra}"' in text}
    assert named == set(offered) - {"test", "docs", "bench"}

"""A sample of the corruption matrix; ``python -m tests.integrity.matrix`` runs all of it."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.command_line import every_command
from tests.integrity.matrix import COMMANDS, DAMAGES, World, damage, files_read, judge, make_world

pytestmark = pytest.mark.skipif(not hasattr(sys, "addaudithook") or sys.platform == "win32", reason="needs fork")

QUICK = ("backup", "findings", "isochrones")


@pytest.fixture(scope="module")
def world(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), example_data, with_other=False)


@pytest.fixture(scope="module")
def two_runs(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("two"), example_data)


def _sample(name: str, world: World, folder: Path, cells: int) -> None:
    whole, read = files_read(name, world, folder)
    assert (whole.code, whole.fault) == (0, "")
    assert read, "the command opened no file of the run"
    every = [(file, kind) for file in read for kind in DAMAGES]
    chosen = random.Random(name).sample(every, min(cells, len(every)))
    found = {cell: judge(name, whole, *cell, world, folder) for cell in chosen}
    assert {cell: reason for cell, (verdict, reason) in found.items() if verdict == "WRONG"} == {}
    if name != "run":  # which makes good what is damaged
        assert "refused" in {verdict for verdict, _ in found.values()}, "no damage was noticed at all"


@pytest.mark.parametrize("name", QUICK)
def test_a_damaged_file_gives_the_right_answer_or_a_message(name: str, world: World, tmp_path: Path) -> None:
    _sample(name, world, tmp_path, 8)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["explain", "emergency", "panel", "extinction", "map", "lock", "doctor", "run"])
def test_a_damaged_or_foreign_file_gives_no_command_another_answer(name: str, two_runs: World, tmp_path: Path) -> None:
    _sample(name, two_runs, tmp_path, 10)


def test_every_kind_of_damage_changes_the_file(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"another run's")
    for kind in DAMAGES:
        path = tmp_path / kind
        path.write_bytes(b"0123456789abcdef")
        assert damage(path, kind, other=other, rng=random.Random(1))
        assert path.read_bytes() != b"0123456789abcdef"


def test_every_command_of_the_matrix_is_called_with_options_that_it_has() -> None:
    given = dict.fromkeys(("county", "npi", "data", "out"), "1") | dict.fromkeys(("panel", "sites"), __file__)
    for name, words in COMMANDS.items():
        rest = [word.format(**given) for word in words]
        names = next(rest[:count] for count in (3, 2, 1) if " ".join(rest[:count]) in every_command())
        every_command()[" ".join(names)].make_context(name, rest[len(names) :])

"""A sample of the fuzzing: every reader's own seeds, and some mutations of each. ``make fuzz`` makes 50,000."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz.harness import Target, mutated, run
from tests.fuzz.targets import build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


def _findings(folder: Path, mutations: int) -> tuple[int, list[str]]:
    targets = build(folder)
    found = [
        f"{finding.target} {finding.number}: {finding.what}"
        for target in targets
        for finding in run(target, range(len(target.seeds) + mutations), folder)[0]
    ]
    return len(targets), found


def test_no_reader_lets_a_foreign_exception_out(tmp_path: Path) -> None:
    count, found = _findings(tmp_path, 2)
    assert count >= 60
    assert found == []


@pytest.mark.slow
def test_no_reader_lets_a_foreign_exception_out_of_many_files(tmp_path: Path) -> None:
    assert _findings(tmp_path, 25)[1] == []


def test_the_harness_notices_what_it_is_there_for(tmp_path: Path) -> None:
    def read(path: Path) -> None:
        body = path.read_bytes()
        if body == b"dies":
            import os

            os.abort()
        raise KeyError(body)

    found, taken = run(Target("bad", (b"raises", b"dies"), read, "f.csv"), range(2), tmp_path)
    assert [finding.number for finding in found] == [0, 1]
    assert "KeyError" in found[0].what
    assert "ended with" in found[1].what
    assert taken == 0


def test_a_mutation_is_the_same_every_time(tmp_path: Path) -> None:
    target = Target("a", (b"one,two\n1,2\n", b"three\n"), lambda path: None, "f.csv")
    assert [mutated(target, number) for number in range(20)] == [mutated(target, number) for number in range(20)]
    assert len({mutated(target, number) for number in range(2, 20)}) > 5

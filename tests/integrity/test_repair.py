"""What is damaged is named with its reason, and `doctor --repair` makes it good to the same bytes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.errors import DamagedDataError
from deserts.pipeline import prices
from deserts.pipeline.inputs import files_for
from deserts.pipeline.repair import examine_tables, repair
from deserts.pipeline.stage import run_stage
from deserts.store import sha256_of
from tests.integrity.matrix import tables_of


def _halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _said(words: list[str]) -> str:
    done = CliRunner().invoke(build_app(), words)
    assert done.exit_code == 0, done.output
    return done.output


def _anew(run: Run) -> Run:
    """Return the run as a new process opens it."""
    return dataclasses.replace(run)


def test_a_whole_run_has_nothing_to_repair(own_example: Run) -> None:
    assert examine_tables(own_example.store) == ()
    assert list(repair(own_example)) == ["raw files: whole", "tables: whole"]


@pytest.mark.parametrize("name", ["drive_times", "county_scores"])
def test_a_damaged_table_is_named_and_made_again(own_example: Run, name: str) -> None:
    whole, path = tables_of(own_example.settings.data_dir), own_example.store.path(name)
    _halve(path)
    found = examine_tables(_anew(own_example).store)
    assert [damage.path for damage in found] == [path]
    lines = list(repair(_anew(own_example)))
    assert any(str(path) in line for line in lines)
    assert tables_of(own_example.settings.data_dir) == whole
    assert examine_tables(_anew(own_example).store) == ()


def test_a_damaged_raw_file_of_the_example_is_written_again(own_example: Run) -> None:
    path = files_for(own_example, "hospitals")[0].place
    before = sha256_of(path)
    _halve(path)
    assert list(repair(_anew(own_example)))[-2:] == ["the example's files: written again", "tables: whole"]
    assert sha256_of(path) == before


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        ("claims", "evidence replicate"),
        ("claims_by_geography", "evidence accuracy"),
        ("claims", "evidence registry lost 2022 2024"),
        ("appeals_ca", "evidence precedents --find baclofen --region example"),
        ("districts", "publish sheets --by cd --out {out}"),
        ("claims", "publish press --contact press@example.org --out {out}"),
    ],
)
def test_no_command_reads_a_raw_file_that_is_not_what_was_recorded(
    own_example: Run, tmp_path: Path, dataset: str, words: str
) -> None:
    path = files_for(own_example, dataset)[-1].place
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))  # as long as before
    asked = [*words.format(out=tmp_path / "out").split(), "--data", str(own_example.settings.data_dir)]
    error = CliRunner().invoke(build_app(), asked).exception
    assert isinstance(error, DamagedDataError)
    assert error.where == str(path)
    assert "doctor --repair" in str(error.fix)
    assert not (tmp_path / "out").exists()


def test_a_damaged_price_file_is_refused_and_not_a_line_of_the_flow(own_example: Run) -> None:
    path = files_for(own_example, "hospital_prices")[0].place
    _halve(path)
    with pytest.raises(DamagedDataError):
        run_stage(prices.STAGE, own_example, force=True)


def test_doctor_names_the_damage_and_the_way_out(own_example: Run) -> None:
    path = own_example.store.path("sites")
    _halve(path)
    options = ["doctor", "--region", "example", "--no-network", "--data", str(own_example.settings.data_dir)]
    said = _said(options)
    assert f"DAMAGED {path}" in said
    assert "`deserts doctor --repair` with the same options makes it good" in said
    listed = json.loads(_said([*options, "--json"]))
    assert [row["state"] for row in listed if row.get("path") == str(path)] == ["damaged"]
    assert "made again" in _said([*options, "--repair"])
    assert "DAMAGED" not in _said(options)

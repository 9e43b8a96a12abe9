"""A user's mistakes on the command line: a clear message, an exit code, nothing half-written, never a traceback."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from deserts.cli import main
from deserts.pipeline.inputs import files_for
from tests.command_line import every_command
from tests.example_data import example_run


@pytest.fixture
def command(capsys):
    """Run a command in this process and return exit code, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return int(caught.value.code or 0), captured.out, captured.err

    return run


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and path.name != "runs.jsonl"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stage", "places", "--region", "Atlantis"], "'ATLANTIS'"),
        (["stage", "places", "--service", "ibt"], "service 'ibt' is not known"),
        (["stage", "specialists", "--grade", "best"], "grade 'best' is not on the ladder"),
        (["stage", "places", "--mirror", "no-such-folder"], "mirror"),
    ],
)
def test_unknown_names(command, tmp_path, arguments, words):
    code, _, message = command(*arguments, "--data", tmp_path)
    assert code == 2
    assert words in message
    assert not _files(tmp_path)


def test_a_stage_without_its_data_says_what_to_run(command, tmp_path):
    code, _, message = command("stage", "times", "--data", tmp_path, "--no-network")
    assert code == 3
    assert "to do:" in message


CLAIMS_HEAD = "Rndrng_NPI,Rndrng_Prvdr_Last_Org_Name,Rndrng_Prvdr_Ent_Cd,Rndrng_Prvdr_Zip5,Tot_Benes,Tot_Srvcs\n"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("claims_2024.csv", CLAIMS_HEAD.encode(), "HCPCS"),
        ("claims_2024.csv", b"", "empty"),
        ("claims_2024.csv", b"<!DOCTYPE html><html><body>Sorry</body></html>\n", "HTML|web page"),
        ("claims_2024.csv.gz", gzip.compress(CLAIMS_HEAD.encode() * 50, mtime=0)[:60], "damaged|truncated|gz"),
    ],
    ids=["missing-column", "empty", "web-page", "cut-gzip"],
)
def test_damaged_claims(command, own_example, tmp_path, name, content, words):
    own_claims = tmp_path / name
    own_claims.write_bytes(content)
    before = _files(own_example.settings.processed_dir)
    sites = own_example.store.path("sites").read_bytes()
    code, _, message = command("run", "--data", own_example.settings.data_dir, "--claims", own_claims, "--no-network")
    assert code == 2
    assert name in message
    assert any(word.lower() in message.lower() for word in words.split("|"))
    assert own_example.store.path("sites").read_bytes() == sites
    assert before - _files(own_example.settings.processed_dir) <= {
        own_example.settings.processed_dir / "example/itb/manifest/specialists.json"
    }


def test_a_truncated_extract(command, own_example, tmp_path):
    whole = files_for(example_run(own_example.settings.data_dir), "roads")[0].path.read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole[: len(whole) // 2])
    code, _, message = command(
        "stage", "roads", "--data", own_example.settings.data_dir, "--roads", cut, "--no-network"
    )
    assert code == 2
    assert "cut.osm.pbf" in message
    assert (own_example.store.network_dir / "meta.json").is_file()  # the old network still stands


@pytest.mark.parametrize(
    ("zip_code", "words"), [("86999", "nearest known"), ("4401", "not a ZIP"), ("99999", "not in the table")]
)
def test_a_backup_for_a_zip_that_is_not_known(command, example_data, zip_code, words):
    code, _, message = command("backup", "--region", "example", "--zip", zip_code, "--data", example_data)
    assert code == 2
    assert words in message


def test_a_region_with_no_site_is_a_valid_result(command, own_example):
    for stage in ("times", "scores", "map", "findings"):
        extra = [] if stage == "findings" else ["--no-network"]
        code, out, _ = command(stage, "--grade", "verified", "--data", own_example.settings.data_dir, *extra)
        assert code == 0
    assert "is not known here: the log of calls: not read (no call is logged)" in out


def test_every_command_has_help_with_an_example(command):
    for name, built in every_command().items():
        _, text, _ = command(*name.split(), "--help")
        same = [other for other, found in every_command().items() if found.help == built.help]  # stage map is map
        assert any(f"deserts {other}" in " ".join(text.split()) for other in same), name

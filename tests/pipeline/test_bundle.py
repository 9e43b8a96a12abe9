"""A bundle is unpacked and its printed command repeats the run to the same bytes; team tables stay out, listed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deserts.config import UserFiles
from deserts.errors import DesertsError
from deserts.pipeline.bundle import write_bundle
from deserts.pipeline.run import Run
from deserts.pipeline.stages import run_all
from deserts.sources.raw import RawArea
from deserts.specialists.payers import payer_networks_path
from tests.conftest import ROOT


def recipe(text: str) -> list[str]:
    """Return the words of the command that a text prints."""
    return shlex.split(next(line for line in text.splitlines() if line.strip().startswith("deserts run")))


def call(words: list[str], folder: Path) -> None:
    """Call what was printed, with this checkout's program."""
    program = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from deserts.cli import main; main()",
    ]
    done = subprocess.run([*program, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def wrong(folder: Path) -> list[str]:
    """Return the files that are not as ``hashes.txt`` says, as ``sha256sum --check`` would."""
    rows = [line.split("  ", 1) for line in (folder / "hashes.txt").read_text().splitlines()]
    assert len(rows) > 15
    return [name for digest, name in rows if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest]


def test_a_bundle_repeats_a_run_on_own_files_to_the_same_bytes(own_example, tmp_path):
    own = tmp_path / "own files"
    own.mkdir()
    points = own_example.store.read("demand")
    points[points["scored"]].iloc[::40][["point_id", "lon", "lat", "population"]].to_csv(
        own / "my points.csv", index=False
    )
    profile = own / "pumps.toml"
    profile.write_bytes((ROOT / "deserts/services/itb.toml").read_bytes() + b"\n# ours\n")
    run = _on_own(own_example, own / "my points.csv", profile)
    for _ in run_all(run):
        pass
    payer_networks_path(run.settings).parent.mkdir(exist_ok=True)
    archive = tmp_path / "RUN.zip"
    made = write_bundle(archive, run)
    assert made.left_out == ()
    unpacked = tmp_path / "at another place"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(unpacked)
    facts = json.loads((unpacked / "versions.json").read_text())
    assert {"numpy", "pyarrow", "deserts"} <= facts["packages"].keys()
    words = recipe((unpacked / "README.txt").read_text())
    assert words[words.index("--service") + 1] == "pumps.toml"
    assert words[words.index("--time-limit") + 1] == "200"
    call(words, unpacked)
    assert wrong(unpacked) == []
    assert run.store.provenance().command() == words[: words.index("--data")]  # that of research and explain

    again = tmp_path / "again.zip"
    write_bundle(again, run)
    assert again.read_bytes() == archive.read_bytes()
    (own / "my points.csv").write_text("point_id,lon,lat,population\na,-60,38,1\n")
    with pytest.raises(DesertsError):
        write_bundle(again, _on_own(own_example, own / "my points.csv", profile))


def _on_own(run: Run, demand: Path, profile: Path) -> Run:
    from deserts.services import load_service

    settings = dataclasses.replace(run.settings, files=UserFiles(demand=demand), time_limit_min=200.0)
    return Run(settings, run.region, load_service(profile), "specialty_only")


def test_team_tables_stay_out_and_public_tables_repeat_without_them(own_example, tmp_path):
    reached = own_example.store.read("reach", columns=["site_id"])["site_id"]
    npi = reached[reached != ""].iloc[0].split("-")[0]
    table = payer_networks_path(own_example.settings)
    table.parent.mkdir(exist_ok=True)
    before = own_example.store.lineage
    table.write_text(f"payer,npi\nHarbor Mutual,{npi}\n")
    for _ in run_all(own_example):
        pass
    run = dataclasses.replace(own_example)
    bare = write_bundle(tmp_path / "bare.zip", run)
    assert bare.left_out == ("payer_networks.csv: your team's own table",)
    whole = write_bundle(tmp_path / "whole.zip", run, team=True)
    assert whole.left_out == ()
    with zipfile.ZipFile(tmp_path / "bare.zip") as packed:
        assert not [name for name in packed.namelist() if "local" in name]
        assert "payer_networks.csv" in packed.read("left_out.txt").decode()
        hashes = packed.read("hashes.txt").decode()
    assert "payer_scores" not in hashes
    recorded = {path: digest.sha256 for made in before.manifests.values() for path, digest in made.outputs.items()}
    told = {line.split("  ", 1)[1].removeprefix("data/"): line.split("  ", 1)[0] for line in hashes.splitlines()}
    assert {path: recorded[path] for path in told if path in recorded} == {p: told[p] for p in told if p in recorded}
    with zipfile.ZipFile(tmp_path / "whole.zip") as packed:
        assert "data/local/payer_networks.csv" in packed.namelist()
        assert "payer_scores" in packed.read("hashes.txt").decode()


def test_a_bundle_is_the_same_where_the_record_of_the_whole_run_is_damaged(own_example, tmp_path):
    write_bundle(tmp_path / "whole.zip", own_example)
    own_example.store.run_path.write_bytes(b"garbage")
    write_bundle(tmp_path / "damaged.zip", dataclasses.replace(own_example))
    assert (tmp_path / "damaged.zip").read_bytes() == (tmp_path / "whole.zip").read_bytes()


def test_without_inputs_a_bundle_holds_addresses_and_hashes(own_example, tmp_path):
    made = write_bundle(tmp_path / "small.zip", own_example, inputs=False)
    assert made.left_out == ("raw files and your own: see lock.json",)
    with zipfile.ZipFile(tmp_path / "small.zip") as packed:
        assert not [name for name in packed.namelist() if name.startswith("data/raw")]
        entries = json.loads(packed.read("lock.json"))["entries"]
    area = RawArea.open(own_example.settings.raw_area(own_example.region))
    assert {entry["sha256"] for entry in entries} == {entry.sha256 for entry in area.entries}
    assert all(entry["url"].startswith("https://") for entry in entries)

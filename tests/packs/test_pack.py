"""A pack answers as the run that it was made from, holds no calls unless it says so, and is the same bytes again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import deserts
from deserts.api.run import Run
from deserts.cli import build_app
from deserts.errors import DesertsError, InputError
from deserts.packs import compare_packs, open_pack
from deserts.packs.record import TABLES
from deserts.packs.roads import Area
from deserts.roads import snap, times_from_point
from deserts.roads.cut import cut_network, roads_within
from deserts.roads.snapping import Snaps
from deserts.specialists.entries import Verification
from deserts.specialists.log import open_log
from deserts.specialists.log.reading import read_calls
from deserts.store import Store
from deserts.web.desk import load_desk
from tests.doors.harness import random_calls
from tests.example_data import example_run, make_example
from tests.packs.conftest import MADE_ON, edit_json, packed, rebuilt

TODAY = MADE_ON


def said(run: Run, zip_code: str, **asked: object) -> dict:
    """The answer as JSON, without the lines on the data that a pack adds one to."""
    answer = run.backups(zip=zip_code, k=10, today=TODAY, **asked).to_dict()
    notice = [line for line in answer["provenance"] if "ack of public files" in line or "TEAM PACK" in line]
    answer["provenance"] = [line for line in answer["provenance"] if line not in notice]
    assert len(notice) == (run.settings.data_dir.parent.name.startswith("deserts-pack"))
    return answer


def own_zips(run: Run) -> list[str]:
    zips = run.table("zips")
    return sorted(zips.loc[zips["state"].isin(run.region.states), "zip"])


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_pack_answers_as_its_run_on_every_zip(example_data, example_pack, tmp_path, step):
    """Every ZIP in the whole suite, one in seven in the quick one."""
    run = deserts.open("example", data=example_data, local=tmp_path)
    of_pack = deserts.open(pack=example_pack, local=tmp_path)
    for zip_code in own_zips(run)[::step]:
        assert said(of_pack, zip_code) == said(run, zip_code), zip_code


@pytest.mark.slow
@pytest.mark.parametrize("team", [False, True])
def test_a_cut_pack_answers_as_its_run_on_every_zip_with_and_without_the_teams_calls(
    example_data, tmp_path, team, monkeypatch
):
    """Roads end soon beyond the region here, so that many are gone; each of its ZIPs is asked about."""
    monkeypatch.setitem(read_calls.__kwdefaults__, "deadline_s", 60.0)  # a busy machine is no lost log
    made = example_run(example_data)
    settings = dataclasses.replace(made.settings, local_dir=tmp_path / "local")
    run = Run(settings, made.region, made.service, made.grade)
    open_log(settings).append(random_calls(run.store.read("sites_unasked"), today=TODAY, seed=7))
    pack = packed(run, tmp_path / "cut.deserts", team=team, area=Area(asked_km=0, roads_km=45))
    elsewhere = tmp_path / "elsewhere"
    of_pack = deserts.open(pack=pack, local=elsewhere)
    alone = run if team else deserts.open("example", data=example_data, local=elsewhere)
    assert of_pack.network.edges < run.network.edges
    for zip_code in own_zips(run):
        for asked in ({}, {"pediatric": True, "run_dry": "2027-01-15"}):
            assert said(of_pack, zip_code, **asked) == said(alone, zip_code, **asked), zip_code


def test_a_cut_keeps_every_minute_from_its_area(example_store):
    from deserts.roads import Network

    network, zips = Network.load(example_store.find_network()), example_store.read("zips")
    sites = Snaps.from_frame(example_store.read("site_snaps"))
    home = zips[zips["county_fips"] == zips["county_fips"].iloc[20]]
    lon, lat = home["lon"].to_numpy(), home["lat"].to_numpy()
    whole = roads_within(network, lon, lat, km=60)
    cut = cut_network(network, whole, [sites])
    assert whole.sum() < cut.network.edges < network.edges / 2
    moved = dataclasses.replace(
        sites, edge=np.where(sites.edge >= 0, cut.edge[np.maximum(sites.edge, 0)], -1).astype(np.int32)
    )
    rng = np.random.default_rng(4)
    lon, lat = np.append(lon, lon[0] + rng.uniform(-0.1, 0.1, 6)), np.append(lat, lat[0] + rng.uniform(-0.1, 0.1, 6))
    for x, y in zip(lon, lat, strict=True):
        full = times_from_point(network, snap(network, [x], [y], max_snap_km=40), sites)
        part = times_from_point(cut.network, snap(cut.network, [x], [y], max_snap_km=40), moved)
        for a, b in zip(full, part, strict=True):
            np.testing.assert_array_equal(a, b)
    far = zips.iloc[np.argmax(np.hypot(zips["lon"] - lon[0], zips["lat"] - lat[0]))]
    assert not snap(cut.network, [far["lon"]], [far["lat"]], max_snap_km=5).snapped.any()


def test_a_zip_whose_roads_were_cut_is_refused_with_the_nearest_that_were_not(example_data, tmp_path):
    run = example_run(example_data)
    pack = packed(run, tmp_path / "cut.deserts", area=Area(asked_km=5, roads_km=45))
    of_pack = deserts.open(pack=pack, local=tmp_path)
    zips = of_pack.table("zips")
    beyond = zips[~zips["covered"]]
    assert len(beyond)
    place = beyond.iloc[0]
    with pytest.raises(DesertsError, match="nearest known by distance"):
        of_pack.backups(zip=place["zip"])
    with pytest.raises(DesertsError, match="outside the data"):
        of_pack.backups(lonlat=(place["lon"], place["lat"]))


def test_equal_runs_give_equal_packs(example_data, example_pack, tmp_path):
    again = packed(example_run(example_data), tmp_path / "again.deserts")
    assert again.read_bytes() == example_pack.read_bytes()


@pytest.mark.slow
def test_a_public_pack_holds_no_call_and_nobody_whom_a_call_alone_named(own_example, tmp_path):
    """The stage lays calls over its tables; none of it may travel."""
    new = "1999999984"
    calls = random_calls(own_example.store.read("sites_unasked"), today=TODAY, seed=3)
    day = TODAY.isoformat()
    calls.append(Verification(new, "itb", "accepting", day, "phone", note="Sentinel", answered_by="Sentinel"))
    open_log(own_example.settings).append(calls)
    make_example(own_example)
    again = example_run(own_example.settings.data_dir)
    assert new in set(again.store.read("evidence")["npi"])
    public = packed(again, tmp_path / "public.deserts")
    team = packed(again, tmp_path / "team.deserts", team=True)
    with zipfile.ZipFile(public) as archive:
        names = archive.namelist()
        tables = [pd.read_parquet(archive.open(n)) for n in names if n.startswith("tables/") and "counties" not in n]
        texts = [archive.read(n) for n in names if n.endswith(".json")]
    assert "calls.json" not in names
    for table in tables:
        assert not table.astype("str").isin([new, "verification"]).any(axis=None)
    assert not any(b"Sentinel" in text for text in texts)
    with zipfile.ZipFile(team) as archive:
        kept = archive.read("calls.json")
    assert new.encode() in kept
    assert b"Sentinel" not in kept
    assert os.name == "nt" or team.stat().st_mode & 0o077 == 0
    opened = deserts.open(pack=team, local=tmp_path / "none")
    assert any(line.startswith("TEAM PACK of 2026-11-28") for line in opened.lines(today=TODAY))
    assert opened.backups(zip="86901", today=TODAY).answer.provenance[-1].startswith("last call logged on")


def test_an_old_pack_says_old_data(example_pack, tmp_path):
    run = deserts.open(pack=example_pack, local=tmp_path)
    late = TODAY + dt.timedelta(days=120)
    assert str(run.backups(zip="86901", today=late)).count("OLD DATA") >= 1
    assert "OLD DATA" not in str(run.backups(zip="86901", today=TODAY))


@pytest.mark.parametrize(
    "words",
    [
        ["backup", "--zip", "86901", "--json"],
        ["patient", "emergency", "--zip", "86901", "--json"],
        ["patient", "drug-source", "--zip", "86901", "--strength", "2000", "--json"],
        ["patient", "home-refill", "--zip", "86901", "--payer", "commercial", "--json"],
    ],
)
def test_commands_answer_from_a_pack_as_from_the_run(example_data, example_pack, tmp_path, words):
    app = build_app()
    own = ["--local", str(tmp_path), "--today", TODAY.isoformat()]
    of_pack = CliRunner().invoke(app, [*words, *own, "--pack", str(example_pack)])
    of_run = CliRunner().invoke(app, [*words, *own, "--data", str(example_data)])
    assert of_pack.exit_code == of_run.exit_code == 0, of_pack.output
    notice = "Pack of public files made on 2026-11-28: calls not included."
    assert notice in of_pack.stdout
    lines = [line for line in of_pack.stdout.splitlines() if notice not in line]
    assert lines == of_run.stdout.splitlines()


def test_the_panel_and_the_command_that_packs(example_data, tmp_path):
    app, pack = build_app(), tmp_path / "e.deserts"
    own = ["--local", str(tmp_path), "--today", TODAY.isoformat()]
    done = CliRunner().invoke(
        app, ["publish", "pack", "example", "--out", str(pack), "--data", str(example_data), *own]
    )
    assert done.exit_code == 0, done.output
    assert "calls not included" in done.stderr
    assert f"sha256 {open_pack(pack, deserts.open(pack=pack).settings).sha256}" in done.stdout
    patients = tmp_path / "patients.csv"
    patients.write_text("zip\n86901\n86971\n", encoding="utf-8")
    answers = []
    for where in (["--pack", str(pack)], ["--data", str(example_data)]):
        out = tmp_path / f"answer{len(answers)}.csv"
        done = CliRunner().invoke(app, ["patient", "panel", str(patients), "--out", str(out), *where, *own])
        assert done.exit_code == 0, done.output
        answers.append(out.read_bytes())
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"region": "ME"}, "the pack is of region example, and ME was asked for"),
        ({"service": "mohs"}, "the pack is of service itb"),
        ({"grade": "verified"}, "the pack is of grade manages_pumps"),
        ({"data": "data"}, "two places for one run"),
    ],
)
def test_a_pack_of_something_else_is_refused(example_pack, asked, words):
    with pytest.raises(InputError, match=words):
        deserts.open(pack=example_pack, **asked)


def test_two_packs_say_who_left_who_appeared_and_who_moved(example_pack, tmp_path):
    run = deserts.open(pack=example_pack, local=tmp_path)
    listed = run.backup_data.sites["npi"][run.backup_data.listed].drop_duplicates().tolist()
    gone, moved = listed[0], listed[1]

    def change(folder: Path) -> None:
        for name in ("specialists_unasked", "sites_unasked"):
            file = folder / "tables" / f"{name}.parquet"
            frame = pd.read_parquet(file)
            frame = frame[frame["npi"] != gone]
            if name == "sites_unasked":
                frame.loc[frame["npi"] == moved, "address"] = "1 New Street"
            frame.to_parquet(file)

    newer = rebuilt(example_pack, tmp_path / "newer.deserts", change)
    found = compare_packs(example_pack, newer, run.settings)
    assert [row.npi for row in found.left] == [gone]
    assert [row.npi for row in found.moved] == [moved]
    assert not found.appeared
    back = compare_packs(newer, example_pack, run.settings)
    assert [row.npi for row in back.appeared] == [gone]
    done = CliRunner().invoke(build_app(), ["publish", "pack", "--compare", str(example_pack), str(newer)])
    assert done.exit_code == 0, done.output
    assert f"  {gone} " in done.stdout
    assert "left since" in done.stdout


def test_nothing_is_left_when_the_process_ends_and_what_a_killed_one_left_is_swept(example_pack, tmp_path):
    code = (
        "import deserts, sys, os, signal\n"
        "run = deserts.open(pack=sys.argv[1])\n"
        "print(run.settings.data_dir.parent, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL) if len(sys.argv) > 2 else None\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}

    def call(*more: str) -> Path:
        done = subprocess.run(
            [sys.executable, "-c", code, str(example_pack), *more], env=env, capture_output=True, text=True, check=False
        )
        return Path(done.stdout.strip())

    killed = call("and die")
    assert killed.is_dir()
    ended = call()
    assert ended.parent == tmp_path
    assert not ended.exists()
    assert not killed.exists()


def test_an_edited_notice_is_another_packs(example_pack, tmp_path):
    """Who takes the notice off cannot pass it on as the same pack."""
    bare = rebuilt(example_pack, tmp_path / "x.deserts", lambda f: edit_json(f / "provenance.json", notices=[]))
    with pytest.raises(InputError, match="provenance is of another run"):
        deserts.open(pack=bare)


def test_the_answer_is_plain_json(example_pack, tmp_path):
    answer = deserts.open(pack=example_pack, local=tmp_path).backups(zip="86901", today=TODAY).to_dict()
    assert json.loads(json.dumps(answer)) == answer


def test_a_pack_has_every_table_that_answers_read(example_data, tmp_path, monkeypatch):
    """A table that answers come to read later must travel, too."""
    run, read = deserts.open("example", data=example_data, local=tmp_path), set()
    real = Store.has

    def has(store: Store, name: str) -> bool:
        read.add(name)
        return real(store, name)

    plain = Store.read

    def note(store: Store, name: str, **options: object) -> pd.DataFrame:
        read.add(name)
        return plain(store, name, **options)

    monkeypatch.setattr(Store, "has", has)
    monkeypatch.setattr(Store, "read", note)
    load_desk(run, today=lambda: TODAY)
    assert {"zips", "counties", "hospital_places"} <= read
    assert read <= TABLES.keys()

"""The packet's facts on a plan: from public files alone, recomputed by hand from their rows, alike at every door."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from docx import Document

from deserts.earth import KM_PER_MILE
from deserts.errors import UnknownNameError
from deserts.example.plan_files import CONTRACT
from deserts.networks import public_lines
from deserts.patients.papers.packet_plan import plan_facts
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import search_from
from deserts.patients.search.doubts import doubts_of, plus_minus
from deserts.patients.search.origin import from_zip
from deserts.patients.search.routes import snap_origin
from deserts.pipeline.plan_check import check_directory
from deserts.specialists.log import open_log
from deserts.tables.drives import minutes_words
from tests.doors.harness import random_calls
from tests.doors.test_calls import Team
from tests.example_data import example_run

TODAY = dt.date(2026, 11, 28)
ZIP = "86927"


@pytest.fixture(scope="module")
def data(example_data: Path) -> BackupData:
    return BackupData.load(example_run(example_data).store)


def _nearest(data: BackupData, npis: set[str] | None) -> pd.Series:
    """Read the answer off the tables: the nearest site of those whom the files show, of some people or of all."""
    origin = from_zip(ZIP, data.zips, region_states=data.region_states)
    reach = search_from(origin, data, limit_min=None)
    people = data.people.set_index("npi")
    rank = people["filed_rank"].reindex(data.sites["npi"]).to_numpy()
    table = data.sites.assign(minutes=reach.drive_min, miles=reach.dist_km / KM_PER_MILE, rank=rank)
    table = table[data.listed & np.isin(rank, range(5)) & (True if npis is None else table["npi"].isin(npis))]
    first = table.sort_values("minutes").iloc[0]
    start, end = snap_origin(origin, data), data.snaps[np.flatnonzero(data.sites["site_id"] == first["site_id"])]
    (doubt,) = doubts_of(start, end, np.array([first["minutes"]]), data)
    return pd.concat([first, pd.Series({"give": plus_minus(first["minutes"], first["precision"], doubt, data)})])


def test_nearest_listed_and_nearest_at_all_are_those_of_the_tables(data: BackupData) -> None:
    origin = from_zip(ZIP, data.zips, region_states=data.region_states)
    facts = plan_facts(CONTRACT, origin, data)
    rows = data.listings[(data.listings["plan_id"] == CONTRACT) & (data.listings["entity"] == "individual")]
    for sentence, row in zip(facts.sentences, (_nearest(data, set(rows["npi"])), _nearest(data, None)), strict=True):
        assert f"{row['name']} in {row['city']}" in sentence
        assert f"{minutes_words(row['minutes'], row['give'])} and {row['miles']:.0f} miles by car" in sentence
    assert [drive["give"] for drive in facts.drives] == [
        _nearest(data, set(rows["npi"]))["give"], _nearest(data, None)["give"]
    ]  # fmt: skip
    assert any(drive["give"] for drive in facts.drives), "the example's minutes were checked by nobody"


def test_the_evidence_page_says_what_the_check_says(example_data: Path, data: BackupData) -> None:
    run = example_run(example_data)
    check = check_directory(run, plans=[CONTRACT]).check
    lines = public_lines(check, provenance=run.store.provenance(), service=run.service, grade=run.grade)
    origin = from_zip(ZIP, data.zips, region_states=data.region_states)
    page = plan_facts(CONTRACT, origin, data).page
    assert page[0] == lines[0]
    assert "directory.json sha256" in " ".join(page)
    assert page[1].startswith("The listing: Harbor Choice (HMO) lists this clinician")
    assert "contradict" not in " ".join(page).lower()
    assert set(lines[2:]) <= set(page)


def test_an_incomplete_directory_never_says_nobody(data: BackupData) -> None:
    origin = from_zip(ZIP, data.zips, region_states=data.region_states)
    other = data.listings[data.listings["name"].str.contains("Ueland")]
    for gaps, words in (("", "public files show nobody"), ("page 2 did not come", "could not be read whole")):
        facts = plan_facts(CONTRACT, origin, replace(data, listings=other.assign(gaps=gaps, plan_id=CONTRACT)))
        assert words in facts.sentences[0]
    with pytest.raises(UnknownNameError):
        plan_facts("Elsewhere", origin, data)


def test_calls_change_nothing_that_is_filed_and_command_and_page_agree(example_data: Path, tmp_path: Path) -> None:
    team = Team(example_data, tmp_path / "local")
    origin = from_zip(ZIP, team.run.backup_data.zips, region_states=("XA",))
    before = plan_facts(CONTRACT, origin, team.run.backup_data)
    open_log(team.run.settings).append(random_calls(team.run.store.read("sites_unasked"), today=TODAY, seed=2))
    form = {
        "reason": "network_gap", "patient": {"name": "Alex Example", "zip": ZIP},
        "payer": {"name": "Invented Health Plan", "kind": "medicare_advantage", "plan": CONTRACT},
    }  # fmt: skip
    (tmp_path / "form.json").write_text(json.dumps(form), encoding="utf-8")
    out = tmp_path / "packet.html"
    done = team.command("paper", "packet", str(tmp_path / "form.json"), "--region", "example", "--out", str(out))
    assert done.exit_code == 0, done.output
    text = unescape(out.read_text(encoding="utf-8"))
    for line in (*before.sentences, *before.page):
        assert line in text
    asked = team.api.post("/api/packet.docx", json=form)
    written = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(asked.content)).paragraphs)
    for line in (*before.sentences, *before.page):
        assert line in written
    for reason, is_there in (("continuation", True), ("first_implant", False)):
        (tmp_path / "form.json").write_text(json.dumps({**form, "reason": reason}), encoding="utf-8")
        team.command("paper", "packet", str(tmp_path / "form.json"), "--region", "example", "--out", str(out))
        assert ("Evidence page" in out.read_text(encoding="utf-8")) == is_there

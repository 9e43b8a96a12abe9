"""A plan's directory at every door: evidence makes the tier, the listing orders within it, and each door agrees."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from deserts.example.plan_files import CONTRACT, HIOS
from deserts.patients.search.backups import BackupData
from deserts.patients.search.plan_listing import mark_plan
from deserts.specialists.log import open_log
from tests.doors.harness import random_calls
from tests.doors.test_calls import Team
from tests.patients.refill.people import TODAY

ZIPS = ("86901", "86927", "86971")
SLOW = pytest.mark.slow
RANK = {"yes": 0, "ask": 1, "no": 2}


@pytest.fixture(scope="module")
def team(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A team that has called most clinicians."""
    team = Team(example_data, tmp_path_factory.mktemp("plan"))
    open_log(team.run.settings).append(random_calls(team.run.store.read("sites_unasked"), today=TODAY, seed=4))
    return team


def _tiers(answer: dict) -> list[list[tuple[str, str, str]]]:
    return [[(c["npi"], c["plan"], c["listing"]) for c in tier["candidates"]] for tier in answer["tiers"]]


@pytest.mark.parametrize("zip_code", [ZIPS[0], *(pytest.param(zip_code, marks=SLOW) for zip_code in ZIPS[1:])])
def test_listed_stands_first_within_a_tier_and_no_tier_changes(example_data, tmp_path, zip_code):
    quiet = Team(example_data, tmp_path / "local")
    plain, asked = quiet.backup(zip=zip_code, k=200), quiet.backup(zip=zip_code, k=200, plan=CONTRACT)
    differs = False
    for before, after in zip(plain["tiers"], asked["tiers"], strict=True):
        assert before["tier"] == after["tier"]
        names = [[c["npi"] for c in tier["candidates"]] for tier in (before, after)]
        assert sorted(names[0]) == sorted(names[1])
        # Every other question is the same for all, so the order of what the plan says is not broken anywhere.
        fits = [max(RANK[c["plan"]], RANK.get(c["age"], 0)) for c in after["candidates"]]
        assert fits == sorted(fits)
        differs |= names[0] != names[1]
    assert differs


@pytest.mark.parametrize(
    ("zip_code", "plan"),
    [
        (ZIPS[1], HIOS),
        *(pytest.param(zip_code, plan, marks=SLOW) for zip_code in ZIPS for plan in (CONTRACT, "harbor choice (hmo)")),
    ],
)
def test_command_api_page_panel_and_python_agree(team: Team, tmp_path: Path, zip_code: str, plan: str) -> None:
    command = team.backup(zip=zip_code, plan=plan, k=5)
    told = team.api.post("/api/backups", json={"zip": zip_code, "plan": plan, "k": 5})
    assert told.status_code == 200, told.text
    assert _tiers(command) == _tiers(told.json()["answer"])
    python = team.run.backups(zip=zip_code, plan=plan, k=5, today=TODAY).answer
    assert _tiers(python.to_dict()) == _tiers(command)
    page = team.api.post("/search", data={"zip": zip_code, "plan": plan, "k": "5"}).text
    near = [c for tier in command["tiers"] for c in tier["candidates"]]
    assert page.count("plan: listed") == sum(c["plan"] == "yes" for c in near)
    assert page.count("plan: not listed") == sum(c["plan"] == "no" for c in near)
    (tmp_path / "panel.csv").write_text(f"zip,plan\n{zip_code},{plan}\n", encoding="utf-8")
    done = team.command("patient", "panel", str(tmp_path / "panel.csv"), "--out", str(tmp_path / "out.csv"))
    assert done.exit_code == 0, done.output
    row = pd.read_csv(tmp_path / "out.csv", dtype=str, encoding="utf-8-sig").iloc[0]
    within = [c["npi"] for c in near if c["status"] == "ok"]
    assert row["panel_primary_npi"] == within[0]


def test_an_unknown_plan_is_refused_at_every_door_with_the_plans_there_are(team: Team, tmp_path: Path) -> None:
    form = {"zip": ZIPS[0], "plan": "Elsewhere"}
    done = team.command("backup", "--form", "-", form=form)
    assert "no directory of this run has the plan 'Elsewhere'" in str(done.exception)
    assert CONTRACT in str(done.exception)
    told = team.api.post("/api/backups", json=form)
    assert told.status_code == 422 or told.status_code == 400, told.text
    assert CONTRACT in told.text
    (tmp_path / "panel.csv").write_text(f"zip,plan\n{ZIPS[0]},Elsewhere\n{ZIPS[0]},\n", encoding="utf-8")
    team.command("patient", "panel", str(tmp_path / "panel.csv"), "--out", str(tmp_path / "out.csv"))
    rows = pd.read_csv(tmp_path / "out.csv", dtype=str, encoding="utf-8-sig")
    assert rows["panel_status"].tolist() == ["column plan is not one plan of this run's directories", "ok"]


def test_the_listing_has_its_date_and_its_pointer(team: Team) -> None:
    every = [c for tier in team.backup(zip=ZIPS[0], plan=CONTRACT)["tiers"] for c in tier["candidates"]]
    listed = [c["listing"] for c in every if c["plan"] == "yes"]
    assert listed
    for text in listed:
        assert text.startswith("Harbor Choice (HMO) lists this clinician")
        assert "record of 2026-11-02, got on 2026-11-21; directory.json /entry/" in text
    plain = [c for tier in team.backup(zip=ZIPS[0])["tiers"] for c in tier["candidates"]]
    assert {(c["plan"], c["listing"]) for c in plain} == {("", "")}


def test_what_a_directory_does_not_tell_is_asked(example_store) -> None:
    data = BackupData.load(example_store)
    listings = data.listings[data.listings["plan_id"] == HIOS]
    whole = mark_plan(HIOS, data.sites, listings)
    at = data.sites["practice_name"].eq("Exampland University Neurosurgery").to_numpy()
    assert set(whole.told[at]) == {"ask"}  # the hospital's practice is listed as a whole, nobody of it by name
    assert {"yes", "no", "ask"} == set(whole.told)
    partial = mark_plan(HIOS, data.sites, listings.assign(gaps="page 2 did not come"))
    assert "no" not in partial.told
    assert "could not be read whole" in partial.note
    rates = mark_plan(HIOS, data.sites, listings.assign(listed_via="rate"))
    assert "yes" not in rates.told

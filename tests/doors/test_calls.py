"""Calls at every door: of which site, about whom, what is kept, and the answer that comes without the log."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.config import Settings
from deserts.errors import DesertsError
from deserts.patients.search.backups import BackupData
from deserts.patients.search.facts import load_team_facts
from deserts.publish.finder import write_finder
from deserts.specialists.log import open_log, read_calls
from deserts.specialists.log.reading import CALLS_NOT_READ
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.specialists.builders import npi
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app

ZIP = "86901"


class Team:
    """A team with an empty log of its own beside the example's tables: its commands and its page."""

    def __init__(self, example_data: Path, local: Path) -> None:
        made = example_run(example_data)
        settings = Settings(data_dir=example_data, local_dir=local, allow_network=False)
        self.run = Run(settings, made.region, made.service, made.grade)
        self.local, self.today = local, TODAY
        self.where = ["--data", str(example_data), "--local", str(local)]
        self.app = build_app()
        desk = load_desk(self.run, today=lambda: TODAY)
        self.api = TestClient(make_app(desk), base_url=ADDRESS, headers={"origin": ADDRESS})

    def command(self, *words: str, form: dict[str, Any] | None = None) -> Result:
        typed = None if form is None else json.dumps(form)
        return CliRunner().invoke(self.app, [*words, *self.where, "--today", TODAY.isoformat()], input=typed)

    def verify(self, who: str, outcome: str, *words: str) -> Result:
        return self.command("log", "verify", who, "--outcome", outcome, "--logged-by", "Kim", "--yes", *words)

    def post(self, who: str, outcome: str, **more: Any) -> Any:
        body = {"npi": who, "outcome": outcome, "source": "phone", "logged_by": "Kim", **more}
        return self.api.post("/api/calls", json=body)

    def backup(self, **more: Any) -> dict[str, Any]:
        done = self.command("backup", "--form", "-", "--json", form={"zip": ZIP, "k": 20, **more})
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def entries(self) -> list[dict[str, Any]]:
        return open_log(self.run.settings).rows()


@pytest.fixture
def team(example_data: Path, tmp_path: Path) -> Team:
    return Team(example_data, tmp_path / "local")


@pytest.fixture
def sites(example_store: Any) -> Any:
    return example_store.read("sites_unasked")


def refusal(done: Result) -> str:
    """What a command that refused said; it wrote nothing to standard output."""
    assert isinstance(done.exception, DesertsError), done.output
    assert done.stdout == ""
    return f"{done.exception} {done.exception.fix}"


def of_sites(sites: Any, count: int) -> tuple[str, list[str]]:
    """A listed clinician with so many sites."""
    listed = sites[sites["supplies"]]
    counts = sites.groupby("npi").size()
    who = next(n for n in sorted(set(listed["npi"])) if counts[n] == count)
    return who, sorted(sites.loc[sites["npi"] == who, "site_id"])


@pytest.mark.parametrize("outcome", ["moved", "not_here", "retired", "no_pumps", "wrong_number"])
def test_what_takes_something_away_says_of_which_site(team, sites, outcome):
    who, own = of_sites(sites, 2)
    refused = refusal(team.verify(who, outcome))
    assert all(site in refused for site in own)
    assert "all_sites" in refused
    by_api = team.post(who, outcome)
    assert by_api.status_code == 400
    assert own[0] in by_api.text
    assert team.entries() == []
    assert team.verify(who, outcome, "--site", own[0]).exit_code == 0
    assert team.post(who, outcome, all_sites=True).status_code == 201
    assert [(row["site_id"], row["scope"]) for row in team.entries()] == [(own[0], "site"), ("", "clinician")]


def test_a_clinician_with_one_site_has_moved_from_it(team, sites):
    who, own = of_sites(sites, 1)
    assert team.verify(who, "moved").exit_code == 0
    assert team.entries()[0]["site_id"] == own[0]
    known = [c["npi"] for tier in team.backup()["tiers"] for c in (*tier["candidates"], *tier["said_no"])]
    assert who not in known


def test_moved_counts_at_once_for_the_site_that_is_named_and_for_no_other(team, sites):
    who, own = of_sites(sites, 2)
    near = team_site(team, who)
    assert near in own
    other = next(site for site in own if site != near)
    team.verify(who, "moved", "--site", near)
    assert team_site(team, who) in (other, None)


def team_site(team: Team, who: str) -> str | None:
    """At which site the command lists a clinician."""
    listed = {c["npi"]: c["site_id"] for tier in team.backup(k=200)["tiers"] for c in tier["candidates"]}
    return listed.get(who)


def test_a_number_that_no_table_knows_is_refused_unless_it_is_called_new(team):
    stranger = npi(99)
    assert "--new" in refusal(team.verify(stranger, "accepting"))
    assert team.post(stranger, "accepting").status_code in (400, 404)
    assert team.entries() == []
    assert team.verify(stranger, "accepting", "--new").exit_code == 0
    assert [row["npi"] for row in team.entries()] == [stranger]


def test_the_name_is_shown_before_anything_is_written(team, sites, example_store):
    who, own = of_sites(sites, 1)
    people = example_store.read("specialists_unasked").set_index("npi")
    done = team.verify(who, "accepting", "--site", own[0])
    assert str(people.loc[who, "name"]) in done.stderr.splitlines()[0]
    assert who in done.stderr
    assert "does it and accepts new patients" in done.stderr


def test_a_correction_names_the_old_entry_and_nothing_is_changed(team, sites):
    who, _ = of_sites(sites, 1)
    team.verify(who, "retired")
    wrong = team.entries()[0]
    assert who not in str(team.backup()["tiers"])
    assert "which entry is withdrawn" in refusal(team.verify(who, "withdrawn"))
    assert "no entry begins with this key" in refusal(team.verify(who, "withdrawn", "--corrects", "0" * 8))
    assert team.verify(who, "withdrawn", "--corrects", wrong["entry_key"][:8]).exit_code == 0
    assert team.entries()[0] == wrong
    assert team.entries()[1]["corrects"] == wrong["entry_key"]


def test_the_call_record_holds_who_answered_and_when_a_new_patient_is_seen(team, sites):
    who, own = of_sites(sites, 1)
    asked = ["--asked", "new baclofen pumps", "--asked-age", "child", "--asked-payer", "Blue"]
    words = ["--site", own[0], "--answered-by", "Bo", "--role", "scheduler", *asked, "--visit-weeks", "2.5"]
    words += ["--follow-up-on", "2026-12-01"]
    assert team.verify(who, "accepting", *words).exit_code == 0
    row = team.entries()[0]
    told = {"answered_by": "Bo", "answered_role": "scheduler", "asked": "new baclofen pumps", "asked_age": "child",
            "asked_payer": "Blue", "visit_weeks": 2.5, "follow_up_on": "2026-12-01", "logged_by": "Kim"}  # fmt: skip
    assert {name: row[name] for name in told} == told
    due = team.command("log", "verifications", "due", "--days", "30")
    assert "2026-12-01" in due.stdout


def test_no_appointment_has_a_place_in_the_log(team, sites):
    who, _ = of_sites(sites, 1)
    for field in ("appointment_on", "reference", "patient"):
        assert team.post(who, "accepting", **{field: "2026-12-01"}).status_code == 422
    assert team.entries() == []


SENTINELS = ("Zzyzxperson", "1961-02-03", "REF-77231", "86927", "2027-01-19")


def test_nothing_of_a_patient_reaches_log_export_or_database(team, sites, tmp_path):
    who, _ = of_sites(sites, 1)
    name, born, reference, zip_code, run_dry = SENTINELS
    assert team.command("backup", "--form", "-", form={"zip": zip_code, "run_dry": run_dry}).exit_code == 0
    plan = {"run_dry_on": run_dry, "first_appointment_on": "2027-01-10", "npi": who}
    team.command("patient", "discharge-check", "-", form=plan)
    team.api.post("/search", data={"zip": zip_code, "run_dry": run_dry})
    for note in (f"patient {name}, born {born}", f"booked for 2027-01-10, ref: {reference}"):
        assert team.post(who, "accepting", note=note).status_code == 400
    form = json.loads(CliRunner().invoke(team.app, ["paper", "card", "--example"]).stdout)
    form["patient"] = {**form.get("patient", {}), "name": name} if isinstance(form.get("patient"), dict) else name
    team.command("paper", "card", "-", "--out", str(tmp_path / "card.pdf"), form=form)
    assert team.verify(who, "accepting").exit_code == 0
    team.backup()
    sheet = tmp_path / "calls.csv"
    exported = CliRunner().invoke(team.app, ["log", "verifications", "export", str(sheet), "--notes", *team.where])
    assert exported.exit_code == 0, exported.output
    kept = [path for path in (*team.local.rglob("*"), sheet) if path.is_file()]
    assert len(kept) >= 3, "log, its last reading, export"
    for path in kept:
        content = path.read_bytes()
        assert not [word for word in SENTINELS if word.encode() in content], path


# ---- fit is no evidence --------------------------------------------------------------------------------------------


def test_a_childs_list_keeps_proven_clinicians_under_their_heading(team):
    """Once nobody proven was shown for a child, and one stood at number 103 under "no recent evidence of doing it"."""
    adult, child = team.backup(k=200), team.backup(k=200, pediatric=True)
    for grown, young in zip(adult["tiers"], child["tiers"], strict=True):
        of = [sorted(c["npi"] for c in (*tier["candidates"], *tier["said_no"])) for tier in (grown, young)]
        assert of[0] == of[1], "age orders within a tier and moves nobody to another"
        assert grown["in_data"] == young["in_data"]
    proven = child["tiers"][0]
    assert len(proven["candidates"]) > 0
    ages = [{"yes": 0, "ask": 1, "no": 2}[c["age"]] for c in proven["candidates"] if c["status"] == "ok"]
    assert ages == sorted(ages)
    text = team.command("backup", "--form", "-", form={"zip": ZIP, "pediatric": True}).stdout
    assert f"BACLOFEN PROVEN ({min(5, len(proven['candidates']))} to call of {proven['in_data']} in the data" in text


# ---- the answer that always comes ----------------------------------------------------------------------------------


@pytest.fixture
def damaged(team: Team, sites: Any) -> tuple[Team, str]:
    """A team whose log was read once, with somebody who has retired, and then destroyed."""
    who, _ = of_sites(sites, 1)
    team.verify(who, "retired")
    team.backup()
    file = open_log(team.run.settings).file
    file.write_bytes(b"\0" * file.stat().st_size)
    return team, who


def everywhere(team: Team) -> dict[str, tuple[bool, str]]:
    """For each door, whether it says in its JSON that calls were read, and all that it says."""
    asked = ["--zip", ZIP, "--json"]
    found = {}
    for name, words in {
        "backup": ["backup", *asked],
        "emergency": ["patient", "emergency", *asked],
        "drug source": ["patient", "drug-source", *asked, "--strength", "2000"],
    }.items():
        done = team.command(*words)
        assert done.exit_code == 0, (name, done.output)
        body = json.loads(done.stdout)
        found[name] = (body["calls_read"], body["warnings"][0] if body["warnings"] else "")
    body = team.api.post("/api/backups", json={"zip": ZIP}).json()["answer"]
    found["api"] = (body["calls_read"], body["warnings"][0] if body["warnings"] else "")
    return found


def test_without_the_log_every_door_answers_under_a_loud_line(damaged, tmp_path):
    team, who = damaged
    for door, (calls_read, warning) in everywhere(team).items():
        assert not calls_read, door
        assert warning.startswith(CALLS_NOT_READ), door
    text = team.command("backup", "--zip", ZIP).stdout
    assert 0 < text.index(f"!! {CALLS_NOT_READ}") < text.index("BACLOFEN PROVEN")
    assert CALLS_NOT_READ in team.api.post("/search", data={"zip": ZIP}).text
    panel = tmp_path / "panel.csv"
    panel.write_text(f"zip\n{ZIP}\n", encoding="utf-8")
    assert team.command("patient", "panel", str(panel), "--out", str(tmp_path / "out.csv")).exit_code == 0
    assert CALLS_NOT_READ in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    facts = load_team_facts(team.run.settings, team.run.service, today=TODAY, data_on=None)
    data = BackupData.load(team.run.store)
    report = write_finder(team.run.store, tmp_path / "finder.html", data=data, today=TODAY, facts=facts)
    assert CALLS_NOT_READ in report.path.read_text(encoding="utf-8")
    assert who not in str(team.backup(k=200)["tiers"]), "who had retired does not come back"


def test_a_call_waits_while_the_log_is_broken_and_counts_at_once(damaged, sites):
    team, _ = damaged
    other = sorted(set(sites.loc[sites["supplies"], "npi"]))[-1]
    file = open_log(team.run.settings).file
    done = team.verify(other, "retired", "--all-sites")
    assert done.exit_code == 0
    assert "waits on this machine" in done.stderr
    assert other not in str(team.backup(k=200)["tiers"])
    assert other not in str(team.api.post("/api/backups", json={"zip": ZIP, "k": 50}).json()["answer"]["tiers"])
    file.unlink()
    with sqlite3.connect(file):
        pass
    merged = CliRunner().invoke(team.app, ["log", "verifications", "merge", *team.where])
    assert merged.stdout == "1 calls written\n"
    assert len(read_calls(team.run.settings, service="itb").rows) == 2


def test_a_payer_table_that_cannot_be_read_takes_no_list_away(team):
    team.local.mkdir(parents=True, exist_ok=True)
    (team.local / "payer_networks.csv").write_text("payer,npi,status\nBlue,1000000004,in\n", encoding="utf-16")
    answer = team.backup(payer="Blue")
    assert answer["warnings"][0].startswith("PAYER NETWORKS NOT READ")
    assert answer["calls_read"]
    assert all(c["payer"] == "ask" for tier in answer["tiers"] for c in tier["candidates"])
    assert any(tier["candidates"] for tier in answer["tiers"])

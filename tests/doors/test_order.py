"""Card, packet and extinction plan name whom the list names, in its order."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.specialists.log import open_log
from deserts.web.desk import load_desk
from tests.doors.harness import random_calls
from tests.doors.test_calls import Team
from tests.patients.refill.people import TODAY

ZIPS = ("86901", "86927", "86971")


@pytest.fixture(scope="module")
def team(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Team:
    """A team that has called most clinicians."""
    team = Team(example_data, tmp_path_factory.mktemp("order"))
    sites = team.run.store.read("sites_unasked")
    open_log(team.run.settings).append(random_calls(sites, today=TODAY, seed=9))
    return team


def listed(team: Team, zip_code: str, **more: object) -> list[dict]:
    """All whom the command names to call, within the limit, in order."""
    answer = team.backup(zip=zip_code, **more)
    assert sum(tier["said_no_in_all"] for tier in answer["tiers"]) > 0
    return [c for tier in answer["tiers"] for c in tier["candidates"] if c["status"] == "ok"]


@pytest.mark.parametrize("zip_code", ZIPS)
def test_the_card_takes_the_first_of_the_list(team, zip_code):
    page = team.api.post("/search", data={"zip": zip_code, "run_dry": "2027-02-10"}).text
    named = dict(re.findall(r'name="backups\.(\d+)\.name" value="([^"]*)"', page))
    first = listed(team, zip_code, run_dry="2027-02-10")
    assert len(named) >= 2
    for place, name in named.items():
        assert name.startswith(first[int(place) - 1]["name"]), place


@pytest.mark.parametrize("zip_code", ZIPS)
def test_the_extinction_plan_asks_practices_in_the_order_of_the_list(team, zip_code):
    done = team.command("access", "extinction", "--zip", zip_code, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    rows = found["practices"] if "practices" in found else found[next(k for k in found if isinstance(found[k], list))]
    order = list(dict.fromkeys(c["practice_id"] for c in listed(team, zip_code) if c["tier"] != "must_be_asked"))
    asked = [row["practice_id"] for row in rows if row["tier"] != "must_be_asked"]
    assert len(asked) >= 2
    assert asked == order[: len(asked)]
    hospitals = [(place["place_id"], place["drive_min"]) for place in team.backup(zip=zip_code)["places"]]
    assert [(row["place_id"], row["drive_min"]) for row in found["hospitals_to_ask"]][: len(hospitals)] == hospitals


@pytest.mark.parametrize("zip_code", ZIPS)
def test_the_packet_names_the_first_whom_public_files_support(team, zip_code):
    desk = load_desk(team.run, today=lambda: TODAY)
    people = team.run.store.read("specialists_unasked").set_index("npi")
    rank = team.run.service.rank(team.run.service.default_grade)
    filed = people["filed_rank"]
    named = [c for c in listed(team, zip_code) if c["tier"] != "must_be_asked"]
    first = next(c for c in named if 0 <= filed[c["npi"]] <= rank)
    sentence = desk.packet_facts(zip_code).sentences[0]
    assert first["name"] in sentence
    refused = {c["name"] for tier in team.backup(zip=zip_code)["tiers"] for c in tier["said_no"]}
    assert not any(name in text for name in refused for text in desk.packet_facts(zip_code).sentences)


def test_when_red_the_emergency_and_the_pumps_own_clinic_stand_before_any_backup(team):
    form = {"zip": ZIPS[0], "filled_on": "2024-11-22", "alarm_on": "2024-12-22"}
    done = CliRunner().invoke(
        build_app(), ["backup", "--form", "-", *team.where, "--today", TODAY.isoformat()], input=json.dumps(form)
    )
    assert done.exit_code == 0, done.output
    first = listed(team, ZIPS[0])[0]["name"]
    assert done.stdout.startswith("EMERGENCY DEPARTMENT NOW")
    assert 0 < done.stdout.index("own clinic") < done.stdout.index(first)

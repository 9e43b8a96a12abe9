"""The example's fictional directory: each form tells the same story, and one command tells it from the run alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.commands.context import own_files
from deserts.errors import UnknownNameError
from deserts.example.plan_files import CONTRACT, HIOS
from deserts.networks import Listed
from deserts.networks.listings import plans_in, rows_of_plan
from deserts.pipeline.plan_check import check_directory
from tests.example_data import example_run

LISTED, PHANTOM, BY_AFFILIATION, MISSING = "Ünïcode-Ørsted", "Hollis", "Lindqvist", "Vance"


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    return example_run(example_data)


@pytest.fixture(scope="module")
def npis(run: Run) -> dict[str, str]:
    people = run.store.read("specialists")
    names = (LISTED, BY_AFFILIATION, MISSING, "Skarsgard")
    found = {name: people.loc[people["name"].str.contains(name), "npi"].iloc[0] for name in names}
    gone = people.loc[people["grade_reason"].str.contains("NPI deactivated on 2025-03-14"), "npi"].iloc[0]
    return {**found, PHANTOM: gone}


@pytest.mark.parametrize(("plan", "by_affiliation"), [(CONTRACT, Listed.SHOWN), (HIOS, None)])
def test_both_forms_tell_the_story_and_one_cannot_say_affiliation(
    run: Run, npis: dict[str, str], plan: str, by_affiliation: Listed | None
) -> None:
    check = check_directory(run, plans=[plan]).check
    standing = check.listed.set_index("npi")["standing"]
    assert standing[npis[LISTED]] == Listed.SHOWN
    assert standing[npis[PHANTOM]] == Listed.CONTRADICTED
    assert standing.get(npis[BY_AFFILIATION]) == by_affiliation
    missing = set(check.missing["npi"])
    assert npis[MISSING] in missing
    assert (npis[BY_AFFILIATION] in missing) == (by_affiliation is None)
    assert check.organisations == 1
    assert not check.files.gaps
    assert check.files.retrieved_on == ("2026-11-21",)


def test_files_named_by_hand_give_what_the_run_holds(run: Run) -> None:
    folder = run.settings.raw_area(run.region) / "plans.example.org"
    for plan, name in ((CONTRACT, "plan-net"), (HIOS, "marketplace")):
        named, held = check_directory(run, [folder / name]).check, check_directory(run, plans=[plan]).check
        assert named.listed.drop(columns="got_on").equals(held.listed.drop(columns="got_on"))
        assert set(held.listed["got_on"]) == {"2026-11-21"}
        assert named.missing.equals(held.missing)


def test_a_plan_is_found_by_identifier_contract_or_name_and_never_guessed(run: Run) -> None:
    listings = run.store.read("plan_listings")
    assert [plan for plan, _ in plans_in(listings)] == [HIOS, CONTRACT]
    for words in (CONTRACT, "h9999", "H9999-001", "harbor choice (hmo)"):
        assert set(rows_of_plan(listings, words)["plan_id"]) == {CONTRACT}
    for words in ("H99", "Harbor", "", "H9999-001-0001"):
        with pytest.raises(UnknownNameError, match="plan"):
            rows_of_plan(listings, words)


def test_every_listing_points_to_its_record(run: Run) -> None:
    listings = run.store.read("plan_listings")
    assert (listings["pointer"] != "").all()
    assert (listings["source_sha256"].str.len() == 64).all()
    assert set(listings["source_date"]) == {"2026-11-02", "2026-06-30"}
    assert (listings["gaps"] == "").all()


def test_the_command_needs_the_plan_alone_and_findings_name_it(run: Run, tmp_path: Path) -> None:
    data = ["--region", "example", "--data", str(run.settings.data_dir)]
    told = CliRunner().invoke(
        build_app(), ["network", "check", "--plan", CONTRACT, "--json", *data, "--local", str(tmp_path)]
    )
    assert told.exit_code == 0, told.output
    facts = json.loads(told.stdout)
    assert (facts["listed"], facts["shown"]) == (37, 6)
    found = CliRunner().invoke(build_app(), ["findings", *data])
    assert f"deserts network check --region example --plan {HIOS}" in found.output


def test_a_folder_of_ones_own_is_each_of_its_files(run: Run, tmp_path: Path) -> None:
    for name in ("b.json", "a.ndjson.gz", "readme.txt"):
        (tmp_path / name).write_bytes(b"{}")
    found = own_files([f"plan_directory={tmp_path}"])
    assert found == tuple(("plan_directory", tmp_path / name) for name in ("a.ndjson.gz", "b.json"))

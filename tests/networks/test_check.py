"""A directory held against a run: listed by role, by affiliation alone, contradicted, in no file, and missing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.errors import MissingDataError
from deserts.networks import Listed, members_of, public_lines, team_lines
from deserts.pipeline.plan_check import check_directory
from deserts.services.profile import CONTRADICTED
from tests.example_data import example_run
from tests.sources.directories import fhir_files as fhir

UNKNOWN = "1003000126"
PMR = "208100000X"


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    return example_run(example_data)


def _names(run: Run) -> dict[str, str]:
    people = run.store.read("specialists")
    counts = people[people["supplies"] & people["grade_rank"].between(0, 4) & (people["entity"] == "I")]
    ours = counts[counts["state"] == "XA"]["npi"].tolist()
    gone = people[people["grade"] == CONTRADICTED]["npi"].iloc[0]
    return {"shown": ours[0], "missing": ours[1], "contradicted": gone}


def _doctor(name: str, npi: str, **more: object) -> list[dict[str, object]]:
    return [
        fhir.practitioner(name, npi),
        fhir.role(f"role-{name}", practitioner=fhir.ref("Practitioner", name), **more),
    ]


@pytest.fixture
def directory(run: Run, tmp_path: Path) -> Path:
    names = _names(run)
    surgeon = [{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": "208600000X"}]}]
    resources = fhir.whole(
        fhir.affiliation(), *_doctor("shown", names["shown"]), *_doctor("gone", names["contradicted"]),
        *_doctor("unknown", UNKNOWN), *_doctor("surgeon", fhir.DOCTOR, specialty=surgeon),
    )  # fmt: skip
    resources = [r for r in resources if (r["resourceType"], r["id"]) != ("Location", "loc")]
    (tmp_path / "payer").mkdir()
    return fhir.ndjson(tmp_path / "payer" / "all.ndjson", [*resources, fhir.location(state="XA")])


def test_each_listed_clinician_has_the_standing_that_the_files_give(run: Run, directory: Path) -> None:
    names, check = _names(run), check_directory(run, [directory]).check
    standing = check.listed.set_index("npi")["standing"].to_dict()
    assert standing == {
        names["shown"]: Listed.SHOWN, names["contradicted"]: Listed.CONTRADICTED, UNKNOWN: Listed.NOT_SHOWN,
    }  # fmt: skip
    assert check.other_specialties == 1
    assert check.organisations == 1
    assert names["missing"] in set(check.missing["npi"])
    assert names["shown"] not in set(check.missing["npi"])


def test_the_public_sentence_counts_and_names_nobody(run: Run, directory: Path) -> None:
    check = check_directory(run, [directory]).check
    lines = public_lines(check, provenance=run.store.provenance(), service=run.service, grade=run.grade)
    assert lines[0].startswith("The plan lists 3 clinicians of these specialties in XA; of 1 the files read show")
    assert lines[0].endswith("Of the other 2 they do not show it.")
    text = "\n".join(lines)
    assert "organisations as a whole (1)" in text
    assert "sha256" in text
    assert "contradict" not in text.lower()
    assert "phantom" not in text.lower()
    assert not any(npi in text for npi in run.store.read("specialists")["npi"])
    assert _names(run)["contradicted"] in "\n".join(team_lines(check))


def test_counties_are_those_of_a_table_of_networks_with_the_same_members(run: Run, directory: Path) -> None:
    from deserts.access.payers import score_payers
    from deserts.access.prepared import AccessInputs
    from deserts.pipeline.scores import limits_of

    found = check_directory(run, [directory])
    inputs = AccessInputs.from_store(run.store, service=run.service)
    only = pd.DataFrame({"payer": ["p"], "npi": [_names(run)["shown"]], "practice_id": [""], "network": ["in"]})
    expected = score_payers(inputs, only, limits=limits_of(run, inputs), time_limit_min=480.0)
    mine = found.counties.set_index("county_fips")["nearest_median_min"]
    told = mine.notna()
    assert told.any()
    pd.testing.assert_series_equal(
        mine[told], expected.set_index("county_fips")["nearest_median_min"][told], check_names=False
    )
    assert (mine[told] >= found.counties.set_index("county_fips")["any_network_median_min"][told] - 1e-9).all()
    assert set(members_of(found.check, payer="p")["network"]) == {"in"}


def test_removing_rows_can_only_weaken_the_sentence(run: Run, directory: Path) -> None:
    whole = check_directory(run, [directory]).check
    lines = directory.read_text().splitlines(keepends=True)
    for gone in range(len(lines)):
        directory.write_text("".join(lines[:gone] + lines[gone + 1 :]))
        check = check_directory(run, [directory]).check
        assert len(check.listed) <= len(whole.listed)
        assert check.count(Listed.SHOWN) <= whole.count(Listed.SHOWN)


def test_an_incomplete_directory_never_says_none(run: Run, tmp_path: Path) -> None:
    searchset = fhir.bundle(
        tmp_path / "page1.json", fhir.whole(), kind="searchset",
        link=[{"relation": "next", "url": "https://payer.test/next"}],
    )  # fmt: skip
    check = check_directory(run, [searchset]).check
    assert check.files.gaps
    said = public_lines(check, provenance=run.store.provenance(), service=run.service, grade=run.grade)
    assert said[0].startswith("The directory could not be read whole, so nothing is said")
    assert not any("lists none" in line for line in said)
    none = public_lines(
        check_directory(run, [fhir.ndjson(tmp_path / "whole.ndjson", fhir.whole())]).check,
        provenance=run.store.provenance(), service=run.service, grade=run.grade,
    )  # fmt: skip
    assert none[0].startswith("In the files read, the plan lists none of the specialties")


def test_organisations_or_people_without_a_specialty_are_never_none(run: Run, tmp_path: Path) -> None:
    for extra in ([fhir.affiliation()], [fhir.role(specialty=[])]):
        resources = [r for r in fhir.whole(*extra) if r["resourceType"] != "Location"]
        path = fhir.ndjson(tmp_path / "all.ndjson", [*resources, fhir.location(state="XA")])
        check = check_directory(run, [path]).check
        lines = public_lines(check, provenance=run.store.provenance(), service=run.service, grade=run.grade)
        assert check.organisations + check.unspecified == 1
        assert "names nobody" in lines[0]
        assert "they are not counted" in " ".join(lines)
        assert not any("lists none" in line for line in lines)


def _call(run: Run, *words: str):
    app, data = build_app(), str(run.settings.data_dir)
    return CliRunner().invoke(app, ["network", *words, "--region", "example", "--data", data])


def test_the_command_says_the_same_and_names_people_for_the_team_alone(run: Run, directory: Path, tmp_path) -> None:
    out = tmp_path / "counties.csv"
    public = _call(run, "check", str(directory), "--out", str(out))
    assert public.exit_code == 0, public.output
    assert "The plan lists 3 clinicians" in public.output
    assert "counties have a longer way" in public.output
    gone = _names(run)["contradicted"]
    assert gone not in public.output
    assert gone not in out.read_text()
    team = _call(run, "check", str(directory), "--team")
    assert f"NPI {gone}" in team.output
    assert "TEAM COPY" in team.output
    facts = json.loads(_call(run, "check", str(directory), "--json").stdout)
    assert (facts["listed"], facts["shown"], facts["complete"]) == (3, 1, True)
    assert "clinicians" not in facts


def test_a_file_that_is_not_there_and_a_choice_of_two_are_told(run: Run, tmp_path: Path) -> None:
    assert isinstance(_call(run, "check", str(tmp_path / "none.json")).exception, MissingDataError)
    words = ["network", "fetch", "--plan-net", "https://a.test/r4", "--npd", "--data", str(tmp_path)]
    told = CliRunner().invoke(build_app(), words).exception
    assert "2 directories are named" in str(told)


def test_a_fetch_without_a_connection_is_refused_with_a_message(tmp_path: Path) -> None:
    words = ["network", "fetch", "--qhp-index", "https://a.test/index.json", "--no-network", "--data", str(tmp_path)]
    told = CliRunner().invoke(build_app(), words).exception
    assert type(told).__name__ == "NetworkForbiddenError"

"""Fetching directories over real connections on loopback, from servers with the manners that have been seen."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deserts.errors import DamagedDataError, FaultyAnswerError, InputError, SourceError
from deserts.sources.directories.fetch import FetchLimits, fetch_index, fetch_national, fetch_plan_net, folder_for
from deserts.sources.directories.fetched import NOTE_NAME, newest_fetch, read_note
from deserts.sources.directories.read import read_directory
from deserts.sources.transport.http import Http
from tests.replay import Fault, Replay
from tests.replay.directories import IndexServer, NationalServer, PlanNetServer
from tests.sources.directories.fhir_files import DOCTOR, affiliation, location, practitioner, ref, role, whole

TODAY = dt.date(2026, 11, 28)
BASE = "https://payer.test/fhir"
PHYSIATRY = "208100000X"
Connect = Callable[..., Http]


def _many(count: int = 45) -> list[dict[str, Any]]:
    people = [practitioner(f"p{i}", f"{1_000_000_000 + i}") for i in range(count)]
    roles = [role(f"r{i}", practitioner=ref("Practitioner", person["id"])) for i, person in enumerate(people)]
    other = role("other", specialty=[{"coding": [{"code": "207R00000X"}]}], practitioner=ref("Practitioner", "x"))
    return [*whole(affiliation()), location("far", "NH"), *people, *roles, other]


def _fetch(connect: Connect, server: PlanNetServer, folder: Path, *faults: Fault, **options: Any) -> Any:
    with Replay({"payer.test": server}) as replay:
        replay.fail(*faults)
        return fetch_plan_net(connect(replay), BASE, folder, specialties=[PHYSIATRY], today=TODAY, **options)


@pytest.mark.parametrize(
    "manners",
    [
        {},
        {"total": 2_259_490},
        {"total": 1},
        {"trailing_empty_page": True},
        {"size": 7},
        {"refuses": frozenset({"_include"})},
    ],
)
def test_all_pages_come_whatever_the_server_says_of_them(
    tmp_path: Path, connect: Connect, manners: dict[str, Any]
) -> None:
    state = _fetch(connect, PlanNetServer("payer.test", _many(), **manners), tmp_path)
    assert state.is_complete, state.gaps
    reading = read_directory([state.folder])
    assert reading.is_complete
    roles = reading.frame[reading.frame["entity"] == "individual"]
    assert roles.loc[roles["listed_via"] == "role", "pointer"].count() >= 45


def test_roles_are_searched_by_specialty(tmp_path: Path, connect: Connect) -> None:
    state = _fetch(connect, PlanNetServer("payer.test", _many()), tmp_path)
    text = "".join(path.read_text() for path in state.folder.glob("PractitionerRole-*"))
    assert "207R00000X" not in text
    assert "208100000X" in text
    refused = PlanNetServer("payer.test", _many(), refuses=frozenset({"specialty"}))
    wide = _fetch(connect, refused, tmp_path / "wide")
    assert wide.is_complete
    assert "207R00000X" in "".join(path.read_text() for path in wide.folder.glob("PractitionerRole-*"))


@pytest.mark.parametrize(
    ("manners", "limits", "words"),
    [
        ({"circle": True}, FetchLimits(), "circle"),
        ({"next_host": "elsewhere.test"}, FetchLimits(), "another server"),
        ({}, FetchLimits(pages=1), "limit"),
        ({}, FetchLimits(size_bytes=500), "limit"),
    ],
)
def test_what_cannot_be_followed_is_a_gap(
    tmp_path: Path, connect: Connect, manners: dict[str, Any], limits: FetchLimits, words: str
) -> None:
    state = _fetch(connect, PlanNetServer("payer.test", _many(), **manners), tmp_path, limits=limits)
    assert not state.is_complete
    assert words in " ".join(state.gaps.values())
    reading = read_directory([state.folder])
    assert not reading.is_complete
    assert words in reading.verdict


def test_a_fetch_that_is_cut_off_is_incomplete_and_goes_on_later(tmp_path: Path, connect: Connect) -> None:
    server = PlanNetServer("payer.test", _many(), size=10)
    with Replay({"payer.test": server}) as replay:
        replay.fail(Fault(r"_getpagesoffset=20", "status", times=50, status=503))
        cut = fetch_plan_net(connect(replay), BASE, tmp_path, specialties=[PHYSIATRY], today=TODAY)
        assert not cut.is_done
        assert "cut off" in cut.gaps["PractitionerRole"]
        assert not read_directory([cut.folder]).is_complete
        assert newest_fetch(tmp_path) is None
        replay.forget()
        later = TODAY + dt.timedelta(days=1)
        whole_one = fetch_plan_net(connect(replay), BASE, tmp_path, specialties=[PHYSIATRY], today=later)
        assert len(replay.asked("PractitionerRole")) == 0
    assert whole_one.is_complete
    undisturbed = _fetch(connect, PlanNetServer("payer.test", _many(), size=10), tmp_path / "again")
    names = {path.name: path.read_bytes() for path in whole_one.folder.glob("*-*.json")}
    assert names == {path.name: path.read_bytes() for path in undisturbed.folder.glob("*-*.json")}


def test_a_page_is_held_against_what_was_noted_when_it_came(tmp_path: Path, connect: Connect) -> None:
    state = _fetch(connect, PlanNetServer("payer.test", _many()), tmp_path)
    page = next(path for path in state.folder.glob("*.json") if b"1000000044" in path.read_bytes())
    page.write_bytes(page.read_bytes().replace(b"1000000044", b"1999999999"))
    with pytest.raises(DamagedDataError, match="its content has changed since it was fetched"):
        read_directory([state.folder])
    page.unlink()
    reading = read_directory([state.folder])
    assert not reading.is_complete
    assert f"{page.name}: gone since it was fetched" in reading.gaps


def test_nothing_is_asked_again_on_the_same_day(tmp_path: Path, connect: Connect) -> None:
    with Replay({"payer.test": PlanNetServer("payer.test", _many())}) as replay:
        http = connect(replay)
        first = fetch_plan_net(http, BASE, tmp_path, specialties=[PHYSIATRY], today=TODAY)
        replay.forget()
        second = fetch_plan_net(http, BASE, tmp_path, specialties=[PHYSIATRY], today=TODAY)
        assert replay.log == []
        assert second.pages == first.pages
        third = fetch_plan_net(http, BASE, tmp_path, specialties=[PHYSIATRY], today=TODAY + dt.timedelta(days=40))
    assert third.folder != first.folder
    assert newest_fetch(tmp_path) == read_note(third.folder)


def test_a_server_that_cannot_be_reached_or_is_none(tmp_path: Path, connect: Connect) -> None:
    with Replay({"payer.test": IndexServer({})}) as replay:
        state = fetch_plan_net(connect(replay), BASE, tmp_path, specialties=[PHYSIATRY], today=TODAY)
    assert not state.is_complete
    assert set(state.gaps) == {"InsurancePlan", "Organization", "PractitionerRole", "OrganizationAffiliation"}
    with pytest.raises(SourceError):
        fetch_plan_net(connect(replay, attempts=1), BASE, tmp_path / "b", specialties=[], today=TODAY)


def test_an_index_of_files(tmp_path: Path, connect: Connect) -> None:
    provider = {"npi": DOCTOR, "plans": [{"plan_id": "12345ME0010001"}], "addresses": [{"state": "ME"}]}
    plans = [{"plan_id": "12345ME0010001", "marketing_name": "Lobster Gold"}]
    urls = {
        "provider_urls": ["https://qhp.test/a.json", "https://qhp.test/gone.json"],
        "plan_urls": ["https://qhp.test/plans.json?sig=S"],
    }
    contents = {"/index.json": urls, "/a.json": [provider], "/plans.json": plans}
    files = {name: json.dumps(content).encode() for name, content in contents.items()}
    with Replay({"qhp.test": IndexServer(files)}) as replay:
        state = fetch_index(connect(replay), "https://qhp.test/index.json", tmp_path, source="qhp", today=TODAY)
        assert list(state.gaps) == ["providers-000002.json"]
        files["/gone.json"] = json.dumps([provider | {"npi": "1003000126"}]).encode()
        again = fetch_index(connect(replay), "https://qhp.test/index.json", tmp_path, source="qhp", today=TODAY)
    assert again.is_complete
    reading = read_directory([again.folder])
    assert set(reading.frame["plan_name"]) == {"Lobster Gold"}
    assert len(reading.frame) == 2
    assert "sig=S" not in (again.folder / NOTE_NAME).read_text()


@pytest.mark.parametrize(
    "stems",
    [
        {},
        {"Practitioner": "06-Practitioner.ndjson", "Organization": "01-Organization.ndjson"},
        {"Practitioner": "Practitioner_2026-05-07_2128.ndjson"},
    ],
)
def test_the_national_directory_comes_through_signed_addresses(
    tmp_path: Path, connect: Connect, stems: dict[str, str]
) -> None:
    kinds: dict[str, list[dict[str, Any]]] = {"OrganizationAffiliation": [affiliation()], "Endpoint": []}
    for resource in whole(role()):
        kinds.setdefault(resource["resourceType"], []).append(resource)
    with Replay({"directory.cms.gov": NationalServer(kinds, stems=stems)}) as replay:
        state = fetch_national(connect(replay), tmp_path, today=TODAY)
        assert not replay.asked("Endpoint")
    assert state.is_complete, state.gaps
    assert "SECRET" not in (state.folder / NOTE_NAME).read_text()
    reading = read_directory([state.folder])
    assert set(reading.frame["source"]) == {"npd"}
    assert DOCTOR in set(reading.frame["npi"])


def test_a_missing_kind_and_too_large_a_release_are_gaps(tmp_path: Path, connect: Connect) -> None:
    kinds = {"Practitioner": [practitioner()], "Location": [location()]}
    with Replay({"directory.cms.gov": NationalServer(kinds)}) as replay:
        state = fetch_national(connect(replay), tmp_path, today=TODAY, limits=FetchLimits(size_bytes=300))
    assert "PractitionerRole" in state.gaps
    assert any("limit" in why for why in state.gaps.values())
    with (
        Replay({"directory.cms.gov": IndexServer({"/downloads/manifest.json": b"{}"})}) as replay,
        pytest.raises(FaultyAnswerError),
    ):
        fetch_national(connect(replay), tmp_path / "x", today=TODAY)


def test_folders_are_told_apart_by_question(tmp_path: Path) -> None:
    one = folder_for(tmp_path, BASE, {"specialty": ["a", "b"]})
    assert one == folder_for(tmp_path, BASE, {"specialty": ["b", "a"]})
    assert one != folder_for(tmp_path, BASE, {"specialty": ["a"]})
    assert one.is_relative_to(tmp_path / "payer.test")
    with pytest.raises(InputError):
        folder_for(tmp_path, "https://payer.test/../../etc", {})


def test_a_damaged_note_is_told(tmp_path: Path) -> None:
    (tmp_path / NOTE_NAME).write_text("{")
    with pytest.raises(InputError, match="damaged"):
        read_note(tmp_path)

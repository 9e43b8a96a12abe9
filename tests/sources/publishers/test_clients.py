"""Each publisher's client against a server that has the publisher's quirks."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError, SourceError, UnknownNameError
from deserts.services import load_service
from deserts.sources.live import CHECKS, check_all, report
from deserts.sources.publishers import cms_catalogue, cms_data, geocoder, geofabrik, nppes_api, nppes_files, overpass
from deserts.sources.publishers.claims import read_claims
from deserts.sources.publishers.nppes import read_locations, read_nppes
from deserts.sources.transport.http import Http, HttpSettings
from tests.replay import Fault, Replay
from tests.replay.census import Geocoder
from tests.replay.cms import CmsData
from tests.replay.osm import Geofabrik
from tests.replay.registry import Registry, provider
from tests.replay.world import make_npi

Connect = Callable[..., Http]
CODES = load_service("itb").codes()


# --- data API of CMS --------------------------------------------------------------------------------------------------


def test_releases_are_found_by_title_and_temporal(world: Replay, connect: Connect) -> None:
    catalog = connect(world).get_json(f"{cms_data.BASE}/data.json")
    releases = cms_data.list_releases(catalog, cms_data.TITLES["claims"])
    assert [release.year for release in releases] == [2022, 2023, 2024]  # titles carry other years
    assert len({release.uuid for release in releases}) == 3
    latest = "92396110-2aed-4d63-a6a2-5d6207d46a29"
    assert latest not in {release.uuid for release in releases}  # the series is no year
    assert all(release.csv_url.endswith(".csv") for release in releases)  # with "format" and without
    assert "/PHY_R26" in releases[-1].csv_url  # the name without MUP_
    assert cms_data.find_release(catalog, cms_data.TITLES["claims"]).year == 2024
    with pytest.raises(UnknownNameError, match="no release"):
        cms_data.find_release(catalog, cms_data.TITLES["claims"], 1999)
    with pytest.raises(UnknownNameError, match="no dataset"):
        cms_data.find_release(catalog, "Something else")


@pytest.mark.parametrize("page_limit", [5000, 20, 11])
def test_pages_add_up_whatever_their_size(
    world: Replay, connect: Connect, example: Path, tmp_path: Path, page_limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.services["data.cms.gov"] = CmsData(example, page_limit=page_limit)
    http = connect(world)
    release = cms_data.find_release(http.get_json(f"{cms_data.BASE}/data.json"), cms_data.TITLES["claims"], 2023)
    target = tmp_path / "2023-rows.json"
    rows = cms_data.fetch_rows(http, release, column="HCPCS_Cd", values=CODES, target=target)
    got = read_claims(target).frame
    csv = next(example.rglob("*D23_Prov_Svc.csv"))
    expected = read_claims(csv, codes=CODES).frame
    assert rows == len(got) == len(expected) > 20
    key = ["npi", "code", "place_of_service"]
    pd.testing.assert_frame_equal(got.sort_values(key, ignore_index=True), expected.sort_values(key, ignore_index=True))
    assert [path.name for path in tmp_path.iterdir()] == ["2023-rows.json"]


def _turn_a_digit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    at = re.search(r"[1-8]", text)
    assert at is not None
    path.write_text(text[: at.start()] + str(int(at[0]) + 1) + text[at.end() :], encoding="utf-8")


def test_finished_pages_survive_a_break(world: Replay, connect: Connect, example: Path, tmp_path: Path) -> None:
    world.services["data.cms.gov"] = CmsData(example, page_limit=10)
    http = connect(world, attempts=1)
    release = cms_data.find_release(http.get_json(f"{cms_data.BASE}/data.json"), cms_data.TITLES["claims"], 2023)
    target, quiet = tmp_path / "rows.json", tmp_path / "quiet/rows.json"
    world.fail(Fault(r"offset=30", "reset"))
    with pytest.raises(SourceError):
        cms_data.fetch_rows(http, release, column="HCPCS_Cd", values=CODES, target=target)
    assert not target.exists()
    world.forget()
    _turn_a_digit(next(tmp_path.rglob("*-10.json")))
    cms_data.fetch_rows(http, release, column="HCPCS_Cd", values=CODES, target=target)
    assert not world.asked(r"offset=(0|20)$|offset=(0|20)&")
    assert world.asked(r"offset=10(&|$)")  # not as it was written: asked for again
    cms_data.fetch_rows(http, release, column="HCPCS_Cd", values=CODES, target=quiet)
    assert target.read_bytes() == quiet.read_bytes()


@pytest.mark.parametrize("where", [r"/stats", r"offset=20(&|$)"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("", "trickle", rate=50),
        Fault("", "hang", seconds=1.5),
        Fault("", "cut", after=30),
        Fault("", "quiet", after=30),
        Fault("", "status", status=429, retry_after="0"),
        Fault("", "status", status=500, times=3),
        Fault("", "reset", after=30, times=2),
    ],
    ids=lambda fault: fault.kind if isinstance(fault, Fault) else "",
)
def test_a_slow_or_failing_data_api_gives_the_same_rows(
    world: Replay, connect: Connect, example: Path, tmp_path: Path, fault: Fault, where: str
) -> None:
    """One project saw the API hang on every try; a trickle is broken off, a page that broke is asked for again."""
    world.services["data.cms.gov"] = CmsData(example, page_limit=20)
    http = connect(world, stall_s=0.3, stall_bytes_per_s=10_000.0, read_timeout_s=0.5)
    release = cms_data.find_release(http.get_json(f"{cms_data.BASE}/data.json"), cms_data.TITLES["claims"], 2023)
    ask = {"column": "HCPCS_Cd", "values": CODES}
    cms_data.fetch_rows(http, release, target=tmp_path / "quiet.json", **ask)  # type: ignore[arg-type]
    world.forget()
    world.fail(dataclasses.replace(fault, match=where, met=Counter()))
    cms_data.fetch_rows(http, release, target=tmp_path / "rows.json", **ask)  # type: ignore[arg-type]
    assert (tmp_path / "rows.json").read_bytes() == (tmp_path / "quiet.json").read_bytes()
    assert len(world.asked(where)) == fault.times + 1
    assert len(world.asked("offset=0&|offset=0$")) == 1  # what had come was not asked for again


def test_pages_that_do_not_add_up_are_refused(world: Replay, connect: Connect, tmp_path: Path) -> None:
    http = connect(world)
    release = cms_data.find_release(http.get_json(f"{cms_data.BASE}/data.json"), cms_data.TITLES["claims"], 2023)
    world.fail(Fault(r"/data\?.*offset", "body", times=2, body=b'[{"Rndrng_NPI": "1"}]'))
    world.fail(Fault(r"/data\?.*offset", "body", times=9, body=b"[]"))
    with pytest.raises(FaultyAnswerError, match="the service counts"):
        cms_data.fetch_rows(http, release, column="HCPCS_Cd", values=CODES, target=tmp_path / "r.json")
    assert not (tmp_path / "r.json").exists()


def test_no_row_below_eleven_people_is_served(world: Replay, connect: Connect) -> None:
    http = connect(world)
    release = cms_data.find_release(http.get_json(f"{cms_data.BASE}/data.json"), cms_data.TITLES["claims"], 2023)
    rows = http.get_json(release.rows_url, params={"size": "5000"})
    assert min(int(row["Tot_Benes"]) for row in rows) >= 11
    assert all(isinstance(value, str) for row in rows for value in row.values())
    assert http.get_json(release.rows_url, params={"size": "10", "offset": "100000"}) == []


# --- provider data catalogue ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_reference", [False, True])
@pytest.mark.parametrize("dataset", sorted(cms_catalogue.DATASET_IDS))
def test_files_are_looked_up_in_both_forms_of_an_entry(
    world: Replay, connect: Connect, example: Path, dataset: str, by_reference: bool
) -> None:
    world.services["data.cms.gov"] = CmsData(example, by_reference=by_reference)
    file = cms_catalogue.find_file(connect(world), dataset)
    assert file.url.startswith("https://data.cms.gov/provider-data/")
    assert file.modified == "2026-08-13"


def test_rows_are_asked_for_in_pages_that_every_server_takes(world: Replay, connect: Connect) -> None:
    http = connect(world)
    rows = cms_catalogue.query_rows(http, "directory", column="state", value="XA")
    assert len(rows) > 100
    assert {row["state"] for row in rows} == {"XA"}
    assert len(cms_catalogue.query_rows(http, "directory", limit=3)) == 3
    assert "citytown" in rows[0]
    with pytest.raises(FaultyAnswerError, match="status 400"):
        http.get_json(f"{cms_catalogue.BASE}/api/1/datastore/query/mj5m-pzi6/0", params={"limit": "501"})


def test_machine_names_and_display_names_read_alike(world: Replay, connect: Connect, tmp_path: Path) -> None:
    from deserts.sources.publishers.directory import read_directory

    http = connect(world)
    rows = cms_catalogue.query_rows(http, "directory")
    (tmp_path / "api.json").write_text(json.dumps({"results": rows, "count": len(rows)}))
    world_file = http.get_bytes(cms_catalogue.find_file(http, "directory").url)
    (tmp_path / "file.csv").write_bytes(world_file)
    pd.testing.assert_frame_equal(
        read_directory(tmp_path / "api.json").frame, read_directory(tmp_path / "file.csv").frame
    )


# --- provider registry ------------------------------------------------------------------------------------------------


def _crowd(count: int, taxonomy: tuple[str, str]) -> list[dict[str, object]]:
    return [
        provider(make_npi(150_000_000 + i), state="ME", zip_code=f"04{i % 9}{i % 7:02d}1234", taxonomy=taxonomy,
                 practiceLocations=[{"address_1": "9 SIDE ST", "city": "TOWN", "state": "NH", "postal_code": "03801"}]
                 if i % 100 == 0 else [])
        for i in range(count)
    ]  # fmt: skip


def test_a_long_answer_is_parted_until_all_are_seen(world: Replay, connect: Connect, tmp_path: Path) -> None:
    people = _crowd(1300, ("208100000X", "Physical Medicine & Rehabilitation"))
    others = _crowd(1320, ("111N00000X", "Chiropractor, likes Physical Medicine & Rehabilitation"))[1300:]
    world.services["npiregistry.cms.hhs.gov"] = Registry([*people, *others])
    http = connect(world)
    text = "Physical Medicine & Rehabilitation"
    question = {"version": "2.1", "state": "ME", "limit": "999", "skip": "5000", "taxonomy_description": text}
    plain = http.get_json(nppes_api.BASE, params=question)
    assert plain["result_count"] == 200  # clamped both ways, without a word
    target = tmp_path / "all.json"
    count = nppes_api.fetch_providers(http, states=("ME",), taxonomies=("208100000X",), target=target)
    frame = read_nppes(target).frame
    assert count == len(frame) == 1300  # the text matched others too: codes are checked again
    assert frame["npi"].is_unique
    assert len(read_locations(target).frame) == 13


def test_finished_states_survive_a_break(world: Replay, connect: Connect, tmp_path: Path) -> None:
    world.services["npiregistry.cms.hhs.gov"] = Registry(
        _crowd(30, ("208100000X", "Physical Medicine & Rehabilitation"))
    )
    http = connect(world, attempts=1)
    world.fail(Fault(r"state=NH", "reset"))
    ask = {"states": ("ME", "NH"), "taxonomies": ("208100000X",), "target": tmp_path / "all.json"}
    with pytest.raises(SourceError):
        nppes_api.fetch_providers(http, **ask)  # type: ignore[arg-type]
    world.forget()
    world.fail(Fault(r"state=NH", "reset"))
    with pytest.raises(SourceError):
        nppes_api.fetch_providers(http, **ask)  # type: ignore[arg-type]
    assert not world.asked("state=ME")
    _turn_a_digit(next(tmp_path.rglob("ME-0.json")))
    assert nppes_api.fetch_providers(http, **ask) == 30  # type: ignore[arg-type]
    assert world.asked("state=ME")


def test_registry_errors_are_errors(world: Replay, connect: Connect) -> None:
    with pytest.raises(FaultyAnswerError, match="No valid search criteria"):
        connect(world).get_json(nppes_api.BASE, params={"version": "2.1"})


def test_registry_files_of_the_second_version_alone(world: Replay, connect: Connect) -> None:
    files = nppes_files.find_files(connect(world))
    assert str(nppes_files.newest(files, "monthly").day) == "2026-04-01"
    assert all("_V2" in file.url for file in files if file.kind != "deactivated")
    assert str(nppes_files.newest(files, "deactivated").day) == "2026-04-13"
    assert str(nppes_files.newest(files, "weekly").day) == "2026-04-12"


def test_monthly_archive_with_its_header_members(world: Replay, connect: Connect, tmp_path: Path) -> None:
    from deserts.sources.transport.download import Expect, download

    http = connect(world)
    file = nppes_files.newest(nppes_files.find_files(http), "monthly")
    target = tmp_path / "monthly.zip"
    download(http, file.url, target, Expect("zip"))
    assert len(read_nppes(target).frame) == 258
    assert len(read_locations(target).frame) == 95


# --- geocoder ---------------------------------------------------------------------------------------------------------


def _addresses(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [f"s{i}" for i in range(count)], "street": [f"{i} MAIN ST, STE {i}" for i in range(count)],
         "city": "BANGOR", "state": "ME", "zip": "04401"}
    )  # fmt: skip


@pytest.fixture
def coder(world: Replay) -> Geocoder:
    service = Geocoder(known={f"{i} MAIN ST": (-68.77 + i / 1000, 44.8) for i in range(40)})
    world.services["geocoding.geo.census.gov"] = service
    return service


def _geocode(world: Replay, connect: Connect, folder: Path, frame: pd.DataFrame, **more: object) -> pd.DataFrame:
    options = {"allow_addresses": True, "settings": geocoder.GeocoderSettings(batch_rows=(20, 7, 3))} | more
    return geocoder.geocode(frame, http=connect(world), folder=folder, **options)  # type: ignore[arg-type]


def test_addresses_stay_here_unless_allowed(world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path) -> None:
    with pytest.raises(NetworkForbiddenError, match="only when asked for"):
        _geocode(world, connect, tmp_path, _addresses(2), allow_addresses=False)
    assert world.log == []


def test_shuffled_batches_are_joined_by_id_and_failures_sent_again(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    coder.flaky = {"s3", "s17", "s31"}
    frame = _addresses(42)  # the last two streets are not known
    zips = pd.DataFrame({"zip": ["04401"], "lon": [-68.7], "lat": [44.9]})
    found = _geocode(world, connect, tmp_path, frame, zips=zips)
    assert list(found["id"]) == list(frame["id"])
    matched = found.iloc[:40]
    np.testing.assert_allclose(matched["lon"], -68.77 + np.arange(40) / 1000)
    assert set(matched["precision"]) == {"range"}
    assert set(matched["county_fips"]) == {"23019"}
    assert set(matched["tract"]) == {"23019005000"}
    assert list(found["precision"].iloc[40:]) == ["zip", "zip"]
    assert list(found["status"].iloc[40:]) == ["no_match", "no_match"]
    assert coder.batches == [20, 20, 2, 5, 2]  # 42, then what failed: three ties and two; then the two
    assert len(coder.singles) == 2
    asked = len(world.log)
    again = _geocode(world, connect, tmp_path, frame, zips=zips)
    pd.testing.assert_frame_equal(found, again)
    assert len(world.log) == asked  # finished batches are kept
    for path in tmp_path.rglob("*.json"):
        _turn_a_digit(path)
    coder.flaky = set()
    pd.testing.assert_frame_equal(found, _geocode(world, connect, tmp_path, frame, zips=zips))
    assert len(world.log) > asked  # what is not as it was written is asked for again


def test_a_batch_that_keeps_failing_goes_through_in_halves(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    world.fail(Fault("addressbatch", "status", times=5, status=500))
    found = _geocode(world, connect, tmp_path, _addresses(20))
    assert set(found["status"]) == {"match"}
    assert coder.batches == [10, 10]


def test_several_places_count_as_one_only_when_they_are_one(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"id": ["far", "near"], "street": ["100 ELM ST", "200 ELM ST"], "city": "X", "state": "ME",
                          "zip": "04401"})  # fmt: skip
    coder.several = {
        "100 ELM ST": [(-68.0, 44.0, "ME", "04401"), (-69.0, 44.0, "ME", "04900")],
        "200 ELM ST": [(-68.0, 44.0, "ME", "04401"), (-68.001, 44.0, "ME", "04401"), (-90.0, 40.0, "IL", "62701")],
    }
    found = _geocode(world, connect, tmp_path, frame).set_index("id")
    assert found.loc["far", "precision"] == "none"
    assert found.loc["near", "lon"] == -68.0


def test_boxes_and_nameless_streets_are_not_sent(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "street": ["PO BOX 12", "MEDICAL CENTER"], "city": "X", "state": "ME",
                          "zip": "04401"})  # fmt: skip
    assert set(_geocode(world, connect, tmp_path, frame)["status"]) == {"not_sent"}
    assert world.log == []
    with pytest.raises(InputError, match="not unique"):
        _geocode(world, connect, tmp_path, frame.assign(id="a"))


@pytest.mark.parametrize(
    ("street", "sent"),
    [
        ("123 Main St, Suite 400", "123 MAIN ST"), ("One Medical Plaza", "1 MEDICAL PLAZA"), ("P.O. Box 5", ""),
        ("1 Main St # L-3539", "1 MAIN ST"), ("10 Elm St 3rd Floor", "10 ELM ST"), ("# L-3539", ""),
        ("401 Room St", "401 ROOM ST"), ("5 Flower Ave", "5 FLOWER AVE"), ("", ""),
    ],
)  # fmt: skip
def test_streets_as_the_geocoder_understands_them(street: str, sent: str) -> None:
    assert geocoder.street_to_send(street) == sent


def test_a_batch_answer_that_is_none(world: Replay) -> None:
    with pytest.raises(FaultyAnswerError, match="batch answer holds"):
        geocoder.parse_batch(b"<html>\n", where="x")
    real = b'"3","3 Gramercy Park West, New York, NY, 10003","Match","Exact","3 GRAMERCY PARK W, NEW YORK, NY, 10003",'
    real += b'"-73.98658,40.738323","59653655","R"\n"2","79 Wistful Vista, Wistful Vista, IL, ","No_Match"\n'
    found = geocoder.parse_batch(real, where="x")
    assert found["3"]["lon"] == "-73.98658"
    assert found["2"] == {"status": "no_match"}


# --- OpenStreetMap ----------------------------------------------------------------------------------------------------


def test_extracts_are_pinned_to_their_day_with_md5(world: Replay, connect: Connect) -> None:
    extract = geofabrik.find_extract(connect(world), "ME")
    assert extract.url == "https://download.geofabrik.de/north-america/us/maine-260101.osm.pbf"
    assert len(extract.md5) == 32
    assert geofabrik.slug_of("WV") == "west-virginia"
    with pytest.raises(UnknownNameError):
        geofabrik.slug_of("PR")
    world.fail(Fault("state.txt", "body", body=b"nothing here"), Fault(".md5", "body", body=b"<no hash>"))
    for _ in range(2):
        with pytest.raises(FaultyAnswerError):
            geofabrik.find_extract(connect(world), "ME")


def test_overpass_through_osmnx(world: Replay, connect: Connect, tmp_path: Path) -> None:
    settings = HttpSettings()
    url = world.routes["https://overpass-api.de"] + "/api"
    box = (-68.81, 44.79, -68.79, 44.81)
    ask = {"cache": tmp_path / "osm", "url": url, "deadline_s": 60.0}
    world.fail(Fault("interpreter", "remark"))
    with pytest.raises(FaultyAnswerError, match="cut its answer"):
        overpass.fetch_drive_graph(box, http_settings=settings, **ask)  # type: ignore[arg-type]
    assert not list((tmp_path / "osm").rglob("*.json"))  # a cut answer does not stay in the cache
    graph = overpass.fetch_drive_graph(box, http_settings=settings, **ask)  # type: ignore[arg-type]
    assert len(graph.nodes) == 4
    asked = len(world.log)
    offline = HttpSettings(allow_network=False)
    assert len(overpass.fetch_drive_graph(box, http_settings=offline, **ask).nodes) == 4  # type: ignore[arg-type]
    assert len(world.log) == asked
    other = (-68.82, 44.79, -68.79, 44.81)
    with pytest.raises(NetworkForbiddenError):  # what is cached is another area
        overpass.fetch_drive_graph(other, http_settings=offline, **ask)  # type: ignore[arg-type]


def test_overpass_gives_up_at_the_deadline(world: Replay, tmp_path: Path) -> None:
    world.fail(Fault("api", "hang", times=99, seconds=1.5))
    with pytest.raises(SourceError, match="did not answer within"):
        overpass.fetch_drive_graph(
            (-68.81, 44.79, -68.79, 44.81), cache=tmp_path / "osm", http_settings=HttpSettings(),
            url=world.routes["https://overpass-api.de"] + "/api", deadline_s=0.5,
        )  # fmt: skip


def test_overpass_status() -> None:
    from tests.replay.osm import STATUS

    assert overpass.slots_of(STATUS) == 2
    waiting = STATUS.replace("2 slots available now.", "Slot available after: 2026-11-21T23:01:00Z, in 42 seconds.")
    assert overpass.slots_of(waiting) == 0
    with pytest.raises(FaultyAnswerError, match="too short"):
        overpass.slots_of("Rate limit: 2\n")


# --- live check -------------------------------------------------------------------------------------------------------


def test_live_check_runs_against_the_replay_and_reports(world: Replay, connect: Connect) -> None:
    import datetime as dt

    home = "4600 Silver Hill Rd"
    world.services["geocoding.geo.census.gov"] = Geocoder(
        known={home: (-76.93, 38.85)}, several={home: [(-76.93, 38.85, "DC", "20233")]}
    )
    world.services["download.geofabrik.de"] = Geofabrik({"delaware": b"x"})
    results = check_all(connect(world))
    assert [result.name for result in results] == list(CHECKS)
    fine = {result.name for result in results if result.fine}
    # The replay has no page of Medicaid, no tract codes, and Delaware's files are not parted; all else must pass.
    expected_failures = {
        "Medicaid provider spending, page", "USDA commuting area codes by tract",
        "Census legislative districts, Delaware", "Census centres of population, Delaware", "provider registry API",
    }  # fmt: skip
    assert set(CHECKS) - fine <= expected_failures
    page = report(results, day=dt.date(2026, 11, 22))
    assert page.startswith("# Live check of 2026-11-22\n")
    assert "| **no** |" in page
    assert page.count("\n| ") == len(CHECKS) + 2

"""Bringing a region's files together: cached, mirrored or fetched; locks; what is missing and what that costs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.config import Region, Settings, UserFiles
from deserts.errors import (
    InputError,
    LockMismatchError,
    MissingDataError,
    NetworkForbiddenError,
    SourceError,
    UnknownNameError,
)
from deserts.services import Service, load_service
from deserts.sources.catalogue import SOURCES
from deserts.sources.doctor import examine
from deserts.sources.fetch import Fetched, fetch, fetch_region, region_area
from deserts.sources.fetchers import Refresh
from deserts.sources.frozen import fetch_frozen
from deserts.sources.lock import read_lock, user_entries, write_lock
from deserts.sources.plan import claims_years, plan_downloads
from deserts.sources.publishers.claims import read_claims
from deserts.sources.raw import DATASETS, LockEntry, RawArea
from deserts.sources.transport.http import Http, HttpSettings
from tests.replay import Fault, Replay
from tests.replay.world import build_world

Connect = Callable[..., Http]
DAY = dt.date(2026, 11, 22)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def get(world: Replay, connect: Connect, region: Region, itb: Service, settings: Settings) -> Callable[..., Fetched]:
    """Fetch the region from the replay."""

    def run(**changes: object) -> Fetched:
        options = {"http": connect(world), "today": DAY, **changes}
        chosen = options.pop("settings", settings)
        service = options.pop("service", itb)
        return fetch(region, service, chosen, **options)  # type: ignore[arg-type]

    return run


# --- fetching ---------------------------------------------------------------------------------------------------------


def test_everything_arrives_once_with_its_facts(get: Callable[..., Fetched], world: Replay, settings: Settings) -> None:
    result = get()
    area = result.area
    assert {gap.dataset for gap in result.gaps} == {"ruca", "ma_penetration"}  # the replay has neither
    claims = area.of("claims")
    assert [entry.year for entry in claims] == [2022, 2023, 2024]
    assert all(" of 2026-05-21" in entry.version for entry in claims)
    assert [entry.rows for entry in claims] == [len(read_claims(area.folder / e.path).frame) for e in claims]
    assert all(entry.fetched_on == "2026-11-22" for entry in area.entries)
    assert {entry.licence for entry in area.of("roads")} == {"ODbL 1.0"}
    assert "OpenStreetMap" in area.of("roads")[0].attribution
    assert len(area.of("centres_block_group")) == 2
    leftovers = [p.name for p in area.folder.rglob(".*") if p.is_file() and p.name != ".busy"]
    assert leftovers == []
    world.forget()
    again = get()
    assert again.area == area
    assert world.asked("cms.gov|census|geofabrik|geonames") == []
    assert RawArea.open(area.folder).entries == area.entries
    assert region_area(Region("ME", ("ME",), ("ME", "NH"), 2020), load_service("itb"), settings) == area


def test_two_fetches_give_the_same_bytes(get: Callable[..., Fetched], tmp_path: Path) -> None:
    first = get(settings=Settings(data_dir=tmp_path / "one")).area
    second = get(settings=Settings(data_dir=tmp_path / "two")).area
    assert first.entries == second.entries
    assert (first.folder / "lock.json").read_bytes() == (second.folder / "lock.json").read_bytes()


@pytest.fixture(scope="module")
def quiet_lock(example: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The lock of a fetch that nothing disturbed."""
    region, settings = Region("ME", ("ME",), ("ME", "NH"), 2020), Settings(data_dir=tmp_path_factory.mktemp("quiet"))
    with build_world(example) as world:
        http = Http(HttpSettings(routes=world.routes, intervals_s={}, backoff_s=0.0))
        area = fetch(region, load_service("itb"), settings, http=http, today=DAY).area
    return (area.folder / "lock.json").read_bytes()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("", "reset", each=True),
        Fault("", "reset", after=0, each=True),
        Fault("", "reset", after=50, each=True),
        Fault("", "cut", after=50, each=True),
        Fault("", "status", status=500, each=True),
        Fault("", "status", status=429, each=True),
        Fault("", "status", status=429, retry_after="0", each=True),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.after}-{fault.status}-{fault.retry_after}",
)
def test_a_fault_at_every_stage_changes_nothing(
    get: Callable[..., Fetched], world: Replay, quiet_lock: bytes, fault: Fault
) -> None:
    """Every address of the whole fetch fails once: catalogues, counts, pages, indices, hashes and files."""
    world.fail(fault)
    area = get().area
    assert (area.folder / "lock.json").read_bytes() == quiet_lock
    stages = ("data.json", "/stats", "offset=0", "metastore", "NPI_Files", "registry.*skip=0", "state.txt", r"\.md5$",
              r"\.pbf$", "gazetteer", "xlsx")  # fmt: skip
    for stage in stages:
        assert len(world.asked(stage)) >= 2, stage


def test_regions_and_services_share_files_but_not_selections(
    get: Callable[..., Fetched], world: Replay, connect: Connect, settings: Settings, itb: Service
) -> None:
    both = get().area
    alone = Region("NH", ("NH",), ("NH",), 2020)
    world.forget()
    small = fetch(alone, itb, settings, http=connect(world), today=DAY).area
    assert [entry.path for entry in small.of("roads")] == [both.of("roads")[1].path]
    assert world.asked("new-hampshire|data-api") == []  # at hand already
    mohs = get(service=load_service("mohs")).area
    assert {entry.path for entry in mohs.of("claims")}.isdisjoint({entry.path for entry in both.of("claims")})
    assert region_area(Region("ME", ("ME",), ("ME", "NH"), 2020), itb, settings).of("claims") == both.of("claims")


def test_a_damaged_file_is_fetched_anew(get: Callable[..., Fetched], world: Replay) -> None:
    area = get().area
    entry = area.of("rucc")[0]
    (area.folder / entry.path).write_bytes(b"FIPS,State\n")
    world.forget()
    assert get().area == area
    assert len(world.asked("Ruralurban")) == 1


def test_when_the_api_of_rows_fails_the_whole_file_comes(
    get: Callable[..., Fetched], world: Replay, itb: Service
) -> None:
    world.fail(Fault(r"data-api.*Prov|data-api", "status", times=999, status=500))
    area = get().area
    claims = area.of("claims")
    assert [Path(entry.path).suffix for entry in claims] == [".csv"] * 3
    assert [entry.year for entry in claims] == [2022, 2023, 2024]
    # After the first failure the API is not asked again: five tries, then files.
    assert len(world.asked("data-api")) == 5
    frame = read_claims(area.folder / claims[0].path, codes=itb.codes()).frame
    assert len(frame) > 20


def test_a_file_with_fewer_rows_than_its_publisher_counts_is_refused(
    get: Callable[..., Fetched], world: Replay, settings: Settings
) -> None:
    world.fail(Fault("Hospital_General.*csv", "body", body=b"Facility ID,Facility Name\n1,A\n"))
    gaps = {gap.dataset: gap.why for gap in get().gaps}
    assert gaps["hospitals"].startswith("the file has 1 rows; it lies in ")
    lying = [
        path.relative_to(settings.data_dir / "raw/public").parts[0]
        for path in settings.data_dir.rglob("*Hospital_Gen*")
    ]
    assert lying == ["quarantine", "quarantine"]  # the body and the reason
    assert "hospitals" not in {gap.dataset for gap in get().gaps}
    world.fail(Fault("D24_Prov.csv", "body", body=b"Rndrng_NPI,Tot_Benes\n1,2\n"))
    gaps = {gap.dataset: gap.why for gap in get(also=("claims_by_provider",)).gaps}
    assert gaps["claims_by_provider"].startswith("the file has 1 rows; it lies in ")
    assert len(get(also=("claims_by_provider",)).area.of("claims_by_provider")) == 3


def test_a_publisher_who_is_down_costs_only_what_is_his(get: Callable[..., Fetched], world: Replay) -> None:
    world.fail(Fault(r"^ers\.usda|^www\.cms|^npiregistry", "status", times=999))
    result = get()
    missing = {gap.dataset: gap.costs for gap in result.gaps}
    assert {"rucc", "adequacy", "nppes", "nppes_locations"} <= set(missing)
    assert "422.116" in missing["adequacy"]
    assert result.area.of("claims")
    world.forget()
    assert {gap.dataset for gap in get().gaps} == {"ruca", "ma_penetration"}


def test_a_missing_neighbour_is_borne_but_not_the_region_itself(get: Callable[..., Fetched], world: Replay) -> None:
    world.fail(Fault("new-hampshire", "status", times=999))
    result = get()
    assert [entry.path.rsplit("/", 1)[-1] for entry in result.area.of("roads")] == ["maine-260101.osm.pbf"]
    assert "roads" in {gap.dataset for gap in result.gaps}
    world.forget()
    world.fail(Fault("/maine", "status", times=999))
    assert get().area.of("roads")  # at hand
    for entry in result.area.of("roads"):
        (result.area.folder / entry.path).unlink()
    with pytest.raises(SourceError, match=r"nothing can be computed: roads"):
        get()


def test_a_wrong_md5_is_refused(get: Callable[..., Fetched], world: Replay) -> None:
    world.services["download.geofabrik.de"].wrong_md5 = True  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match="the md5 of the file"):
        get()


def test_a_newer_release_replaces_the_older_only_when_asked(get: Callable[..., Fetched], world: Replay) -> None:
    old = get().area.of("hospitals")[0]
    world.forget()
    assert get().area.of("hospitals")[0] == old
    new = get(refresh=Refresh(older_than_days=0), today=DAY + dt.timedelta(days=1)).area.of("hospitals")
    assert len(new) == 1
    assert new[0].fetched_on == "2026-11-23"
    assert world.asked("Hospital_General")


# --- without a connection ---------------------------------------------------------------------------------------------


def test_a_mirror_alone_is_enough(example: Path, world: Replay, connect: Connect, itb: Service, tmp_path: Path) -> None:
    """The example's tree is itself a mirror; its county borders and county centres stand for finer ones."""
    http = connect(world, mirror=example, allow_network=False)
    settings = Settings(data_dir=tmp_path, files=UserFiles(roads=(next(example.rglob("*.pbf")),)))
    result = fetch(Region("ME", ("ME",), ("ME", "NH"), 2020), itb, settings, http=http, today=DAY)
    assert world.log == []
    assert [entry.year for entry in result.area.of("claims")] == [2022, 2023, 2024]
    assert result.area.of("centres_block_group")[0].path.endswith("CenPop2020_Mean_BG.txt")  # the national file
    assert result.area.of("zip_places")[0].path.endswith("US.txt")
    assert result.area.of("nppes")[0].path.endswith(".csv")
    assert result.area.of("ma_penetration")
    assert result.area.of("roads")[0].url.startswith("file:")


def test_without_connection_and_mirror_all_that_is_needed_is_named(
    world: Replay, connect: Connect, region: Region, itb: Service, settings: Settings
) -> None:
    with pytest.raises(NetworkForbiddenError) as caught:
        fetch(region, itb, settings, http=connect(world, allow_network=False), today=DAY)
    for dataset in ("claims", "county_polygons", "centres_block_group", "roads"):
        assert dataset in str(caught.value)
    assert world.log == []


@pytest.mark.shared
def test_the_shared_mirror_serves_maine(shared: Path, itb: Service, tmp_path: Path) -> None:
    files = UserFiles(
        roads=(shared / "roads/maine.osm.pbf",), claims=(shared / "claims/pump_rows_cy2012.csv",),
        directory=shared / "directory/dac_maine_slice.csv",
    )  # fmt: skip
    settings = Settings(data_dir=tmp_path, mirror=shared / "mirror", allow_network=False, files=files)
    result = fetch(Region.parse("ME"), itb, settings, today=DAY)
    assert {
        "hospitals",
        "rucc",
        "adequacy",
        "zip_places",
        "centres_county",
        "county_polygons",
        "county_population",
    } <= {entry.dataset for entry in result.area.entries}
    assert "2010" in result.area.of("county_polygons")[0].notice
    assert result.area.paths("roads") == ((shared / "roads/maine.osm.pbf").resolve(),)


# --- the user's own files and the example -----------------------------------------------------------------------------


def test_own_files_are_named_by_hash_and_never_copied(get: Callable[..., Fetched], tmp_path: Path) -> None:
    own = tmp_path / "mine_2023.csv"
    own.write_text("x")
    result = get(settings=Settings(data_dir=tmp_path / "data", files=UserFiles(claims=(own,))))
    entry = result.area.of("claims")[0]
    assert (entry.url, entry.size_bytes) == ("file:mine_2023.csv", 1)
    assert result.area.paths("claims") == (own,)
    assert not [e for e in RawArea.open(result.area.folder).entries if e.dataset == "claims"]
    with pytest.raises(MissingDataError):
        user_entries(UserFiles(directory=tmp_path / "nothing.csv"))


def test_the_example_is_checked_not_fetched(tmp_path: Path, itb: Service) -> None:
    from deserts.example import write_example

    settings = Settings(data_dir=tmp_path, allow_network=False)
    example = Region.parse("example")
    with pytest.raises(MissingDataError, match="not written"):
        fetch_region(example, itb, settings)
    area = write_example(settings)
    assert fetch_region(example, itb, settings).entries == area.entries
    lock = tmp_path / "locks/example.json"
    write_lock(lock, area)
    assert fetch_frozen(lock, example, itb, settings).entries == area.entries
    victim = area.folder / area.entries[0].path
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(InputError, match="differ from its lock"):
        fetch_region(example, itb, settings)
    with pytest.raises(LockMismatchError, match="1 inputs differ"):
        fetch_frozen(lock, example, itb, settings)


# --- plan -------------------------------------------------------------------------------------------------------------


def test_plan_needs_no_connection_and_names_known_datasets(itb: Service, settings: Settings) -> None:
    for name in ("ME", "US", "AK", "NH-VT"):
        needs = plan_downloads(Region.parse(name), itb, settings, today=DAY)
        assert {need.dataset for need in needs} <= set(DATASETS)
        assert {need.dataset for need in needs} <= set(SOURCES)
        assert {need.dataset for need in needs if need.required} >= {"claims", "county_polygons", "roads"}
    roads = next(n for n in plan_downloads(Region.parse("ME"), itb, settings, today=DAY) if n.dataset == "roads")
    assert [item.key for item in roads.items if item.essential] == ["ME"]
    assert claims_years(itb, today=dt.date(2026, 5, 1)) == (2021, 2022, 2023)
    assert claims_years(itb, today=dt.date(2026, 6, 1)) == (2022, 2023, 2024)
    extra = plan_downloads(Region.parse("ME"), itb, settings, today=DAY, also=("medicaid", "claims_by_provider"))
    assert {need.dataset for need in extra} >= {"medicaid", "claims_by_provider"}
    with pytest.raises(UnknownNameError):
        plan_downloads(Region.parse("ME"), itb, settings, also=("weather",))


def test_own_files_take_the_place_of_downloads(itb: Service, tmp_path: Path) -> None:
    one = tmp_path / "x"
    files = UserFiles((one,), (one,), one, one, one, one)
    needs = plan_downloads(Region.parse("ME"), itb, Settings(files=files), today=DAY)
    left = {need.dataset for need in needs}
    assert left.isdisjoint({"roads", "claims", "directory", "county_polygons", "zip_places"})
    assert not next(need for need in needs if need.dataset == "centres_block_group").required


def test_every_dataset_has_its_facts() -> None:
    assert set(SOURCES) | {"demand"} == set(DATASETS)
    assert all(source.use and source.missing_costs and source.licence for source in SOURCES.values())
    assert {source.checked for source in SOURCES.values()} <= {"recorded", "documented", "unverified"}


# --- locks ------------------------------------------------------------------------------------------------------------


def _frozen(lock: Path, region: Region, itb: Service, settings: Settings, http: Http) -> RawArea:
    return fetch_frozen(lock, region, itb, settings, http=http)


def test_a_frozen_run_takes_the_very_bytes_and_refuses_others(
    get: Callable[..., Fetched], world: Replay, connect: Connect, region: Region, itb: Service, tmp_path: Path,
    settings: Settings,
) -> None:  # fmt: skip
    area = get().area
    lock = tmp_path / "locks/x.json"
    assert write_lock(lock, area) == len(area.entries)
    assert str(tmp_path) not in lock.read_text()
    assert _frozen(lock, region, itb, settings, connect(world)).entries == area.entries

    # On another machine everything comes anew and must be the same.
    other = Settings(data_dir=tmp_path / "elsewhere")
    assert _frozen(lock, region, itb, other, connect(world)).entries == area.entries
    assert region_area(region, itb, other).entries == area.entries

    # A publisher has replaced a file, another one is damaged here: both are named, nothing is taken.
    third = Settings(data_dir=tmp_path / "third")
    world.services["ers.usda.gov"].more[
        "/sites/default/files/_laserfiche/DataFiles/53251/Ruralurbancontinuumcodes2023.csv"
    ] = (  # type: ignore[attr-defined]
        b"FIPS,State,County_Name,Attribute,Value\n"
    )
    with pytest.raises(LockMismatchError, match=r"1 inputs differ.*cannot be had as it was"):
        _frozen(lock, region, itb, third, connect(world))
    workbook = area.folder / area.of("adequacy")[0].path
    workbook.write_bytes(workbook.read_bytes() + b"x")
    with pytest.raises(LockMismatchError, match="ma_reference") as caught:
        _frozen(lock, region, itb, settings, connect(world))
    assert "bytes, the lock says" in str(caught.value)
    assert caught.value.exit_code == 6


def test_own_files_must_be_those_of_the_lock(
    tmp_path: Path, itb: Service, region: Region, connect: Connect, world: Replay
) -> None:
    own = tmp_path / "mine_2023.csv"
    own.write_text("x")
    given = Settings(data_dir=tmp_path / "data", files=UserFiles(claims=(own,)))
    lock = tmp_path / "l.json"
    write_lock(lock, RawArea(tmp_path, user_entries(given.files)))
    assert json.loads(lock.read_text())["entries"][0]["path"] == "file:mine_2023.csv"
    assert _frozen(lock, region, itb, given, connect(world)).of("claims")[0].sha256 == read_lock(lock)[0].sha256
    with pytest.raises(LockMismatchError, match="was not given"):
        _frozen(lock, region, itb, dataclasses.replace(given, files=UserFiles()), connect(world))
    own.write_text("y")
    with pytest.raises(LockMismatchError, match="sha256"):
        _frozen(lock, region, itb, given, connect(world))


def test_locks_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError):
        read_lock(tmp_path / "no.json")
    for text in ("{", '{"entries": [{"path": 1}]}', "[]"):
        (tmp_path / "l.json").write_text(text)
        with pytest.raises(InputError, match="damaged"):
            read_lock(tmp_path / "l.json")
    entry = LockEntry("a", "weather", "https://a/b", "2026-01-01", 1, "0")
    (tmp_path / "l.json").write_text(json.dumps({"entries": [dataclasses.asdict(entry)]}))
    with pytest.raises(InputError, match="unknown datasets"):
        read_lock(tmp_path / "l.json")
    with pytest.raises(MissingDataError, match="no raw files"):
        write_lock(tmp_path / "x.json", RawArea(tmp_path))


def test_an_area_keeps_two_datasets_of_one_file(tmp_path: Path) -> None:
    one = LockEntry("a.zip", "nppes", "https://a/b", "2026-01-01", 1, "0")
    two = dataclasses.replace(one, dataset="nppes_locations")
    area = RawArea(tmp_path).adding([two, one])
    area.save()
    assert RawArea.open(tmp_path).entries == (one, two)
    newer = dataclasses.replace(one, sha256="1")
    assert area.adding([newer]).of("nppes") == (newer,)


# --- doctor and commands ----------------------------------------------------------------------------------------------


def test_doctor_tells_cached_old_damaged_mirrored_and_missing(
    get: Callable[..., Fetched], world: Replay, connect: Connect, region: Region, itb: Service, settings: Settings,
    example: Path,
) -> None:  # fmt: skip
    before = {f.dataset: f for f in examine(region, itb, settings, http=connect(world, mirror=example), today=DAY)}
    assert before["hospitals"].state == "mirrored"
    assert before["districts"].reachable is True
    assert before["roads"].state == "missing"
    area = get().area
    rucc = area.folder / area.of("rucc")[0].path
    rucc.write_bytes(b"x")
    world.fail(Fault("^download.geonames", "status", times=99))
    after = {f.dataset: f for f in examine(region, itb, settings, http=connect(world), today=DAY)}
    assert (after["claims"].state, after["claims"].files, after["claims"].newest) == ("cached", 3, "2026-11-22")
    assert after["rucc"].state == "damaged"
    assert after["ruca"].state == "missing"
    assert "rurality" in after["ruca"].costs
    assert after["zip_places"].reachable is False
    later = {f.dataset: f for f in examine(region, itb, settings, http=connect(world, allow_network=False),
                                           today=DAY + dt.timedelta(days=91))}  # fmt: skip
    assert later["hospitals"].state == "old"
    assert later["claims"].state == "cached"  # renewed once a year
    assert later["claims"].reachable is None


def test_commands(tmp_path: Path) -> None:
    from deserts.example import write_example

    runner, app = CliRunner(), build_app()
    write_example(Settings(data_dir=tmp_path))
    listed = runner.invoke(app, ["source", "list"])
    assert listed.exit_code == 0
    assert "ODbL 1.0" in listed.stdout
    assert "CC BY 4.0" in listed.stdout
    assert len(json.loads(runner.invoke(app, ["source", "list", "--json"]).stdout)) == len(SOURCES)
    looked = runner.invoke(app, ["doctor", "--data", str(tmp_path), "--today", "2026-11-22"])
    assert looked.exit_code == 0
    assert "missing" not in looked.stdout
    other = runner.invoke(app, ["doctor", "--region", "ME", "--no-network", "--data", str(tmp_path), "--json"])
    assert {finding["state"] for finding in json.loads(other.stdout)} == {"missing"}
    locked = runner.invoke(app, ["source", "lock", "ex", "--data", str(tmp_path), "--folder", str(tmp_path / "locks")])
    assert locked.exit_code == 0
    assert len(read_lock(tmp_path / "locks/ex.json")) == len(RawArea.open(tmp_path / "raw/example").entries)
    refused = runner.invoke(app, ["source", "lock", "../ex", "--data", str(tmp_path)])
    assert isinstance(refused.exception, InputError)
    more = ["stage", "data", "--region", "ME", "--no-network", "--data", str(tmp_path), "--also"]
    assert isinstance(runner.invoke(app, [*more, "weather"]).exception, UnknownNameError)
    assert isinstance(runner.invoke(app, [*more, "medicaid"]).exception, NetworkForbiddenError)
    live = runner.invoke(
        app, ["source", "live-check", "--no-network", "--data", str(tmp_path), "--today", "2026-11-22"]
    )
    assert isinstance(live.exception, SourceError)
    assert (tmp_path / "live-check/2026-11-22.md").read_text().startswith("# Live check of 2026-11-22")

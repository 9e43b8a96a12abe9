"""A file is looked at before it is recorded, the version before is kept, compared and brought back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.config import Region, Settings
from deserts.errors import DamagedDataError, FaultyAnswerError, InputError, MissingDataError, SourceError
from deserts.services import Service
from deserts.sources import accept
from deserts.sources.accept import QUARANTINE, refuse_implausible, rows_of
from deserts.sources.fetch import Fetched, fetch, region_area
from deserts.sources.fetchers import Refresh
from deserts.sources.lock import differences
from deserts.sources.raw import LockEntry, RawArea
from deserts.sources.versions import changes, keep_version, previous_of, roll_back, undo_cut_swaps
from deserts.store import sha256_of
from tests.replay import Replay
from tests.replay.server import Answer, Asked

DAY = dt.date(2026, 11, 22)
LATER = dt.date(2027, 2, 1)
ANEW = Refresh(datasets=frozenset({"hospitals"}))


@pytest.fixture
def get(world: Replay, connect, region: Region, itb: Service, tmp_path: Path) -> Callable[..., Fetched]:
    def run(**options: object) -> Fetched:
        options = {"today": DAY, **options}
        return fetch(region, itb, Settings(data_dir=tmp_path / "data"), http=connect(world), **options)  # type: ignore[arg-type]

    return run


def serve(world: Replay, pattern: str, body: bytes | Callable[[bytes], bytes]) -> None:
    """Let a publisher answer some addresses with another body."""
    host = next(host for host in world.services if pattern.startswith(host))
    inner = world.services[host]

    def service(asked: Asked) -> Answer:
        found = inner(asked)
        if pattern.removeprefix(host) in asked.path and found.status < 400 and asked.path.endswith(".csv"):
            changed = body(found.body) if callable(body) else body
            return dataclasses.replace(found, body=changed, is_file=False)
        return found

    world.services[host] = service


ERROR_PAGES = {
    "words": b"The service is temporarily unavailable. Please try again later.\n",
    "json": b'{"error": {"code": 503, "message": "backend down"}}',
    "s3": b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code></Error>\n',
    "lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "html": b"<html><body>Maintenance</body></html>",
    "header-only": b"Facility ID,Facility Name,Address,City/Town,State,ZIP Code\n",
    "empty": b"",
    "other-table": b"a,b,c\n1,2,3\n",
}


@pytest.mark.parametrize("kind", sorted(ERROR_PAGES))
def test_no_error_page_passes_for_a_file_of_any_dataset(example: Path, tmp_path: Path, kind: str) -> None:
    for entry in RawArea.open(example).entries:
        place = tmp_path / Path(entry.path).name
        place.write_bytes(ERROR_PAGES[kind])
        new = dataclasses.replace(entry, size_bytes=place.stat().st_size, rows=1)
        with pytest.raises(FaultyAnswerError):
            refuse_implausible(place, new, entry, mirrored=False)


def test_an_error_page_is_never_recorded_and_the_next_fetch_asks_again(get, world: Replay) -> None:
    before = dict(world.services)
    serve(world, "data.cms.gov/provider-data", ERROR_PAGES["words"])
    first = get()
    assert not first.area.of("hospitals")
    assert "hospitals" in {gap.dataset for gap in first.gaps}
    world.services.update(before)
    assert get().area.of("hospitals")


def test_a_refused_refresh_leaves_the_old_version_in_use_with_a_notice(
    get, world: Replay, region, itb, tmp_path
) -> None:
    old = get().area.of("hospitals")[0]
    folder = tmp_path / "data/raw/public"
    body = (folder / old.path).read_bytes()
    before = dict(world.services)
    serve(world, "data.cms.gov/provider-data", ERROR_PAGES["words"])
    result = get(refresh=ANEW, today=LATER)
    assert [dataset for dataset, _ in result.kept] == ["hospitals"]
    now = result.area.of("hospitals")[0]
    assert (now.sha256, (folder / now.path).read_bytes()) == (old.sha256, body)
    assert now.caveat == f"hospitals: the refresh of {LATER} failed, the version of {old.fetched_on} is used"
    refused = next((folder / QUARANTINE / LATER.isoformat()).rglob("*.reason.json"))
    assert "the file has 0 rows" in json.loads(refused.read_text())["reason"]
    assert refused.with_name(refused.name.removesuffix(".reason.json")).read_bytes() == ERROR_PAGES["words"]
    world.services.update(before)
    renewed = get(refresh=ANEW, today=LATER).area.of("hospitals")[0]
    assert (renewed.caveat, renewed.fetched_on) == ("", LATER.isoformat())


def test_a_publisher_who_is_down_costs_no_file_that_is_there(get, world: Replay) -> None:
    from tests.replay import Fault

    old = get().area.of("hospitals")[0]
    world.fail(Fault("provider-data", "status", times=99))
    result = get(refresh=ANEW, today=LATER)
    assert result.area.of("hospitals")[0].sha256 == old.sha256
    assert [dataset for dataset, _ in result.kept] == ["hospitals"]


def doubled(body: bytes) -> bytes:
    """Return a table with every row twice, under another identifier."""
    head, rest = body.split(b"\n", 1)
    more = b"\n".join(b"9" + line for line in rest.splitlines() if line)
    return head + b"\n" + rest + more + b"\n"


def test_a_leap_is_refused_unless_it_is_accepted(get, world: Replay, monkeypatch) -> None:
    monkeypatch.setattr(accept, "_SMALL", 2)
    old = get().area.of("hospitals")[0]
    serve(world, "data.cms.gov/provider-data", doubled)
    kept = get(refresh=ANEW, today=LATER)
    assert kept.area.of("hospitals")[0].sha256 == old.sha256
    assert "the one before had" in kept.kept[0][1]
    taken = get(refresh=dataclasses.replace(ANEW, accept=True), today=LATER)
    assert taken.area.of("hospitals")[0].sha256 != old.sha256
    assert not taken.kept


def test_the_version_before_is_kept_compared_and_brought_back(get, world: Replay, region, itb, tmp_path) -> None:
    folder = tmp_path / "data/raw/public"
    wish = Refresh(datasets=frozenset({"directory"}))
    old = get().area.of("directory")[0]
    old_body = (folder / old.path).read_bytes()
    lines = old_body.splitlines(keepends=True)
    gone = lines[1].split(b",")[0].strip(b'"').decode()
    npis = {line.split(b",")[0].strip(b'"').decode() for line in lines[1:]}
    serve(world, "data.cms.gov/provider-data/sites", lambda body: b"".join(body.splitlines(keepends=True)[:1] + [
        line for line in body.splitlines(keepends=True)[1:] if not line.startswith(gone.encode())]))  # fmt: skip
    new = get(refresh=wish, today=LATER).area.of("directory")[0]
    assert new.sha256 != old.sha256
    assert previous_of(folder)[new.path].sha256 == old.sha256
    change = next(change for change in changes(folder) if change.dataset == "directory")
    assert (change.gained, change.lost) == ((), (gone,))
    assert gone in npis
    assert change.rows is not None
    assert change.rows < change.rows_before

    shown = CliRunner().invoke(
        build_app(), ["source", "changes", "directory", "--region", "ME", "--data", str(tmp_path / "data")]
    )
    assert f"clinicians lost: 1 ({gone})" in shown.stdout
    for version in (new.path, previous_of(folder)[new.path].path):  # neither is compared when it is not as it came
        whole = (folder / version).read_bytes()
        (folder / version).write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
        with pytest.raises(DamagedDataError, match="the file is damaged"):
            changes(folder, ["directory"])
        (folder / version).write_bytes(whole)
    back = roll_back(folder, ["directory"], day="2027-02-02")
    assert back[0].sha256 == old.sha256
    assert (folder / back[0].path).read_bytes() == old_body
    used = region_area(region, itb, Settings(data_dir=tmp_path / "data")).of("directory")[0]
    assert used.sha256 == old.sha256
    assert "rolled back on 2027-02-02" in used.caveat
    again = roll_back(folder, ["directory"], day="2027-02-03")
    assert again[0].sha256 == new.sha256 == sha256_of(folder / again[0].path)
    with pytest.raises(MissingDataError, match="no earlier version of rucc"):
        roll_back(folder, ["rucc"], day="2027-02-03")


@pytest.mark.parametrize("renames", [0, 1, 2, 3])
def test_a_rollback_that_is_killed_can_be_asked_for_again(tmp_path, renames: int) -> None:
    folder, place = tmp_path, tmp_path / "host/d.csv"
    place.parent.mkdir()
    entries = []
    for words, day in (("old", "2026-01-01"), ("newer", "2026-02-01")):
        came = folder / "came.csv"
        came.write_text(words)
        entry = LockEntry("host/d.csv", "directory", "https://host/d.csv", day, len(words), sha256_of(came))
        if entries:
            keep_version(folder, entries[-1], entry)
        came.replace(place)
        RawArea.open(folder).adding([entry]).save()
        entries.append(entry)
    child = os.fork()
    if child == 0:
        rename, done = Path.rename, []

        def count(self: Path, target: Path) -> Path:
            if len(done) == renames:
                os._exit(9)
            done.append(target)
            return rename(self, target)

        Path.rename = count  # type: ignore[method-assign]
        RawArea.save = lambda _self: os._exit(9)  # type: ignore[method-assign]
        roll_back(folder, ["directory"], day="2026-03-01")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    undo_cut_swaps(folder)  # as every fetch does
    assert differences(RawArea.open(folder).entries, folder) == []
    assert (place.read_text(), (folder / "previous/host/d.csv").read_text()) == ("newer", "old")
    assert roll_back(folder, ["directory"], day="2026-03-01")[0].sha256 == entries[0].sha256
    assert (place.read_text(), (folder / "previous/host/d.csv").read_text()) == ("old", "newer")


def test_a_refresh_without_datasets_renews_what_has_grown_old_by_its_own_age(get, world: Replay) -> None:
    get()
    world.forget()
    get(refresh=Refresh(), today=DAY + dt.timedelta(days=40))
    assert world.asked("DAC_National")  # renewed every month
    assert not world.asked("Hospital_General")  # every quarter
    assert not world.asked("CenPop")  # once in ten years
    world.forget()
    get(refresh=Refresh(older_than_days=30), today=DAY + dt.timedelta(days=80))
    assert world.asked("Hospital_General")
    assert world.asked("CenPop")


def test_equal_bytes_are_no_new_version(get, tmp_path) -> None:
    old = get().area.of("hospitals")[0]
    new = get(refresh=ANEW, today=LATER).area.of("hospitals")[0]
    assert new == dataclasses.replace(old, fetched_on=LATER.isoformat())
    assert not [path for path in previous_of(tmp_path / "data/raw/public") if "Hospital" in path]


def test_nothing_is_left_behind_when_all_has_gone_well(get, tmp_path) -> None:
    get()
    names = {path.name for path in (tmp_path / "data/raw/public").iterdir()}
    assert not names & {"incoming", QUARANTINE, "previous"}


def test_floors_of_national_files(example: Path, monkeypatch) -> None:
    monkeypatch.setattr(accept, "LEAST_ROWS", {"hospitals": 4000})
    path = next(example.rglob("Hospital_General_Information.csv"))
    entry = LockEntry(path.name, "hospitals", "https://a/b.csv", "2026-01-01", path.stat().st_size, "0")
    with pytest.raises(FaultyAnswerError, match="at least 4,000"):
        refuse_implausible(path, entry, None, mirrored=False)
    assert refuse_implausible(path, entry, None, mirrored=True)  # a mirror is the user's own, cut as they like


def test_every_file_of_the_example_is_of_its_layout(example: Path) -> None:
    for entry in RawArea.open(example).entries:
        rows = rows_of(example / entry.path, entry.dataset)
        assert rows is None or rows > 0


def test_the_command_says_what_it_cannot_do() -> None:
    run = CliRunner().invoke
    assert isinstance(run(build_app(), ["source", "refresh", "--region", "example"]).exception, InputError)
    assert isinstance(run(build_app(), ["source", "refresh", "weather", "--region", "ME"]).exception, LookupError)
    wrong = run(build_app(), ["source", "refresh", "--region", "ME", "--older-than", "soon"]).exception
    assert isinstance(wrong, InputError)


def test_the_command_renews_and_leaves_with_a_code_when_something_stays(tmp_path, monkeypatch) -> None:
    told = Fetched(RawArea(tmp_path / "raw/public"), (), (("hospitals", "the file has 3 rows"),))
    monkeypatch.setattr("deserts.sources.fetch.fetch", lambda *_args, **_options: told)
    done = CliRunner().invoke(build_app(), ["source", "refresh", "--region", "ME", "--data", str(tmp_path)])
    assert isinstance(done.exception, SourceError)
    assert "KEPT as it was: the file has 3 rows" in done.output

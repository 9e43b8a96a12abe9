"""What can go wrong on the wire, over real sockets: the bytes of an undisturbed run, or a clear refusal."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import resource
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from pathlib import Path

import pytest

from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError, SourceError
from deserts.sources.readers.textfile import MAX_RATIO, member_names, open_binary
from deserts.sources.transport.download import Downloaded, Expect, adopt, download, forget_state
from deserts.sources.transport.http import Http, HttpSettings, raw_path
from tests.replay import Fault, Replay
from tests.replay.world import Files

Connect = Callable[..., Http]
URL = "https://files.test/big.csv"
BODY = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(60_000))


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Replay]:
    """One host with one file of three quarters of a megabyte, an archive, and some JSON."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("big.csv"), BODY)
    bodies = {"/big.csv": BODY, "/big.zip": packed.getvalue(), "/small.json": b'{"a": 1}'}
    with Replay({"files.test": Files(tmp_path, bodies)}) as replay:
        yield replay


# --- the session ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_failing_server_is_asked_again(files: Replay, connect: Connect, status: int) -> None:
    files.fail(Fault("small", "status", times=2, status=status))
    assert connect(files).get_json("https://files.test/small.json") == {"a": 1}
    assert len(files.log) == 3


def test_retries_are_bounded_and_pauses_double(files: Replay) -> None:
    pauses: list[float] = []
    http = Http(HttpSettings(routes=files.routes, intervals_s={}, attempts=4, backoff_s=1.0), sleep=pauses.append)
    files.fail(Fault("small", "status", times=99))
    with pytest.raises(SourceError, match="failed 4 times, last: status 503"):
        http.get_json("https://files.test/small.json")
    assert pauses == [1, 2, 4]
    assert len(files.log) == 4


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_obeyed_in_both_forms(files: Replay, as_date: bool) -> None:
    pauses: list[float] = []
    http = Http(HttpSettings(routes=files.routes, intervals_s={}, backoff_s=0.0), sleep=pauses.append)
    later = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30), usegmt=True) if as_date else "30"
    files.fail(Fault("small", "status", status=429, retry_after=later))
    http.get_json("https://files.test/small.json")
    assert 25 <= max(pauses) <= 30


def test_a_publisher_who_asks_for_an_hour_is_believed(files: Replay, connect: Connect) -> None:
    files.fail(Fault("small", "status", status=429, retry_after="3600"))
    with pytest.raises(SourceError, match="asks to wait 3600 seconds"):
        connect(files).get_json("https://files.test/small.json")
    assert len(files.log) == 1


def test_requests_to_one_host_keep_their_distance(files: Replay) -> None:
    pauses: list[float] = []
    http = Http(HttpSettings(routes=files.routes, intervals_s={"files.test": 5.0}), sleep=pauses.append)
    for _ in range(3):
        http.get_json("https://files.test/small.json")
    assert len(pauses) == 2
    assert min(pauses) > 4


def test_who_asks_is_named(files: Replay, connect: Connect) -> None:
    seen: list[str] = []
    inner = files.services["files.test"]

    def service(asked):  # type: ignore[no-untyped-def]
        seen.append(asked.headers.get("User-Agent", ""))
        return inner(asked)

    files.services["files.test"] = service
    connect(files).get_json("https://files.test/small.json")
    assert seen[0].startswith("deserts/")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("small", "html"), "web page"),
        (Fault("small", "body", body=b'{"Errors": [{"description": "No valid search criteria"}]}'), "No valid search"),
        (Fault("small", "remark"), "incomplete: runtime error"),
        (Fault("small", "bomb"), "unpacks without end"),
        (Fault("small", "status", status=404), "no such file"),
        (Fault("small", "status", status=400), "status 400"),
    ],
)
def test_answers_that_are_none_are_refused_at_once(files: Replay, connect: Connect, fault: Fault, words: str) -> None:
    files.fail(fault)
    with pytest.raises(FaultyAnswerError, match=words):
        connect(files).get_json("https://files.test/small.json")
    assert len(files.log) == 1


def test_json_that_ends_early_is_asked_for_again(files: Replay, connect: Connect) -> None:
    files.fail(Fault("small", "body", body=b'{"a": '), Fault("small", "quiet", after=3))
    assert connect(files).get_json("https://files.test/small.json") == {"a": 1}
    assert len(files.log) == 3
    files.fail(Fault("small", "body", times=9, body=b"never any JSON"))
    with pytest.raises(SourceError, match="failed 5 times, last: the answer is no JSON"):
        connect(files).get_json("https://files.test/small.json")


def test_population_api_without_a_key_says_so(world: Replay, connect: Connect) -> None:
    http = connect(world)
    with pytest.raises(FaultyAnswerError, match="web page") as caught:
        http.get_json("https://api.census.gov/data/2023/acs/acs5", params={"get": "NAME"})
    assert "key" in str(caught.value)
    assert http.get_json("https://api.census.gov/data/2023/acs/acs5", params={"key": "x"})[0][0] == "NAME"


def test_a_host_without_connection_is_given_up_for_the_run(connect: Connect) -> None:
    with Replay({"gone.test": Files(Path("/nonexistent"))}) as replay:
        routes = replay.routes
    pauses: list[float] = []
    http = Http(HttpSettings(routes=routes, intervals_s={}, attempts=9), sleep=pauses.append)
    for _ in range(3):
        with pytest.raises(SourceError, match="no connection"):
            http.get_bytes("https://gone.test/x")
    assert len(pauses) == 2  # three tries the first time, none later


def test_no_network_means_none(files: Replay, connect: Connect, tmp_path: Path) -> None:
    http = connect(files, allow_network=False)
    with pytest.raises(NetworkForbiddenError, match="neither in the cache nor in the mirror") as caught:
        http.get_bytes(URL)
    assert "files.test/big.csv" in str(caught.value)
    with pytest.raises(NetworkForbiddenError):
        download(http, URL, tmp_path / "x.csv", Expect())
    assert files.log == []
    assert list(tmp_path.iterdir()) == []


def test_the_mirror_is_asked_first(files: Replay, connect: Connect, tmp_path: Path) -> None:
    place = tmp_path / "mirror/files.test/big.csv"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"a,b\n1,2\n")
    http = connect(files, mirror=tmp_path / "mirror", allow_network=False)
    digest = download(http, URL, tmp_path / "out.csv", Expect()).sha256
    assert digest == hashlib.sha256(place.read_bytes()).hexdigest()
    assert http.get_bytes(URL) == place.read_bytes()
    assert files.log == []


@pytest.mark.parametrize(
    "url", ["https://a.test/../x", "https://a.test/%2e%2e/x", "https://a.test/a/..%2f..%2fx", "file:///etc/passwd"]
)
def test_addresses_never_lead_out_of_the_area(url: str) -> None:
    with pytest.raises(InputError):
        raw_path(url)


# --- downloads --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault("big", "reset"),
        Fault("big", "reset", after=0),
        Fault("big", "reset", after=100_000),
        Fault("big", "reset", after=len(BODY) - 1),
        Fault("big", "cut", after=250_000),
        Fault("big", "status", status=500),
        Fault("big", "hang", seconds=3.0),
        Fault("big", "reset", after=100_000, times=3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.after}-{fault.times}",
)
def test_after_any_break_the_bytes_are_those_of_a_quiet_run(
    files: Replay, connect: Connect, tmp_path: Path, fault: Fault
) -> None:
    files.fail(dataclasses.replace(fault, met=Counter()))
    target = tmp_path / "big.csv"
    digest = download(connect(files), URL, target, Expect()).sha256
    assert target.read_bytes() == BODY
    assert digest == hashlib.sha256(BODY).hexdigest()
    if fault.after:  # what had come was not fetched again
        ranges = [asked for _, _, asked in files.log if asked]
        assert len(ranges) == fault.times
        assert all(int(asked.split("=")[1].rstrip("-")) > 0 for asked in ranges)


def test_a_broken_run_goes_on_where_it_stopped(files: Replay, connect: Connect, tmp_path: Path) -> None:
    target = tmp_path / "big.csv"
    files.fail(Fault("big", "reset", after=300_000, times=2))
    with pytest.raises(SourceError):
        download(connect(files, attempts=1), URL, target, Expect())
    assert not target.exists()  # a part is never taken for the whole
    part = tmp_path / ".big.csv.part"
    had = part.stat().st_size
    assert 0 < had <= 300_000
    files.forget()
    download(connect(files), URL, target, Expect())
    assert target.read_bytes() == BODY
    assert files.log[0][2] == f"bytes={had}-"


def test_a_file_that_changed_meanwhile_is_fetched_whole(files: Replay, connect: Connect, tmp_path: Path) -> None:
    target = tmp_path / "big.csv"
    files.fail(Fault("big", "reset", after=300_000))
    with pytest.raises(SourceError):
        download(connect(files, attempts=1), URL, target, Expect())
    changed = BODY.replace(b"1,1\n", b"1,9\n")
    files.services["files.test"].more["/big.csv"] = changed  # type: ignore[attr-defined]
    download(connect(files), URL, target, Expect())
    assert target.read_bytes() == changed


def test_a_part_that_is_already_whole_is_not_stuck(files: Replay, connect: Connect, tmp_path: Path) -> None:
    target = tmp_path / "big.csv"
    files.fail(Fault("big", "reset", after=len(BODY) - 1))
    with pytest.raises(SourceError):
        download(connect(files, attempts=1), URL, target, Expect())
    with (tmp_path / ".big.csv.part").open("ab") as stream:  # killed between the last byte and the move
        stream.write(BODY[stream.tell() :])
    download(connect(files), URL, target, Expect())
    assert target.read_bytes() == BODY


def test_a_finished_file_is_not_fetched_again_before_the_lock_names_it(
    files: Replay, connect: Connect, tmp_path: Path
) -> None:
    target = tmp_path / "big.csv"
    digest = download(connect(files), URL, target, Expect()).sha256
    assert adopt(target, URL) == Downloaded(digest)
    assert not adopt(target, "https://files.test/other.csv")
    target.write_bytes(BODY[:-1])
    assert not adopt(target, URL)
    forget_state(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["big.csv"]


def test_a_slow_trickle_is_broken_off_and_resumed(files: Replay, connect: Connect, tmp_path: Path) -> None:
    files.fail(Fault("big", "trickle", rate=2000))
    http = connect(files, stall_s=0.4, stall_bytes_per_s=10_000.0)
    target = tmp_path / "big.csv"
    download(http, URL, target, Expect())
    assert target.read_bytes() == BODY
    assert len(files.log) == 2
    assert files.log[1][2].startswith("bytes=")


@pytest.mark.parametrize(
    ("fault", "expect", "words"),
    [
        (Fault("big", "html"), Expect(), "web page"),
        (Fault("big", "body", body=b"  \n"), Expect(), "empty"),
        (Fault("big", "body", body=b"%PDF-1.7"), Expect("zip"), "begins with b'%PDF"),
        (Fault("big", "body", body=b"PK\x03\x04 no members"), Expect("zip"), "archive is not usable"),
        (Fault("big", "body", body=b"\x00\x00\x00\x0dsomething"), Expect("pbf"), "not what it should be"),
        (Fault("nothing", "reset"), Expect(md5="0" * 32), "the md5 of the file is"),
        (Fault("nothing", "reset"), Expect(sha256="0" * 64), "the sha256 of the file is"),
        (Fault("nothing", "reset"), Expect(size_bytes=5), "the size in bytes"),
    ],
)
def test_wrong_content_is_deleted(
    files: Replay, connect: Connect, tmp_path: Path, fault: Fault, expect: Expect, words: str
) -> None:
    files.fail(fault)
    with pytest.raises(FaultyAnswerError, match=words):
        download(connect(files), URL, tmp_path / "big.csv", expect)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", [0, 5, 200_000, len(BODY) - 2])
def test_a_text_that_ends_early_without_a_sign_is_completed(
    files: Replay, connect: Connect, tmp_path: Path, after: int
) -> None:
    """Neither a length nor pieces, and the connection closes as if all had come: what follows is asked for."""
    files.fail(Fault("big", "quiet", after=after))
    download(connect(files), URL, tmp_path / "big.csv", Expect())
    assert (tmp_path / "big.csv").read_bytes() == BODY
    assert [asked for _, _, asked in files.log if asked] == [f"bytes={after}-"] * 2 if after else True


def test_a_whole_text_without_a_sign_is_taken(files: Replay, connect: Connect, tmp_path: Path) -> None:
    files.fail(Fault("big", "quiet", after=None))
    download(connect(files), URL, tmp_path / "big.csv", Expect())
    assert (tmp_path / "big.csv").read_bytes() == BODY
    assert len(files.log) == 2  # the file, and the question whether anything follows


@pytest.mark.parametrize(("after", "is_noticed"), [(BODY.rindex(b","), True), (BODY.rindex(b"\n", 0, -1) + 1, False)])
def test_a_publisher_who_sends_no_parts_is_judged_by_the_last_line(
    files: Replay, connect: Connect, tmp_path: Path, after: int, is_noticed: bool
) -> None:
    """A cut between two lines cannot be seen here; counts of rows, where a publisher gives them, see it."""
    files.parts = False
    files.fail(Fault("big", "quiet", after=after, times=99))
    if is_noticed:
        with pytest.raises(SourceError, match="the file ends before its end, 3 times"):
            download(connect(files, attempts=3), URL, tmp_path / "big.csv", Expect())
        assert not (tmp_path / "big.csv").exists()
    else:
        download(connect(files), URL, tmp_path / "big.csv", Expect())


def test_an_archive_that_ends_early_without_a_sign_is_noticed(files: Replay, connect: Connect, tmp_path: Path) -> None:
    files.parts = False
    files.fail(Fault("big", "quiet", after=200_000, times=99))
    with pytest.raises(FaultyAnswerError, match="archive"):
        download(connect(files), "https://files.test/big.zip", tmp_path / "big.zip", Expect("zip"))
    assert list(tmp_path.iterdir()) == []


_NO_ROOM = """
import resource, sys
from pathlib import Path
from deserts.errors import SourceError
from deserts.sources.transport.download import Downloaded, Expect, download
from deserts.sources.transport.http import Http, HttpSettings
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
http = Http(HttpSettings(routes={"https://files.test": sys.argv[1]}, intervals_s={}))
try:
    download(http, "https://files.test/big.csv", Path(sys.argv[2]), Expect())
except SourceError as error:
    print(error)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit on the size of files")
def test_no_room_is_said_and_what_came_is_kept(files: Replay, connect: Connect, tmp_path: Path) -> None:
    target = tmp_path / "big.csv"
    done = subprocess.run(
        [sys.executable, "-c", _NO_ROOM, files.routes["https://files.test"], str(target)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "there is no room for the file" in done.stdout
    assert "what has come so far is kept" in done.stdout
    assert not target.exists()
    download(connect(files), URL, target, Expect())
    assert target.read_bytes() == BODY


# --- archives ---------------------------------------------------------------------------------------------------------


def _archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:/evil.csv"])
def test_members_that_would_land_outside_are_refused(tmp_path: Path, name: str) -> None:
    path = _archive(tmp_path / "a.zip", {name: b"a,b\n1,2\n"})
    with pytest.raises(InputError, match="outside its folder"):
        member_names(path)
    with pytest.raises(InputError, match="outside its folder"), open_binary(path):
        pass


def test_a_member_without_a_name_is_no_foreign_fault(tmp_path: Path) -> None:
    path = _archive(tmp_path / "a.zip", {"x": b"a,b\n1,2\n"})
    content = path.read_bytes()
    entry = content.index(b"PK\x01\x02")
    # the directory's entry says that its name has no letters and its remark one
    path.write_bytes(content[: entry + 28] + b"\0\0\0\0\x01\0" + content[entry + 34 :])
    with pytest.raises(InputError, match="cannot be read as a zip archive"):
        member_names(path)


def _read_through(path: Path) -> None:
    with open_binary(path) as stream:
        while stream.read(1 << 20):
            pass


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_bombs_are_refused_before_they_fill_memory(tmp_path: Path, kind: str) -> None:
    import gzip

    zeros = b"\0" * (80 << 20)
    path = tmp_path / f"bomb.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(zeros, 9))
    else:
        _archive(path, {"bomb.csv": zeros})
    assert path.stat().st_size * MAX_RATIO < len(zeros)
    with pytest.raises(InputError, match="unpacks to more than"):
        _read_through(path)


def test_the_right_member_is_found_or_all_are_named(tmp_path: Path) -> None:
    path = _archive(tmp_path / "a.zip", {"x_fileheader.csv": b"a\n", "x.csv": b"a\n1\n", "readme.md": b""})
    with open_binary(path) as stream:
        assert stream.read() == b"a\n1\n"
    two = _archive(tmp_path / "b.zip", {"x.csv": b"a\n", "y.csv": b"b\n"})
    with pytest.raises(InputError, match="2 fitting files") as caught, open_binary(two):
        pass
    assert "x.csv, y.csv" in str(caught.value)

"""Redirects: within a scheme, never from outside into this machine, the last address recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from deserts.errors import FaultyAnswerError, SourceError
from deserts.sources.transport.addresses import is_inside, next_address, refuse_inside
from deserts.sources.transport.answers import seconds_of
from deserts.sources.transport.download import Downloaded, Expect, download
from tests.replay.server import Answer, Asked, Replay

BODY = b"a,b\n1,2\n3,4\n"
URL = "https://files.test/old.csv"


def _service(asked: Asked) -> Answer:
    places = {"/old.csv": "new.csv?release=2", "/loop.csv": "loop.csv", "/away.csv": "ftp://files.test/new.csv"}
    if asked.path in places:
        return Answer(b"moved", status=302, headers={"Location": places[asked.path]})
    if asked.path == "/small.json":
        return Answer(b'{"a": 1}', headers={"Location": "https://nowhere.test/"})  # no redirect without its status
    return Answer(BODY, content_type="text/csv")


@pytest.fixture
def moved():
    with Replay({"files.test": _service}) as replay:
        yield replay


def test_a_file_that_has_moved_is_fetched_and_both_addresses_are_known(moved: Replay, connect, tmp_path: Path) -> None:
    came = download(connect(moved), URL, tmp_path / "a.csv", Expect())
    assert (tmp_path / "a.csv").read_bytes() == BODY
    # Without its query part, which may be a signature.
    assert came.final_url == f"{moved.base}/files.test/new.csv"
    assert download(connect(moved), "https://files.test/new.csv", tmp_path / "b.csv", Expect()) == Downloaded(
        came.sha256
    )
    assert connect(moved).get_json("https://files.test/small.json") == {"a": 1}


@pytest.mark.parametrize(("name", "words"), [("loop", "leads on more than"), ("away", "from http to ftp")])
def test_a_redirect_without_end_or_out_of_the_scheme_is_refused(moved, connect, tmp_path, name, words) -> None:
    with pytest.raises(FaultyAnswerError, match=words):
        download(connect(moved), f"https://files.test/{name}.csv", tmp_path / "a.csv", Expect())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("current", "location", "words"),
    [
        ("https://data.test/a", "http://data.test/a", "from https to http"),
        ("https://data.test/a", "file:///etc/passwd", "from https to file"),
        ("https://data.test/a", "https://127.0.0.1/a", "this machine or a private network"),
        ("https://data.test/a", "https://[::1]/a", "this machine or a private network"),
        ("https://data.test/a", "https://[::ffff:10.0.0.1]/a", "this machine or a private network"),
        ("https://data.test/a", "https://169.254.169.254/latest/meta-data", "this machine or a private network"),
        ("https://data.test/a", "https://192.168.1.1/a", "this machine or a private network"),
        ("https://data.test/a", "https://localhost./a", "this machine or a private network"),
    ],
)
def test_no_redirect_leads_from_outside_to_the_inside(current: str, location: str, words: str) -> None:
    with pytest.raises(FaultyAnswerError, match=words):
        next_address(current, location, configured=current)


def test_where_the_configured_address_lies_inside_redirects_may_stay_there() -> None:
    start = "http://127.0.0.1:8000/a"
    assert next_address(start, "/b", configured=start) == "http://127.0.0.1:8000/b"
    assert next_address("http://data.test/a", "https://93.184.216.34/b", configured="http://data.test/a")  # upwards


def test_every_address_of_a_name_counts(monkeypatch) -> None:
    both = [(0, 0, 0, "", ("93.184.216.34", 0)), (0, 0, 0, "", ("10.0.0.7", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kwargs: both)
    assert is_inside("two-faced.test")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_kwargs: both[:1])
    assert not is_inside("honest.test")


@pytest.mark.parametrize("url", ["http://localhost/a", "https://10.1.2.3/a", "ftp://data.test/a", "file:///a", "a.csv"])
def test_an_address_that_an_answer_names_is_one_of_the_web(url: str) -> None:
    with pytest.raises(FaultyAnswerError):
        refuse_inside(url)
    refuse_inside("https://data.cms.gov/a.csv")


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("²", 0), ("abc", 0), ("", 0), ("9" * 30, 0), ("-1", 0)])
def test_retry_after_is_read_with_distrust(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


def test_a_length_that_is_none_is_no_length(connect, tmp_path: Path) -> None:
    def service(_asked: Asked) -> Answer:
        return Answer(BODY, content_type="text/csv", headers={"Content-Length": "abc"})

    with Replay({"files.test": service}) as replay:
        try:
            download(connect(replay, attempts=2), URL, tmp_path / "a.csv", Expect())
        except SourceError:
            assert not (tmp_path / "a.csv").exists()
        else:
            assert (tmp_path / "a.csv").read_bytes() == BODY

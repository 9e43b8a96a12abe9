"""The page under abuse: silent and slow connections, more of them than the system allows, and floods of faults."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import httpx
import pytest

from deserts.web import limits as bounds
from deserts.web.limits import Limits, Visitors, most_connections
from deserts.web.terminal import RareLines
from tests.conftest import ROOT
from tests.web.neighbourhood import serving

HEAD = b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SERVER = """
import sys, tempfile, pathlib, time
from tests.web.neighbourhood import make_desk, serving
with tempfile.TemporaryDirectory() as folder, serving(make_desk(pathlib.Path(folder))) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def _connect(address: str) -> socket.socket:
    host, _, port = address.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _is_ended(made: socket.socket) -> bool:
    """Wait until the other side has ended the connection."""
    made.settimeout(30)
    try:
        return made.recv(1) == b""
    except ConnectionResetError:
        return True


def _answers(address: str) -> bool:
    return httpx.get(f"{address}/static/app.css", timeout=30).status_code == 200


@contextlib.contextmanager
def _idle(address: str, count: int):
    opened = []
    try:
        for _ in range(count):
            opened.append(_connect(address))
        yield opened
    finally:
        for made in opened:
            made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on open files to set")
def test_more_idle_connections_than_open_files_are_allowed():
    """400 silent connections under `ulimit -n 256`: a request is answered, and the terminal hears a line or two."""
    command = f"ulimit -n 256 && exec {sys.executable} -c '{SERVER}'"
    server = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        address = server.stdout.readline().strip()
        with _idle(address, 400) as opened:
            for _ in range(5):
                assert _answers(address)
            still_open = len(list(_open_files(server.pid)))
            assert still_open < 256
            assert sum(_is_ended(made) for made in opened[:200]) == 200  # the eldest gave way
    finally:
        _, told = server.communicate("", timeout=60)
    assert "too many connections" in told
    assert "Traceback" not in told
    assert len(told) < 2000
    assert server.returncode == 0


def _open_files(pid: int):
    yield from os.listdir(f"/proc/{pid}/fd") if os.path.isdir(f"/proc/{pid}/fd") else ()


def test_a_thousand_silent_connections_leave_room(desk):
    with serving(desk) as address, _idle(address, 1000) as opened:
        assert _answers(address)
        assert _is_ended(opened[0])


def test_who_says_a_letter_a_moment_is_shut_and_others_are_answered(desk):
    with serving(desk, Limits(most=64, head_s=1.0)) as address, _idle(address, 30) as opened:
        began = time.monotonic()
        ended = set()
        while len(ended) < len(opened) and time.monotonic() - began < 60:
            for number, made in enumerate(opened):
                try:
                    made.sendall(HEAD[:1] if number not in ended else b"")
                except OSError:
                    ended.add(number)
            assert _answers(address)
            time.sleep(0.1)
        assert len(ended) == len(opened)


def test_a_body_that_never_ends_and_an_answer_that_nobody_fetches_are_shut(desk):
    with serving(desk, Limits(most=64, body_s=1.0)) as address:
        head = HEAD.replace(b"Host: x", f"Host: {address.removeprefix('http://')}\r\nOrigin: {address}".encode())
        with _connect(address) as slow:
            slow.sendall(head + b"Content-Length: 1000\r\n\r\nzip=")
            assert _is_ended(slow)
        assert _answers(address)


def test_between_two_requests_a_connection_may_not_rest_for_long(desk):
    with serving(desk, Limits(most=64, head_s=1.0)) as address, _connect(address) as kept:
        ask = f"GET /static/app.css HTTP/1.1\r\nHost: {address.removeprefix('http://')}\r\n\r\n".encode()
        kept.sendall(ask)
        assert kept.recv(15) == b"HTTP/1.1 200 OK"
        received = b"x"
        while received:  # the rest of the answer, then the end
            received = kept.recv(1 << 16)


def test_a_head_of_a_megabyte_is_refused(desk):
    with serving(desk) as address, _connect(address) as long:
        with contextlib.suppress(OSError):
            long.sendall(HEAD + b"X: " + b"x" * 1_000_000)
        with contextlib.suppress(ConnectionResetError):
            assert long.recv(12) in (b"HTTP/1.1 400", b"")
        assert _answers(address)


def test_garbage_fills_no_log(desk, capfd):
    with serving(desk) as address:
        for _ in range(300):
            with _connect(address) as bad:
                bad.sendall(b"\x16\x03\x01 not HTTP at all\r\n\r\n")
                _is_ended(bad)
        assert _answers(address)
    told = capfd.readouterr().err
    assert "Invalid HTTP request received." in told
    assert len(told.splitlines()) <= 3
    assert "not HTTP" not in told


class _Pair:
    """A connection of which one end is the server's."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()

    def is_shut(self) -> bool:
        self.theirs.setblocking(False)
        try:
            return self.theirs.recv(1) == b""
        except BlockingIOError:
            return False


def _known(pair: _Pair, *, more_body: bool, is_answered: bool = False):
    cycle = SimpleNamespace(more_body=more_body, response_complete=is_answered)
    return SimpleNamespace(cycle=cycle, transport=SimpleNamespace(get_extra_info=lambda _: pair.ours))


def test_the_one_that_waited_longest_gives_way_and_nobody_who_is_served():
    now = [0.0]
    told = []
    visitors = Visitors(Limits(most=2), clock=lambda: now[0], crowded=lambda: told.append(1))
    served, silent, late = _Pair(), _Pair(), _Pair()
    visitors._known = [_known(served, more_body=False)]
    for pair in (served, silent):
        visitors.enter(pair.ours)
        now[0] += 1
    assert told == []
    visitors.enter(late.ours)
    assert [pair.is_shut() for pair in (served, silent, late)] == [False, True, False]
    assert told == [1]
    silent.ours.close()
    visitors._known = [_known(served, more_body=False), _known(late, more_body=False)]
    last = _Pair()
    visitors.enter(last.ours)  # all are being served: the new one is turned away
    assert [pair.is_shut() for pair in (served, late, last)] == [False, False, True]


def test_each_state_has_its_own_time():
    now = [0.0]
    visitors = Visitors(Limits(most=9, head_s=10, body_s=20, answer_s=120), clock=lambda: now[0])
    pairs = {name: _Pair() for name in ("silent", "sending", "served", "rests")}
    visitors._known = [
        _known(pairs["sending"], more_body=True),
        _known(pairs["served"], more_body=False),
        _known(pairs["rests"], more_body=False, is_answered=True),
    ]
    for pair in pairs.values():
        visitors.enter(pair.ours)
    shut_at = {}
    for second in range(1, 130):
        now[0] = float(second)
        visitors.sweep()
        shut_at |= {name: second for name, pair in pairs.items() if name not in shut_at and pair.is_shut()}
    assert shut_at == {"silent": 11, "rests": 11, "sending": 21, "served": 121}


def test_the_door_waits_while_those_that_must_leave_are_leaving():
    visitors = Visitors(Limits(most=1))
    pairs = [_Pair() for _ in range(bounds._OVER + 1)]
    for pair in pairs:
        assert not visitors.is_full()
        visitors.enter(pair.ours)
    assert visitors.is_full()
    pairs[0].ours.close()
    assert not visitors.is_full()


def test_the_limit_follows_the_system(monkeypatch):
    resource = pytest.importorskip("resource")
    for files, most in ((256, 128), (20, 16), (1_000_000, 512), (resource.RLIM_INFINITY, 512)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, files=files: (files, files))
        assert most_connections() == most
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert most_connections() == 512


def test_lines_of_a_kind_are_rare_and_count_what_they_leave_out():
    now, lines = [0.0], []
    rare = RareLines(lines.append, clock=lambda: now[0])
    for _ in range(1000):
        rare.tell("a fault")
    rare.tell("another")
    now[0] = 10.0
    rare.tell("a fault")
    assert lines == [
        "deserts serve: a fault\n", "deserts serve: another\n", "deserts serve: a fault (999 like it left out)\n",
    ]  # fmt: skip

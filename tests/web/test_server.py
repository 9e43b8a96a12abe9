"""Where the server listens: this machine alone, unless token and TLS are there."""

from __future__ import annotations

import gc
import socket

import httpx
import pytest

from deserts.errors import InputError
from deserts.web.server import Listen, bind, make_policy, read_token
from tests.web.neighbourhood import serving


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.3.2.1"])
def test_loopback_needs_nothing(host):
    policy = make_policy(Listen(host=host), port=8765)
    assert policy.token is None
    assert "localhost:8765" in policy.hosts
    assert policy.origins == {f"http://{name}" for name in policy.hosts}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "clinic.example", "127.0.0.1.evil"])
def test_other_addresses_need_token_and_tls(host, tmp_path):
    pem = tmp_path / "x.pem"
    for listen in (
        Listen(host=host), Listen(host=host, token="x" * 30), Listen(host=host, certificate=pem, key=pem),
    ):  # fmt: skip
        with pytest.raises(InputError, match="others could reach this address"):
            make_policy(listen, port=8765)
    policy = make_policy(Listen(host=host, token="x" * 30, certificate=pem, key=pem, names=("Desk.example",)), port=443)
    assert policy.scheme == "https"
    assert {"desk.example", "desk.example:443"} <= policy.hosts
    assert "localhost:443" not in policy.hosts
    assert "x" * 30 not in repr(policy)


def test_certificate_without_key_is_refused(tmp_path):
    with pytest.raises(InputError, match="both certificate and key"):
        make_policy(Listen(certificate=tmp_path / "x.pem"), port=8765)


def test_tokens_are_private_and_long(tmp_path):
    path = tmp_path / "token"
    path.write_text("a" * 24 + "\n")
    path.chmod(0o644)
    with pytest.raises(InputError, match="others can read"):
        read_token(path)
    path.chmod(0o600)
    assert read_token(path) == "a" * 24
    path.write_text("short")
    with pytest.raises(InputError, match="too easy"):
        read_token(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_token(tmp_path / "none")


def test_a_taken_port_is_told():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(InputError, match="address already in use"):
            bind(Listen(port=port))


def test_small_answers_are_sent_at_once(desk):
    """The event loop switches the delay for small pieces off on sockets that are named as TCP alone."""
    door = bind(Listen(port=0))
    try:
        assert door.proto == socket.IPPROTO_TCP
    finally:
        door.close()


def test_what_is_loaded_is_not_looked_through_while_serving(desk):
    """A look through a region's objects stopped all answers for up to half a second, about once a minute."""
    before = gc.get_freeze_count()
    with serving(desk) as address:
        assert httpx.get(address).status_code == 200
        assert gc.get_freeze_count() > before + 10_000
    assert gc.get_freeze_count() <= before

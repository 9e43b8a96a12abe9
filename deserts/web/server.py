"""Run the page: loopback unless a host, a token and TLS are given; no access log."""

from __future__ import annotations

import ipaddress
import socket
import stat
from dataclasses import dataclass, field
from pathlib import Path

from deserts.errors import InputError
from deserts.web.app import build_app
from deserts.web.desk import Desk
from deserts.web.guard import Policy

__all__ = ["Listen", "make_policy", "read_token", "run"]

_LEAST_TOKEN = 20
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where and how to listen.

    Parameters
    ----------
    host, port
        Address to bind; port 0 takes a free one.
    names
        Further names under which browsers reach this server.
    token
        Secret for everyone, or None.
    certificate, key
        TLS certificate and its private key, or None.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    names: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the address."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_token(path: Path) -> str:
    """Return the token in a file that nobody else can read.

    Raises
    ------
    InputError
        If the file cannot be read, is open to others, or holds a token that is too short.
    """
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the token cannot be read", where=path, fix="write it there, readable by you alone") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError("others can read the token", where=path, fix=f"chmod 600 {path}")
    if len(token) < _LEAST_TOKEN or not token.isascii() or any(char.isspace() for char in token):
        raise InputError(
            "that token is too easy to guess", where=path, expected=f"at least {_LEAST_TOKEN} letters and digits"
        )
    return token


def make_policy(listen: Listen, *, port: int) -> Policy:
    """Return who may ask at an address.

    Parameters
    ----------
    listen
        The address.
    port
        The port that was really bound.

    Raises
    ------
    InputError
        If others could reach the address and token or TLS is missing.
    """
    is_tls = listen.certificate is not None and listen.key is not None
    if (listen.certificate is None) != (listen.key is None):
        raise InputError("TLS needs both certificate and key", where="--tls-cert, --tls-key")
    if not listen.is_loopback and not (is_tls and listen.token):
        raise InputError(
            "others could reach this address",
            where="--host",
            expected="--token-file, --tls-cert and --tls-key together with a host that is not this machine alone",
            fix="leave --host away to serve this machine alone",
        )
    shown = f"[{listen.host}]" if ":" in listen.host else listen.host
    names = {shown, *listen.names, *(_LOOPBACK_NAMES if listen.is_loopback else ())}
    default_port = 443 if is_tls else 80
    hosts = {f"{name}:{port}".lower() for name in names} | (
        {n.lower() for n in names} if port == default_port else set()
    )
    return Policy(frozenset(hosts), scheme="https" if is_tls else "http", token=listen.token)


def bind(listen: Listen) -> socket.socket:
    """Return a bound socket that already queues connections.

    Raises
    ------
    InputError
        If the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((listen.host, listen.port))
        made.listen()  # who asks as soon as the address is told waits, and is not refused
    except OSError as error:
        made.close()
        raise InputError(
            f"the address cannot be used: {(error.strerror or 'unknown reason').lower()}",
            where=f"{listen.host}:{listen.port}",
            fix="choose another --port",
        ) from error
    return made


def run(desk: Desk, listen: Listen, *, announce: object = None) -> None:
    """Serve until stopped.

    Parameters
    ----------
    desk
        What is served.
    listen
        Where.
    announce
        Called with the address once it is bound.
    """
    import uvicorn

    bound = bind(listen)
    port = int(bound.getsockname()[1])
    policy = make_policy(listen, port=port)
    if callable(announce):
        announce(f"{policy.scheme}://{listen.host}:{port}/")
    config = uvicorn.Config(
        build_app(desk, policy),
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        ws="none",
        ssl_certfile=None if listen.certificate is None else str(listen.certificate),
        ssl_keyfile=None if listen.key is None else str(listen.key),
    )
    uvicorn.Server(config).run(sockets=[bound])

"""Run the page: loopback unless a host, a token and TLS are given; no access log; bounded connections and times."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from deserts.errors import InputError
from deserts.system import KEEPS_MODES, note_missing
from deserts.web.app import build_app
from deserts.web.desk import Desk
from deserts.web.guard import Policy
from deserts.web.limits import Door, Limits, Visitors, most_connections
from deserts.web.terminal import RareLines, quiet_logger, quiet_loop

__all__ = ["Listen", "Serving", "bind", "make_policy", "read_token", "run"]

_LARGEST_HEAD_BYTES = 16 << 10
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
    if not KEEPS_MODES:
        note_missing("this system has no file modes: see that nobody else can enter the folder of the token")
    elif mode & (stat.S_IRWXG | stat.S_IRWXO):
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


def bind(listen: Listen) -> Door:
    """Return a bound socket that already queues connections.

    Raises
    ------
    InputError
        If the address cannot be bound.
    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    # Named as TCP, the event loop sends small pieces at once: else an answer waits 40 ms for the caller's receipt.
    made = Door(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Windows gives a port that is in use to whoever asks with SO_REUSEADDR, and has an option to keep it instead.
    own = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
    made.setsockopt(socket.SOL_SOCKET, own, 1)
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


class Serving:
    """A server on a bound address.

    Parameters
    ----------
    desk
        What is served.
    policy
        Who may ask.
    door
        The bound address.
    listen
        For certificate and key.
    limits
        How many connections, and how long each may take; by what the system allows when None.
    """

    def __init__(self, desk: Desk, policy: Policy, door: Door, listen: Listen, *, limits: Limits | None = None) -> None:
        self._lines = RareLines()
        self._door = door
        door.visitors = Visitors(
            limits or Limits(most_connections()),
            crowded=lambda: self._lines.tell("too many connections: those that wait longest without a request go"),
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                build_app(desk, policy, lines=self._lines),
                http="h11",
                h11_max_incomplete_event_size=_LARGEST_HEAD_BYTES,
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                ws="none",
                ssl_certfile=None if listen.certificate is None else str(listen.certificate),
                ssl_keyfile=None if listen.key is None else str(listen.key),
            )
        )

    @property
    def has_started(self) -> bool:
        """Whether requests are answered."""
        return bool(self._server.started)

    def stop(self) -> None:
        """Ask the server to stop; `run` then returns."""
        self._server.should_exit = True

    def run(self) -> None:
        """Serve until stopped."""
        quiet_logger("uvicorn.error", self._lines)
        # the door needs a loop that selects
        with _loaded_objects_kept(), asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        quiet_loop(asyncio.get_running_loop(), self._lines)
        watching = asyncio.create_task(self._door.visitors.watch(self._server.server_state.connections))
        try:
            await self._server.serve(sockets=[self._door])
        finally:
            watching.cancel()


@contextmanager
def _loaded_objects_kept() -> Iterator[None]:
    """Leave what is loaded out of the search for unused objects.

    It stays for as long as is served, and every look through it stopped all answers for up to half a second.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def run(desk: Desk, listen: Listen, *, announce: Callable[[str], object]) -> None:
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
    door = bind(listen)
    port = int(door.getsockname()[1])
    policy = make_policy(listen, port=port)
    announce(f"{policy.scheme}://{listen.host}:{port}/")
    Serving(desk, policy, door, listen).run()

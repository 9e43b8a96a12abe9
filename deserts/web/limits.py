"""What the page bears: so many connections at once, and so long for each to say what it wants.

Whoever opens a connection and stays silent, or sends a letter a second, takes a place that somebody else needs. Places
are counted at the door, before a byte is read; when all are taken, the one that has waited longest without a whole
request gives way. So there is always room for a request that comes in one piece, and the system's own limit on open
files is never met.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

__all__ = ["Door", "Limits", "Visitors", "most_connections"]

_MOST = 512
_FEWEST = 16
_OVER = 32
"""Connections above the limit that may be open while they are being shut."""


def most_connections() -> int:
    """Return how many connections may be open at once: half of the files that this process may open, at most 512."""
    try:
        import resource
    except ImportError:  # Windows counts sockets and files apart
        return _MOST
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return _MOST if files == resource.RLIM_INFINITY else max(_FEWEST, min(_MOST, files // 2))


@dataclass(frozen=True, slots=True)
class Limits:
    """How many and how long.

    Parameters
    ----------
    most
        Connections at once.
    head_s, body_s
        Seconds until the head of a request must be there (also between two requests), and from then its body.
    answer_s
        Seconds from a whole request until its answer has been fetched.
    """

    most: int
    head_s: float = 10.0
    body_s: float = 20.0
    answer_s: float = 120.0


class _Doing(Enum):
    SILENT = "no whole head of a request yet, or none since the last answer"
    SENDING = "the body is coming"
    SERVED = "the request is whole, its answer on the way"


class _Connection(Protocol):
    """What is read of uvicorn's own object for a connection."""

    cycle: Any
    transport: Any


@dataclass(slots=True)
class _Visitor:
    socket: socket.socket
    doing: _Doing
    since: float


class Visitors:
    """The open connections.

    Parameters
    ----------
    limits
        How many and how long.
    clock
        Gives seconds that only grow.
    crowded
        Called when somebody has to give way.
    """

    def __init__(
        self, limits: Limits, *, clock: Callable[[], float] = time.monotonic, crowded: Callable[[], None] = lambda: None
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._crowded = crowded
        self._open: list[_Visitor] = []
        self._known: Collection[_Connection] = ()

    def enter(self, made: socket.socket) -> None:
        """Take in a connection; when all places are taken, shut the one that waited longest, or else the new one."""
        self._update()
        if len(self._open) >= self.limits.most:
            self._crowded()
            waiting = [visitor for visitor in self._open if visitor.doing is not _Doing.SERVED]
            _shut(min(waiting, key=lambda visitor: visitor.since).socket if waiting else made)
        self._open.append(_Visitor(made, _Doing.SILENT, self._clock()))

    def is_full(self) -> bool:
        """Whether even those that are being shut leave no room for now."""
        self._open = [visitor for visitor in self._open if visitor.socket.fileno() != -1]
        return len(self._open) >= self.limits.most + _OVER

    async def watch(self, known: Collection[_Connection], *, every_s: float = 0.5) -> None:
        """Shut who takes too long, until cancelled.

        Parameters
        ----------
        known
            The server's connections, as the server keeps them.
        every_s
            Seconds between two looks.
        """
        self._known = known
        while True:
            await asyncio.sleep(every_s)
            self.sweep()

    def sweep(self) -> None:
        """Shut who has taken too long."""
        self._update()
        longest = {
            _Doing.SILENT: self.limits.head_s,
            _Doing.SENDING: self.limits.body_s,
            _Doing.SERVED: self.limits.answer_s,
        }
        now = self._clock()
        for visitor in self._open:
            if now - visitor.since > longest[visitor.doing]:
                _shut(visitor.socket)

    def _update(self) -> None:
        """Forget the closed connections, and see what the others do and since when."""
        doing = {}
        for connection in self._known:
            wrapped = connection.transport.get_extra_info("socket")
            if wrapped is not None and connection.cycle is not None and not connection.cycle.response_complete:
                doing[wrapped.fileno()] = _Doing.SENDING if connection.cycle.more_body else _Doing.SERVED
        self._open = [visitor for visitor in self._open if visitor.socket.fileno() != -1]
        for visitor in self._open:
            now = doing.get(visitor.socket.fileno(), _Doing.SILENT)
            if now is not visitor.doing:
                visitor.doing, visitor.since = now, self._clock()


class Door(socket.socket):
    """A listening socket that counts whom it lets in.

    Built like a socket; `visitors` is set before anybody is let in.
    """

    visitors: Visitors

    def accept(self) -> tuple[socket.socket, Any]:
        """Let one in, or say that nobody waits while those that must leave are still leaving."""
        if self.visitors.is_full():
            raise BlockingIOError
        made, address = super().accept()
        self.visitors.enter(made)
        return made, address


def _shut(made: socket.socket) -> None:
    """End a connection for both sides; the event loop then finds it ended and closes it."""
    with contextlib.suppress(OSError):
        made.shutdown(socket.SHUT_RDWR)

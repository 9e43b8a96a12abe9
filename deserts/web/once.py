"""Answers that are shown once: a form is answered by the way to a page that lies in memory until it is fetched.

A browser keeps what a form sent, to send it again when a window is restored: in a file of its profile, for as long as
the window's history. Of a page that was merely fetched it keeps the address. So the answer to a form waits here under
an address that nobody can guess, is given to the first who asks for it, and is forgotten then, or after a minute.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

__all__ = ["ANSWERS", "Kept", "Once"]

ANSWERS = "/answer/"
"""Where answers are fetched."""
_SECONDS = 60.0
_MOST = 64
_MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it will be sent. Nothing of it shows in ``repr``."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)
    nonce: str = field(repr=False)


class Once:
    """Answers that wait to be fetched, for one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, Kept] = {}

    def keep(self, answer: Kept) -> str:
        """Keep an answer and return its address. The oldest give way when there are many or they are large."""
        token = secrets.token_urlsafe(24)
        self._waiting[token] = answer
        while len(self._waiting) > 1 and (len(self._waiting) > _MOST or self._bytes() > _MOST_BYTES):
            del self._waiting[next(iter(self._waiting))]
        asyncio.get_running_loop().call_later(_SECONDS, self._waiting.pop, token, None)
        return ANSWERS + token

    def take(self, path: str) -> Kept | None:
        """Return the answer at an address and forget it; None when it is not there (any more)."""
        return self._waiting.pop(path.removeprefix(ANSWERS), None)

    def __len__(self) -> int:
        """Return how many answers wait."""
        return len(self._waiting)

    def _bytes(self) -> int:
        return sum(len(answer.body) for answer in self._waiting.values())

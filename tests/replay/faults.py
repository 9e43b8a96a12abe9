"""What can go wrong on the wire, asked for by a test."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

__all__ = ["Fault", "Faults"]


@dataclass
class Fault:
    """One fault: which requests meet it, what happens, how often.

    ``kind``: ``reset`` (the connection is torn down after ``after`` body bytes, or before any answer when None),
    ``cut`` (fewer bytes than Content-Length says, then a clean close), ``status`` (``status``, with ``retry_after`` if
    given), ``html`` (a web page with status 200), ``trickle`` (``rate`` bytes a second), ``hang`` (nothing comes for
    ``seconds``), ``bomb`` (a body that unpacks without end), ``remark`` (Overpass cut its answer), ``body`` (``body``
    in place of the answer), ``quiet`` (the body ends early and nothing in the headers tells).

    ``each``: every address meets it as often as ``times`` says, not all of them together.
    """

    match: str
    kind: str
    times: int = 1
    status: int = 503
    retry_after: str | None = None
    after: int | None = None
    rate: int = 1000
    seconds: float = 5.0
    body: bytes = b""
    each: bool = False
    met: Counter[str] = field(default_factory=Counter)

    def takes(self, path: str) -> bool:
        """Whether a request meets it; counts it."""
        if re.search(self.match, path) is None:
            return False
        key = path if self.each else ""
        if self.met[key] >= self.times:
            return False
        self.met[key] += 1
        return True


@dataclass
class Faults:
    """The faults that are still to come."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, path: str) -> Fault | None:
        """Return the first fault that a request meets, and count it."""
        return next((fault for fault in self.waiting if fault.takes(path)), None)

"""What the server tells its terminal: kinds of faults, never their text, and no more than a line now and then."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

__all__ = ["RareLines", "quiet_logger", "quiet_loop"]

_EVERY_S = 10.0


class RareLines:
    """Writes a line of each kind at most once in ten seconds, with the number of those left out before.

    Parameters
    ----------
    write
        Takes a line; standard error when None.
    clock
        Gives seconds that only grow.
    """

    def __init__(
        self, write: Callable[[str], object] | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write or _to_standard_error
        self._clock = clock
        self._lock = threading.Lock()
        self._told: dict[str, tuple[float, int]] = {}

    def tell(self, kind: str) -> None:
        """Write the line, unless one like it was written a moment ago."""
        with self._lock:
            told_at, left_out = self._told.get(kind, (float("-inf"), 0))
            now = self._clock()
            if now - told_at < _EVERY_S:
                self._told[kind] = (told_at, left_out + 1)
                return
            self._told[kind] = (now, 0)
        more = f" ({left_out:,} like it left out)" if left_out else ""
        self._write(f"deserts serve: {kind}{more}\n")


def _to_standard_error(line: str) -> None:
    sys.stderr.write(line)


class _Handler(logging.Handler):
    def __init__(self, lines: RareLines) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """Tell the message as it was written in the code, without the values that were put into it."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        self._lines.tell(" ".join(part for part in (str(record.msg).splitlines()[0][:120], error) if part))


def quiet_logger(name: str, lines: RareLines) -> None:
    """Let a library's logger speak through rare lines alone."""
    logger = logging.getLogger(name)
    logger.handlers = [_Handler(lines)]
    logger.propagate = False
    logger.setLevel(logging.WARNING)


def quiet_loop(loop: asyncio.AbstractEventLoop, lines: RareLines) -> None:
    """Tell the event loop's own faults (no sockets left, for example) as rare lines, not as tracebacks."""

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        lines.tell(" ".join([context["message"], type(error).__name__ if error else ""]).strip())

    loop.set_exception_handler(tell)

"""Progress bars for people, silence for machines.

A bar appears on standard error, only at a terminal, and only once the work has lasted a second. Tasks may nest: an
inner one becomes a further line of the same display.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

__all__ = ["Ticker", "task", "track"]

T = TypeVar("T")

_DELAY_S = 1.0
_display: ContextVar[Progress | None] = ContextVar("display", default=None)


class Ticker:
    """Counts finished steps of one task; without a terminal it does nothing."""

    def __init__(self, progress: Progress | None = None, task_id: TaskID | None = None) -> None:
        self._progress = progress
        self._task_id = task_id

    def advance(self, steps: float = 1) -> None:
        """Count ``steps`` more as done."""
        if self._progress is not None and self._task_id is not None:
            self._progress.advance(self._task_id, steps)


@contextmanager
def task(description: str, *, total: float | None = None) -> Iterator[Ticker]:
    """Show a bar while the block runs.

    Parameters
    ----------
    description
        What is being done, in plain words; never anything about a patient.
    total
        Number of steps, or None when it is not known.
    """
    if not sys.stderr.isatty():
        yield Ticker()
        return
    outer = _display.get()
    if outer is not None:
        task_id = outer.add_task(description, total=total)
        yield Ticker(outer, task_id)
        outer.remove_task(task_id)
        return
    with _delayed_display() as display:
        yield Ticker(display, display.add_task(description, total=total))


@contextmanager
def _delayed_display() -> Iterator[Progress]:
    """Yield a display that starts a second later, unless the work is done by then."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    display = Progress(*columns, console=Console(stderr=True), transient=True)
    starter = threading.Timer(_DELAY_S, display.start)
    starter.daemon = True
    token = _display.set(display)
    starter.start()
    try:
        yield display
    finally:
        _display.reset(token)
        starter.cancel()
        starter.join()
        display.stop()


def track(items: Iterable[T], description: str, *, total: float | None = None) -> Iterator[T]:
    """Yield ``items`` while a bar counts them."""
    steps = len(items) if total is None and isinstance(items, Sized) else total
    with task(description, total=steps) as ticker:
        for item in items:
            yield item
            ticker.advance()

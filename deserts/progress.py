"""Progress bars for people, silence for machines.

A bar appears on standard error, only at a terminal, and only once the work has lasted a second.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

__all__ = ["Ticker", "task", "track"]

T = TypeVar("T")


class Ticker:
    """Counts finished steps of one task; without a terminal it does nothing."""

    def __init__(self, progress: Progress | None, task_id: int | None) -> None:
        self._progress = progress
        self._task_id = task_id

    def advance(self, steps: float = 1) -> None:
        """Count ``steps`` more as done."""
        if self._progress is not None and self._task_id is not None:
            self._progress.advance(self._task_id, steps)  # type: ignore[arg-type]


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
        yield Ticker(None, None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Ticker(progress, progress.add_task(description, total=total))


def track(items: Iterable[T], description: str, *, total: float | None = None) -> Iterator[T]:
    """Yield ``items`` while a bar counts them."""
    if total is None and hasattr(items, "__len__"):
        total = len(items)  # type: ignore[arg-type]
    with task(description, total=total) as ticker:
        for item in items:
            yield item
            ticker.advance()

"""Work spread over threads: compiled code and unpacking let go of the interpreter, so cores are used without copies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_threads", "thread_count"]

S = TypeVar("S")
T = TypeVar("T")


def thread_count(max_workers: int | None) -> int:
    """Return how many threads to use; None takes all cores."""
    return max_workers or os.cpu_count() or 1


def in_threads(work: Callable[[S], T], items: Iterable[S], max_workers: int | None = None) -> Iterator[T]:
    """Yield results in the order of the items, computed by threads (the kernels release the interpreter)."""
    threads = thread_count(max_workers)
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(work, items)

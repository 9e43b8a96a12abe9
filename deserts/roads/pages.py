"""Memory that goes back to the machine as soon as an array is dropped.

The C library of Linux keeps what is freed for the next array, and the larger the arrays it has seen, the more it keeps:
reading New York's streets held three times what its arrays need. While roads are read, each large array has pages of
its own instead.

References
----------
https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

from __future__ import annotations

import ctypes
import functools
import platform
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["give_back", "own_pages"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_OWN_PAGES_BYTES = 256 << 10
_MOST_BYTES = 32 << 20
"""Where the library ends up by itself, once an array as large as this was dropped; it then keeps twice as much."""


@functools.cache
def _library() -> ctypes.CDLL | None:
    """Return the C library where it is one that can be told."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


@contextmanager
def own_pages() -> Iterator[None]:
    """Give large arrays pages of their own for a while; elsewhere than on Linux nothing changes."""
    library = _library()
    if library is None:
        yield
        return
    _keep(library, _OWN_PAGES_BYTES)
    try:
        yield
    finally:
        _keep(library, _MOST_BYTES)
        give_back()


def _keep(library: ctypes.CDLL, size: int) -> None:
    library.mallopt(_MMAP_THRESHOLD, size)
    library.mallopt(_TRIM_THRESHOLD, 2 * size)


def give_back() -> None:
    """Give the machine back what small things left free."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)

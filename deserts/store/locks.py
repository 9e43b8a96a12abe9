"""Keep other processes out of a folder while this one writes into it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from deserts.store.files import writing
from deserts.system import note_missing

__all__ = ["alone"]

LOG = logging.getLogger("deserts.store")
NAME: Final = ".busy"


@contextmanager
def alone(folder: Path, *, doing: str) -> Iterator[None]:
    """Wait until no other process writes into a folder, then keep them out, where the system can lock files.

    The lock goes with the process, however it ends. Readers are never kept out.

    Parameters
    ----------
    folder
        Made when it is not there.
    doing
        What the other process is waited for, in words.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / NAME).open("a")
    with handle:
        _take(handle, f"another process is {doing} in {folder}: waiting for it to end")
        yield


def _take(handle: IO[str], message: str) -> None:
    try:
        import fcntl
    except ImportError:
        note_missing("this system has no locks that this program knows: do not run two commands on a region at once")
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        LOG.warning(message)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:  # a network disk without locks
        LOG.warning("this disk knows no locks (%s): do not run two commands at once", error.strerror)

"""A folder that belongs to this process alone and is gone when it ends; what killed ones left behind is swept."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import IO, Final

__all__ = ["scratch_folder"]

_LOCK: Final = ".in_use"
_held: dict[Path, IO[str]] = {}


def scratch_folder(kind: str) -> Path:
    """Return a new folder below the system's temporary one, readable by its owner alone.

    Parameters
    ----------
    kind
        Begins its name, and that of those which are swept.
    """
    prefix = f"deserts-{kind}-"
    _sweep(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    handle = (folder / _LOCK).open("a")
    _lock(handle)
    _held[folder] = handle
    atexit.register(_remove, folder)
    return folder


def _remove(folder: Path) -> None:
    handle = _held.pop(folder, None)
    if handle is not None:
        handle.close()
    shutil.rmtree(folder, ignore_errors=True)  # what is mapped cannot be removed everywhere: the next one sweeps it


def _sweep(prefix: str) -> None:
    """Remove folders whose process is gone: nobody holds their lock. Where the system has no locks, none is removed."""
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        if folder in _held or folder.is_symlink():
            continue
        try:
            with (folder / _LOCK).open("r+") as handle:
                if _lock(handle):
                    shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # somebody else's, or just being made


def _lock(handle: IO[str]) -> bool:
    """Take a lock that goes with the process; return whether it was free and the system has such locks."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

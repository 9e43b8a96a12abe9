"""Writes that survive a crash: a temporary file beside the target, synced, renamed, and its folder synced.

A file appears whole or not at all, and the old one stands until then. What a killed process leaves has a mark in its
name, by which the next run finds and removes it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from deserts.errors import DesertsError, InputError, StorageError
from deserts.store.digests import note_written
from deserts.system import KEEPS_MODES, note_missing

__all__ = [
    "LEFTOVER_S",
    "atomic_folder",
    "atomic_path",
    "finished",
    "gathered",
    "settle",
    "sweep",
    "write_bytes",
    "write_json",
    "write_private",
    "write_text",
    "writing",
]

_MARK: Final = ".tmp-"
_ASIDE: Final = ".aside-"
LEFTOVER_S: Final = 3600.0
"""Nothing is written for so long: what is older was left by a killed process (seconds)."""
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FIX: Final = "free some space there, or see who may write into the folder, and run it again; nothing was half-written"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says while ``path`` is being written into a message with the path and the cause.

    Raises
    ------
    StorageError
        If the system refuses.
    """
    try:
        yield
    except DesertsError:
        raise
    except OSError as error:
        if _is_elsewhere(error, path):  # a file that was read meanwhile
            raise
        raise StorageError(f"this cannot be written: {_cause(error, path)}", where=path, fix=_FIX) from error


@contextmanager
def writing_shapes(path: Path) -> Iterator[None]:
    """Do as `writing` does while GDAL writes, which names neither file nor kind of refusal.

    Raises
    ------
    StorageError
        If GDAL cannot write.
    """
    from pyogrio.errors import DataSourceError, FeatureError  # heavy, and few write shapes

    with writing(path):
        try:
            yield
        except (DataSourceError, FeatureError) as error:
            raise OSError(str(error)) from error


def _is_elsewhere(error: OSError, path: Path) -> bool:
    if not isinstance(error.filename, str):
        return False
    place = Path(error.filename).absolute()
    return place.parent != path.absolute().parent and place not in (path.absolute(), *path.absolute().parents)


def _cause(error: OSError, path: Path) -> str:
    if error.errno is not None and error.errno not in _NO_ROOM and error.strerror:
        return error.strerror
    # Libraries that write through a stream of their own give no number: the room that is left tells.
    with contextlib.suppress(OSError):
        folder = next(parent for parent in (path.parent, *path.absolute().parents) if parent.is_dir())
        free = shutil.disk_usage(folder).free
        return f"{error.strerror or error} ({free / 1e6:,.0f} MB free)"
    return error.strerror or str(error)


@contextmanager
def atomic_path(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the target's folder that replaces ``path`` when the block ends without an error.

    Parameters
    ----------
    path
        The final place. Its folder is made when it is not there.
    private
        Whether only the owner may read it (mode 0600), as for files about patients.

    Raises
    ------
    StorageError
        If the system refuses: no room, no right to write.
    """
    with writing(path):
        _refuse_device(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}{_MARK}", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            _set_mode(temporary, private=private)
            settle(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    note_written(path)


def _refuse_device(path: Path) -> None:
    """Refuse to put a file in the place of a device or a pipe, which whoever has the rights would lose by it."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StorageError("this is a device or a pipe, no place for a file", where=path, fix="name a file")


def settle(temporary: Path, path: Path) -> None:
    """Put a finished file in its place: synced, renamed, its folder synced."""
    _sync(temporary)
    temporary.replace(path)
    _sync_folder(path.parent)


@contextmanager
def atomic_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that takes the place of ``folder`` when the block ends without an error.

    The old folder is moved aside, not deleted, until the new one stands; `restore_folder` brings it back where a
    process died between the two moves.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        restore_folder(folder)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_MARK}", dir=folder.parent))
        aside = _aside(folder)
        try:
            yield temporary
            temporary.chmod(0o777 & ~_umask())
            for file in temporary.iterdir():
                _sync(file)
            _sync_folder(temporary)
            if folder.exists():
                folder.rename(aside)
            temporary.rename(folder)
            _sync_folder(folder.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            restore_folder(folder)


@contextmanager
def gathered(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files join those of ``folder`` when the block ends without an error.

    What else lies in ``folder`` stays; when something fails, none of the new files is there.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_MARK}", dir=folder.parent))
        try:
            yield temporary
            for file in sorted(path for path in temporary.rglob("*") if path.is_file()):
                target = folder / file.relative_to(temporary)
                target.parent.mkdir(parents=True, exist_ok=True)
                settle(file, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def restore_folder(folder: Path) -> None:
    """Bring back the folder that was moved aside, if no new one stands; else remove what was moved aside."""
    aside = _aside(folder)
    if not aside.is_dir():
        return
    if folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(folder)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}{_ASIDE}old")


def finished(folder: Path, pattern: str) -> list[Path]:
    """Return a folder's finished files, by name: none that a killed process left, nor one that is being written."""
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith(".")) if folder.is_dir() else []


def sweep(folder: Path, *, deep: bool = False, older_than_s: float = 0.0) -> None:
    """Remove from a folder, or with ``deep`` from all below it too, what killed processes left there.

    Only for whoever holds the folder's lock; where there is none, ``older_than_s`` spares what is being written now.
    """
    if not folder.is_dir():
        return
    pattern = f".*{_MARK}*"
    for path in list(folder.rglob(pattern) if deep else folder.glob(pattern)):
        if older_than_s and _age_s(path) < older_than_s:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path in folder.glob(f".*{_ASIDE}old"):
        restore_folder(folder / path.name[1:].removesuffix(f"{_ASIDE}old"))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:  # its writer has just finished
        return 0.0


def _set_mode(file: Path, *, private: bool) -> None:
    if private and not KEEPS_MODES:
        note_missing("this system has no file modes: who may enter a file's folder can read what is private in it")
    file.chmod(0o600 if private else 0o666 & ~_umask())


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync(file: Path) -> None:
    """Have the system put a file on the disk; read and write mode, since Windows syncs no other."""
    with file.open("r+b") as stream:
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Have the system put a rename on the disk, where folders can be opened (not on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write bytes atomically."""
    with atomic_path(path, private=private) as temporary:
        temporary.write_bytes(content)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, as all that is about a patient.

    Raises
    ------
    InputError
        If it cannot be written there.
    """
    try:
        write_bytes(path, content, private=True)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputError(f"the file cannot be written: {reason}", where=path, fix="choose another place") from None


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8 text atomically, with line feeds on every system."""
    write_bytes(path, text.encode("utf-8"), private=private)


def write_json(path: Path, value: Any, *, private: bool = False) -> None:
    """Write JSON atomically with sorted keys, so that equal values are equal bytes."""
    write_text(
        path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", private=private
    )

"""Locks: which bytes a result came from, by name, and the refusal of any other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from deserts.config import UserFiles
from deserts.errors import MissingDataError
from deserts.sources.raw import LockEntry, RawArea, read_entries
from deserts.store import OwnFiles, sha256_of

__all__ = [
    "differences",
    "is_own",
    "own_differences",
    "own_files",
    "read_lock",
    "user_entries",
    "write_lock",
]

_OWN = "file:"


def is_own(entry: LockEntry) -> bool:
    """Whether an entry names a file of the user's own."""
    return entry.url.startswith(_OWN)


def differences(entries: Iterable[LockEntry], folder: Path) -> list[str]:
    """Return what differs between recorded files and those on disk, one sentence each."""
    found = []
    for entry in entries:
        path = folder / entry.path
        if not path.is_file():
            found.append(f"{entry.path} is not there")
        elif path.stat().st_size != entry.size_bytes:
            found.append(f"{entry.path} has {path.stat().st_size:,} bytes, the lock says {entry.size_bytes:,}")
        elif (digest := sha256_of(path)) != entry.sha256:
            found.append(f"{entry.path} has sha256 {digest[:12]}…, the lock says {entry.sha256[:12]}…")
    return found


def user_entries(files: UserFiles) -> tuple[LockEntry, ...]:
    """Return the user's own files as entries: url ``file:NAME``, path where they lie. They are never copied.

    Raises
    ------
    MissingDataError
        If one of them is not there.
    """
    given = [
        *(("roads", path) for path in files.roads),
        *(("claims", path) for path in files.claims),
        *(("directory", path) for path in (files.directory,) if path),
        *(("county_polygons", path) for path in (files.counties,) if path),
        *(("zip_places", path) for path in (files.zips,) if path),
        *(("demand", path) for path in (files.demand,) if path),
        *files.others,
    ]
    entries = []
    for dataset, path in given:
        if not path.is_file():
            raise MissingDataError(f"there is no such file for {dataset}", where=path, fix="check the path")
        # The date of a file tells when it was copied, not what it holds: it is not recorded.
        entries.append(
            LockEntry(str(path.resolve()), dataset, _OWN + path.name, "", path.stat().st_size, sha256_of(path))
        )
    return tuple(entries)


def own_files(files: UserFiles) -> OwnFiles:
    """Return the identity of the user's own files.

    Raises
    ------
    MissingDataError
        If one of them is not there.
    """
    return OwnFiles.of((entry.dataset, entry.url.removeprefix(_OWN), entry.sha256) for entry in user_entries(files))


def write_lock(path: Path, area: RawArea) -> int:
    """Write the lock of a region's files, and return how many it names; places on this machine are left out.

    Raises
    ------
    MissingDataError
        If there is nothing to lock.
    """
    if not area.entries:
        raise MissingDataError(
            "there are no raw files to lock", where=area.folder, fix="run `deserts stage data` first"
        )
    named = [dataclasses.replace(entry, path=entry.url) if is_own(entry) else entry for entry in area.entries]
    RawArea(path.parent, tuple(named)).save_as(path)
    return len(named)


def read_lock(path: Path) -> tuple[LockEntry, ...]:
    """Return the entries of a lock.

    Raises
    ------
    MissingDataError
        If there is none.
    DamagedDataError, InputError
        If it is damaged.
    """
    if not path.is_file():
        raise MissingDataError(
            "there is no such lock", where=path, fix="see `locks/`, or write one with `deserts source lock`"
        )
    return read_entries(path, fix="restore it from version control")


def own_differences(entries: Sequence[LockEntry], own: Sequence[LockEntry]) -> list[str]:
    """Return what differs between the user's own files that a lock names and those that were given."""
    wanted = [entry for entry in entries if is_own(entry)]
    have = {(entry.dataset, entry.url): entry.sha256 for entry in own}
    named = {(entry.dataset, entry.url): entry.sha256 for entry in wanted}
    problems = [f"{url[5:]} ({dataset}) was not given" for dataset, url in sorted(named.keys() - have.keys())]
    problems += [f"{url[5:]} ({dataset}) is not in the lock" for dataset, url in sorted(have.keys() - named.keys())]
    problems += [
        f"{url[5:]} ({dataset}) has sha256 {have[dataset, url][:12]}…, the lock says {named[dataset, url][:12]}…"
        for dataset, url in sorted(named.keys() & have.keys())
        if have[dataset, url] != named[dataset, url]
    ]
    return problems

"""The version of a raw file before the one in use: kept when a new one comes, brought back by a rollback, compared.

``previous.json`` in a raw area names, for each file in use, the one that it replaced. One earlier version is kept.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deserts.errors import DamagedDataError, MissingDataError
from deserts.sources.accept import npis_of
from deserts.sources.raw import LockEntry, RawArea
from deserts.store import Digest, alone, read_sealed, require, sha256_of, what_differs, write_sealed

__all__ = ["Change", "changes", "keep_version", "previous_of", "roll_back", "undo_cut_swaps"]

_RECORD: Final = "previous.json"
_FOLDER: Final = "previous"
_FIX: Final = "delete it: then no earlier versions are known"


@dataclass(frozen=True, slots=True)
class Change:
    """How a raw file differs from the version before.

    Parameters
    ----------
    dataset, path
        The file in use.
    fetched_on, before_on
        Days on which the two versions were fetched.
    rows, rows_before
        Rows of data; None where they are not counted.
    gained, lost
        NPIs that stand in one version alone; empty where the file names no clinicians.
    """

    dataset: str
    path: str
    fetched_on: str
    before_on: str
    rows: int | None
    rows_before: int | None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def previous_of(folder: Path) -> dict[str, LockEntry]:
    """Return path of a file in use to the entry of the version before, whose path says where it lies now."""
    try:
        facts = read_sealed(folder / _RECORD, fix=_FIX)
    except MissingDataError:
        return {}
    return {path: LockEntry(**entry) for path, entry in facts["replaced"].items()}


def _save(folder: Path, replaced: Mapping[str, LockEntry]) -> None:
    facts = {path: dataclasses.asdict(entry) for path, entry in replaced.items()}
    write_sealed(folder / _RECORD, {"replaced": facts})


def keep_version(folder: Path, old: LockEntry, new: LockEntry) -> None:
    """Keep the version that a new file replaces, and let go of the one before it.

    To be called while the old file still lies in its place, with the area locked.
    """
    if old.sha256 == new.sha256:
        return
    replaced = previous_of(folder)
    gone = {entry.path for path, entry in replaced.items() if path in (old.path, new.path)}
    kept = dataclasses.replace(old, path=f"{_FOLDER}/{old.path}") if old.path == new.path else old
    if kept.path != old.path and (folder / old.path).is_file():
        _second_name(folder / old.path, folder / kept.path)
    others = {path: entry for path, entry in replaced.items() if path not in (old.path, new.path)}
    if (folder / kept.path).is_file():
        others[new.path] = kept
    _save(folder, others)
    for path in gone - {kept.path, new.path}:
        (folder / path).unlink(missing_ok=True)


def _second_name(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # a disk that knows no second names
        shutil.copy2(source, target)


def roll_back(folder: Path, datasets: Iterable[str], *, day: str) -> tuple[LockEntry, ...]:
    """Put the version before back in use, keep the one that was, and return what is in use now.

    Raises
    ------
    MissingDataError
        If no earlier version of any of the datasets is there whole.
    """
    with alone(folder, doing="fetching files"):
        undo_cut_swaps(folder)
        area, replaced = RawArea.open(folder), previous_of(folder)
        back = []
        for entry in area.entries:
            old = replaced.get(entry.path)
            if old is not None and old.dataset == entry.dataset and entry.dataset in set(datasets):
                area, replaced, used = _swap(area, replaced, entry, old, day)
                back.append(used)
        if not back:
            known = sorted({entry.dataset for entry in replaced.values()})
            raise MissingDataError(
                f"no earlier version of {', '.join(datasets)} is kept",
                where=folder / _RECORD,
                expected=f"one of {', '.join(known)}" if known else None,
            )
        area.save()
        _save(folder, replaced)
    return tuple(back)


def _swap(
    area: RawArea, replaced: dict[str, LockEntry], entry: LockEntry, old: LockEntry, day: str
) -> tuple[RawArea, dict[str, LockEntry], LockEntry]:
    folder = area.folder
    if (reason := what_differs(folder / old.path, Digest(old.sha256))) is not None:
        raise MissingDataError(f"the earlier version of {entry.path} is not whole: {reason}", where=folder / old.path)
    original = old.path.removeprefix(f"{_FOLDER}/")
    parked = entry.path
    if original == entry.path:  # both versions have one name: they change places
        parked = f"{_FOLDER}/{entry.path}"
        aside = _aside(folder, parked)
        (folder / entry.path).rename(aside)
        (folder / old.path).rename(folder / entry.path)
        aside.rename(folder / parked)
    caveat = f"{entry.dataset}: rolled back on {day} to the version of {old.fetched_on}"
    used = dataclasses.replace(old, path=original, caveat=caveat)
    others = tuple(e for e in area.entries if (e.path, e.dataset) != (entry.path, entry.dataset))
    kept = {path: e for path, e in replaced.items() if path != entry.path}
    kept[used.path] = dataclasses.replace(entry, path=parked)
    return RawArea(folder, others).adding([used]), kept, used


def _aside(folder: Path, path: str) -> Path:
    return (folder / path).with_name(f".{Path(path).name}.tmp-swap")


def undo_cut_swaps(folder: Path) -> None:
    """Put two versions of one name back where the records say that they lie, if a process died while it swapped them.

    To be called with the area locked, before leftovers are swept.
    """
    try:
        replaced = previous_of(folder)
    except DamagedDataError:
        return  # whoever wants an earlier version is told
    for entry in RawArea.open(folder).entries:
        old = replaced.get(entry.path)
        if old is None or old.path != f"{_FOLDER}/{entry.path}":
            continue
        used, kept, aside = folder / entry.path, folder / old.path, _aside(folder, old.path)
        if what_differs(used, Digest(entry.sha256, entry.size_bytes)) is None:
            continue
        found = {sha256_of(path): path for path in (used, kept, aside) if path.is_file()}
        if not {entry.sha256, old.sha256} <= found.keys():
            continue  # damaged otherwise
        if found[entry.sha256] != aside:
            found[entry.sha256].rename(aside)
        if found[old.sha256] != kept:
            found[old.sha256].rename(kept)
        aside.rename(used)


def changes(folder: Path, datasets: Iterable[str] = ()) -> tuple[Change, ...]:
    """Return how the files in use differ from the versions before; all datasets when none is named.

    Raises
    ------
    MissingDataError, DamagedDataError
        If a version is gone or damaged.
    """
    wanted = set(datasets)
    area, replaced = RawArea.open(folder), previous_of(folder)
    forget = f"delete {folder / _RECORD}: then no earlier versions are known"
    found = []
    for entry in area.entries:
        old = replaced.get(entry.path)
        if old is None or (wanted and entry.dataset not in wanted):
            continue
        places = area.file(entry), require(folder / old.path, Digest(old.sha256, old.size_bytes), fix=forget)
        now, before = (npis_of(place, entry.dataset) for place in places)
        days, rows = (entry.fetched_on, old.fetched_on), (entry.rows, old.rows)
        found.append(
            Change(entry.dataset, entry.path, *days, *rows, tuple(sorted(now - before)), tuple(sorted(before - now)))
        )
    return tuple(found)

"""The files that stages read: from the raw area by dataset name, or the user's own in their place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.errors import MissingDataError
from deserts.pipeline.run import Run
from deserts.sources.fetch import region_area
from deserts.sources.lock import is_own
from deserts.sources.publishers import nppes_files
from deserts.sources.raw import DATASETS, HOW_TO_MEND, LockEntry
from deserts.sources.readers.years import year_of_name
from deserts.store import Digest, require, sha256_of

__all__ = [
    "InputFile",
    "as_of",
    "file_hashes",
    "files_for",
    "network_hash",
    "rejected_frame",
    "table_hashes",
]


_OWN = "user:"
_PUBLISHED_AFTER_YEARS, _PUBLISHED_MONTH = 2, 6
"""Claims of a year are published in May of the second year after it."""

_CREDITS = {"zip_places": "ZIP places: GeoNames, geonames.org, CC BY 4.0"}
"""Credit owed whatever way a file came; that of roads is read from the extract itself."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a stage reads.

    Parameters
    ----------
    place
        Where it is; `path` is what to read.
    dataset
        Name in `deserts.sources.raw.DATASETS`.
    name
        Stable name for manifests: the path below the raw area, or ``user:`` and the file name.
    sha256
        Hash of its bytes.
    fetched_on
        Day it was fetched; empty for a user's own file, whose date tells nothing of what it holds.
    year
        Calendar year it describes, or None.
    notice, attribution
        Sentences that outputs derived from it must show, may be empty.
    published_on
        Day that the publisher gives it, by its version or its name; empty where it gives no whole day.
    address
        Where it was fetched from, without a query part; ``file:`` and the name for a user's own.
    rows
        Rows as counted when it was fetched, or None.
    """

    place: Path
    dataset: str
    name: str
    sha256: str
    fetched_on: str
    year: int | None = None
    notice: str = ""
    attribution: str = ""
    published_on: str = ""
    rows: int | None = None
    address: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is a file of the user's own."""
        return self.name.startswith(_OWN)

    @property
    def path(self) -> Path:
        """Where it is, its content checked against its hash.

        Raises
        ------
        DamagedDataError
            If it is not what was fetched or given.
        """
        return require(self.place, Digest(self.sha256), fix=HOW_TO_MEND)


def files_for(run: Run, dataset: str) -> tuple[InputFile, ...]:
    """Return the files of a dataset that the stage ``data`` chose, or the user's own; none is a valid answer.

    Raises
    ------
    MissingDataError
        If a file is gone, or one of the user's does not exist.
    """
    area = region_area(run.region, run.service, run.settings)
    entries = area.of(dataset)
    chosen = tuple(entry for entry in entries if is_own(entry)) or entries
    if gone := [entry.path for entry in chosen if not (area.folder / entry.path).is_file()]:
        raise MissingDataError(
            "a raw file of the lock is gone", where=area.folder / gone[0], fix="run `deserts stage data`"
        )
    return tuple(_input_file(area.folder, entry) for entry in chosen)


def _input_file(folder: Path, entry: LockEntry) -> InputFile:
    own = is_own(entry)
    return InputFile(
        place=folder / entry.path,  # that of a user's own file is absolute and replaces the folder
        dataset=entry.dataset,
        name=f"{_OWN}{Path(entry.path).name}" if own else entry.path,
        sha256=entry.sha256,
        fetched_on=entry.fetched_on,
        year=year_of_name(Path(entry.path).name) if own else entry.year,
        notice="; ".join(filter(None, [entry.notice, entry.caveat])),
        attribution=entry.attribution or _CREDITS.get(entry.dataset, ""),
        published_on=_published_on(entry),
        address=entry.url,
        rows=entry.rows,
    )


def _published_on(entry: LockEntry) -> str:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", entry.version):
        return entry.version
    day = nppes_files.day_of(entry.path) if entry.dataset == "nppes_deactivated" else None
    return "" if day is None else day.isoformat()


def as_of(run: Run) -> dt.date:
    """Return the day that ages and chances are reckoned from, a recorded parameter of a run.

    The day asked for, else that on which the newest file of a publisher was fetched, as the lock records it. Where all
    files are the user's own, the day on which claims as new as theirs are published: no date of a file decides.
    """
    if run.settings.as_of is not None:
        return run.settings.as_of
    files = [file for dataset in DATASETS for file in files_for(run, dataset)]
    days = [dt.date.fromisoformat(file.fetched_on) for file in files if file.fetched_on]
    if days:
        return max(days)
    newest = max((file.year for file in files if file.dataset == "claims" and file.year is not None), default=None)
    return dt.date(1970, 1, 1) if newest is None else dt.date(newest + _PUBLISHED_AFTER_YEARS, _PUBLISHED_MONTH, 1)


def file_hashes(files: Iterable[InputFile]) -> dict[str, str]:
    """Return name to sha256, for manifests; of two files of one name the second is named ``NAME (2)``."""
    found: dict[str, str] = {}
    for file in files:
        same = sum(name == file.name or name.startswith(f"{file.name} (") for name in found)
        found[f"{file.name} ({same + 1})" if same else file.name] = file.sha256
    return found


def table_hashes(run: Run, *names: str) -> dict[str, str]:
    """Return ``table:NAME`` to sha256 of the tables that a stage reads.

    Raises
    ------
    MissingDataError, DamagedDataError, MixedRunsError
        If an earlier stage has not written one of them, or it cannot be used.
    """
    return {f"table:{name}": run.store.identity(name) for name in names}


def network_hash(run: Run) -> dict[str, str]:
    """Return the hash of the road network as a stage will read it, for manifests."""
    return {"network": sha256_of(run.store.find_network())}


def rejected_frame(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Stack the damaged rows of several files: ``file, line, reason``."""
    frames = [rejected.assign(file=name)[["file", "line", "reason"]] for name, rejected in parts if len(rejected)]
    if not frames:
        return pd.DataFrame(
            {"file": pd.Series(dtype=str), "line": pd.Series(dtype="int64"), "reason": pd.Series(dtype=str)}
        )
    return pd.concat(frames, ignore_index=True)

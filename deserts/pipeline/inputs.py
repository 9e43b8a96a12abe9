"""The files that stages read: from the raw area by dataset name, or the user's own in their place."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.errors import MissingDataError
from deserts.pipeline.run import Run
from deserts.sources.raw import RawArea
from deserts.store import sha256_of

__all__ = [
    "InputFile",
    "claims_year",
    "file_hashes",
    "files_for",
    "rejected_frame",
    "table_hashes",
    "user_file_datasets",
]


_CREDITS = {"zip_places": "ZIP places: GeoNames, geonames.org, CC BY 4.0"}
"""Credit that a user's own file of a dataset still owes; that of roads is read from the extract itself."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that a stage reads.

    Parameters
    ----------
    path
        Where it is.
    dataset
        Name in `deserts.sources.raw.DATASETS`.
    name
        Stable name for manifests: the path below the raw area, or ``user:`` and the file name.
    sha256
        Hash of its bytes.
    fetched_on
        Day it was fetched; for a user's file, the day it was last changed.
    year
        Calendar year it describes, or None.
    notice, attribution
        Sentences that outputs derived from it must show, may be empty.
    """

    path: Path
    dataset: str
    name: str
    sha256: str
    fetched_on: str
    year: int | None = None
    notice: str = ""
    attribution: str = ""


def user_file_datasets(run: Run) -> Mapping[str, tuple[Path, ...]]:
    """Return the datasets that the user's own files take the place of."""
    files = run.settings.files
    given = {
        "roads": files.roads,
        "claims": files.claims,
        "directory": (files.directory,) if files.directory else (),
        "county_polygons": (files.counties,) if files.counties else (),
        "zip_places": (files.zips,) if files.zips else (),
    }
    return {dataset: paths for dataset, paths in given.items() if paths}


def files_for(run: Run, dataset: str) -> tuple[InputFile, ...]:
    """Return the files of a dataset, the user's own if there are any; none is a valid answer.

    Raises
    ------
    MissingDataError
        If a file of the user's does not exist.
    """
    own = user_file_datasets(run).get(dataset)
    if own is not None:
        return tuple(_user_file(path, dataset) for path in own)
    area = RawArea.open(run.settings.raw_area(run.region))
    entries, paths = area.of(dataset), area.paths(dataset, required=False)
    return tuple(
        InputFile(
            path, dataset, entry.path, entry.sha256, entry.fetched_on, entry.year, entry.notice, entry.attribution
        )
        for entry, path in zip(entries, paths, strict=True)
    )


def _user_file(path: Path, dataset: str) -> InputFile:
    if not path.is_file():
        raise MissingDataError(f"there is no such file for {dataset}", where=path, fix="check the path")
    changed = dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date().isoformat()
    credit = _CREDITS.get(dataset, "")
    return InputFile(
        path, dataset, f"user:{path.name}", sha256_of(path), changed, claims_year(path.name), attribution=credit
    )


def claims_year(name: str) -> int | None:
    """Read the calendar year out of a claims file's name (``…D24_Prov_Svc.csv``, ``…_2021_…``), None if it has none."""
    if (match := re.search(r"_D(\d\d)_", name)) is not None:
        return 2000 + int(match.group(1))
    match = re.search(r"(?<!\d)(20[0-4]\d)(?!\d)", name) or re.search(r"cy(20[0-4]\d)", name, re.IGNORECASE)
    return None if match is None else int(match.group(1))


def file_hashes(files: Iterable[InputFile]) -> dict[str, str]:
    """Return name to sha256, for manifests."""
    return {file.name: file.sha256 for file in files}


def table_hashes(run: Run, *names: str) -> dict[str, str]:
    """Return ``table:NAME`` to sha256 of the tables that a stage reads.

    Raises
    ------
    MissingDataError
        If an earlier stage has not written one of them.
    """
    found: dict[str, str] = {}
    for name in names:
        path = run.store.path(name)
        if not path.is_file():
            raise MissingDataError(
                f"the table {name!r} is not there yet", where=path, fix=f"run `make all REGION={run.region.region_id}`"
            )
        found[f"table:{name}"] = sha256_of(path)
    return found


def rejected_frame(parts: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Stack the damaged rows of several files: ``file, line, reason``."""
    frames = [rejected.assign(file=name)[["file", "line", "reason"]] for name, rejected in parts if len(rejected)]
    if not frames:
        return pd.DataFrame(
            {"file": pd.Series(dtype=str), "line": pd.Series(dtype="int64"), "reason": pd.Series(dtype=str)}
        )
    return pd.concat(frames, ignore_index=True)

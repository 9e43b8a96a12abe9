"""Where tables live, atomic writes, and the manifest of what each stage read and wrote.

``data/processed/REGION/`` holds what depends on the region alone, ``REGION/SERVICE/`` what depends on the service,
``REGION/SERVICE/GRADE/`` what depends on the grade. A file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.config import Region, Settings
from deserts.errors import InputError, MissingDataError
from deserts.tables import Scope, table, validate

__all__ = ["FlowRow", "Store", "atomic_path", "sha256_of", "write_bytes", "write_json", "write_text"]


@contextmanager
def atomic_path(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the target's folder that replaces ``path`` when the block ends without an error.

    Parameters
    ----------
    path
        The final place. Its folder is made when it is not there.
    private
        Whether only the owner may read it (mode 0600), as for files about patients.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mode = 0o600 if private else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def write_bytes(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write bytes atomically."""
    with atomic_path(path, private=private) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write UTF-8 text atomically, with line feeds on every system."""
    write_bytes(path, text.encode("utf-8"), private=private)


def write_json(path: Path, value: Any, *, private: bool = False) -> None:
    """Write JSON atomically with sorted keys, so that equal values are equal bytes."""
    write_text(
        path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", private=private
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's file names and contents."""
    digest = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One line of a stage's flow table: how many rows went in and out of a step, and why."""

    step: str
    rows_in: int
    rows_out: int
    why: str


@dataclass(frozen=True, slots=True)
class Store:
    """The tables of one region, service and grade.

    Parameters
    ----------
    settings
        Gives the data folders.
    region
        The region.
    service_id, grade
        Needed for tables of those scopes only.
    """

    settings: Settings
    region: Region
    service_id: str = ""
    grade: str = ""

    @property
    def region_dir(self) -> Path:
        """Folder of the region."""
        return self.settings.processed_dir / self.region.region_id

    @property
    def network_dir(self) -> Path:
        """Folder of the road network's arrays."""
        return self.region_dir / "network"

    def folder(self, scope: Scope) -> Path:
        """Return the folder of a scope.

        Raises
        ------
        ValueError
            If the store was built without the service or grade that the scope needs.
        """
        parts = {Scope.REGION: (), Scope.SERVICE: (self.service_id,), Scope.GRADE: (self.service_id, self.grade)}[scope]
        if not all(parts):
            message = f"a store without service or grade has no folder of scope {scope}"
            raise ValueError(message)
        return self.region_dir.joinpath(*parts)

    def path(self, name: str) -> Path:
        """Return the path of a table."""
        return self.folder(table(name).scope) / f"{name}.parquet"

    @property
    def provenance_path(self) -> Path:
        """Path of the record of where the data come from."""
        return self.folder(Scope.GRADE) / "provenance.json"

    def has(self, name: str) -> bool:
        """Whether a table has been written."""
        return self.path(name).is_file()

    def read(self, name: str, *, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Read a table; a spatial one comes as a GeoDataFrame.

        Raises
        ------
        MissingDataError
            If no stage has written it.
        InputError
            If the file is damaged.
        """
        path = self.path(name)
        if not path.is_file():
            raise MissingDataError(f"the table {name!r} is not there yet", where=path, fix=self._how_to_make())
        chosen = None if columns is None else list(columns)
        try:
            if table(name).is_spatial and (chosen is None or "geometry" in chosen):
                import geopandas as gpd  # heavy, and not needed by the commands under time pressure

                spatial: pd.DataFrame = gpd.read_parquet(path, columns=chosen)
                return spatial
            return pd.read_parquet(path, columns=chosen)
        except (OSError, ValueError) as error:
            raise InputError(
                f"the table {name!r} is damaged: {error}", where=path, fix="delete it and rerun its stage"
            ) from error

    def write(self, name: str, frame: pd.DataFrame) -> Path:
        """Check a table, order its declared columns first, and write it atomically as Parquet.

        Raises
        ------
        InputError
            If the table breaks its schema.
        """
        validate(name, frame)
        declared = [column for column in table(name).column_names if column in frame.columns]
        ordered = frame[declared + [column for column in frame.columns if column not in declared]].reset_index(
            drop=True
        )
        path = self.path(name)
        with atomic_path(path) as temporary:
            ordered.to_parquet(temporary, compression="zstd", index=False)
        return path

    def write_flow(self, stage: str, scope: Scope, rows: Sequence[FlowRow]) -> Path:
        """Write a stage's flow table as CSV: step, rows in, rows out, why."""
        path = self.folder(scope) / f"flow_{stage}.csv"
        frame = pd.DataFrame(
            [(row.step, row.rows_in, row.rows_out, row.why) for row in rows],
            columns=["step", "rows_in", "rows_out", "why"],
        )
        write_text(path, frame.to_csv(index=False, lineterminator="\n"))
        return path

    def _how_to_make(self) -> str:
        name = self.region.region_id
        return f"make all REGION={name}" + (f" SERVICE={self.service_id} GRADE={self.grade}" if self.service_id else "")

"""The tables of one region, service and grade: where they live, and what a reader may trust.

``data/processed/REGION/`` holds what depends on the region alone, ``REGION/SERVICE/`` what depends on the service,
``REGION/SERVICE/GRADE/`` what depends on the grade; each has a folder ``own-…`` for runs on a user's own files.

A stage reads what the stages before it have just written. Everybody else reads a *whole* run: that which
``run.json`` of the grade names by hash, although newer tables may be under way or belong to another grade's run.
Every file is checked against its recorded hash before its first use in a process.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.config import Region, Settings
from deserts.errors import DamagedDataError, DesertsError, MissingDataError, MixedRunsError
from deserts.provenance import Provenance, load_provenance
from deserts.store.digests import Digest, is_written_here, require, sha256_of, what_differs
from deserts.store.files import atomic_path, restore_folder, write_text
from deserts.store.kept import kept_path
from deserts.store.manifest import Lineage, Manifest
from deserts.store.own import PUBLISHED, OwnFiles
from deserts.store.sealed import read_sealed
from deserts.tables import Scope, table, validate

__all__ = ["FlowRow", "Store"]

_MADE = {"times": "drive times were", "provenance": "the record of sources was", "map": "the map was"}
"""What a stage makes, for sentences; the others make what they are called."""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One line of a stage's flow table: how many rows went in and out of a step, and why."""

    step: str
    rows_in: int
    rows_out: int
    why: str


@dataclass(frozen=True)
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
    own
        The user's own files that the run was made from.
    building
        Whether a stage reads: then the newest tables count, not those of the last whole run.
    """

    settings: Settings
    region: Region
    service_id: str = ""
    grade: str = ""
    own: OwnFiles = PUBLISHED
    building: bool = False

    # --- where things live --------------------------------------------------------------------------------------------

    @property
    def region_dir(self) -> Path:
        """Folder of the region."""
        return self.settings.processed_dir / self.region.region_id

    @property
    def network_dir(self) -> Path:
        """Folder that the road network's arrays are written to; `find_network` says which one to read."""
        return self.folder(Scope.NETWORK) / "network"

    @property
    def provenance_path(self) -> Path:
        """Path that the record of where the data come from is written to; `provenance` reads it."""
        return self.folder(Scope.GRADE) / "provenance.json"

    @property
    def run_path(self) -> Path:
        """Path of the record of the last whole run."""
        return self.folder(Scope.GRADE) / "run.json"

    @property
    def name_of_run(self) -> str:
        """Place of the run below ``data/processed``, by which its record tells that it is no other's."""
        return self.folder(Scope.GRADE).relative_to(self.settings.processed_dir).as_posix()

    def folder(self, scope: Scope) -> Path:
        """Return the folder of a scope.

        Raises
        ------
        ValueError
            If the store was built without the service or grade that the scope needs.
        """
        parts = {Scope.SERVICE: (self.service_id,), Scope.GRADE: (self.service_id, self.grade)}.get(scope, ())
        if not all(parts):
            message = f"a store without service or grade has no folder of scope {scope}"
            raise ValueError(message)
        return self.region_dir.joinpath(*parts, *filter(None, [self.own.tag(scope)]))

    def path(self, name: str) -> Path:
        """Return the path that a table is written to; `find` says which file to read."""
        return self.folder(table(name).scope) / f"{name}.parquet"

    # --- what may be read ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> Lineage:
        """The manifests that stand in the folders now, those of an unfinished run included."""
        scopes = [Scope.REGION, Scope.NETWORK]
        scopes += [Scope.SERVICE] if self.service_id else []
        scopes += [Scope.GRADE] if self.service_id and self.grade else []
        return Lineage.of_folders({str(scope): self.folder(scope) for scope in scopes})

    @property
    def lineage(self) -> Lineage:
        """The manifests that count: for a stage the newest, else those of the last whole run where there is one."""
        return self.current if self.building else self._whole

    @functools.cached_property
    def _whole(self) -> Lineage:
        """The last whole run, the same one for every table that is read through this object."""
        if self.service_id and self.grade:
            try:
                facts = read_sealed(self.run_path, fix="run `deserts run` again")
                if facts["of"] == self.name_of_run:
                    return Lineage.from_json(facts["stages"])
            except (DesertsError, KeyError):
                pass  # none, or a damaged one: the manifests tell as much, and their chain is checked
        return self.current

    def has(self, name: str) -> bool:
        """Whether a table can be read."""
        return self.has_file(self.path(name))

    def has_network(self) -> bool:
        """Whether a road network can be read."""
        return self.has_file(self.network_dir)

    def has_file(self, path: Path) -> bool:
        """Whether a file or a folder that a stage writes can be read."""
        recorded = self._recorded(path)
        if recorded is None:
            return path.exists() and is_written_here(path)
        return path.exists() or kept_path(path, recorded[1]).exists()

    def find(self, name: str) -> Path:
        """Return the file to read a table from, checked.

        Raises
        ------
        MissingDataError
            If no finished stage has written it.
        DamagedDataError
            If it is not what the stage wrote.
        MixedRunsError
            If it was made from other tables than those that stand beside it.
        """
        return self.find_file(self.path(name), f"the table {name!r}")

    def find_network(self) -> Path:
        """Return the folder to load the road network from, its index checked; loading checks the arrays."""
        restore_folder(self.network_dir)
        return self.find_file(self.network_dir, "the road network")

    def find_file(self, path: Path, what: str) -> Path:
        """Return the file that stands for ``path`` in this run, checked; see `find`."""
        if self.building and is_written_here(path):
            return path
        recorded = self._recorded(path)
        if recorded is None:
            if path.exists() and is_written_here(path):
                return path
            unfinished = ", or its stage was not finished" if path.exists() else ""
            raise MissingDataError(f"{what} is not there yet{unfinished}", where=path, fix=self.how_to_make())
        manifest, digest = recorded
        self._refuse_mix(manifest)
        if what_differs(path, digest) is None:
            return path
        kept = kept_path(path, digest)
        return require(kept if kept.exists() else path, digest, fix=self.how_to_make())

    def beside(self, grade: str, *names: str) -> Store | None:
        """Return the run of another grade that was made from the same tables; None where that grade has none.

        Parameters
        ----------
        grade
            The other grade.
        names
            Tables that the reader wants of it.

        Raises
        ------
        MixedRunsError
            If it was made from another version of a table that both grades share.
        """
        other = dataclasses.replace(self, grade=grade)
        if not all(other.has(name) for name in names):
            return None
        for scope in (Scope.REGION, Scope.NETWORK, Scope.SERVICE):
            for path, digest in self.lineage.shared(self._below_data(self.folder(scope))).items():
                theirs = other.lineage.of_output(path)
                if theirs is not None and theirs[1].sha256 != digest.sha256:
                    raise MixedRunsError(
                        f"the run at grade {grade} was made from another {Path(path).stem} than that at {self.grade}",
                        where=other.folder(Scope.GRADE),
                        fix=other.how_to_make(),
                    )
        return other

    def _below_data(self, path: Path) -> str:
        return path.relative_to(self.settings.data_dir).as_posix()

    def identity(self, name: str) -> str:
        """Return the sha256 of a table as a stage will read it, checked."""
        return sha256_of(self.find(name))

    def provenance(self) -> Provenance:
        """Return what every output of this run must say of itself."""
        return load_provenance(self.find_file(self.provenance_path, "the record of where the data come from"))

    def data_day(self) -> str | None:
        """Return the day of the public data, ISO; None before a run says where its data come from."""
        return self.provenance().refreshed_on if self.has_file(self.provenance_path) else None

    def _recorded(self, path: Path) -> tuple[Manifest, Digest] | None:
        return self.lineage.of_output(self._below_data(path))

    def _refuse_mix(self, manifest: Manifest) -> None:
        broken = self.lineage.break_above(manifest.stage)
        if broken is not None:
            reader, read = broken
            made = _MADE.get(reader, f"{reader} were")
            raise MixedRunsError(
                f"{made} made from another {read.replace('_', ' ')} than stands there now",
                where=self.folder(Scope.GRADE) if self.grade else self.region_dir,
                fix=self.how_to_make(),
            )

    # --- reading and writing tables -----------------------------------------------------------------------------------

    def read(
        self, name: str, *, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
    ) -> pd.DataFrame:
        """Read a table, checked; a spatial one comes as a GeoDataFrame.

        Parameters
        ----------
        name
            Name of the table.
        columns
            Columns to read; None reads all.
        filters
            Conditions ``(column, operator, value)`` that rows must all meet; those that do not are not read.

        Raises
        ------
        MissingDataError, DamagedDataError, MixedRunsError
            As in `find`.
        """
        path = self.find(name)
        chosen = None if columns is None else list(columns)
        try:
            if table(name).is_spatial and (chosen is None or "geometry" in chosen):
                import geopandas as gpd  # heavy, and not needed by the commands under time pressure

                spatial: pd.DataFrame = gpd.read_parquet(path, columns=chosen)
                return spatial
            return pd.read_parquet(path, columns=chosen, filters=None if filters is None else list(filters))
        except (OSError, ValueError) as error:
            raise DamagedDataError(
                f"the table {name!r} is damaged: {error}", where=path, fix=self.how_to_make()
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

    def how_to_make(self) -> str:
        """Return the command that makes the tables of this run, as an instruction."""
        service = f" --service {self.service_id}" if self.service_id else ""
        grade = f" --grade {self.grade}" if self.grade else ""
        own = f" (with your own {self.own.sentence()})" if self.own.files else ""
        return f"run `deserts run --region {self.region.region_id}{service}{grade}`{own}"

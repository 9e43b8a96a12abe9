"""Write a pack: what answers read, without what a team wrote down unless it is asked for."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from deserts.packs.record import (
    CALLS,
    NETWORK,
    PROFILE,
    PROVENANCE,
    RECORD,
    TABLES,
    Member,
    PackRecord,
    network_member,
    table_member,
)
from deserts.packs.roads import STATE, Area, pack_roads
from deserts.provenance import Provenance
from deserts.roads.packing import network_to_tables
from deserts.services.profile import Service, is_packaged
from deserts.store import Store, sha256_of, write_bytes, write_json, write_sealed, write_text
from deserts.store.archive import write_archive
from deserts.store.scratch import scratch_folder

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Packed", "write_arrow", "write_pack"]

_CALL: Final = "verification"
_FOLLOWERS: Final = frozenset({_CALL, "affiliation", "deactivation"})
"""Sources of evidence that name nobody by themselves: a clinician whom they alone show was named by a call."""

_NOT_PACKED: Final = frozenset({"note", "asked", "answered_by", "logged_by"})
"""What of a call stays behind: free text, and the names of who answered and of who wrote."""

_LEVEL: Final = 19
"""Effort of the packing: it is made once and opened often."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written: the file, its size and hash, and what it says of itself."""

    path: Path
    size_bytes: int
    sha256: str
    record: PackRecord
    calls: int


def write_pack(
    path: Path, store: Store, *, service: Service, code: str, made_on: dt.date, team: bool = False, area: Area = STATE
) -> Packed:
    """Pack a finished run into one file.

    Parameters
    ----------
    path
        The file to write.
    store, service
        The run.
    code
        Version of the program.
    made_on
        Day of packing, which the pack says on every answer.
    team
        Whether what clinics told the team goes along: dated, without free text and names. The file is then readable by
        its owner alone, and every answer from it says for whom it is.
    area
        How far beyond the region the pack answers.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    SourceError
        If the team's log cannot be read whole.
    """
    folder = scratch_folder("packing")
    provenance = store.provenance()
    record = PackRecord(
        store.region.region_id, service.service_id, store.grade, made_on.isoformat(), code, team,
        store.settings.time_limit_min, store.settings.max_snap_km,
    )  # fmt: skip
    calls = _calls(store, service) if team else []
    roads = pack_roads(store, area)
    tables = {table_member(name): store.find(name) for name, must in TABLES.items() if must or store.has(name)}
    frames = roads.frames if team else {**roads.frames, **_public(store, roads.frames["site_snaps"])}
    for name, frame in frames.items():
        tables[table_member(name)] = _write_table(folder / table_member(name), frame)
    for name, held in network_to_tables(roads.network).items():
        write_arrow(folder / network_member(name), held)
    write_json(folder / NETWORK, roads.network.meta)
    write_text(folder / PROVENANCE, _provenance(provenance, record).to_json())
    if team:
        write_json(folder / CALLS, calls, private=True)
    if service.path is not None and not is_packaged(service):
        write_bytes(folder / PROFILE, service.path.read_bytes())
    written = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    files = {**tables, **{file.relative_to(folder).as_posix(): file for file in written}}
    members = {name: Member(file.stat().st_size, sha256_of(file)) for name, file in files.items()}
    whole = dataclasses.replace(record, members=members)
    write_sealed(folder / RECORD, whole.to_json())
    size = write_archive(path, {}, {**files, RECORD: folder / RECORD}, packed=False, private=team)
    return Packed(path, size, sha256_of(path), whole, len(calls))


def _public(store: Store, snaps: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return tables as public files alone give them: without evidence of calls, and without whom only a call named."""
    evidence, people, sites = (store.read(name) for name in ("evidence", "specialists_unasked", "sites_unasked"))
    named = set(evidence.loc[~evidence["source"].isin(list(_FOLLOWERS)), "npi"])
    sites = sites[sites["npi"].isin(named)]
    return {
        "evidence": evidence[evidence["npi"].isin(named) & (evidence["source"] != _CALL)],
        "specialists_unasked": people[people["npi"].isin(named)],
        "sites_unasked": sites,
        "site_snaps": snaps[snaps["site_id"].isin(sites["site_id"])],
    }


def _calls(store: Store, service: Service) -> list[dict[str, Any]]:
    """Return the team's dated answers as plain values, without free text and names."""
    from deserts.specialists.log import read_verifications

    rows = read_verifications(store.settings, service=service)
    if rows is None:
        return []
    kept = rows.drop(columns=[name for name in _NOT_PACKED if name in rows.columns])
    return [{str(name): value for name, value in row.items() if pd.notna(value)} for row in kept.to_dict("records")]


def _provenance(provenance: Provenance, record: PackRecord) -> Provenance:
    """Return what every answer from the pack must say; the names of a user's own files stay behind."""
    own = {sha: f"own {dataset}" for dataset, _, sha in provenance.own}
    return dataclasses.replace(
        provenance,
        notices=(record.notice(), *provenance.notices),
        own=tuple((dataset, f"own {dataset}", sha) for dataset, _, sha in provenance.own),
        inputs=tuple((own.get(sha, name), sha) for name, sha in provenance.inputs),
    )


def _write_table(path: Path, frame: pd.DataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.reset_index(drop=True).to_parquet(path, compression="zstd", compression_level=_LEVEL, index=False)
    return path


def write_arrow(path: Path, held: pa.Table) -> None:
    """Write a table of the road network: whole numbers as differences from one row to the next."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {c.name: "DELTA_BINARY_PACKED" for c in held.schema if str(c.type) in ("int32", "int64")}
    pq.write_table(
        held, path, compression="zstd", compression_level=_LEVEL, use_dictionary=False, column_encoding=whole or None
    )

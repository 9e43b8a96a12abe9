"""Open a pack that anybody may have made: bounded, compared with its own hashes, proved, and only then read.

A pack is unpacked into a folder of this process alone, under names that this program chose, and looks there like any
finished run: the same readers answer from it, and check each file again before its first use.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from deserts.config import Region, Settings
from deserts.errors import DesertsError, InputError, MissingDataError
from deserts.packs.record import (
    CALLS,
    MEMBERS,
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
from deserts.roads import Network
from deserts.roads.packing import TABLES_OF_A_NETWORK, network_from_tables
from deserts.sandbox import foreign, load_json
from deserts.services import load_service
from deserts.services.profile import Service
from deserts.sources.readers.textfile import member_names, open_member
from deserts.store import PUBLISHED, Store, digest_of, read_sealed, sha256_of, write_sealed
from deserts.store.manifest import Lineage, Manifest
from deserts.store.scratch import scratch_folder
from deserts.tables import SNAP_ROADS, Scope, validate

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OpenedPack", "open_pack"]

_FIX: Final = "get the pack again from whoever made it, and compare its sha256 with theirs"
_MOST_BYTES: Final = 1 << 30
"""Most bytes of a pack's members together. A state takes some ten million."""

_MOST_RECORD_BYTES: Final = 1 << 20
_MOST_VALUES: Final = 400_000_000
"""Most values (rows times columns) of all tables: a few bytes of Parquet can stand for any number of equal rows."""

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class OpenedPack:
    """A pack that was unpacked: what it says of itself, its sha256, and the run that it holds."""

    record: PackRecord
    sha256: str
    settings: Settings
    region: Region
    service: Service

    @property
    def store(self) -> Store:
        """The tables."""
        return Store(self.settings, self.region, self.service.service_id, self.record.grade, PUBLISHED)


def open_pack(path: Path, settings: Settings) -> OpenedPack:
    """Unpack a pack into a folder that is gone when the process ends.

    Parameters
    ----------
    path
        The file.
    settings
        Gives the folder of the user's own tables; the data folder becomes that of the pack.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it is no pack, is damaged, or holds what no pack may hold.
    """
    if not path.is_file():
        raise MissingDataError("there is no such pack", where=path, fix="check the name of the file")
    with foreign(path, "a region pack", fix=_FIX):
        try:
            return _opened(path, settings)
        except DesertsError as error:
            if error.where == str(path):
                raise
            raise InputError(f"the pack cannot be used: {error.what}", where=path, fix=error.fix or _FIX) from error


def _opened(path: Path, settings: Settings) -> OpenedPack:
    folder = scratch_folder("pack")
    try:
        record = _unpack(path, folder / "members")
        opened = _as_run(record, folder, path, settings)
        _rehearse(opened)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder / "members")
    return opened


# --- out of the archive -----------------------------------------------------------------------------------------------


def _unpack(path: Path, folder: Path) -> PackRecord:
    """Write the members that a pack may have, each as long and with the hash that its record says."""
    names = member_names(path)
    if RECORD not in names:
        raise InputError("this is no region pack", where=path, expected=f"an archive with {RECORD}", fix=_FIX)
    _extract(path, RECORD, folder, most=_MOST_RECORD_BYTES)
    record = PackRecord.from_json(read_sealed(folder / RECORD, fix=_FIX))
    strange = sorted({*record.members, *names} - MEMBERS - {RECORD})
    if strange or len(set(names)) != len(names) or {*record.members, RECORD} != set(names):
        what = f"it holds {strange[0]!r}" if strange else "its files are not those that it lists"
        raise InputError(f"this is no region pack: {what}", where=path, fix=_FIX)
    if sum(member.size_bytes for member in record.members.values()) > _MOST_BYTES:
        raise InputError("the pack unpacks to more than a region can be", where=path, fix="do not use it")
    for name, member in sorted(record.members.items()):
        found = _extract(path, name, folder, most=member.size_bytes)
        if found != member:
            raise InputError(
                f"{name} is damaged or was exchanged", where=path, expected=f"sha256 {member.sha256[:12]}…", fix=_FIX
            )
    return record


def _extract(path: Path, name: str, folder: Path, *, most: int) -> Member:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open_member(path, name) as stream, target.open("wb") as out:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > most:
                raise InputError(f"{name} is longer than the pack says", where=path, fix="do not use it")
            digest.update(block)
            out.write(block)
    return Member(size, digest.hexdigest())


# --- into a run -------------------------------------------------------------------------------------------------------


def _as_run(record: PackRecord, folder: Path, path: Path, settings: Settings) -> OpenedPack:
    members, data = folder / "members", folder / "data"
    calls = folder / CALLS
    if CALLS in record.members:
        (members / CALLS).replace(calls)
    if record.team != calls.exists():
        raise InputError("the pack does not say of itself whether it holds calls", where=path, fix=_FIX)
    of_pack = dataclasses.replace(
        settings, data_dir=data, time_limit_min=record.time_limit_min, max_snap_km=record.max_snap_km,
        calls_of_pack=calls if record.team else None,
    )  # fmt: skip
    service = _service(record, members, settings)
    opened = OpenedPack(record, sha256_of(path), of_pack, Region.parse(record.region_id), service)
    store, outputs = opened.store, {}
    left = _MOST_VALUES
    for name, must in TABLES.items():
        if table_member(name) in record.members:
            left -= _check_table(name, members / table_member(name), left)
            target = store.path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            (members / table_member(name)).replace(target)
            outputs[target] = digest_of(target)
        elif must:
            raise InputError(f"the pack lacks the table {name}", where=path, fix=_FIX)
    network = _network(record, members, left)
    _check_snaps(store, network)
    network.save(store.network_dir)
    store.provenance_path.parent.mkdir(parents=True, exist_ok=True)
    (members / PROVENANCE).replace(store.provenance_path)
    for made in (store.network_dir, store.provenance_path):
        outputs[made] = digest_of(made)
    listed = {place.relative_to(data).as_posix(): digest for place, digest in outputs.items()}
    manifest = Manifest("pack", str(Scope.GRADE), record.code, {}, {}, listed)
    facts = {"of": store.name_of_run, "own": PUBLISHED.to_json(), "stages": Lineage({"pack": manifest}).to_json()}
    write_sealed(store.run_path, facts)
    return opened


def _service(record: PackRecord, members: Path, settings: Settings) -> Service:
    """Return the profile: that of the program, or the team's own where the pack brings one."""
    if PROFILE in record.members:
        service = load_service(members / PROFILE)
        if service.service_id != record.service_id:
            raise InputError("the pack's profile is of another service", fix=_FIX)
    else:
        if Path(record.service_id).name != record.service_id or record.service_id.endswith(".toml"):
            raise InputError("the pack names no service", fix=_FIX)
        service = load_service(record.service_id, local_dir=settings.local_dir)
    service.grade(record.grade)
    return service


def _check_table(name: str, file: Path, most: int) -> int:
    """Check a table against its schema, and return how many values it has."""
    frame = _read_bounded(file, most).to_pandas()
    validate(name, frame)
    return int(frame.size)


def _read_bounded(file: Path, most: int) -> pa.Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as parquet:
        facts = parquet.metadata
        if facts.num_rows * max(1, facts.num_columns) > most or facts.num_rows < 0:
            raise InputError(f"{file.name} has more values than a region can have", fix="do not use it")
        return parquet.read()


def _network(record: PackRecord, members: Path, most: int) -> Network:
    files = {name: members / network_member(name) for name in TABLES_OF_A_NETWORK}
    if not {NETWORK, PROVENANCE, *map(network_member, files)} <= record.members.keys():
        raise InputError("the pack lacks a part of its roads", fix=_FIX)
    meta: Any = load_json((members / NETWORK).read_bytes(), where=NETWORK)
    if not isinstance(meta, Mapping):
        raise InputError("the pack's roads have no record", fix=_FIX)
    tables = {}
    for name, file in files.items():
        tables[name] = _read_bounded(file, most)
        most -= tables[name].num_rows * tables[name].num_columns
    return network_from_tables(tables, meta)


def _check_snaps(store: Store, network: Network) -> None:
    """Refuse places on roads that are not there: compiled code looks roads up without asking."""
    for name in ("site_snaps", "hospital_snaps"):
        if not store.path(name).exists():
            continue
        frame = pd.read_parquet(store.path(name))
        for road in range(1, SNAP_ROADS + 1):
            suffix = "" if road == 1 else f"_{road}"
            if f"edge{suffix}" in frame and not _fits(
                frame[f"edge{suffix}"], frame[f"fraction{suffix}"], network.edges
            ):
                raise InputError(f"the table {name} names roads that are not in the pack", fix=_FIX)


def _fits(edge: pd.Series, fraction: pd.Series, edges: int) -> bool:
    on = edge.to_numpy()
    along = fraction.to_numpy(dtype=np.float64)
    return bool(((on >= -1) & (on < edges)).all() and ((on < 0) | ((along >= 0) & (along <= 1))).all())


def _rehearse(opened: OpenedPack) -> None:
    """Read once all that an answer reads, so that what cannot be read is refused here and not in an answer."""
    from deserts.patients.search.backup_data import BackupData
    from deserts.patients.search.facts import load_team_facts
    from deserts.patients.search.routes import place_on_roads

    today = dt.datetime.now().astimezone().date()
    provenance = opened.store.provenance()
    if (provenance.region_id, provenance.service_id, provenance.grade) != (
        opened.record.region_id, opened.record.service_id, opened.record.grade,
    ) or opened.record.notice() not in provenance.notices:  # fmt: skip
        raise InputError("the pack's provenance is of another run", fix=_FIX)
    json.dumps([provenance.lines(today), provenance.is_old(today)])
    data = BackupData.load(opened.store, service=opened.service)
    place_on_roads(data, data.zips.columns(["lon"])["lon"][:1], data.zips.columns(["lat"])["lat"][:1])
    if opened.settings.calls_of_pack is not None:
        team = load_team_facts(opened.settings, opened.service, today=today, data_on=provenance.refreshed_on)
        data.asked(team.standings)

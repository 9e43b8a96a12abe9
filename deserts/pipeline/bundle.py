"""Pack a whole run so that somebody else makes the same bytes: inputs, lock, command, versions, and what must come out.

The archive is laid out as the folder in which its command is called. What a team has written down itself (calls, stock,
payers' networks) stays out unless it is asked for, and is listed; the hashes are then those of the run without it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import platform
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement

from deserts.errors import InputError
from deserts.pipeline.provenance import lock_path
from deserts.pipeline.run import Run
from deserts.pipeline.stages import run_all
from deserts.provenance import LOCK_NAME
from deserts.services.profile import is_packaged
from deserts.sources.fetch import region_area
from deserts.sources.lock import is_own
from deserts.sources.raw import LOCK_NAME as AREA_LOCK
from deserts.sources.raw import RawArea
from deserts.specialists.log import read_verifications
from deserts.specialists.payers import payer_networks_path
from deserts.store import Digest, require
from deserts.store.archive import write_archive
from deserts.store.manifest import Lineage

__all__ = ["Bundled", "write_bundle"]

_FIX: Final = "run `deserts doctor --repair` first"
_DATA: Final = "data"


@dataclasses.dataclass(frozen=True, slots=True)
class Bundled:
    """What a bundle holds, in numbers, and what it leaves out, in words."""

    files: int
    size_bytes: int
    left_out: tuple[str, ...]


def write_bundle(path: Path, run: Run, *, inputs: bool = True, team: bool = False) -> Bundled:
    """Pack a finished run into one zip archive.

    Parameters
    ----------
    path
        The archive to write.
    run
        A run that was made; its settings name the user's own files where there are any.
    inputs
        Whether raw files and the user's own are packed; otherwise only their addresses and hashes.
    team
        Whether the team's own tables are packed.

    Raises
    ------
    MissingDataError
        If the run was not made, or one of the files is gone.
    DamagedDataError
        If a file is not what the run was made from.
    """
    run = _as_made(run)
    area = region_area(run.region, run.service, run.settings)
    _refuse_others(run, area)
    left = [*_team_left_out(run, team=team), *([] if inputs else ["raw files and your own: see lock.json"])]
    made = _without_team(run) if not team and _has_team_tables(run) else run.store.lineage
    members = {
        "README.txt": _readme(run, left).encode(),
        LOCK_NAME: run.store.find_file(lock_path(run), "the record of the run's raw files").read_bytes(),
        "versions.json": _json({"deserts": _code(run), "python": platform.python_version(), "packages": _packages()}),
        "hashes.txt": _hashes(made).encode(),
        "left_out.txt": "".join(f"{line}\n" for line in left or ["nothing"]).encode(),
    }
    if run.service.path is not None and not is_packaged(run.service):
        members[f"{run.service.service_id}.toml"] = run.service.path.read_bytes()
    files = dict(_team_files(run)) if team else {}
    if inputs:
        files |= dict(_input_files(run, area))
        members[f"{_raw_folder(run)}/{AREA_LOCK}"] = _area_lock(area)
    size = write_archive(path, members, files)
    return Bundled(len(members) + len(files), size, tuple(left))


def _as_made(run: Run) -> Run:
    """Return the run with the settings that it was made with."""
    provenance = run.store.provenance()
    day = None if provenance.as_of is None else dt.date.fromisoformat(provenance.as_of)
    limit = float(dict(provenance.options).get("time_limit", run.settings.time_limit_min))
    return dataclasses.replace(run, settings=dataclasses.replace(run.settings, as_of=day, time_limit_min=limit))


def _refuse_others(run: Run, area: RawArea) -> None:
    """Refuse to pack inputs that are not those of the run: they have changed since."""
    provenance = run.store.provenance()
    now = {e.sha256[:12] for e in area.entries}
    gone = [name for name, digest in provenance.inputs if digest not in now]
    if gone:
        raise InputError(
            f"{len(gone)} inputs are no longer those of the run: {', '.join(gone[:5])}",
            where=area.folder,
            expected="the files that the run was made from, your own given with the same options",
            fix="run it again, or give your own files (--roads, --demand …)",
        )


# --- what the team wrote ----------------------------------------------------------------------------------------------


def _has_team_tables(run: Run) -> bool:
    log = read_verifications(run.settings, service=run.service)
    return log is not None or payer_networks_path(run.settings).is_file()


def _team_files(run: Run) -> Iterator[tuple[str, Path]]:
    folder = run.settings.local_dir
    for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if file.is_file() and file.parts[len(folder.parts)] != "services":
            yield f"{_DATA}/local/{file.relative_to(folder).as_posix()}", file


def _team_left_out(run: Run, *, team: bool) -> list[str]:
    if team:
        return ["your team's calls, in a database of their own"] if os.environ.get("DESERTS_DATABASE_URL") else []
    return [f"{name.removeprefix(f'{_DATA}/local/')}: your team's own table" for name, _ in _team_files(run)]


def _without_team(run: Run) -> Lineage:
    """Make the run again without the team's tables, and return its manifests."""
    with tempfile.TemporaryDirectory(prefix=".bundle.", dir=run.settings.data_dir) as name:
        data = Path(name)
        area = run.settings.raw_area(run.region)
        shutil.copytree(area, data / area.relative_to(run.settings.data_dir), copy_function=_link)
        settings = dataclasses.replace(
            run.settings, data_dir=data, local_dir=data / "local", frozen_lock=lock_path(run), allow_network=False
        )
        bare = dataclasses.replace(run, settings=settings)
        for _ in run_all(bare):
            pass
        return bare.store.current


def _link(source: str, target: str) -> None:
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


# --- what it holds ----------------------------------------------------------------------------------------------------


def _raw_folder(run: Run) -> str:
    return f"{_DATA}/{run.settings.raw_area(run.region).relative_to(run.settings.data_dir).as_posix()}"


def _input_files(run: Run, area: RawArea) -> Iterator[tuple[str, Path]]:
    for entry in area.entries:
        place = require(area.folder / entry.path, Digest(entry.sha256), fix=_FIX)
        yield (Path(entry.path).name if is_own(entry) else f"{_raw_folder(run)}/{entry.path}"), place


def _area_lock(area: RawArea) -> bytes:
    entries = [dataclasses.asdict(entry) for entry in area.entries if not is_own(entry)]
    return _json({"entries": sorted(entries, key=lambda e: (str(e["path"]), str(e["dataset"])))})


def _hashes(made: Lineage) -> str:
    """Return what must come out, in the form that ``sha256sum --check`` reads: what readers of a whole run read."""
    lines = []
    for manifest in (manifest for manifest in made.manifests.values() if manifest.is_read):
        for path, digest in manifest.outputs.items():
            if path.endswith((".parquet", ".csv")):
                lines.append(f"{digest.sha256}  {_DATA}/{path}\n")
    return "".join(sorted(lines))


def _readme(run: Run, left: list[str]) -> str:
    provenance = run.store.provenance()
    command = shlex.join([*provenance.command(), "--data", _DATA, "--local", f"{_DATA}/local", "--no-network"])
    return "\n".join(
        [
            f"A run of deserts: region {provenance.region_id}, {provenance.service_id}, grade {provenance.grade}.",
            "To make it again, unpack this archive, and with the versions of versions.json call in its folder:",
            "",
            f"  {command}",
            "  sha256sum --check hashes.txt",
            "",
            "Where raw files were left out, leave out --no-network too: they are fetched by the addresses of the lock.",
            "Left out:",
            *(f"  {line}" for line in left or ["nothing"]),
            *provenance.attribution,
            "",
        ]
    )


def _code(run: Run) -> str:
    return run.store.provenance().code


def _packages() -> dict[str, str]:
    """Return name and version of every package that the program needs, and of those that these need."""
    found: dict[str, str] = {}
    asked = ["deserts"]
    while asked:
        name = asked.pop()
        try:
            facts = metadata.distribution(name)
        except metadata.PackageNotFoundError:  # for another platform, or an extra that is not installed
            continue
        if facts.name in found:
            continue
        found[facts.name] = facts.version
        needs = [Requirement(text) for text in facts.requires or ()]
        asked += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return dict(sorted(found.items()))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

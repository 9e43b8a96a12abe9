"""Open a run: turn names, folders and options into the frozen objects that everything below takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deserts.config import Region, Settings, UserFiles
from deserts.errors import InputError, MissingDataError
from deserts.services import load_service

if TYPE_CHECKING:
    from deserts.api.run import Run

__all__ = ["build_run", "build_settings", "made_run", "open_run"]


def open_run(
    region: str = "example",
    *,
    service: str | Path = "itb",
    grade: str | None = None,
    data: str | Path | None = None,
    local: str | Path | None = None,
    pack: str | Path | None = None,
) -> Run:
    """Open a finished run.

    Parameters
    ----------
    region
        Postal codes joined by ``-`` (``"ME"``, ``"ME-NH-VT"``), ``"US"`` or ``"example"``. Of several runs of a grade,
        on the publishers' files and on your own, the one that was finished last is opened; ``"ME@published"`` and
        ``"ME@own-3fa2c1d8"`` name one.
    service
        Name of a profile (``"itb"``, ``"mohs"``, one of your own) or path of a ``.toml`` profile.
    grade
        Rung of the service's ladder from which clinicians count; the profile's default when None.
    data, local
        Data folder and folder of your own tables; otherwise ``DESERTS_DATA`` or ``./data``, and ``DESERTS_HOME`` or
        ``local`` within it.
    pack
        A region pack instead of a data folder: it answers questions about patients, and holds no scores.

    Returns
    -------
    Run
        With the limits that its drive times were made with.

    Raises
    ------
    MissingDataError
        If no such run has been made.
    UnknownNameError
        If region, service or grade is not known.

    Examples
    --------
    >>> run = deserts.open("example")
    >>> run.grade
    'manages_pumps'
    >>> run.findings.startswith("The embedded example (synthetic): of 948,320 residents")
    True
    """
    run = made_run(region=region, service=service, grade=grade, data=data, local=local, pack=pack)
    if pack is None and not run.store.has("county_scores"):
        name = region.partition("@")[0]
        raise MissingDataError(
            f"no finished run of {name}, {run.service.service_id} at grade {run.grade} is here",
            where=run.settings.processed_dir,
            fix=f"deserts.build({name!r}), or `make all REGION={name}`; or name another data folder with data=",
        )
    return run


def made_run(
    *,
    region: str,
    service: str | Path,
    grade: str | None = None,
    data: str | Path | None = None,
    local: str | Path | None = None,
    pack: str | Path | None = None,
) -> Run:
    """Resolve the run that a question is asked of, whether or not all of it has been made; see `open_run`.

    Raises
    ------
    UnknownNameError
        If the region, the service or the grade is not known.
    InputError
        If the pack cannot be used, or is of another region, service or grade than those that are named.
    """
    if pack is not None:
        if data is not None:
            raise InputError("a pack and a data folder are two places for one run", fix="give one of them")
        return _packed_run(Path(pack), region=region, service=service, grade=grade, local=local)
    from deserts.store.whole import own_of_run  # imports pandas: not needed to see the help of a command

    name, _, which = region.partition("@")
    run = build_run(build_settings(data=data, local=local), region=name, service=service, grade=grade)
    run = dataclasses.replace(run, of=own_of_run(run.store, which))
    times = run.store.lineage.manifests.get("times")
    made = {} if times is None else times.parameters
    limits = {name: made[name] for name in ("time_limit_min", "max_snap_km") if name in made}
    return dataclasses.replace(run, settings=dataclasses.replace(run.settings, **limits))


def _packed_run(path: Path, *, region: str, service: str | Path, grade: str | None, local: str | Path | None) -> Run:
    """Open a pack; names that stand at their defaults agree with every pack."""
    from deserts.api.run import Run
    from deserts.packs import open_pack
    from deserts.store import PUBLISHED

    opened = open_pack(path, build_settings(local=local))
    record = opened.record
    for what, named, default, of_pack in (
        ("region", Region.parse(region.partition("@")[0]).region_id, "example", record.region_id),
        ("service", str(service), "itb", record.service_id),
        ("grade", grade, None, record.grade),
    ):
        if named not in (default, of_pack):
            raise InputError(
                f"the pack is of {what} {of_pack}, and {named} was asked for", where=path,
                fix=f"leave the {what} away, or open the pack of that {what}",
            )  # fmt: skip
    return Run(opened.settings, opened.region, opened.service, record.grade, of=PUBLISHED)


def build_run(settings: Settings, *, region: str, service: str | Path, grade: str | None = None) -> Run:
    """Resolve the names of region, service and grade.

    Raises
    ------
    UnknownNameError
        If one of them is not known.
    """
    from deserts.api.run import Run

    profile = load_service(service, local_dir=settings.local_dir)
    name = profile.grade(grade or profile.default_grade).name
    return Run(settings, Region.parse(region), profile, name)


def build_settings(
    *,
    data: str | Path | None = None,
    local: str | Path | None = None,
    mirror: str | Path | None = None,
    no_network: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    time_limit_min: float | None = None,
    frozen_lock: str | Path | None = None,
    files: UserFiles | None = None,
    also: Sequence[str] = (),
    as_of: dt.date | None = None,
) -> Settings:
    """Combine the environment with the options that were given; an option wins."""
    settings = Settings.from_environment(data_dir=None if data is None else Path(data))
    lock = None if frozen_lock is None else Path(frozen_lock)
    changes: dict[str, object] = {"scheduler": scheduler, "max_workers": workers, "frozen_lock": lock}
    changes |= {"also": tuple(sorted(set(also))), "as_of": as_of}
    if local is not None:
        changes["local_dir"] = Path(local)
    if mirror is not None:
        if not Path(mirror).is_dir():
            raise InputError(
                "the mirror is not a folder", where=mirror, expected="a folder laid out as <host>/<url path>"
            )
        changes["mirror"] = Path(mirror)
    if no_network:
        changes["allow_network"] = False
    if time_limit_min is not None:
        changes["time_limit_min"] = time_limit_min
    if files is not None:
        changes["files"] = files
    return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]

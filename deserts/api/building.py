"""Make a run: every stage that has something new to do, then the run itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deserts.api.opening import build_run, build_settings
from deserts.api.run import Run
from deserts.config import UserFiles
from deserts.pipeline.stage import StageReport
from deserts.pipeline.stages import run_all

__all__ = ["build"]

Files = str | Path | Sequence[str | Path]


def build(
    region: str = "example",
    service: str | Path = "itb",
    *,
    grade: str | None = None,
    data: str | Path | None = None,
    local: str | Path | None = None,
    mirror: str | Path | None = None,
    no_network: bool = False,
    roads: Files = (),
    claims: Files = (),
    directory: str | Path | None = None,
    counties: str | Path | None = None,
    demand: str | Path | None = None,
    zips: str | Path | None = None,
    own: Mapping[str, str | Path] | None = None,
    also: Sequence[str] = (),
    time_limit_min: float = 480.0,
    frozen: str | Path | None = None,
    as_of: dt.date | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    report: Callable[[StageReport], object] | None = None,
) -> Run:
    """Run every stage that has something new to do, as ``deserts run`` does, and return the run.

    Parameters
    ----------
    region
        Postal codes joined by ``-``, ``"US"``, or ``"example"``, the embedded synthetic state.
    service
        Name of a profile, or path of a ``.toml`` profile of your own.
    grade
        Rung of the ladder from which clinicians count; the profile's default when None.
    data, local
        Data folder and folder of your own tables.
    mirror, no_network
        Folder laid out as ``<host>/<url path>`` that is asked first, and whether outside connections are forbidden.
    roads, claims, directory, counties, demand, zips
        Your own files instead of the publishers': OpenStreetMap extracts, claims of some years, clinicians, county
        polygons, demand points, ZIP places.
    own
        Your own files for further datasets, by the dataset's name (``deserts source list`` names them).
    also
        Further datasets to fetch.
    time_limit_min
        Minutes beyond which a site is out of reach.
    frozen
        Lock that names the only raw files to accept.
    as_of
        Day that ages are reckoned from; that of the newest file when None.
    workers, scheduler
        Local workers, or the address of a Dask scheduler.
    force
        Work even when nothing has changed.
    report
        Called with each stage's report as it ends, for example ``print``.

    Raises
    ------
    DesertsError
        That says what is missing or wrong, and what to do; nothing half-written is left.

    Examples
    --------
    >>> run = deserts.build("example")
    >>> "From 86901 Port Haven, XA, within 480 minutes of driving" in str(run.backups(zip="86901"))
    True
    """
    files = UserFiles(
        roads=_paths(roads),
        claims=_paths(claims),
        directory=_path(directory),
        counties=_path(counties),
        demand=_path(demand),
        zips=_path(zips),
        others=tuple(sorted((name, Path(path)) for name, path in (own or {}).items())),
    )
    settings = build_settings(
        data=data, local=local, mirror=mirror, no_network=no_network or region == "example", scheduler=scheduler,
        workers=workers, time_limit_min=time_limit_min, frozen_lock=frozen, files=files, also=also, as_of=as_of,
    )  # fmt: skip
    run = build_run(settings, region=region, service=service, grade=grade)
    for stage in run_all(run, force=force):
        if report is not None:
            report(stage)
    return run


def _path(given: str | Path | None) -> Path | None:
    return None if given is None else Path(given)


def _paths(given: Files) -> tuple[Path, ...]:
    return (Path(given),) if isinstance(given, str | Path) else tuple(Path(path) for path in given)

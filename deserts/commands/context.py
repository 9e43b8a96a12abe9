"""Turn the options of a command into the frozen objects that the packages take."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deserts.config import Region, Settings, UserFiles
from deserts.errors import InputError
from deserts.services import load_service

if TYPE_CHECKING:
    from deserts.pipeline.run import Run

__all__ = ["Run", "build_run", "build_settings", "made_run", "own_files", "parse_day"]


def build_settings(
    *,
    data: Path | None = None,
    local: Path | None = None,
    mirror: Path | None = None,
    no_network: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    time_limit_min: float | None = None,
    frozen_lock: Path | None = None,
    files: UserFiles | None = None,
    also: Sequence[str] = (),
    as_of: dt.date | None = None,
) -> Settings:
    """Combine the environment with the options that were given; an option wins."""
    settings = Settings.from_environment(data_dir=data)
    changes: dict[str, object] = {"scheduler": scheduler, "max_workers": workers, "frozen_lock": frozen_lock}
    changes |= {"also": tuple(sorted(set(also))), "as_of": as_of}
    if local is not None:
        changes["local_dir"] = local
    if mirror is not None:
        if not mirror.is_dir():
            raise InputError(
                "the mirror is not a folder", where=mirror, expected="a folder laid out as <host>/<url path>"
            )
        changes["mirror"] = mirror
    if no_network:
        changes["allow_network"] = False
    if time_limit_min is not None:
        changes["time_limit_min"] = time_limit_min
    if files is not None:
        changes["files"] = files
    return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]


def build_run(settings: Settings, *, region: str, service: str, grade: str | None = None) -> Run:
    """Resolve the names of region, service and grade.

    Raises
    ------
    UnknownNameError
        If one of them is not known.
    """
    from deserts.pipeline.run import Run

    profile = load_service(service, local_dir=settings.local_dir)
    name = grade or profile.default_grade
    profile.grade(name)
    return Run(settings, Region.parse(region), profile, name)


def made_run(
    *, region: str, service: str, grade: str | None = None, data: Path | None = None, local: Path | None = None
) -> Run:
    """Resolve the run that a question is asked of, with the limits that its drive times were made with.

    Of several runs of a grade, on the publishers' files and on the user's own, the one that was finished last answers;
    ``ME@published`` and ``ME@own-3fa2c1d8`` name one.

    Raises
    ------
    UnknownNameError
        If the region, the service or the grade is not known.
    """
    from deserts.store.whole import own_of_run

    name, _, which = region.partition("@")
    run = build_run(build_settings(data=data, local=local), region=name, service=service, grade=grade)
    run = dataclasses.replace(run, of=own_of_run(run.store, which))
    times = run.store.lineage.manifests.get("times")
    made = {} if times is None else times.parameters
    limits = {name: made[name] for name in ("time_limit_min", "max_snap_km") if name in made}
    return dataclasses.replace(run, settings=dataclasses.replace(run.settings, **limits))


def parse_day(text: str | None, *, option: str, default: dt.date | None = None) -> dt.date:
    """Read a day written as YYYY-MM-DD, or return the default (today when none is given).

    Raises
    ------
    InputError
        If the text is not such a day.
    """
    if text is None:
        return default or dt.datetime.now().astimezone().date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"{text!r} is not a day", where=option, expected="YYYY-MM-DD, for example 2026-12-03"
        ) from error


def own_files(given: Sequence[str] | None) -> tuple[tuple[str, Path], ...]:
    """Read the user's own files, each written ``DATASET=FILE``; one text may hold several, as a shell would part them.

    Raises
    ------
    InputError
        If one is not written so, or names no dataset.
    """
    from deserts.sources.raw import DATASETS

    found = []
    for text in (part for value in given or () for part in shlex.split(value)):
        dataset, sign, path = text.partition("=")
        if not sign or not path or dataset.strip() not in DATASETS:
            raise InputError(
                f"{text!r} is not a dataset and a file",
                where="--own",
                expected="DATASET=FILE, for example drug_spending=DSD_PTB_RY25.csv",
                fix="`deserts source list` lists the names of datasets",
            )
        found.append((dataset.strip(), Path(path.strip()).expanduser()))
    return tuple(sorted(found))

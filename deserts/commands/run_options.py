"""The options that say what a run is made from, declared once for every command that makes or records one."""

from __future__ import annotations

import datetime as dt
import inspect
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

import typer

from deserts.commands.context import build_run, build_settings, own_files, parse_day
from deserts.commands.options import (
    Also,
    ClaimFiles,
    CountiesFile,
    DataDir,
    DemandFile,
    DirectoryFile,
    Force,
    FrozenLock,
    GradeName,
    Limit,
    LocalDir,
    MirrorDir,
    NoNetwork,
    OwnFiles,
    RegionName,
    RoadFiles,
    SchedulerAddress,
    ServiceName,
    Workers,
    ZipsFile,
)
from deserts.config import UserFiles

if TYPE_CHECKING:
    from deserts.api.run import Run

__all__ = ["FORCE", "INPUTS", "RAW", "UNTIL", "given_files", "with_run"]

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Day that ages are reckoned from (YYYY-MM-DD); otherwise that of the newest file."),
]
Until = Annotated[str, typer.Option("--until", help="Last stage to run, with all that it depends on.")]

_RUN: Final[Mapping[str, tuple[Any, object]]] = {
    "region": (RegionName, "example"),
    "service": (ServiceName, "itb"),
    "grade": (GradeName, None),
    "data": (DataDir, None),
    "local": (LocalDir, None),
    "mirror": (MirrorDir, None),
    "no_network": (NoNetwork, False),
    "roads": (RoadFiles, None),
    "claims": (ClaimFiles, None),
    "directory": (DirectoryFile, None),
    "counties": (CountiesFile, None),
    "demand": (DemandFile, None),
    "zips": (ZipsFile, None),
    "own": (OwnFiles, None),
    "also": (Also, None),
    "time_limit": (Limit, 480.0),
    "as_of": (AsOf, None),
    "scheduler": (SchedulerAddress, None),
    "workers": (Workers, None),
    "frozen": (FrozenLock, None),
}
"""Name of an option to its declaration and its default."""

INPUTS: Final = (
    "region", "service", "grade", "data", "local", "roads", "claims", "directory", "counties", "demand", "zips", "own",
    "also",
)  # fmt: skip
"""Names of the options that say what is read."""

RAW: Final = (*INPUTS, "mirror", "no_network")
"""Names of the options that say where raw files come from."""

UNTIL: Final = {"until": (Until, "map")}
FORCE: Final = {"force": (Force, False)}


def with_run(
    body: Callable[..., None],
    text: str,
    *more: Mapping[str, tuple[Any, object]],
    arguments: Mapping[str, Any] | None = None,
    only: Sequence[str] | None = None,
) -> Callable[..., None]:
    """Build a command that resolves the run from the shared options and hands it to ``body``.

    Parameters
    ----------
    body
        Called with the run, and with the values of ``more`` and ``arguments`` by name.
    text
        Help.
    more
        Further options: name to declaration and default.
    arguments
        What stands without a name on the command line: name to declaration; a list may be left out.
    only
        Which of the shared options the command shows; None shows them all.
    """
    own = {name: declared for part in more for name, declared in part.items()}
    options = {**{name: _RUN[name] for name in only or _RUN}, **own}

    def command(**values: Any) -> None:
        further = {name: values.pop(name) for name in (*own, *(arguments or {}))}
        body(_resolve({**{name: default for name, (_, default) in _RUN.items()}, **values}), **further)

    places = [
        *((name, kind, _default_of(kind)) for name, kind in (arguments or {}).items()),
        *((name, kind, default) for name, (kind, default) in options.items()),
    ]
    parameters = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
        for name, kind, default in places
    ]
    command.__doc__ = text
    command.__annotations__ = {name: kind for name, kind, _ in places}
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command


def _default_of(kind: Any) -> object:
    return None if type(None) in get_args(get_args(kind)[0]) else inspect.Parameter.empty


def _resolve(values: dict[str, Any]) -> Run:
    files = UserFiles(
        roads=given_files(values["roads"]),
        claims=given_files(values["claims"]),
        **{name: values[name] for name in ("directory", "counties", "demand", "zips")},
        others=own_files(values["own"]),
    )
    day: dt.date | None = None if values["as_of"] is None else parse_day(values["as_of"], option="--as-of")
    settings = build_settings(
        data=values["data"], local=values["local"], mirror=values["mirror"], no_network=values["no_network"],
        scheduler=values["scheduler"], workers=values["workers"], time_limit_min=values["time_limit"],
        frozen_lock=values["frozen"], files=files, also=values["also"] or (), as_of=day,
    )  # fmt: skip
    return build_run(settings, region=values["region"], service=values["service"], grade=values["grade"])


def given_files(values: Sequence[Path] | None) -> tuple[Path, ...]:
    """Return the files that an option names: each value is one path, or a list of paths as a shell would part it.

    So ``make CLAIMS="2023.csv 2024.csv"`` and ``make CLAIMS="my claims.csv"`` both mean what they say.
    """
    found: list[Path] = []
    for value in values or ():
        if value.exists():
            found.append(value)
            continue
        try:
            parts = shlex.split(str(value))
        except ValueError:  # a quotation mark that is never closed belongs to the name
            parts = [str(value)]
        found += [Path(part) for part in parts]
    return tuple(found)

"""Options that several commands share, so that each is spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "DataDir",
    "GradeName",
    "JsonOut",
    "LocalDir",
    "MirrorDir",
    "NoNetwork",
    "RegionName",
    "SchedulerAddress",
    "ServiceName",
    "TodayDate",
    "Workers",
]

RegionName = Annotated[str, typer.Option("--region", "-r", help="Postal codes joined by '-', US, or example.")]
ServiceName = Annotated[
    str, typer.Option("--service", "-s", help="Profile name (itb, mohs) or path of a .toml profile.")
]
GradeName = Annotated[str | None, typer.Option("--grade", "-g", help="Rung of the ladder; otherwise the default.")]
DataDir = Annotated[Path | None, typer.Option("--data", help="Data folder; otherwise DESERTS_DATA or ./data.")]
LocalDir = Annotated[
    Path | None, typer.Option("--local", help="Folder of your own tables; otherwise DESERTS_HOME or data/local.")
]
MirrorDir = Annotated[
    Path | None,
    typer.Option("--mirror", help="Folder laid out as <host>/<url path>, asked first (DESERTS_MIRROR)."),
]
NoNetwork = Annotated[bool, typer.Option("--no-network", help="Forbid outside connections.")]
JsonOut = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
SchedulerAddress = Annotated[
    str | None, typer.Option("--scheduler", help="Dask scheduler, for example tcp://10.0.0.5:8786.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Local worker processes or threads; all cores otherwise.")
]
TodayDate = Annotated[
    str | None, typer.Option("--today", help="Reckon as if today were this day (YYYY-MM-DD).", hidden=True)
]

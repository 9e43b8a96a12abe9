"""Options that several commands share, so that each is spelled and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Also",
    "Blank",
    "BlankCard",
    "ClaimFiles",
    "ClaimYears",
    "Contact",
    "CountiesFile",
    "DataDir",
    "DemandFile",
    "DirectoryFile",
    "DrugEditions",
    "Example",
    "Force",
    "FrozenLock",
    "GradeName",
    "JsonOut",
    "Limit",
    "LocalDir",
    "MatrixCosts",
    "MatrixDemand",
    "MatrixSupply",
    "MirrorDir",
    "MonteCarlo",
    "NoNetwork",
    "OptionalRegion",
    "OwnFiles",
    "PackFile",
    "PaperForm",
    "PaperOut",
    "PlansAsked",
    "PrivateCsv",
    "Processes",
    "PublishForce",
    "QuotedRegion",
    "RegionName",
    "RegionOfCounty",
    "RoadFiles",
    "RoadsOrNetwork",
    "SchedulerAddress",
    "ServiceName",
    "SolverSeconds",
    "Strict",
    "TodayDate",
    "Top",
    "Workers",
    "ZipsFile",
]

RegionName = Annotated[str, typer.Option("--region", "-r", help="Postal codes joined by '-', US, or example.")]
OptionalRegion = Annotated[
    str | None, typer.Option("--region", "-r", help="Read the files of a region instead, for example: example.")
]
PrivateCsv = Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write, readable by you alone.")]
MonteCarlo = Annotated[int, typer.Option("--draws", min=20, help="Monte Carlo draws.")]
Top = Annotated[int, typer.Option("--top", min=1, help="Most rows to print (a file holds all).")]
ServiceName = Annotated[
    str, typer.Option("--service", "-s", help="Profile name (itb, mohs) or path of a .toml profile.")
]
GradeName = Annotated[str | None, typer.Option("--grade", "-g", help="Rung of the ladder; otherwise the default.")]
DataDir = Annotated[Path | None, typer.Option("--data", help="Data folder; otherwise DESERTS_DATA or ./data.")]
PackFile = Annotated[
    Path | None,
    typer.Option("--pack", help="A region pack (`deserts publish pack`) to answer from, instead of a data folder."),
]
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
OwnFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--own",
        metavar="DATASET=FILE",
        help="Your own file of a dataset of `deserts source list`, for example drug_spending=DSD_PTB.csv (repeat).",
    ),
]
TodayDate = Annotated[
    str | None, typer.Option("--today", help="Reckon as if today were this day (YYYY-MM-DD).", hidden=True)
]
RoadFiles = Annotated[
    list[Path] | None, typer.Option("--roads", help="Your own .osm.pbf or .osm (repeat for several).")
]
ClaimFiles = Annotated[
    list[Path] | None, typer.Option("--claims", help="Your own claims files (repeat for several years).")
]
DirectoryFile = Annotated[Path | None, typer.Option("--directory", help="Your own clinician directory.")]
CountiesFile = Annotated[Path | None, typer.Option("--counties", help="Your own county polygons.")]
DemandFile = Annotated[Path | None, typer.Option("--demand", help="Your own points: point_id,lon,lat,population.")]
ZipsFile = Annotated[Path | None, typer.Option("--zips", help="Your own ZIP places (GeoNames layout).")]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", help="A further dataset to fetch, for example medicaid or psps (may be repeated)."),
]
Limit = Annotated[float, typer.Option("--time-limit", min=1, help="Minutes beyond which a site is out of reach.")]
FrozenLock = Annotated[Path | None, typer.Option("--frozen", help="Accept only the raw files that this lock names.")]
Force = Annotated[bool, typer.Option("--force", help="Work even when nothing has changed.")]
PublishForce = Annotated[
    bool,
    typer.Option(
        "--force", help="Publish although a check failed that may be overridden: no headline, marked UNVERIFIED."
    ),
]
Contact = Annotated[str | None, typer.Option("--contact", help="Where corrections may be sent.")]
SolverSeconds = Annotated[
    float, typer.Option("--solver-seconds", min=1, help="Seconds that the solver may take in all; the gap is stated.")
]
Blank = Annotated[bool, typer.Option("--blank", help="Print an empty form, and leave.")]
Example = Annotated[
    bool, typer.Option("--example", help="Print a form with invented values, marked as such, and leave.")
]
PaperForm = Annotated[Path | None, typer.Argument(help="Form as JSON; - or nothing reads standard input.")]
PaperOut = Annotated[
    list[Path] | None, typer.Option("--out", "-o", help="File to write, its ending is the format; may be repeated.")
]
BlankCard = Annotated[
    bool,
    typer.Option("--blank", help="Print an empty form; with --out, write an empty paper to fill in by hand."),
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Exit code 5 if the data, or a verification shown, is over 90 days old.")
]
QuotedRegion = Annotated[
    str | None, typer.Option("--region", "-r", help="Region whose data are quoted, with their dates; none otherwise.")
]
RegionOfCounty = Annotated[
    str | None, typer.Option("--region", "-r", help="Otherwise the first region with scores that holds the county.")
]
ClaimYears = Annotated[
    list[Path] | None,
    typer.Option("--claims", help="Claims file with the year in its name; may be repeated. Otherwise the region's."),
]
DrugEditions = Annotated[
    list[Path] | None,
    typer.Option("--drug-spending", help="An edition of Part B spending by drug; may be repeated."),
]
RoadsOrNetwork = Annotated[
    list[Path] | None,
    typer.Option("--roads", help="OpenStreetMap extract (.osm.pbf, .osm), again for more; or a saved network folder."),
]
MatrixDemand = Annotated[Path, typer.Option("--demand", help="CSV: demand_id,population.")]
MatrixSupply = Annotated[Path, typer.Option("--supply", help="CSV: supply_id,supply.")]
MatrixCosts = Annotated[Path, typer.Option("--costs", help="CSV: demand_id,supply_id,minutes.")]
PlansAsked = Annotated[
    list[str] | None, typer.Option("--plan", help="Plan, contract or network by identifier; all when not given.")
]
Processes = Annotated[
    int | None, typer.Option("--workers", min=1, help="Local worker processes (Dask); threads on all cores otherwise.")
]

"""Commands that make what travels: ``finder figures fact-sheet succession-map site assets``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import Run, build_run, build_settings, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    LocalDir,
    MirrorDir,
    NoNetwork,
    RegionName,
    ServiceName,
    TodayDate,
)

__all__ = ["register"]

OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; otherwise beside the run's tables.")]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write; otherwise beside the tables.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("finder")(finder)
    app.command("figures")(figures)
    app.command("fact-sheet")(fact_sheet)
    app.command("assets")(assets)


def _folder(run: Run) -> Path:
    return run.store.provenance_path.parent


def finder(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    out: OutFile = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Make one HTML file that finds the next clinician for any ZIP of a region, with nothing to install.

    It gives the same list as `deserts backup`, opens from a mail attachment without a network, and stores nothing.
    It is a team copy: it names clinicians and holds what was said on the telephone.

    Examples
    --------
        deserts finder --region example --out finder.html
    """
    from deserts.patients.backups import BackupData
    from deserts.patients.facts import load_team_facts
    from deserts.publish.finder import write_finder

    run = build_run(build_settings(data=data, local=local), region=region, service=service, grade=grade)
    day = parse_day(today, option="--today")
    report = write_finder(
        run.store,
        out or _folder(run) / "finder.html",
        data=BackupData.load(run.store, service=run.service),
        today=day,
        facts=load_team_facts(run.settings, run.service, today=day),
    )
    typer.echo(report.path)
    typer.echo(f"{report.zips} ZIPs, {report.sites} sites, {report.size_bytes / 1e6:.1f} MB; team copy", err=True)


def figures(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Draw the figures of a run as SVG and PNG.

    Examples
    --------
        deserts figures --region example --out figures
    """
    from deserts.publish.figures import load_figure_data, write_figures

    run = build_run(build_settings(data=data, local=local), region=region, service=service, grade=grade)
    report = write_figures(load_figure_data(run.store, service=run.service), out or _folder(run) / "figures")
    for path in report.written:
        typer.echo(path)
    for name, reason in report.left_out.items():
        typer.echo(f"left out: {name}: {reason}", err=True)


def fact_sheet(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    by: Annotated[str, typer.Option("--by", help="state, cd, sldu or sldl.")] = "state",
    zip_code: Annotated[str | None, typer.Option("--zip", help="Only the district of this ZIP.")] = None,
    districts: Annotated[Path | None, typer.Option("--districts", help="Your own district boundaries.")] = None,
    contact: Annotated[str | None, typer.Option("--contact", help="Where corrections may be sent.")] = None,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a one-page fact sheet, HTML and PDF, for each state or district of a region.

    `--by cd` is for congressional districts, `sldu` and `sldl` for state senate and house districts.

    Examples
    --------
        deserts fact-sheet --region example --out sheets

        deserts fact-sheet --region example --by cd --out sheets
    """
    from deserts.publish.area_facts import list_areas, load_fact_base
    from deserts.publish.fact_sheet import areas_of_zip, make_sheets, read_allowed, write_sheets

    run = build_run(build_settings(data=data, local=local), region=region, service=service, grade=grade)
    base = load_fact_base(run.store, service=run.service)
    areas = list_areas(base, by=by, districts=districts)
    if zip_code is not None:
        areas = areas_of_zip(base, areas, zip_code)
        if len(areas) > 1:
            names = ", ".join(area.name for area in areas)
            typer.echo(f"this ZIP may cross a border: most of its people live in the first of {names}", err=True)
    sheets = make_sheets(
        base, areas, today=parse_day(today, option="--today"), allowed=read_allowed(base), contact=contact
    )
    for path in write_sheets(sheets, out or _folder(run) / "fact-sheets"):
        typer.echo(path)


def assets(*, data: DataDir = None, mirror: MirrorDir = None, no_network: NoNetwork = False) -> None:
    """Get the one script and style that maps need (Leaflet) into the cache, checked against pinned hashes.

    Looks in the cache, then asks the npm client, then the address that folium names. Without it maps are made with
    links, and say so.

    Examples
    --------
        deserts assets --no-network
    """
    from deserts.publish.assets import find_assets, pinned, web_fetcher

    settings = build_settings(data=data, mirror=mirror, no_network=no_network)
    found = find_assets(settings, fetch=web_fetcher(settings))
    for problem in found.problems:
        typer.echo(problem, err=True)
    asset = pinned()
    state = f"found ({found.came_from})" if found.complete else "not found: maps will be made with links"
    typer.echo(f"{asset.package} {asset.version}, {asset.licence}: {state}")

"""Commands that make one HTML file for coordinators: the finder and the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import DataDir, GradeName, LocalDir, RegionName, ServiceName, TodayDate
from deserts.commands.publish import OutFile

__all__ = ["desk", "finder"]


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
        deserts publish finder --region example --out finder.html
    """
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.facts import load_team_facts
    from deserts.publish.finder import write_finder

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    day = parse_day(today, option="--today")
    report = write_finder(
        run.store,
        out or run.store.provenance_path.parent / "finder.html",
        data=BackupData.load(run.store, service=run.service),
        today=day,
        facts=load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day()),
    )
    typer.echo(report.path)
    typer.echo(f"{report.zips} ZIPs, {report.sites} sites, {report.size_bytes / 1e6:.1f} MB; team copy", err=True)


def desk(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    team: Annotated[
        bool, typer.Option("--team", help="Put in what clinics said on the telephone: a copy for the team alone.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="A folder for a share instead: the page, what it is, its hash.")
    ] = None,
    out: OutFile = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Make the desk: one HTML file that answers for one patient, opened by double-click, with nothing to install.

    It gives the list of `deserts backup`, the plan by days and the nearest emergency departments for any ZIP of a
    region and its surroundings, and prints on one page. It asks nobody for anything and stores nothing. A public copy
    holds no calls; `--team` adds them and says so.

    Examples
    --------
        deserts publish desk --region example --out desk.html

        deserts publish desk --region example --folder deserts-desk
    """
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.facts import load_team_facts
    from deserts.publish.desk import write_desk
    from deserts.publish.desk_folder import DESK_NAME, finish_folder
    from deserts.publish.words import region_name

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    day = parse_day(today, option="--today")
    report = write_desk(
        run.store,
        (out or run.store.provenance_path.parent / DESK_NAME) if folder is None else folder / DESK_NAME,
        data=BackupData.load(run.store, service=run.service).prepared(),
        today=day,
        facts=load_team_facts(run.settings, run.service, today=day, data_on=run.store.data_day()) if team else None,
    )
    typer.echo(report.path)
    if folder is not None:
        data_on = run.store.provenance().refreshed_on or "an unknown day"
        for path in finish_folder(
            folder, region=region_name(run.region), data_on=data_on, made_on=day.isoformat(), is_team=team
        ):
            typer.echo(path)
    kind = "team copy" if team else "public copy, calls not included"
    typer.echo(f"{report.zips} ZIPs, {report.sites} sites, {report.size_bytes / 1e6:.1f} MB; {kind}", err=True)

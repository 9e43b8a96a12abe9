"""Command that makes a press kit: ``deserts publish press``."""

from __future__ import annotations

from typing import Annotated

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import Contact, DataDir, GradeName, LocalDir, RegionName, ServiceName, TodayDate
from deserts.commands.publish import OutFolder

__all__ = ["press"]


def press(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Postal code of one state of the run; its only one otherwise.")
    ] = None,
    contact: Contact = None,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a folder for a newsroom: finding, three numbers, map, a sheet a county, table, methods, questions, contact.

    In English and in each language of the catalogues; a translation that nobody reviewed stands beside the English and
    says so. A run whose checks failed, or that has no finding, gets none: exit code 7.

    Examples
    --------
        deserts publish press --region example --contact press@example.org --out press
    """
    from deserts.publish.press import write_press

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    report = write_press(
        run.store,
        out or run.store.provenance_path.parent / "press",
        service=run.service,
        today=parse_day(today, option="--today"),
        state=state,
        contact=contact,
    )
    typer.echo(report.index)
    typer.echo(report.finding, err=True)

"""Whom to phone next: ``deserts log call-list`` by what an answer changes, ``deserts log leads`` by signs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    PrivateCsv,
    RegionName,
    ServiceName,
    TodayDate,
    Top,
)

if TYPE_CHECKING:
    from pathlib import Path

    from deserts.api.phoning import ToPhone

__all__ = ["call_list_command", "leads"]


def call_list_command(
    *,
    top: Top = 20,
    out: PrivateCsv = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Whom to phone next: clinicians whose answer would change most people's drive. For the team, not for print.

    The value of a call is the minutes at stake times p (1 - p), p being the chance of a yes. Clinicians without
    evidence take part when the region was also run at grade specialty_only.

    Examples
    --------
        deserts log call-list --region ME --top 10

        deserts log call-list --region ME --out calls.csv
    """
    from deserts.api.phoning import list_calls

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    _give(list_calls(run, parse_day(today, option="--today")), top=top, out=out, json_out=json_out)


def leads(
    *,
    top: Top = 20,
    out: PrivateCsv = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Whom to phone by signs that are no evidence: makers' payments, and your own list of directories and pages.

    Ordered by the minutes of driving that a yes would save the region's residents. Your own list is leads.csv in the
    folder of your own tables: name, source, and npi or zip; further columns address, city, state, phone, what, url,
    seen_on.

    Examples
    --------
        deserts log leads --region ME --top 10

        deserts log leads --region ME --out leads.csv
    """
    from deserts.api.phoning import list_leads

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    _give(list_leads(run, parse_day(today, option="--today")), top=top, out=out, json_out=json_out)


def _give(found: ToPhone, *, top: int, out: Path | None, json_out: bool) -> None:
    """Write a list whole, readable by its owner alone, or print its first rows."""
    from deserts.documents.spreadsheet import write_csv

    if out is not None:
        write_csv(found.table, out, private=True)
        typer.echo(str(out))
    if json_out:
        typer.echo(json.dumps(found.to_dict(top=top), indent=1, ensure_ascii=False))
    elif out is None:
        typer.echo(found.text(top=top))

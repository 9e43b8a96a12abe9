"""Commands for a coordinator with a patient on the line."""

from __future__ import annotations

from typing import Annotated

import typer

from deserts.commands.context import build_run, build_settings, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, RegionName, ServiceName, TodayDate

__all__ = ["register"]

_ZIP = Annotated[str | None, typer.Option("--zip", help="The patient's ZIP, looked up on this machine.")]
_LONLAT = Annotated[
    str | None, typer.Option("--lonlat", help="longitude,latitude instead of a ZIP, for example -68.77,44.80.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)


def backup(
    *,
    zip_code: _ZIP = None,
    lonlat: _LONLAT = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Most candidates to show in each tier.")] = 5,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="NPI or practice that is lost; may be repeated.")
    ] = None,
    keep_practice: Annotated[
        bool, typer.Option("--keep-practice", help="List colleagues in a lost clinician's practice, after the rest.")
    ] = False,
    pediatric: Annotated[bool, typer.Option("--pediatric", help="The patient is a child.")] = False,
    payer: Annotated[str | None, typer.Option("--payer", help="Payer, looked up in your own payer table.")] = None,
    pump: Annotated[str | None, typer.Option("--pump", help="Maker of the pump.")] = None,
    max_min: Annotated[float | None, typer.Option("--max-min", help="Longest drive that is acceptable.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 5 if the data or a verification shown is over 90 days old.")
    ] = False,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Who could take this patient over: nearest and independent first, in tiers of how much is known.

    Nothing about the patient leaves this machine or is written.

    Examples
    --------
        deserts backup --region ME --zip 04401

        deserts backup --region ME --zip 04401 --exclude 1999999984 --pediatric -k 3
    """
    from deserts.patients.answer import BackupQuery
    from deserts.patients.backups import BackupData, find_backups
    from deserts.patients.origin import resolve
    from deserts.patients.report import render

    run = build_run(build_settings(data=data, local=local), region=region, service=service, grade=grade)
    loaded = BackupData.load(run.store, service=run.service)
    query = BackupQuery(
        origin=resolve(zip_code=zip_code, lonlat=lonlat, zips=loaded.zips, region_states=loaded.region_states),
        today=parse_day(today, option="--today"),
        k=k,
        exclude=tuple(exclude or ()),
        keep_practice=keep_practice,
        pediatric=pediatric,
        payer=payer,
        pump=pump,
        max_min=max_min,
    )
    answer = find_backups(query, loaded)
    typer.echo(answer.to_json() if json_out else render(answer), nl=False)
    if strict:
        answer.refuse_if_old(query.today)

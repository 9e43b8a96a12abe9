"""Commands ``sources doctor lock live-check``: where data come from, what is at hand, and which bytes were used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, parse_day
from deserts.commands.options import (
    DataDir,
    JsonOut,
    NoNetwork,
    TodayDate,
)
from deserts.commands.run_options import INPUTS, RAW, with_run

if TYPE_CHECKING:
    from deserts.api.run import Run

__all__ = ["doctor", "list_sources", "live_check", "lock"]

_LOCKS = Path("locks")


def list_sources(*, as_json: JsonOut = False) -> None:
    """List every source: publisher, licence, year, use, size of the download, how far it is proven.

    Examples
    --------
        deserts source list

        deserts source list --json
    """
    from deserts.sources.catalogue import SOURCES

    if as_json:
        typer.echo(
            json.dumps([dataclasses.asdict(source) for source in SOURCES.values()], indent=1, ensure_ascii=False)
        )
        return
    for source in SOURCES.values():
        typer.echo(f"{source.dataset}: {source.use}")
        typer.echo(f"  {source.publisher}, {source.page}")
        typer.echo(f"  {source.licence}; describes {source.year}; about {source.size_mb:g} MB; {source.checked}")
        if source.attribution:
            typer.echo(f"  credit: {source.attribution}")
        for line in source.readers:
            typer.echo(f"  reader of {line}")


def _doctor(run: Run, *, as_json: bool, today: str | None, repair: bool) -> None:
    from deserts.pipeline.repair import examine_tables
    from deserts.pipeline.repair import repair as make_good
    from deserts.sources.doctor import examine
    from deserts.sources.transport.http import http_for

    if repair:
        for line in make_good(run):
            typer.echo(line)
        return
    day = parse_day(today, option="--today")
    findings = examine(run.region, run.service, run.settings, http=http_for(run.settings), today=day)
    damaged = examine_tables(run.store)
    if as_json:
        tables = [{"path": str(damage.path), "state": "damaged", "reason": damage.reason} for damage in damaged]
        typer.echo(json.dumps([*map(dataclasses.asdict, findings), *tables], indent=1))
        return
    for finding in findings:
        asked = {None: "not asked", True: "reachable", False: "NOT REACHABLE"}[finding.reachable]
        newest = f" of {finding.newest}" if finding.newest else ""
        typer.echo(f"{finding.dataset:<20} {finding.state:<9}{newest:<15} {asked}, {finding.files} files")
        if finding.state in ("missing", "damaged"):
            typer.echo(f"{'':<20} about {finding.size_mb:,.1f} MB to fetch; without it: {finding.costs}")
    for damage in damaged:
        typer.echo(f"DAMAGED {damage.path}: {damage.reason}")
    if damaged or any(finding.state == "damaged" for finding in findings):
        typer.echo("`deserts doctor --repair` with the same options makes it good")


doctor = with_run(
    _doctor,
    """Say which sources are reachable, cached, old, damaged or missing, and what each missing one costs the result.

    Tables that are damaged, or were made from others than stand beside them, are named too; `--repair` fetches damaged
    files again and makes damaged tables again.

    Examples
    --------
        deserts doctor --region ME

        deserts doctor --region ME --no-network --mirror /path/to/mirror

        deserts doctor --region ME --repair
    """,
    {
        "as_json": (JsonOut, False),
        "today": (TodayDate, None),
        "repair": (Annotated[bool, typer.Option("--repair", help="Make good what is damaged.")], False),
    },
    only=RAW,
)


def _lock(run: Run, *, name: str, folder: Path) -> None:
    from deserts.errors import InputError
    from deserts.sources.fetch import region_area
    from deserts.sources.lock import write_lock

    if not name or Path(name).name != name or name.startswith("."):
        raise InputError(
            f"{name!r} is not a name", where="NAME", expected="letters, digits and '-', for example ME-2026"
        )
    path = folder / f"{name.removesuffix('.json')}.json"
    area = region_area(run.region, run.service, run.settings)
    typer.echo(f"{write_lock(path, area)} files recorded in {path}")


lock = with_run(
    _lock,
    """Record the raw files of a run, each with address, day, size and sha256, so that a result can be repeated.

    A later run with `--frozen locks/NAME.json` (or `make all FROZEN=1 NAME=NAME`) refuses any other bytes. Your own
    files are recorded by name and hash, never by place.

    Examples
    --------
        deserts source lock ME-2026-11 --region ME
    """,
    {"folder": (Annotated[Path, typer.Option("--folder", help="Where locks lie.")], _LOCKS)},
    arguments={"name": Annotated[str, typer.Argument(help="Name of the lock: locks/NAME.json.")]},
    only=INPUTS,
)


def live_check(
    *,
    data: DataDir = None,
    no_network: NoNetwork = False,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the report.")] = None,
    today: TodayDate = None,
) -> None:
    """Ask each publisher for a few rows, compare columns and counts with what we expect, and write a dated report.

    Leaves with exit code 4 when any publisher does not answer as expected.

    Examples
    --------
        deserts source live-check

        deserts source live-check --out docs/live-check.md
    """
    from deserts.errors import SourceError
    from deserts.sources.live import check_all, report
    from deserts.sources.transport.http import http_for
    from deserts.store import write_text

    settings = build_settings(data=data, no_network=no_network)
    day = parse_day(today, option="--today")
    results = check_all(http_for(settings))
    path = out or settings.data_dir / "live-check" / f"{day.isoformat()}.md"
    write_text(path, report(results, day=day))
    for result in results:
        typer.echo(f"{'ok ' if result.fine else 'NOT'} {result.name}: {result.found}")
    typer.echo(f"report: {path}")
    if failed := [result.name for result in results if not result.fine]:
        raise SourceError(
            f"{len(failed)} of {len(results)} publishers did not answer as expected",
            where=path,
            fix="read the report: a publisher may have changed, or the connection may be down",
        )

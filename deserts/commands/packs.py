"""Command ``publish pack``: a finished run in one file for coordinators, and what two such files differ in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, ServiceName, TodayDate

if TYPE_CHECKING:
    from deserts.api.run import Run

__all__ = ["pack"]

LARGEST_MB = 25
"""Size that a state's pack should stay below (MB): what goes through most hospitals' mail."""


def pack(
    region: Annotated[
        str | None, typer.Argument(help="Postal codes joined by '-', US, or example; left away with --compare.")
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The pack to write, for example me-itb.deserts.")
    ] = None,
    team: Annotated[
        bool, typer.Option("--team", help="Pack what clinics told your team, too: for your team alone.")
    ] = False,
    compare: Annotated[
        tuple[Path, Path] | None, typer.Option("--compare", help="An older and a newer pack: who left, who appeared.")
    ] = None,
    as_json: JsonOut = False,
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Pack a finished run into one file from which coordinators get their answers, with nothing to build.

    It holds tables, roads and provenance with the hash of each part, never a patient, and no calls: it says so on every
    answer. With --team what clinics answered goes along, dated, without notes and names, and every answer says for whom
    it is. `deserts serve --pack` and `deserts backup --pack` open it; data over 90 days old are headed OLD DATA.

    Examples
    --------
        deserts publish pack ME --out me-itb.deserts

        deserts publish pack --compare me-2026-08.deserts me-2026-11.deserts
    """
    from deserts.errors import InputError

    if compare is not None:
        if region is not None or out is not None or team:
            raise InputError("--compare takes two packs and nothing else", where="--compare")
        _compare(compare, as_json=as_json, local=local)
        return
    if region is None or out is None:
        raise InputError(
            "region and file are needed", expected="deserts publish pack ME --out me-itb.deserts",
            where="REGION" if region is None else "--out",
        )  # fmt: skip
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    _write(run, out, team=team, as_json=as_json, today=today)


def _write(run: Run, out: Path, *, team: bool, as_json: bool, today: str | None) -> None:
    import json

    from deserts.packs import write_pack
    from deserts.pipeline.code import code_version

    day = parse_day(today, option="--today")
    made = write_pack(out, run.store, service=run.service, code=code_version(), made_on=day, team=team)
    if as_json:
        facts = {"path": str(out), "size_bytes": made.size_bytes, "sha256": made.sha256, "calls": made.calls}
        typer.echo(json.dumps({**facts, "notice": made.record.notice()}, indent=1))
        return
    typer.echo(out)
    typer.echo(f"sha256 {made.sha256}")
    typer.echo(f"{made.size_bytes / 1e6:,.1f} MB. {made.record.notice()}", err=True)
    if made.calls:
        typer.echo(f"{made.calls:,} calls", err=True)
    if made.size_bytes > LARGEST_MB * 1_000_000:
        typer.echo(f"warning: over {LARGEST_MB} MB, too large for most mail", err=True)
    if run.provenance.is_old(day):
        typer.echo("warning: the data are over 90 days old: every answer from this pack says OLD DATA", err=True)


def _compare(packs: tuple[Path, Path], *, as_json: bool, local: Path | None) -> None:
    import json

    from deserts.packs import compare_packs

    found = compare_packs(*packs, build_settings(local=local))
    typer.echo(json.dumps(found.to_dict(), indent=1, ensure_ascii=False) if as_json else "\n".join(found.lines()))

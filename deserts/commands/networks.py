"""Commands on payers' directories: fetch one, hold it against the evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    NoNetwork,
    PlansAsked,
    RegionName,
    ServiceName,
    TodayDate,
)

__all__ = ["check", "compare", "fetch"]

Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Files and folders of one payer's directory, whatever their form; otherwise those of the run."),
]


def fetch(
    *,
    plan_net: Annotated[str | None, typer.Option("--plan-net", help="Base address of a Plan-Net server.")] = None,
    ma_index: Annotated[
        str | None, typer.Option("--ma-index", help="Address of a Medicare Advantage index.json.")
    ] = None,
    qhp_index: Annotated[str | None, typer.Option("--qhp-index", help="Address of a Marketplace index.json.")] = None,
    npd: Annotated[bool, typer.Option("--npd", help="The CMS National Provider Directory, several gigabytes.")] = False,
    service: ServiceName = "itb",
    pages: Annotated[int, typer.Option("--pages", min=1, help="Most pages of one search.")] = 2000,
    gigabytes: Annotated[float, typer.Option("--gigabytes", min=0.001, help="Most to fetch in all.")] = 20.0,
    data: DataDir = None,
    local: LocalDir = None,
    no_network: NoNetwork = False,
    today: TodayDate = None,
) -> None:
    """Fetch a payer's directory, page by page, and go on where an earlier try stopped.

    What did not come is said, and whoever reads the folder later is told that it is incomplete. No payer's server has
    been asked by us yet: the readers are proved on official samples and on a server that replays known faults.

    Examples
    --------
        deserts network fetch --plan-net https://plan.example/fhir

        deserts network fetch --qhp-index https://plan.example/index.json --gigabytes 2
    """
    from deserts.errors import InputError
    from deserts.services import load_service
    from deserts.sources.directories import fetch as fetching
    from deserts.sources.transport.http import http_for

    given = [name for name in (plan_net, ma_index, qhp_index, npd or None) if name]
    if len(given) != 1:
        raise InputError(
            f"{len(given)} directories are named", expected="one of --plan-net, --ma-index, --qhp-index, --npd"
        )
    settings = build_settings(data=data, local=local, no_network=no_network)
    http, day = http_for(settings), parse_day(today, option="--today")
    limits = fetching.FetchLimits(pages=pages, size_bytes=int(gigabytes * 1e9))
    top = settings.raw_dir / "public"
    if plan_net:
        codes = sorted(load_service(service, local_dir=settings.local_dir).taxonomies)
        folder = fetching.folder_for(top, plan_net, {"specialty": codes})
        came = fetching.fetch_plan_net(http, plan_net, folder, specialties=codes, today=day, limits=limits)
    elif npd:
        folder = fetching.folder_for(top, fetching.NPD_URL, {})
        came = fetching.fetch_national(http, folder, today=day, limits=limits)
    else:
        url, kind = (ma_index, "ma_fhir") if ma_index else (qhp_index, "qhp")
        folder = fetching.folder_for(top, str(url), {})
        came = fetching.fetch_index(http, str(url), folder, source=kind, today=day, limits=limits)
    typer.echo(f"{folder}: {len(came.pages)} files, {came.size_bytes / 1e6:,.1f} MB")
    for key, why in sorted(came.gaps.items()):
        typer.echo(f"  did not come: {key}: {why}", err=True)
    typer.echo(f"deserts network check {folder} --region …")


def check(
    paths: Paths = None,
    *,
    plan: PlansAsked = None,
    team: Annotated[
        bool, typer.Option("--team", help="Name the clinicians, with reasons: not for publication.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV of the counties.")] = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    as_json: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Hold a payer's directory against the evidence: how many it lists, of how many the files show that they do this.

    "Not shown" is no accusation: children's clinics, Medicare Advantage, Medicaid and whoever served fewer than eleven
    patients are not in these files. Counts and counties may be published; names, with `--team`, are for the telephone.

    Examples
    --------
        deserts network check --plan H9999-001-000

        deserts network check data/raw/public/plan.example/directory --region ME

        deserts network check providers.json --region ME --plan 12345ME001 --team
    """
    from deserts.api.plan_text import check_plan_text

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    said = check_plan_text(run, paths or (), plans=plan or (), today=parse_day(today, option="--today"), team=team)
    if out is not None and said.found.counties is not None:
        from deserts.documents import write_csv

        write_csv(said.found.counties.drop(columns="payer"), out)
    typer.echo(json.dumps(said.facts, indent=1) if as_json else said.text)


def compare(
    before: Annotated[Path, typer.Argument(help="A file or folder: one directory, or an earlier state of it.")],
    after: Annotated[Path, typer.Argument(help="Another directory, or a later state of the same.")],
    *,
    plan: PlansAsked = None,
    team: Annotated[
        bool, typer.Option("--team", help="Name who appeared and who vanished: not for publication.")
    ] = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    as_json: JsonOut = False,
) -> None:
    """Compare two directories, or one at two dates: how many appeared and vanished, of how many the files show it.

    Of an incomplete directory nothing is said about whom it lacks.

    Examples
    --------
        deserts network compare directory-2026-08 directory-2026-11 --region ME --team
    """
    from deserts.networks.compare import comparison_lines
    from deserts.pipeline.plan_check import compare_directories

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    found = compare_directories(run, before, after, plans=plan or (), team=team)
    lines = list(comparison_lines(found, team=team))
    if not as_json:
        typer.echo("\n".join([*(["TEAM COPY, not for publication"] if team else []), *lines]))
        return
    facts: dict[str, object] = {
        "appeared": len(found.appeared), "vanished": len(found.vanished), "stayed": found.stayed,
        "before_complete": not found.before.gaps, "after_complete": not found.after.gaps, "about": lines,
    }  # fmt: skip
    if team:
        facts |= {name: getattr(found, name).to_dict("records") for name in ("appeared", "vanished")}
    typer.echo(json.dumps(facts, indent=1))

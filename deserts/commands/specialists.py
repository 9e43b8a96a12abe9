"""Everything known about one clinician, and the sentences that stand on every output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, RegionName, ServiceName, TodayDate

if TYPE_CHECKING:
    import pandas as pd

    from deserts.api.run import Run
    from deserts.patients.search.team import TeamFacts

__all__ = ["about", "print_json", "print_lines", "registry_now", "specialist"]


def specialist(
    npi: Annotated[str, typer.Argument(help="National Provider Identifier, ten digits.")],
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Everything known about one clinician, oldest first, and why the grade is what it is.

    For your team: it shows answers and probabilities.

    Examples
    --------
        deserts evidence specialist 2020000479

        deserts evidence specialist 2020000479 --region ME --json
    """
    from deserts.specialists.log import read_calls
    from deserts.specialists.timeline import timeline

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    day = parse_day(today, option="--today")
    people, sites, team = registry_now(run, today)
    found = timeline(
        npi.strip(),
        evidence=run.store.read("evidence"),
        specialists=people,
        sites=sites,
        answers=read_calls(run.settings, service=run.service.service_id).rows,
        service=run.service,
        today=day,
    )
    if json_out:
        print_json({**found.to_dict(), "warnings": team.warnings, "about": about(run, today)})
    else:
        print_lines(
            [*team.warnings, *found.lines(), "", "team only: holds answers and probabilities", *about(run, today)]
        )


def registry_now(run: Run, today: str | None) -> tuple[pd.DataFrame, pd.DataFrame, TeamFacts]:
    """Return the tables ``specialists`` and ``sites`` as they stand with the log of this moment, and its facts."""
    from deserts.patients.search.facts import load_team_facts
    from deserts.specialists.acceptance_sample import read_rate
    from deserts.specialists.live import live_registry

    team = load_team_facts(
        run.settings, run.service, today=parse_day(today, option="--today"),
        data_on=run.store.data_day(),
    )  # fmt: skip
    rate = read_rate(run.settings.local_dir, team.standings, service=run.service)
    people, sites = live_registry(run.store, team.standings, service=run.service, rate=rate)
    return people, sites, team


def about(run: Run, today: str | None) -> list[str]:
    """Return the sentences that stand on every output; before any stage has run, what the raw files' lock says."""
    from deserts.sources.raw import RawArea

    if run.store.has_file(run.store.provenance_path):
        return list(run.store.provenance().lines(parse_day(today, option="--today")))
    entries = RawArea.open(run.settings.raw_area(run.region)).entries
    unknown = "no record of the sources is at hand yet: years and dates of the data are unknown"
    return [*sorted({entry.notice for entry in entries if entry.notice}), unknown]


def print_lines(lines: list[str]) -> None:
    """Print lines to standard output."""
    typer.echo("\n".join(lines))


def print_json(value: Any) -> None:
    """Print a value as JSON to standard output."""
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))

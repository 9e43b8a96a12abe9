"""Commands ``data places specialists roads times scores map``, ``run`` (all of them) and ``findings``."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from deserts.commands.context import made_run
from deserts.commands.options import DataDir, GradeName, JsonOut, RegionName, ServiceName
from deserts.commands.run_options import FORCE, UNTIL, with_run

if TYPE_CHECKING:
    from deserts.api.run import Run
    from deserts.pipeline.stage import StageReport

__all__ = ["data", "draw", "places", "print_findings", "roads", "run", "scores", "specialists", "supply", "times"]


def _report(report: StageReport) -> None:
    state = (
        f"{report.seconds:6.1f} s  {report.peak_mb:6.0f} MB  {report.rows_out:,} rows" if report.ran else "unchanged"
    )
    typer.echo(f"{report.name:<12} {state}", err=True)


def _command(words: str, body: Callable[..., None], text: str, *more: Any) -> Callable[..., None]:
    return with_run(body, f"{text}\n\nExample: `deserts {words} --region ME --service itb`", FORCE, *more)


def _stage_body(name: str) -> Callable[..., None]:
    def body(run: Run, *, force: bool) -> None:
        from deserts.pipeline.stage import run_stage
        from deserts.pipeline.stages import STAGES

        _report(run_stage(next(stage for stage in STAGES if stage.name == name), run, force=force))

    return body


def _draw(run: Run, *, force: bool) -> None:
    from deserts.pipeline.draw import map_path

    _stage_body("map")(run, force=force)
    typer.echo(map_path(run))
    _print_gate(run)


def _run_until(run: Run, *, force: bool, until: str) -> None:
    from deserts.pipeline.stages import run_all

    for report in run_all(run, until=until, force=force):
        _report(report)
    if until == "map":
        _print_findings(run)


def _print_findings(run: Run) -> None:
    from deserts.pipeline.draw import map_path
    from deserts.pipeline.summary import findings
    from deserts.tables import Scope

    typer.echo(f"map:    {map_path(run)}")
    typer.echo(f"scores: {run.store.folder(Scope.GRADE) / 'county_scores.csv'}")
    _print_plans(run)
    _print_gate(run)
    typer.echo(findings(run))


def _print_plans(run: Run) -> None:
    """Name the command that holds a payer's directory against the evidence, where the run has one."""
    from deserts.networks.listings import plans_in

    if not run.store.has("plan_listings"):  # a run of an earlier version
        return
    plans = plans_in(run.store.read("plan_listings", columns=["plan_id", "plan_name"]))
    if plans:
        identifier, name = plans[0]
        more = f" (and {len(plans) - 1} more)" if plans[1:] else ""
        # What a payer wrote is a word of a command here: quoted, so that it can be pasted.
        words = ["deserts", "network", "check", "--region", run.region.region_id, "--plan", identifier or name]
        typer.echo(f"plan:   {shlex.join(words)}   # does it list anyone who does this?{more}")


def _print_gate(run: Run) -> None:
    """Say on standard error why a map has neither headline nor classes, where it has none."""
    from deserts.pipeline.summary import failed_checks

    if failed := failed_checks(run):
        typer.echo(f"notice: the map has no headline and no classes: {failed}", err=True)


def print_findings(
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    as_json: JsonOut = False,
) -> None:
    """Print where the map is and one sentence of findings.

    Example: `deserts findings --region example`
    """
    run = made_run(region=region, service=service, grade=grade, data=data)
    if not as_json:
        _print_findings(run)
        return
    from deserts.pipeline.draw import map_path
    from deserts.pipeline.summary import findings

    json.dump({"map": str(map_path(run)), "findings": findings(run)}, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


def _stage(name: str, text: str) -> Callable[..., None]:
    return _command(f"stage {name}", _stage_body(name), text)


data = _stage("data", "Fetch or find the raw files of a region and check their lock.")
places = _stage("places", "Build ZIPs, counties, demand points and hospitals.")
supply = _stage("supply", "Hold what is seen against the totals of CMS; find supply without a named clinician.")
specialists = _stage("specialists", "Grade clinicians by evidence and place their sites.")
roads = _stage("roads", "Read OpenStreetMap extracts into a road network.")
times = _stage("times", "Compute drive times within the limit, and isochrones.")
scores = _stage("scores", "Score every county.")
draw = _command(
    "map", _draw, "Draw the map, one HTML file, and print its path (`deserts publish map` has more options)."
)
run = _command(
    "run",
    _run_until,
    "Run every stage that has something new to do, then print the paths to open and one sentence of findings.",
    UNTIL,
)

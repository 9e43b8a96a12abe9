"""Planning commands: ``plan`` on anybody's matrix, ``frontier``, and the questions about a region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

DemandFile = Annotated[Path, typer.Option("--demand", help="CSV: demand_id,population.")]
SitesFile = Annotated[Path, typer.Option("--sites", help="CSV: site_id (candidates and existing sites).")]
CostsFile = Annotated[Path, typer.Option("--costs", help="CSV: demand_id,site_id,minutes; a missing pair: no way.")]
FixedSites = Annotated[
    list[str] | None, typer.Option("--fixed", help="Existing site that stays; repeat it, or join with commas.")
]
FixedColumn = Annotated[
    str | None, typer.Option("--fixed-column", help="Column of the sites file that marks existing sites (1, true).")
]
WeightColumn = Annotated[str, typer.Option("--weight", help="Column of the demand file with people or patients.")]
LimitMinutes = Annotated[
    float | None,
    typer.Option("--limit", min=0, help="Minutes at which an unserved person counts; otherwise most are served first."),
]
Gap = Annotated[float, typer.Option("--gap", min=0, help="Relative gap at which the search may stop; 0: proven best.")]
Seconds = Annotated[float, typer.Option("--time-limit", min=1, help="Seconds a program may take; the gap is stated.")]
SummaryJson = Annotated[bool, typer.Option("--json", help="Print a summary as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("plan")(plan)


def plan(
    *,
    demand: DemandFile,
    sites: SitesFile,
    costs: CostsFile,
    method: Annotated[
        str, typer.Option("--method", "-m", help="pmedian, mclp, lscp, pcenter or backup (two practices).")
    ] = "pmedian",
    count: Annotated[int | None, typer.Option("-n", "--count", help="Sites to add; existing ones not counted.")] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", "-t", min=0, help="Minutes within which people are covered (<=).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV: one row a site.")] = None,
    assignments: Annotated[
        Path | None, typer.Option("--assignments", help="CSV: nearest site of the plan for each demand point.")
    ] = None,
    fixed: FixedSites = None,
    fixed_column: FixedColumn = None,
    practice_column: Annotated[
        str | None, typer.Option("--practice-column", help="backup: column of the sites file with the practice.")
    ] = None,
    capacity_column: Annotated[
        str | None, typer.Option("--capacity-column", help="pmedian: column with the most people a site can serve.")
    ] = None,
    weight: WeightColumn = "population",
    equity: Annotated[
        float, typer.Option("--equity", min=1, help="pmedian: minutes to this power; above 1 the far-off weigh more.")
    ] = 1.0,
    limit: LimitMinutes = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave aside people whom no candidate can reach, instead of refusing.")
    ] = False,
    gap: Gap = 0.0,
    time_limit: Seconds = 240.0,
    verify: Annotated[
        bool, typer.Option("--verify", help="Solve once more with PySAL spopt (small cases) and compare.")
    ] = False,
    as_json: SummaryJson = False,
) -> None:
    """Choose sites on anybody's matrix of people, candidates and minutes.

    `pmedian` fewest people-minutes · `mclp` most people within the threshold · `lscp` fewest sites with everyone
    within it · `pcenter` shortest longest drive · `backup` two independent practices within it (fewest additions, or
    with `-n` most people).

    Names are text (`007` is not `7`), rows stand in any order, further columns are ignored. The answer has one row a
    site: `site_id,chosen,fixed,points,population,mean_min,max_min` (`chosen` 1 or 0; people at their nearest chosen
    site). Every point of the demand file counts in `lscp` and `pcenter`, those without people too. The summary states
    a proven bound.

    **Examples**

    `deserts plan --demand d.csv --sites s.csv --costs c.csv --method pmedian -n 5 --out plan.csv`

    `deserts plan --demand d.csv --sites s.csv --costs c.csv -m lscp --threshold 30 --out plan.csv --json`

    `deserts plan --demand d.csv --sites s.csv --costs c.csv -m mclp -n 2 -t 60 --fixed A,B --out plan.csv`
    """
    from deserts.planning import Layout, SolverOptions, Task, read_instance, site_table, solve
    from deserts.planning.report import assignment_table, plan_lines, plan_summary
    from deserts.planning.verify import verify_with_spopt
    from deserts.store import sha256_of, write_text

    layout = Layout(
        weight=weight,
        fixed=_names(fixed),
        fixed_column=fixed_column,
        practice_column=practice_column,
        capacity_column=capacity_column,
        limit_min=limit,
    )
    instance = read_instance(demand, sites, costs, layout=layout)
    task = Task(
        method=method.strip().lower(), count=count, threshold_min=threshold, power=equity, partial=partial,
        options=SolverOptions(gap, time_limit),
    )  # fmt: skip
    found = solve(instance, task)
    summary = plan_summary(instance, task, found)
    files = {"demand": demand, "sites": sites, "costs": costs}
    summary["inputs_sha256"] = {name: sha256_of(path) for name, path in files.items()}
    if verify:
        summary["spopt_objective"] = verify_with_spopt(instance, task, found)
    table = site_table(instance, found).round({"mean_min": 4, "max_min": 4})
    if out is not None:
        write_text(out, table.to_csv(index=False, lineterminator="\n"))
    if assignments is not None:
        write_text(assignments, assignment_table(instance, found).to_csv(index=False, lineterminator="\n"))
    if as_json:
        typer.echo(json.dumps(summary, indent=1, sort_keys=True))
        return
    typer.echo("\n".join(plan_lines(summary)))
    if verify:
        typer.echo(f"spopt finds the same objective: {summary['spopt_objective']:,.6g}")
    if out is None:
        typer.echo(table.to_csv(index=False, lineterminator="\n"), nl=False)


def _names(values: list[str] | None) -> tuple[str, ...]:
    """Split names that were joined by commas."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())

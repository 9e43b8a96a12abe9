"""Planning commands: ``plan`` on anybody's matrix, ``frontier``, and the questions about a region."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.options import JsonOut, MatrixDemand, SolverSeconds

if TYPE_CHECKING:
    from deserts.planning import Instance, Plan

__all__ = ["plan"]

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
Equity = Annotated[
    float,
    typer.Option(
        "--equity",
        min=1,
        help="Above 1 the far-off weigh more. pmedian: people x minutes^E; mclp and backup -n: people x "
        "(today's drive / its mean)^(E-1).",
    ),
]
Method = Annotated[str, typer.Option("--method", "-m", help="pmedian, mclp, lscp, pcenter or backup (two practices).")]
Count = Annotated[int | None, typer.Option("-n", "--count", help="Sites to add; existing ones not counted.")]
Threshold = Annotated[
    float | None, typer.Option("--threshold", "-t", min=0, help="Minutes within which people are covered (<=).")
]
OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="CSV: one row a site.")]
AssignmentsFile = Annotated[
    Path | None, typer.Option("--assignments", help="CSV: nearest site of the plan for each demand point.")
]
PracticeColumn = Annotated[
    str | None, typer.Option("--practice-column", help="backup: column of the sites file with the practice.")
]
CapacityColumn = Annotated[
    str | None, typer.Option("--capacity-column", help="pmedian: column with the most people a site can serve.")
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Leave aside people whom no candidate can reach, instead of refusing.")
]
Verify = Annotated[
    bool,
    typer.Option("--verify", help="Solve once more with PySAL spopt (small cases; needs deserts[verify]) and compare."),
]


def plan(
    *,
    demand: MatrixDemand,
    sites: SitesFile,
    costs: CostsFile,
    method: Method = "pmedian",
    count: Count = None,
    threshold: Threshold = None,
    out: OutFile = None,
    assignments: AssignmentsFile = None,
    fixed: FixedSites = None,
    fixed_column: FixedColumn = None,
    practice_column: PracticeColumn = None,
    capacity_column: CapacityColumn = None,
    weight: WeightColumn = "population",
    equity: Equity = 1.0,
    limit: LimitMinutes = None,
    partial: Partial = False,
    gap: Gap = 0.0,
    solver_seconds: SolverSeconds = 240.0,
    verify: Verify = False,
    as_json: JsonOut = False,
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

    `deserts planning choose --demand d.csv --sites s.csv --costs c.csv --method pmedian -n 5 --out plan.csv`

    `deserts planning choose --demand d.csv --sites s.csv --costs c.csv -m lscp --threshold 30 --out plan.csv --json`

    `deserts planning choose --demand d.csv --sites s.csv --costs c.csv -m mclp -n 2 -t 60 --fixed A,B --out plan.csv`
    """
    from deserts.planning import Layout, SolverOptions, Task, read_instance, solve
    from deserts.planning.report import plan_summary
    from deserts.planning.verify import need_spopt, verify_with_spopt
    from deserts.store import sha256_of

    if verify:
        need_spopt()  # said before the solver takes its minutes
    layout = Layout(
        weight=weight, fixed=_names(fixed), fixed_column=fixed_column, practice_column=practice_column,
        capacity_column=capacity_column, limit_min=limit,
    )  # fmt: skip
    instance = read_instance(demand, sites, costs, layout=layout)
    task = Task(
        method=method.strip().lower(), count=count, threshold_min=threshold, power=equity, partial=partial,
        options=SolverOptions(gap, solver_seconds),
    )  # fmt: skip
    found = solve(instance, task)
    summary = plan_summary(instance, task, found)
    files = {"demand": demand, "sites": sites, "costs": costs}
    summary["inputs_sha256"] = {name: sha256_of(path) for name, path in files.items()}
    if verify:
        summary["spopt_objective"] = verify_with_spopt(instance, task, found)
    table = _write(instance, found, out=out, assignments=assignments)
    _show(summary, table if out is None else None, as_json=as_json)


def _write(instance: Instance, found: Plan, *, out: Path | None, assignments: Path | None) -> str:
    """Write the files that are asked for and return the table of sites as CSV."""
    from deserts.planning import site_table
    from deserts.planning.report import assignment_table
    from deserts.store import write_text

    table = site_table(instance, found).round({"mean_min": 4, "max_min": 4}).to_csv(index=False, lineterminator="\n")
    if out is not None:
        write_text(out, table)
    if assignments is not None:
        write_text(assignments, assignment_table(instance, found).to_csv(index=False, lineterminator="\n"))
    return table


def _show(summary: dict[str, Any], table: str | None, *, as_json: bool) -> None:
    """Print the summary as JSON, or as sentences with the table below when that was written nowhere."""
    from deserts.planning.report import plan_lines

    if as_json:
        typer.echo(json.dumps(summary, indent=1, sort_keys=True))
        return
    typer.echo("\n".join(plan_lines(summary)))
    if "spopt_objective" in summary:
        typer.echo(f"spopt finds the same objective: {summary['spopt_objective']:,.6g}")
    if table is not None:
        typer.echo(table, nl=False)


def _names(values: list[str] | None) -> tuple[str, ...]:
    """Split names that were joined by commas."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())

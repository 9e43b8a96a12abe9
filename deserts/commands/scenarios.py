"""Planning for a region: ``what-if``, ``train``, ``van``, ``hubs`` and ``frontier``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import made_run
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    RegionName,
    ServiceName,
    SolverSeconds,
    TodayDate,
)
from deserts.commands.planning_output import about_lines, candidate_places, give, parse_place, read_panel, region_case

if TYPE_CHECKING:
    import geopandas as gpd

    from deserts.api.run import Run
    from deserts.planning import Task
    from deserts.planning.region import RegionCase
    from deserts.planning.scenario import WhatIf
    from deserts.publish.change_map import ChangeMap

__all__ = ["frontier", "hubs", "train", "van", "what_if"]

_TEAM = "For the team: this names clinicians and is not for print."

Method = Annotated[
    str, typer.Option("--method", "-m", help="pmedian (fewest minutes), mclp (most people) or backup (two practices).")
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, help="How many to choose.")]
Threshold = Annotated[float, typer.Option("--threshold", "-t", min=1, help="Minutes within which people are covered.")]
Candidates = Annotated[Path | None, typer.Option("--candidates", help="CSV of your own places: candidate_id,lon,lat.")]
Equity = Annotated[
    float, typer.Option("--equity", min=1, help="Above 1 those far out weigh more; the formula is in docs/planning.md.")
]
PanelFile = Annotated[Path | None, typer.Option("--panel", help="CSV: zip,patients. They count instead of residents.")]
OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write; otherwise it is printed.")]


def what_if(
    *,
    close: Annotated[list[str] | None, typer.Option("--close", help="NPI of a clinician who stops (repeat).")] = None,
    close_practice: Annotated[
        list[str] | None, typer.Option("--close-practice", help="Practice id, or part of a name, that closes (repeat).")
    ] = None,
    add: Annotated[list[str] | None, typer.Option("--add", help="LON,LAT of a new clinic (repeat).")] = None,
    close_roads: Annotated[
        list[Path] | None, typer.Option("--close-roads", help="GeoJSON with lines across roads that close (repeat).")
    ] = None,
    flood: Annotated[
        list[Path] | None, typer.Option("--flood", help="GeoJSON with areas under water: roads in them close (repeat).")
    ] = None,
    snow: Annotated[bool, typer.Option("--snow", help="Close the roads that are shut in winter.")] = False,
    panel: PanelFile = None,
    out: OutFile = None,
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Map of the change: .html, .svg, .png or .pdf.")
    ] = None,
    geojson: Annotated[
        Path | None, typer.Option("--geojson", help="Counties with the change, for other tools.")
    ] = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Close clinicians, practices or roads, open places: before and after for every county, winners and losers.

    Minutes are people-weighted, median and mean. Whoever has no site within the time limit counts at the limit in
    means (so they are lower bounds), and stands as `stranded` beside. One row a county:
    `county_fips,name,state,population,median_before_min,…`.

    **Examples**

    `deserts planning what-if --region ME --close 1999999984`

    `deserts planning what-if --region ME --close-practice "Rehab" --add=-68.77,44.80 --map change.svg --json`

    `deserts planning what-if --region ME --close-roads bridge.geojson --snow`
    """
    from deserts.api.scenario import change_summary
    from deserts.publish.change_map import write_change_map, write_geojson

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    change = run.what_if(
        close=close or (), close_practice=close_practice or (), panel=read_panel(panel),
        add=[parse_place(text, "--add") for text in add or ()], close_roads=[*(close_roads or ()), *(flood or ())],
        snow=snow,
    )  # fmt: skip
    lines, result, joined = (
        about_lines(run, today, change.case, panel=panel is not None),
        change.result,
        change.counties,
    )
    if map_file is not None:
        write_change_map(_change_map(run, change.case, result, joined, lines), map_file)
    if geojson is not None:
        write_geojson(joined, geojson, lines=lines)
    give(
        change_summary(change), {"counties": change.table}, lines, out=out, json_out=json_out,
        sentences=change.sentences,
    )  # fmt: skip


def _change_map(run: Run, case: RegionCase, result: WhatIf, joined: gpd.GeoDataFrame, lines: list[str]) -> ChangeMap:
    """Return what the map shows; sites that are not in the region's own states are not marked."""
    import numpy as np

    from deserts.publish.change_map import ChangeMap, change_title, closing_words, shut_words
    from deserts.publish.words import region_name

    sites = case.prepared.sites
    gone = sites[sites["site_id"].isin(result.closed) & sites["state"].isin(run.region.states)]
    parts = [closing_words(sites[sites["site_id"].isin(result.closed)])] if result.closed else []
    parts += [f"{len(result.added)} new {'place opens' if len(result.added) == 1 else 'places open'}"] * bool(
        result.added
    )
    parts += [shut_words(result.shut_roads)] if result.shut_roads else []
    return ChangeMap(
        title=change_title(region_name(run.region), parts, result.totals),
        counties=joined,
        totals=result.totals,
        closed=gone[["lon", "lat"]].drop_duplicates().to_numpy(dtype=np.float64),
        added=np.array(result.added, dtype=np.float64).reshape(-1, 2),
        lines=tuple(lines),
        gate=case.gate,
    )


def train(
    *,
    count: Count = 3,
    method: Method = "pmedian",
    threshold: Threshold = 60.0,
    equity: Equity = 1.0,
    solver_seconds: SolverSeconds = 240.0,
    fewest: Annotated[
        bool, typer.Option("--fewest", help="backup or lscp: the fewest places for everyone who can be covered at all.")
    ] = False,
    panel: PanelFile = None,
    out: OutFile = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Whom to train: places where clinicians of the specialty practise already and would help most people.

    Existing sites stay. The answer has one row a place with the clinicians there; it names persons and is for the
    team, not for print.

    **Examples**

    `deserts planning train --region ME -n 3`

    `deserts planning train --region ME -n 2 --method mclp --threshold 60 --json`

    `deserts planning train --region ME --method backup --fewest --threshold 120`
    """
    from deserts.planning.region import clinician_candidates
    from deserts.planning.report import plan_lines, plan_summary
    from deserts.planning.strategies import plan_places

    run, case = region_case(region, service, grade, data, local, panel=panel)
    candidates = clinician_candidates(run.store, service=run.service, states=run.region.states)
    task = _task(method, None if fewest else count, threshold, equity, solver_seconds)
    instance, plan, places = plan_places(case, candidates, task)
    summary = plan_summary(instance, task, plan)
    sentences = plan_lines(summary)
    del summary["sites"]  # the existing ones are hundreds; the chosen places are in the table
    lines = [_TEAM, *about_lines(run, today, case, panel=panel is not None)]
    give(
        summary, {"places": places.round(4)}, lines, out=out, json_out=json_out,
        sentences=sentences,
    )  # fmt: skip


def van(
    *,
    count: Count = 4,
    base: Annotated[str, typer.Option("--base", help="LON,LAT where the van starts and ends.")],
    method: Method = "mclp",
    threshold: Threshold = 60.0,
    equity: Equity = 1.0,
    solver_seconds: SolverSeconds = 240.0,
    interval_days: Annotated[
        float | None, typer.Option("--interval-days", min=1, help="Every stop again within so many days.")
    ] = None,
    stop_hours: Annotated[float | None, typer.Option("--stop-hours", min=0, help="Hours at a stop.")] = None,
    day_hours: Annotated[float | None, typer.Option("--day-hours", min=1, help="Hours of a working day.")] = None,
    candidates: Candidates = None,
    panel: PanelFile = None,
    out: OutFile = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Where a mobile refill clinic should stop, in driving order, with the hours of a cycle.

    Stops are chosen among hospitals, or among places of your own. The round is the shortest one (exact up to 14
    stops). Interval and hours come from the profile unless given; a round that does not fit the interval is refused.

    **Examples**

    `deserts planning van --region ME -n 4 --base=-68.77,44.80`

    `deserts planning van --region ME -n 3 --base=-68.77,44.80 --interval-days 60 --candidates halls.csv --out s.csv`
    """
    from deserts.planning.report import van_lines
    from deserts.planning.strategies import Schedule, plan_van

    run, case = region_case(region, service, grade, data, local, panel=panel)

    def number(given: float | None, key: str) -> float:
        return run.service.number(f"van.{key}") if given is None else given

    schedule = Schedule(
        number(interval_days, "interval_days"), number(day_hours, "day_hours"), number(stop_hours, "stop_hours")
    )
    places = candidate_places(run, candidates)
    found = plan_van(
        case,
        places,
        _task(method, count, threshold, equity, solver_seconds),
        schedule,
        base=parse_place(base, "--base"),
    )
    lines = about_lines(run, today, case, panel=panel is not None)
    give(
        found.summary, {"stops": found.stops.round(4)}, lines, out=out, json_out=json_out,
        sentences=van_lines(found.summary),
    )  # fmt: skip


def hubs(
    *,
    hub_count: Annotated[int, typer.Option("--hubs", min=1, help="Number of hubs.")] = 2,
    spokes: Annotated[int, typer.Option("--spokes", min=1, help="Number of spokes.")] = 4,
    method: Method = "pmedian",
    threshold: Threshold = 60.0,
    equity: Equity = 1.0,
    solver_seconds: SolverSeconds = 240.0,
    hub_type: Annotated[
        list[str] | None, typer.Option("--hub-type", help="Hospital type that may be a hub (repeat).")
    ] = None,
    points: Annotated[
        Path | None, typer.Option("--points", help="CSV: the two distances of each demand point.")
    ] = None,
    panel: PanelFile = None,
    out: OutFile = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Hubs among major hospitals, spokes among clinicians of the specialty; everyone's two distances.

    The nearest place (hub or spoke) is for refills, the hub for what a spoke cannot do. Existing sites are left out:
    this designs a network of its own.

    **Examples**

    `deserts planning hubs --region ME --hubs 2 --spokes 5`

    `deserts planning hubs --region ME --hubs 1 --spokes 3 --points distances.csv --json`
    """
    from deserts.planning.region import clinician_candidates, hospital_candidates
    from deserts.planning.report import hub_lines
    from deserts.planning.strategies import plan_hubs
    from deserts.store import write_text

    run, case = region_case(region, service, grade, data, local, panel=panel)
    kinds = tuple(hub_type or ("Acute Care Hospitals",))
    states = run.region.states
    found = plan_hubs(
        case,
        hospital_candidates(run.store, kinds=kinds, states=states),
        clinician_candidates(run.store, service=run.service, states=states),
        hubs=hub_count,
        spokes=spokes,
        task=_task(method, spokes, threshold, equity, solver_seconds),
    )
    if points is not None:
        write_text(points, found.points.round(4).to_csv(index=False, lineterminator="\n"))
    lines = [_TEAM, *about_lines(run, today, case, panel=panel is not None)]
    give(
        found.summary, {"places": found.places.round(4)}, lines, out=out, json_out=json_out,
        sentences=hub_lines(found.summary),
    )  # fmt: skip


def frontier(
    *,
    most: Annotated[int, typer.Option("-n", "--most", min=1, help="Largest number of sites.")] = 8,
    threshold: Threshold = 60.0,
    method: Annotated[str, typer.Option("--method", "-m", help="mclp, pmedian or backup.")] = "mclp",
    solver_seconds: SolverSeconds = 240.0,
    demand: Annotated[Path | None, typer.Option("--demand", help="Your own matrix, as for `plan`.")] = None,
    sites: Annotated[Path | None, typer.Option("--sites", help="Your own matrix, as for `plan`.")] = None,
    costs: Annotated[Path | None, typer.Option("--costs", help="Your own matrix, as for `plan`.")] = None,
    fixed_column: Annotated[str | None, typer.Option("--fixed-column", help="As for `plan`.")] = None,
    candidates: Candidates = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Drawing: .svg, .png or .pdf.")] = None,
    panel: PanelFile = None,
    out: OutFile = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """People covered against the number of sites, so that a budget can be argued.

    On a region, candidates are its hospitals (or `--candidates`) beside the existing sites; with `--demand`, `--sites`
    and `--costs` it works on anybody's matrix. Every row is a best plan of its own.

    **Examples**

    `deserts planning frontier --region ME -n 8 --threshold 60 --plot frontier.svg`

    `deserts planning frontier --demand d.csv --sites s.csv --costs c.csv -n 6 -t 30 --out frontier.csv`
    """
    from deserts.errors import InputError
    from deserts.planning import Layout, SolverOptions, read_instance
    from deserts.planning.frontier import frontier as compute
    from deserts.publish.frontier_plot import draw_frontier

    files = (demand, sites, costs)
    if demand is not None and sites is not None and costs is not None:
        instance = read_instance(demand, sites, costs, layout=Layout(fixed_column=fixed_column))
        whose, lines = "People", [f"Made from {demand.name}, {sites.name} and {costs.name}."]
        across = ""
    elif any(path is not None for path in files):
        raise InputError("a matrix has three files", expected="--demand, --sites and --costs", fix="give all three")
    else:
        run, case = region_case(region, service, grade, data, local, panel=panel)
        instance = case.instance(candidate_places(run, candidates))
        whose, lines = _whose(run), about_lines(run, today, case, panel=panel is not None)
        across = case.gate.stamp
    table = compute(
        instance, threshold_min=threshold, most=most, method=method.strip().lower(),
        options=SolverOptions(time_limit_s=solver_seconds),
    ).round(6)  # fmt: skip
    population = float(instance.weight.sum())
    if plot is not None:
        covered = "two practices" if method == "backup" else "a site"
        title = f"{whose} within {threshold:g} minutes of {covered}, by number of sites added"
        draw_frontier(
            table, plot, title=title, population=population, threshold_min=threshold, lines=lines, across=across
        )
    summary = {"method": method, "threshold_min": threshold, "population": population}
    give(summary, {"frontier": table}, lines, out=out, json_out=json_out)


def _whose(run: Run) -> str:
    from deserts.publish.words import region_name

    return f"{region_name(run.region)}: people"


def _task(method: str, count: int | None, threshold: float, equity: float = 1.0, seconds: float = 240.0) -> Task:
    """Return the task; without a number of sites, people whom no candidate can reach are left aside and named."""
    from deserts.planning import SolverOptions, Task

    return Task(
        method=method.strip().lower(), count=count, threshold_min=threshold, power=equity, partial=count is None,
        options=SolverOptions(time_limit_s=seconds),
    )  # fmt: skip

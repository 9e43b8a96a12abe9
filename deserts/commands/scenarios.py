"""Planning for a region: ``what-if``, ``train``, ``van``, ``hubs`` and ``frontier``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.context import Run, made_run, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, RegionName, ServiceName, TodayDate

if TYPE_CHECKING:
    import pandas as pd

    from deserts.planning import Instance, Plan, Task
    from deserts.planning.region import RegionCase

__all__ = ["register"]

Method = Annotated[
    str, typer.Option("--method", "-m", help="pmedian (fewest minutes), mclp (most people) or backup (two practices).")
]
Count = Annotated[int, typer.Option("-n", "--count", min=1, help="How many to choose.")]
Threshold = Annotated[float, typer.Option("--threshold", "-t", min=1, help="Minutes within which people are covered.")]
Candidates = Annotated[Path | None, typer.Option("--candidates", help="CSV of your own places: candidate_id,lon,lat.")]
OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write; otherwise it is printed.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for name, command in (
        ("what-if", what_if), ("train", train), ("van", van), ("hubs", hubs), ("frontier", frontier)
    ):  # fmt: skip
        app.command(name)(command)


def what_if(
    *,
    close: Annotated[list[str] | None, typer.Option("--close", help="NPI of a clinician who stops (repeat).")] = None,
    close_practice: Annotated[
        list[str] | None, typer.Option("--close-practice", help="Practice id, or part of a name, that closes (repeat).")
    ] = None,
    add: Annotated[list[str] | None, typer.Option("--add", help="LON,LAT of a new clinic (repeat).")] = None,
    out: OutFile = None,
    map_file: Annotated[Path | None, typer.Option("--map", help="Map of the change: .svg, .png or .pdf.")] = None,
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
    """Close clinicians or practices, open places: before and after for every county, winners and losers.

    Minutes are people-weighted, median and mean. Whoever has no site within the time limit counts at the limit in
    means (so they are lower bounds), and stands as `stranded` beside. One row a county:
    `county_fips,name,state,population,median_before_min,…`.

    **Examples**

    `deserts what-if --region ME --close 1999999984`

    `deserts what-if --region ME --close-practice "Rehab" --add=-68.77,44.80 --map change.svg --json`
    """
    from deserts.planning.scenario import what_if as compare

    run, case = _case(region, service, grade, data, local)
    result = compare(
        case, close_npis=tuple(close or ()), close_practices=tuple(close_practice or ()),
        add=[_place(text, "--add") for text in add or ()],
    )  # fmt: skip
    lines = _lines(run, today)
    from deserts.planning.change_map import draw_change, join_changes, write_geojson

    joined = join_changes(run.store.read("counties"), result.counties)
    table = joined.drop(columns="geometry").round(4)
    if map_file is not None:
        closed, opened = len(result.closed), len(result.added)
        draw_change(joined, map_file, title=f"{closed} sites close, {opened} open: change of the mean drive",
                    lines=tuple(lines))  # fmt: skip
    if geojson is not None:
        write_geojson(joined, geojson, lines=tuple(lines))
    summary = {"closed_sites": list(result.closed), "added": [list(place) for place in result.added], **result.totals}
    _give(summary, {"counties": table}, lines, out=out, json_out=json_out, sentences=_change_sentences(summary))


def train(
    *,
    count: Count = 3,
    method: Method = "pmedian",
    threshold: Threshold = 60.0,
    equity: Annotated[float, typer.Option("--equity", min=1, help="pmedian: minutes to this power.")] = 1.0,
    fewest: Annotated[
        bool, typer.Option("--fewest", help="backup or lscp: the fewest places for everyone who can be covered at all.")
    ] = False,
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

    `deserts train --region ME -n 3`

    `deserts train --region ME -n 2 --method mclp --threshold 60 --json`

    `deserts train --region ME --method backup --fewest --threshold 120`
    """
    from deserts.planning.region import clinician_candidates
    from deserts.planning.strategies import plan_places

    run, case = _case(region, service, grade, data, local)
    candidates = clinician_candidates(run.store, service=run.service, states=run.region.states)
    task = _task(method, None if fewest else count, threshold, equity)
    instance, plan, places = plan_places(case, candidates, task)
    summary = _summary(instance, task, plan)
    _give(summary, {"places": places.round(4)}, _lines(run, today), out=out, json_out=json_out)


def van(
    *,
    count: Count = 4,
    base: Annotated[str, typer.Option("--base", help="LON,LAT where the van starts and ends.")],
    method: Method = "mclp",
    threshold: Threshold = 60.0,
    interval_days: Annotated[
        float | None, typer.Option("--interval-days", min=1, help="Every stop again within so many days.")
    ] = None,
    stop_hours: Annotated[float | None, typer.Option("--stop-hours", min=0, help="Hours at a stop.")] = None,
    day_hours: Annotated[float | None, typer.Option("--day-hours", min=1, help="Hours of a working day.")] = None,
    candidates: Candidates = None,
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

    `deserts van --region ME -n 4 --base=-68.77,44.80`

    `deserts van --region ME -n 3 --base=-68.77,44.80 --interval-days 60 --candidates halls.csv --out stops.csv`
    """
    from deserts.planning.strategies import Schedule, plan_van

    run, case = _case(region, service, grade, data, local)

    def number(given: float | None, key: str) -> float:
        return run.service.number(f"van.{key}") if given is None else given

    schedule = Schedule(
        number(interval_days, "interval_days"), number(day_hours, "day_hours"), number(stop_hours, "stop_hours")
    )
    places = _candidates(run, candidates)
    found = plan_van(case, places, _task(method, count, threshold), schedule, base=_place(base, "--base"))
    _give(found.summary, {"stops": found.stops.round(4)}, _lines(run, today), out=out, json_out=json_out)


def hubs(
    *,
    hub_count: Annotated[int, typer.Option("--hubs", min=1, help="Number of hubs.")] = 2,
    spokes: Annotated[int, typer.Option("--spokes", min=1, help="Number of spokes.")] = 4,
    method: Method = "pmedian",
    threshold: Threshold = 60.0,
    hub_type: Annotated[
        list[str] | None, typer.Option("--hub-type", help="Hospital type that may be a hub (repeat).")
    ] = None,
    points: Annotated[
        Path | None, typer.Option("--points", help="CSV: the two distances of each demand point.")
    ] = None,
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

    `deserts hubs --region ME --hubs 2 --spokes 5`

    `deserts hubs --region ME --hubs 1 --spokes 3 --points distances.csv --json`
    """
    from deserts.planning.region import clinician_candidates, hospital_candidates
    from deserts.planning.strategies import plan_hubs
    from deserts.store import write_text

    run, case = _case(region, service, grade, data, local)
    kinds = tuple(hub_type or ("Acute Care Hospitals",))
    states = run.region.states
    found = plan_hubs(
        case,
        hospital_candidates(run.store, kinds=kinds, states=states),
        clinician_candidates(run.store, service=run.service, states=states),
        hubs=hub_count,
        spokes=spokes,
        task=_task(method, spokes, threshold),
    )
    if points is not None:
        write_text(points, found.points.round(4).to_csv(index=False, lineterminator="\n"))
    _give(found.summary, {"places": found.places.round(4)}, _lines(run, today), out=out, json_out=json_out)


def frontier(
    *,
    most: Annotated[int, typer.Option("-n", "--most", min=1, help="Largest number of sites.")] = 8,
    threshold: Threshold = 60.0,
    method: Annotated[str, typer.Option("--method", "-m", help="mclp, pmedian or backup.")] = "mclp",
    demand: Annotated[Path | None, typer.Option("--demand", help="Your own matrix, as for `plan`.")] = None,
    sites: Annotated[Path | None, typer.Option("--sites", help="Your own matrix, as for `plan`.")] = None,
    costs: Annotated[Path | None, typer.Option("--costs", help="Your own matrix, as for `plan`.")] = None,
    fixed_column: Annotated[str | None, typer.Option("--fixed-column", help="As for `plan`.")] = None,
    candidates: Candidates = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Drawing: .svg, .png or .pdf.")] = None,
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

    `deserts frontier --region ME -n 8 --threshold 60 --plot frontier.svg`

    `deserts frontier --demand d.csv --sites s.csv --costs c.csv -n 6 -t 30 --out frontier.csv`
    """
    from deserts.errors import InputError
    from deserts.planning import Layout, read_instance
    from deserts.planning.frontier import draw_frontier
    from deserts.planning.frontier import frontier as compute

    files = (demand, sites, costs)
    if demand is not None and sites is not None and costs is not None:
        instance = read_instance(demand, sites, costs, layout=Layout(fixed_column=fixed_column))
        lines: list[str] = []
    elif any(path is not None for path in files):
        raise InputError("a matrix has three files", expected="--demand, --sites and --costs", fix="give all three")
    else:
        run, case = _case(region, service, grade, data, local)
        instance, lines = case.instance(_candidates(run, candidates)), _lines(run, today)
    table = compute(instance, threshold_min=threshold, most=most, method=method).round(6)
    if plot is not None:
        draw_frontier(table, plot, threshold_min=threshold, lines=tuple(lines))
    summary = {"method": method, "threshold_min": threshold, "population": float(instance.weight.sum())}
    _give(summary, {"frontier": table}, lines, out=out, json_out=json_out)


def _case(
    region: str, service: str, grade: str | None, data: Path | None, local: Path | None
) -> tuple[Run, RegionCase]:
    from deserts.planning.region import load_case

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    settings = run.settings
    case = load_case(
        run.store, service=run.service, time_limit_min=settings.time_limit_min, max_snap_km=settings.max_snap_km
    )
    return run, case


def _lines(run: Run, today: str | None) -> list[str]:
    from deserts.provenance import load_provenance

    return list(load_provenance(run.store.provenance_path).lines(parse_day(today, option="--today")))


def _place(text: str, option: str) -> tuple[float, float]:
    from deserts.errors import InputError

    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(f"{text!r} is not a place", where=option, expected="LON,LAT, e.g. -68.77,44.80") from error
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise InputError(f"{text!r} is not on the globe", where=option, expected="LON,LAT: longitude first")
    return lon, lat


def _candidates(run: Run, path: Path | None) -> pd.DataFrame:
    from deserts.planning.region import hospital_candidates, place_candidates
    from deserts.user_csv import read_user_csv

    if path is None:
        return hospital_candidates(run.store, states=run.region.states)
    bounds = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0)}
    return place_candidates(read_user_csv(path, text=["candidate_id"], numbers=bounds, unique=["candidate_id"]))


def _task(method: str, count: int | None, threshold: float, equity: float = 1.0) -> Task:
    """Return the task; without a number of sites, people whom no candidate can reach are left aside and named."""
    from deserts.planning import Task

    return Task(method=method, count=count, threshold_min=threshold, power=equity, partial=count is None)


def _summary(instance: Instance, task: Task, plan: Plan) -> dict[str, Any]:
    from deserts.planning.report import plan_summary

    found = plan_summary(instance, task, plan)
    return {key: value for key, value in found.items() if key not in ("sites", "added")}


def _change_sentences(summary: dict[str, Any]) -> list[str]:
    def minutes(value: float | None) -> str:
        return "beyond the limit" if value is None else f"{value:.1f}"

    drive = (
        f"drive to the nearest, people-weighted: median {minutes(summary['median_before_min'])} -> "
        f"{minutes(summary['median_after_min'])}, mean {summary['mean_before_min']:.1f} -> "
        f"{summary['mean_after_min']:.1f} minutes"
    )
    people = (
        f"of {summary['population']:,.0f} residents {summary['winners']:,.0f} drive less, {summary['losers']:,.0f} "
        f"more; {summary['stranded']:,.0f} lose their last site within the limit"
    )
    return [f"{len(summary['closed_sites'])} sites close, {len(summary['added'])} open", drive, people]


def _give(
    summary: dict[str, Any], tables: dict[str, pd.DataFrame], lines: list[str], *, out: Path | None, json_out: bool,
    sentences: list[str] | None = None,
) -> None:  # fmt: skip
    """Write the table to a file or standard output, or everything as JSON; provenance stands on each."""
    from deserts.documents.spreadsheet import neutralise_frame
    from deserts.store import write_text

    (name, table), *_ = tables.items()
    text = neutralise_frame(table).to_csv(index=False, lineterminator="\n")
    if out is not None:
        write_text(out, text)
    if json_out:
        rows = json.loads(table.to_json(orient="records"))
        typer.echo(json.dumps({"summary": summary, name: rows, "provenance": lines}, indent=1, sort_keys=True))
        return
    shown = sentences or [f"{key}: {_short(value)}" for key, value in summary.items() if value not in (None, [], "")]
    typer.echo("\n".join([*shown, *([] if out is not None else ["", text.rstrip("\n")])]))
    typer.echo("\n".join(lines), err=True)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return f"{value:,.6g}" if isinstance(value, float) else str(value)

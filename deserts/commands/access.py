"""Commands on access scores and on what happens when a clinician stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import DataDir, GradeName, JsonOut, LocalDir, RegionOfCounty, ServiceName, TodayDate

if TYPE_CHECKING:
    from deserts.access.matrix import MatrixOptions
    from deserts.api.run import Run

__all__ = ["explain", "score_matrix_command"]


def score_matrix_command(
    *,
    demand: Annotated[Path, typer.Option("--demand", help="CSV: demand_id,population[,scored].")],
    supply: Annotated[Path, typer.Option("--supply", help="CSV: supply_id,supply.")],
    costs: Annotated[Path, typer.Option("--costs", help="CSV: demand_id,supply_id,minutes.")],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            "-m",
            help="2sfca, e2sfca, 3sfca, m2sfca, mh3sfca, bfca, gravity, availability, doubly, i2sfca or raam.",
        ),
    ] = "2sfca",
    catchment: Annotated[float | None, typer.Option("--catchment", help="Minutes, this one included.")] = None,
    zones: Annotated[str | None, typer.Option("--zones", help="Upper edge:weight, for example 30:1,60:0.68.")] = None,
    decay: Annotated[str | None, typer.Option("--decay", help="gaussian, exponential or power.")] = None,
    bandwidth: Annotated[
        float | None, typer.Option("--bandwidth", help="b of the decay: minutes; for power the exponent.")
    ] = None,
    floor: Annotated[
        float | None, typer.Option("--floor", help="Shortest drive that a power decay tells apart; otherwise 1.")
    ] = None,
    tau: Annotated[
        float | None, typer.Option("--tau", help="raam: minutes that weigh as much as mean congestion; otherwise 60.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write; otherwise standard output.")] = None,
    as_json: JsonOut = False,
) -> None:
    """Score anybody's matrix of people, supply and minutes.

    Names are text (`007` is not `7`); rows may stand in any order. The answer is `demand_id,score,status` with a row
    for every demand point (`supply_id,score,status` for i2sfca, which tells how crowded each supply is). Points
    without supply in reach score 0 and say why in `status`. Demand rows with `scored` false compete for supply and
    get no score. Zones are closed above. For raam and doubly lower is better, and a point without supply in reach has
    no score.

    Decays: gaussian `exp(-t²/(2b²))`, exponential `exp(-t/b)`, power `max(t, floor)^-b`.

    **Examples**

    `deserts access score-matrix --demand d.csv --supply s.csv --costs c.csv -m 2sfca --catchment 60 --out scores.csv`

    `deserts access score-matrix --demand d.csv --supply s.csv --costs c.csv -m e2sfca --zones 30:1,60:0.68,90:0.22`

    `deserts access score-matrix --demand d.csv --supply s.csv --costs c.csv -m gravity --decay gaussian --bandwidth 60`
    """
    from deserts.access.decay import parse_zones
    from deserts.access.matrix import MatrixOptions

    options = MatrixOptions(
        catchment_min=catchment,
        zones=parse_zones(zones) if zones is not None else (),
        shape=decay,
        bandwidth=bandwidth,
        floor_min=floor,
        tau_min=tau,
    )
    files = {"demand": demand, "supply": supply, "costs": costs}
    _score(files, method=method.strip().lower(), options=options, out=out, as_json=as_json)


def _score(files: dict[str, Path], *, method: str, options: MatrixOptions, out: Path | None, as_json: bool) -> None:
    """Score the files and write or print what was asked for."""
    from deserts.access import matrix as scoring
    from deserts.store import write_text

    weight = scoring.choose_decay(method, options)
    matrix = scoring.read_matrix(files["demand"], files["supply"], files["costs"])
    tau = 60.0 if options.tau_min is None else options.tau_min
    scores = scoring.score_matrix(matrix, method=method, decay=weight, tau_min=tau)
    text = scores.to_csv(index=False, lineterminator="\n")
    if out is not None:
        write_text(out, text)
    elif not as_json:
        typer.echo(text, nl=False)
    if as_json:
        summary = scoring.matrix_summary(matrix, scores, method=method, decay=weight, files=files)
        typer.echo(json.dumps(summary, indent=1, sort_keys=True))


def explain(
    *,
    county: Annotated[str, typer.Option("--county", "-c", help="County code, five digits.")],
    region: RegionOfCounty = None,
    json_out: JsonOut = False,
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Say in words why a county scored as it did, what the data cannot see, and how to make the result again.

    Examples
    --------
        deserts explain --county 23019

        deserts explain --county 23019 --region ME-NH-VT --grade specialty_only
    """
    run = _run_with_county(county, region=region, service=service, grade=grade, data=data, local=local)
    told = run.explain(county, today=parse_day(today, option="--today"))
    if not json_out:
        typer.echo(str(told))
        return
    scores = run.table("county_scores")
    row = json.loads(scores[scores["county_fips"] == county].to_json(orient="records"))[0]
    answer = {"explanation": told.sentences, "scores": row, "sources": told.sources, "reproduce": told.reproduce}
    typer.echo(json.dumps(answer, indent=1, ensure_ascii=False))


def _run_with_county(
    county: str, *, region: str | None, service: str, grade: str | None, data: Path | None, local: Path | None
) -> Run:
    """Return the run to explain: the region asked for, else the county's state, else any region that holds it."""
    from deserts.config import state_by_fips
    from deserts.errors import MissingDataError

    if region is not None:
        return made_run(region=region, service=service, grade=grade, data=data, local=local)
    processed = build_settings(data=data, local=local).processed_dir
    state = state_by_fips().get(county[:2], "")
    made = sorted(path.name for path in processed.glob("*") if path.is_dir())
    for name in sorted(made, key=lambda name: (name != state, name)):
        if name == "example" or state in name.split("-") or name == "US":
            run = made_run(region=name, service=service, grade=grade, data=data, local=local)
            if run.store.has("county_scores") and state in run.region.states:
                return run
    raise MissingDataError(
        f"no scores of a region with county {county!r} are at hand",
        where=processed,
        expected="a five-digit county code of a region that has been run",
        fix=f"make all REGION={state or 'ME'}",
    )

"""Commands on access scores and on what happens when a clinician stops."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    MatrixCosts,
    MatrixDemand,
    MatrixSupply,
    RegionOfCounty,
    ServiceName,
    TodayDate,
)

if TYPE_CHECKING:
    from deserts.access.decay_fit import DecayFit, Trips
    from deserts.access.matrix import MatrixOptions
    from deserts.api.run import Run

__all__ = ["explain", "fit_decay_command", "score_matrix_command"]


def score_matrix_command(
    *,
    demand: Annotated[Path, typer.Option("--demand", help="CSV: demand_id,population[,scored].")],
    supply: MatrixSupply,
    costs: MatrixCosts,
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


def fit_decay_command(
    *,
    demand: MatrixDemand,
    supply: MatrixSupply,
    costs: MatrixCosts,
    flows: Annotated[Path, typer.Option("--flows", help="CSV: demand_id,supply_id,trips, as people really went.")],
    shape: Annotated[str | None, typer.Option("--decay", help="Fit gaussian, exponential or power alone.")] = None,
    floor: Annotated[float, typer.Option("--floor", min=0.01, help="Shortest drive that power tells apart.")] = 1.0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV to write: nearest and expected minutes of each point.")
    ] = None,
    as_json: JsonOut = False,
) -> None:
    """Fit the decay of a floating catchment to trips that people really made.

    People choose a place by its supply and by how far it is (Huff 1963, McFadden 1974); the decay that makes the trips
    likeliest is the answer, with a 95 % interval that is clustered by where people set out. `--out` says what the
    choice costs: the minutes that people drive on average, beside those to the nearest place.

    **Example**

    `deserts access fit-decay --demand d.csv --supply s.csv --costs c.csv --flows trips.csv --out expected.csv`
    """
    from deserts.access.decay import DECAYS
    from deserts.access.decay_fit import fit_decays, read_trips
    from deserts.access.matrix import read_matrix
    from deserts.errors import UnknownNameError

    if shape is not None and shape not in DECAYS:
        raise UnknownNameError(f"there is no decay {shape!r}", expected="one of " + ", ".join(DECAYS))
    matrix = read_matrix(demand, supply, costs)
    trips = read_trips(flows, matrix)
    fits = fit_decays(trips, shapes=DECAYS if shape is None else (shape,), floor_min=floor)
    if out is not None:
        _write_expected(out, trips, fits[0], matrix.demand_ids[trips.set_out].to_list(), floor)
    _tell_fits(trips, fits, as_json=as_json)


def _write_expected(out: Path, trips: Trips, best: DecayFit, names: list[str], floor: float) -> None:
    import pandas as pd

    from deserts.access.decay_fit import expected_minutes
    from deserts.store import write_text

    table = pd.DataFrame(
        {
            "demand_id": names,
            "nearest_min": trips.nearest_min(),
            "expected_min": expected_minutes(trips, best, floor_min=floor),
        }
    )
    write_text(out, table.to_csv(index=False, lineterminator="\n"))


def _tell_fits(trips: Trips, fits: tuple[DecayFit, ...], *, as_json: bool) -> None:
    import dataclasses
    import math

    use = f"--decay {fits[0].shape} --bandwidth {fits[0].bandwidth:.4g}"
    if as_json:
        rows = [{k: None if v == math.inf else v for k, v in dataclasses.asdict(fit).items()} for fit in fits]
        told = {
            "trips": trips.total,
            "trips_without_minutes": trips.without_minutes,
            "nearest_share_seen": trips.nearest_share,
            "mean_min_seen": trips.mean_min,
            "fits": rows,
            "use": use,
        }
        typer.echo(json.dumps(told, indent=1))
        return
    typer.echo(
        f"{trips.total:,.0f} trips from {trips.n_points:,} points: {trips.nearest_share:.0%} to the nearest place, "
        f"{trips.mean_min:.1f} minutes on average."
    )
    if trips.without_minutes:
        typer.echo(f"{trips.without_minutes:,.0f} trips lead where no minutes are given; they count nowhere here.")
    typer.echo("decay        bandwidth  95 % interval      log-likelihood  pseudo R2  nearest  mean min")
    for fit in fits:
        interval = f"{fit.low:.4g} to {fit.high:.4g}"
        typer.echo(
            f"{fit.shape:<12} {fit.bandwidth:>9.4g}  {interval:<17}  {fit.log_likelihood:>14.2f}  {fit.pseudo_r2:>9.3f}"
            f"  {fit.nearest_share:>7.0%}  {fit.mean_min:>8.1f}"
        )
    typer.echo("The likeliest stands first; forms within 2 of its log-likelihood are not told apart by these trips.")
    typer.echo(f"To use it: deserts access score-matrix ... -m gravity {use}")


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

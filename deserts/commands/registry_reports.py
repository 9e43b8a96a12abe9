"""Commands on what lists are worth: the registry over years, the directory's accuracy, recall, circulating numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import made_run
from deserts.commands.options import (
    ClaimYears,
    DataDir,
    DrugEditions,
    GradeName,
    JsonOut,
    LocalDir,
    RegionName,
    ServiceName,
    TodayDate,
)
from deserts.commands.specialists import about, print_json, print_lines, registry_now

if TYPE_CHECKING:
    import pandas as pd

    from deserts.api.run import Run
    from deserts.specialists.accuracy import HiddenShare
    from deserts.specialists.replicate import ReplicateInputs

__all__ = ["directory_accuracy", "recall", "registry", "replicate"]


def registry_diff(
    earlier: Annotated[int, typer.Argument(help="Earlier year.")],
    later: Annotated[int, typer.Argument(help="Later year.")],
    *,
    claims: ClaimYears = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV with one row a clinician.")] = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Who entered, stayed, left or moved between two years of bills, by state.

    Examples
    --------
        deserts evidence registry diff 2022 2024

        deserts evidence registry diff 2019 2021 --service mohs --claims mohs_2019.csv.gz --claims mohs_2021.csv.gz
    """
    from deserts.documents.spreadsheet import write_csv
    from deserts.specialists.years import diff_years, summarise_diff

    run = made_run(region=region, service=service, data=data, local=local)
    years = _years_of_claims(run, claims) if claims else _years_of_region(run)
    diff = diff_years(years, earlier, later)
    if out is not None:
        write_csv(diff, out)
    warning = "left means: not in the file of the later year, which leaves out whoever served ten or fewer people"
    limits = [warning] if claims else [warning, *about(run, today)]
    if json_out:
        print_json({"by_state": summarise_diff(diff).to_dict("records"), "about": limits})
    else:
        print_lines([f"{earlier} to {later}", summarise_diff(diff).to_string(index=False), "", *limits])


def registry_lost(
    earlier: Annotated[int, typer.Argument(help="Earlier year.")],
    later: Annotated[int, typer.Argument(help="Later year.")],
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """How many people lost their nearest place between two years of bills.

    Examples
    --------
        deserts evidence registry lost 2022 2024

        deserts evidence registry lost 2022 2024 --region ME --json
    """
    import dataclasses

    from deserts.access.registry_change import Residents, lost_between

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    found = lost_between(
        _years_of_region(run), earlier, later, residents=Residents.load(run.store),
        grade_rank=run.service.rank(run.grade),
    )  # fmt: skip
    limits = [
        f"a place is a ZIP code where somebody's bills of that year alone support grade {run.grade} or better",
        "gone means: not in the file of the later year, which leaves out whoever served ten or fewer people",
        *about(run, today),
    ]
    if json_out:
        print_json({"earlier": earlier, "later": later, **dataclasses.asdict(found), "about": limits})
        return
    lines = [
        f"{earlier} to {later}: {found.lost:,.0f} of {found.residents:,.0f} residents lost the place nearest to them",
        f"  {found.lost_longer:,.0f} of these drive longer since",
        f"  {found.lost_stranded:,.0f} of these have none within {run.settings.time_limit_min:g} minutes any more",
        f"  {found.shorter:,.0f} residents drive less far than before",
        f"  clinicians at the grade: {found.clinicians_earlier} in {earlier}, {found.clinicians_later} in {later}",
        *([f"  not counted: {found.unplaced} rows whose ZIP has no known place"] if found.unplaced else []),
    ]
    print_lines([*lines, "", *limits])


def directory_accuracy(
    *,
    public: Annotated[
        bool, typer.Option("--public/--team", help="Leave out what may not be published (answers by state).")
    ] = True,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV with one row a state.")] = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Of those whom the directory lists under the specialties, how many are shown to do it; by state, with intervals.

    Examples
    --------
        deserts evidence accuracy --region ME

        deserts evidence accuracy --region ME --team --out accuracy.csv
    """
    from deserts.documents.spreadsheet import write_csv
    from deserts.specialists.accuracy import MEASURES

    run = made_run(region=region, service=service, data=data, local=local)
    table = _accuracy(run, today, public=public)
    if out is not None:
        write_csv(table, out)
    hidden = _hidden_share(run)
    share = "unknown" if hidden.share != hidden.share else f"{hidden.share:.0%}"
    limits = [
        f"hidden by the rule of ten: {share} ({hidden.words}; {hidden.published} published)",
        "intervals: Wilson, 95 %",
        *about(run, today),
    ]
    if json_out:
        rows = json.loads(table.to_json(orient="records"))
        print_json({"rows": rows, "measures": MEASURES, "hidden_share": share, "about": limits})
        return
    shown = table.assign(**{c: table[c].map(lambda v: "" if v != v else f"{v:.0%}") for c in ("share", "low", "high")})
    shown["count"] = table["count"].map(lambda v: "few" if v != v else f"{v:.0f}")
    words = [f"{name}: {meaning}" for name, meaning in MEASURES.items()]
    print_lines([shown.to_string(index=False), "", *words, "", *limits])


def recall(
    *,
    known: Annotated[
        Path | None, typer.Option("--known", help="CSV: name and npi, or name, address and zip, of known programmes.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV with one row a programme.")] = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """How many publicly announced programmes the registry finds, by grade.

    Examples
    --------
        deserts evidence recall --known programmes.csv --region ME
    """
    from deserts.documents.spreadsheet import write_csv
    from deserts.specialists.recall import RECALL_UNKNOWN, find_known, read_known, recall_by_grade

    if known is None:
        typer.echo(RECALL_UNKNOWN)
        return
    run = made_run(region=region, service=service, data=data, local=local)
    people, sites, team = registry_now(run, today)
    found = find_known(read_known(known), people, sites)
    table = recall_by_grade(found, run.service)
    if out is not None:
        write_csv(found, out)
    missed = found.loc[found["matched_by"] == "", "name"].tolist()
    if json_out:
        told = [*team.warnings, *about(run, today)]
        print_json({"recall": table.to_dict("records"), "missed": missed, "about": told})
    else:
        print_lines(
            [
                table.round(3).to_string(index=False),
                "",
                f"not found: {', '.join(missed) or 'none'}",
                "",
                *about(run, today),
            ]
        )


def replicate(
    key: Annotated[str | None, typer.Argument(help="One number alone, for example j0475-trend.")] = None,
    *,
    claims: ClaimYears = None,
    drugs: DrugEditions = None,
    providers: Annotated[Path | None, typer.Option("--providers", help="By-provider file, to count providers.")] = None,
    nppes: Annotated[Path | None, typer.Option("--nppes", help="Provider registry, to count taxonomies.")] = None,
    network: Annotated[
        Path | None, typer.Option("--network", help="Folder of a road network that covers Texas.")
    ] = None,
    write: Annotated[Path | None, typer.Option("--write", help="Write the register as Markdown and stop.")] = None,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Every number that circulates about pump access, with a verdict and, where the files are there, a figure.

    Examples
    --------
        deserts evidence replicate --region example

        deserts evidence replicate --claims MUP_PHY_R19_P04_V10_D17_Prov_Svc.csv --nppes npidata_pfile.csv

        deserts evidence replicate j0475-trend --drug-spending DSD_PTB_RY25.csv --drug-spending DSD_PTB_2017.xlsx

        deserts evidence replicate --write docs/claims.md
    """
    import dataclasses

    from deserts.specialists.circulating import render_register
    from deserts.specialists.replicate import TREND, choose, trend_of, trend_rows
    from deserts.specialists.replicate import replicate as run_checks
    from deserts.store import write_text

    if write is not None:
        write_text(write, render_register())
        typer.echo(f"written to {write}")
        return
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    found = _replicate_inputs(run, today, claims, providers, nppes, network, drugs)
    figures = choose(run_checks(found, run.service), key)
    if json_out:
        years = {"years": trend_rows(found)} if key == TREND else {}
        print_json({"claims": [dataclasses.asdict(figure) for figure in figures], **years, "about": about(run, today)})
        return
    lines = []
    for figure in figures:
        lines += [f"{figure.key}: {figure.says}", f"  verdict: {figure.verdict}"]
        lines += [f"  figure: {figure.figure}"] if figure.figure else []
        lines += [f"  {figure.note}", *(trend_of(found) if key == TREND else []), ""]
    print_lines([*lines, *about(run, today)])


def _replicate_inputs(
    run: Run,
    today: str | None,
    claims: list[Path] | None,
    providers: Path | None,
    nppes: Path | None,
    network: Path | None,
    drugs: list[Path] | None,
) -> ReplicateInputs:
    """Gather what is at hand: the files given, else the region's own, and its tables where the stages have run."""
    from deserts.sources.fetch import region_area
    from deserts.sources.publishers.claims_totals import read_providers
    from deserts.sources.publishers.nppes import read_deactivated, read_nppes
    from deserts.specialists.replicate import ReplicateInputs, nearest_by_point

    area, store = region_area(run.region, run.service, run.settings), run.store
    bills = claims or list(area.paths("claims", required=False))
    editions = drugs or list(area.paths("drug_spending", required=False))
    totals = [providers] if providers else area.paths("claims_by_provider", required=False)[-1:]
    registry = [nppes] if nppes else area.paths("nppes", required=False)[-1:]
    gone = area.paths("nppes_deactivated", required=False)[-1:]
    has_registry = all(store.has(name) for name in ("evidence", "specialists", "sites"))
    nearest = None
    if all(store.has(name) for name in ("reach", "drive_times", "demand")):
        nearest = nearest_by_point(*(store.read(name) for name in ("reach", "drive_times", "demand")))
    return ReplicateInputs(
        claims=_read_claims(run, bills) if bills else None,
        providers=len(read_providers(totals[0]).frame) if totals else None,
        nppes=read_nppes(registry[0]).frame if registry else None,
        deactivated=read_deactivated(gone[0]).frame if gone else None,
        sites=registry_now(run, today)[1] if has_registry else None,
        accuracy=_accuracy(run, today, public=True) if has_registry else None,
        nearest=nearest,
        abilene_granbury_min=None if network is None else _abilene_granbury(run, network),
        drugs=_read_editions(editions) if editions else None,
        grade_rank=run.service.rank(run.grade),
    )


def _hidden_share(run: Run) -> HiddenShare:
    """Return the share hidden by the rule of ten: by national totals where they are at hand, else by a model."""
    import pandas as pd

    from deserts.sources.fetch import region_area
    from deserts.sources.publishers.claims_totals import read_geography
    from deserts.specialists.accuracy import hidden_by_model, hidden_by_totals

    area = region_area(run.region, run.service, run.settings)
    bills, totals = area.paths("claims", required=False), area.paths("claims_by_geography", required=False)
    if bills and totals:
        geography = pd.concat([read_geography(path, codes=run.service.codes()).frame for path in totals])
        if (found := hidden_by_totals(_read_claims(run, list(bills)), geography, run.service)) is not None:
            return found
    evidence = run.store.read("evidence")
    return hidden_by_model(evidence.loc[evidence["source"] == "claims", "beneficiaries"].dropna())


def _abilene_granbury(run: Run, folder: Path) -> float | None:
    """Minutes from the middle of Abilene to that of Granbury, Texas; None where a town is off the network."""
    import math

    from deserts.roads import Network, pair_times, snap

    net = Network.load(folder)
    home, clinic = (
        snap(net, [lon], [lat], max_snap_km=run.settings.max_snap_km)
        for lon, lat in ((-99.7331, 32.4487), (-97.7942, 32.4421))
    )
    minutes = float(pair_times(net, home, clinic)[0][0])
    return None if math.isnan(minutes) else minutes


def _accuracy(run: Run, today: str | None, *, public: bool) -> pd.DataFrame:
    from deserts.specialists.accuracy import directory_accuracy as measure

    evidence = run.store.read("evidence")
    people, sites, _ = registry_now(run, today)
    return measure(evidence, people, sites, run.service, public=public)


def _read_editions(paths: list[Path]) -> pd.DataFrame:
    import pandas as pd

    from deserts.sources.publishers.drug_spending import read_drug_spending

    return pd.concat([read_drug_spending(path).frame for path in paths], ignore_index=True)


def _read_claims(run: Run, paths: list[Path]) -> pd.DataFrame:
    import pandas as pd

    from deserts.sources.publishers.claims import read_claims

    return pd.concat([read_claims(path, codes=run.service.codes()).frame for path in paths], ignore_index=True)


def _years_of_region(run: Run) -> pd.DataFrame:
    """Return the registry's years as the stage wrote them, else from the region's claims files."""
    from deserts.sources.fetch import region_area

    bills = region_area(run.region, run.service, run.settings).paths("claims", required=False)
    if run.store.has("registry_years") or not bills:
        return run.store.read("registry_years")
    return _years_of_claims(run, list(bills))


def _years_of_claims(run: Run, paths: list[Path]) -> pd.DataFrame:
    import datetime as dt

    from deserts.specialists import RegistryInputs, build_registry

    claims = _read_claims(run, paths)
    newest = int(claims["year"].max()) if len(claims) else 1970
    return build_registry(RegistryInputs(claims=claims), service=run.service, as_of=dt.date(newest, 12, 31)).years


registry = typer.Typer(no_args_is_help=True, help="The registry over years.")
registry.command("diff")(registry_diff)
registry.command("lost")(registry_lost)

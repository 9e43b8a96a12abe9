"""Commands on what happens when a clinician stops: ``extinction-plan``, ``research``."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    MonteCarlo,
    RegionName,
    ServiceName,
    TodayDate,
    Top,
)

if TYPE_CHECKING:
    import pandas as pd

    from deserts.access.prepared import Prepared
    from deserts.api.run import Run
    from deserts.patients.search.team import TeamFacts

__all__ = ["extinction_plan", "research", "source_lines"]

_OUT = Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write; otherwise a table is printed.")]
_MOST_ASKED, _PRACTICES = 50, 5
"""Candidates a tier that are looked at for one ZIP, and practices that are shown of them."""
_ASK = "hospitals_to_ask"
"""Name of the table of hospitals that were paid for it without naming a clinician."""


def source_lines(run: Run, today: str | None) -> list[str]:
    """Return the sentences that stand on every output of a run."""
    return list(run.store.provenance().lines(parse_day(today, option="--today")))


def extinction_plan(
    *,
    clinic: Annotated[
        str | None, typer.Option("--clinic", help="NPI, practice id, or part of a practice's name that closes.")
    ] = None,
    panel: Annotated[
        Path | None, typer.Option("--panel", help="CSV zip,patients: the clinic's own patients by ZIP.")
    ] = None,
    zip_code: Annotated[str | None, typer.Option("--zip", help="One ZIP, before an implant.")] = None,
    top: Top = 20,
    out: _OUT = None,
    json_out: JsonOut = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Work out what happens when a practice stops: in a region, for one clinic's panel, for one ZIP before an implant.

    Without further options the practices of the region are ranked by what their closure would cost its residents, then
    the single points of failure by the residents whom it would leave without a backup.
    With `--clinic` one practice is worked through: who loses it, who would have to take them over, and by how much
    each neighbour would have to grow (an interval, since volumes are Medicare fee-for-service only). With `--panel`
    the clinic's own patients count instead of residents; nothing of the panel is kept, and a file that is written is
    readable by you alone. With `--zip`: who will refill this pump here, and who after that?

    Examples
    --------
        deserts access extinction --region ME

        deserts access extinction --region ME --clinic 1999999984 --panel panel.csv

        deserts access extinction --region ME --zip 04401
    """
    from deserts.access.gate import require_countable
    from deserts.api.phoning import load_live, notes_of_list
    from deserts.errors import InputError

    if zip_code is not None and (clinic is not None or panel is not None):
        raise InputError("--zip stands alone", expected="--zip, or --clinic with or without --panel", fix="drop one")
    if panel is not None and clinic is None:
        raise InputError("--panel needs --clinic", expected="the clinic whose panel it is", fix="add --clinic")
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    banners = () if zip_code is not None else require_countable(run.store, service=run.service).banners()
    prepared, specialists, team = load_live(run, parse_day(today, option="--today"))
    if zip_code is not None:
        tables = _zip_plan(run, prepared, specialists, team, zip_code, today)
    elif clinic is not None:
        tables = _clinic_plan(run, prepared, specialists, team, clinic, panel, today)
    else:
        from deserts.access.extinction import region_plan, single_points

        plan = region_plan(prepared, specialists, service=run.service, time_limit_min=run.settings.time_limit_min)
        tables = {"practices": plan, "single_points_of_failure": single_points(plan)}
    private = panel is not None or zip_code is not None
    notes = banners if zip_code is None else notes_of_list(run, team)
    lines = [*team.warnings, *notes, *source_lines(run, today), team.last_call_line()]
    _show(tables, lines, top=top, out=out, json_out=json_out, private=private)


def research(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the tables.")],
    county_shares: Annotated[
        Path | None,
        typer.Option(
            "--county-shares",
            help="CSV county_fips and any of under_18_share, medicare_share, disability_share, ma_share (0 to 1).",
        ),
    ] = None,
    patients: Annotated[
        Path | None, typer.Option("--patients", help="CSV county_fips,patients: your own counts (kept to yourself).")
    ] = None,
    leaving: Annotated[
        Path | None,
        typer.Option("--leaving", help="CSV npi,p_leaves: your own chances (0 to 1) that a clinician stops."),
    ] = None,
    survey: Annotated[
        list[Path] | None,
        typer.Option(
            "--survey",
            help="Table of the American Community Survey: an answer of its API, or a table file (may be repeated).",
        ),
    ] = None,
    points: Annotated[
        list[Path] | None,
        typer.Option(
            "--points",
            help="CSV of points where residents stand, as --demand takes it, to compare kinds of points (repeatable).",
        ),
    ] = None,
    districts: Annotated[
        Path | None, typer.Option("--districts", help="Boundaries of districts (GeoPackage, GeoJSON, shapefile).")
    ] = None,
    district_key: Annotated[str, typer.Option("--district-key", help="Column that names a district.")] = "GEOID",
    draws: MonteCarlo = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 1,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write every research table of a run: closures, growth, retirement, burden, intervals, equity, sensitivity.

    Also the scores of counties and of districts as CSV with a codebook, Parquet and GeoPackage, and the paediatric
    version; regression-ready tables of counties and tracts with shares of the American Community Survey and their
    margins of error, where it was fetched (`deserts source fetch --also acs`) or given (`--survey`); minutes and
    classes by kind of point (block groups, tracts, counties, and `--points`). Your own patient counts are shown only
    where no count of 1 to 10 can be derived.

    Examples
    --------
        deserts access research --region ME --out research/ME

        deserts access research --region ME --out research/ME --districts tl_2023_us_cd118.zip --draws 200
    """
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    written = run.research(
        out,
        points=points or (),
        today=parse_day(today, option="--today"),
        county_shares=county_shares,
        patients=patients,
        leaving=leaving,
        survey_files=survey or (),
        districts=districts,
        district_key=district_key,
        draws=draws,
        seed=seed,
    )
    typer.echo("\n".join(str(path) for path in written))


def _zip_plan(
    run: Run, prepared: Prepared, specialists: pd.DataFrame, team: TeamFacts, zip_code: str, today: str | None
) -> dict[str, pd.DataFrame]:
    """Return the practices to ask for one ZIP, in the order that `deserts backup` gives, and hospitals beside them."""
    import pandas as pd

    from deserts.access.chances import availability
    from deserts.access.extinction import place_plan
    from deserts.access.hospital_options import NAMED
    from deserts.commands.drives_of_zips import drives_to_sites
    from deserts.patients.search.answer import BackupQuery
    from deserts.patients.search.backups import BackupData, find_backups
    from deserts.patients.search.origin import from_zip

    pairs = drives_to_sites(run, prepared, [zip_code])
    data = BackupData.load(run.store, service=run.service)
    day = parse_day(today, option="--today")
    answer = find_backups(BackupQuery(from_zip(zip_code, data.zips), day, k=_MOST_ASKED), data, team)
    ranked = [(c.site_id, c.tier.value, c.drive_min) for c in answer.candidates if c.status == "ok"]
    chance = availability(prepared.sites, specialists, service=run.service, grade=run.grade)
    order = pd.DataFrame(ranked, columns=["site_id", "tier", "drive_min"])
    plan = {"options": place_plan(pairs, prepared, order, chance).head(_PRACTICES)}
    if not answer.places:
        return plan
    hospitals = pd.DataFrame([dataclasses.asdict(place) for place in answer.places])
    return {**plan, _ASK: hospitals[[*NAMED, "drive_min"]].head(_PRACTICES)}


def _clinic_plan(
    run: Run,
    prepared: Prepared,
    specialists: pd.DataFrame,
    team: TeamFacts,
    clinic: str,
    panel: Path | None,
    today: str | None,
) -> dict[str, pd.DataFrame]:
    import numpy as np
    import pandas as pd

    from deserts.access.extinction import clinic_plan, find_practices
    from deserts.commands.drives_of_zips import drives_to_sites, hospitals_from, hospitals_of_points
    from deserts.user_csv import read_user_csv

    practices = find_practices(prepared.sites, clinic)
    pairs, people, place = prepared.pairs, prepared.own_population, prepared.demand["county_fips"]
    nexts, next_site = None, None
    hospitals = hospitals_of_points(run, prepared.demand["point_id"])
    if panel is not None:
        patients = read_user_csv(panel, text=["zip"], numbers={"patients": (0, np.inf)}, unique=["zip"])
        people, place = patients["patients"].to_numpy(), patients["zip"]
        pairs = drives_to_sites(run, prepared, list(place), file=panel)
        nexts = _next_of_list(run, team, list(place), practices, today)
        next_site = prepared.site_ids.get_indexer(pd.Index(nexts["site_id"]))
        hospitals = hospitals_from(run, list(place), file=panel)
    plan = clinic_plan(
        pairs,
        people,
        place,
        prepared,
        practices,
        specialists,
        service=run.service,
        time_limit_min=run.settings.time_limit_min,
        all_of_panel=panel is not None,
        next_site=next_site,
        hospitals=hospitals,
    )
    places = plan.places
    if nexts is not None:
        by_zip = nexts.drop(columns="site_id").add_prefix("next_").assign(place=place.to_numpy())
        places = places.merge(by_zip, on="place", how="left")
    asked = {} if plan.hospitals.empty else {_ASK: plan.hospitals}
    return {"summary": plan.summary, "takers": plan.takers, "places": places, **asked}


def _next_of_list(
    run: Run, team: TeamFacts, zips: list[str], practices: tuple[str, ...], today: str | None
) -> pd.DataFrame:
    """Return whom `deserts backup` names first for each ZIP once these practices are gone."""
    from deserts.patients.panel import first_of_list
    from deserts.patients.search.backups import BackupData

    data = BackupData.load(run.store, service=run.service)
    known = [data.zips.find(code).zip for code in zips]
    return first_of_list(known, data, today=parse_day(today, option="--today"), facts=team, exclude=practices)


def _show(
    tables: dict[str, pd.DataFrame],
    lines: list[str],
    *,
    top: int,
    out: Path | None,
    json_out: bool,
    private: bool,
) -> None:
    """Print tables or write them; the first goes to ``out``, further ones beside it under their own names."""
    from deserts.api.table_text import tables_text
    from deserts.documents.spreadsheet import write_csv

    if out is not None:
        for place, (name, table) in enumerate(tables.items()):
            path = out if place == 0 else out.with_name(f"{out.stem}_{name}{out.suffix}")
            write_csv(table, path, private=private)
            typer.echo(str(path))
    if json_out:
        records = {name: json.loads(table.head(top).to_json(orient="records")) for name, table in tables.items()}
        typer.echo(json.dumps({**records, "sources": lines}, indent=1, ensure_ascii=False))
    elif out is None:
        typer.echo(tables_text(tables, lines, top=top))

"""The research folder of a run: every table as CSV with a codebook and as Parquet, the scores also as GeoPackage."""

from __future__ import annotations

import dataclasses
import shlex
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.access.adequacy import adequacy_headline, standard_note
from deserts.access.coverage import told
from deserts.access.explain import reproduction_line
from deserts.access.files import write_csv, write_geopackage, write_parquet
from deserts.access.meanings import further_meanings
from deserts.access.paper import Paper, attrition, methods_paragraph
from deserts.access.point_kinds import PointKind, counties_by_kind, kinds_compared
from deserts.access.prepared import AccessInputs
from deserts.access.research import research_tables
from deserts.access.research_work import ResearchInputs, read_county_shares
from deserts.access.scores import score_other_areas
from deserts.access.suppression import suppress_counts
from deserts.access.survey import Survey, read_survey
from deserts.errors import InputError
from deserts.provenance import LOCK_NAME, Provenance
from deserts.sentences import say
from deserts.services import Service
from deserts.services.profile import SPECIALTY_ONLY
from deserts.sources.readers.boundaries import read_boundaries
from deserts.sources.readers.years import year_of_name
from deserts.specialists.activity import borrowed_words
from deserts.store import Store, sha256_of, write_bytes, write_text
from deserts.tables import Status
from deserts.user_csv import read_user_csv

__all__ = ["area_of_points", "write_research"]


def area_of_points(demand: pd.DataFrame, areas: gpd.GeoDataFrame, *, key: str) -> pd.Series:
    """Return the area (column ``key``) of each demand point, indexed by ``point_id``; empty outside all areas.

    Where areas overlap, the first by name counts.
    """
    points = gpd.GeoDataFrame(
        {"point_id": demand["point_id"].to_numpy()},
        geometry=gpd.points_from_xy(demand["lon"], demand["lat"]),
        crs="EPSG:4326",
    )
    shapes = areas.loc[areas.geometry.notna(), [key, "geometry"]].to_crs("EPSG:4326")
    joined = points.sjoin(shapes, how="left", predicate="intersects").sort_values([key, "point_id"], kind="stable")
    first = joined.drop_duplicates("point_id").set_index("point_id")[key].astype("object")
    named: pd.Series = first.where(first.notna(), "").reindex(demand["point_id"].to_numpy())
    return named


def _write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Write each table that has rows as CSV with its codebook, and as Parquet."""
    written: list[Path] = []
    for name, frame in tables.items():
        if len(frame):
            written += write_csv(folder / f"{name}.csv", frame, further=further_meanings(name, list(frame.columns)))
            written.append(write_parquet(folder / f"{name}.parquet", frame))
    return written


def write_research(
    store: Store,
    folder: Path,
    *,
    service: Service,
    lines: Sequence[str],
    time_limit_min: float,
    published_shares: pd.DataFrame | None = None,
    survey: Survey | None = None,
    published_districts: Mapping[str, gpd.GeoDataFrame] | None = None,
    point_kinds: Sequence[PointKind] = (),
    trend: pd.DataFrame | None = None,
    survey_files: Sequence[Path] = (),
    county_shares: Path | None = None,
    patients: Path | None = None,
    leaving: Path | None = None,
    districts: Path | None = None,
    district_key: str = "GEOID",
    draws: int = 1000,
    seed: int = 1,
) -> list[Path]:
    """Write the research tables of a run, the scores in three formats, and a text on the sources.

    Parameters
    ----------
    store
        Tables of the run.
    folder
        Where to.
    lines
        Sentences that stand on every output.
    published_shares, published_districts
        Shares by county and boundaries by chamber of the region's own files (`deserts.pipeline.published`), or None.
    survey
        Who lives in counties and tracts, as read (`deserts.pipeline.published`), or None.
    point_kinds
        The run's scores with residents at other points, its own first (`deserts.pipeline.point_kinds`); none: no table.
    trend
        Access by year of the claims, or None.
    survey_files, county_shares, patients, leaving, districts, district_key
        A user's own files: tables of the survey; see `research_work.read_county_shares`;
        ``county_fips,patients``; ``npi,p_leaves``; boundaries with their key. They go before what was published.
    draws, seed
        Of the Monte Carlo.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    InputError
        If one of the user's files is faulty; nothing is written then.
    """
    counts = None if patients is None else _patient_counts(patients, store.read("county_scores"))
    inputs = dataclasses.replace(
        _inputs(store, service, published_shares),
        # What is summed up is what is shown: any other sum would be an equation about the hidden counts.
        patients=None if counts is None else counts["count"].dropna(),
        leaving=None if leaving is None else _leaving(leaving),
        survey=read_survey([(path, year_of_name(path.name)) for path in survey_files]) if survey_files else survey,
        draws=draws,
        seed=seed,
    )
    if county_shares is not None:
        inputs = dataclasses.replace(inputs, county_shares=read_county_shares(county_shares))
    shapes = (published_districts or {}) if districts is None else {"": _district_shapes(districts, district_key)}
    named = {
        chamber: area_of_points(inputs.scores.demand, frame, key="district_id") for chamber, frame in shapes.items()
    }
    tables = dict(research_tables(inputs, service=service, time_limit_min=time_limit_min))
    tables |= {"attrition": attrition(store), "trend": pd.DataFrame() if trend is None else trend}
    tables |= {"point_kinds": kinds_compared(point_kinds), "point_kinds_county": counties_by_kind(point_kinds)}
    if counts is not None:
        tables["patients"] = counts.reset_index(names="county_fips")
    written = _write_scores(folder, "county_scores", inputs.county_scores, inputs.scores.counties, key="county_fips")
    for chamber, of_point in named.items():
        scores = score_other_areas(inputs.scores, of_point, service=service, time_limit_min=time_limit_min)
        polygons = shapes[chamber].rename(columns={"district_id": "area_id"})
        name = "_".join(filter(None, ("district_scores", chamber)))
        written += _write_scores(folder, name, scores, polygons, key="area_id")
    written += _write_tables(folder, tables)
    notes = [
        *_notes(inputs, store, service), *_searched(tables, store.provenance(), service),
        *_outside(inputs.scores.demand, named), *_hidden_patients(counts),
    ]  # fmt: skip
    single = (("county-shares", county_shares), ("leaving", leaving), ("districts", districts))
    files = [*((name, path) for name, path in single if path), *(("survey", path) for path in survey_files)]
    again = _again(store, draws=draws, seed=seed, files=files)
    lock = store.find_file(store.provenance_path.with_name(LOCK_NAME), "the record of the run's raw files")
    write_bytes(folder / LOCK_NAME, lock.read_bytes())
    paper = folder / "METHODS.txt"
    write_text(paper, textwrap.fill(_paragraph(inputs, store, service, time_limit_min, point_kinds), 100) + "\n")
    about = folder / "SOURCES.txt"
    write_text(about, "\n".join([*lines, *notes, *again]) + "\n")
    return [*written, folder / LOCK_NAME, paper, about]


def _paragraph(
    inputs: ResearchInputs, store: Store, service: Service, time_limit_min: float, kinds: Sequence[PointKind]
) -> str:
    return methods_paragraph(
        Paper(
            provenance=store.provenance(), service=service, scores=inputs.county_scores, demand=inputs.scores.demand,
            sites=inputs.scores.sites, time_limit_min=time_limit_min, draws=inputs.draws, seed=inputs.seed,
            survey_year=None if inputs.survey is None else inputs.survey.year, point_kinds=kinds,
        )
    )  # fmt: skip


def _inputs(store: Store, service: Service, shares: pd.DataFrame | None) -> ResearchInputs:
    """Read what the run itself holds."""
    return ResearchInputs(
        scores=AccessInputs.from_store(store, service=service),
        county_scores=store.read("county_scores"),
        specialists=store.read("specialists"),
        affiliations=_affiliations(store),
        county_shares=shares,
        wide=_wide_inputs(store, service),
        sources=store.provenance().sources,
    )


def _write_scores(folder: Path, name: str, scores: pd.DataFrame, shapes: gpd.GeoDataFrame, *, key: str) -> list[Path]:
    """Write scores of counties or districts as CSV with a codebook, as Parquet and as GeoPackage."""
    return [
        *write_csv(folder / f"{name}.csv", scores, further=further_meanings(name, [key])),
        write_parquet(folder / f"{name}.parquet", scores),
        write_geopackage(folder / f"{name}.gpkg", scores, shapes, key=key),
    ]


def _notes(inputs: ResearchInputs, store: Store, service: Service) -> list[str]:
    """Return the sentences that tell how to read the tables."""
    scores = inputs.county_scores
    verdict = store.provenance().verdict("adequacy", service=service)
    hidden = (
        "Clinicians that suppression may hide take part in the intervals."
        if inputs.wide is not None
        else "Clinicians that suppression may hide take no part in the intervals: run the region at specialty_only too."
    )
    rate = service.numbers.get("burden.usd_per_mile")
    mileage = [] if rate is None else [f"Mileage: {rate.value:g} USD a mile. {rate.why}"]
    return [
        adequacy_headline(scores, dict(zip(scores["county_fips"], scores["name"], strict=True)), verdict=verdict),
        standard_note(service),
        *_not_told(scores),
        "Residents stand in for patients: no registry of them exists.",
        "Volumes are Medicare fee-for-service only; growth is therefore an interval.",
        "Catchment scores count heads; where the supply has no known capacity they are not for maps or fact sheets.",
        *mileage,
        *_own_chances(inputs, service),
        f"Intervals: {inputs.draws} draws, seed {inputs.seed}. {hidden}",
        *filter(None, [borrowed_words(service)]),
        "Meaning of every column: the file NAME_codebook.csv beside NAME.csv; formulas: docs/methods.md.",
    ]


def _searched(tables: Mapping[str, pd.DataFrame], provenance: Provenance, service: Service) -> list[str]:
    """Say of tables that rest on further sources whether those were read, and whether they show anybody."""
    lines = []
    for name, table in (("hospital_closure", "closures_hospital"), ("children", "children")) if tables else ():
        verdict = provenance.verdict(name, service=service)
        rows = tables.get(table, pd.DataFrame())
        is_empty = rows.empty or ("status" in rows and bool((rows["status"] == Status.NONE_AT_GRADE).all()))
        if is_empty or not verdict.may_be_said:
            lines.append(say(name, verdict))
        elif verdict.missing:
            lines.append(f"Table {table}: partly searched: {verdict.words()}.")
    return lines


def _not_told(scores: pd.DataFrame) -> list[str]:
    gone = scores[~told(scores)]
    if gone.empty:
        return []
    reason = str(gone["desert_class"].iloc[0]).removeprefix("not assessed: ")
    number = f"{len(gone)} of {len(scores)} counties are not assessed ({reason})"
    return [f"{number}: their rows are empty, and no table counts their residents."]


def _again(store: Store, *, draws: int, seed: int, files: Sequence[tuple[str, Path]]) -> list[str]:
    """Return how to make the folder again, with the hash of every input but patients: few counts can be tried out."""
    options = "".join(f" --{name} {shlex.quote(path.name)}" for name, path in files)
    wide = _wide_store(store)
    command = (
        f"deserts access research --region {store.region.region_id} --service {store.service_id} --grade {store.grade}"
    )
    return [
        reproduction_line(store.provenance()),
        *(f"  {sha256_of(path)[:12]}  {path.name}" for _, path in files),
        *([] if wide is None else ["then:", f"  {shlex.join(wide.provenance().command())}"]),
        "then:",
        f"  {command} --draws {draws} --seed {seed}{options} --out research",
    ]


def _own_chances(inputs: ResearchInputs, service: Service) -> list[str]:
    if inputs.leaving is None:
        return []
    own, registry = inputs.leaving["npi"], inputs.specialists["npi"]
    rest = service.number("retirement.leave_share")
    return [
        f"Chances to leave: your own for {int(registry.isin(own).sum())} of {len(registry)}, {rest:g} for the rest."
    ]


def _outside(demand: pd.DataFrame, named: Mapping[str, pd.Series]) -> list[str]:
    """Say how many residents of the region live in no district of a file: their district's row leaves them out."""
    people = demand["population"].where(demand["scored"], 0.0).to_numpy(np.float64)
    lines = []
    for chamber, of_point in named.items():
        outside = float(people[(of_point == "").to_numpy()].sum())
        if outside > 0:
            lines.append(f"{outside:,.0f} residents live in none of the districts {chamber}".rstrip() + ".")
    return lines


def _hidden_patients(counts: pd.DataFrame | None) -> list[str]:
    if counts is None or counts["count"].notna().all():
        return []
    number = int(counts["count"].isna().sum())
    why = "counts of 1 to 10, and others so that these cannot be derived"
    return [f"Patients of {number} counties are not shown and not in burden_region: {why}."]


def _wide_inputs(store: Store, service: Service) -> AccessInputs | None:
    """Return the inputs with listed clinicians too, where the region was also run at grade specialty_only."""
    wide = _wide_store(store)
    return None if wide is None else AccessInputs.from_store(wide, service=service)


def _wide_store(store: Store) -> Store | None:
    return None if store.grade == SPECIALTY_ONLY else store.beside(SPECIALTY_ONLY, "drive_times", "site_snaps")


def _affiliations(store: Store) -> pd.DataFrame:
    """Return which clinician is affiliated with which hospital, from the evidence."""
    evidence = store.read("evidence", columns=["npi", "kind", "code"])
    rows = evidence[evidence["kind"] == "affiliation"]
    return rows[["npi", "code"]].rename(columns={"code": "ccn"}).drop_duplicates().reset_index(drop=True)


def _leaving(path: Path) -> pd.DataFrame:
    return read_user_csv(path, text=["npi"], numbers={"p_leaves": (0.0, 1.0)}, unique=["npi"])


def _patient_counts(path: Path, scores: pd.DataFrame) -> pd.DataFrame:
    """Return a user's patients by county code, small counts suppressed."""
    rows = read_user_csv(path, text=["county_fips"], numbers={"patients": (0, np.inf)}, unique=["county_fips"])
    unknown = np.flatnonzero(~rows["county_fips"].isin(scores["county_fips"]).to_numpy())
    if unknown.size:
        raise InputError(
            f"{unknown.size} county codes are not in this region",
            where=f"{path}, row {unknown[0] + 2}, column county_fips",
            expected="five digits of a county of the region",
            fix="keep leading zeros, or choose its region with --region",
        )
    counts = rows.set_index("county_fips")["patients"]
    if (part := np.flatnonzero((counts % 1 != 0).to_numpy())).size:
        raise InputError(
            f"{counts.iloc[part[0]]:g} patients are no whole number",
            where=f"{path}, row {part[0] + 2}, column patients",
            expected="a whole number of 0 or more",
        )
    return suppress_counts(counts, within=pd.Series("region", index=counts.index))


def _district_shapes(path: Path, key: str) -> gpd.GeoDataFrame:
    shapes = read_boundaries(path)
    if key not in shapes:
        raise InputError(
            f"the boundaries have no column {key!r}",
            where=path,
            expected="one of " + ", ".join(map(str, shapes.columns)),
            fix="name it with --district-key",
        )
    return shapes.assign(district_id=shapes[key].astype(str))

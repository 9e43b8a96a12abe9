"""County and district scores as CSV with a codebook, and as GeoPackage; the same bytes on every run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.access.published import published_districts, published_shares
from deserts.access.research import ResearchInputs, read_county_shares, research_tables
from deserts.access.scores import AccessInputs, score_other_areas
from deserts.access.suppression import suppress_counts
from deserts.documents.spreadsheet import neutralise_frame
from deserts.errors import InputError
from deserts.services import Service
from deserts.services.profile import SPECIALTY_ONLY
from deserts.sources.boundaries import read_boundaries
from deserts.store import Store, atomic_path, write_text
from deserts.tables import Table, table
from deserts.user_csv import read_user_csv

__all__ = ["area_of_points", "codebook", "write_csv", "write_geopackage", "write_research"]

_FIXED_DATE = "1970-01-01T00:00:00.000Z"
"""A GeoPackage stamps the time of its making; a fixed one keeps equal results equal bytes."""


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


def codebook(columns: list[str], *, declared: Table, further: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the meaning of each column: ``column, kind, meaning, allowed``."""
    known = {column.name: column for column in declared.columns}
    rows = []
    for name in columns:
        column = known.get(name)
        meaning = column.meaning if column is not None else (further or {}).get(name, "")
        rows.append((name, column.kind if column else "", meaning, " ".join(column.allowed) if column else ""))
    return pd.DataFrame(rows, columns=["column", "kind", "meaning", "allowed"])


def write_csv(
    path: Path, scores: pd.DataFrame, *, name: str = "county_scores", further: Mapping[str, str] | None = None
) -> tuple[Path, Path]:
    """Write scores as CSV, and beside it ``*_codebook.csv`` with the meaning of each column.

    Parameters
    ----------
    path
        Ends in ``.csv``.
    scores
        County scores or another frame with some of their columns.
    name
        Table of ``deserts.tables`` that declares the columns.
    further
        Meaning of columns that it does not declare.
    """
    book = path.with_name(f"{path.stem}_codebook.csv")
    write_text(path, neutralise_frame(scores).to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    meanings = codebook(list(scores.columns), declared=table(name), further=further)
    write_text(book, meanings.to_csv(index=False, lineterminator="\n"))
    return path, book


def write_geopackage(path: Path, scores: pd.DataFrame, shapes: gpd.GeoDataFrame, *, key: str = "county_fips") -> Path:
    """Write scores with their polygons as a GeoPackage (EPSG:4326), byte for byte the same on every run.

    Areas without a polygon are kept, without geometry.
    """
    import pyogrio

    joined = scores.merge(shapes[[key, "geometry"]], on=key, how="left")
    frame = gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")
    for column in frame.select_dtypes(bool).columns:
        frame[column] = frame[column].astype(np.int32)
    with atomic_path(path) as temporary:
        temporary.unlink()
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
        try:
            frame.to_file(temporary, driver="GPKG", layer="scores", engine="pyogrio")
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def write_research(
    store: Store,
    folder: Path,
    *,
    service: Service,
    lines: Sequence[str],
    time_limit_min: float,
    county_shares: Path | None = None,
    patients: Path | None = None,
    districts: Path | None = None,
    district_key: str = "GEOID",
    draws: int = 1000,
    seed: int = 1,
) -> list[Path]:
    """Write the research tables of a run as CSV, the county scores also as GeoPackage, and a text on the sources.

    Parameters
    ----------
    store
        Tables of the run.
    folder
        Where to.
    lines
        Sentences that stand on every output.
    county_shares, patients, districts, district_key
        A user's own files: see `research.read_county_shares`; ``county_fips,patients``; boundaries with their key.
        Shares and districts otherwise come from the region's raw files, where they are at hand.
    draws, seed
        Of the Monte Carlo.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    InputError
        If one of the user's files is faulty; nothing is written then.
    """
    own = None if patients is None else _patient_counts(patients, store.read("county_scores"))
    inputs = ResearchInputs(
        scores=AccessInputs.from_store(store, service=service),
        county_scores=store.read("county_scores"),
        specialists=store.read("specialists"),
        affiliations=_affiliations(store),
        county_shares=published_shares(store) if county_shares is None else read_county_shares(county_shares),
        wide=_wide_inputs(store, service),
        patients=own,
        draws=draws,
        seed=seed,
    )
    shapes = published_districts(store) if districts is None else {"": _district_shapes(districts, district_key)}
    tables = {
        **research_tables(inputs, service=service, time_limit_min=time_limit_min),
        **_district_scores(inputs.scores, shapes, service=service, time_limit_min=time_limit_min),
    }
    return _write_tables(folder, inputs, tables if own is None else _suppressed(tables, own), lines)


def _district_scores(
    inputs: AccessInputs, shapes: Mapping[str, gpd.GeoDataFrame], *, service: Service, time_limit_min: float
) -> dict[str, pd.DataFrame]:
    """Return the scores by district of each chamber, by the name of the table."""
    found = {}
    for chamber, frame in shapes.items():
        named = area_of_points(inputs.demand, frame, key="district_id")
        name = "_".join(filter(None, ("district_scores", chamber)))
        found[name] = score_other_areas(inputs, named, service=service, time_limit_min=time_limit_min)
    return found


def _suppressed(tables: Mapping[str, pd.DataFrame], patients: pd.Series) -> dict[str, pd.DataFrame]:
    """Add a user's patient counts, small ones suppressed."""
    shown = suppress_counts(patients, within=pd.Series("region", index=patients.index))
    kept = {**tables, "patients": shown.reset_index(names="county_fips")}
    if not shown["group_total_shown"].all():
        kept.pop("burden_region", None)  # the sums of the region would give it away
    return kept


def _write_tables(
    folder: Path, inputs: ResearchInputs, tables: Mapping[str, pd.DataFrame], lines: Sequence[str]
) -> list[Path]:
    written = [*write_csv(folder / "county_scores.csv", inputs.county_scores)]
    written.append(write_geopackage(folder / "county_scores.gpkg", inputs.county_scores, inputs.scores.counties))
    for name, table_of in tables.items():
        written += write_csv(folder / f"{name}.csv", table_of)[:1]
    about = folder / "SOURCES.txt"
    write_text(about, "\n".join([*lines, *_LIMITS]) + "\n")
    return [*written, about]


_LIMITS = (
    "Residents stand in for patients: no registry of pumps exists.",
    "Volumes are Medicare fee-for-service only; growth is therefore an interval.",
    "Catchment scores count heads; where the supply has no known capacity they are not for maps or fact sheets.",
    "Meaning of every column: docs/methods.md and county_scores_codebook.csv.",
)


def _wide_inputs(store: Store, service: Service) -> AccessInputs | None:
    """Return the inputs with listed clinicians too, where the region was also run at grade specialty_only."""
    wide = dataclasses.replace(store, grade=SPECIALTY_ONLY)
    if store.grade == SPECIALTY_ONLY or not (wide.has("drive_times") and wide.has("site_snaps")):
        return None
    return AccessInputs.from_store(wide, service=service)


def _affiliations(store: Store) -> pd.DataFrame:
    """Return which clinician is affiliated with which hospital, from the evidence."""
    evidence = store.read("evidence", columns=["npi", "kind", "code"])
    rows = evidence[evidence["kind"] == "affiliation"]
    return rows[["npi", "code"]].rename(columns={"code": "ccn"}).drop_duplicates().reset_index(drop=True)


def _patient_counts(path: Path, scores: pd.DataFrame) -> pd.Series:
    rows = read_user_csv(path, text=["county_fips"], numbers={"patients": (0, np.inf)}, unique=["county_fips"])
    unknown = np.flatnonzero(~rows["county_fips"].isin(scores["county_fips"]).to_numpy())
    if unknown.size:
        raise InputError(
            f"{unknown.size} county codes are not in this region",
            where=f"{path}, row {unknown[0] + 2}, column county_fips",
            expected="five digits of a county of the region",
            fix="keep leading zeros, or choose its region with --region",
        )
    return rows.set_index("county_fips")["patients"]


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

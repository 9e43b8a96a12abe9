"""County and district scores as CSV with a codebook, and as GeoPackage; the same bytes on every run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.store import atomic_path, write_text
from deserts.tables import Table, table

__all__ = ["area_of_points", "codebook", "write_csv", "write_geopackage"]

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
    write_text(path, scores.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
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

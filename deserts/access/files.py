"""One table as CSV with a codebook, as Parquet, or with polygons as GeoPackage: the same bytes on every run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from deserts.documents.spreadsheet import neutralise_frame
from deserts.store import atomic_path, write_text, writing_shapes
from deserts.tables import Table, table

__all__ = ["codebook", "write_csv", "write_geopackage", "write_parquet"]

_FIXED_DATE = "1970-01-01T00:00:00.000Z"
"""A GeoPackage stamps the time of its making; a fixed one keeps equal results equal bytes."""
_FLOATS = "%.9g"
"""Digits in a CSV: six would cut the people of the largest counties short."""


def codebook(frame: pd.DataFrame, *, declared: Table, further: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the meaning of each column: ``column, kind, meaning, allowed``; ``further`` goes before ``declared``."""
    known = {column.name: column for column in declared.columns}
    rows = []
    for name in map(str, frame.columns):
        column = None if further is not None and name in further else known.get(name)
        meaning = column.meaning if column is not None else (further or {}).get(name, "")
        kind = column.kind if column is not None else _kind(frame[name])
        rows.append((name, kind, meaning, " ".join(column.allowed) if column else ""))
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
        Meaning of columns that it does not declare, or that mean something else here.
    """
    book = path.with_name(f"{path.stem}_codebook.csv")
    write_text(path, neutralise_frame(scores).to_csv(index=False, lineterminator="\n", float_format=_FLOATS))
    meanings = codebook(scores, declared=table(name), further=further)
    write_text(book, meanings.to_csv(index=False, lineterminator="\n"))
    return path, book


def write_parquet(path: Path, scores: pd.DataFrame) -> Path:
    """Write a table as Parquet that any language reads: plain columns of text, numbers and truth values.

    No index, no categories, nothing nested, no notes for pandas; a column without any value is text.
    """
    table = pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata(None)
    with atomic_path(path) as temporary:
        pq.write_table(table.cast(pa.schema([_plain(field) for field in table.schema])), temporary, compression="zstd")
    return path


def _plain(field: pa.Field) -> pa.Field:
    kind = field.type
    is_text = pa.types.is_dictionary(kind) or pa.types.is_null(kind) or pa.types.is_large_string(kind)
    return field.with_type(pa.string()) if is_text else field


def write_geopackage(path: Path, scores: pd.DataFrame, shapes: gpd.GeoDataFrame, *, key: str = "county_fips") -> Path:
    """Write scores with their polygons as a GeoPackage (EPSG:4326), byte for byte the same on every run.

    Areas without a polygon are kept, without geometry.
    """
    import pyogrio

    polygons = shapes[[key, "geometry"]]
    if not polygons[key].is_unique:  # an area in several pieces
        polygons = polygons.dissolve(by=key).reset_index()
    joined = scores.merge(polygons, on=key, how="left")
    frame = gpd.GeoDataFrame(joined, geometry="geometry", crs="EPSG:4326")
    for column in frame.select_dtypes(bool).columns:
        frame[column] = frame[column].astype(np.int32)
    with atomic_path(path) as temporary:
        temporary.unlink()
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
        try:
            with writing_shapes(path):
                frame.to_file(temporary, driver="GPKG", layer="scores", engine="pyogrio")
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "bool"
    if pd.api.types.is_integer_dtype(column):
        return "int"
    return "float" if pd.api.types.is_float_dtype(column) else "text"

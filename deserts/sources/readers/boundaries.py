"""Read a file of boundaries (zipped shapefile, GeoJSON, GeoPackage) without trusting it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.sources.readers.textfile import looks_like_html, member_names, open_member

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["column", "read_boundaries"]


def read_boundaries(path: Path) -> gpd.GeoDataFrame:
    """Return features in EPSG:4326 with every attribute as published.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it cannot be read, holds no polygons, or has no known projection.
    """
    import geopandas as gpd  # heavy, and not needed by most parsers
    from pyogrio.errors import DataSourceError, FieldError, GeometryError

    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path, or run `deserts stage data`")
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip() or looks_like_html(head):
        raise InputError("the file is empty or a web page", where=path, expected="a file of boundaries")
    source = str(path)
    if zipfile.is_zipfile(path):
        _check_archive(path)
        source = f"zip://{path.resolve()}"
    try:
        frame = gpd.read_file(source, engine="pyogrio")
    except (DataSourceError, FieldError, GeometryError, ValueError, RuntimeError, OSError, KeyError) as error:
        raise InputError(f"the file cannot be read as boundaries: {error}", where=path, fix="fetch it again") from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
        raise InputError("the file holds no shapes", where=path, expected="polygons")
    if frame.crs is None:
        raise InputError("the projection of the file is not known", where=path, expected="a .prj or a crs entry")
    return frame.to_crs("EPSG:4326")


def _check_archive(path: Path) -> None:
    """Unpack every member once, into nothing: the guards against bombs and wandering names then hold for GDAL too."""
    for name in member_names(path):
        with open_member(path, name) as stream:
            while stream.read(1 << 20):
                pass


def column(frame: pd.DataFrame, *names: str) -> pd.Series | None:
    """Return the first attribute with one of these names, whatever its case, as text; None when there is none."""
    places = {str(name).upper(): name for name in frame.columns}
    for name in names:
        if name.upper() in places:
            return frame[places[name.upper()]].astype("str").fillna("").str.strip()
    return None

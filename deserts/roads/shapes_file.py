"""Write isochrones as GeoPackage or GeoJSON, the same bytes each time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from deserts.errors import InputError
from deserts.store import atomic_path

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["parse_bands", "write_shapes"]

_DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON"}
_FIXED_DATE = "2000-01-01T00:00:00.000Z"


def parse_bands(text: str) -> list[float]:
    """Read minutes joined by commas.

    Raises
    ------
    InputError
        If one is not a number above zero.
    """
    try:
        bands = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise InputError(f"{text!r} are not bands", where="--bands", expected="minutes, as 30,60,120") from error
    if min(bands) <= 0:
        raise InputError(f"{text!r} holds a band of no minutes", where="--bands", expected="minutes above zero")
    return bands


def write_shapes(path: Path, shapes: gpd.GeoDataFrame, sites: pd.DataFrame | None) -> None:
    """Write shapes; with ``sites`` their columns are joined by ``site_index``.

    Raises
    ------
    InputError
        If the file's ending names no known format.
    """
    import pyogrio

    driver = _DRIVERS.get(path.suffix.lower())
    if driver is None:
        raise InputError(f"the ending {path.suffix!r} names no format", where=path, expected=".gpkg or .geojson")
    found = shapes
    if sites is not None:
        kept = sites.drop(columns=[name for name in sites.columns if name in shapes.columns])
        found = shapes.join(kept, on="site_index")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        with atomic_path(path) as temporary:
            temporary.unlink()
            pyogrio.write_dataframe(
                found, temporary, driver=driver, layer="isochrones", geometry_type="MultiPolygon", promote_to_multi=True
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})

"""Read a file of boundaries (zipped shapefile, GeoJSON, GeoPackage, GeoParquet) without trusting it.

GDAL opens dozens of formats, some of which are addresses of others: a VRT or a linked coordinate system in a small text
would have it fetch from anywhere. So the format is decided here by the first bytes, before GDAL sees the file; what in
it could lead elsewhere is refused or left behind; and GDAL's own connections end at a closed door.
"""

from __future__ import annotations

import functools
import os
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pandas as pd
from msgspec import UNSET, UnsetType

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import foreign
from deserts.sources.readers.textfile import looks_like_html, member_names, open_member
from deserts.store.scratch import scratch_folder

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["column", "read_boundaries"]

_EXPECTED: Final = "a zipped shapefile, GeoJSON, GeoPackage or GeoParquet"
_SHAPE: Final = b"\x00\x00\x27\x0a"
_SQLITE: Final = b"SQLite format 3\x00"
_MOST_JSON: Final = 512 << 20
_PLAIN_CRS: Final = re.compile(r"(?:urn:ogc:def:crs:)?(?:EPSG:[\d.]*:?\d{4,6}|OGC:(?:1\.3|2)?:?CRS(?:84|83|27))", re.I)
_NO_WAY_OUT: Final = {
    # A proxy that nobody is: every connection of GDAL or PROJ ends at once, before a name is looked up.
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_HTTP_CONNECTTIMEOUT": "1",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{noext}",
    "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NONE",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "50",
}
_EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")
"""Variables of the environment that would let a connection pass by the proxy."""


class _Crs(msgspec.Struct):
    type: str = ""
    properties: dict[str, Any] | None = None


class _Geometry(msgspec.Struct):
    type: str
    coordinates: list[msgspec.Raw] | UnsetType = UNSET
    geometries: list[_Geometry] | UnsetType = UNSET


class _Feature(msgspec.Struct):
    type: str
    properties: dict[str, msgspec.Raw] | None = None
    geometry: _Geometry | None = None
    id: str | int | float | UnsetType | None = UNSET


class _Collection(msgspec.Struct):
    """What is taken of a GeoJSON: GDAL looks for links in any member, at any depth, and in names of any case."""

    type: str
    features: list[_Feature]
    crs: _Crs | None = None


def read_boundaries(path: Path) -> gpd.GeoDataFrame:
    """Return features in EPSG:4326 with every attribute as published.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it cannot be read, holds no polygons, has no known projection, or leads elsewhere.
    """
    import geopandas as gpd  # heavy, and not needed by most parsers
    from pyproj import network

    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path, or run `deserts stage data`")
    with foreign(path, "boundaries"):
        network.set_network_enabled(active=False)  # type: ignore[attr-defined]
        frame = _read(path)
        if not isinstance(frame, gpd.GeoDataFrame) or frame.geometry.isna().all():
            raise InputError("the file holds no shapes", where=path, expected="polygons")
        if frame.crs is None:
            raise InputError("the projection of the file is not known", where=path, expected="a .prj or a crs entry")
        return frame.to_crs("EPSG:4326")


def _read(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip() or looks_like_html(head):
        raise InputError("the file is empty or a web page", where=path, expected="a file of boundaries")
    if head.startswith(b"PAR1"):
        return gpd.read_parquet(path)
    if zipfile.is_zipfile(path):
        return _open(f"/vsizip/{{{path.resolve()}}}/{_one_shapefile(path)}")
    if head.startswith(_SHAPE):
        return _open(str(path.resolve()))
    if head.startswith(_SQLITE):
        _refuse_live_schema(path)
        return _open(str(path.resolve()))
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _read_json(path)
    raise InputError(f"the file begins with {head[:8]!r}", where=path, expected=_EXPECTED)


def _open(source: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    with _closed_door():
        return gpd.read_file(source, engine="pyogrio")


@contextmanager
def _closed_door() -> Iterator[None]:
    import pyogrio

    passed_by = {name: os.environ.pop(name) for name in _EXCEPTIONS if name in os.environ}
    pyogrio.set_gdal_config_options(_NO_WAY_OUT)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(_NO_WAY_OUT))
        os.environ.update(passed_by)


def _one_shapefile(path: Path) -> str:
    """Unpack every member once, into nothing, and return the one shapefile.

    The guards against bombs and wandering names then hold for GDAL too.
    """
    found = []
    for name in member_names(path):
        with open_member(path, name) as stream:
            if stream.read(4) == _SHAPE and name.lower().endswith(".shp"):
                found.append(name)
            while stream.read(1 << 20):
                pass
    if len(found) != 1:
        raise InputError(f"the archive holds {len(found)} shapefiles", where=path, expected="one .shp with its .dbf")
    return found[0]


def _refuse_live_schema(path: Path) -> None:
    """Refuse a GeoPackage whose tables are views or reach into other files."""
    address = f"file:{path.resolve().as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        rows = database.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        tables = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
    for kind, name, sql in rows:
        is_virtual = re.match(r"\s*CREATE\s+VIRTUAL", str(sql), re.I) and not re.search(
            r"USING\s+rtree\s*\(", sql, re.I
        )
        if is_virtual or (kind == "view" and name in tables):
            raise InputError(
                f"the table {name!r} of the GeoPackage is computed, not stored", where=path, fix="export it"
            )


def _read_json(path: Path) -> gpd.GeoDataFrame:
    """Read a feature collection from a copy that holds features, shapes and a checked coordinate system, no more."""
    encode = msgspec.json.Encoder().encode
    found = _checked_json(path)
    with tempfile.NamedTemporaryFile(dir=_room(), suffix=".geojson") as copy:
        copy.write(b'{"type":"FeatureCollection",')
        if found.crs is not None:
            copy.write(b'"crs":' + encode(found.crs) + b",")
        copy.write(b'"features":[')
        for number, feature in enumerate(found.features):
            copy.write((b"," if number else b"") + encode(feature))
        copy.write(b"]}")
        copy.flush()
        return _open(f"GeoJSON:{copy.name}")


@functools.cache
def _room() -> Path:
    return scratch_folder("shapes")


def _checked_json(path: Path) -> _Collection:
    """Refuse JSON that is no feature collection, or whose coordinate system is anything but a plain name."""
    if path.stat().st_size > _MOST_JSON:
        raise InputError(f"the file has more than {_MOST_JSON >> 20} MB", where=path, fix="save it as GeoPackage")
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    found = msgspec.json.decode(content, type=_Collection)
    if found.type != "FeatureCollection":
        raise InputError(f"the JSON is a {found.type!r}", where=path, expected="a FeatureCollection")
    if found.crs is not None:
        name = (found.crs.properties or {}).get("name")
        if found.crs.type.lower() != "name" or not isinstance(name, str) or not _PLAIN_CRS.fullmatch(name):
            raise InputError(
                "the coordinate system of the file is not a plain name",
                where=path,
                expected="EPSG:4326 or CRS84; links to other files or addresses are not followed",
                fix="save it again as GeoJSON (RFC 7946)",
            )
        found.crs = _Crs("name", {"name": name})
    return found


def column(frame: pd.DataFrame, *names: str) -> pd.Series | None:
    """Return the first attribute with one of these names, whatever its case, as text; None when there is none."""
    places = {str(name).upper(): name for name in frame.columns}
    for name in names:
        if name.upper() in places:
            return frame[places[name.upper()]].astype("str").fillna("").str.strip()
    return None

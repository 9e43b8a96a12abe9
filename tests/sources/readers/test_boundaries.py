"""Zipped boundaries are found at whatever depth somebody's archiver put them, and no file leads anywhere else."""

from __future__ import annotations

import json
import os
import socket
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box

from deserts.errors import InputError
from deserts.sources.readers.boundaries import read_boundaries

SHAPES = gpd.GeoDataFrame({"GEOID": ["01001", "01003"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4269)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shapes")
    SHAPES.to_file(folder / "counties.shp")
    return sorted(folder.iterdir())


def zipped(path: Path, parts: list[Path], folder: str, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, f"{folder}{part.name}")
        for name, content in more.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("folder", ["", "counties/", "a b/2024/counties/"])
def test_a_shapefile_is_read_at_any_depth_of_its_archive(tmp_path: Path, parts: list[Path], folder: str) -> None:
    """An archiver of a Mac puts all in a folder, and a file of its own beside each."""
    litter = {f"__MACOSX/{folder}._{part.name}": b"\x00\x05\x16\x07" for part in parts}
    found = read_boundaries(zipped(tmp_path / "counties.zip", parts, folder, **litter))
    assert found["GEOID"].tolist() == SHAPES["GEOID"].tolist()
    assert all(one.equals(other) for one, other in zip(found.geometry, SHAPES.geometry, strict=True))


def test_an_archive_of_two_is_refused(tmp_path: Path, parts: list[Path]) -> None:
    shape = next(part for part in parts if part.suffix == ".shp")
    path = zipped(tmp_path / "two.zip", parts, "one/", **{"two/counties.shp": shape.read_bytes()})
    with pytest.raises(InputError, match="holds 2 shapefiles"):
        read_boundaries(path)


LINK = {"type": "link", "properties": {"href": "http://127.0.0.1:PORT/x", "type": "proj4"}}
PLAIN = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4269"}}


def collection(*crs: tuple[str, Any], feature: dict[str, Any], shape: dict[str, Any]) -> str:
    """Return a GeoJSON of one square; ``crs`` are further members of it, of which one name may come twice."""
    ring = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]
    square = {"type": "Polygon", "coordinates": [ring], **shape}
    one = {"type": "Feature", "id": 7, "properties": {"GEOID": "01001", "n": None}, "geometry": square, **feature}
    members = [("type", "FeatureCollection"), *crs, ("features", [one])]
    return "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members) + "}"


HOSTILE = {
    "link": collection(("crs", LINK), feature={}, shape={}),
    "another case": collection(("CRS", LINK), feature={}, shape={}),
    "twice": collection(("crs", LINK), ("crs", PLAIN), feature={}, shape={}),
    "in a feature": collection(feature={"crs": LINK}, shape={}),
    "in a shape": collection(feature={}, shape={"crs": LINK}),
    "vrt": '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>http://127.0.0.1:PORT/x</SrcDataSource>'
    "</OGRVRTLayer></OGRVRTDataSource>",
    "wfs": "<OGRWFSDataSource><URL>http://127.0.0.1:PORT/x</URL></OGRWFSDataSource>",
}


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_no_file_of_boundaries_opens_a_connection(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the environment lets some hosts pass by every proxy, as institutions do."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    path = tmp_path / "counties.geojson"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        path.write_text(HOSTILE[kind].replace("PORT", str(server.getsockname()[1])), encoding="utf-8")
        if kind in ("link", "vrt", "wfs"):
            with pytest.raises(InputError):
                read_boundaries(path)
        else:
            assert read_boundaries(path)["GEOID"].tolist() == ["01001"]
        with pytest.raises(TimeoutError):
            server.accept()
    assert os.environ["NO_PROXY"] == "*"


def test_a_plain_geojson_is_read_as_it_is(tmp_path: Path) -> None:
    path, copy = tmp_path / "a.geojson", tmp_path / "b.geojson"
    SHAPES.assign(n=[1.5, None], words=["a", "é"], at=[{"x": [1]}, None]).to_file(path)
    plain = gpd.read_file(path)
    copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    for place in (path, copy):
        found = read_boundaries(place)
        assert found.drop(columns="geometry").equals(plain.drop(columns="geometry"))
        assert found.geometry.geom_equals_exact(plain.to_crs(4326).geometry, 1e-9).all()

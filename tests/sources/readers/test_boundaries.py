"""Zipped boundaries are found at whatever depth somebody's archiver put them."""

from __future__ import annotations

import zipfile
from pathlib import Path

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

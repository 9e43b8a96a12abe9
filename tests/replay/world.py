"""A whole country of publishers, fed with the files of the example and, where they are at hand, recorded answers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from tests.replay.census import CensusApi, Geocoder
from tests.replay.cms import CmsData
from tests.replay.hospitals import COLLECTION
from tests.replay.osm import Geofabrik, Overpass
from tests.replay.registry import Registry, RegistryFiles, provider
from tests.replay.server import Answer, Asked, Replay

__all__ = ["Files", "build_world", "make_npi"]


def make_npi(serial: int) -> str:
    """Return a valid NPI with nine given digits."""
    digits = [int(d) for d in f"80840{serial:09d}"]
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return f"{serial:09d}{-total % 10}"


class Files:
    """A host that serves files below a folder, at their own path."""

    def __init__(self, folder: Path, more: dict[str, bytes] | None = None):
        self.folder, self.more = folder, more or {}

    def __call__(self, asked: Asked) -> Answer:
        if asked.path in self.more:
            return Answer(self.more[asked.path], content_type="application/octet-stream", is_file=True)
        path = self.folder / asked.path.lstrip("/")
        if not path.is_file():
            return Answer(b"not found", 404, "text/plain")
        return Answer(path.read_bytes(), content_type="application/octet-stream", is_file=True)


def _zip(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def _census_files(base: Path) -> dict[str, bytes]:
    """Files that the example holds whole and the publisher parts by state, and the byte order mark of the publisher."""
    root = base / "www2.census.gov"
    groups = (
        (root / "geo/docs/reference/cenpop2020/blkgrp/CenPop2020_Mean_BG.txt")
        .read_bytes()
        .removeprefix(b"\xef\xbb\xbf")
    )
    header, *lines = groups.splitlines(keepends=True)
    districts = (root / "geo/tiger/GENZ2024/shp/cb_2024_us_cd119_500k.zip").read_bytes()
    made = {}
    for fips in ("23", "33"):
        part = [fips.encode() + line[2:] for line in lines]
        made[f"/geo/docs/reference/cenpop2020/blkgrp/CenPop2020_Mean_BG{fips}.txt"] = (
            b"\xef\xbb\xbf" + header + b"".join(part)
        )
        for chamber in ("sldu", "sldl"):
            made[f"/geo/tiger/GENZ2024/shp/cb_2024_{fips}_{chamber}_500k.zip"] = districts
    return made


def build_world(example: Path, **parts: object) -> Replay:
    """Return a server for every publisher, not yet started.

    Parameters
    ----------
    example
        The example's raw area.
    parts
        Services that take the place of those built here, by host with dots as underscores.
    """
    roads = sorted((example / "download.geofabrik.de").rglob("*.osm.pbf"))
    people = [
        provider(make_npi(100000000 + i), state="ME", zip_code=f"044{i % 100:02d}1234",
                 taxonomy=("208100000X", "Physical Medicine & Rehabilitation"))
        for i in range(40)
    ]  # fmt: skip
    zips = (example / "download.geonames.org/export/zip/US.txt").read_bytes()
    services = {
        "data.cms.gov": CmsData(example),
        "npiregistry.cms.hhs.gov": Registry(people),
        "download.cms.gov": RegistryFiles(example),
        "geocoding.geo.census.gov": Geocoder(),
        "api.census.gov": CensusApi(),
        "www2.census.gov": Files(example / "www2.census.gov", _census_files(example)),
        "ers.usda.gov": Files(example / "ers.usda.gov"),
        "www.cms.gov": Files(example / "www.cms.gov"),
        "download.geonames.org": Files(example / "download.geonames.org", {"/export/zip/US.zip": _zip("US.txt", zips)}),
        "download.geofabrik.de": Geofabrik({"maine": roads[0].read_bytes(), "new-hampshire": roads[1].read_bytes()}),
        "overpass-api.de": Overpass(),
        "raw.githubusercontent.com": Files(
            example / "raw.githubusercontent.com",
            {
                f"{COLLECTION}/me.json": b'[{"ccn": "200033", "hospital_name": "A", "file_url": "https://a.example/p.csv"}]'
            },
        ),
    }
    services |= {name.replace("_", "."): service for name, service in parts.items()}  # type: ignore[dict-item]
    return Replay(services)  # type: ignore[arg-type]

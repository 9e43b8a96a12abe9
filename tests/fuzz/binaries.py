"""Targets: archives, spreadsheets, boundaries, road extracts, and what this program wrote itself."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd

from deserts.provenance import Provenance, load_provenance
from deserts.roads import Network, read_network
from deserts.roads.speeds import load_speeds
from deserts.sources.lock import read_lock
from deserts.sources.publishers import gazetteer, geonames, medicaid, nppes
from deserts.sources.raw import RawArea
from deserts.sources.readers.boundaries import read_boundaries
from deserts.sources.readers.workbook import open_workbook
from deserts.store.manifest import Manifest
from tests.fuzz.harness import Target
from tests.fuzz.seeds import ROOT, by_dataset, example, real, some_counties

SMALL = 60_000


def targets(raw: Path, folder: Path) -> Iterator[Target]:
    """Yield every target of this topic; what has to be written first is written below ``folder``."""
    yield from _packed(raw)
    yield from _boundaries(raw, folder)
    yield from _roads(raw)
    yield from _ours(raw, folder)


def _packed(raw: Path) -> Iterator[Target]:
    yield Target("gazetteer", example(raw, "zcta_gazetteer", None), gazetteer.read_zcta, "f.zip")
    report = example(raw, "nppes_deactivated", None)
    yield Target("deactivated", report, nppes.read_deactivated, "f.zip")
    with zipfile.ZipFile(io.BytesIO(report[0])) as archive:
        inner = next(archive.read(name) for name in archive.namelist() if name.endswith(".xlsx"))
    yield Target("deactivated-workbook", (inner,), nppes.read_deactivated, "f.xlsx")

    def sheets(path: Path) -> None:
        with open_workbook(path) as book:
            for title in book.titles:
                book.sheet(title)

    books = real("evidence_samples/**/*.xlsx", most=100_000)
    yield Target("workbook", (inner, *example(raw, "adequacy", None), *books), sheets, "f.xlsx")
    places = example(raw, "zip_places")[0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("US.txt", places)
    yield Target("postal-codes-zip", (packed.getvalue(),), geonames.read_postal_codes, "US.zip")
    yield Target("postal-codes-gzip", (gzip.compress(places, mtime=0),), geonames.read_postal_codes, "US.txt.gz")
    frame = pd.read_csv(io.BytesIO(example(raw, "medicaid")[0]), dtype=str)
    yield Target("medicaid-parquet", (frame.to_parquet(),), medicaid.read_medicaid, "f.parquet")


def _boundaries(raw: Path, folder: Path) -> Iterator[Target]:
    shapes = gpd.GeoDataFrame.from_features(json.loads(some_counties())["features"], crs="EPSG:4326")
    for name, write in (("gpkg", shapes.to_file), ("parquet", shapes.to_parquet)):
        place = folder / f"shapes.{name}"
        write(place)
        yield Target(f"boundaries-{name}", (place.read_bytes(),), read_boundaries, f"f.{name}")
    archives = (*example(raw, "districts", None), *real("recordings/_no_canonical_url/*.zip"))
    yield Target("boundaries-zip", archives, read_boundaries, "f.zip")


def _roads(raw: Path) -> Iterator[Target]:
    extracts = [body for body in example(raw, "roads", None) if len(body) < SMALL]
    seeds = (*extracts, *real("roads/extracts/*.osm.pbf", most=SMALL))
    yield Target("extract-pbf", seeds, read_network, "f.osm.pbf")
    nodes = b"".join(b"<node id='%d' lat='44.%d' lon='-68.%d'/>" % (i, i, i) for i in range(1, 9))
    refs = b"".join(b"<nd ref='%d'/>" % i for i in range(1, 9))
    tags = b"<tag k='highway' v='primary'/><tag k='maxspeed' v='35 mph'/>"
    xml = b"<?xml version='1.0'?><osm version='0.6'>" + nodes + b"<way id='1'>" + refs + tags + b"</way></osm>"
    yield Target("extract-xml", (xml,), read_network, "f.osm")
    yield Target("extract-xml-gzip", (gzip.compress(xml, mtime=0),), read_network, "f.osm.gz")
    yield Target("speeds", ((ROOT / "deserts/roads/speeds.toml").read_bytes(),), load_speeds, "f.toml")


def _ours(raw: Path, folder: Path) -> Iterator[Target]:
    lock = (raw / "lock.json").read_bytes()
    unsealed = json.dumps({"entries": json.loads(lock)["entries"]}).encode()
    yield Target("lock", (unsealed, lock), read_lock, "f.json")
    yield Target("area-lock", (unsealed, lock), lambda p: RawArea.open(p.parent), "lock.json")
    record = Provenance("ME", "itb", "implants", notices=("synthetic",), inputs=(("a", "b"),)).to_json().encode()
    yield Target("provenance", (record,), load_provenance, "f.json")
    manifest = Manifest("times", "grade", "1", {"table:demand": "0" * 64}, {"grade": "x"})
    yield Target("manifest", (json.dumps(manifest.to_json()).encode(),), Manifest.read, "f.json")
    saved = folder / "network"
    read_network(sorted(by_dataset(raw)["roads"])[1]).save(saved)
    for name in ("forward_heads.npy", "shape_ptr.npy", "meta.json"):
        yield Target(f"network-{name.partition('.')[0]}", ((saved / name).read_bytes(),), _beside(saved, name), name)


def _beside(saved: Path, name: str) -> Callable[[Path], object]:
    """Return a reader of a saved network whose file of one name is the mutated one."""

    def read(path: Path) -> object:
        folder = path.parent / "network"
        if not folder.exists():
            folder.mkdir()
            for file in saved.iterdir():
                if file.name != name:
                    (folder / file.name).hardlink_to(file)
        (folder / name).write_bytes(path.read_bytes())
        return Network.load(folder)

    return read

"""Reading Columbus and New York by every reader that can be installed here, in turns.

What each gives: deserts a network ready to be searched, or before that the ways, nodes, restrictions and shores of the
file; DuckDB's ST_ReadOSM the ways of roads and the places of their nodes, joined; pyrosm tables of nodes and edges;
OSMnx, for Columbus alone, a graph with times, from XML. Readers that are not installed, or do not read the file, are
named with the reason.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.bench_roads_scale import read_by_osmnx, write_drivable
from benchmarks.harness import Report, alternating, shared_data
from deserts.roads import read_network
from deserts.roads.osm.extract import read_extract

_RUNS = 3

Reader = Callable[[Path], Callable[[], object]]
_ROADS = """
with ways as materialized (
    select id, refs, tags['highway'] as highway from ST_ReadOSM('{0}')
    where kind = 'way' and tags['highway'] is not null
), used as (select distinct unnest(refs) as id from ways)
select nodes.id, nodes.lon, nodes.lat from ST_ReadOSM('{0}') as nodes join used using (id) where nodes.kind = 'node'
"""
_GEODESK = "reads no .osm.pbf, only its own .gol files, which another program (gol) has to make"


def _duckdb(source: Path) -> Callable[[], object]:
    import duckdb
    import duckdb_extension_spatial

    folder = Path(duckdb_extension_spatial.__file__).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"load '{next(folder.rglob('*.duckdb_extension'))}'")
    return lambda: connection.execute(_ROADS.format(source)).fetchnumpy()


def _pyrosm(source: Path) -> Callable[[], object]:
    import pyrosm

    return lambda: pyrosm.OSM(str(source)).get_network(network_type="driving", nodes=True)


def _osmnx(source: Path) -> Callable[[], object]:
    import osmnx

    return lambda: read_by_osmnx(osmnx, source)


def _own(source: Path) -> Callable[[], object]:
    return lambda: read_network(source)


def _as_pbf(xml: Path) -> Path:
    import osmium

    target = xml.with_suffix(".osm.pbf")
    with osmium.SimpleWriter(str(target)) as writer:
        osmium.apply(osmium.io.Reader(str(xml)), writer)
    return target


def main() -> None:
    """Measure and write the results."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to read")
        return
    report = Report("roads_readers", (__doc__ or "").split("\n\n", 1)[1].replace("\n", " ").strip())
    absent = [{"file": "any", "reader": "geodesk", "why it is not in the table": _GEODESK}]
    with tempfile.TemporaryDirectory() as folder:
        columbus = data / "roads" / "columbus_oh.osm.pbf"
        xml = Path(folder) / "columbus.osm"
        write_drivable(columbus, xml)
        same_ways = {
            "OSMnx, XML to timed graph": (_osmnx, xml),
            "deserts, pbf of the same ways to network": (_own, _as_pbf(xml)),
        }
        absent += _compare(report, "Columbus, Ohio (1.4 MB)", columbus, same_ways)
        absent += _compare(report, "New York (3.1 MB)", data / "roads" / "ny_streets.osm.pbf", {})
    report.table("not measured", absent)
    report.write()


def _compare(report: Report, title: str, source: Path, more: Mapping[str, tuple[Reader, Path]]) -> list[dict[str, str]]:
    """Time the readers of a file; return those that do not read it, with the reason."""
    works: dict[str, Callable[[], object]] = {
        "deserts, pbf to network": lambda: read_network(source),
        "deserts, pbf to ways, nodes, restrictions and shores": lambda: read_extract(source),
    }
    readers = {
        "DuckDB's ST_ReadOSM, pbf to roads and their nodes": (_duckdb, source),
        "pyrosm, pbf to tables": (_pyrosm, source),
        **more,
    }
    absent = []
    for name, (reader, file) in readers.items():
        try:
            work = reader(file)
            work()
        except Exception as error:  # noqa: BLE001 (whatever a reader raises is the answer)
            why = f"{type(error).__name__}: {error}"
            absent.append({"file": source.name, "reader": name, "why it is not in the table": why})
        else:
            works[name] = work
    runs = alternating(works, runs=_RUNS)
    note = f"All cores where a reader uses them. Load {os.getloadavg()[0]:.1f}."
    report.timings(f"reading {title}", runs, base="deserts, pbf to network", note=note)
    return absent


if __name__ == "__main__":
    main()

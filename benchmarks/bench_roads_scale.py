"""Growth and memory on synthetic networks, and reading against OSMnx.

Each memory figure is the peak of a process of its own that maps a saved network and searches from sites to 2,000 points
within 240 minutes. Reading: the same drivable ways go to both readers; OSMnx gets them as XML, its only file format.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from benchmarks.bench_roads import chosen_nodes, synthetic
from benchmarks.harness import Report, alternating, peak_memory, shared_data
from deserts.roads import Network, Snaps, read_network, snap, times_to_sites
from deserts.roads.tags import WAY_TAGS, way_rule

LIMIT_MIN = 240.0
SIZES = (100_000, 1_000_000, 5_000_000)
SITES = (10, 100)
_POINTS = 2000
_MB = 2**20 / 1e6
_WAY_NODES = 25
_SIDES = (578, 1001)
"""Crossings along one side: about a million nodes, and a million crossings among three million nodes."""


def ends_at(network: Network, count: int) -> Snaps:
    """Snap onto nodes spread over the network."""
    nodes = chosen_nodes(network, count)
    return snap(network, network.node_lon[nodes], network.node_lat[nodes], max_snap_km=1.0)


def build(nodes: int, folder: str) -> dict[str, float]:
    """Make and save a network; return what it holds."""
    start = time.perf_counter()
    network = synthetic(nodes)
    network.save(Path(folder))
    return {"nodes": network.nodes, "arcs": int(network.forward.heads.size), "seconds": time.perf_counter() - start}


def search(folder: str, sites: int) -> dict[str, float]:
    """Map a network and search."""
    network = Network.load(Path(folder))
    points, supply = ends_at(network, _POINTS), ends_at(network, sites)
    times_to_sites(network, points, supply[:2], limit_min=1.0)
    start = time.perf_counter()
    pairs = times_to_sites(network, points, supply, limit_min=LIMIT_MIN)
    return {"seconds": time.perf_counter() - start, "pairs": len(pairs)}


def bench_growth(report: Report) -> None:
    """Seconds and peak memory as nodes and sites grow; building and searching in processes of their own."""
    rows = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = str(Path(temporary) / "network")
            built_mib, facts = peak_memory(build, size, folder)
            for sites in SITES:
                peak, found = peak_memory(search, folder, sites)
                rows.append(
                    {
                        "nodes": int(facts["nodes"]), "arcs": int(facts["arcs"]), "sites": sites,
                        "search_s": found["seconds"], "ms a site": 1000 * found["seconds"] / sites,
                        "search_peak_mb": peak * _MB, "building_peak_mb": built_mib * _MB,
                        "building_s": facts["seconds"],
                    }
                )  # fmt: skip
    note = "MB are millions of bytes. Building includes drawing the synthetic streets, whose arrays make its peak."
    report.table(f"sites to {_POINTS:,} points within {LIMIT_MIN:g} minutes, all cores", rows, note=note)


def write_streets(target: Path, side: int) -> dict[str, int]:
    """Write a bent grid of streets as a ``.pbf``, a bend between each two crossings; return what it holds."""
    import osmium

    rng = np.random.default_rng(5)
    row, column = (part.ravel() for part in np.mgrid[0:side, 0:side])
    lon = -95 + (column + rng.uniform(-0.2, 0.2, row.size)) * 0.003
    lat = 35 + (row + rng.uniform(-0.2, 0.2, row.size)) * 0.00225
    crossing = np.arange(row.size).reshape(side, side)
    places = [np.column_stack([lon, lat])]
    lines = []
    count = row.size
    for grid in (crossing, crossing.T):
        ends = np.column_stack([lon, lat])[grid]
        places.append(
            ((ends[:, :-1] + ends[:, 1:]) / 2 + rng.uniform(-0.0003, 0.0003, ends[:, 1:].shape)).reshape(-1, 2)
        )
        line = np.empty((side, 2 * side - 1), dtype=np.int64)
        line[:, ::2] = grid
        line[:, 1::2] = count + np.arange(side * (side - 1)).reshape(side, -1)
        count += side * (side - 1)
        lines.append(line)
    classes = ("residential", "residential", "residential", "tertiary", "secondary", "primary")
    with osmium.SimpleWriter(str(target)) as writer:
        for number, place in enumerate(np.concatenate(places).tolist(), start=1):
            writer.add_node(osmium.osm.mutable.Node(id=number, location=tuple(place), version=1))
        way = 0
        for line in (street for half in lines for street in half + 1):
            for start in range(0, line.size - 1, _WAY_NODES - 1):
                way += 1
                tags = {"highway": classes[way % len(classes)], "name": f"Street {way % 997}"}
                refs = line[start : start + _WAY_NODES].tolist()
                writer.add_way(osmium.osm.mutable.Way(id=way, nodes=refs, tags=tags, version=1))
    return {"nodes": count, "ways": way, "crossings": row.size}


def read_whole(source: str) -> dict[str, float]:
    """Read an extract."""
    start = time.perf_counter()
    network = read_network(Path(source))
    return {"seconds": time.perf_counter() - start, "nodes": network.nodes, "edges": network.edges}


def bench_million(report: Report) -> None:
    """Read ``.pbf`` files of a million nodes and of a million crossings, each in a process of its own."""
    rows = []
    for side in _SIDES:
        with tempfile.TemporaryDirectory() as temporary:
            source = Path(temporary) / "streets.osm.pbf"
            facts = write_streets(source, side)
            peak, found = peak_memory(read_whole, str(source))
            rows.append(
                {
                    "nodes in the file": facts["nodes"], "ways": facts["ways"],
                    "file_mb": source.stat().st_size / 1e6, "nodes after contraction": found["nodes"],
                    "edges": found["edges"], "seconds": found["seconds"], "peak_mb": peak * _MB,
                }
            )  # fmt: skip
    report.table(
        "reading a synthetic street .pbf, from file to network", rows, note="One run; MB are millions of bytes."
    )


def write_drivable(source: Path, target: Path) -> int:
    """Write the ways that cars may use, and their nodes, as XML; return how many ways."""
    import osmium

    ways, used = [], set()
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
        if way_rule(tuple(map(way.tags.get, WAY_TAGS))) is None:
            continue
        refs = [node.ref for node in way.nodes]
        used.update(refs)
        tags = "".join(f"<tag k={quoteattr(tag.k)} v={quoteattr(tag.v)}/>" for tag in way.tags)
        ways.append(f'<way id="{way.id}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs) + tags + "</way>")
    nodes = [
        f'<node id="{node.id}" lat="{node.lat:.7f}" lon="{node.lon:.7f}"/>'
        for node in osmium.FileProcessor(str(source), osmium.osm.NODE)
        if node.id in used
    ]
    target.write_text("\n".join(['<osm version="0.6">', *nodes, *ways, "</osm>"]), encoding="utf-8")
    return len(ways)


def bench_reading(report: Report, data: Path) -> None:
    """Columbus by both readers."""
    import osmium
    import osmnx

    source = data / "roads" / "columbus_oh.osm.pbf"
    with tempfile.TemporaryDirectory() as temporary:
        xml, same = (Path(temporary) / f"columbus.osm{kind}" for kind in ("", ".pbf"))
        ways = write_drivable(source, xml)
        with osmium.SimpleWriter(str(same)) as writer:
            osmium.apply(osmium.io.Reader(str(xml)), writer)
        runs = alternating(
            {
                "deserts, pbf of these ways to network": lambda: read_network(same),
                "deserts, the whole extract with buildings and lakes": lambda: read_network(source),
                "OSMnx, XML to timed graph": lambda: read_by_osmnx(osmnx, xml),
            },
            runs=5,
            warm_up=False,
        )
        ours, graph = read_network(source), read_by_osmnx(osmnx, xml)
    theirs_km = sum(length for _, _, length in graph.to_undirected().edges(data="length")) / 1000
    note = (
        f"{ways:,} drivable ways. deserts: {ours.nodes:,} nodes, {ours.meta['counts']['km']:,.0f} km; "
        f"OSMnx: {graph.number_of_nodes():,} nodes, {theirs_km:,.0f} km. OSMnx joins streets across ways."
    )
    report.timings("reading Columbus, Ohio", runs, base="OSMnx, XML to timed graph", note=note)


def read_by_osmnx(osmnx: object, path: Path) -> object:
    """Read a file as OSMnx's graph with times."""
    graph = osmnx.graph_from_xml(path, retain_all=True)  # type: ignore[attr-defined]
    return osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph, fallback=40.0))  # type: ignore[attr-defined]


def main() -> None:
    """Measure everything and write the results."""
    report = Report("roads_scale", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    bench_growth(report)
    bench_million(report)
    data = shared_data()
    if data is None:
        print("the real public data are absent: reading is left out")
    else:
        bench_reading(report, data)
    report.write()


if __name__ == "__main__":
    main()

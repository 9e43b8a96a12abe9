"""Searches on real and synthetic street networks, side by side with what a user would otherwise run.

Real: the New York street graph of the 9th DIMACS Challenge, and the numbered highways of the United States. The same
arrays, in the same node order, go to every engine. NetworkX is run on a few sources and scaled, SciPy's k nearest on a
part of the sites and scaled. Peak memory and growth are in `bench_roads_scale`.
"""

from __future__ import annotations

import functools
import gzip
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csgraph, csr_array

from benchmarks.harness import Report, Timing, alternating, shared_data
from deserts.earth import great_circle_m
from deserts.roads import Network, load_speeds, read_network
from deserts.roads.build import lay_out
from deserts.roads.costs import METRE_BITS, UNREACHED, limit_cost
from deserts.roads.edges import Edges, arrange
from deserts.roads.land import shores_about
from deserts.roads.reader import model_facts, plain_junctions
from deserts.roads.search import search_of
from deserts.roads.speeds import RoadKind
from deserts.roads.tags import ROAD_CLASSES
from deserts.roads.times import node_costs
from deserts.roads.urbanity import Density, Surroundings

RUNS = 5
SITES = 300
SOURCES = 100
_NETWORKX_SOURCES = 3
_OSMNX_SOURCES = 2
_IGRAPH_SOURCES = 10
_SYNTHETIC = ((1_000_000, 20), (5_000_000, 10))
"""Nodes, and how many sources are run."""
_SCIPY_SITES = 30
NO_LIMIT = limit_cost(None)


def edges_of(
    lon: np.ndarray, lat: np.ndarray, tail: np.ndarray, head: np.ndarray, ms: np.ndarray, back_ms: np.ndarray
) -> Edges:
    """Return given edges, straight and of one class, in the order in which networks keep them."""
    count = tail.size
    places = tuple(np.rint(axis * 1e7).astype(np.int32) for axis in (lon, lat))
    nodes, rank, order = arrange(tail, head, np.zeros(count, dtype=np.int64), places)
    metres = great_circle_m(lon[tail], lat[tail], lon[head], lat[head])[order]
    none = np.zeros(0, dtype=np.int32)
    return Edges(
        node_id=nodes, node_lon=places[0][nodes], node_lat=places[1][nodes], tail=rank[tail[order]],
        head=rank[head[order]], ms=ms[order].astype(np.int32), back_ms=back_ms[order].astype(np.int32),
        metres=np.maximum(1, np.rint(metres)).astype(np.int32),
        road_class=np.full(count, ROAD_CLASSES.index("residential"), np.uint8), way_id=np.zeros(count, dtype=np.int64),
        name=np.zeros(count, dtype=np.int32), urbanity=np.full(count, 128, dtype=np.uint8),
        flags=np.zeros(count, dtype=np.uint8), shape_ptr=np.zeros(count + 1, dtype=np.int64), shape_lon=none,
        shape_lat=none, names=[b""], segments=count, km=round(float(metres.sum()) / 1000, 3),
    )  # fmt: skip


def network_of(edges: Edges, *, turns: bool = False) -> Network:
    """Lay out a network; nothing is contracted, so that engines can be compared node by node."""
    around = Surroundings(RoadKind.STREETS, load_speeds(), Density.UNKNOWN)
    meta = {"attribution": [], "notices": [], "sources": [], "road_classes": list(ROAD_CLASSES), **model_facts(around)}
    shores = shores_about(edges.node_lon[:0], edges.node_lat[:0])
    return lay_out(edges, meta=meta, shores=shores, junctions=plain_junctions(edges, around) if turns else None)


def new_york(folder: Path, *, turns: bool = False) -> Network:
    """Read the DIMACS graph of New York; its times have no unit, scaled so that the fastest class drives 105 km/h."""
    with gzip.open(folder / "USA-road-d.NY.co.gz", "rt") as stream:
        places = np.array([line.split()[2:4] for line in stream if line.startswith("v")], dtype=np.float64) * 1e-6
    with gzip.open(folder / "USA-road-t.NY.gr.gz", "rt") as stream:
        arcs = np.array([line.split()[1:4] for line in stream if line.startswith("a")], dtype=np.int64)
    tail, head, units = arcs[:, 0] - 1, arcs[:, 1] - 1, arcs[:, 2]
    metres = great_circle_m(places[tail, 0], places[tail, 1], places[head, 0], places[head, 1])
    long_ones = metres > 500
    per_metre = np.quantile(units[long_ones] / metres[long_ones], 0.01)
    ms = np.maximum(1, np.rint(units / per_metre * 3600 / 105)).astype(np.int64)
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    keys, first = np.unique(low * len(places) + high, return_index=True)
    ahead = np.zeros(keys.size, dtype=np.int64)
    back = np.zeros(keys.size, dtype=np.int64)
    position = np.searchsorted(keys, low * len(places) + high)
    for values, chosen in ((ahead, tail == low), (back, tail != low)):
        values[:] = np.iinfo(np.int64).max
        np.minimum.at(values, position[chosen], ms[chosen])
        values[values == np.iinfo(np.int64).max] = 0
    edges = edges_of(places[:, 0], places[:, 1], low[first], high[first], ahead, back)
    return network_of(edges, turns=turns)


def synthetic(nodes: int) -> Network:
    """Make a bent 250 m grid with missing streets, four classes of 40 to 108 km/h and some one-ways (fixed seed)."""
    return network_of(_grid(nodes))


def _grid(nodes: int) -> Edges:
    rng = np.random.default_rng(20261122)
    side = round(nodes**0.5)
    row, column = np.divmod(np.arange(side * side, dtype=np.int32), np.int32(side))
    degree = 0.25 / 111.2
    lon = -95 + (column + rng.uniform(-0.3, 0.3, row.size)) * degree / 0.78
    lat = 35 + (row + rng.uniform(-0.3, 0.3, row.size)) * degree
    tails, heads, speeds = [], [], []
    for step, line, along in ((1, row, column), (side, column, row)):
        tail = np.flatnonzero(along < side - 1).astype(np.int32)
        big = line[tail]
        kmh = np.select([big % 160 == 0, big % 40 == 0, big % 10 == 0], [108.0, 89.0, 64.0], 40.0)
        kept = (kmh > 40) | (rng.random(tail.size) > 0.25)
        tails.append(tail[kept])
        heads.append(tail[kept] + np.int32(step))
        speeds.append(kmh[kept].astype(np.float32))
    del row, column, tail, kmh, kept, big, line, along
    tail, head, kmh = (np.concatenate(parts) for parts in (tails, heads, speeds))
    del tails, heads, speeds
    ms = np.rint(great_circle_m(lon[tail], lat[tail], lon[head], lat[head]) * 3600 / kmh).astype(np.int32)
    back = np.where((kmh == 40) & (rng.random(kmh.size) < 0.06), 0, ms).astype(np.int32)
    del kmh, rng
    return edges_of(lon, lat, tail, head, ms, back)


def chosen_nodes(network: Network, count: int) -> np.ndarray:
    """Pick nodes of the largest component, spread evenly along the curve."""
    inside = np.flatnonzero(network.component_id == 0)
    return inside[np.linspace(0, inside.size - 1, count).astype(np.int64)]


def scipy_graph(network: Network) -> Any:
    """Return the reversed network in milliseconds for SciPy."""
    arcs = network.reverse
    ms = (arcs.costs >> METRE_BITS).astype(np.float64)
    return csr_array((ms, arcs.heads, arcs.ptr), shape=(network.nodes, network.nodes))


def networkx_graph(network: Network) -> Any:
    """Return the reversed network as a NetworkX graph with weights in milliseconds."""
    import networkx as nx

    arcs = network.reverse
    tail = np.repeat(np.arange(network.nodes), np.diff(arcs.ptr))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.nodes))
    order = np.argsort(-arcs.costs, kind="stable")  # of parallel arcs the quickest is entered last and stays
    weights = (arcs.costs >> METRE_BITS)[order].tolist()
    graph.add_weighted_edges_from(zip(tail[order].tolist(), arcs.heads[order].tolist(), weights, strict=True))
    return graph


def same_milliseconds(ours: np.ndarray, theirs: np.ndarray) -> bool:
    """Whether packed labels equal times in milliseconds (infinite where not reached)."""
    return bool(np.array_equal(np.where(ours < UNREACHED, (ours >> METRE_BITS).astype(float), np.inf), theirs))


def osmnx_graph(network: Network) -> Any:
    """Return the reversed network as the kind of graph that OSMnx holds: nodes with places, parallel edges kept."""
    import networkx as nx

    arcs = network.reverse
    tail = np.repeat(np.arange(network.nodes), np.diff(arcs.ptr)).tolist()
    seconds = ((arcs.costs >> METRE_BITS) / 1000.0).tolist()
    graph = nx.MultiDiGraph(crs="epsg:4326")
    places = zip(network.node_lon.tolist(), network.node_lat.tolist(), strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y}) for node, (x, y) in enumerate(places))
    graph.add_edges_from(
        (u, v, {"travel_time": time}) for u, v, time in zip(tail, arcs.heads.tolist(), seconds, strict=True)
    )
    return graph


def igraph_graph(network: Network) -> Any | None:
    """Return the reversed network for igraph with weights in milliseconds, or None where it is not installed."""
    try:
        igraph = importlib.import_module("igraph")
    except ImportError:
        return None
    arcs = network.reverse
    tail = np.repeat(np.arange(network.nodes), np.diff(arcs.ptr))
    graph = igraph.Graph(n=network.nodes, edges=np.column_stack([tail, arcs.heads]), directed=True)
    graph.es["ms"] = (arcs.costs >> METRE_BITS).astype(np.float64)
    return graph


def bench_matrix(report: Report, name: str, network: Network, *, others: bool, sources: int = SOURCES) -> None:
    """One source, and 100, to all nodes; slow engines run a few sources and are scaled."""
    nodes = chosen_nodes(network, SOURCES)[:: SOURCES // sources]
    graph = scipy_graph(network)
    engines: dict[str, tuple[int, Callable[[np.ndarray], object]]] = {
        "deserts, all cores": (sources, lambda some: node_costs(network, some)),
        "deserts, one thread": (sources, lambda some: node_costs(network, some, max_workers=1)),
        "SciPy": (sources, lambda some: csgraph.dijkstra(graph, indices=some)),
    }
    held = igraph_graph(network) if others else None
    if held is not None:
        engines["igraph"] = (_IGRAPH_SOURCES, lambda some: held.distances(some.tolist(), weights="ms"))
    if others:
        import networkx as nx

        plain, multi = networkx_graph(network), osmnx_graph(network)
        engines["NetworkX"] = (
            _NETWORKX_SOURCES, lambda some: [nx.single_source_dijkstra_path_length(plain, n) for n in some.tolist()]
        )  # fmt: skip
        engines["OSMnx's graph, searched by NetworkX"] = (
            _OSMNX_SOURCES,
            lambda some: [nx.single_source_dijkstra_path_length(multi, n, weight="travel_time") for n in some.tolist()],
        )
    equal = same_milliseconds(node_costs(network, nodes[:3]), csgraph.dijkstra(graph, indices=nodes[:3]))
    note = f"Equal to SciPy to the millisecond: {equal}."
    ones = {engine: functools.partial(search, nodes[5:6]) for engine, (_, search) in engines.items()}
    _add(report, f"{name}: one source to all {network.nodes:,} nodes", alternating(ones, runs=RUNS), note)
    runs = alternating(
        {e: functools.partial(search, nodes[:count]) for e, (count, search) in engines.items()}, runs=RUNS
    )
    scaled = {engine: SOURCES / count for engine, (count, _) in engines.items()}
    runs = {engine: timing.times(scaled[engine]) for engine, timing in runs.items()}
    few = [f"{engine} {count}" for engine, (count, _) in engines.items() if count < SOURCES]
    if few:
        note += " Sources run, then scaled to 100: " + ", ".join(few) + "."
    _add(report, f"{name}: {SOURCES} sources to all {network.nodes:,} nodes", runs, note)


def _add(report: Report, title: str, runs: dict[str, Timing], note: str) -> None:
    ours = next(iter(runs.values())).median
    rows = [
        {
            "engine": engine, "median_s": timing.median, "least_s": timing.least, "most_s": timing.most,
            "runs": len(timing.seconds), "times ours (first row)": timing.median / ours,
        }
        for engine, timing in runs.items()
    ]  # fmt: skip
    report.table(title, rows, note=note)


def bench_synthetic_nearest(report: Report, name: str, network: Network, *, k: int = 5) -> None:
    """The k nearest sites of every node of a big network, ours only: SciPy would need minutes a run."""
    sites = chosen_nodes(network, SITES)
    search = search_of(network, reverse=True)
    entries = sites.astype(np.int32), np.zeros(SITES, dtype=np.int64)
    numbers, groups = np.arange(SITES, dtype=np.int32), np.arange(SITES, dtype=np.int64)
    works = {"deserts": lambda: search.nearest(entries, numbers, groups, k=k, limit=NO_LIMIT)}
    _add(report, f"{name}: the {k} nearest of {SITES} sites for every node", alternating(works, runs=3), "")


def bench_nearest(report: Report, name: str, network: Network, *, k: int = 5) -> None:
    """The k nearest sites of every node."""
    sites = chosen_nodes(network, SITES)
    search = search_of(network, reverse=True)
    entries = sites.astype(np.int32), np.zeros(SITES, dtype=np.int64)
    numbers, groups = np.arange(SITES, dtype=np.int32), np.arange(SITES, dtype=np.int64)
    graph = scipy_graph(network)
    part = sites[:: SITES // _SCIPY_SITES]

    def by_scipy() -> object:
        best = np.full((k, network.nodes), np.inf)
        for node in part:  # keeps the k best as it goes: the matrix of all sites would not fit
            best = np.sort(np.vstack([best, csgraph.dijkstra(graph, indices=node)]), axis=0)[:k]
        return best

    works: dict[str, Callable[[], object]] = {
        "deserts": lambda: search.nearest(entries, numbers, groups, k=k, limit=NO_LIMIT),
        "SciPy": by_scipy,
    }
    notes = [f"SciPy: {len(part)} of the {SITES} sites, scaled."]
    pandana = _pandana(network, sites, k)
    if pandana is None:
        notes.append("pandana is not installed: left out.")
    else:
        works["pandana, queries only"] = pandana
    runs = alternating(works, runs=RUNS)
    runs["SciPy"] = runs["SciPy"].times(SITES / len(part))
    _add(report, f"{name}: the {k} nearest of {SITES} sites for every node", runs, " ".join(notes))


def pandana_graph(network: Network) -> Any | None:
    """Return the reversed network for pandana with weights in seconds, or None where it is not installed."""
    try:
        pandana = importlib.import_module("pandana")
    except ImportError:
        return None
    import pandas as pd

    arcs = network.reverse
    tail = np.repeat(np.arange(network.nodes), np.diff(arcs.ptr))
    seconds = pd.DataFrame({"s": (arcs.costs >> METRE_BITS) / 1000.0})
    x, y = pd.Series(network.node_lon), pd.Series(network.node_lat)
    return pandana.Network(x, y, pd.Series(tail), pd.Series(arcs.heads), seconds, twoway=False)


def _pandana(network: Network, sites: np.ndarray, k: int) -> Callable[[], object] | None:
    held = pandana_graph(network)
    if held is None:
        return None
    import pandas as pd

    reach = 10 * 3600.0
    held.set_pois("sites", reach, k, pd.Series(network.node_lon[sites]), pd.Series(network.node_lat[sites]))
    return lambda: held.nearest_pois(reach, "sites", num_pois=k)


def main() -> None:
    """Measure everything and write the results."""
    report = Report("roads", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    data = shared_data()
    if data is None:
        print("the real public data are absent: only synthetic networks")
    else:
        york = new_york(data / "roads" / "ny_dimacs")
        bench_matrix(report, "New York streets", york, others=True)
        bench_nearest(report, "New York streets", york)
        highways = read_network(data / "roads" / "us_highways.osm.pbf", contract=False)
        bench_matrix(report, "US highways", highways, others=False)
        bench_nearest(report, "US highways", highways)
    for size, sources in _SYNTHETIC:
        streets = synthetic(size)
        bench_matrix(report, f"synthetic streets, {size:,} nodes", streets, others=False, sources=sources)
        bench_synthetic_nearest(report, f"synthetic streets, {size:,} nodes", streets)
    report.write()


if __name__ == "__main__":
    main()

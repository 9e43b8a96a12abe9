"""Peak memory of each engine, side by side: a process of its own maps the saved New York streets and searches once.

A process's peak holds its libraries, the engine's own copy of the graph, and one search to all nodes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse import csgraph

from benchmarks.bench_roads import (
    chosen_nodes,
    igraph_graph,
    networkx_graph,
    new_york,
    osmnx_graph,
    pandana_graph,
    scipy_graph,
)
from benchmarks.harness import Report, peak_memory, shared_data
from deserts.roads import Network
from deserts.roads.times import node_costs


def _deserts(network: Network, node: int) -> object:
    return node_costs(network, np.array([node]), max_workers=1)


def _scipy(network: Network, node: int) -> object:
    return csgraph.dijkstra(scipy_graph(network), indices=node)


def _networkx(network: Network, node: int) -> object:
    import networkx as nx

    return nx.single_source_dijkstra_path_length(networkx_graph(network), node)


def _osmnx(network: Network, node: int) -> object:
    import networkx as nx

    return nx.single_source_dijkstra_path_length(osmnx_graph(network), node, weight="travel_time")


def _igraph(network: Network, node: int) -> object:
    graph = igraph_graph(network)
    return None if graph is None else graph.distances([node], weights="ms")


def _pandana(network: Network, node: int) -> object:
    graph = pandana_graph(network)
    return None if graph is None else graph.nodes_in_range([node], 10 * 3600.0)


def _nothing(network: Network, node: int) -> object:
    return network.nodes + node


ENGINES: dict[str, Callable[[Network, int], object]] = {
    "deserts": _deserts,
    "SciPy": _scipy,
    "NetworkX": _networkx,
    "OSMnx's graph, searched by NetworkX": _osmnx,
    "igraph": _igraph,
    "pandana, its preparation included": _pandana,
    "the libraries and the mapped network alone": _nothing,
}


def search_once(engine: str, folder: str) -> bool:
    """Search once with an engine; return whether it is installed."""
    network = Network.load(Path(folder))
    return ENGINES[engine](network, int(chosen_nodes(network, 10)[5])) is not None


def main() -> None:
    """Measure every engine and write the results."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to measure")
        return
    report = Report("roads_memory", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    with tempfile.TemporaryDirectory() as temporary:
        network = new_york(data / "roads" / "ny_dimacs")
        network.save(Path(temporary) / "network")
        rows = []
        for engine in ENGINES:
            peak_mib, installed = peak_memory(search_once, engine, str(Path(temporary) / "network"))
            rows.append({"engine": engine, "peak_mib": peak_mib if installed else None})
    report.table(f"New York streets ({network.nodes:,} nodes): one source to all nodes", rows)
    report.write()


if __name__ == "__main__":
    main()

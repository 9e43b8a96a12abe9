"""Searches that know turns beside those on nodes, SciPy and NetworkX, on New York's streets.

One network twice: searched on its nodes, and on its arcs with a delay for every turn. SciPy and NetworkX search the
nodes and know no turns; they run a few sources or sites and are scaled, as in `bench_roads`.
"""

from __future__ import annotations

import functools
import os
import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.sparse import csgraph

from benchmarks.bench_roads import NO_LIMIT, SITES, SOURCES, chosen_nodes, networkx_graph, new_york, scipy_graph
from benchmarks.harness import Report, Timing, alternating, shared_data
from deserts.roads import Network, snap
from deserts.roads.search import search_of
from deserts.roads.times import node_costs

_RUNS = 4
_SCIPY_SOURCES = 20
_NETWORKX_SOURCES = 1
_SCIPY_SITES = 20
_BARS = (("on nodes", "at most", 2.5), ("SciPy", "at least", 3.0), ("NetworkX", "at least", 60.0))


def user_seconds() -> float:
    """Return how long this process has computed; what the kernel takes to find large pages swings by seconds."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def bench_matrix(report: Report, plain: Network, turning: Network) -> None:
    """A hundred sources to all nodes, by the time that all threads compute: others may use the machine, too."""
    import networkx as nx

    nodes = chosen_nodes(plain, SOURCES)
    graph, held = scipy_graph(plain), networkx_graph(plain)
    works: dict[str, tuple[int, Callable[[np.ndarray], object]]] = {
        "turns": (SOURCES, lambda some: node_costs(turning, some)),
        "on nodes": (SOURCES, lambda some: node_costs(plain, some)),
        "SciPy": (_SCIPY_SOURCES, lambda some: csgraph.dijkstra(graph, indices=some)),
    }
    by_networkx: dict[str, tuple[int, Callable[[np.ndarray], object]]] = {
        "NetworkX": (
            _NETWORKX_SOURCES,
            lambda some: [nx.single_source_dijkstra_path_length(held, node) for node in some.tolist()],
        ),
    }
    runs: dict[str, Timing] = {}
    # not in turns with NetworkX: it takes so long that the machine puts the pages of the others away meanwhile
    for each in (works, by_networkx):
        timed = alternating(
            {name: functools.partial(work, nodes[:count]) for name, (count, work) in each.items()},
            runs=_RUNS,
            clock=user_seconds,
        )
        runs |= {name: timing.times(SOURCES / each[name][0]) for name, timing in timed.items()}
    title = f"New York, {SOURCES} sources to all {plain.nodes:,} nodes, seconds that all threads compute"
    scaled = f"Sources run, then scaled: SciPy {_SCIPY_SOURCES}, NetworkX {_NETWORKX_SOURCES}."
    _add(report, title, runs, f"{scaled} Load {os.getloadavg()[0]:.1f}. Ours searches on all cores, SciPy cannot.")
    bars = [(other, words, bar, runs["turns"].median / runs[other].median) for other, words, bar in _BARS]
    report.table(
        "turns against the others, by core",
        [
            {"other": other, "its time": ratio if words == "at most" else 1 / ratio, "bar": f"{words} {bar}"}
            for other, words, bar, ratio in bars
        ],
        note="For the search on nodes: our time with turns as a multiple of it. For the others: theirs as one of ours.",
    )


def bench_clock(report: Report, plain: Network, turning: Network) -> None:
    """The same by the clock, with every source run by each: what somebody waits, on all cores where an engine can."""
    nodes = chosen_nodes(plain, SOURCES)
    graph = scipy_graph(plain)
    works: dict[str, Callable[[], object]] = {
        "turns": lambda: node_costs(turning, nodes),
        "on nodes": lambda: node_costs(plain, nodes),
        "SciPy": lambda: csgraph.dijkstra(graph, indices=nodes),
    }
    runs = alternating(works, runs=_RUNS)
    title = f"New York, {SOURCES} sources to all {plain.nodes:,} nodes, all cores, seconds by the clock"
    _add(
        report,
        title,
        runs,
        f"SciPy has one core. Bars: 2.5 times on nodes, 3 times SciPy. Load {os.getloadavg()[0]:.1f}.",
    )


def bench_nearest(report: Report, plain: Network, turning: Network, *, k: int = 5) -> None:
    """The k nearest of many sites for every node, or for every arc."""
    nodes = chosen_nodes(plain, SITES)
    numbers, groups = np.arange(SITES, dtype=np.int32), np.arange(SITES, dtype=np.int64)

    def searched(network: Network) -> Callable[[], object]:
        ends = snap(network, network.node_lon[nodes], network.node_lat[nodes], max_snap_km=1.0)
        search = search_of(network, reverse=True)
        states, costs = search.starts(ends)
        site = np.repeat(numbers, states.shape[1])
        return lambda: search.nearest((states.ravel(), costs.ravel()), site, groups, k=k, limit=NO_LIMIT)

    graph = scipy_graph(plain)
    part = nodes[:: SITES // _SCIPY_SITES]

    def by_scipy() -> object:
        best = np.full((k, plain.nodes), np.inf)
        for node in part:  # keeps the k best as it goes: the matrix of all sites would not fit
            best = np.sort(np.vstack([best, csgraph.dijkstra(graph, indices=node)]), axis=0)[:k]
        return best

    works = {"turns": searched(turning), "on nodes": searched(plain), "SciPy": by_scipy}
    runs = alternating(works, runs=3, clock=user_seconds)
    runs["SciPy"] = runs["SciPy"].times(SITES / len(part))
    _add(
        report,
        f"New York, the {k} nearest of {SITES} sites, seconds that all threads compute",
        runs,
        f"SciPy: {len(part)} sites, scaled. Bar: 15 times.",
    )


def _add(report: Report, title: str, runs: dict[str, Timing], note: str) -> None:
    ours = next(iter(runs.values())).median
    rows = [
        {"engine": engine, "median_s": timing.median, "least_s": timing.least, "most_s": timing.most}
        | {"times turns": timing.median / ours}
        for engine, timing in runs.items()
    ]
    report.table(title, rows, note=note)


def main() -> None:
    """Measure and write the results."""
    report = Report("roads_turns", (__doc__ or "").split("\n\n", 1)[1].replace("\n", " ").strip())
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to search")
        return
    folder: Path = data / "roads" / "ny_dimacs"
    plain, turning = new_york(folder), new_york(folder, turns=True)
    bench_matrix(report, plain, turning)
    bench_clock(report, plain, turning)
    bench_nearest(report, plain, turning)
    report.write()


if __name__ == "__main__":
    main()

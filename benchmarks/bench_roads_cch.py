"""A cached order of junctions (CCH, by pyroutingkit) beside the own search: few targets, and changed times.

New York's streets as `read_network` gives them, searched on nodes, one thread each. CCH knows whole milliseconds; the
own search also counts metres, to choose between ways that are equally quick. Weights are customised in two threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np

from benchmarks.harness import Report, alternating, shared_data
from deserts.roads import Network, read_network
from deserts.roads.costs import METRE_BITS, UNREACHED, limit_cost
from deserts.roads.search import search_of

_SITES = 2000
_PATIENTS = 50
_RUNS = 5
_BAR = 3.0
_LEAST_MS = np.uint32(1)


def main() -> None:
    """Measure and write the results."""
    report = Report("roads_cch", (__doc__ or "").split("\n\n", 1)[1].replace("\n", " ").strip())
    data = shared_data()
    try:
        import pyroutingkit
    except ImportError:
        print("pyroutingkit is not installed: nothing to compare with")
        return
    if data is None:
        print("the real public data are absent: nothing to search")
        return
    network = read_network(data / "roads" / "ny_streets.osm.pbf")
    tail, weights = _arcs(network)
    start = time.perf_counter()
    order = pyroutingkit.CCHTopology()
    order.build(
        tail, network.forward.heads.astype(np.uint32), network.node_lat.astype(np.float32),
        network.node_lon.astype(np.float32), network.nodes,
    )  # fmt: skip
    ordering = time.perf_counter() - start
    metric = pyroutingkit.CCHMetric(order)

    def customised() -> None:
        metric.customize(weights, thread_count=2)

    customised()
    report.fact("seconds to order New York's junctions, once a network", ordering)
    for title, patients, sites in _QUESTIONS:
        _compare(report, title, network, metric, (patients, sites), customised)
    report.write()


def _arcs(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return where each arc begins, and its milliseconds."""
    tail = np.repeat(np.arange(network.nodes, dtype=np.uint32), np.diff(network.forward.ptr))
    return tail, np.maximum(_LEAST_MS, (network.forward.costs >> METRE_BITS).astype(np.uint32))


_QUESTIONS = (
    (f"one patient, {_SITES:,} sites", 1, _SITES),
    ("one patient, 10 sites", 1, 10),
    (f"a panel of {_PATIENTS}, {_SITES:,} sites", _PATIENTS, _SITES),
    (f"a panel of {_PATIENTS}, 10 sites", _PATIENTS, 10),
)


def _compare(
    report: Report, title: str, network: Network, metric: object, size: tuple[int, int], customised: Callable[[], None]
) -> None:
    """Ask both for a table of drives between nodes of the largest component."""
    inside = np.flatnonzero(network.component_id == 0)
    drawn = np.random.default_rng(3).choice(inside, size=sum(size), replace=False)
    sources, targets = drawn[: size[0]].astype(np.uint32), drawn[size[0] :].astype(np.uint32)

    def own() -> np.ndarray:
        search = search_of(network, reverse=False)
        reads = targets.astype(np.int32)[:, None], np.zeros((targets.size, 1), dtype=np.int64)
        found = np.full((sources.size, targets.size), UNREACHED)
        for row, node in zip(found, sources, strict=True):
            search.to_targets(
                (np.array([node], dtype=np.int32), np.zeros(1, dtype=np.int64)), limit_cost(None), reads, row
            )
        return found >> METRE_BITS

    def cch() -> np.ndarray:
        return np.asarray(metric.distances_many_to_many(sources, targets))  # type: ignore[attr-defined]

    def changed() -> np.ndarray:
        customised()
        return cch()

    works = {"own search": own, "CCH": cch, "CCH, times changed before": changed}
    runs = alternating(works, runs=_RUNS)
    same = bool(np.array_equal(own(), cch().astype(np.int64)))
    note = f"Equal to the millisecond: {same}. Bar for its use: {_BAR:g} times faster. Load {os.getloadavg()[0]:.1f}."
    report.timings(title, runs, base="own search", note=note)


if __name__ == "__main__":
    main()

"""Two Dask processes against two threads, a hundred sites on a million nodes.

Both map the same saved network; the start of the cluster is left out, joining it as a client is not.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.bench_roads import synthetic
from benchmarks.bench_roads_scale import LIMIT_MIN, ends_at
from benchmarks.harness import Report, alternating
from deserts.roads import Network, times_to_sites

NODES = 1_000_000
POINTS = 2000
SITES = 100
RUNS = 7


def main() -> None:
    """Measure and write the results."""
    from distributed import LocalCluster

    report = Report("roads_dask", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    with tempfile.TemporaryDirectory() as temporary:
        synthetic(NODES).save(Path(temporary) / "network")
        network = Network.load(Path(temporary) / "network")
        points, sites = ends_at(network, POINTS), ends_at(network, SITES)
        options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
        with LocalCluster(**options) as cluster:
            address = cluster.scheduler_address
            runs = alternating(
                {
                    "direct, 2 threads": lambda: times_to_sites(
                        network, points, sites, limit_min=LIMIT_MIN, max_workers=2
                    ),
                    "Dask, 2 processes": lambda: times_to_sites(
                        network, points, sites, limit_min=LIMIT_MIN, scheduler=address
                    ),
                },
                runs=RUNS,
            )
    report.timings(f"{SITES} sites on a million nodes", runs, base="direct, 2 threads")
    report.write()


if __name__ == "__main__":
    main()

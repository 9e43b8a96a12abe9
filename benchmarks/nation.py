"""A made-up country: its states read as one network, that network mapped, and searched from many sites.

States of 2.5 million road nodes and 10 million others stand in a grid of ten columns; roads cross their borders and
lie in the extracts of both sides. Each step runs in a process of its own, so its peak is its own. The country has 60
states, 150 million road nodes; ``--share 30`` takes a thirtieth of it. The same search is spread over Dask workers that
map the folder, and must give the same pairs; ``--turns`` reads and searches junctions with their turns too.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import time
from dataclasses import fields
from pathlib import Path

import numpy as np

from benchmarks.harness import Report, peak_memory
from benchmarks.make_state import State, write_state
from deserts.roads import Network, read_network, snap, times_to_sites
from deserts.roads.times import PairTimes

_STATES = 60
_SIDE = 708
_COLUMNS = 10
_WEST, _SOUTH = -118.0, 29.0
_STEP_DEG = (0.0030 * _SIDE, 0.00225 * _SIDE)
_LIMIT_MIN = 480.0
_POINTS = 2000
_DASK_WORKERS = (2, 4)
_GB = 1e9
_MIB = 2**20


def states_of(count: int) -> list[State]:
    """Return the first states of the country, row by row."""
    return [
        State(
            _SIDE,
            west=_WEST + (number % _COLUMNS) * _STEP_DEG[0],
            south=_SOUTH + (number // _COLUMNS) * _STEP_DEG[1],
            first=(number + 1) * 100_000_000,
        )
        for number in range(count)
    ]


def neighbours_of(number: int, states: list[State]) -> dict[str, State]:
    """Return the states about one of them by side."""
    column = number % _COLUMNS
    sides = {
        "west": number - 1 if column else -1, "east": number + 1 if column + 1 < _COLUMNS else -1,
        "south": number - _COLUMNS, "north": number + _COLUMNS,
    }  # fmt: skip
    return {side: states[other] for side, other in sides.items() if 0 <= other < len(states)}


def read_and_save(files: list[str], folder: str, turns: bool) -> dict[str, float]:
    """Read extracts as one network and save it."""
    clock, processor = time.perf_counter(), time.process_time()
    network = read_network([Path(file) for file in files], turns=turns)
    seconds, cpu = time.perf_counter() - clock, time.process_time() - processor
    network.save(Path(folder))
    return {"nodes": network.nodes, "edges": network.edges, "seconds": seconds, "cpu_s": cpu,
            "components": network.meta["counts"]["components"]}  # fmt: skip


def search(folder: str, sites: int, scheduler: str | None = None) -> dict[str, object]:
    """Map a network and search from sites to points within the limit, here or on Dask workers."""
    clock = time.perf_counter()
    network = Network.load(Path(folder))
    loading = time.perf_counter() - clock
    drawn = np.random.default_rng(1).choice(network.nodes, size=sites + _POINTS, replace=False)
    places = snap(network, np.asarray(network.node_lon[drawn]), np.asarray(network.node_lat[drawn]), max_snap_km=1.0)
    clock, processor = time.perf_counter(), time.process_time()
    pairs = times_to_sites(network, places[sites:], places[:sites], limit_min=_LIMIT_MIN, scheduler=scheduler)
    return {"pairs": len(pairs), "digest": digest_of(pairs), "load_s": loading,
            "seconds": time.perf_counter() - clock, "cpu_s": time.process_time() - processor}  # fmt: skip


def digest_of(pairs: PairTimes) -> str:
    """Return a hash of the pairs and their times, as they lie."""
    found = hashlib.sha256()
    for column in fields(pairs):
        found.update(np.ascontiguousarray(getattr(pairs, column.name)))
    return found.hexdigest()


def on_dask(folder: str, sites: int, workers: int) -> dict[str, object]:
    """Do the same search on Dask workers that map the folder; the peak is that of the largest of them."""
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None, "memory_limit": 0}
    with LocalCluster(n_workers=workers, **options) as cluster, Client(cluster) as client:
        _, found = peak_memory(search, folder, sites, cluster.scheduler_address)
        held = client.run(own_memory)
    return found | {"peak_mib": max(peak for peak, _ in held.values()), "own_mib": max(own for _, own in held.values())}


def own_memory() -> tuple[float, float]:
    """Return the peak resident memory of this process, shared pages of files included, and what is its own now."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    peak, own = (int(lines[kind].split()[0]) / 1024 for kind in ("VmHWM", "RssAnon"))
    return peak, own


def measure(share: int, sites: int, *, turns: bool) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Write, read, map and search a part of the country, here and on Dask; everything written is deleted."""
    states = states_of(max(1, _STATES // share))
    part = {"share": f"1/{share}", "search on": "turns" if turns else "nodes"}
    with tempfile.TemporaryDirectory(prefix="nation-") as folder:
        files, facts = [], []
        for number, state in enumerate(states):
            files.append(str(Path(folder) / f"state-{number:02}.osm.pbf"))
            facts.append(write_state(state, Path(files[-1]), neighbours_of(number, states)))
        saved = str(Path(folder) / "network")
        reading_mib, read = peak_memory(read_and_save, files, saved, turns)
        disk = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        searching_mib, found = peak_memory(search, saved, sites)
        spread = {workers: on_dask(saved, sites, workers) for workers in _DASK_WORKERS}
    row = part | {
        "states": len(states), "road nodes": sum(fact["road_nodes"] for fact in facts),
        "other nodes": sum(fact["other_nodes"] for fact in facts), "nodes kept": read["nodes"], "edges": read["edges"],
        "components": read["components"], "read_s": read["seconds"], "read_cpu_s": read["cpu_s"],
        "reading_peak_gb": reading_mib * _MIB / _GB, "disk_gb": disk / _GB, "sites": sites, "pairs": found["pairs"],
        "load_s": found["load_s"], "search_s": found["seconds"], "search_cpu_s": found["cpu_s"],
        "searching_peak_gb": searching_mib * _MIB / _GB, "load": os.getloadavg()[0],
    }  # fmt: skip
    return row, [
        part | {
            "workers": workers, "search_s": one["seconds"], "largest_worker_peak_gb": one["peak_mib"] * _MIB / _GB,
            "of that its own at the end_gb": one["own_mib"] * _MIB / _GB,
            "same pairs and times": one["digest"] == found["digest"], "load": os.getloadavg()[0],
        }
        for workers, one in spread.items()
    ]  # fmt: skip


def main() -> None:
    """Measure the shares asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=int, nargs="+", default=[30, 10, 3], help="parts: 30 is a thirtieth")
    parser.add_argument("--sites", type=int, default=2000, help="sites to search from (default %(default)s)")
    parser.add_argument("--turns", action="store_true", help="read and search with the turns at junctions too")
    parser.add_argument("--name", default="nation", help="of the result files (default %(default)s)")
    given = parser.parse_args()
    report = Report(given.name, (__doc__ or "").replace("\n", " ").strip())
    kinds = (False, True) if given.turns else (False,)
    found = [measure(share, given.sites, turns=turns) for share in given.share for turns in kinds]
    note = f"To {_POINTS:,} points within {_LIMIT_MIN:g} minutes, all cores. GB are 10^9 bytes."
    report.table("states read as one network, mapped and searched", [row for row, _ in found], note=note)
    note = "Pages of the mapped files count for every worker that has touched them, and lie in memory once."
    report.table("the same on Dask workers", [row for _, rows in found for row in rows], note=note)
    report.write()


if __name__ == "__main__":
    main()

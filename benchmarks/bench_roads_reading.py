"""Reading extracts: seconds, and memory at the peak beyond the network that stays, by road node of the file.

Each file is read in a process of its own that has read another one before, so that libraries and compiled code are
there; what that process holds then is taken off. The made-up state (`make_state.py`) is written for this and deleted.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.harness import Report, peak_memory, shared_data
from benchmarks.make_state import State, write_state
from deserts.roads import Network
from deserts.roads.osm.extract import read_way_nodes
from deserts.roads.pages import give_back
from deserts.roads.reader import read_network

_MB = 1e6
_STATES = (State(447), State(1415))
"""A million and ten million nodes of roads."""

_EXTRACTS = ("ny_streets", "columbus_oh", "us_highways")
_READ_BEFORE = "nky_streets"
_KINDS = ("VmRSS", "VmHWM")


def read_alone(source: str, before: str) -> dict[str, float]:
    """Read an extract in this process after another one; only Linux says what that takes."""
    read_network(Path(before))
    give_back()
    start, _ = _memory()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    clock, processor = time.perf_counter(), time.process_time()
    network = read_network(Path(source))
    seconds, cpu = time.perf_counter() - clock, time.process_time() - processor
    return {
        "seconds": seconds, "cpu_s": cpu, "result_mb": size_of(network) / _MB, "peak_mb": (_memory()[1] - start) / _MB,
        "nodes": network.nodes, "edges": network.edges,
    }  # fmt: skip


def size_of(network: Network) -> int:
    """Return the bytes of a network's arrays."""
    sides = [array for arcs in (network.forward, network.reverse) for array in (arcs.ptr, arcs.heads, arcs.costs)]
    own = [value for value in vars(network).values() if isinstance(value, np.ndarray)]
    return sum(array.nbytes for array in own + sides)


def _memory() -> tuple[int, int]:
    """Return the bytes that this process holds, and held at its peak."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    now, most = (1024 * int(lines[kind].split()[0]) for kind in _KINDS)
    return now, most


def row_of(name: str, road_nodes: int, other_nodes: int | None, source: Path, before: Path) -> dict[str, object]:
    """Return what reading a file takes."""
    _, found = peak_memory(read_alone, str(source), str(before))
    beyond = (found["peak_mb"] - found["result_mb"]) * _MB / road_nodes
    return {
        "file": name, "road nodes": road_nodes, "other nodes": other_nodes, "file_mb": source.stat().st_size / _MB,
        "nodes kept": found["nodes"], "edges": found["edges"], "seconds": found["seconds"], "cpu_s": found["cpu_s"],
        "result_mb": found["result_mb"], "peak_mb": found["peak_mb"], "bytes a road node beyond": beyond,
        "load": os.getloadavg()[0],
    }  # fmt: skip


def main() -> None:
    """Measure and write the results."""
    data = shared_data()
    if data is None or not Path("/proc/self/clear_refs").exists():
        print("the real public data, or Linux, are absent: nothing to measure")
        return
    report = Report("roads_reading", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    before = data / "roads" / f"{_READ_BEFORE}.osm.pbf"
    rows = []
    for name in _EXTRACTS:
        source = data / "roads" / f"{name}.osm.pbf"
        rows.append(row_of(name, read_way_nodes(source).size, None, source, before))
    note = "MB are millions of bytes; load is the machine's over the last minute. One run each, without population."
    report.table("real extracts", rows, note=note)
    rows = []
    for state in _STATES:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "state.osm.pbf"
            facts = write_state(state, target)
            rows.append(row_of("made-up state", facts["road_nodes"], facts["other_nodes"], target, before))
    report.table("made-up states, a building beside each node of a street", rows, note=note)
    report.write()


if __name__ == "__main__":
    main()

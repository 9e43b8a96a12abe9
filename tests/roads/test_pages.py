"""What reading leaves in memory, and how much it takes at its peak."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from deserts.roads import pages, read_network
from tests.roads.conftest import town

_MOST_BYTES_A_ROAD_NODE = 60
_SCRIPT = """
import sys
from pathlib import Path
import numpy as np
from deserts.roads.osm.extract import read_way_nodes
from deserts.roads.pages import give_back
from deserts.roads.reader import read_network

def memory(kind):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(kind))

before, source = map(Path, sys.argv[1:])
road_nodes = read_way_nodes(source).size
read_network(before)
give_back()
start = memory("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
network = read_network(source)
arrays = [value for value in vars(network).values() if isinstance(value, np.ndarray)]
arrays += [column for arcs in (network.forward, network.reverse) for column in (arcs.ptr, arcs.heads, arcs.costs)]
print((memory("VmHWM") - start - sum(array.nbytes for array in arrays)) / road_nodes)
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only there does the library give memory back when told")
@pytest.mark.skipif((os.cpu_count() or 1) > 4, reason="each core has a part of the roads in hand")
def test_reading_new_york_takes_little_memory_beyond_the_network(shared):
    files = [str(shared / "roads" / f"{name}.osm.pbf") for name in ("nky_streets", "ny_streets")]
    done = subprocess.run([sys.executable, "-c", _SCRIPT, *files], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= _MOST_BYTES_A_ROAD_NODE


def test_a_network_is_the_same_where_the_library_cannot_be_told(write_osm, monkeypatch):
    path = write_osm(*town(3))
    told = read_network(path)
    monkeypatch.setattr(pages, "_library", lambda: None)
    again = read_network(path)
    for name, column in vars(told).items():
        if isinstance(column, np.ndarray):
            assert np.array_equal(column, getattr(again, name)), name

"""``python -m benchmarks.read_directory FOLDER NPIS``: read one directory alone in a process; print what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from deserts.sources.directories.listing import Wanted
from deserts.sources.directories.read import read_directory


def main() -> None:
    """Print seconds, peak memory and rows as JSON."""
    npis = frozenset(Path(sys.argv[2]).read_text(encoding="utf-8").split())
    start, used = time.perf_counter(), time.process_time()
    reading = read_directory([Path(sys.argv[1])], wanted=Wanted(npis=npis), source="npd")
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    print(json.dumps({"s": seconds, "cpu_s": cpu, "peak_kib": peak, "rows": len(reading.frame)}))


if __name__ == "__main__":
    main()

"""``python -m benchmarks.read_price_file PATH CODE…``: read one price file alone in a process; print what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from deserts.sources.publishers.price_files import read_prices


def main() -> None:
    """Print seconds, peak memory, items and prices as JSON."""
    start, used = time.perf_counter(), time.process_time()
    read = read_prices(Path(sys.argv[1]), codes=sys.argv[2:])
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    print(
        json.dumps(
            {"s": seconds, "cpu_s": cpu, "peak_kib": peak, "items": read.head.matched, "prices": len(read.prices)}
        )
    )


if __name__ == "__main__":
    main()

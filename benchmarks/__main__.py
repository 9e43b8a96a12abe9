"""Run every benchmark in turn: ``python -m benchmarks [topic …]``; results go to ``benchmarks/results``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all; each in a process of its own so that peak memory is its own."""
    topics = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))
    if unknown := sorted(set(wanted) - set(topics)):
        print(f"no benchmark called {', '.join(unknown)}; there are {', '.join(topics)}", file=sys.stderr)
        return 2
    failed = []
    for topic in wanted or topics:
        print(f"== {topic}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.bench_{topic}"], check=False).returncode:
            failed.append(topic)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

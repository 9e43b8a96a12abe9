"""``python -m tests.fuzz``: fuzz every target, or one mutation again. ``make fuzz`` asks for 50,000 mutations."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.harness import mutated, run, spread
from tests.fuzz.targets import build


def main() -> int:
    """Fuzz, print findings and one line a target, and return 1 where there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; all when none is named")
    parser.add_argument("--mutations", type=int, default=50_000, help="in all")
    parser.add_argument("--only", type=int, help="run this mutation of one target in this process")
    parser.add_argument("--save", type=Path, help="where to write the mutation of --only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deserts-fuzz-") as name:
        folder = Path(name)
        targets = tuple(t for t in build(folder) if not given.names or t.name in given.names)
        if given.only is not None:
            place = folder / targets[0].file_name
            place.write_bytes(mutated(targets[0], given.only))
            if given.save:
                given.save.write_bytes(place.read_bytes())
            print(targets[0].read(place))
            return 0
        return _all(targets, given.mutations, folder)


def _all(targets, mutations: int, folder: Path) -> int:
    started, findings, tried, taken = time.monotonic(), [], 0, 0
    for target, numbers in spread(targets, mutations):
        began = time.monotonic()
        found, read = run(target, numbers, folder)
        findings += found
        tried, taken = tried + len(numbers), taken + read
        print(
            f"{target.name:<26} {len(numbers):>6} tried {read:>6} taken {time.monotonic() - began:6.1f} s", flush=True
        )
        for finding in found[:5]:
            print(f"    {finding.number}: {finding.what}", flush=True)
    seconds = time.monotonic() - started
    print(f"{len(targets)} targets, {tried:,} files, {taken:,} taken, {len(findings)} findings, {seconds:.0f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

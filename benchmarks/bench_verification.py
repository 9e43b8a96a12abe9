"""What it costs to check every file against its recorded hash before it is used: in a run, and in one question.

The functions that compare hashes, and those that work out the identity of files (sha256, of raw files too), are timed
inside the real commands, by processor time and by the clock. A run that finds everything unchanged is the worst case of
a run: it checks all files and makes none.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench_pipeline import us_run
from benchmarks.harness import Report, peak_memory, shared_data

RUNS = 5
QUESTION = ("backup", "--region", "US", "--service", "mohs", "--zip", "04401", "--json")


class Meter:
    """Time spent inside one function that others call."""

    def __init__(self, inner: Callable[..., object]) -> None:
        self._inner, self.cpu_s, self.clock_s, self.calls = inner, 0.0, 0.0, 0

    def __call__(self, *given: object, **named: object) -> object:
        """Call the function and add what it took."""
        clock, cpu = time.perf_counter(), time.process_time()
        try:
            return self._inner(*given, **named)
        finally:
            self.clock_s += time.perf_counter() - clock
            self.cpu_s += time.process_time() - cpu
            self.calls += 1


def _metered(work: Callable[[], object]) -> dict[str, float]:
    """Do some work; return what it took and what of that was the comparing and the recording of hashes."""
    from deserts.store import digests

    meter, recording = Meter(digests._quick_of), Meter(digests.digest_of)
    digests._quick_of = meter  # type: ignore[assignment]
    for module in [module for name, module in sys.modules.items() if name.startswith("deserts")]:
        if hasattr(module, "digest_of"):
            module.digest_of = recording
    clock, cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        work()
    return {
        "seconds": time.perf_counter() - clock,
        "cpu_s": time.process_time() - cpu,
        "verification_s": meter.clock_s,
        "verification_cpu_s": meter.cpu_s,
        "files": meter.calls,
        "recording_cpu_s": recording.cpu_s,
    }


def run_all_stages(shared: str, data: str) -> dict[str, float]:
    """Run the main job."""
    from deserts.pipeline.stages import run_all

    run = us_run(Path(shared), Path(data))
    return _metered(lambda: [*run_all(run)])


def ask(data: str) -> dict[str, float]:
    """Ask one question, in a process that has read nothing yet."""
    from deserts.cli import main

    def question() -> None:
        with contextlib.suppress(SystemExit):
            main([*QUESTION, "--data", data])

    return _metered(question)


def _row(name: str, runs: list[dict[str, float]]) -> dict[str, object]:
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    every = middle["verification_cpu_s"] + middle["recording_cpu_s"]
    return {"work": name, "runs": len(runs), **middle, "share_of_cpu": every / middle["cpu_s"]}


def main() -> int:
    """Measure and write the results."""
    shared = shared_data()
    if shared is None:
        print("the real data are not beside the checkout; set DESERTS_SHARED")
        return 0
    report = Report("verification", "Comparing every file with its recorded hash, United States, Mohs surgery 2021.")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        us_run(shared, data)  # the demand file is made before the clock starts
        whole = peak_memory(run_all_stages, str(shared), folder)[1]
        again = [peak_memory(run_all_stages, str(shared), folder)[1] for _ in range(RUNS)]
        asked = [peak_memory(ask, folder)[1] for _ in range(RUNS)]
    rows = [
        _row("main job from raw files", [whole]),
        _row("main job, nothing changed", again),
        _row("backup, cold", asked),
    ]
    report.table("inside the real commands", rows, note="Limits: 3 % of the main job, 0.15 seconds of a question.")
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())

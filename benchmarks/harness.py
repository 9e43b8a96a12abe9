"""What every benchmark shares: the machine, alternating runs, peak memory of a child process, and the result files.

A bench file measures with `alternating` and `peak_memory`, collects with a `Report`, and ends with ``report.write()``,
which prints the figures and writes ``benchmarks/results/<topic>.json`` and ``.md``. Figures are rounded to four digits
and keys are sorted, so that two results differ only where the measurements do.

Examples
--------
>>> report = Report("demo", "What is measured, in a sentence.")
>>> runs = alternating({"ours": lambda: sum(range(10)), "theirs": lambda: max(range(10))}, runs=5)
>>> report.timings("sum against max", runs, base="theirs")
>>> report.fact("rows", 10)
>>> report.write()  # doctest: +SKIP
"""

from __future__ import annotations

import gc
import importlib.metadata
import json
import math
import multiprocessing
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "Report", "Timing", "alternating", "machine", "peak_memory", "shared_data"]

RESULTS = Path(__file__).resolve().parent / "results"
_PACKAGES = ("numpy", "scipy", "numba", "pandas", "shapely", "networkx", "osmium", "osmnx", "pandana", "igraph", "dask")


def shared_data() -> Path | None:
    """Return the folder of real public data beside the checkout (or at ``$DESERTS_SHARED``), or None."""
    root = Path(os.environ.get("DESERTS_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    return root / "data" if (root / "data" / "README.md").is_file() else None


def machine() -> dict[str, Any]:
    """Describe this machine: processor, cores, memory, system, Python and packages."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of repeated runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def most(self) -> float:
        return max(self.seconds)

    def times(self, factor: float) -> Timing:
        """Scale, for a competitor that was run on a part of the work only."""
        return Timing(tuple(value * factor for value in self.seconds))


def alternating(
    works: Mapping[str, Callable[[], object]],
    *,
    runs: int = 5,
    warm_up: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time several works in turns (A B C, A B C, ...), so that a busy moment of the machine hits all alike.

    Parameters
    ----------
    works
        Name to a function without arguments.
    runs
        Turns.
    warm_up
        Whether each runs once before, unmeasured (compiling, file cache).
    clock
        What tells the time: `time.process_time` leaves out what other programs of a busy machine take.
    """
    if warm_up:
        for work in works.values():
            work()
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(runs):
        for name, work in works.items():
            gc.collect()
            start = clock()
            work()
            seconds[name].append(clock() - start)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def peak_memory(work: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    """Run a function of a module in a fresh process; return its peak memory in MiB and what it returned.

    Raises
    ------
    RuntimeError
        If the process fails.
    """
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(theirs, work, arguments))
    process.start()
    theirs.close()
    try:
        peak, answer = mine.recv()
    except EOFError:
        process.join()
        message = f"the measured process left with code {process.exitcode}"
        raise RuntimeError(message) from None
    process.join()
    return peak, answer


def _measured(pipe: Any, work: Callable[..., Any], arguments: Sequence[Any]) -> None:
    answer = work(*arguments)
    pipe.send((_peak_mib(), answer))
    pipe.close()


def _peak_mib() -> float:
    """Return the peak resident memory of this process; not ``ru_maxrss``, which on Linux remembers the parent."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def rounded(value: Any, digits: int = 4) -> Any:
    """Round all numbers inside a value to some significant digits; not-a-number becomes None."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    number = float(value)
    if not math.isfinite(number):
        return None
    return float(f"{number:.{digits}g}")


@dataclass
class Report:
    """Collects figures of one topic and writes them.

    Parameters
    ----------
    topic
        Name of the result files.
    about
        What is measured and on what, in a sentence or two.
    """

    topic: str
    about: str
    _sections: list[dict[str, Any]] = field(default_factory=list)

    def table(self, title: str, rows: Sequence[Mapping[str, Any]], *, note: str = "") -> None:
        """Add a table; all rows have the keys of the first."""
        self._sections.append({"title": title, "rows": [dict(row) for row in rows], "note": note})

    def timings(self, title: str, runs: Mapping[str, Timing], *, base: str | None = None, note: str = "") -> None:
        """Add medians, least and most of alternating runs; with ``base`` also how many times faster than it each is."""
        rows = []
        for name, timing in runs.items():
            row = {"work": name, "median_s": timing.median, "least_s": timing.least, "most_s": timing.most}
            row["runs"] = len(timing.seconds)
            if base is not None:
                row[f"times faster than {base}"] = runs[base].median / timing.median
            rows.append(row)
        self.table(title, rows, note=note)

    def fact(self, name: str, value: Any, *, note: str = "") -> None:
        """Add a single figure."""
        self.table(name, [{"value": value}], note=note)

    def write(self, folder: Path = RESULTS) -> None:
        """Print the figures and write ``<topic>.json`` and ``<topic>.md``."""
        folder.mkdir(parents=True, exist_ok=True)
        content = rounded({"topic": self.topic, "about": self.about, "machine": machine(), "sections": self._sections})
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        (folder / f"{self.topic}.json").write_text(text, encoding="utf-8")
        page = self._markdown(content)
        (folder / f"{self.topic}.md").write_text(page, encoding="utf-8")
        print(page)

    @staticmethod
    def _markdown(content: Mapping[str, Any]) -> str:
        described = content["machine"]
        packages = ", ".join(f"{name} {version}" for name, version in described["packages"].items())
        lines = [
            f"# {content['topic']}",
            "",
            content["about"],
            "",
            (
                f"Machine: {described['processor']}, {described['cores']} cores, {described['memory_gib']} GiB, "
                f"{described['system']}, Python {described['python']}; {packages}."
            ),
        ]
        for section in content["sections"]:
            lines += ["", f"## {section['title']}", ""]
            if section["rows"]:
                names = list(section["rows"][0])
                lines += ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
                lines += ["| " + " | ".join(_shown(row.get(name)) for name in names) + " |" for row in section["rows"]]
            if section["note"]:
                lines += ["", section["note"]]
        return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.10g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)

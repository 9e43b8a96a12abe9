"""Run mutated files through readers in child processes, and tell what came out that is no message of ours.

A child that ends by a signal, hangs, or takes more memory than ten times its input and 200 MB is a finding like any
foreign exception. Every mutation has a number: ``python -m tests.fuzz NAME --only NUMBER`` runs it again.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from deserts.errors import DesertsError
from tests.fuzz.mutate import mutate

HANG_S = 20.0
FREE_MB = 200
GROWTH = 10


@dataclass(frozen=True)
class Target:
    """One reader.

    Parameters
    ----------
    name
        By which it is called again.
    seeds
        Whole files, as publishers and users write them.
    read
        Reads a file and may only return, or raise a message of ours.
    file_name
        Name of the file that is read: some readers decide by it.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    file_name: str


@dataclass(frozen=True)
class Finding:
    """What is wrong with one mutation."""

    target: str
    number: int
    what: str


def mutated(target: Target, number: int) -> bytes:
    """Return one mutation; number 0 upwards are the seeds themselves."""
    if number < len(target.seeds):
        return target.seeds[number]
    rng = random.Random(f"{target.name} {number}")
    return mutate(rng.choice(target.seeds), rng, others=target.seeds)


def run(target: Target, numbers: range, folder: Path) -> tuple[list[Finding], int]:
    """Run some mutations; return the findings, and how many were taken without a message."""
    findings: list[Finding] = []
    taken, start = 0, numbers.start
    while start < numbers.stop:
        log = Path(tempfile.mkstemp(dir=folder)[1])
        child = os.fork()
        if child == 0:
            _child(target, range(start, numbers.stop), folder, log)
        code, is_hung = _watch(child, log)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        done = [line for line in lines if "end" in line]
        taken += sum(line["taken"] for line in done)
        findings += [Finding(target.name, line["end"], line["what"]) for line in done if line["what"]]
        reached = max((line["begin"] for line in lines if "begin" in line), default=start - 1)
        if is_hung or code != 0:
            what = f"no end within {HANG_S:g} s" if is_hung else f"the process ended with {code}"
            findings.append(Finding(target.name, reached, what))
        start = reached + 1
    return findings, taken


def _watch(child: int, log: Path) -> tuple[int, bool]:
    """Wait for a child; kill it when its log does not grow."""
    size, since = -1, time.monotonic()
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status), False
        now = log.stat().st_size
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > HANG_S:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 0, True
        time.sleep(0.01)


def _child(target: Target, numbers: range, folder: Path, log: Path) -> None:
    """Run mutations until one takes too much memory or all are done; never returns."""
    code = 1
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        place = Path(tempfile.mkdtemp(dir=folder)) / target.file_name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(target.seeds[0])
        _result(target, place)  # what is loaded once is not counted against a mutation
        with log.open("a", buffering=1) as out:
            for number in numbers:
                out.write(json.dumps({"begin": number}) + "\n")
                body = mutated(target, number)
                place.write_bytes(body)
                before = _reset_peak()
                is_taken, what = _result(target, place)
                grown = _peak_mb() - before
                if not what and grown > FREE_MB + GROWTH * len(body) / 1e6:
                    what = f"{grown:.0f} MB for {len(body):,} bytes"
                out.write(json.dumps({"end": number, "taken": is_taken, "what": what}) + "\n")
        code = 0
    finally:
        os._exit(code)


def _result(target: Target, place: Path) -> tuple[bool, str]:
    try:
        target.read(place)
    except DesertsError as error:
        text = str(error)
        told = bool(error.what) and (error.where is not None or place.name in text)
        return False, "" if told else f"a message without file or reason: {text[:200]}"
    except BaseException as error:
        where = traceback.extract_tb(error.__traceback__)
        own = [f"{Path(f.filename).name}:{f.lineno}" for f in where if "/deserts/" in f.filename]
        return False, f"{type(error).__name__}: {str(error)[:150]!r} at {' '.join(own[-3:])}"
    return True, ""


def _reset_peak() -> float:
    """Have the kernel count the peak anew, and return what is taken now (MB); zero where it cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return 0.0
    return _field_mb("VmRSS")


def _peak_mb() -> float:
    return _field_mb("VmHWM") if sys.platform == "linux" else 0.0


def _field_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def spread(targets: tuple[Target, ...], mutations: int) -> Iterator[tuple[Target, range]]:
    """Part a number of mutations among targets, their seeds included."""
    each = -(-mutations // len(targets))
    for target in targets:
        yield target, range(each + len(target.seeds))

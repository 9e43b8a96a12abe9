"""The page under load: questions answered in memory, then 50 requests a second for a minute, on the US Mohs region.

The tables are made once from the real files beside the checkout, in ``benchmarks/tmp/us``; where those are absent, the
embedded example (ITB) takes their place and the result says so.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import statistics
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from benchmarks.bench_pipeline import us_run
from benchmarks.harness import Report, shared_data
from deserts.api.run import Run
from deserts.config import Region, Settings
from deserts.services import load_service

TMP = Path(__file__).resolve().parent / "tmp"
RATE = 50
SECONDS = int(os.environ.get("DESERTS_BENCH_SECONDS", "60"))
CALLERS = 32
QUESTIONS = 400
SEED = 7


def prepared_run() -> Run:
    """Return a run whose tables are there, making them first when they are not."""
    from deserts.pipeline.stage import run_stage
    from deserts.pipeline.stages import STAGES

    shared = shared_data()
    folder = TMP / ("us" if shared else "example")
    folder.mkdir(parents=True, exist_ok=True)
    if shared:
        run = us_run(shared, folder)
    else:
        settings = Settings(data_dir=folder, local_dir=folder / "local", allow_network=False)
        run = Run(settings, Region.parse("example"), load_service("itb"), "manages_pumps")
    for stage in STAGES:
        if stage.name not in ("scores", "map"):
            run_stage(stage, run)
    return run


def zips_of(run: Run) -> list[str]:
    """Return the ZIPs that are asked about: the same ones each time."""
    zips = run.store.read("zips")
    known = sorted(zips.loc[zips["state"].isin(run.region.states), "zip"])
    return random.Random(SEED).sample(known, min(QUESTIONS, len(known)))


def percentiles(milliseconds: list[float]) -> dict[str, float]:
    """Return p50, p90, p99 and the most."""
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return {"p50_ms": cuts[49], "p90_ms": cuts[89], "p99_ms": cuts[98], "most_ms": max(milliseconds)}


def queries(run: Run, zips: list[str]) -> list[dict[str, Any]]:
    """Time the answer alone, and the answer with map and page, once the tables are loaded."""
    from deserts.patients.search.answer import BackupQuery
    from deserts.patients.search.backups import find_backups
    from deserts.patients.search.origin import from_zip
    from deserts.web.desk import load_desk
    from deserts.web.models import read_search

    desk = load_desk(run)
    today = desk.today()

    def answer(zip_code: str) -> None:
        find_backups(BackupQuery(origin=from_zip(zip_code, desk.data.zips), today=today), desk.data, desk.facts())

    def desk_answer(zip_code: str) -> None:
        desk.find(read_search({"zip": zip_code}))

    rows = []
    for name, work in (("backup query", answer), ("the same with its map", desk_answer)):
        for zip_code in zips[:20]:
            work(zip_code)
        taken = []
        for zip_code in zips:
            started = time.perf_counter()
            work(zip_code)
            taken.append((time.perf_counter() - started) * 1000)
        rows.append({"work": name, "questions": len(taken), **percentiles(taken)})
    return rows


def serve(run: Run, pipe: Any) -> None:
    """Serve as ``deserts serve`` does; tell the port through the pipe."""
    from deserts.web.desk import load_desk
    from deserts.web.server import Listen
    from deserts.web.server import run as run_server

    run_server(load_desk(run), Listen(port=0), announce=pipe.send)


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def load(address: str, zips: list[str], pid: int, path: str) -> dict[str, Any]:
    """Send requests at a fixed rate, whatever the answers take, and time each from the moment it was due."""
    taken: list[float] = []
    failed = 0
    lock = threading.Lock()
    memory = [resident_mib(pid)]
    origin = {"origin": address.rstrip("/")}
    limits = httpx.Limits(max_connections=CALLERS)
    # a form is answered by the address of a page that is kept in memory and given once: both requests count
    with httpx.Client(base_url=address, headers=origin, limits=limits, follow_redirects=True) as caller:

        def ask(number: int, due: float) -> None:
            nonlocal failed
            body = {"zip": zips[number % len(zips)]}
            answer = caller.post(path, json=body) if path.startswith("/api/") else caller.post(path, data=body)
            with lock:
                taken.append((time.perf_counter() - due) * 1000)
                failed += answer.status_code != 200

        for number in range(20):
            ask(number, time.perf_counter())
        taken.clear()
        gc.freeze()  # else the caller's own search for unused objects counts as the server's time
        started = time.perf_counter()
        with ThreadPoolExecutor(CALLERS) as pool:
            for number in range(RATE * SECONDS):
                due = started + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                pool.submit(ask, number, due)
                if number % (RATE * 5) == 0:
                    memory.append(resident_mib(pid))
        seconds = time.perf_counter() - started
    return {
        "path": path,
        "requests": len(taken),
        "failed": failed,
        "per_second": len(taken) / seconds,
        **percentiles(taken),
        "memory_start_mib": memory[0],
        "memory_most_mib": max(memory),
        "memory_end_mib": resident_mib(pid),
    }


def main() -> int:
    """Measure and write the results."""
    run = prepared_run()
    zips = zips_of(run)
    report = Report(
        "web", f"Backups of region {run.region.region_id}, service {run.service.service_id}: in memory, served."
    )
    report.table("questions in memory, one after the other", queries(run, zips))
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    server = context.Process(target=serve, args=(run, theirs), daemon=True)
    server.start()
    address = mine.recv()
    try:
        rows = [load(address, zips, int(server.pid or 0), path) for path in ("/api/backups", "/search")]
    finally:
        server.terminate()
        server.join()
    note = f"{RATE} requests a second for {SECONDS} s each; a request's time counts from the moment it was due. "
    report.table("served on loopback", rows, note=note + "The callers run on the same cores as the server.")
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())

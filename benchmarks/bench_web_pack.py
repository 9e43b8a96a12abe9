"""A pack of the embedded example: its size, how long it takes to open, and the page served from it under load.

Where the real files lie beside the checkout, the streets of New York show what a street takes in a pack.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import deserts
from benchmarks.bench_web import RATE, SECONDS, TMP, load, percentiles, queries, serve, zips_of
from benchmarks.harness import Report, shared_data
from deserts.api.run import Run
from deserts.packs import write_pack
from deserts.packs.writing import write_arrow


def serve_pack(pack: str, pipe: Any) -> None:
    """Open a pack and serve it, as ``deserts serve --pack`` does; tell the port through the pipe."""
    serve(deserts.open(pack=pack, local=TMP / "nobody"), pipe)


def opening(run: Run, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Pack a run and open it again; return the pack, and what both take."""
    pack = folder / "example.deserts"
    started = time.perf_counter()
    made = write_pack(pack, run.store, service=run.service, code="bench", made_on=dt.date(2026, 11, 28))
    written = time.perf_counter()
    opened = deserts.open(pack=pack, local=TMP / "nobody")
    taken = time.perf_counter() - written
    network = opened.network
    return pack, {
        "pack": "the example", "nodes": network.nodes, "edges": network.edges, "size_mb": made.size_bytes / 1e6,
        "write_s": written - started, "open_s": taken,
    }  # fmt: skip


def streets(folder: Path) -> list[dict[str, Any]]:
    """Return what New York's streets take, whole."""
    shared = shared_data()
    if shared is None:
        return []
    from deserts.roads import read_network
    from deserts.roads.packing import network_to_tables

    network = read_network(shared / "roads/ny_streets.osm.pbf")
    started, size = time.perf_counter(), 0
    for name, held in network_to_tables(network).items():
        write_arrow(folder / f"{name}.parquet", held)
        size += (folder / f"{name}.parquet").stat().st_size
    return [
        {
            "pack": "roads of New York alone", "nodes": network.nodes, "edges": network.edges, "size_mb": size / 1e6,
            "write_s": time.perf_counter() - started, "open_s": None,
        }
    ]  # fmt: skip


def processor_time(run: Run, zips: list[str]) -> list[dict[str, Any]]:
    """Return the processor time of an answer with its map, which others on the machine change little."""
    from deserts.web.desk import load_desk
    from deserts.web.models import read_search

    desk, taken = load_desk(run), []
    for zip_code in [*zips[:20], *zips]:
        started = time.process_time()
        desk.find(read_search({"zip": zip_code}))
        taken.append((time.process_time() - started) * 1000)
    return [{"work": "answer with its map", "questions": len(zips), **percentiles(taken[20:])}]


def main() -> int:
    """Measure and write the results."""
    run = deserts.build("example", data=TMP / "example")
    with TemporaryDirectory() as name:
        pack, row = opening(run, Path(name))
        report = Report("web_pack", "The example packed into one file: size, opening, and the page served from it.")
        report.table("packs", [row, *streets(Path(name))])
        of_pack = deserts.open(pack=pack, local=TMP / "nobody")
        zips = zips_of(of_pack)
        report.table("processor time of a question in memory", processor_time(of_pack, zips))
        busy = os.getloadavg()[0]
        if busy > (os.cpu_count() or 1):
            report.fact("served", "not measured", note=f"others kept the machine busy: load {busy:.1f}")
            report.write()
            return 0
        report.table("questions in memory, one after the other", queries(of_pack, zips))
        context = multiprocessing.get_context("spawn")
        mine, theirs = context.Pipe(duplex=False)
        server = context.Process(target=serve_pack, args=(str(pack), theirs), daemon=True)
        server.start()
        address = mine.recv()
        try:
            rows = [load(address, zips, int(server.pid or 0), path) for path in ("/api/backups", "/search")]
        finally:
            server.terminate()
            server.join()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked = sum(int(row["requests"]) for row in rows)
    note = (
        f"{RATE} requests a second for {SECONDS} s each, timed from the moment each was due; the callers run on "
        f"the same cores. Load of the machine before: {busy:.1f}. The server spent "
        f"{(spent.ru_utime + spent.ru_stime) * 1000 / asked:.1f} ms of processor time a request, its start included."
    )
    report.table("served on loopback", rows, note=note)
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())

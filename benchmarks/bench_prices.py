"""Hospitals' price files of the largest size that is posted, and Medicaid spending of the publisher's size.

All files are invented. The size of tall CSV and JSON in GB is ``DESERTS_BENCH_GB`` (5 by default); the wide file has
4,002 columns and 300,000 rows. Medicaid has as many rows as the first edition, among them pump rows whose national
totals are those that an independent reader published.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Report, peak_memory, shared_data
from benchmarks.make_price_files import CODES, write_json_file, write_tall_file, write_wide_file
from deserts.example.cast import npi_number
from deserts.sources.publishers.medicaid import read_medicaid

_TOTALS = "evidence_samples/github.com/EarlGlynn/Medicaid-Provider-Spending/summary_by_hcpcs_pump_codes_2018_2024.csv"
_MEDICAID_ROWS = 227_083_361
_GROUP = 1_000_000
_PROVIDERS = 600_000
_NAMES = (
    "BILLING_PROVIDER_NPI_NUM", "SERVICING_PROVIDER_NPI_NUM", "HCPCS_CODE", "CLAIM_FROM_MONTH",
    "TOTAL_UNIQUE_BENEFICIARIES", "TOTAL_CLAIMS", "TOTAL_PAID",
)  # fmt: skip


def bench_prices(report: Report, folder: Path) -> None:
    """Read each layout once, in a process of its own, and hold what it found against what was written."""
    size = float(os.environ.get("DESERTS_BENCH_GB", "5")) * 1e9
    layouts: dict[str, tuple[Path, Callable[[Path], int]]] = {
        "wide CSV, 4,002 columns, 300,000 rows": (folder / "w.csv", lambda p: write_wide_file(p, rows=300_000)),
        "tall CSV": (folder / "t.csv", lambda p: write_tall_file(p, rows=int(size / 153))),
        "JSON": (folder / "j.json", lambda p: write_json_file(p, items=int(size / 12_300))),
    }
    rows = []
    for name, (path, write) in layouts.items():
        written = write(path)
        command = [sys.executable, "-m", "benchmarks.read_price_file", str(path), *CODES]
        took = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        path.unlink()
        rows.append({"file": name, "GB": written / 1e9, "s": took["s"], "MB/s": written / 1e6 / took["s"],
                     "CPU s": took["cpu_s"], "MB a CPU second": written / 1e6 / took["cpu_s"],
                     "peak MB": took["peak_kib"] * 1024 / 1e6, "items found": took["items"],
                     "prices": took["prices"]})  # fmt: skip
    load = os.getloadavg()[0]
    note = f"Load at the end: {load:.1f}. Above 1, seconds of the CPU tell more than those of the clock."
    report.table("Price files for three codes, one read each", rows, note=note)


def pump_rows(totals: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return made-up rows whose number, claims and dollars are the published totals of each code."""
    codes, claims, paid = [], [], []
    for row in totals.itertuples():
        each = np.full(row.rows, row.claims // row.rows)
        each[: row.claims - int(each.sum())] += 1
        dollars = np.full(row.rows, round(row.paid / row.rows, 2))
        dollars[0] = round(row.paid - float(dollars[1:].sum()), 2)
        codes += [row.code] * row.rows
        claims.append(each)
        paid.append(dollars)
    return {"code": np.array(codes), "claims": np.concatenate(claims), "paid": np.concatenate(paid)}


def write_medicaid(path: Path, totals: pd.DataFrame, rows: int) -> int:
    """Write Parquet of so many rows, a million a group, pump rows spread over all of it; return its size."""
    rng = np.random.default_rng(7)
    pumps = pump_rows(totals)
    group_of = rng.integers(0, -(-rows // _GROUP), len(pumps["code"]))
    npis = pa.array([npi_number(n) for n in range(_PROVIDERS)])
    common = [f"{n:05d}" for n in range(10_000, 20_000)]
    codes = pa.array([*common, *totals["code"]])
    months = pa.array([f"{year}-{month:02d}" for year in range(2018, 2025) for month in range(1, 13)])
    at_code = {code: len(common) + place for place, code in enumerate(totals["code"])}

    def text(values: pa.Array, places: np.ndarray) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), values)

    writer = None
    for group in range(-(-rows // _GROUP)):
        count = min(_GROUP, rows - group * _GROUP)
        mine = np.flatnonzero(group_of == group)
        at = rng.choice(count, len(mine), replace=False)
        code = rng.integers(0, len(common), count)
        claims = rng.integers(12, 500, count)
        paid = np.round(rng.random(count) * 900, 2)
        code[at] = [at_code[name] for name in pumps["code"][mine]]
        claims[at], paid[at] = pumps["claims"][mine], pumps["paid"][mine]
        table = pa.table(
            [text(npis, rng.integers(0, _PROVIDERS, count)), text(npis, rng.integers(0, _PROVIDERS, count)),
             text(codes, code), text(months, rng.integers(0, 84, count)), pa.array(claims), pa.array(claims),
             pa.array(paid)], names=list(_NAMES),
        )  # fmt: skip
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return path.stat().st_size


def medicaid(path: str, codes: list[str]) -> tuple[float, pd.DataFrame]:
    """Return seconds, and number of rows, claims and dollars of each code."""
    start = time.perf_counter()
    frame = read_medicaid(Path(path), codes=codes).frame
    found = frame.groupby("code").agg(rows=("code", "size"), claims=("claims", "sum"), paid=("paid_usd", "sum"))
    return time.perf_counter() - start, found


def bench_medicaid(report: Report, folder: Path) -> None:
    """Read a file of the publisher's size and hold each code's totals against the published ones."""
    data = shared_data()
    if data is None or not (data / _TOTALS).is_file():
        report.fact("Medicaid spending", "not measured: the published totals are not at hand")
        return
    raw = pd.read_csv(data / _TOTALS, dtype={0: str})
    names = {"HCPCS_CODE": "code", "Records": "rows", "Total_Claims": "claims", "Total_Paid": "paid"}
    totals = raw.rename(columns=names)[list(names.values())]
    rows = int(os.environ.get("DESERTS_BENCH_MEDICAID_ROWS", _MEDICAID_ROWS))
    path = folder / "medicaid.parquet"
    size = write_medicaid(path, totals, rows)
    peak, (seconds, found) = peak_memory(medicaid, str(path), sorted(totals["code"]))
    path.unlink()
    kept = found.reindex(totals["code"]).reset_index(drop=True)
    fits = all(np.allclose(kept[name], totals[name]) for name in ("rows", "claims", "paid"))
    report.table(
        "Medicaid spending in Parquet, for the pump codes",
        [{"rows": rows, "GB": size / 1e9, "s": seconds, "peak MiB": peak, "rows found": int(kept["rows"].sum()),
          "totals of each code as published": fits}],
        note="The first edition holds 227,083,361 rows; DESERTS_BENCH_MEDICAID_ROWS sets another number.",
    )  # fmt: skip


def main() -> None:
    """Measure and write the results."""
    report = Report("prices", "Hidden supply: price files of hospitals and Medicaid spending, of the sizes that occur.")
    with tempfile.TemporaryDirectory(prefix="deserts-bench-") as folder:
        bench_prices(report, Path(folder))
        bench_medicaid(report, Path(folder))
    report.write()


if __name__ == "__main__":
    main()

"""Filtering a large file of claims for 20 codes and the registry's monthly file; the real files; twenty kills.

The size of the synthetic file in GB is ``DESERTS_BENCH_GB`` (3 by default, as the publisher's file of a year).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd

from benchmarks.harness import Report, Timing, peak_memory, shared_data
from deserts.services import load_service
from deserts.sources.publishers.adequacy import read_adequacy
from deserts.sources.publishers.claims import CLAIMS, read_claims
from deserts.sources.publishers.directory import read_directory
from deserts.sources.publishers.hospitals import read_hospitals
from deserts.sources.publishers.nppes import LOCATIONS, REGISTRY, read_deactivated, read_locations, read_nppes

CODES = (
    "62367", "62368", "62369", "62370", "95990", "95991", "J0475", "J0476", "62350", "62351", "62355", "62360", "62361",
    "62362", "62365", "64642", "64643", "64644", "64645", "64646",
)  # fmt: skip
NAME = "MUP_PHY_R25_P05_V20_D23_Prov_Svc.csv"
_COLUMNS = (
    "Rndrng_NPI,Rndrng_Prvdr_Last_Org_Name,Rndrng_Prvdr_First_Name,Rndrng_Prvdr_MI,Rndrng_Prvdr_Crdntls,"
    "Rndrng_Prvdr_Ent_Cd,Rndrng_Prvdr_St1,Rndrng_Prvdr_St2,Rndrng_Prvdr_City,Rndrng_Prvdr_State_Abrvtn,"
    "Rndrng_Prvdr_State_FIPS,Rndrng_Prvdr_Zip5,Rndrng_Prvdr_RUCA,Rndrng_Prvdr_RUCA_Desc,Rndrng_Prvdr_Cntry,"
    "Rndrng_Prvdr_Type,Rndrng_Prvdr_Mdcr_Prtcptg_Ind,HCPCS_Cd,HCPCS_Desc,HCPCS_Drug_Ind,Place_Of_Srvc,Tot_Benes,"
    "Tot_Srvcs,Tot_Bene_Day_Srvcs,Avg_Sbmtd_Chrg,Avg_Mdcr_Alowd_Amt,Avg_Mdcr_Pymt_Amt,Avg_Mdcr_Stdzd_Amt"
)
_BLOCK_ROWS = 20_000
_SHARE_WANTED = 0.002
"""About this share of the publisher's rows carries one of the codes."""


def _npi(serial: int) -> str:
    digits = [int(d) for d in f"80840{serial:09d}"]
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return f"{serial:09d}{-total % 10}"


def synthesise(path: Path, size_bytes: int) -> int:
    """Write invented rows in the current layout until the file has that size; return their number."""
    rng = np.random.default_rng(20261122)
    npis = [_npi(100_000_000 + i) for i in range(2_000)]
    common = [f"{90_000 + i}" for i in range(3_000)]
    blocks = []
    for _ in range(8):
        wanted = rng.random(_BLOCK_ROWS) < _SHARE_WANTED
        lines = [
            f'{npis[a]},LASTNAME{a},FIRST,M,M.D.,I,"{a} Main Street, Suite {b % 99}",,Springfield,ME,23,04401,1,'
            f'"Metropolitan area core: primary flow within an urbanized area of 50,000 and greater",US,'
            f"Physical Medicine and Rehabilitation,Y,{CODES[b % 20] if w else common[b]},"
            f'"A description of a procedure, invented, of usual length for such a text in this file",N,'
            f"{'OF'[b % 2]},{11 + b % 90},{12 + b % 200},{12 + b % 200},{b}.55,{b}.1234567,{b}.7654321,{b}.5555555\n"
            for a, b, w in zip(
                rng.integers(0, 2_000, _BLOCK_ROWS), rng.integers(0, 3_000, _BLOCK_ROWS), wanted, strict=True
            )
        ]
        blocks.append("".join(lines).encode())
    rows = 0
    with path.open("wb") as stream:
        stream.write(_COLUMNS.encode() + b"\n")
        turn = 0
        while stream.tell() < size_bytes:
            stream.write(blocks[turn % len(blocks)])
            rows += _BLOCK_ROWS
            turn += 1
    return rows


def ours(path: str) -> tuple[float, int]:
    start = time.perf_counter()
    found = read_claims(Path(path), codes=CODES)
    return time.perf_counter() - start, len(found.frame)


def pandas_chunked(path: str) -> tuple[float, int]:
    """Read in chunks, only the columns that we keep too, as text; the usual way of doing it."""
    start = time.perf_counter()
    wanted = [field.aliases[0] for field in CLAIMS.fields]
    chunks = pd.read_csv(path, usecols=wanted, dtype=str, chunksize=500_000)
    found = pd.concat([chunk[chunk["HCPCS_Cd"].isin(CODES)] for chunk in chunks])
    return time.perf_counter() - start, len(found)


def bench_filter(report: Report, folder: Path) -> None:
    gigabytes = float(os.environ.get("DESERTS_BENCH_GB", "3"))
    path = folder / NAME
    rows = synthesise(path, int(gigabytes * 1e9))
    works = {"deserts": ours, "pandas, chunked": pandas_chunked}
    seconds: dict[str, list[float]] = {name: [] for name in works}
    peaks: dict[str, float] = {}
    kept: dict[str, int] = {}
    try:
        for _ in range(2):
            for name, work in works.items():
                peak, (took, found) = peak_memory(work, str(path))
                seconds[name].append(took)
                peaks[name] = max(peaks.get(name, 0.0), peak)
                kept[name] = found
        size = path.stat().st_size
    finally:
        path.unlink()
    assert len(set(kept.values())) == 1, kept
    runs = {name: Timing(tuple(values)) for name, values in seconds.items()}
    report.timings(f"Filter {size / 1e9:.2f} GB, {rows:,} rows, for 20 codes", runs, base="pandas, chunked")
    report.table("Peak memory of the process", [{"work": name, "MiB": peak} for name, peak in peaks.items()])
    report.fact("rows kept", kept["deserts"])
    report.fact("megabytes a second", size / 1e6 / runs["deserts"].median)


_PADDING = 280
"""Columns of the registry's file that nobody reads; most of them are empty."""
_WANTED_TAXONOMIES = tuple(load_service("itb").taxonomies)
_PUBLISHED_GB = 9.0
"""Size of the publisher's own file, unpacked."""


def synthesise_registry(path: Path, size_bytes: int) -> int:
    """Write an invented monthly archive as published: main file, secondary locations, header members."""
    rng = np.random.default_rng(20261122)
    header = [field.aliases[0] for field in REGISTRY.fields]
    header += [f"Other Provider Identifier_{i}" for i in range(_PADDING)]
    empty = ',""' * (_PADDING - 12) + ',"invented filling of the usual length"' * 12
    blocks = []
    for block in range(6):
        wanted = rng.random(_BLOCK_ROWS) < _SHARE_WANTED * 5
        lines = []
        for i, want in enumerate(wanted):
            serial = block * _BLOCK_ROWS + i
            code = _WANTED_TAXONOMIES[serial % len(_WANTED_TAXONOMIES)] if want else "1223G0001X"
            cells = [_npi(100_000_000 + serial), "1", "", f"LASTNAME{serial}", "FIRST", "M", "M.D.",
                     f"{serial} MAIN STREET", f"SUITE {serial % 99}", "SPRINGFIELD", "ME", "044011234", "US",
                     "2075550100", "01/02/2026", "", "", code, *[""] * 14, "Y", *[""] * 14]  # fmt: skip
            lines.append('"' + '","'.join(cells) + '"' + empty + "\n")
        blocks.append("".join(lines).encode())
    head = ('"' + '","'.join(header) + '"\n').encode()
    second = ('"' + '","'.join(field.aliases[0] for field in LOCATIONS.fields) + '"\n').encode()
    place = b'"%s","9 SIDE STREET","","SPRINGFIELD","ME","04401","2075550101"\n'
    rows = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("npidata_pfile_20050523-20260412.csv", "w", force_zip64=True) as stream:
            written = stream.write(head)
            while written < size_bytes:
                written += stream.write(blocks[rows // _BLOCK_ROWS % len(blocks)])
                rows += _BLOCK_ROWS
        archive.writestr("npidata_pfile_20050523-20260412_fileheader.csv", head)
        archive.writestr("pl_pfile_20050523-20260412.csv", second + b"".join(
            place % _npi(100_000_000 + i % 120_000).encode() for i in range(1_000_000)))  # fmt: skip
        archive.writestr("pl_pfile_20050523-20260412_fileheader.csv", second)
    return rows


def registry_filtered(path: str) -> tuple[float, int]:
    """Read who has a taxonomy of the service, as the stage ``specialists`` does."""
    start = time.perf_counter()
    found = read_nppes(Path(path), taxonomies=_WANTED_TAXONOMIES, npis=())
    return time.perf_counter() - start, len(found.frame)


def locations_read(path: str) -> tuple[float, int]:
    start = time.perf_counter()
    found = read_locations(Path(path))
    return time.perf_counter() - start, len(found.frame)


def deactivated_read(path: str) -> tuple[float, int]:
    start = time.perf_counter()
    found = read_deactivated(Path(path))
    return time.perf_counter() - start, len(found.frame)


def synthesise_deactivated(path: Path) -> None:
    """Write an invented report of the usual length: a workbook in a zip."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("DeactivatedNPIs")
    sheet.append(["CMS Deactivated NPI's Report"])
    sheet.append(["NPI", "NPPES Deactivation Date"])
    for i in range(333_566):
        sheet.append([_npi(150_000_000 + i), "04/13/2026"])
    inner = path.with_suffix(".xlsx")
    book.save(inner)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "NPPES Deactivated NPI Report 20260413.xlsx")
    inner.unlink()


def bench_registry(report: Report, folder: Path) -> None:
    gigabytes = float(os.environ.get("DESERTS_BENCH_GB", "3"))
    monthly, report_file = folder / "NPPES_Data_Dissemination_April_2026_V2.zip", folder / "deactivated.zip"
    rows = synthesise_registry(monthly, int(gigabytes * 1e9))
    synthesise_deactivated(report_file)
    packed = monthly.stat().st_size / 1e9
    works = {
        f"main file of {gigabytes:g} GB ({rows:,} rows) in a zip of {packed:.2f} GB": (registry_filtered, monthly),
        "secondary locations (1,000,000 rows) in the same zip": (locations_read, monthly),
        "deactivations (333,566 rows), workbook in a zip": (deactivated_read, report_file),
    }
    listed = []
    try:
        for name, (work, path) in works.items():
            peak, (took, kept) = peak_memory(work, str(path))
            listed.append({"file": name, "s": took, "peak_MiB": peak, "rows kept": kept})
    finally:
        monthly.unlink()
        report_file.unlink()
    note = "The invented zip packs far better than the publisher's (about 1 GB for 9 GB), so unpacking is cheaper here."
    report.table("The provider registry's monthly file, streamed from the zip as published", listed, note=note)
    report.fact(
        f"derived, not measured: main file of {_PUBLISHED_GB:g} GB, s", listed[0]["s"] * _PUBLISHED_GB / gigabytes
    )


def bench_real(report: Report) -> None:
    data = shared_data()
    if data is None:
        report.fact("real files", "not at hand")
        return
    mirror = data / "mirror"
    works = {
        "claims of 2021, one specialty (8,938 rows)": lambda: read_claims(
            data / "claims/by_provider_and_service_2021_mohs.csv.gz"
        ),
        "directory of Maine (6,090 lines)": lambda: read_directory(data / "directory/dac_maine_slice.csv"),
        "registry file (1,000 rows, 330 columns)": lambda: read_nppes(data / "directory/npidata_pfile_first1000.csv"),
        "hospitals (5,421 rows)": lambda: read_hospitals(
            mirror / "data.cms.gov/provider-data/dataset/xubh-q36u/Hospital_General_Information.csv"
        ),
        "adequacy workbook (94,598 limits)": lambda: read_adequacy(
            mirror / "www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx"
        ),
    }
    rows = []
    for name, work in works.items():
        work()
        start = time.perf_counter()
        work()
        rows.append({"file": name, "s": time.perf_counter() - start})
    report.table("Reading real files", rows)


def bench_kills(report: Report) -> None:
    """Run the test of kills with twenty of them."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/sources/test_kill.py"],
        env={**os.environ, "DESERTS_KILLS": "20"}, cwd=Path(__file__).resolve().parents[1], check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    report.table(
        "A fetch that is killed 20 times ends with the bytes of an undisturbed one",
        [{"kills": 20, "held": done.returncode == 0, "s": time.perf_counter() - start}],
    )
    if done.returncode:
        print(done.stdout[-3000:], file=sys.stderr)


def main() -> None:
    report = Report("sources", "Ingestion: filtering a file of the publisher's size, reading real files, kills.")
    with tempfile.TemporaryDirectory(prefix="deserts-bench-") as folder:
        bench_filter(report, Path(folder))
        bench_registry(report, Path(folder))
    bench_real(report)
    bench_kills(report)
    report.write()


if __name__ == "__main__":
    main()

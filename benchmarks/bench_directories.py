"""The National Provider Directory's form at several sizes: practitioners, roles and places as NDJSON, 3,000 wanted.

All records are invented. The largest size in GB is ``DESERTS_BENCH_GB`` (10 by default); half of it and a quarter are
read too, so that growth is measured, and what the whole nation takes follows from it by a straight line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import Report
from deserts.example.cast import npi_number

_WANTED = 3_000
_NATION = 7_400_000
"""Practitioners of the National Provider Directory; it has 2.5 million places, a third of that."""
_PEOPLE_A_PLACE = 3
_PAD = "x" * 900
"""Fills a practitioner to about the size that the published ones have (2.3 kB)."""
_BYTES_A_PERSON = 3_520
_NPI = "http://terminology.hl7.org/NamingSystem/npi"


def write_directory(folder: Path, size_bytes: int) -> tuple[int, int, list[str]]:
    """Write practitioners, roles and places of a size in all; return bytes, people, and the NPIs that are wanted."""
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"compression_algorithm": "zstd", "files": {}}', encoding="utf-8")
    people = max(_WANTED, size_bytes // _BYTES_A_PERSON)
    every = people // _WANTED
    wanted = []
    with (
        (folder / "Practitioner.ndjson").open("w", encoding="utf-8") as practitioners,
        (folder / "PractitionerRole.ndjson").open("w", encoding="utf-8") as roles,
        (folder / "Location.ndjson").open("w", encoding="utf-8") as places,
    ):
        for number in range(people):
            npi = npi_number(number)
            if number % every == 0 and len(wanted) < _WANTED:
                wanted.append(npi)
            practitioners.write(_practitioner(npi) + "\n")
            roles.write(_role(npi, number // _PEOPLE_A_PLACE) + "\n")
            if number % _PEOPLE_A_PLACE == 0:
                places.write(_place(number // _PEOPLE_A_PLACE) + "\n")
    return sum(path.stat().st_size for path in folder.iterdir()), people, wanted


def _practitioner(npi: str) -> str:
    return (
        f'{{"resourceType":"Practitioner","id":"Practitioner-{npi}","active":true,"identifier":[{{"system":"{_NPI}",'
        f'"value":"{npi}"}}],"name":[{{"use":"official","family":"Doe","given":["Jan"]}}],"text":{{"div":"{_PAD}{_PAD}"}}}}'
    )


def _role(npi: str, place: int) -> str:
    return (
        f'{{"resourceType":"PractitionerRole","id":"role-{npi}","practitioner":{{"reference":"Practitioner/Practitioner-'
        f'{npi}"}},"location":[{{"reference":"Location/{place}"}}],"specialty":[{{"coding":[{{"system":'
        f'"http://nucc.org/provider-taxonomy","code":"208100000X"}}]}}],"text":{{"div":"{_PAD}"}}}}'
    )


def _place(number: int) -> str:
    return (
        f'{{"resourceType":"Location","id":"{number}","address":{{"line":["{number} Main St"],"city":"Bangor",'
        f'"state":"ME","postalCode":"04401"}},"position":{{"longitude":-68.8,"latitude":44.8}}}}'
    )


def bench_directories(report: Report, folder: Path) -> None:
    """Read a quarter, a half and the whole, each in a process of its own; as many rows must come as were wanted."""
    largest = float(os.environ.get("DESERTS_BENCH_GB", "10")) * 1e9
    rows = []
    for share in (0.25, 0.5, 1.0):
        place = folder / f"{share}"
        written, people, wanted = write_directory(place, int(largest * share))
        npis = folder / "npis.txt"
        npis.write_text("\n".join(wanted), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.read_directory", str(place), str(npis)]
        took = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for path in place.iterdir():
            path.unlink()
        if took["rows"] != len(wanted):
            raise RuntimeError(f"{took['rows']} rows read, {len(wanted)} are wanted")
        rows.append(
            {
                "practitioners": people, "GB": written / 1e9, "s": took["s"], "MB/s": written / 1e6 / took["s"],
                "CPU s": took["cpu_s"], "MB a CPU second": written / 1e6 / took["cpu_s"],
                "peak MB": took["peak_kib"] * 1024 / 1e6, "rows": took["rows"],
            }
        )  # fmt: skip
    note = (
        f"Load at the end: {os.getloadavg()[0]:.1f}. Above 1, seconds of the CPU tell more than those of the clock. "
        "Limits at 10 GB: 400 MB, 150 MB/s."
    )
    report.table("A national directory as NDJSON, 3,000 practitioners wanted", rows, note=note)
    sizes = np.array([row["practitioners"] for row in rows], dtype=float)
    grown = {
        name: float(np.polyval(np.polyfit(sizes, [row[name] for row in rows], 1), _NATION))
        for name in ("s", "CPU s", "peak MB")
    }
    note = "A straight line through the rows above. Limits: 900 s, 4,000 MB."
    report.table("By that growth, the whole nation", [{"practitioners": _NATION, **grown}], note=note)


def main() -> None:
    """Measure and write the results."""
    report = Report("directories", "Payers' directories: the form and, where asked for, the size of the national one.")
    with tempfile.TemporaryDirectory(prefix="deserts-bench-") as folder:
        bench_directories(report, Path(folder))
    report.write()


if __name__ == "__main__":
    main()

"""The National Provider Directory's form at several sizes, 3,000 practitioners wanted.

All records are invented. Of each kind there are as many for one practitioner, and they are as long, as the published
directory has them (its counts of August and its manifest of May 2026). The largest size in GB is ``DESERTS_BENCH_GB``
(10 by default); half of it and a quarter are read too, so that growth is measured, and what the whole nation takes
follows from it by a straight line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.harness import Report
from deserts.example.cast import npi_number

_WANTED = 3_000
_NATION = 7_373_232
"""Practitioners of the National Provider Directory."""
_NPI = "http://terminology.hl7.org/NamingSystem/npi"
_ORGANISATIONS = 8_000_000
"""Number of the first organisation's NPI: behind those of all people."""


def _practitioner(npi: str) -> str:
    return (
        f'{{"resourceType":"Practitioner","id":"Practitioner-{npi}","active":true,"identifier":[{{"system":"{_NPI}",'
        f'"value":"{npi}"}}],"name":[{{"use":"official","family":"Doe","given":["Jan"]}}],"text":{{"div":"'
    )


def _role(npi: str, number: int, person: int) -> str:
    return (
        f'{{"resourceType":"PractitionerRole","id":"PractitionerRole-{npi}-{number}","practitioner":{{"reference":'
        f'"Practitioner/Practitioner-{npi}"}},"organization":{{"reference":"Organization/Organization-'
        f'{npi_number(_ORGANISATIONS + person * 3 // 5)}"}},"location":[{{"reference":"Location/Location-{person // 3}"'
        '}],"text":{"div":"'
    )


def _organisation(number: int) -> str:
    npi = npi_number(_ORGANISATIONS + number)
    return (
        f'{{"resourceType":"Organization","id":"Organization-{npi}","active":true,"identifier":[{{"system":"{_NPI}",'
        f'"value":"{npi}"}},{{"type":{{"coding":[{{"code":"TAX"}}]}},"value":"{number}"}}],"type":[{{"coding":[{{"code":'
        f'"prov","display":"Healthcare Provider"}}]}}],"name":"Practice {number}","telecom":[{{"system":"phone",'
        f'"value":"{2075550000 + number % 10000}"}}],"text":{{"div":"'
    )


def _affiliation(number: int) -> str:
    npi = npi_number(_ORGANISATIONS + 9 * number)
    return (
        f'{{"resourceType":"OrganizationAffiliation","id":"OrganizationAffiliation-{number}","active":true,'
        f'"organization":{{"reference":"Organization/Organization-{number}"}},"participatingOrganization":{{"reference":'
        f'"Organization/Organization-{npi}"}},"code":[{{"text":"Member Of"}}],"text":{{"div":"'
    )


def _place(number: int) -> str:
    return (
        f'{{"resourceType":"Location","id":"Location-{number}","address":{{"line":["{number} Main St"],"city":"Bangor",'
        f'"state":"ME","postalCode":"04401"}},"position":{{"longitude":-68.8,"latitude":44.8}},"text":{{"div":"'
    )


def _endpoint(number: int) -> str:
    return f'{{"resourceType":"Endpoint","id":"Endpoint-{number}","status":"active","text":{{"div":"'


_BYTES = {
    "Practitioner": 2_618, "PractitionerRole": 357, "Organization": 1_755, "OrganizationAffiliation": 799,
    "Location": 271, "Endpoint": 984,
}  # fmt: skip
"""Mean length of a line as published."""
_BYTES_A_PERSON = 4_760


def _records_of(person: int) -> Iterator[tuple[str, str]]:
    """Yield what comes with one person: kind and record up to the text that fills it."""
    npi = npi_number(person)
    yield "Practitioner", _practitioner(npi)
    for number in range(_roles_of(person)):
        yield "PractitionerRole", _role(npi, number, person)
    others: tuple[tuple[str, int, int, Callable[[int], str]], ...] = (
        ("Organization", 3, 5, _organisation), ("Location", 1, 3, _place), ("Endpoint", 2, 13, _endpoint),
        ("OrganizationAffiliation", 1, 15, _affiliation),
    )  # fmt: skip
    for kind, count, people, record in others:
        for number in range(person * count // people, (person + 1) * count // people):
            yield kind, record(number)


def _roles_of(person: int) -> int:
    """Return the roles of one person: 2.25 on the average."""
    return 3 if person % 4 == 0 else 2


def write_directory(folder: Path, size_bytes: int) -> tuple[int, int, list[int]]:
    """Write a directory of a size in all; return its bytes, its people, and the numbers of those who are wanted."""
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"compression_algorithm": "zstd", "files": {}}', encoding="utf-8")
    people = max(_WANTED, size_bytes // _BYTES_A_PERSON)
    with ExitStack() as stack:
        streams = {
            kind: stack.enter_context((folder / f"{kind}.ndjson").open("w", encoding="utf-8")) for kind in _BYTES
        }
        for person in range(people):
            for kind, record in _records_of(person):
                streams[kind].write(record + "x" * (_BYTES[kind] - len(record) - 4) + '"}}\n')
    wanted = list(range(0, people, people // _WANTED))[:_WANTED]
    return sum(path.stat().st_size for path in folder.iterdir()), people, wanted


def bench_directories(report: Report, folder: Path) -> None:
    """Read a quarter, a half and the whole, each in a process of its own; as many rows must come as were wanted."""
    largest = float(os.environ.get("DESERTS_BENCH_GB", "10")) * 1e9
    rows = []
    for share in (0.25, 0.5, 1.0):
        place = folder / f"{share}"
        written, people, wanted = write_directory(place, int(largest * share))
        npis = folder / "npis.txt"
        npis.write_text("\n".join(map(npi_number, wanted)), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.read_directory", str(place), str(npis)]
        took = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for path in place.iterdir():
            path.unlink()
        if took["rows"] != sum(map(_roles_of, wanted)):
            raise RuntimeError(f"{took['rows']} rows read, {sum(map(_roles_of, wanted))} are wanted")
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

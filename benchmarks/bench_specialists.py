"""Registry of a whole country from three years of real rows; its parts; the log; the back-test."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.harness import Report, alternating, peak_memory, shared_data
from deserts.config import Settings
from deserts.services import load_service
from deserts.sources.publishers.claims import read_claims
from deserts.specialists import RegistryInputs, build_registry
from deserts.specialists.activity_fit import backtest
from deserts.specialists.addresses import normalise_street
from deserts.specialists.entries import Verification
from deserts.specialists.evidence import billed_rows, claims_evidence, finish
from deserts.specialists.log import open_log

YEARS = (2019, 2020, 2021)
AS_OF = dt.date(2023, 6, 1)
FAR_TITLE = "back-test 2012 to 2019, 2020 and 2021: eight surgeons of the head of that file"
FAR_NOTE = (
    "Years at hand: 2012 (the first 2,151 clinicians of the national file), 2019, 2020, 2021. No two lie three or five "
    "years apart, so Brier skill at those horizons cannot be measured; with one of eight gone no skill can be read "
    "here."
)


def read_years(folder: Path) -> pd.DataFrame:
    names = [f"by_provider_and_service_{year}_mohs.csv.gz" for year in YEARS]
    return pd.concat([read_claims(folder / "claims" / name).frame for name in names], ignore_index=True)


def national(folder: str) -> dict[str, float]:
    """Files to registry in one process; returns seconds and counts."""
    start = time.perf_counter()
    claims = read_years(Path(folder))
    found = build_registry(RegistryInputs(claims=claims), service=load_service("mohs"), as_of=AS_OF)
    return {
        "seconds": time.perf_counter() - start,
        "rows": len(claims),
        "specialists": len(found.specialists),
        "sites": len(found.sites),
    }


def bench_registry(report: Report, folder: Path) -> None:
    mebibytes, measured = peak_memory(national, str(folder))
    for name, value in measured.items():
        report.fact(f"national registry, three years: {name}", value)
    report.fact("national registry, three years: peak memory of the process (MiB)", mebibytes)
    claims, mohs = read_years(folder), load_service("mohs")
    runs = alternating(
        {
            "three years": lambda: build_registry(RegistryInputs(claims=claims), service=mohs, as_of=AS_OF),
            "one year": lambda: build_registry(
                RegistryInputs(claims=claims[claims["year"] == YEARS[-1]]), service=mohs, as_of=AS_OF
            ),
        },
        runs=3,
    )
    report.timings("build_registry alone, without reading", runs, base="one year")
    found = build_registry(RegistryInputs(claims=claims), service=mohs, as_of=AS_OF)
    for year, ahead in ((2019, 1), (2020, 1), (2019, 2)):
        result = backtest(billed_rows(found.evidence), mohs, year=year, ahead=ahead)
        title = f"back-test {year} to {year + ahead}"
        report.table(f"{title} by volume and tenure", result.groups.to_dict("records"))
        report.table(f"{title}: reliability by tenth foretold", result.reliability.to_dict("records"))
        report.fact(f"{title}: clinicians", result.clinicians)
        report.fact(f"{title}: Brier score", result.brier)
        report.fact(f"{title}: Brier score of one share for all", result.brier_of_mean)
        report.fact(f"{title}: Brier skill", result.skill)
    report.table(FAR_TITLE, far_ahead(folder), note=FAR_NOTE)


def far_ahead(folder: Path) -> list[dict[str, float]]:
    """Foretell from the head of the file of 2012 who stands in those of 2019 to 2021: the only years that far apart."""
    mohs = load_service("mohs")
    early = read_claims(folder / "claims/by_provider_and_service_cy2012_head.txt.gz", codes=mohs.codes(), year=2012)
    rows = pd.concat([early.frame, read_years(folder)], ignore_index=True)
    bills = billed_rows(finish(claims_evidence(rows[rows["entity"] == "I"], mohs)[0]))
    table = []
    for ahead in (7, 8, 9):
        found = backtest(bills, mohs, year=2012, ahead=ahead)
        means = found.reliability[["foretold", "seen"]].mul(found.reliability["clinicians"], axis=0).sum()
        table.append({"years_ahead": ahead, "clinicians": found.clinicians, **(means / found.clinicians).to_dict(),
                      "brier": found.brier, "brier_of_one_share": found.brier_of_mean})  # fmt: skip
    return table


def bench_addresses(report: Report) -> None:
    rng = np.random.default_rng(1)
    number = pd.Series(rng.integers(1, 9999, 200_000).astype(str))
    streets = pd.Series(
        rng.choice(["Main Street", "N Oak Avenue, Suite 4", "Medical Center Dr", "US Highway 1"], 200_000)
    )
    lines, nothing = number + " " + streets, pd.Series([""] * 200_000)
    runs = alternating({"normalise_street": lambda: normalise_street(lines, nothing)}, runs=3)
    report.timings("200,000 address lines, about 40,000 distinct", runs, base="normalise_street")


def bench_log(report: Report) -> None:
    entries = [
        Verification("1234567893", "itb", "accepting", "2026-05-01", "phone", note=str(number))
        for number in range(2_000)
    ]
    with tempfile.TemporaryDirectory() as folder:
        log = open_log(Settings(local_dir=Path(folder) / "local"))
        start = time.perf_counter()
        log.append(entries)
        report.fact("log, SQLite: 2,000 answers in one import (s)", time.perf_counter() - start)
        start = time.perf_counter()
        for number in range(50):
            log.append([Verification("1234567893", "itb", "full", "2026-05-01", "phone", note=str(number))])
        report.fact("log, SQLite: one answer on its own (ms, mean of 50)", (time.perf_counter() - start) * 20)
        start = time.perf_counter()
        log.read()
        report.fact("log, SQLite: reading 2,050 answers (s)", time.perf_counter() - start)


def main() -> None:
    report = Report(
        "specialists", "The registry of a whole country from real rows, its parts, and the verification log."
    )
    folder = shared_data()
    if folder is None:
        report.fact("national registry", "skipped: the real public data are not beside the checkout")
    else:
        bench_registry(report, folder)
    bench_addresses(report)
    bench_log(report)
    report.write()


if __name__ == "__main__":
    main()

"""Many questions at once: every answer is right and whole; speed is measured in benchmarks/bench_web.py."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.web.neighbourhood import NPIS

SECONDS = 5
WORKERS = 8


def test_five_seconds_of_questions_from_eight_callers(address):
    expected = {
        exclude: httpx.post(f"{address}/api/backups", json={"zip": "04999", "exclude": list(exclude)}).json()
        for exclude in ((), (NPIS[0],), (NPIS[1], NPIS[2]))
    }
    until = time.monotonic() + SECONDS

    def ask(worker: int) -> tuple[int, int]:
        asked = wrong = 0
        with httpx.Client(base_url=address) as caller:
            while time.monotonic() < until:
                exclude = list(expected)[(worker + asked) % len(expected)]
                answer = caller.post("/api/backups", json={"zip": "04999", "exclude": list(exclude)})
                wrong += answer.status_code != 200 or answer.json() != expected[exclude]
                asked += 1
        return asked, wrong

    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(ask, range(WORKERS)))
    assert all(asked > 0 for asked, _ in results)
    assert sum(wrong for _, wrong in results) == 0

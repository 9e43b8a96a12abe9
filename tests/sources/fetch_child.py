"""A process that fetches a region through given routes: what the tests kill. Arguments: data folder, routes as JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from deserts.config import Region, Settings
from deserts.services import load_service
from deserts.sources import accept
from deserts.sources.fetch import fetch
from deserts.sources.transport.http import Http, HttpSettings

DAY = dt.date(2026, 11, 22)
REGION = Region("ME", ("ME",), ("ME", "NH"), 2020)


def main() -> None:
    """Fetch."""
    accept.LEAST_ROWS.clear()  # the publishers of the tests have one small state
    http = Http(HttpSettings(routes=json.loads(sys.argv[2]), intervals_s={}, backoff_s=0.0))
    fetch(REGION, load_service("itb"), Settings(data_dir=Path(sys.argv[1])), http=http, today=DAY)


if __name__ == "__main__":
    main()

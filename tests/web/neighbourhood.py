"""A made-up desk for the page's tests: six clinicians around one ZIP, counties as boxes, an empty call log."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
from shapely.geometry import box

from deserts.config import Settings
from deserts.patients.search.backups import BackupData
from deserts.web.app import build_app
from deserts.web.desk import Desk
from deserts.web.guard import Guard
from deserts.web.limits import Limits
from deserts.web.outlines import Outlines
from deserts.web.server import Listen, Serving, bind, make_policy
from tests.patients.world import HERE, TODAY, person, world

# Numbers whose check digit is right, since the call log refuses others.
NPIS = ("1000000004", "1000000012", "1000000020", "1000000038", "1000000046", "1000000053")


def counties() -> gpd.GeoDataFrame:
    """Sixteen boxes around the patient."""
    corners = [(HERE.lon - 3 + (i % 4) * 1.5, HERE.lat - 2 + i // 4) for i in range(16)]
    return gpd.GeoDataFrame(
        {"county_fips": [f"23{i:03d}" for i in range(16)], "name": [f"County {i}" for i in range(16)]},
        geometry=[box(lon, lat, lon + 1.5, lat + 1) for lon, lat in corners], crs="EPSG:4326",
    )  # fmt: skip


def make_desk(folder: Path, *, refreshed_on: str = "2026-11-01") -> Desk:
    """Return a desk whose log lies in ``folder``."""
    return Desk(
        data=_data(refreshed_on),
        outlines=_outlines(),
        settings=Settings(data_dir=folder, local_dir=folder / "local", allow_network=False),
        today=lambda: TODAY,
    )


@functools.cache
def _outlines() -> Outlines:
    return Outlines(counties())


@functools.cache
def _data(refreshed_on: str) -> BackupData:
    people = [
        person(int(NPIS[0]), km_east=40.0, drug="baclofen_proven", grade="bills_baclofen", name="Ada Near"),
        person(
            int(NPIS[1]), km_east=75.0, km_north=30.0, drug="baclofen_proven", grade="bills_baclofen", name="Ben Next"
        ),
        person(int(NPIS[2]), km_east=-60.0, km_north=-20.0, name="Cy Unknown", precision="zip"),
        person(int(NPIS[3]), km_east=-90.0, km_north=45.0, name="Dee <script>alert(1)</script>", practice="P-shared"),
        person(int(NPIS[4]), km_east=12.0, km_north=-9.0, name="Eve Maybe", grade="specialty_only", last_year=0),
        person(int(NPIS[5]), km_east=12.5, km_north=-9.2, name="Fay Maybe", grade="specialty_only", last_year=0),
    ]
    return world(*people, refreshed_on=refreshed_on)


def make_app(desk: Desk, *, port: int = 8765) -> Guard:
    """Return the guarded application as `deserts serve` builds it."""
    return build_app(desk, make_policy(Listen(port=port), port=port))


@contextmanager
def serving(desk: Desk, limits: Limits | None = None) -> Iterator[str]:
    """Serve a desk on a free port of this machine as `deserts serve` does; yield its address."""
    listen = Listen(port=0)
    door = bind(listen)
    port = int(door.getsockname()[1])
    server = Serving(desk, make_policy(listen, port=port), door, listen, limits=limits)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.has_started:
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        thread.join(10)

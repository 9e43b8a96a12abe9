"""A made-up desk for the page's tests: six clinicians around one ZIP, counties as boxes, an empty call log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa
from shapely.geometry import box

from deserts.specialists.log import VerificationLog
from deserts.web.app import build_app
from deserts.web.desk import Desk
from deserts.web.guard import Guard
from deserts.web.outlines import Outlines
from deserts.web.server import Listen, bind, make_policy
from tests.patients.world import HERE, TODAY, person, world

# Numbers whose check digit is right, since the call log refuses others.
NPIS = ("1000000004", "1000000012", "1000000020", "1000000038", "1000000046", "1000000053")


def counties() -> gpd.GeoDataFrame:
    """Sixteen boxes around the patient."""
    boxes = [
        (f"23{i:03d}", f"County {i}", box(HERE.lon - 3 + (i % 4) * 1.5, HERE.lat - 2 + (i // 4), HERE.lon - 1.5 + (i % 4) * 1.5, HERE.lat - 1 + (i // 4)))
        for i in range(16)
    ]  # fmt: skip
    return gpd.GeoDataFrame(
        {"county_fips": [b[0] for b in boxes], "name": [b[1] for b in boxes]},
        geometry=[b[2] for b in boxes], crs="EPSG:4326",
    )  # fmt: skip


def make_desk(folder: Path, *, refreshed_on: str = "2026-11-01") -> Desk:
    """Return a desk whose log lies in ``folder``."""
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
    log_file = folder / "local" / "verifications.sqlite"
    return Desk(
        data=world(*people, refreshed_on=refreshed_on),
        outlines=Outlines(counties()),
        log=VerificationLog(sa.URL.create("sqlite", database=str(log_file)), log_file),
        today=lambda: TODAY,
    )


def make_app(desk: Desk, *, port: int = 8765) -> Guard:
    """Return the guarded application as `deserts serve` builds it."""
    return build_app(desk, make_policy(Listen(port=port), port=port))


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    """Serve a desk on a free port of this machine with the settings of `deserts serve`; yield its address."""
    import uvicorn

    bound = bind(Listen(port=0))
    port = int(bound.getsockname()[1])
    config = uvicorn.Config(
        make_app(desk, port=port), access_log=False, log_level="warning", server_header=False, proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)

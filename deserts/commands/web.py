"""The command that serves the local web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import made_run, parse_day
from deserts.commands.options import DataDir, GradeName, LocalDir, PackFile, RegionName, ServiceName, Strict, TodayDate

__all__ = ["serve"]


def serve(
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8765,
    host: Annotated[
        str, typer.Option("--host", help="Address; any but this machine's own needs a token and TLS.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Further name under which browsers reach it; may be repeated.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="File (mode 0600) with the token.")] = None,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="TLS certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its private key (PEM).")] = None,
    allow_geocoder: Annotated[
        bool, typer.Option("--allow-geocoder", help="Offer a search by address; each must be confirmed, and leaves.")
    ] = False,
    strict: Strict = False,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    pack: PackFile = None,
    today: TodayDate = None,
) -> None:
    """Serve the page for coordinators on this machine: search, plan, refill clock, card, call log, JSON API.

    Patient inputs travel in the body of requests only; they are not logged, cached or stored, and nothing is loaded
    from other hosts. The API is described at /openapi.json.

    **Examples**

    `deserts serve --region ME`

    `deserts serve --pack me-itb.deserts`

    `deserts serve --region ME --host 10.0.0.5 --token-file token --tls-cert cert.pem --tls-key key.pem`
    """
    from deserts.errors import StaleDataError
    from deserts.extras import need

    need("fastapi", "uvicorn", extra="web", to="serve the page")
    from deserts.patients.asking.request import GEOCODER_WARNING
    from deserts.web.desk import load_desk
    from deserts.web.server import Listen, make_policy, read_token, run

    listen = Listen(
        host=host,
        port=port,
        names=tuple(name or ()),
        token=None if token_file is None else read_token(token_file),
        certificate=tls_cert,
        key=tls_key,
    )
    make_policy(listen, port=port)  # refuse an unsafe address before loading anything
    chosen = made_run(region=region, service=service, grade=grade, data=data, local=local, pack=pack)
    day = None if today is None else parse_day(today, option="--today")
    when = {} if day is None else {"today": lambda: day}
    if allow_geocoder:
        typer.echo(f"warning: addresses may be searched. {GEOCODER_WARNING}", err=True)
    desk = load_desk(chosen, allow_geocoder=allow_geocoder, **when)
    if strict and desk.data.provenance.is_old(desk.today()):
        raise StaleDataError("the region's data are over 90 days old", fix="refresh them with make, or drop --strict")
    run(desk, listen, announce=lambda address: typer.echo(f"serving {address} (Ctrl+C stops)", err=True))

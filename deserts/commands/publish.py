"""Commands that make what travels: ``draw-map finder desk figures fact-sheet succession-map site assets``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.context import build_settings, made_run, parse_day
from deserts.commands.options import (
    Contact,
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    MirrorDir,
    NoNetwork,
    PublishForce,
    RegionName,
    ServiceName,
    TodayDate,
)

if TYPE_CHECKING:
    import datetime as dt

    from deserts.api.run import Run
    from deserts.publish.desert_map import MapReport

__all__ = ["assets", "audit", "draw_map", "fact_sheet", "figures", "site", "succession_map"]

OutFile = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; otherwise beside the run's tables.")]
OutFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder to write; otherwise beside the tables.")]


def _folder(run: Run) -> Path:
    return run.store.provenance_path.parent


def draw_map(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    tiles: Annotated[
        str | None,
        typer.Option("--tiles", help="Address pattern of a tile server: the page then asks it for pictures."),
    ] = None,
    tiles_credit: Annotated[str, typer.Option("--tiles-credit", help="Credit that the tile server asks for.")] = "",
    phones: Annotated[bool, typer.Option("--phones", help="Show the practices' telephone numbers.")] = False,
    embed_of: Annotated[
        str | None,
        typer.Option("--embed-of", help="Address of the full map: make a page for a frame in another page instead."),
    ] = None,
    png: Annotated[bool, typer.Option("--png", help="A picture of the view beside the page, as PNG.")] = False,
    svg: Annotated[bool, typer.Option("--svg", help="The same as SVG.")] = False,
    supply: Annotated[str | None, typer.Option("--supply", help="View of the picture: proven or possible.")] = None,
    measure: Annotated[
        str | None, typer.Option("--measure", help="What colours the picture: class, nearest, second_practice, reach …")
    ] = None,
    contact: Contact = None,
    plan: Annotated[
        str | None, typer.Option("--plan", help="Show this plan of the run's payers' directories alone.")
    ] = None,
    force: PublishForce = False,
    out: OutFile = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Draw the map of a finished run again, with choices of your own, and print its path.

    Without `--tiles` it is one file that asks nobody for anything. `--png` and `--svg` add pictures of one view, in the
    same colours.

    Examples
    --------
        deserts publish map --region example --contact "maps@example.org" --out map.html

        deserts publish map --region example --out map.html --png --svg --supply possible --measure nearest

        deserts publish map --plan H9999-001-000 --out plan.html
    """
    from deserts.errors import InputError
    from deserts.publish.desert_map import write_map

    if tiles is not None and not all(part in tiles for part in ("{z}", "{x}", "{y}")):
        raise InputError(
            "that is no address pattern of a tile server", where="--tiles",
            expected="an address with {z}, {x} and {y}, such as https://tiles.example.org/{z}/{x}/{y}.png",
        )  # fmt: skip
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    report = write_map(
        run.store, out or _folder(run) / "map_own.html", service=run.service,
        today=parse_day(today, option="--today"), tiles=tiles, tiles_credit=tiles_credit, phones=phones,
        contact=contact, force=force, embed_of=embed_of, plan=plan,
    )  # fmt: skip
    kinds = [name for name, wanted in (("png", png), ("svg", svg)) if wanted]
    pictures = _pictures(
        run, report, kinds, supply=supply, measure=measure, day=parse_day(today, option="--today"), contact=contact
    )
    for problem in (*report.problems, *report.gate.reasons()):
        typer.echo(problem, err=True)
    for path in (report.path, *pictures):
        typer.echo(path)
    kind = "one file, asks nobody" if report.single_file else "needs the internet"
    typer.echo(f"{report.size_bytes / 1e6:.1f} MB; {kind}", err=True)


def _pictures(
    run: Run, report: MapReport, kinds: Sequence[str], *, supply: str | None, measure: str | None, day: dt.date,
    contact: str | None,
) -> list[Path]:  # fmt: skip
    """Write pictures of a view beside the page."""
    from deserts.publish.picture import load_picture, write_picture

    if not kinds:
        return []
    picture = load_picture(
        run.store, service=run.service, today=day, gate=report.gate, supply=supply, measure=measure, contact=contact
    )
    paths = [report.path.with_suffix(f".{kind}") for kind in kinds]
    for path in paths:
        write_picture(picture, path, option="--out")
    return paths


def figures(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    force: PublishForce = False,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Draw the figures of a run as SVG and PNG.

    Examples
    --------
        deserts publish figures --region example --out figures
    """
    from deserts.publish.figure_data import load_figure_data
    from deserts.publish.figures import write_figures

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    report = write_figures(
        load_figure_data(run.store, service=run.service, force=force), out or _folder(run) / "figures"
    )
    for path in report.written:
        typer.echo(path)
    for name, reason in report.left_out.items():
        typer.echo(f"left out: {name}: {reason}", err=True)


def fact_sheet(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    by: Annotated[str, typer.Option("--by", help="state, cd, sldu or sldl.")] = "state",
    zip_code: Annotated[str | None, typer.Option("--zip", help="Only the district of this ZIP.")] = None,
    districts: Annotated[Path | None, typer.Option("--districts", help="Your own district boundaries.")] = None,
    contact: Contact = None,
    force: PublishForce = False,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Write a one-page fact sheet, HTML and PDF, for each state or district of a region.

    `--by cd` is for congressional districts, `sldu` and `sldl` for state senate and house districts.

    Examples
    --------
        deserts publish sheets --region example --out sheets

        deserts publish sheets --region example --by cd --out sheets
    """
    from deserts.publish.area_facts import list_areas, load_fact_base
    from deserts.publish.fact_sheet import areas_of_zip, make_sheets, write_sheets
    from deserts.publish.notes import publish_command
    from deserts.publish.policy import read_allowed

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    base = load_fact_base(run.store, service=run.service, force=force)
    areas = every = list_areas(base, by=by, districts=districts)
    if zip_code is not None:
        areas = areas_of_zip(base, areas, zip_code)
        if len(areas) > 1:
            names = ", ".join(area.name for area in areas)
            typer.echo(f"this ZIP may cross a border: most of its people live in the first of {names}", err=True)
    day = parse_day(today, option="--today")
    command = publish_command(
        "sheets", run.store, today=day, by=None if by == "state" else by,
        districts=None if districts is None else districts.name, contact=contact, force=base.gate.is_forced,
    )  # fmt: skip
    sheets = make_sheets(
        base, areas, today=day, allowed=read_allowed(base), contact=contact, among=[every], command=command
    )
    for path in write_sheets(sheets, out or _folder(run) / "fact-sheets"):
        typer.echo(path)


def audit(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    out: OutFile = None,
    as_json: JsonOut = False,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Check whether a run may be published, and write the page that shows it.

    Sources read, the border of what was read, county populations against the census, points in their own county, points
    and sites on roads, sites placed, age of the claims, ties. A failed check ends with exit code 7.

    Examples
    --------
        deserts publish audit --region example
    """
    from deserts.access.audit import audit_table
    from deserts.access.gate import open_gate, refuse
    from deserts.publish.audit_page import write_audit_page

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    gate = open_gate(run.store, service=run.service)
    day = parse_day(today, option="--today")
    page = write_audit_page(run.store, out or _folder(run) / "audit.html", service=run.service, gate=gate, today=day)
    if as_json:
        checks = audit_table(gate.checks).to_dict("records")
        typer.echo(json.dumps({"verified": gate.is_verified, "page": str(page), "checks": checks}, indent=1))
    else:
        for check in gate.checks:
            typer.echo(f"{check.outcome:<5} {check.title}: {check.found} (asked: {check.asked})")
        typer.echo(page)
    if not gate.is_verified:
        raise refuse(run.store, gate)


def succession_map(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    zip_code: Annotated[str | None, typer.Option("--zip", help="ZIP of the place in the middle.")] = None,
    lonlat: Annotated[str | None, typer.Option("--lonlat", help="longitude,latitude instead of a ZIP.")] = None,
    lose: Annotated[
        str | None, typer.Option("--lose", help="NPI or practice that goes; otherwise the nearest.")
    ] = None,
    out: OutFile = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Map every practice within 300 miles of a place, today and after one of them is gone.

    Examples
    --------
        deserts publish succession-map --region example --zip 86901 --out succession.html
    """
    from deserts.errors import InputError
    from deserts.patients.search.backups import BackupData
    from deserts.patients.search.origin import from_lonlat, from_zip
    from deserts.publish.succession import make_succession, write_succession_map

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    loaded = BackupData.load(run.store, service=run.service)
    if (zip_code is None) == (lonlat is None):
        raise InputError("the place must be given once", expected="either --zip or --lonlat")
    origin = from_zip(zip_code, loaded.zips) if zip_code is not None else from_lonlat(lonlat or "", loaded.zips)
    found = make_succession(run.store, data=loaded, origin=origin, lose=lose)
    path = out or _folder(run) / "succession.html"
    day = parse_day(today, option="--today")
    place = None if zip_code is None else {"zip": zip_code}
    typer.echo(write_succession_map(run.store, path, data=loaded, succession=found, today=day, place=place))


def site(
    *,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    by: Annotated[list[str] | None, typer.Option("--by", help="Fact sheets for: state, cd, sldu, sldl.")] = None,
    address: Annotated[
        str | None, typer.Option("--address", help="Where the site will stand: for shared links and the embed code.")
    ] = None,
    include_odbl: Annotated[
        bool, typer.Option("--include-odbl", help="Put in road-derived tables (Open Database License).")
    ] = False,
    contact: Contact = None,
    force: PublishForce = False,
    out: OutFolder = None,
    data: DataDir = None,
    local: LocalDir = None,
    today: TodayDate = None,
) -> None:
    """Build a folder for any web host: start page, map, fact sheets, figures, methods, downloads.

    Examples
    --------
        deserts publish site --region example --out site
    """
    from deserts.publish.site import write_site

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    report = write_site(
        run.store,
        out or _folder(run) / "site",
        service=run.service,
        today=parse_day(today, option="--today"),
        include_odbl=include_odbl,
        by=tuple(by or ("state",)),
        contact=contact,
        force=force,
        address=address,
    )
    typer.echo(report.index)


def assets(*, data: DataDir = None, mirror: MirrorDir = None, no_network: NoNetwork = False) -> None:
    """Get what pages need and others wrote (Leaflet, MicroPython) into the cache, checked against pinned hashes.

    Looks in the cache, then asks the npm client, then the address on the web. Without Leaflet maps are made with links,
    and say so; without MicroPython, which runs the rules inside a page, the finder cannot be made.

    Examples
    --------
        deserts publish assets --no-network
    """
    from deserts.publish.assets import LEAFLET, MICROPYTHON, find_assets, pinned, web_fetcher

    settings = build_settings(data=data, mirror=mirror, no_network=no_network)
    for name, without in ((LEAFLET, "maps will be made with links"), (MICROPYTHON, "the finder cannot be made")):
        found = find_assets(settings, name, fetch=web_fetcher(settings))
        for problem in found.problems:
            typer.echo(problem, err=True)
        asset = pinned(name)
        state = f"found ({found.came_from})" if found.complete else f"not found: {without}"
        typer.echo(f"{asset.package} {asset.version}, {asset.licence}: {state}")

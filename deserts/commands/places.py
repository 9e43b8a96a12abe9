"""Command ``zip-demand``: demand points from ZIP populations, for regions without block-group files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from deserts.places.zip_demand import ZipDemand

__all__ = ["zip_demand_command"]

_MOVED_FAR = 1.5


def zip_demand_command(
    zip_population: Annotated[Path, typer.Option(help="CSV with the columns zip and population.")],
    zip_places: Annotated[Path, typer.Option(help="ZIP places: GeoNames US.txt, or a gazetteer file.")],
    county_centres: Annotated[Path, typer.Option(help="Centres of population of counties: the census totals.")],
    zip_county: Annotated[Path, typer.Option(help="ZIP area to county relationship file.")],
    out: Annotated[Path, typer.Option(help="Where to write the points.")],
    fine_centres: Annotated[
        Path | None, typer.Option(help="Centres of block groups or tracts: split ZIPs by people, not by land.")
    ] = None,
    counties: Annotated[
        Path | None, typer.Option(help="County borders: points outside their county are moved into it.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Where to write what was done in each county.")] = None,
) -> None:
    r"""Write demand points (point_id, point_kind, county_fips, lon, lat, population) from ZIP populations.

    ZIPs that lie in several counties are split, and every county is scaled to its census total; a county without a
    located ZIP gets its centre. Counties that had to be scaled by more than half are told, and not assessed.

    Examples
    --------
        deserts stage zip-demand --zip-population zips.csv --zip-places US.txt \
          --county-centres CenPop2020_Mean_CO.txt --zip-county tab20_zcta520_county20_natl.txt --out points.csv

    Then `make all REGION=ME DEMAND=points.csv`.
    """
    from deserts.places.zip_demand import zip_demand
    from deserts.places.zip_files import read_zip_places, read_zip_population
    from deserts.sources.publishers.centres import read_centres
    from deserts.sources.publishers.counties import read_county_polygons
    from deserts.sources.publishers.gazetteer import read_zcta_county
    from deserts.store import write_text

    found = zip_demand(
        zip_population=read_zip_population(zip_population),
        zip_places=read_zip_places(zip_places),
        county_centres=read_centres(county_centres).frame,
        zip_county=read_zcta_county(zip_county).frame,
        fine_centres=None if fine_centres is None else read_centres(fine_centres).frame,
        county_shapes=None if counties is None else read_county_polygons(counties).frame,
    )
    write_text(out, found.points.to_csv(index=False, lineterminator="\n", float_format="%.6f"))
    if report is not None:
        write_text(report, found.counties.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    typer.echo(f"{len(found.points):,} points with {found.points['population'].sum():,} people written to {out}")
    for line in _told(found):
        typer.echo(line, err=True)


def _told(found: ZipDemand) -> list[str]:
    table = found.counties
    far = table["county_factor"].notna() & ~table["county_factor"].between(1 / _MOVED_FAR, _MOVED_FAR)
    bare = table["zips"] == 0
    moved, counties = table["people_moved"].sum(), len(table)
    return [
        f"{moved:,.0f} people added or taken away to meet the census totals of {counties:,} counties",
        f"{int(far.sum())} counties were scaled by more than {_MOVED_FAR:g} times: they are not assessed",
        f"{int(bare.sum())} counties have no located ZIP: their centre stands for them",
        f"{found.moved_points:,} points were moved into their county",
        f"{found.unplaced_people:,.0f} people of ZIPs without a place or a county came back by scaling",
    ]

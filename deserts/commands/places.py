"""Command ``zip-demand``: demand points from ZIP populations, for regions without block-group files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["zip_demand_command"]


def zip_demand_command(
    zip_population: Annotated[Path, typer.Option(help="CSV with the columns zip and population.")],
    zip_places: Annotated[Path, typer.Option(help="ZIP places: GeoNames US.txt, or a gazetteer file.")],
    county_centres: Annotated[Path, typer.Option(help="Centres of population of counties.")],
    zip_county: Annotated[Path, typer.Option(help="ZIP area to county relationship file.")],
    out: Annotated[Path, typer.Option(help="Where to write the points.")],
) -> None:
    r"""Write demand points (point_id, point_kind, county_fips, lon, lat, population) from ZIP populations.

    Everyone stands at one point: their ZIP, or the county's centre where a county has no located ZIP.

    Examples
    --------
        deserts stage zip-demand --zip-population zips.csv --zip-places US.txt \
          --county-centres CenPop2020_Mean_CO.txt --zip-county tab20_zcta520_county20_natl.txt --out points.csv

    Then `make all REGION=ME DEMAND=points.csv`.
    """
    from deserts.places.demand import zip_demand
    from deserts.places.zip_files import read_zip_places, read_zip_population
    from deserts.sources.publishers.centres import read_centres
    from deserts.sources.publishers.gazetteer import read_zcta_county
    from deserts.store import write_text

    points = zip_demand(
        zip_population=read_zip_population(zip_population),
        zip_places=read_zip_places(zip_places),
        county_centres=read_centres(county_centres).frame,
        zip_county=read_zcta_county(zip_county).frame,
    )
    write_text(out, points.to_csv(index=False, lineterminator="\n", float_format="%.6f"))
    typer.echo(f"{len(points):,} points with {points['population'].sum():,.0f} people written to {out}")

"""Stage ``places``: ZIP look-up, counties, demand points and hospitals of a region."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd

from deserts.config import Region
from deserts.errors import MissingDataError
from deserts.pipeline.inputs import InputFile, file_hashes, files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.places.counties import assign_counties, build_counties
from deserts.places.demand import demand_from_centres, demand_from_file
from deserts.places.placing import place_addresses
from deserts.places.totals import county_totals
from deserts.places.zips import build_zips
from deserts.sources.publishers import adequacy, centres, counties, gazetteer, geonames, hospitals, ruca, rucc
from deserts.sources.readers.parsed import Parsed
from deserts.store import FlowRow
from deserts.tables import Scope, empty

__all__ = ["STAGE"]

_DATASETS = (
    "zcta_gazetteer", "zip_places", "ruca_zip", "ruca", "county_polygons", "centres_county", "centres_tract",
    "centres_block_group", "rucc", "adequacy", "hospitals", "demand",
)  # fmt: skip
_TABLES = ("zips", "counties", "demand", "hospitals", "county_totals")


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(file for dataset in _DATASETS for file in files_for(run, dataset))


def _parameters(run: Run) -> Mapping[str, object]:
    return {"states": list(run.region.supply_states), "county_vintage": run.region.county_vintage}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


def _work(run: Run) -> Sequence[FlowRow]:
    zips = _zips(run)
    limits, read = _adequacy(run)
    shapes = _counties(run, limits)
    zips["county_fips"] = assign_counties(zips["lon"].to_numpy(), zips["lat"].to_numpy(), shapes)
    demand, flow = _demand(run, shapes)
    places = _hospitals(run, zips)
    totals = county_totals(demand, shapes)
    for name, frame in zip(_TABLES, (zips, shapes, demand, places, totals), strict=True):
        run.store.write(name, frame)
    gaps = int((shapes["status"] != "ok").sum())
    return [
        FlowRow("zips", len(zips), len(zips), "known in the region and its surroundings"),
        FlowRow(
            "counties", len(shapes), len(shapes) - gaps, f"{gaps} without a polygon of this vintage (kept, not drawn)"
        ),
        *read,
        FlowRow(
            "hospitals",
            len(places),
            int((places["precision"] != "none").sum()),
            "located by ZIP, or by city and state where the ZIP contradicts them",
        ),
        _outside_row(totals),
        *flow,
    ]


def _stack(files: Sequence[InputFile], read: Callable[[Path], Parsed]) -> pd.DataFrame | None:
    """Read all files of a dataset into one frame; None when there is none."""
    if not files:
        return None
    return pd.concat([read(file.path).frame for file in files], ignore_index=True)


def _zips(run: Run) -> pd.DataFrame:
    return build_zips(
        gazetteer=_stack(files_for(run, "zcta_gazetteer"), gazetteer.read_zcta),
        places=_stack(files_for(run, "zip_places"), geonames.read_postal_codes),
        ruca=_stack(files_for(run, "ruca_zip"), ruca.read_ruca),
        states=run.region.supply_states,
    )


def _adequacy(run: Run) -> tuple[pd.DataFrame | None, list[FlowRow]]:
    """Return the limits of network adequacy, and what is to be said of their file."""
    files = files_for(run, "adequacy")
    parsed = [adequacy.read_adequacy(file.path) for file in files]
    if not parsed:
        return None, []
    frame = pd.concat([part.frame for part in parsed], ignore_index=True)
    why = "; ".join(["limits of network adequacy", *(note for part in parsed for note in part.notes)])
    return frame, [FlowRow("adequacy workbook", sum(part.rows_in for part in parsed), len(frame), why)]


def _counties(run: Run, limits: pd.DataFrame | None) -> gpd.GeoDataFrame:
    polygons = files_for(run, "county_polygons")
    centre_files = files_for(run, "centres_county")
    if not polygons and not centre_files:
        raise MissingDataError(
            "neither county polygons nor county centres are at hand",
            where=run.settings.raw_area(run.region),
            fix="run `deserts stage data`, or give polygons with COUNTIES=",
        )
    return build_counties(
        run.region,
        polygons=counties.read_county_polygons(polygons[0].path).frame if polygons else None,
        centres=_stack(centre_files, centres.read_centres),
        rucc=_stack(files_for(run, "rucc"), rucc.read_rucc),
        adequacy=limits,
    )


def _demand(run: Run, shapes: gpd.GeoDataFrame) -> tuple[pd.DataFrame, list[FlowRow]]:
    own = run.settings.files.demand
    if own is not None:
        found = demand_from_file(own, run.region, shapes)
        why = (
            f"own points with people; county by Census id {found.by_id:,}, by place {found.by_place:,}, by place since "
            f"their code is of another vintage {found.other_vintage:,}, {found.contradicting:,} of them against it"
        )
        return found.demand, [FlowRow("demand", len(found.demand), int((found.demand["population"] > 0).sum()), why)]
    files = _finest_centres(run)
    if not files:
        raise MissingDataError(
            "no centres of population are at hand",
            where=run.settings.raw_area(run.region),
            fix="run `deserts stage data`, or give DEMAND=",
        )
    points = _stack(files, centres.read_centres)
    if points is None:
        points = empty("demand")
    demand = demand_from_centres(points, run.region, ruca=_stack(files_for(run, "ruca"), ruca.read_ruca))
    return demand, [
        FlowRow(
            "demand: states", len(points), len(demand), "points of the region and the states within the time limit"
        ),
        FlowRow(
            "demand",
            len(demand),
            int((demand["population"] > 0).sum()),
            "points with people (others kept as no_population)",
        ),
    ]


def _outside_row(totals: pd.DataFrame) -> FlowRow:
    """Say how many people stand at points outside the county that they are counted in."""
    people, outside = totals["population_points"].sum(), totals["population_outside"].sum()
    why = "residents at points that lie in the county they are counted in; see county_totals"
    return FlowRow("residents in their own county", round(people), round(people - outside), why)


def _finest_centres(run: Run) -> tuple[InputFile, ...]:
    order = (
        ("centres_tract", "centres_block_group")
        if _is_national(run.region)
        else ("centres_block_group", "centres_tract")
    )
    return next((files for name in (*order, "centres_county") if (files := files_for(run, name))), ())


def _is_national(region: Region) -> bool:
    return region.region_id == "US"


def _hospitals(run: Run, zips: pd.DataFrame) -> pd.DataFrame:
    found = _stack(files_for(run, "hospitals"), hospitals.read_hospitals)
    if found is None:
        return empty("hospitals")
    near = (
        found[found["state"].isin(run.region.supply_states)]
        .drop_duplicates("ccn")
        .sort_values("ccn")
        .reset_index(drop=True)
    )
    placed = place_addresses(near, zips=zips)
    return pd.concat([near, placed[["lon", "lat", "precision", "place_check"]]], axis=1)


STAGE = Stage("places", "ZIPs, counties, demand points, hospitals", Scope.REGION, _inputs, _parameters, _outputs, _work)

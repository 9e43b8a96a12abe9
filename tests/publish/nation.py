"""A made run of the nation: real county borders and centres of population, invented practices, straight drives."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.access import AccessInputs, build_scores
from deserts.config import Region, Settings
from deserts.places.totals import county_totals
from deserts.provenance import Provenance
from deserts.services import load_service
from deserts.store import Store, write_text
from tests.searched import everything_read

BORDERS = "mirror/raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json"
CENTRES = "mirror/www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"
KM_A_MINUTE = 1.2


def _points(shared: Path, states: dict[str, str]) -> pd.DataFrame:
    table = pd.read_csv(shared / CENTRES, dtype={"STATEFP": str, "COUNTYFP": str}, encoding="utf-8-sig")
    table["state"] = table["STNAME"].map({name: code for code, name in states.items()})
    table = table[table["state"].notna()]
    fips = table["STATEFP"] + table["COUNTYFP"]
    return pd.DataFrame(
        {
            "point_id": fips + "0", "point_kind": "tract", "county_fips": fips, "state": table["state"],
            "name": table["COUNAME"], "population": table["POPULATION"].astype(float), "lon": table["LONGITUDE"],
            "lat": table["LATITUDE"], "scored": True, "status": "ok",
        }
    ).reset_index(drop=True)  # fmt: skip


def _halved(points: pd.DataFrame) -> pd.DataFrame:
    """Put half of each county's people a little west of its centre, and half a little east."""
    halves = [
        points.assign(
            point_id=points["county_fips"] + side, lon=points["lon"] + by, population=points["population"] / 2
        )
        for side, by in (("0", -0.02), ("1", 0.02))
    ]
    return pd.concat(halves, ignore_index=True)


def _sites(points: pd.DataFrame) -> pd.DataFrame:
    """Put a practice into each of the hundred most populous counties, every third proven, and one into Anchorage."""
    chosen = points.nlargest(100, "population").index.union(points.index[points["county_fips"] == "02020"])
    own = points.loc[chosen].reset_index(drop=True)
    number = np.arange(len(own))
    proven = number % 3 == 0
    return pd.DataFrame(
        {
            "site_id": [f"3{i:09d}-a" for i in number], "npi": [f"3{i:09d}" for i in number],
            "practice_id": [f"P{i}" for i in number], "practice_basis": "address",
            "practice_name": [f"Practice of {name}" for name in own["name"]], "address": "1 Main St",
            "city": own["name"], "state": own["state"], "zip": "00501", "phone": "", "lon": own["lon"],
            "lat": own["lat"], "precision": "zip", "share": 1.0, "telehealth": False,
            "grade": np.where(proven, "bills_baclofen", "refills_pumps"), "grade_rank": np.where(proven, 1, 2),
            "supplies": True,
        }
    )  # fmt: skip


def _drives(points: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    lon, lat = (np.radians(points[name].to_numpy()) for name in ("lon", "lat"))
    to_lon, to_lat = (np.radians(sites[name].to_numpy()) for name in ("lon", "lat"))
    half = (
        np.sin((lat[:, None] - to_lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(to_lat) * np.sin((lon[:, None] - to_lon) / 2) ** 2
    )
    minutes = 2 * 6371 * np.arcsin(np.sqrt(half)) / KM_A_MINUTE
    point, site = np.nonzero(minutes <= 480)
    return pd.DataFrame(
        {
            "point_id": points["point_id"].to_numpy()[point], "site_id": sites["site_id"].to_numpy()[site],
            "drive_min": minutes[point, site], "dist_km": minutes[point, site] * KM_A_MINUTE,
        }
    )  # fmt: skip


def _snaps(names: pd.Series) -> pd.DataFrame:
    on_road = {"snap_km": 0.0, "access_min": 0.0, "component_id": 0, "edge": 0, "fraction": 0.5, "status": "ok"}
    return names.to_frame().assign(**on_road)


def write_nation(folder: Path, shared: Path) -> Store:
    """Write the tables of a made run of the nation."""
    from deserts.config import US_STATES, state_names

    store = Store(Settings(data_dir=folder, local_dir=folder / "local", allow_network=False), Region.parse("US"), "itb",
                  "manages_pumps")  # fmt: skip
    points = _points(shared, {code: state_names()[code] for code in US_STATES})
    shapes = gpd.read_file(shared / BORDERS)
    shapes["county_fips"] = shapes["STATE"].astype(str) + shapes["COUNTY"].astype(str)
    counties = gpd.GeoDataFrame(
        points[["county_fips", "name", "state", "population"]]
        .astype({"population": "int64"})
        .merge(shapes[["county_fips", "geometry"]], on="county_fips")
        .assign(land_km2=1.0, rucc=5.0, adequacy_type="Rural", scored=True, status="ok"),
        crs=4326,
    )
    points = points[points["county_fips"].isin(counties["county_fips"])].reset_index(drop=True)
    sites = _sites(points)
    points = _halved(points)
    demand = points.drop(columns="name")
    tables = {"counties": counties, "demand": demand, "sites": sites, "drive_times": _drives(points, sites),
              "county_totals": county_totals(demand, counties), "point_snaps": _snaps(demand["point_id"]),
              "site_snaps": _snaps(sites["site_id"])}  # fmt: skip
    for name, table in tables.items():
        store.write(name, table)
    states = tuple(sorted(set(points["state"])))
    facts = Provenance(
        "US", "itb", "manages_pumps", claims_years=(2022, 2023, 2024), directory_date="2026-05-01",
        refreshed_on="2026-05-01", notices=("made: practices and drives are invented",), **everything_read(states),
    )  # fmt: skip
    write_text(store.provenance_path, facts.to_json())
    service = load_service("itb")
    scored = build_scores(
        AccessInputs.from_store(store, service=service, with_chances=False), service=service, time_limit_min=480
    )
    store.write("county_scores", scored.county_scores)
    store.write("reach", scored.reach)
    zips = points.drop_duplicates("county_fips").assign(place=lambda table: table["name"], kind="area")
    zips = zips.assign(zip=zips["county_fips"], source="gazetteer")
    store.write("zips", zips[["zip", "place", "state", "county_fips", "lon", "lat", "kind", "source"]])
    return store

"""A small made-up region: six square counties, two of them across the line, with tables as the stages write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from deserts.config import Region, Settings
from deserts.places.totals import county_totals
from deserts.provenance import Provenance
from deserts.publish.assets import Assets
from deserts.services import load_service
from deserts.store import Store, write_text
from deserts.tables import THRESHOLDS_MIN
from tests.searched import everything_read

HOSTILE = '</script><img src=x onerror="document.title=1">'
FORMULA = "=HYPERLINK(0)"
TODAY = dt.date(2026, 6, 1)


def _counties() -> gpd.GeoDataFrame:
    rows = [(i, -70.0 + 0.5 * (i % 3), 45.0 + 0.4 * (i // 3)) for i in range(6)]
    return gpd.GeoDataFrame(
        {
            "county_fips": [("97" if i < 4 else "98") + f"{2 * i + 1:03d}" for i, _, _ in rows],
            "name": ["Ash", "Birch", "Cedar", HOSTILE, "Elm", "Fir"],
            "state": ["XA"] * 4 + ["XB"] * 2,
            "population": [5000, 3000, 900, 400, 800, 700],
            "land_km2": 1700.0,
            "rucc": [2.0, 6.0, 9.0, 9.0, 6.0, 6.0],
            "adequacy_type": "Rural",
            "scored": [True] * 4 + [False] * 2,
            "status": "ok",
        },
        geometry=[box(x, y, x + 0.5, y + 0.4) for _, x, y in rows],
        crs=4326,
    )


def _demand(counties: gpd.GeoDataFrame) -> pd.DataFrame:
    corners = counties.geometry.bounds
    centres = np.column_stack([corners["minx"] + 0.25, corners["miny"] + 0.2])
    parts = []
    for i in range(len(counties)):
        for j in range(5):
            parts.append(
                {
                    "point_id": f"{counties['county_fips'][i]}{j}",
                    "point_kind": "block_group",
                    "county_fips": counties["county_fips"][i],
                    "state": counties["state"][i],
                    "population": counties["population"][i] / 5.0,
                    "lon": centres[i][0] + 0.08 * (j - 2),
                    "lat": centres[i][1] + 0.05 * (j - 2),
                    "scored": bool(counties["scored"][i]),
                    "status": "ok",
                }
            )
    return pd.DataFrame(parts)


def _sites() -> pd.DataFrame:
    def site(
        n: int, county: tuple[float, float], grade: str, rank: int, practice: str, name: str, **more: object
    ) -> dict:
        return {
            "site_id": f"200000000{n}-a{n}", "npi": f"200000000{n}", "practice_id": practice,
            "practice_basis": "group_id", "practice_name": name,
            "address": f"{n} Main St", "city": "Ashville", "state": "XA", "zip": "00501",
            "phone": "555-0100", "lon": county[0], "lat": county[1], "precision": "zip", "share": 1.0,
            "telehealth": False, "grade": grade, "grade_rank": rank, "supplies": True, **more,
        }  # fmt: skip

    return pd.DataFrame(
        [
            site(1, (-69.75, 45.2), "bills_baclofen", 1, "P1", "Ash Rehabilitation"),
            site(2, (-69.75, 45.2), "verified", 0, "P1", "Ash Rehabilitation", address="1 Main St"),
            site(3, (-69.2, 45.2), "refills_pumps", 2, "P2", HOSTILE),
            site(4, (-69.1, 45.3), "manages_pumps", 3, "P3", FORMULA, practice_basis="address"),
            site(5, (-68.9, 45.1), "specialty_only", 5, "P4", "", precision="county"),
            site(6, (-69.3, 45.1), "contradicted", 6, "P5", "Never Shown Clinic", supplies=False),
        ]
    )


def _scores(counties: gpd.GeoDataFrame, demand: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Score the counties from the drive times in the plainest way (all points of a county weigh the same)."""
    scored = counties[counties["scored"]].reset_index(drop=True)
    times = _drive_times(demand, sites).merge(sites[["site_id", "practice_id"]]).merge(demand)
    best = times.groupby(["county_fips", "point_id", "practice_id"])["drive_min"].min().reset_index()
    best["order"] = best.groupby("point_id")["drive_min"].rank(method="first")
    frame = scored[["county_fips", "name", "state"]].assign(population=scored["population"].astype(float), points=5)
    frame["status"] = ["ok", "ok", "few_points", "unreachable"]
    for which, order in (("nearest", 1), ("second", 2), ("second_practice", 2)):
        picked = best[best["order"] == order].groupby("county_fips")["drive_min"]
        for stat, values in (("median", picked.median()), ("mean", picked.mean()), ("p90", picked.quantile(0.9))):
            frame[f"{which}_{stat}_min"] = frame["county_fips"].map(values).astype(float)
    frame["mean_is_lower_bound"] = False
    first = best[best["order"] == 1]
    for limit in THRESHOLDS_MIN:
        share = (first["drive_min"] > limit).groupby(first["county_fips"]).mean()
        frame[f"beyond_{limit}_share"] = frame["county_fips"].map(share).astype(float).fillna(1.0)
    for what in ("sites", "practices"):
        for limit in THRESHOLDS_MIN:
            frame[f"{what}_within_{limit}"] = 1.0
    frame["beyond_limit_share"] = 0.0
    frame["unreachable_share"] = [0.0, 0.0, 0.0, 1.0]
    frame["one_option_share"] = [0.0, 0.2, 0.4, 0.0]
    frame["desert_class"] = [f"class {rank} in words" for rank in (0, 2, 3, 4)]
    frame["desert_rank"] = [0, 2, 3, 4]
    frame["nearest_median_low_min"] = frame["nearest_median_min"] * 0.8
    frame["nearest_median_high_min"] = frame["nearest_median_min"] * 1.3
    for end in ("low", "high"):
        frame[f"beyond_moderate_{end}_share"] = frame["beyond_60_share"]
    frame["desert_share_of_draws"] = [0.0, 0.8, 1.0, 1.0]
    frame["desert_firmness"] = ["robust", "fragile", "robust", "robust"]
    frame["adequate_on_paper_share"] = [1.0, 0.9, 0.9, 0.0]
    frame["adequate_share"] = [1.0, 0.9, 0.1, 0.0]
    frame["search"], frame["search_missing"], frame["edge_share"] = "searched_found", "", 0.0
    frame["adequacy"] = ["pass", "pass", "passes_on_paper_only", "fail"]
    for part in ("proximity", "choice", "capacity", "resilience", "access"):
        frame[f"{part}_score"] = np.linspace(90, 5, len(frame))
    return frame


def _drive_times(demand: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Three hundred minutes a degree as the crow flies; county 97007 has no road."""
    counted = sites[sites["grade_rank"] <= 3]
    pairs = demand[demand["county_fips"] != "97007"].merge(counted, how="cross", suffixes=("", "_site"))
    km = np.hypot(pairs["lon"] - pairs["lon_site"], pairs["lat"] - pairs["lat_site"])
    return pd.DataFrame(
        {"point_id": pairs["point_id"], "site_id": pairs["site_id"], "drive_min": 300 * km, "dist_km": 100 * km}
    )


def _snaps(names: pd.Series) -> pd.DataFrame:
    on_road = {"snap_km": 0.0, "access_min": 0.0, "component_id": 0, "edge": 0, "fraction": 0.5, "status": "ok"}
    return names.to_frame().assign(**on_road)


def _reach(times: pd.DataFrame) -> pd.DataFrame:
    ordered = times.sort_values(["point_id", "drive_min"])
    rank = ordered.groupby("point_id").cumcount() + 1
    kept = ordered.assign(rank=rank, basis="practice", status="ok")
    return kept.loc[kept["rank"] <= 2, ["point_id", "basis", "rank", "site_id", "drive_min", "status"]]


def write_small_store(
    folder: Path, *, grade: str = "manages_pumps", notices: tuple[str, ...] = ("synthetic",)
) -> Store:
    """Write every table that maps and reports read, and return their store."""
    settings = Settings(data_dir=folder, local_dir=folder / "local", allow_network=False)
    store = Store(settings, Region.parse("example"), "itb", grade)
    counties = _counties()
    demand, sites = _demand(counties), _sites()
    store.write("counties", counties)
    store.write("demand", demand)
    store.write("sites", sites)
    store.write("county_scores", _scores(counties, demand, sites))
    store.write("drive_times", _drive_times(demand, sites))
    store.write("county_totals", county_totals(demand, counties))
    store.write("point_snaps", _snaps(demand["point_id"]))
    store.write("site_snaps", _snaps(sites["site_id"]))
    store.write("reach", _reach(_drive_times(demand, sites)))
    bands = gpd.GeoDataFrame(
        {"band_min": [30, 60], "site_id": ["", ""]},
        geometry=[box(-69.9, 45.1, -69.5, 45.3), box(-70, 45, -69, 45.4)],
        crs=4326,
    )
    store.write("isochrones", bands)
    store.write(
        "hospitals",
        pd.DataFrame(
            {
                "ccn": ["970001", "970002"], "name": [HOSTILE, "Quiet Hospital"], "type": "Acute Care Hospitals",
                "emergency": [True, False], "address": "1 Hill Rd", "city": "Ashville", "state": "XA", "zip": "00501",
                "phone": "", "lon": -69.6, "lat": 45.3, "precision": "zip",
            }
        ),
    )  # fmt: skip
    store.write(
        "zips",
        pd.DataFrame(
            {
                "zip": ["00501", "00502", "00901"], "place": ["Ashville", "Birchton", "Elmstead"],
                "state": ["XA", "XA", "XB"], "county_fips": ["97001", "97003", "98009"], "lon": [-69.75, -69.25, -69.2],
                "lat": [45.2, 45.2, 45.6], "kind": "area", "source": "gazetteer",
            }
        ),
    )  # fmt: skip
    facts = Provenance(
        "example", "itb", grade, claims_years=(2022, 2023, 2024), directory_date="2026-05-01",
        deactivation_date="2026-05-01", refreshed_on="2026-05-01", notices=notices,
        attribution=("© OpenStreetMap contributors, ODbL 1.0",), missing_states=("XB",),
        inputs=((f"user:{'a_long_name_that_no_line_breaks_' * 3}.csv", "0123456789ab"),),
        **everything_read(("XA", "XB")),
    )  # fmt: skip
    write_text(store.provenance_path, facts.to_json())
    return store


def wait_until_drawn(page: Any) -> None:
    """Wait for a map; by asking from outside, since the page's own policy forbids scripts made of text."""
    for _ in range(500):
        if page.evaluate("performance.getEntriesByName('map-drawn').length"):
            return
        page.wait_for_timeout(30)
    raise AssertionError("the map was not drawn within 15 seconds")


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The made-up region at the default grade."""
    return write_small_store(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def itb():
    return load_service("itb")


@pytest.fixture(scope="session")
def linked() -> Assets:
    """No assets at all: a page then links to them."""
    return Assets({}, "nowhere", ("none wanted",))

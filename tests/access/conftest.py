"""A small made-up region: three counties inland, one across the border, clinics in practices and hospitals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from deserts.access import AccessInputs, PairTable
from deserts.config import Region, Settings
from deserts.places.totals import county_totals
from deserts.provenance import LOCK_NAME, Provenance
from deserts.services import Service, load_service
from deserts.store import Store, write_text
from tests.searched import everything_read

LIMIT_MIN = 480.0


@pytest.fixture(scope="session")
def itb() -> Service:
    return load_service("itb")


@pytest.fixture(scope="session")
def mohs() -> Service:
    return load_service("mohs")


def random_pairs(seed: int, *, n_points: int = 40, n_sites: int = 12, density: float = 0.6) -> PairTable:
    """Random minutes with ties, points without pairs and sites without pairs."""
    rng = np.random.default_rng(seed)
    point, site = np.nonzero(rng.random((n_points, n_sites)) < density)
    keep = (point != 0) & (site != n_sites - 1)
    minutes = rng.integers(1, 480, keep.sum()).astype(float)
    return PairTable.from_arrays(
        point[keep], site[keep], minutes, n_points=n_points, n_sites=n_sites, dist_km=minutes * 1.2
    )


def dense(pairs: PairTable) -> np.ndarray:
    """Points x sites, infinite where there is no pair."""
    matrix = np.full((pairs.n_points, pairs.n_sites), np.inf)
    matrix[pairs.points(), pairs.site] = pairs.drive_min
    return matrix


def snaps(names: pd.Series, key: str, component: object = 0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            key: names.to_numpy(), "snap_km": 0.5, "access_min": 1.0, "component_id": component, "edge": 0,
            "fraction": 0.5, "status": np.where(np.asarray(component) < 0, "unsnapped", "ok"), "lon": 0.0, "lat": 0.0,
        }
    )  # fmt: skip


def make_inputs(seed: int = 5, *, counties: int = 4, per_county: int = 8, n_sites: int = 9) -> AccessInputs:
    """A random region; the last county lies across the border and is not scored."""
    rng = np.random.default_rng(seed)
    fips = [f"230{2 * i + 1:02d}" for i in range(counties)]
    n = counties * per_county
    state = np.where(np.arange(n) < n - per_county, "ME", "NH")
    demand = pd.DataFrame(
        {
            "point_id": [f"{i:04d}" for i in range(n)], "point_kind": "block_group",
            "county_fips": np.repeat(fips, per_county), "state": state,
            "population": rng.integers(1, 900, n).astype(float), "lon": rng.uniform(-70, -68, n),
            "lat": rng.uniform(44, 46, n), "scored": state == "ME", "status": "ok",
        }
    )  # fmt: skip
    npi = [f"1{i:09d}" for i in range(n_sites)]
    sites = pd.DataFrame(
        {
            "site_id": [f"{number}-a" for number in npi], "npi": npi,
            "practice_id": [f"p{i // 2}" for i in range(n_sites)], "practice_basis": "address",
            "practice_name": [f"Practice {i // 2}" for i in range(n_sites)], "address": "1 MAIN ST", "city": "TOWN",
            "state": "ME", "zip": "04401", "phone": "2075550100", "lon": -69.0, "lat": 45.0, "precision": "zip",
            "share": 1.0, "telehealth": False, "grade": "refills_pumps", "grade_rank": 2, "supplies": True,
        }
    )  # fmt: skip
    minutes = rng.uniform(5, 700, (n, n_sites)).round(4)
    point, site = np.nonzero(minutes <= LIMIT_MIN)
    drive_times = pd.DataFrame(
        {
            "point_id": demand["point_id"].to_numpy()[point], "site_id": sites["site_id"].to_numpy()[site],
            "drive_min": minutes[point, site], "dist_km": minutes[point, site] * 1.3,
        }
    )  # fmt: skip
    county_table = gpd.GeoDataFrame(
        {
            "county_fips": fips, "name": [f"County {i}" for i in range(counties)],
            "state": ["ME"] * (counties - 1) + ["NH"], "population": 1000, "land_km2": 1000.0,
            "rucc": [1.0, 4.0, 8.0, 9.0][:counties], "adequacy_type": ["Metro", "Micro", "Rural", "CEAC"][:counties],
            "scored": [True] * (counties - 1) + [False], "status": "ok",
            "geometry": [box(-70 + i, 44, -69 + i, 45) for i in range(counties)],
        },
        crs="EPSG:4326",
    )  # fmt: skip
    return AccessInputs(
        demand=demand,
        point_snaps=snaps(demand["point_id"], "point_id"),
        sites=sites,
        site_snaps=snaps(sites["site_id"], "site_id"),
        drive_times=drive_times,
        counties=county_table,
        grade="manages_pumps",
    )


def make_specialists(sites: pd.DataFrame) -> pd.DataFrame:
    people = sites.drop_duplicates("npi")
    n = len(people)
    return pd.DataFrame(
        {
            "npi": people["npi"].to_numpy(), "entity": "I", "name": pd.Index(range(n)).astype("str"),
            "credentials": "MD", "specialty": "Physical Medicine and Rehabilitation", "state": "ME",
            "age_band": np.resize(["paediatric", "adult", "both"], n),
            "grade": people["grade"].to_numpy(), "grade_rank": people["grade_rank"].to_numpy(), "grade_reason": "bills",
            "drug": np.resize(["baclofen_proven", "unknown", "pain_likely"], n), "supplies": True,
            "p_active": np.linspace(0.5, 1.0, n), "p_accepts_pump": np.nan, "first_year": 2020, "last_year": 2023,
            "beneficiaries": np.where(np.arange(n) % 3 == 0, np.nan, 20.0 + np.arange(n)), "services": 50.0,
        }
    )  # fmt: skip


@pytest.fixture
def inputs() -> AccessInputs:
    return make_inputs()


@pytest.fixture
def specialists(inputs: AccessInputs) -> pd.DataFrame:
    return make_specialists(inputs.sites)


def unasked(people: pd.DataFrame, sites: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables that answers are laid over, for people and sites of whom nobody has said anything."""
    nothing = dict.fromkeys(("billed", "deactivated_on", "against"), "")
    filed = people.assign(
        filed_rank=people["grade_rank"], filed_reason=people["grade_reason"], filed_p_active=people["p_active"],
        filed_p_basis="bills", **nothing,
    )  # fmt: skip
    return filed, sites.assign(covered=False, address_kind="street", site_status="listed", site_key=sites["site_id"])


@pytest.fixture
def write_store(tmp_path: Path, itb: Service) -> Callable[[AccessInputs], Store]:
    """Write a run's tables below a fresh data folder and return its store."""
    from deserts.access import build_scores

    def write(inputs: AccessInputs) -> Store:
        store = Store(Settings(data_dir=tmp_path / "data"), Region.parse("ME"), "itb", inputs.grade)
        for name in ("demand", "point_snaps", "sites", "site_snaps", "drive_times", "counties"):
            store.write(name, getattr(inputs, name))
        people = make_specialists(inputs.sites)
        store.write("specialists", people)
        for name, frame in zip(("specialists_unasked", "sites_unasked"), unasked(people, inputs.sites), strict=True):
            store.write(name, frame)
        evidence = pd.DataFrame(
            {
                "npi": inputs.sites["npi"], "source": "affiliation", "kind": "affiliation",
                "code": np.resize(["200001", "200002"], len(inputs.sites)), "place_of_service": "", "year": 2023,
                "observed_on": "", "beneficiaries": np.nan, "services": np.nan, "for_against": "neutral",
            }
        )  # fmt: skip
        store.write("evidence", evidence)
        tables = build_scores(inputs, service=itb, time_limit_min=LIMIT_MIN)
        store.write("reach", tables.reach)
        store.write("county_scores", tables.county_scores)
        census = inputs.demand.groupby("county_fips")["population"].sum()
        known = inputs.counties.assign(population=inputs.counties["county_fips"].map(census))
        store.write("county_totals", county_totals(inputs.demand, known))
        provenance = Provenance(
            "ME", "itb", inputs.grade, (2023,), "2024-01-01", None, "2024-01-02", missing_states=("MA",),
            inputs=(("claims.csv", "0123456789abcdef"),), **everything_read(Region.parse("ME").supply_states),
        )  # fmt: skip
        write_text(store.provenance_path, provenance.to_json())
        write_text(store.provenance_path.with_name(LOCK_NAME), "{}")
        return store

    return write


def shuffled(inputs: AccessInputs, seed: int = 3) -> AccessInputs:
    """Return the same facts with every table's rows in another order."""
    return replace(
        inputs,
        **{
            name: getattr(inputs, name).sample(frac=1, random_state=seed).reset_index(drop=True)
            for name in ("demand", "point_snaps", "sites", "site_snaps", "drive_times", "counties")
        },
    )

"""A made-up neighbourhood for tests: clinicians on a plane where one kilometre takes one minute, and an island."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from deserts.config import Region
from deserts.patients.search.backups import BackupData, Reach
from deserts.patients.search.doubts import Doubt, doubts_of
from deserts.patients.search.nearest import great_circle_km
from deserts.patients.search.origin import Origin
from deserts.patients.search.place_data import PumpPlaces
from deserts.patients.search.team import TeamFacts
from deserts.places.zips import ZipIndex
from deserts.provenance import Provenance
from deserts.services.profile import Service, load_service
from deserts.specialists.said import Said
from deserts.specialists.standing import Standings
from deserts.tables import Status
from tests.searched import everything_read

TODAY = dt.date(2026, 11, 20)
HERE = Origin(-68.8, 44.8, "04999 Testville, ME", zip_precise=True)
ISLAND_LON = -60.0
"""East of this meridian there is no road to the rest."""
KM_PER_DEGREE = 111.195

ITB = load_service("itb")


def person(npi: int, **changes: Any) -> dict[str, Any]:
    """One clinician with everything that matters; pass what differs."""
    return {
        "npi": f"{npi:010d}", "entity": "I", "name": f"Person {npi}", "credentials": "MD",
        "specialty": "PHYSICAL MEDICINE AND REHABILITATION", "age_band": "unknown", "grade": "refills_pumps",
        "grade_reason": "made up", "drug": "unknown", "p_active": 0.9, "p_accepts_pump": 0.5, "first_year": 2018,
        "last_year": 2024, "beneficiaries": 20.0, "services": 60.0, "supplies": True, "km_east": 10.0, "km_north": 0.0,
        "practice": f"P{npi}", "building": f"b{npi:07d}", "phone": f"207555{npi % 10000:04d}", "hospital": (),
        "precision": "rooftop", **changes,
    }  # fmt: skip


def world(
    *people: dict[str, Any],
    service: Service = ITB,
    limit_min: float = 480.0,
    refreshed_on: str = "2026-11-01",
    zips: pd.DataFrame | None = None,
    places: PumpPlaces | None = None,
) -> BackupData:
    """Index made-up people; one site each (pass the same NPI twice for two sites)."""
    rows = pd.DataFrame(people).sort_values(["npi", "building"], ignore_index=True)
    rank = rows["grade"].map(service.rank).astype("int64")
    lon = HERE.lon + rows["km_east"] / (KM_PER_DEGREE * np.cos(np.radians(HERE.lat)))
    sites = pd.DataFrame(
        {
            "site_id": rows["npi"] + "-" + rows["building"], "npi": rows["npi"], "practice_id": rows["practice"],
            "practice_basis": "group_id", "practice_name": "Practice " + rows["practice"], "address": "1 Main St",
            "city": "Testville", "state": "ME", "zip": "04999", "phone": rows["phone"], "lon": lon,
            "lat": HERE.lat + rows["km_north"] / KM_PER_DEGREE, "precision": rows["precision"], "share": 1.0,
            "telehealth": False, "grade": rows["grade"], "grade_rank": rank, "supplies": rows["supplies"],
            "site_status": "listed", "address_kind": "street", "covered": False,
        }
    ).sort_values("site_id", ignore_index=True)  # fmt: skip
    own = [
        "npi", "entity", "name", "credentials", "specialty", "age_band", "grade", "grade_reason", "drug", "supplies",
        "p_active", "p_accepts_pump", "first_year", "last_year", "beneficiaries", "services",
    ]  # fmt: skip
    # A made-up grade stands for what public files show; a contradicted one comes from a number out of use.
    gone = rows["grade"] == "contradicted"
    specialists = rows[own].assign(
        grade_rank=rank, state="ME", filed_rank=rank.mask(gone, service.rank("specialty_only")),
        filed_reason=rows["grade_reason"], filed_p_active=rows["p_active"], filed_p_basis="bills", billed="",
        deactivated_on=np.where(gone, "2025-01-01", ""), against="", p_active_basis="bills", p_accepts_basis="prior",
        last_outcome="", outcome_on="", review_on="", verified_on="", evidence_weight=0.5,
    ).drop_duplicates("npi")  # fmt: skip
    ties = [(row["npi"], code) for row in people for code in row["hospital"]]
    return BackupData.build(
        service=service,
        provenance=Provenance(
            "ME",
            service.service_id,
            service.default_grade,
            (2022, 2023, 2024),
            refreshed_on=refreshed_on,
            **everything_read(Region.parse("ME").supply_states),
        ),
        zips=ZipIndex(zips if zips is not None else zip_table()),
        network=None,  # type: ignore[arg-type]
        snaps=None,  # type: ignore[arg-type]
        sites=sites,
        specialists=specialists,
        affiliations=pd.DataFrame(ties, columns=["npi", "code"], dtype="str"),
        region_states=("ME",),
        limit_min=limit_min,
        max_snap_km=40.0,
        places=places,
    )


def call(npi: int | str, outcome: str = "accepting", *, days_ago: int = 10, source: str = "phone", **more: Any) -> Said:
    """One answer about a made-up clinician, so many days before `TODAY`."""
    text = npi if isinstance(npi, str) else f"{npi:010d}"
    today = more.pop("today", TODAY)
    return Said(entry="", npi=text, outcome=outcome, source=source, on=today - dt.timedelta(days=days_ago), **more)


def told(*said: Said, networks: pd.DataFrame | None = None, today: dt.date = TODAY) -> TeamFacts:
    """What a team knows that was told these answers."""
    keep_days = int(ITB.number("verification.keep_days"))
    return TeamFacts(Standings.of(said, keep_days=keep_days, as_of=today), networks)


def pump_place(ccn: str, km: float, **changes: Any) -> dict[str, Any]:
    """One hospital that was paid for refills; pass what differs."""
    return {
        "place_id": f"H{ccn}", "ccn": ccn, "name": f"Hospital {ccn}", "hospital_type": "Acute Care Hospitals",
        "emergency": True, "address": "1 Way", "city": "Testville", "state": "ME", "zip": "04999",
        "phone": "2075550000", "lon": HERE.lon + km / (KM_PER_DEGREE * np.cos(np.radians(HERE.lat))), "lat": HERE.lat,
        "precision": "zip", "grade": "P3", "grade_rank": 0, "supplies": True, "drug": "unknown", "payments_low": 20.0,
        "payments_high": 29.0, "payers": "Alpha Medicare; Beta", "payers_without": "Gamma", "codes": "62370",
        "last_updated_on": "2026-05-01", "shared_by": 1, "system_id": "", **changes,
    }  # fmt: skip


def pump_places(*rows: dict[str, Any]) -> PumpPlaces:
    return PumpPlaces(pd.DataFrame(rows).sort_values("place_id", ignore_index=True), None)


def zip_table() -> pd.DataFrame:
    """A few ZIPs: an area, a post-office box, a single organisation, and one in another state."""
    return pd.DataFrame(
        [
            ("04999", "Testville", "ME", "23019", HERE.lon, HERE.lat, "area", "user"),
            ("04998", "Boxton", "ME", "23019", HERE.lon, HERE.lat, "po_box", "user"),
            ("04997", "Hospital", "ME", "23019", HERE.lon, HERE.lat, "organisation", "user"),
            ("03999", "Over", "NH", "33001", HERE.lon - 1, HERE.lat, "area", "user"),
        ],
        columns=["zip", "place", "state", "county_fips", "lon", "lat", "kind", "source"],
    )


def flat_search(origin: Origin, data: BackupData, *, limit_min: float | None) -> Reach:
    """Stand in for the road search: a minute a kilometre in a straight line, no road across the sea."""
    lon, lat = data.sites["lon"].to_numpy(float), data.sites["lat"].to_numpy(float)
    return Reach(*flat_times(origin, data, lon, lat, limit_min))


def flat_doubts(
    origin: Origin, data: BackupData, lon: np.ndarray, lat: np.ndarray, drive_min: np.ndarray
) -> tuple[Doubt, ...]:
    """Stand in for the doubt about drives: there is none where no network is."""
    return doubts_of(origin, None, drive_min, data)  # type: ignore[arg-type]


def flat_times(
    origin: Origin, data: BackupData, lon: np.ndarray, lat: np.ndarray, limit_min: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return minutes, kilometres and status to any places of the flat world."""
    km = np.round(great_circle_km(origin, lon, lat), 4)
    placed = np.isfinite(lon)
    same_land = (lon > ISLAND_LON) == (origin.lon > ISLAND_LON)
    near = km <= (np.inf if limit_min is None else limit_min)
    ok = placed & same_land & near
    status = np.select(
        [~placed, ~same_land, ~near],
        [Status.UNSNAPPED.value, Status.UNREACHABLE.value, Status.BEYOND_LIMIT.value],
        Status.OK.value,
    )
    return np.where(ok, km, np.nan), np.where(ok, km, np.nan), status

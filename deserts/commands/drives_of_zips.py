"""Drives from the ZIPs that a user names to sites and hospitals, for the commands on closures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deserts.access.drives_on_demand import drives_from_places
from deserts.access.hospital_options import HospitalDrives
from deserts.errors import DesertsError, InputError
from deserts.places.zips import ZipIndex
from deserts.roads import Network

if TYPE_CHECKING:
    from deserts.access.pairs import PairTable
    from deserts.access.prepared import Prepared
    from deserts.api.run import Run
    from deserts.arrays import Floats

__all__ = ["drives_to_sites", "hospitals_from", "hospitals_of_points"]


def drives_to_sites(run: Run, prepared: Prepared, zips: list[str], *, file: Path | None = None) -> PairTable:
    """Return the drives from some ZIPs (of a file of the user) to the sites of the run."""
    return _drives(run, zips, run.store.read("site_snaps"), prepared.site_ids, file)


def hospitals_of_points(run: Run, point_ids: pd.Series) -> HospitalDrives | None:
    """Return the drives of the run's points to hospitals without a named clinician; None where none is known."""
    store = run.store
    if not (store.has("hospital_places") and store.has("place_times")):
        return None
    places = store.read("hospital_places")
    return HospitalDrives.of_points(store.read("place_times"), point_ids, places, _systems(run))


def hospitals_from(run: Run, zips: list[str], *, file: Path | None = None) -> HospitalDrives | None:
    """Return the drives from some ZIPs to the same hospitals."""
    store = run.store
    if not (store.has("hospital_places") and store.has("hospital_snaps")):
        return None
    places = store.read("hospital_places")
    shown = places[places["supplies"]].reset_index(drop=True)
    snaps = store.read("hospital_snaps").rename(columns={"ccn": "site_id"})
    return HospitalDrives(_drives(run, zips, snaps, pd.Index(shown["ccn"]), file), shown, _systems(run))


def _systems(run: Run) -> dict[str, str]:
    if not run.store.has("hospital_systems"):
        return {}
    systems = run.store.read("hospital_systems")
    return dict(zip(systems["ccn"], systems["system_id"], strict=True))


def _drives(run: Run, zips: list[str], snaps: pd.DataFrame, ends: pd.Index, file: Path | None) -> PairTable:
    lon, lat = _located(ZipIndex(run.store.read("zips")), zips, file)
    return drives_from_places(
        Network.load(run.store.find_network()), lon, lat, snaps, ends, limit_min=run.settings.time_limit_min,
        max_snap_km=run.settings.max_snap_km, max_workers=run.settings.max_workers,
    )  # fmt: skip


def _located(index: ZipIndex, zips: list[str], file: Path | None) -> tuple[Floats, Floats]:
    """Return longitude and latitude of each ZIP; name every row of the file whose ZIP cannot be found."""
    places, faults = [], []
    for row, code in enumerate(zips, start=2):
        try:
            places.append(index.find(code))
        except DesertsError:
            faults.append(f"row {row}")
    if faults:
        shown = ", ".join(faults[:5]) + (f" and {len(faults) - 5} more" if len(faults) > 5 else "")
        raise InputError(
            "not the ZIP of a place in this region or its surroundings" + (f": {shown}" if file else ""),
            where="--zip" if file is None else f"{file}, column zip",
            expected="five digits, leading zeros kept",
            fix="correct it, or choose another --region",
        )
    return np.array([place.lon for place in places]), np.array([place.lat for place in places])

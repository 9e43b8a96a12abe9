"""The roads of a pack: whole where patients of the region may be, beyond it the quickest ways to every clinic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from deserts.errors import MissingDataError
from deserts.roads import Network, Snaps
from deserts.roads.cut import Cut, cut_network, km_to, roads_within
from deserts.store import Store
from deserts.tables import SNAP_ROADS

__all__ = ["STATE", "Area", "PackedRoads", "pack_roads"]


@dataclass(frozen=True, slots=True)
class Area:
    """How far beyond the region's own ZIPs a pack answers.

    Parameters
    ----------
    asked_km
        A ZIP of another state that lies nearer than this to one of the region's can be asked about.
    roads_km
        Roads nearer than this are whole. It holds more than the longest access leg beyond the ZIPs that can be asked
        about, so that each of them lies on the same roads as in the full run.
    """

    asked_km: float = 30.0
    roads_km: float = 90.0


STATE: Final = Area()


@dataclass(frozen=True, slots=True, eq=False)
class PackedRoads:
    """The network of a pack, and the tables that speak of its roads or of how far they reach."""

    network: Network
    frames: dict[str, pd.DataFrame]


def pack_roads(store: Store, area: Area = STATE) -> PackedRoads:
    """Cut a run's network to what answers for its region need; nothing is cut where all lies within the area.

    Parameters
    ----------
    store
        The run.
    area
        How far beyond the region the pack answers.

    Raises
    ------
    MissingDataError
        If the region has no ZIPs.
    """
    network, zips = Network.load(store.find_network()), store.read("zips")
    own = zips["state"].isin(store.region.states).to_numpy()
    if not own.any():
        raise MissingDataError(
            "the run knows no ZIP of its own region", where=store.path("zips"), fix=store.how_to_make()
        )
    lon, lat = zips["lon"].to_numpy(), zips["lat"].to_numpy()
    whole = roads_within(network, lon[own], lat[own], km=area.roads_km)
    names = [name for name in ("site_snaps", "hospital_snaps") if store.has(name)]
    frames = {name: store.read(name) for name in names}
    if whole.all():
        return PackedRoads(network, frames)
    cut = cut_network(network, whole, [Snaps.from_frame(frame) for frame in frames.values()])
    moved = {name: _renumbered(frame, cut) for name, frame in frames.items()}
    near = km_to(lon, lat, lon[own], lat[own])
    return PackedRoads(cut.network, {**moved, "zips": zips.assign(covered=own | (near <= area.asked_km))})


def _renumbered(frame: pd.DataFrame, cut: Cut) -> pd.DataFrame:
    """Return a table of snapped places with the numbers that roads have after the cut."""
    changed = frame.copy()
    for road in range(1, SNAP_ROADS + 1):
        name = "edge" if road == 1 else f"edge_{road}"
        if name in frame:
            edge = frame[name].to_numpy()
            changed[name] = np.where(edge >= 0, cut.edge[np.where(edge >= 0, edge, 0)], -1).astype(edge.dtype)
    return changed

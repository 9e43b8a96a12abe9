"""Drives that the pipeline's table does not hold: from a user's ZIPs, and to clinicians listed on paper only."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.adequacy import Supply, listed_on_paper
from deserts.access.pairs import PairTable
from deserts.roads import Network, Snaps, snap, times_to_sites
from deserts.services import Service

__all__ = ["drives_from_places", "drives_on_paper", "drives_to_places"]


def drives_from_places(
    network: Network,
    lon: np.ndarray,
    lat: np.ndarray,
    site_snaps: pd.DataFrame,
    site_ids: pd.Index,
    *,
    limit_min: float,
    max_snap_km: float,
    max_workers: int | None = None,
) -> PairTable:
    """Return the drives from some places to sites, within a limit.

    Parameters
    ----------
    network
        The roads.
    lon, lat
        Places, degrees.
    site_snaps
        The table ``site_snaps``.
    site_ids
        Sites, in the order of the positions of the result.
    """
    places = snap(network, lon, lat, max_snap_km=max_snap_km)
    sites = Snaps.from_frame(site_snaps.set_index("site_id").loc[site_ids].reset_index())
    return _to_pairs(network, places, sites, limit_min=limit_min, max_workers=max_workers)


def drives_to_places(
    network: Network,
    point_snaps: pd.DataFrame,
    lon: np.ndarray,
    lat: np.ndarray,
    *,
    limit_min: float,
    max_snap_km: float,
    max_workers: int | None = None,
) -> PairTable:
    """Return the drives from demand points to some places, within a limit.

    Parameters
    ----------
    network
        The roads.
    point_snaps
        The table ``point_snaps``; its rows are the demand points.
    lon, lat
        Places, degrees, in the order of the positions of the result.
    """
    places = snap(network, lon, lat, max_snap_km=max_snap_km)
    return _to_pairs(network, Snaps.from_frame(point_snaps), places, limit_min=limit_min, max_workers=max_workers)


def drives_on_paper(
    network: Network,
    point_snaps: pd.DataFrame,
    sites: pd.DataFrame,
    site_snaps: pd.DataFrame,
    specialists: pd.DataFrame,
    limits: pd.DataFrame,
    *,
    service: Service,
    max_workers: int | None = None,
) -> Supply:
    """Return the drives to every clinician listed under the benchmark specialty, within the longest adequacy limit.

    Parameters
    ----------
    point_snaps, site_snaps
        Tables of the run; rows of ``point_snaps`` are the demand points.
    sites
        Sites of *all* grades.
    specialists
        The registry, for who is listed under which specialty.
    limits
        Result of ``adequacy.county_limits``: drives beyond its longest limit change nothing.
    """
    listed = listed_on_paper(sites, specialists, service=service)
    placed = set(site_snaps["site_id"])
    chosen = sites[listed & sites["site_id"].isin(placed).to_numpy()].reset_index(drop=True)
    snaps = Snaps.from_frame(site_snaps.set_index("site_id").loc[chosen["site_id"]].reset_index())
    longest = float(np.nan_to_num(limits["time_min"].max()))
    pairs = _to_pairs(network, Snaps.from_frame(point_snaps), snaps, limit_min=longest, max_workers=max_workers)
    return Supply(pairs, chosen["npi"])


def _to_pairs(network: Network, points: Snaps, sites: Snaps, *, limit_min: float, max_workers: int | None) -> PairTable:
    times = times_to_sites(network, points, sites, limit_min=limit_min, max_workers=max_workers)
    return PairTable.from_arrays(
        times.point,
        times.site,
        times.drive_min,
        n_points=len(points),
        n_sites=len(sites),
        dist_km=times.dist_km,
    )

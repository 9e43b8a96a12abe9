"""Drive times and isochrones on anybody's points and roads, without a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.api.pairs import Pairs
from deserts.arrays import Floats
from deserts.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from deserts.api.run import Run
    from deserts.roads import Network

__all__ = ["drive_times", "isochrones", "open_roads"]


def open_roads(
    roads: Run | Network | str | Path | Sequence[str | Path],
    *,
    speeds: str | Path | None = None,
    population: str | Path | None = None,
    turns: bool = False,
    season: str = "summer",
) -> Network:
    """Return a network: that of a run, one saved in a folder, or one read from OpenStreetMap extracts.

    Parameters
    ----------
    roads
        A run, a network, a saved network's folder, or one or several extracts (``.osm.pbf``, ``.osm``).
    speeds
        Speed table (``.toml``) instead of the built-in one.
    population
        CSV with ``lon,lat,population``, to tell town from country; otherwise the roads around do.
    turns
        Whether to keep turn restrictions and count what each turn at a junction takes.
    season
        ``summer`` or ``winter``: what is closed then is not driven.

    Raises
    ------
    InputError
        If a saved network is given with what would change it.
    """
    from deserts.api.run import Run
    from deserts.roads import Network, load_speeds, read_network
    from deserts.roads.points_file import read_population
    from deserts.roads.seasons import SEASONS, Season

    if season not in SEASONS:
        raise InputError(f"season {season!r}", expected=" or ".join(SEASONS))
    if isinstance(roads, Run):
        return roads.network
    if isinstance(roads, Network):
        return roads
    paths = [Path(roads)] if isinstance(roads, str | Path) else [Path(path) for path in roads]
    if any(path.is_dir() for path in paths):
        if len(paths) > 1 or population is not None or speeds is not None or turns or season != Season.SUMMER:
            raise InputError(
                "a saved network stays as it was read, and stands alone",
                where=next(path for path in paths if path.is_dir()),
                fix="give the extracts themselves to use a population file, speeds, turns, a season, or several roads",
            )
        return Network.load(paths[0])
    people = None if population is None else read_population(Path(population))
    model = load_speeds(None if speeds is None else Path(speeds))
    return read_network(paths, speeds=model, population=people, turns=turns, season=Season(season))


def drive_times(
    origins: gpd.GeoDataFrame | gpd.GeoSeries,
    destinations: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    roads: Run | Network | str | Path | Sequence[str | Path],
    pairwise: bool = False,
    max_min: float | None = None,
    max_snap_km: float = 50.0,
    workers: int | None = None,
) -> pd.DataFrame:
    """Return minutes and kilometres of driving from each origin to each destination.

    Minutes are those of an average daytime drive, without an hour of departure, and include the ways from the points to
    the road.

    Parameters
    ----------
    origins, destinations
        Points in any coordinate reference system; their indices name them.
    roads
        A run, a network, a saved network's folder, or OpenStreetMap extracts.
    pairwise
        Whether origin i goes to destination i alone, instead of to all.
    max_min
        Longest drive, minutes; no limit when None.
    max_snap_km
        Longest way from a point to the nearest road, kilometres.
    workers
        Threads; all cores when None.

    Returns
    -------
    pandas.DataFrame
        ``origin_id``, ``destination_id``, ``drive_min``, ``dist_km`` and ``status`` (``ok``, ``beyond_limit``,
        ``unreachable``: no road leads there, ``unsnapped``: no road near), in the order of origins, then destinations.
        What has no drive has nulls and says why in ``status``. ``closed_season_min`` and ``closed_season_status`` say
        what a drive becomes while mountain passes and seasonal ferries are closed: null and empty where nothing
        changes, null and ``unreachable`` or ``beyond_limit`` where there is no drive then. The credit is in
        ``attrs["attribution"]``.

    Raises
    ------
    InputError
        If there is no reference system, a geometry is not a point, or the lengths of pairs differ.

    Examples
    --------
    >>> run = deserts.open("example")
    >>> people = run.demand.query("scored").set_index("point_id").head(2)
    >>> clinics = run.sites[run.sites["counts"]].set_index("site_id").head(3)
    >>> minutes = deserts.drive_times(people, clinics, roads=run)
    >>> len(minutes), sorted(minutes["status"].unique())
    (6, ['ok'])
    """
    import pandas as pd

    starts, ends = _lonlat(origins, "origins"), _lonlat(destinations, "destinations")
    row, column = _pairs(len(origins), len(destinations), pairwise=pairwise)
    network = open_roads(roads)
    places = Pairs.between(network, (starts[0], starts[1]), (ends[0], ends[1]), max_snap_km=max_snap_km)
    pairs = places.of(row, column)
    minutes, km, status = pairs.drives(max_min=max_min, workers=workers)
    found = pd.DataFrame(
        {
            "origin_id": origins.index.to_numpy()[row],
            "destination_id": destinations.index.to_numpy()[column],
            "drive_min": minutes,
            "dist_km": km,
            "status": status,
        }
    )
    found["closed_season_min"], found["closed_season_status"] = pairs.closed_season(
        minutes, max_min=max_min, workers=workers
    )
    found.attrs["attribution"] = "; ".join(network.meta["attribution"])
    return found


def isochrones(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    minutes: Sequence[float],
    *,
    roads: Run | Network | str | Path | Sequence[str | Path],
    per_point: bool = False,
    cell_m: float | None = None,
    max_snap_km: float = 50.0,
) -> gpd.GeoDataFrame:
    """Return the land from which the points are reached by car within so many minutes. For looking at.

    Parameters
    ----------
    points
        Points in any coordinate reference system.
    minutes
        Upper edges of the bands.
    roads
        A run, a network, a saved network's folder, or OpenStreetMap extracts.
    per_point
        Whether each point has shapes of its own, named by ``point_id``, instead of one a band for all together.
    cell_m
        Size of a cell, metres; 100, or more on big areas, when None.
    max_snap_km
        Longest way from a point to the nearest road, kilometres.

    Returns
    -------
    geopandas.GeoDataFrame
        ``band_min`` (and ``point_id``) with shapes in the reference system of the points.

    Raises
    ------
    InputError
        If there is no reference system, a geometry is not a point, or a band is not above zero.

    Examples
    --------
    >>> run = deserts.open("example")
    >>> clinics = run.sites[run.sites["counts"]].head(1).to_crs("EPSG:5070")
    >>> bands = deserts.isochrones(clinics, [30, 60], roads=run)
    >>> bands["band_min"].tolist(), bool(bands.area.is_monotonic_increasing)
    ([30, 60], True)
    """
    from deserts.roads import isochrones as draw
    from deserts.roads import snap

    lon, lat = _lonlat(points, "points")
    network = open_roads(roads)
    snaps = snap(network, lon, lat, max_snap_km=max_snap_km)
    shapes = draw(network, snaps, bands_min=list(minutes), merged=not per_point, cell_m=cell_m)
    if per_point:
        shapes.insert(1, "point_id", points.index.to_numpy()[shapes["site_index"].to_numpy()])
    found = shapes.drop(columns="site_index").to_crs(points.crs)
    found.attrs["attribution"] = "; ".join(network.meta["attribution"])
    return found


def _pairs(origins: int, destinations: int, *, pairwise: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not pairwise:
        row, column = np.indices((origins, destinations)).reshape(2, -1)
        return row.astype(np.int64), column.astype(np.int64)
    if origins != destinations:
        raise InputError(
            f"{origins} origins and {destinations} destinations make no pairs", where="pairwise",
            expected="as many destinations as origins, in the same order",
        )  # fmt: skip
    each = np.arange(origins, dtype=np.int64)
    return each, each


def _lonlat(points: Any, where: str) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes, degrees."""
    shapes = getattr(points, "geometry", None)
    if shapes is None or not hasattr(shapes, "geom_type"):
        raise InputError("no points", where=where, expected="a GeoDataFrame or GeoSeries of points")
    if shapes.crs is None:
        raise InputError(
            "the points have no coordinate reference system", where=where,
            fix="say it with set_crs, for example set_crs('EPSG:4326') for longitude and latitude",
        )  # fmt: skip
    wrong = np.flatnonzero((shapes.isna() | shapes.is_empty | (shapes.geom_type != "Point")).to_numpy())
    if wrong.size:
        raise InputError(
            f"{wrong.size} of {len(shapes)} geometries are no points", where=f"{where}, row {wrong[0]}",
            expected="points", fix="take .representative_point() of areas, and drop rows without a place",
        )  # fmt: skip
    degrees = shapes.to_crs("EPSG:4326")
    return degrees.x.to_numpy(dtype=np.float64), degrees.y.to_numpy(dtype=np.float64)

"""Road tools of their own: drive times of given pairs, and isochrones around given sites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.options import DataDir, NoNetwork, Processes, RoadsOrNetwork, SchedulerAddress
from deserts.errors import InputError

if TYPE_CHECKING:
    from deserts.roads import Network
    from deserts.roads.hours import HourFactors

__all__ = ["drive_times", "isochrones"]

Place = Annotated[
    str | None, typer.Option("--place", help="City or county to fetch with OSMnx instead, as 'Bangor, Maine, USA'.")
]
Population = Annotated[
    Path | None,
    typer.Option(
        "--population",
        help="CSV with lon,lat,population (ZIPs, tracts or finer), to tell town from country; else roads around do.",
    ),
]
Speeds = Annotated[Path | None, typer.Option("--speeds", help="Speed table (.toml) instead of the built-in one.")]
Turns = Annotated[
    bool, typer.Option("--turns", help="Keep turn restrictions and count what each turn at a junction takes.")
]
SeasonOfYear = Annotated[
    str, typer.Option("--season", help="summer or winter: closed passes are not driven, seasonal ferries do not sail.")
]
MaxSnap = Annotated[float, typer.Option("--max-snap-km", min=0.0, help="Longest way from a point to the nearest road.")]


def drive_times(
    *,
    pairs: Annotated[Path, typer.Option("--pairs", help="CSV with pair_id and the coordinates of both ends.")],
    out: Annotated[Path, typer.Option("--out", help="CSV to write, one row a pair.")],
    roads: RoadsOrNetwork = None,
    place: Place = None,
    population: Population = None,
    speeds: Speeds = None,
    turns: Turns = False,
    season: SeasonOfYear = "summer",
    max_min: Annotated[
        float | None, typer.Option("--max-min", min=0.0, help="Longest drive; no limit otherwise.")
    ] = None,
    max_snap_km: MaxSnap = 50.0,
    arrive: Annotated[
        str | None, typer.Option("--arrive", help="Hour of arrival, as 09:00; needs --hour-factors.")
    ] = None,
    hour_factors: Annotated[
        Path | None, typer.Option("--hour-factors", help="Your own CSV of what an hour does to a drive, with sources.")
    ] = None,
    scheduler: SchedulerAddress = None,
    workers: Processes = None,
    data: DataDir = None,
    no_network: NoNetwork = False,
) -> None:
    """Minutes and kilometres of driving for given pairs of places.

    The pairs need the columns `pair_id,origin_lon,origin_lat,dest_lon,dest_lat`, in any order; other columns are
    kept. The result adds `drive_min`, `dist_km`, `leg_km` (the longer way from an end to the nearest road),
    `plus_minus_min` (within which nine drives in ten should lie where minutes are in doubt, else 0), `doubt` (`not
    checked here`: nobody's minutes were compared; `far from any road`) and `status`:
    `ok`, `beyond_limit`, `unreachable` (no road leads there), `unsnapped` (no road near). Minutes are those of an
    average daytime drive, without an hour of departure. `closed_season_min` is the drive while mountain passes and
    seasonal ferries are closed, empty where that changes nothing; `closed_season_status` is `ok` where it is longer,
    `unreachable` or `beyond_limit` where there is none then, empty where nothing changes.
    With `--arrive 09:00` and your own `--hour-factors`, `arrive_low_min` and `arrive_high_min` say between how many
    minutes the drive may take then, to five minutes outwards; empty where the table has no row for it.
    Big tables can be spread over worker processes with `--workers`, or over machines with `--scheduler`; the result
    is the same.

    **Examples**

    `deserts access drive-times --roads maine.osm.pbf --pairs pairs.csv --out times.csv`

    `deserts access drive-times --roads me.osm.pbf --roads nh.osm.pbf --population zips.csv --pairs p.csv --out t.csv`

    `deserts access drive-times --roads co.osm.pbf --turns --season winter --pairs p.csv --out t.csv`

    `deserts access drive-times --roads us/network --pairs p.csv --out t.csv --scheduler tcp://10.0.0.5:8786`
    """
    from deserts.api.pairs import Pairs
    from deserts.roads.points_file import check_within, coordinates, read_pairs
    from deserts.store import write_text

    if scheduler is not None and workers is not None:
        raise InputError("work goes to one set of workers", expected="either --scheduler or --workers")
    hour = _hour(arrive, hour_factors)
    frame = read_pairs(pairs)
    made = _Reading(population, speeds, turns=turns, season=season)
    network = _network(roads, place, made, data=data, no_network=no_network)
    ends: list[tuple[Any, Any]] = []
    for end in ("origin", "dest"):
        lon, lat = coordinates(pairs, frame, f"{end}_lon", f"{end}_lat")
        check_within(pairs, network, lon, lat, f"{end}_lon")
        ends.append((lon, lat))
    between = Pairs.between(network, ends[0], ends[1], max_snap_km=max_snap_km)
    minutes, km, status = between.drives(max_min=max_min, scheduler=scheduler, processes=workers)
    frame["drive_min"] = [f"{value:.4f}" if value == value else "" for value in minutes.tolist()]
    leg_km, give, why = between.doubts(minutes)
    for name, values in (("dist_km", km), ("leg_km", leg_km), ("plus_minus_min", give)):
        frame[name] = [f"{value:.3f}" if value == value else "" for value in values.tolist()]
    frame["doubt"] = why
    frame["status"] = status
    closed_min, closed_status = between.closed_season(minutes, max_min=max_min)
    frame["closed_season_min"] = [f"{value:.4f}" if value == value else "" for value in closed_min.tolist()]
    frame["closed_season_status"] = closed_status
    if hour is not None:
        bands, sources = between.at_hour(minutes, give, factors=hour[0], minute=hour[1])
        frame["arrive_low_min"], frame["arrive_high_min"] = (
            ["" if band is None else str(band[side]) for band in bands] for side in (0, 1)
        )
        for source in sources:
            typer.echo(f"Source of the hours: {source}", err=True)
    write_text(out, frame.to_csv(index=False, lineterminator="\n"))
    counts = frame["status"].value_counts().sort_index()
    typer.echo(f"{out}: {len(frame)} pairs; " + ", ".join(f"{name} {count}" for name, count in counts.items()))
    _credit(network)


def isochrones(
    *,
    sites: Annotated[Path, typer.Option("--sites", help="CSV with lon,lat; other columns are kept with --per-site.")],
    out: Annotated[Path, typer.Option("--out", help="File to write: .gpkg or .geojson.")],
    bands: Annotated[str, typer.Option("--bands", help="Minutes, joined by commas.")] = "30,60,120",
    roads: RoadsOrNetwork = None,
    place: Place = None,
    population: Population = None,
    speeds: Speeds = None,
    per_site: Annotated[bool, typer.Option("--per-site", help="One shape a site and band, not merged.")] = False,
    cell_m: Annotated[
        float | None, typer.Option("--cell-m", min=10.0, help="Cell size in metres; 100, or more on big areas.")
    ] = None,
    max_snap_km: MaxSnap = 50.0,
    data: DataDir = None,
    no_network: NoNetwork = False,
) -> None:
    """Land from which sites are reached by car within so many minutes. For looking at: scores never use it.

    **Examples**

    `deserts access isochrones --roads maine.osm.pbf --sites sites.csv --bands 30,60,120 --out reach.gpkg`

    `deserts access isochrones --roads data/processed/ME/network --sites sites.csv --per-site --out reach.geojson`
    """
    from deserts.roads import isochrones as draw
    from deserts.roads import snap
    from deserts.roads.points_file import check_within, coordinates, read_sites
    from deserts.roads.shapes_file import parse_bands, write_shapes

    minutes = parse_bands(bands)
    frame = read_sites(sites)
    network = _network(roads, place, _Reading(population, speeds), data=data, no_network=no_network)
    lon, lat = coordinates(sites, frame, "lon", "lat")
    check_within(sites, network, lon, lat, "lon")
    snaps = snap(network, lon, lat, max_snap_km=max_snap_km)
    shapes = draw(network, snaps, bands_min=minutes, merged=not per_site, cell_m=cell_m)
    write_shapes(out, shapes, frame if per_site else None)
    unsnapped = int((~snaps.snapped).sum())
    typer.echo(f"{out}: {len(shapes)} shapes" + (f"; {unsnapped} sites without a road near" if unsnapped else ""))
    _credit(network)


def _hour(arrive: str | None, table: Path | None) -> tuple[HourFactors, int] | None:
    """Return a user's table and the hour of arrival; None where no hour was asked for."""
    from deserts.roads.clock import read_hour
    from deserts.roads.hours import read_hour_factors

    if arrive is None:
        return None
    minute = read_hour(arrive, where="--arrive")
    if table is None:
        raise InputError(
            "no table says what an hour does to a drive, and none comes with this program", where="--arrive",
            expected="--hour-factors FILE, with sources of your own", fix="leave --arrive away: average daytime drives",
        )  # fmt: skip
    return read_hour_factors(table), minute


@dataclass(frozen=True, slots=True)
class _Reading:
    """How extracts are to be read."""

    population: Path | None
    speeds: Path | None
    turns: bool = False
    season: str = "summer"


def _network(
    roads: list[Path] | None,
    place: str | None,
    reading: _Reading,
    *,
    data: Path | None,
    no_network: bool,
) -> Network:
    """Open a saved network, read extracts, or fetch a place."""
    from deserts.api.roads import open_roads

    if bool(roads) == bool(place):
        raise InputError("roads are needed from one source", expected="either --roads or --place")
    if place is not None:
        from deserts.commands.context import build_settings
        from deserts.roads.place import fetch_place

        return fetch_place(place, build_settings(data=data, no_network=no_network))
    return open_roads(
        roads or (), speeds=reading.speeds, population=reading.population, turns=reading.turns, season=reading.season
    )


def _credit(network: Network) -> None:
    typer.echo("Roads: " + "; ".join(network.meta["attribution"]), err=True)
    for notice in (network.meta["minute"], *network.meta["notices"]):
        typer.echo(notice, err=True)

"""How they drive: ends on the roads, drive times, reach, isochrones."""

from __future__ import annotations

from deserts.rules.minutes import TICKS_A_MINUTE, in_words
from deserts.tables.schema import STATUSES, Column, Scope, Table, minutes_column, optional_column

MINUTE = "Minutes are those of an average daytime drive, without an hour of departure."
"""What a minute is, in one sentence for every output."""


def minutes_words(drive_min: float, plus_minus_min: int = 0) -> str:
    """Return minutes in words: ``45 min``, ``45 ±20 min``, ``under 10 min``.

    Parameters
    ----------
    drive_min
        The drive.
    plus_minus_min
        How far off it may be (minutes); 0 for what is not in doubt.
    """
    return in_words(round(drive_min * TICKS_A_MINUTE), plus_minus_min)


BANDS_MIN = (30, 60, 120, 240)
"""Upper edges of the areas within reach (minutes), in tables and on maps."""
SNAP_ROADS = 6
"""Roads of a snapped point that tables have columns for: the nearest few, and two of larger parts of the network."""

_SNAP_COLUMNS = (
    Column("snap_km", "float", "straight length of the access leg to the nearest road (km)", nullable=True, minimum=0),
    Column("access_min", "float", "minutes of that leg and of an end of a trip", nullable=True, minimum=0),
    Column("component_id", "int", "largest part of the network among the roads that lead there, -1 when unsnapped"),
    optional_column("km_min", "float", "minutes for each straight kilometre on local roads about it", minimum=0),
    optional_column("end_min", "float", "minutes at this end of a trip, beside driving", minimum=0),
    optional_column(
        "within_km", "float", "straight length of a typical drive inside the place; 0 for an address (km)", minimum=0
    ),
    Column("edge", "int", "edge of the network next to it, -1 when unsnapped"),
    Column("fraction", "float", "place along the edge (0 start to 1 end)", nullable=True, minimum=0, maximum=1),
    optional_column("leg_km", "float", "straight length of the leg to that place (km)", minimum=0),
    *(
        column
        for road in range(2, SNAP_ROADS + 1)
        for column in (
            optional_column(f"edge_{road}", "int", f"road number {road} by which it may be left, -1 for none"),
            optional_column(f"fraction_{road}", "float", "place along it", minimum=0, maximum=1),
            optional_column(f"leg_km_{road}", "float", "straight length of the leg to it (km)", minimum=0),
        )
    ),
    Column("status", "text", "ok or unsnapped", allowed=STATUSES),
)


POINT_SNAPS = Table(
    "point_snaps",
    "one demand point on the network",
    Scope.GRADE,
    ("point_id",),
    (Column("point_id", "text", "demand point"), *_SNAP_COLUMNS),
)


SITE_SNAPS = Table(
    "site_snaps",
    "one site of any grade on the network",
    Scope.GRADE,
    ("site_id",),
    (Column("site_id", "text", "site"), *_SNAP_COLUMNS),
)


HOSPITAL_SNAPS = Table(
    "hospital_snaps",
    "one hospital on the network",
    Scope.GRADE,
    ("ccn",),
    (Column("ccn", "text", "CMS certification number"), *_SNAP_COLUMNS),
)


_CLOSED_SEASON = (
    optional_column(
        "closed_season_min",
        "float",
        "that drive while mountain passes and seasonal ferries are closed, null where nothing changes and where "
        "there is none within the limit (minutes)",
        minimum=0,
    ),
    Column(
        "closed_season_status",
        "text",
        "empty where nothing changes, ok where the drive is a minute longer or more, beyond_limit where there is none "
        "within the limit",
        allowed=("", "ok", "beyond_limit"),
        optional=True,
    ),
)


DRIVE_TIMES = Table(
    "drive_times",
    "one demand point and one site of the run's grade within the time limit",
    Scope.GRADE,
    (),  # unique by construction (point_id, site_id); checked by tests, since the table can hold many million rows
    (
        Column("point_id", "text", "demand point"),
        Column("site_id", "text", "site"),
        Column(
            "drive_min",
            "float",
            "average daytime drive, access legs included (minutes)",
            minimum=0,
        ),
        Column("dist_km", "float", "length of that route, access legs included (km)", minimum=0),
        *_CLOSED_SEASON,
    ),
)


REACH = Table(
    "reach",
    "one demand point, basis and rank: the nearest, second nearest … site",
    Scope.GRADE,
    ("point_id", "basis", "rank"),
    (
        Column("point_id", "text", "demand point"),
        Column("basis", "text", "distinct sites or distinct practices", allowed=("site", "practice")),
        Column("rank", "int", "1 is nearest", minimum=1),
        Column("site_id", "text", "site, empty unless status is ok"),
        minutes_column("drive_min", "average daytime drive, null unless status is ok"),
        Column("status", "text", "ok, beyond_limit, unreachable, unsnapped or none_at_grade", allowed=STATUSES),
        *_CLOSED_SEASON,
    ),
)


ISOCHRONES = Table(
    "isochrones",
    "one band, merged over sites (site_id empty) or of one site",
    Scope.GRADE,
    ("band_min", "site_id"),
    (
        Column("band_min", "int", "upper edge of the band (minutes)", minimum=1),
        Column("site_id", "text", "site, empty when merged"),
        Column("geometry", "geometry", "area reached within band_min, EPSG:4326"),
    ),
)


PLACE_TIMES = Table(
    "place_times",
    "one demand point and one hospital place within the time limit",
    Scope.GRADE,
    ("point_id", "place_id"),
    (
        Column("point_id", "text", "demand point"),
        Column("place_id", "text", "hospital place"),
        Column("drive_min", "float", "driving time, access legs included (minutes)", minimum=0),
        Column("dist_km", "float", "length of that route, access legs included (km)", minimum=0),
    ),
)

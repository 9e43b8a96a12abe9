"""The roads of a city or county by its name or outline, through OSMnx and the Overpass service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deserts.config import Settings
from deserts.roads.network import Network
from deserts.roads.osmnx_bridge import from_osmnx

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

    from deserts.sources.transport.http import HttpSettings

__all__ = ["fetch_place"]


def fetch_place(
    area: str | Polygon | MultiPolygon,
    settings: Settings,
    *,
    http_settings: HttpSettings | None = None,
    url: str | None = None,
    deadline_s: float = 600.0,
) -> Network:
    """Fetch the drivable roads of a place; answers are kept under ``data/raw/public`` and asked for once.

    Parameters
    ----------
    area
        Name of a place as OpenStreetMap knows it (``Bangor, Maine, USA``), or an outline in degrees.
    settings
        Gives the raw folder, and whether connections are allowed.
    http_settings
        Name to carry and times to wait; None takes the usual ones.
    url
        Overpass server; None takes the public one.
    deadline_s
        Seconds after which to give up.

    Raises
    ------
    FaultyAnswerError
        If the server sent a part only.
    NetworkForbiddenError
        If connections are forbidden and the answer is not kept.
    SourceError
        If the server does not answer in time.
    """
    import osmnx

    from deserts.sources.publishers import overpass
    from deserts.sources.transport.http import HttpSettings

    http = http_settings or HttpSettings(allow_network=settings.allow_network)
    graph = overpass.fetch_drive_graph(
        area if isinstance(area, str) else area.bounds,
        cache=settings.raw_dir / "public" / "overpass",
        http_settings=http,
        url=url or overpass.URL,
        deadline_s=deadline_s,
    )
    if not isinstance(area, str):
        graph = osmnx.truncate.truncate_graph_polygon(graph, area, truncate_by_edge=True)
    return from_osmnx(osmnx.simplify_graph(graph))

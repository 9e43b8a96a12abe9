"""The roads of a city or county by its name or outline, through OSMnx and the Overpass service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from deserts.config import Settings
from deserts.errors import FaultyAnswerError, NetworkForbiddenError, SourceError
from deserts.roads.network import Network
from deserts.roads.osmnx_bridge import from_osmnx

if TYPE_CHECKING:
    import requests
    from shapely.geometry import MultiPolygon, Polygon

    from deserts.sources.http import HttpSettings

__all__ = ["fetch_place"]

_NO_SUCH_PROXY = "http://127.0.0.1:9"


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
    from deserts.sources import overpass
    from deserts.sources.http import HttpSettings

    http = http_settings or HttpSettings(allow_network=settings.allow_network)
    server = url or overpass.URL
    asked = area if isinstance(area, str) else area.bounds
    try:
        with _watched(allow_network=http.allow_network):
            graph = overpass.fetch_drive_graph(
                asked,
                cache=settings.raw_dir / "public" / "overpass",
                http_settings=http,
                url=server,
                deadline_s=deadline_s,
            )
    except SourceError as error:
        if isinstance(error.__cause__, FaultyAnswerError):
            raise error.__cause__ from None
        if not http.allow_network and not isinstance(error, NetworkForbiddenError):
            raise NetworkForbiddenError(
                "these roads are not kept from before, and connections are forbidden", where=server
            ) from error
        raise
    import osmnx

    if not isinstance(area, str):
        graph = osmnx.truncate.truncate_graph_polygon(graph, area, truncate_by_edge=True)
    return from_osmnx(osmnx.simplify_graph(graph))


@contextmanager
def _watched(*, allow_network: bool) -> Iterator[None]:
    """Let OSMnx refuse partial answers, which it only logs, and reach nobody where connections are forbidden."""
    from osmnx import settings

    before = settings.requests_kwargs
    watched: dict[str, Any] = {**before, "hooks": {"response": _refuse_part}}
    if not allow_network:
        watched["proxies"] = {"http": _NO_SUCH_PROXY, "https": _NO_SUCH_PROXY}
    settings.requests_kwargs = watched
    try:
        yield
    finally:
        settings.requests_kwargs = before


def _refuse_part(response: requests.Response, *_: object, **__: object) -> None:
    """Raise on an answer with a ``remark``: Overpass ran out of time or memory and sent what it had."""
    if "remark" not in response.text[-4000:] and "remark" not in response.text[:4000]:
        return
    try:
        answer = response.json()
    except ValueError:
        return
    if isinstance(answer, dict) and "remark" in answer:
        raise FaultyAnswerError(
            f"Overpass cut its answer: {answer['remark']}", where=response.url, fix="ask for a smaller area"
        )

"""Roads of a small area from the Overpass API, through OSMnx, with what OSMnx lacks: a deadline and a check for cuts.

OSMnx opens its own sockets. Its cache lies in the raw area, it carries our name, and an answer that Overpass cut
(status 200 with a ``remark``) is refused and removed, since OSMnx would take it for the whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests

from deserts.errors import FaultyAnswerError, NetworkForbiddenError, SourceError
from deserts.sources.publishers.geofabrik import ATTRIBUTION
from deserts.sources.transport.http import HttpSettings
from deserts.store import write_text

if TYPE_CHECKING:
    from networkx import MultiDiGraph

__all__ = ["ATTRIBUTION", "URL", "fetch_drive_graph", "slots_of"]

URL: Final = "https://overpass-api.de/api"
_TIMEOUT_S: Final = 180
_NO_SUCH_PROXY: Final = "http://127.0.0.1:9"


def fetch_drive_graph(
    area: tuple[float, float, float, float] | str,
    *,
    cache: Path,
    http_settings: HttpSettings,
    url: str = URL,
    deadline_s: float = 600.0,
) -> MultiDiGraph:
    """Return the drivable roads of a box or a named place as an OSMnx graph, not simplified and with all its parts.

    Parameters
    ----------
    area
        ``(west, south, east, north)`` in degrees, or the name of a place.
    cache
        Folder of answers; an area that was fetched before needs no connection.
    http_settings
        Whether connections are allowed, and the name to carry.
    url
        Overpass server, without ``/interpreter``.
    deadline_s
        OSMnx waits and asks again without end while the server is busy; after this time we give up.

    Raises
    ------
    SourceError
        If the server does not answer in time.
    FaultyAnswerError
        If its answer was cut.
    NetworkForbiddenError
        If connections are forbidden and the area is not in the cache.
    """
    import osmnx as ox  # heavy

    folder = cache / hashlib.sha256(repr(area).encode()).hexdigest()[:16]
    whole = folder / "whole"
    if not http_settings.allow_network and not whole.is_file():
        raise NetworkForbiddenError("these roads are not in the cache, and connections are forbidden", where=url)
    folder.mkdir(parents=True, exist_ok=True)

    def fetch() -> Any:
        options: dict[str, Any] = {"network_type": "drive", "simplify": False, "retain_all": True}
        if isinstance(area, str):
            return ox.graph_from_place(area, **options)
        return ox.graph_from_bbox(area, **options)

    with _settings(folder, http_settings, url):
        try:
            graph = _with_deadline(fetch, seconds=deadline_s, url=url)
        except FaultyAnswerError:
            raise
        except SourceError as error:
            if http_settings.allow_network:
                raise
            raise NetworkForbiddenError(
                "a part of these roads is not in the cache, and connections are forbidden", where=url
            ) from error
    write_text(whole, f"{area!r}\n")
    return graph


@contextlib.contextmanager
def _settings(cache: Path, http_settings: HttpSettings, url: str) -> Iterator[None]:
    """Set OSMnx's global settings for one call and put them back."""
    from osmnx import settings

    requests_kwargs: dict[str, Any] = {"hooks": {"response": _refuse_cut}}
    if not http_settings.allow_network:
        # an answer that is missing from a cache of ours must not be fetched
        requests_kwargs["proxies"] = dict.fromkeys(("http", "https"), _NO_SUCH_PROXY)
    chosen = {
        "overpass_url": url,
        "cache_folder": str(cache),
        "use_cache": True,
        "http_user_agent": http_settings.user_agent,
        "http_referer": "deserts",
        # Part of the question's text, hence of the cache's key: always the same.
        "requests_timeout": _TIMEOUT_S,
        "requests_kwargs": requests_kwargs,
        # OSMnx asks for a free slot before a question, and waits a minute when nobody answers.
        "overpass_rate_limit": http_settings.allow_network,
        # OSMnx would ask a public name server over HTTPS when the local one fails.
        "doh_url_template": None,
    }
    before = {name: getattr(settings, name) for name in chosen}
    for name, value in chosen.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)


def _with_deadline(fetch: Callable[[], Any], *, seconds: float, url: str) -> Any:
    result: dict[str, Any] = {}

    def work() -> None:
        try:
            result["graph"] = fetch()
        except Exception as error:  # noqa: BLE001  handed over to the waiting thread, which decides
            result["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise SourceError(
            f"Overpass did not answer within {seconds:.0f} seconds", where=url, fix="try later, or use an extract"
        )
    error = result.get("error")
    if isinstance(error, SourceError):
        raise error
    if error is not None:
        raise SourceError(f"Overpass: {error}", where=url, fix="try later, or use an extract") from error
    return result["graph"]


def _refuse_cut(response: requests.Response, *_: object, **__: object) -> None:
    """Raise on an answer that carries a ``remark``: OSMnx would log it and take the part for the whole."""
    try:
        answer = response.json()
    except ValueError:
        return
    if isinstance(answer, dict) and "remark" in answer:
        raise FaultyAnswerError(
            f"Overpass cut its answer: {answer['remark']}", where=response.url, fix="ask for a smaller area"
        )


def slots_of(status: str) -> int | None:
    """Return how many slots an Overpass status page says are free; None when it cannot be read.

    Raises
    ------
    FaultyAnswerError
        If it has fewer lines than any real one: OSMnx would then pause a minute before each question.
    """
    lines = status.splitlines()
    if len(lines) < 5:
        raise FaultyAnswerError("the status page is too short", where="Overpass", expected="at least five lines")
    first = lines[4].split(" ", 1)[0]
    if first.isdigit():
        return int(first)
    return 0 if first == "Slot" else None

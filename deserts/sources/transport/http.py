"""The only way out: one polite ``requests`` session with timeouts, bounded retries and checks of what comes back.

Every client builds the publisher's own addresses. A ``HttpSettings`` says where connections really go (``routes``, for
a test server or an institution's proxy), how long to wait and how often to try. The mirror is asked first; with
``allow_network=False`` nothing else is.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import requests
import urllib3

from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError, SourceError
from deserts.sources.readers.json_answers import BrokenJsonError, parse_json
from deserts.sources.transport.addresses import next_address, unsigned
from deserts.sources.transport.answers import Attempt, TryAgain, read_whole, refuse_bomb, refuse_status, seconds_of
from deserts.version import __version__

if TYPE_CHECKING:
    from deserts.config import Settings

__all__ = ["Attempt", "Http", "HttpSettings", "TryAgain", "http_for", "raw_path", "read_whole", "size_of"]

T = TypeVar("T")

# It writes whole addresses, keys and signatures in them, at level DEBUG.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)

_RETRIED: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS: Final = 8
_CONNECTION_TRIES: Final = 3
"""Where no connection can be made at all, more tries help little, and there may be no network."""

_INTERVALS_S: Final[Mapping[str, float]] = {
    # None publishes a limit; two or three requests a second is what others use without complaint.
    "data.cms.gov": 0.4,
    "npiregistry.cms.hhs.gov": 0.4,
    "geocoding.geo.census.gov": 0.5,
    # Policies: about 10,000 Overpass requests a day; Nominatim at most one a second over all users.
    "overpass-api.de": 2.0,
    "nominatim.openstreetmap.org": 1.1,
    "download.geofabrik.de": 1.0,
}


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to talk to publishers.

    Parameters
    ----------
    allow_network
        False forbids every socket.
    mirror
        Folder laid out as ``<host>/<url path>`` that is asked before any socket is opened.
    routes
        Start of an address to what stands in for it, for example ``https://data.cms.gov`` to
        ``http://127.0.0.1:8000/data.cms.gov``. Lock files keep the publisher's address.
    user_agent
        Names the program to publishers.
    connect_timeout_s, read_timeout_s
        Longest wait for a connection, and for the next byte.
    attempts
        Tries of one request, the first included.
    backoff_s
        First pause between tries; each next one doubles.
    longest_wait_s
        No pause is longer; a publisher who asks for more is believed, and the request given up.
    stall_s, stall_bytes_per_s
        A transfer slower than this over such a time is broken off and resumed.
    intervals_s
        Least time between two requests to one host.
    """

    allow_network: bool = True
    mirror: Path | None = None
    routes: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = f"deserts/{__version__} (research on access to care; python-requests/{requests.__version__})"
    connect_timeout_s: float = 20.0
    read_timeout_s: float = 180.0
    attempts: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 120.0
    stall_s: float = 60.0
    stall_bytes_per_s: float = 500.0
    intervals_s: Mapping[str, float] = field(default_factory=lambda: dict(_INTERVALS_S))


def raw_path(url: str) -> PurePosixPath:
    """Return ``<host>/<url path>`` of an address, the place of its file in a mirror and in a raw area.

    Raises
    ------
    InputError
        If the address would lead out of the folder.
    """
    parts = urlsplit(url)
    path = PurePosixPath(parts.hostname or "", *unquote(parts.path).lstrip("/").split("/"))
    if not parts.hostname or ".." in path.parts or "\\" in str(path) or "\x00" in str(path):
        raise InputError("not an address of a file", where=unsigned(url), expected="https://host/path/file")
    return path


def size_of(http: Http, url: str) -> int | None:
    """Return how many bytes an address would give, by asking for the first one alone; None where that is not told."""

    def use(answer: Attempt) -> int | None:
        whole = re.search(r"/(\d+)$", answer.headers.get("Content-Range", ""))
        if whole is not None:
            return int(whole[1])
        length = answer.headers.get("Content-Length", "")
        return int(length) if answer.status == 200 and length.isdigit() else None

    asked = {"Accept-Encoding": "identity", "Range": "bytes=0-0"}
    return http.run("GET", url, use, headers=lambda: asked, also=frozenset({416}))


def http_for(settings: Settings) -> Http:
    """Return the connection that a run's settings allow."""
    return Http(HttpSettings(allow_network=settings.allow_network, mirror=settings.mirror))


class Http:
    """One session with its limits.

    Parameters
    ----------
    settings
        How to talk.
    sleep
        Waits; a test gives one that does not.
    """

    def __init__(self, settings: HttpSettings | None = None, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings or HttpSettings()
        self._sleep = sleep
        self._last: dict[str, float] = {}
        self._unreachable: set[str] = set()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = self.settings.user_agent

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    # --- the mirror ---------------------------------------------------------------------------------------------------

    def in_mirror(self, url: str) -> Path | None:
        """Return the file that stands for an address in the mirror, or None."""
        if self.settings.mirror is None or urlsplit(url).query:
            return None
        path = self.settings.mirror.joinpath(*raw_path(url).parts)
        return path if path.is_file() else None

    # --- answers read into memory -------------------------------------------------------------------------------------

    def get_json(self, url: str, *, params: Mapping[str, str] | None = None) -> Any:
        """Return a JSON answer.

        Raises
        ------
        FaultyAnswerError
            If it is a web page, no JSON, or carries an error (``Errors``) or a sign of being cut (``remark``).
        SourceError
            If the publisher cannot be reached or keeps failing.
        NetworkForbiddenError
            If it is not in the mirror and the network is forbidden.
        """
        if not params and (mirrored := self.in_mirror(url)) is not None:
            return parse_json(mirrored.read_bytes(), where=unsigned(url))

        def read(attempt: Attempt) -> Any:
            try:
                return parse_json(read_whole(attempt), where=unsigned(url))
            except BrokenJsonError as error:  # as when a connection ends early and no header tells
                raise TryAgain(error.what) from error

        return self.run("GET", url, read, params=params, headers=lambda: {"Accept": "application/json"})

    def get_bytes(self, url: str, *, params: Mapping[str, str] | None = None, accept: str = "*/*") -> bytes:
        """Return a whole answer; from the mirror where it is there."""
        if not params and (mirrored := self.in_mirror(url)) is not None:
            return mirrored.read_bytes()
        return self.run("GET", url, read_whole, params=params, headers=lambda: {"Accept": accept})

    def post(
        self, url: str, *, data: Mapping[str, str], files: Mapping[str, tuple[str, bytes, str]] | None = None
    ) -> bytes:
        """Send a form and return the whole answer."""
        return self.run("POST", url, read_whole, data=data, files=files)

    # --- one request, tried several times -----------------------------------------------------------------------------

    def run(
        self,
        method: str,
        url: str,
        use: Callable[[Attempt], T],
        *,
        headers: Callable[[], Mapping[str, str]] | None = None,
        also: frozenset[int] = frozenset(),
        **request: Any,
    ) -> T:
        """Open an address and hand the answer to ``use``; both are tried again when the connection fails.

        Parameters
        ----------
        method, url
            The request; ``url`` is the publisher's, routes are applied here.
        use
            Reads the answer. It is called once a try, so it must be able to start over; it may raise `TryAgain`.
        headers
            Returns the headers of the next try.
        also
            Statuses of 400 and above that ``use`` wants to see.
        request
            Further arguments of ``requests`` (``params``, ``data``, ``files``).

        Raises
        ------
        NetworkForbiddenError
            If connections are forbidden.
        FaultyAnswerError
            If the publisher refuses the request.
        SourceError
            If every try failed.
        """
        if not self.settings.allow_network:
            raise NetworkForbiddenError(
                "this is neither in the cache nor in the mirror, and connections are forbidden",
                where=unsigned(url),
                fix="allow connections, or put the file into the mirror as " + str(raw_path(url)),
            )
        host = urlsplit(url).hostname or ""
        if host in self._unreachable:
            raise SourceError("no connection to this host, as a moment ago", where=unsigned(url), fix="try again later")
        problem: BaseException = TryAgain("not tried")
        for attempt in range(self.settings.attempts):
            if attempt:
                self._sleep(min(self.settings.backoff_s * 2 ** (attempt - 1), self.settings.longest_wait_s))
            try:
                with self._open(method, url, headers=headers() if headers else {}, **request) as answer:
                    self._judge(answer, url, also)
                    return use(answer)
            except (requests.RequestException, urllib3.exceptions.HTTPError, TryAgain) as error:
                problem = error
                if attempt + 1 >= _CONNECTION_TRIES and _never_connected(error):
                    self._unreachable.add(host)
                    break
        raise SourceError(
            f"the publisher failed {attempt + 1} times, last: {_plain(problem)}",
            where=unsigned(url),
            fix="try again later; finished downloads are kept",
        )

    def _judge(self, answer: Attempt, url: str, also: frozenset[int]) -> None:
        """Let a good answer pass, refuse one that stays as it is, and ask for another try where that may help."""
        if answer.status in _RETRIED:
            self._obey(answer.headers, url)
            message = f"status {answer.status}"
            raise TryAgain(message)
        if answer.status not in also:
            refuse_status(answer, url)

    @contextmanager
    def _open(self, method: str, url: str, **request: Any) -> Iterator[Attempt]:
        self._wait_for_turn(urlsplit(url).hostname or "")
        response, final = self._follow(method, self._routed(url), **request)
        try:
            yield Attempt(url, response.status_code, response.headers, lambda: self._blocks(response), final or url)
        finally:
            response.close()

    def _follow(self, method: str, url: str, **request: Any) -> tuple[requests.Response, str]:
        """Ask, go where the publisher leads within bounds, and return the answer and where it came from in the end.

        The second is empty where nothing led elsewhere.
        """
        address, moved = url, ""
        for _ in range(_MOST_REDIRECTS):
            response = self._session.request(
                method,
                address,
                stream=True,
                allow_redirects=False,
                timeout=(self.settings.connect_timeout_s, self.settings.read_timeout_s),
                **request,
            )
            location = response.headers.get("Location", "")
            if response.status_code not in _REDIRECTS or not location:
                return response, moved
            response.close()
            address = moved = next_address(address, location, configured=url)
            request.pop("params", None)  # they are part of the address that leads on
            if response.status_code == 303 and method != "HEAD":
                method = "GET"
                request = {name: value for name, value in request.items() if name not in ("data", "files")}
        raise FaultyAnswerError(f"the publisher leads on more than {_MOST_REDIRECTS} times", where=unsigned(url))

    def _blocks(self, response: requests.Response) -> Iterator[bytes]:
        """Yield decoded blocks as they arrive; refuse a stall, and an encoding that unpacks without end."""
        raw = response.raw
        started, received, unpacked = time.monotonic(), 0, 0
        while block := raw.read1(1 << 16, decode_content=True) or raw.read(1 << 16, decode_content=True):
            received += len(block)
            unpacked += len(block)
            if response.headers.get("Content-Encoding", "identity") != "identity":
                refuse_bomb(unpacked, raw.tell(), response.url)
            yield block
            elapsed = time.monotonic() - started
            if elapsed >= self.settings.stall_s:
                if received < self.settings.stall_bytes_per_s * elapsed:
                    message = f"only {received:,} bytes in {elapsed:.0f} seconds"
                    raise TryAgain(message)
                started, received = time.monotonic(), 0

    def _routed(self, url: str) -> str:
        for start in sorted(self.settings.routes, key=len, reverse=True):
            if url.startswith(start):
                return self.settings.routes[start] + url[len(start) :]
        return url

    def _wait_for_turn(self, host: str) -> None:
        interval = self.settings.intervals_s.get(host, 0.0)
        pause = self._last.get(host, -interval) + interval - time.monotonic()
        if interval and pause > 0:
            self._sleep(pause)
        self._last[host] = time.monotonic()

    def _obey(self, headers: Mapping[str, str], url: str) -> None:
        """Wait as long as ``Retry-After`` asks, in seconds or as a date."""
        wanted = seconds_of(headers.get("Retry-After", ""))
        if wanted > self.settings.longest_wait_s:
            raise SourceError(
                f"the publisher asks to wait {wanted:.0f} seconds", where=unsigned(url), fix="try again later"
            )
        if wanted > 0:
            self._sleep(wanted)


def _never_connected(error: BaseException) -> bool:
    """Whether no connection could be made at all (no such host, refused, no route)."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    kinds = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    return isinstance(cause, kinds)


def _plain(error: BaseException) -> str:
    """Return what a connection's error means, without addresses of objects."""
    kinds = {
        requests.exceptions.ConnectTimeout: "no connection in time",
        requests.exceptions.ReadTimeout: "no answer in time",
        requests.exceptions.ChunkedEncodingError: "the connection broke off",
        requests.exceptions.SSLError: "the certificate is not accepted",
        requests.exceptions.ConnectionError: "no connection",
        urllib3.exceptions.IncompleteRead: "the body was cut",
        urllib3.exceptions.ReadTimeoutError: "no answer in time",
        urllib3.exceptions.ProtocolError: "the connection broke off",
    }
    for kind, words in kinds.items():
        if isinstance(error, kind):
            return words
    return str(error) if isinstance(error, TryAgain) else type(error).__name__  # others may repeat the address

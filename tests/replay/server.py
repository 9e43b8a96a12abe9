"""The server: one thread a connection, ranges and validators for files, faults on demand, a log of every request."""

from __future__ import annotations

import gzip
import hashlib
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tests.replay.faults import Fault, Faults

__all__ = ["Answer", "Asked", "Replay"]

PAGE = b"<!DOCTYPE html>\n<html><head><title>Not what you asked for</title></head><body>Sorry.</body></html>\n"


@dataclass(frozen=True)
class Asked:
    """One request as a service sees it."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: bytes
    headers: Mapping[str, str]

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Answer:
    """What a service answers. ``origin``: recorded (real bytes), reconstructed (real shape), synthetic."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    origin: str = "synthetic"
    is_file: bool = False


Service = Callable[[Asked], Answer]


class Replay:
    """A running server; use it as a context manager.

    Parameters
    ----------
    services
        Host to the function that answers for it.
    """

    def __init__(self, services: Mapping[str, Service]) -> None:
        self.services = dict(services)
        self.faults = Faults()
        self.log: list[tuple[str, str, str]] = []
        self.rate: int | None = None
        self.parts = True
        """Whether a part of a file may be asked for."""
        replay = self

        class Handler(_Handler):
            owner = replay

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing: torn connections are what the tests ask for."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Replay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def routes(self) -> dict[str, str]:
        """Routes for ``HttpSettings``: every host of the services leads here."""
        return {f"https://{host}": f"{self.base}/{host}" for host in self.services}

    def fail(self, *faults: Fault) -> None:
        """Let the next fitting requests fail."""
        self.faults.waiting.extend(faults)

    def asked(self, pattern: str) -> list[str]:
        """Return the paths of the requests that fit, in order."""
        return [path for _, path, _ in self.log if re.search(pattern, path)]

    def forget(self) -> None:
        self.log.clear()
        self.faults.waiting.clear()


class _Handler(BaseHTTPRequestHandler):
    owner: Replay
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        host, _, rest = parts.path.lstrip("/").partition("/")
        shown = f"{host}/{unquote(rest)}" + (f"?{unquote(parts.query)}" if parts.query else "")
        self.owner.log.append((self.command, shown, self.headers.get("Range", "")))
        fault = self.owner.faults.take(shown)
        with suppress(ConnectionError, TimeoutError, ValueError):
            if fault is not None and self._early(fault):
                return
            service = self.owner.services.get(host)
            asked = Asked(self.command, "/" + unquote(rest), parse_qs(parts.query, keep_blank_values=True), body,
                          dict(self.headers))  # fmt: skip
            answer = Answer(b"no such host", 404, "text/plain") if service is None else service(asked)
            self._send(answer, fault)

    def _early(self, fault: Fault) -> bool:
        """Do what happens before any answer; whether that was all."""
        if fault.kind == "hang":
            time.sleep(fault.seconds)
            self._tear()
            return True
        if fault.kind == "reset" and fault.after is None:
            self._tear()
            return True
        if fault.kind == "status":
            headers = {"Retry-After": fault.retry_after} if fault.retry_after is not None else {}
            self._send(Answer(b"busy", fault.status, "text/plain", headers), None)
            return True
        return False

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        body, status, headers = answer.body, answer.status, dict(answer.headers)
        content_type = answer.content_type
        if fault is not None and fault.kind == "html":
            body, content_type, status = PAGE, "text/html", 200
        elif fault is not None and fault.kind == "body":
            body = fault.body
        elif fault is not None and fault.kind == "remark":
            body = b'{"version":0.6,"elements":[],"remark":"runtime error: Query timed out after 180 seconds."}'
        elif fault is not None and fault.kind == "bomb":
            body = gzip.compress(b"\0" * (64 << 20), 9)
            headers["Content-Encoding"] = "gzip"
        if answer.is_file and status == 200 and fault_is_of_wire(fault):
            body, status, extra = self._part(body)
            headers |= extra
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "X-Replay-Origin": answer.origin, **headers}.items():
            self.send_header(name, value)
        if fault is not None and fault.kind == "quiet":
            self.send_header("Connection", "close")
            self.close_connection = True
            body = body[: fault.after]
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._body(body, fault)

    def _part(self, body: bytes) -> tuple[bytes, int, dict[str, str]]:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
        hit = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not self.owner.parts:
            return body, 200, {}
        if hit is None or self.headers.get("If-Range", tag) != tag:
            return body, 200, headers
        start = int(hit[1])
        if start >= len(body):
            return b"", 416, headers | {"Content-Range": f"bytes */{len(body)}"}
        return body[start:], 206, headers | {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}

    def _body(self, body: bytes, fault: Fault | None) -> None:
        if fault is not None and fault.kind in ("reset", "cut"):
            self.wfile.write(body[: fault.after])
            self.wfile.flush()
            if fault.kind == "reset":
                self._tear()
            else:
                self.close_connection = True
            return
        rate = fault.rate if fault is not None and fault.kind == "trickle" else self.owner.rate
        if rate is None:
            self.wfile.write(body)
            return
        step = max(1, rate // 50)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            time.sleep(1 / 50)

    def _tear(self) -> None:
        """Close with a reset, as a crashed server or a middlebox does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def fault_is_of_wire(fault: Fault | None) -> bool:
    """Whether a fault leaves the answer itself as it is."""
    return fault is None or fault.kind in ("reset", "cut", "trickle", "quiet")

"""What stands before every request: right host, right origin, small body, no query, token where asked, strict headers.

Nothing about a request is logged. A fault inside ends in a plain message; only its kind and place in the code are told
to the terminal, since the text of an exception may hold what a user typed.
"""

from __future__ import annotations

import hmac
import json
import secrets
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from deserts.documents.form import LARGEST_FORM_BYTES
from deserts.web.once import ANSWERS, Kept, Once
from deserts.web.terminal import RareLines

__all__ = ["BROKEN", "COOKIE", "PANEL", "WHAT_IF", "Guard", "Policy"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "deserts_session"
BROKEN = "Something went wrong here. Nothing was written. Please try again."
"""What is told of a fault of ours; its own text may hold what somebody typed."""
PANEL, SEARCH, WHAT_IF = "/panel", "/search", "/what-if"
UPLOADS = (PANEL, SEARCH, WHAT_IF)
"""The pages that take a file: patients as a table, and what is closed."""
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_OPEN_PATHS = ("/login", "/static/", ANSWERS)
"""What can be had without the token: the page that asks for it, how it looks, and answers by their secret address."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may ask.

    Parameters
    ----------
    hosts
        Values of the Host header that are answered, with port, in lower case.
    scheme
        ``http`` or ``https``.
    token
        Secret that every request must show, or None on loopback.
    session
        Value of the cookie given to a browser that showed the token.
    """

    hosts: frozenset[str]
    scheme: str = "http"
    token: str | None = field(default=None, repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may send forms: our own."""
        return frozenset(f"{self.scheme}://{host}" for host in self.hosts)


class Guard:
    """ASGI middleware that refuses what it should not answer and sets the headers of what it does."""

    def __init__(self, app: App, *, policy: Policy, lines: RareLines) -> None:
        self._app = app
        self._policy = policy
        self._lines = lines
        self._once = Once()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = _headers(scope)
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        sealed = _Sealed(send, nonce)
        refusal = self._refuse_stranger(scope, headers)
        if refusal is not None:
            await sealed.refuse(scope, *refusal)
            return
        answer = sealed
        if scope["method"] == "POST" and not scope["path"].startswith("/api/"):
            answer = _Aside(send, nonce, self._once)
        refusal = self._refuse(scope, headers)
        if refusal is not None:
            await answer.refuse(scope, *refusal)
        elif scope["path"].startswith(ANSWERS):
            await self._show_once(scope, send)
        else:
            await self._answer(scope, receive, answer)

    async def _answer(self, scope: Scope, receive: Receive, sealed: _Sealed) -> None:
        body = await _read_body(receive)
        if body is None:
            await sealed.refuse(scope, 413, f"That is too large: at most {LARGEST_FORM_BYTES // 1024} kB.")
            return
        if scope["path"] == "/login" and scope["method"] == "POST":
            await self._login(scope, body, sealed)
            return
        try:
            await self._app(scope, _replay(body, receive), sealed)
        except Exception as error:  # noqa: BLE001  whatever goes wrong, no text of it may reach a log
            self._lines.tell(_kind_of(error))
            if not sealed.has_started:
                await sealed.refuse(scope, 500, BROKEN)

    async def _show_once(self, scope: Scope, send: Send) -> None:
        """Give the answer that waits at an address, for the first and last time."""
        kept = self._once.take(scope["path"]) if scope["method"] == "GET" else None
        if kept is None:
            words = "An answer is shown once, and nothing of it is kept. Ask again to see it again."
            await _Sealed(send, secrets.token_urlsafe(16)).refuse(scope, 410, words)
            return
        sealed = _Sealed(send, kept.nonce)
        await sealed({"type": "http.response.start", "status": kept.status, "headers": list(kept.headers)})
        await sealed({"type": "http.response.body", "body": kept.body})

    def _refuse_stranger(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return status and words when the request is not one of our own pages or programs."""
        if headers.get("host", "").lower() not in self._policy.hosts:
            return 421, "This server does not answer to that name."
        if scope["query_string"]:
            return 400, "Nothing is taken from addresses: they end in histories and logs. Send it as a form or as JSON."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 405, "Only GET and POST are answered."
        if scope["method"] == "POST" and not self._origin_is_ours(headers, scope["path"]):
            return 403, "That form was sent from another page."
        return None

    def _refuse(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return status and words when a request of our own must not be answered."""
        path = scope["path"]
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            return 400, "The length of the body is not a number."
        if int(length) > LARGEST_FORM_BYTES:
            return 413, f"That is too large: at most {LARGEST_FORM_BYTES // 1024} kB."
        if scope["method"] == "POST":
            wanted = _kinds_of_body(path)
            if headers.get("content-type", "").split(";")[0].strip().lower() not in wanted:
                return 415, f"The body must be {' or '.join(wanted)}."
        if self._policy.token is not None and not path.startswith(_OPEN_PATHS) and not self._is_known(headers):
            return 401, "This server asks for its token. Open /login, or send it as a Bearer token."
        return None

    def _origin_is_ours(self, headers: dict[str, str], path: str) -> bool:
        if "origin" in headers:
            return headers["origin"].lower() in self._policy.origins
        if "sec-fetch-site" in headers:
            return headers["sec-fetch-site"] in ("same-origin", "none")
        return path.startswith("/api/")  # a program, not a page: browsers always send one of the two

    def _is_known(self, headers: dict[str, str]) -> bool:
        token = self._policy.token or ""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _equal(given.strip(), token):
            return True
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookies and _equal(cookies[COOKIE].value, self._policy.session)

    async def _login(self, scope: Scope, body: bytes, sealed: _Sealed) -> None:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=10))
        if self._policy.token is None or not _equal(fields.get("token", ""), self._policy.token):
            await sealed.refuse(scope, 401, "That is not the token.")
            return
        secure = "; Secure" if self._policy.scheme == "https" else ""
        cookie = f"{COOKIE}={self._policy.session}; HttpOnly; SameSite=Strict; Path=/{secure}"
        await sealed({"type": "http.response.start", "status": 303,
                      "headers": [(b"location", b"/"), (b"set-cookie", cookie.encode())]})  # fmt: skip
        await sealed({"type": "http.response.body", "body": b""})


class _Sealed:
    """A ``send`` that puts the headers of the policy on every answer."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce
        self.has_started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            own = _answer_headers(self._nonce)
            named = {name for name, _ in own}
            kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in named]
            message = {**message, "headers": [*kept, *own]}
        await self._send(message)

    async def refuse(self, scope: Scope, status: int, words: str) -> None:
        """Answer with plain words: JSON for the API, a bare page otherwise."""
        if scope["path"].startswith("/api/"):
            body, kind = json.dumps({"error": words}).encode(), b"application/json"
        else:
            page = (
                f'<!doctype html><html lang="en"><meta charset="utf-8"><title>deserts</title>'
                f'<link rel="stylesheet" href="/static/app.css"><main><h1>{status}</h1><p>{words}</p>'
                f'<p><a href="/">Start again</a></p></main></html>'
            )
            body, kind = page.encode(), b"text/html; charset=utf-8"
        await self({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        await self({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


class _Aside(_Sealed):
    """A ``send`` for what a form asked: a page is kept aside and the browser led to it; a file is given at once."""

    def __init__(self, send: Send, nonce: str, once: Once) -> None:
        super().__init__(send, nonce)
        self._once = once
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not _is_file(message):
            self.has_started, self._start = True, message
        elif self._start is None:
            await super().__call__(message)
        else:
            self._body += bytes(message.get("body", b""))
            if not message.get("more_body", False):
                await self._lead_to(self._start)

    async def _lead_to(self, start: Message) -> None:
        headers = tuple((name, value) for name, value in start.get("headers", ()))
        address = self._once.keep(Kept(start["status"], headers, self._body, self._nonce))
        leading = [(b"location", address.encode()), (b"content-length", b"0")]
        await super().__call__({"type": "http.response.start", "status": 303, "headers": leading})
        await super().__call__({"type": "http.response.body", "body": b""})


def _is_file(start: Message) -> bool:
    """Whether a browser will save what comes (or is led elsewhere), and so not make it a page of its history."""
    named = {name.lower() for name, _ in start.get("headers", ())}
    return b"content-disposition" in named or 300 <= start["status"] < 400


def _answer_headers(nonce: str) -> list[tuple[bytes, bytes]]:
    policy = (
        f"default-src 'none'; style-src 'self' 'nonce-{nonce}'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()),
        (b"cache-control", b"no-store"),
        (b"pragma", b"no-cache"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        # same-origin, not no-referrer: with the latter browsers send "Origin: null" and our own forms look foreign
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
    ]


def _kinds_of_body(path: str) -> tuple[str, ...]:
    """Return the types of a body that a path takes."""
    if path.startswith("/api/"):
        return ("application/json",)
    if path == SEARCH:  # a file beside the fields, or the fields alone
        return (_URLENCODED, _MULTIPART)
    return (_MULTIPART,) if path in UPLOADS else (_URLENCODED,)


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by lower-case name; a name that comes twice is joined, so that it equals nothing we allow."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body, or None when it is larger than any form of ours."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        body += bytes(message.get("body", b""))
        if len(body) > LARGEST_FORM_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    is_sent = False

    async def give() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _kind_of(error: BaseException) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {frame.filename}:{frame.lineno}"

"""Put pages, API, static files and guard together."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import AsyncIterator
from importlib import resources

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from deserts.documents.html import environment
from deserts.errors import DesertsError, InputError, UnknownNameError
from deserts.version import __version__
from deserts.web.api import Api
from deserts.web.api_tools import ToolsApi
from deserts.web.desk import Desk
from deserts.web.fault_words import told_here
from deserts.web.guard import BROKEN, Guard, Policy
from deserts.web.models import problems
from deserts.web.pages import Pages
from deserts.web.terminal import RareLines
from deserts.web.tools import Tools

__all__ = ["build_app"]

_STATIC = {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def build_app(desk: Desk, policy: Policy, *, lines: RareLines | None = None) -> Guard:
    """Return the ASGI application.

    Parameters
    ----------
    desk
        What is served.
    policy
        Who may ask.
    lines
        Where faults are told; standard error when None.
    """
    # No pages of documentation: the ready-made ones load scripts from other hosts. /openapi.json is served.
    app = FastAPI(
        title="deserts",
        version=__version__,
        description=f"{desk.data.service.title}: {desk.data.provenance.region_id}. Informs and is not medical advice.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=_few_threads,
    )
    app.include_router(Pages(desk).router())
    app.include_router(Tools(desk).router())
    app.include_router(Api(desk).router())
    app.include_router(ToolsApi(desk).router())
    app.add_api_route("/static/{name}", _static, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(DesertsError, _known_fault)
    app.add_exception_handler(RequestValidationError, _wrong_fields)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _broken)
    return Guard(app, policy=policy, lines=lines or RareLines())


@contextlib.asynccontextmanager
async def _few_threads(_app: FastAPI) -> AsyncIterator[None]:
    """Answer as many questions at once as there are cores: more would only take turns and make all of them late."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = max(2, os.cpu_count() or 2)
    yield


def _static(name: str) -> Response:
    if name not in _STATIC:
        raise HTTPException(404)
    return Response(_static_file(name), media_type=_STATIC[name])


@functools.cache
def _static_file(name: str) -> bytes:
    return resources.files("deserts.web").joinpath(f"static/{name}").read_bytes()


async def _known_fault(request: Request, error: DesertsError) -> Response:
    status = 400 if isinstance(error, InputError | UnknownNameError) else 503
    return _message(request, status, str(told_here(error)))


async def _wrong_fields(request: Request, error: RequestValidationError) -> Response:
    return _message(request, 422, problems(error.errors()))


async def _refused(request: Request, error: HTTPException) -> Response:
    words = {404: "There is nothing at that address.", 405: "That address does not take this."}
    return _message(request, error.status_code, words.get(error.status_code, "That was refused."))


async def _broken(request: Request, _error: Exception) -> Response:
    return _message(request, 500, BROKEN)


def _message(request: Request, status: int, words: str) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": words}, status_code=status)
    text = environment("deserts.web").get_template("message.html").render(status=status, words=words)
    return HTMLResponse(text, status_code=status)

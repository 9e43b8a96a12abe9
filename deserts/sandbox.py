"""The one boundary to foreign libraries: whatever a file makes them do, out comes a message with file and reason.

Files come from publishers, from users and from whoever stood between. The libraries that unpack and parse them
(archives, spreadsheets, GDAL, OpenStreetMap, Arrow, JSON) each raise kinds of their own, which no list can foresee:
some say ``ValueError``, some end in a panic of another language. So nothing is listed here. What a file can ask of the
machine is bounded before such a library sees it: sizes of archives and members, cells of a sheet, drivers of GDAL.
"""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from deserts.errors import DesertsError, InputError

__all__ = ["foreign", "load_json", "load_toml", "reader"]

P = ParamSpec("P")
T = TypeVar("T")

_NOT_OURS = (KeyboardInterrupt, SystemExit, GeneratorExit)
_LONGEST_REASON = 300


@contextmanager
def foreign(where: str | Path, what: str, *, fix: str = "fetch it again, or save it again") -> Iterator[None]:
    """Turn whatever a foreign library raises about a file into a message of ours.

    Parameters
    ----------
    where
        The file, or the address that it came from.
    what
        What it should be, for the message ("boundaries", "a workbook").
    fix
        What to do.

    Raises
    ------
    InputError
        With the file and the library's reason.
    """
    try:
        yield
    except DesertsError:
        raise
    except _NOT_OURS:
        raise
    except BaseException as error:  # a panic in Rust is no Exception
        raise InputError(f"the file cannot be read as {what}: {_reason(error)}", where=where, fix=fix) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    return text or type(error).__name__


def reader(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function whose first argument is a path read inside the sandbox; see `foreign`."""

    def wrap(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def read(*args: P.args, **kwargs: P.kwargs) -> T:
            place = args[0] if args else next(iter(kwargs.values()))
            with foreign(str(place), what):
                return function(*args, **kwargs)

        return read

    return wrap


def load_json(content: bytes, *, where: str | Path, what: str = "JSON") -> Any:
    """Return the value of some JSON.

    Raises
    ------
    InputError
        If it is none, or nested too deeply.
    """
    with foreign(where, what):
        return json.loads(content.decode("utf-8-sig"))


def load_toml(content: bytes, *, where: str | Path, what: str, fix: str = "correct the file") -> dict[str, Any]:
    """Return the tables of some TOML.

    Raises
    ------
    InputError
        If it is none, nested too deeply, or holds a number of thousands of digits.
    """
    with foreign(where, f"{what} in TOML", fix=fix):
        return tomllib.loads(content.decode("utf-8"))

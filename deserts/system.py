"""What systems do not share: file modes, characters of a terminal. What one lacks is said once, and done without."""

from __future__ import annotations

import codecs
import functools
import io
import logging
import os
import sys
from typing import Final, TextIO

__all__ = ["KEEPS_MODES", "note_missing", "open_terminal"]

LOG = logging.getLogger("deserts")

KEEPS_MODES: Final = os.name == "posix"
"""Whether files have modes that keep others out; Windows has lists of rights instead, which a folder hands down."""


@functools.cache
def note_missing(what: str) -> None:
    """Say once what this system does not have, and what that means.

    Parameters
    ----------
    what
        A sentence without its full stop.
    """
    LOG.warning("%s", what)


def open_terminal() -> None:
    """Let the terminal take every name: characters that it does not have become question marks, and never a fault.

    What goes to a file or to another program is UTF-8 on every system, unless ``PYTHONIOENCODING`` says otherwise.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(encoding=_encoding(stream), errors="replace")


def _encoding(stream: TextIO) -> str | None:
    """Return the encoding to change to, None to leave it."""
    return None if stream.isatty() or "PYTHONIOENCODING" in os.environ else "utf-8"

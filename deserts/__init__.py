"""Find who can refill a pump, how far away they are, and what happens if they stop.

`open` opens a finished run, `build` makes one; both give a `Run`. `drive_times` and `isochrones` work on anybody's
points and roads, without a run.

>>> import deserts
>>> deserts.__version__ == deserts.version.__version__
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from deserts import version
from deserts.version import __version__

if TYPE_CHECKING:
    from deserts.api.building import build
    from deserts.api.opening import open_run as open  # noqa: A004  deserts.open("ME") reads as what it does
    from deserts.api.roads import drive_times, isochrones
    from deserts.api.run import Run

__all__ = ["Run", "__version__", "build", "drive_times", "isochrones", "open", "version"]

_HOMES = {
    "Run": "run.Run",
    "build": "building.build",
    "drive_times": "roads.drive_times",
    "isochrones": "roads.isochrones",
    "open": "opening.open_run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    module, _, found = _HOMES[name].partition(".")
    return getattr(importlib.import_module(f"deserts.api.{module}"), found)


def __dir__() -> list[str]:
    return sorted(__all__)

"""Where minutes were compared with somebody else's: a network that lies elsewhere says so.

Numbers of highways were compared all over the country, those of full streets around New York alone: no other extract
at hand holds published drives.
"""

from __future__ import annotations

from deserts.roads.speeds import RoadKind

__all__ = ["NOT_CHECKED_HERE", "not_checked"]

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees."""

NOT_CHECKED_HERE = "Minutes on streets not checked here: compared with others' near New York only."

_CHECKED_STREETS: Box = (-74.5, 40.3, -73.5, 41.3)
_MARGIN_DEGREES = 0.25


def not_checked(kind: RoadKind, box: Box) -> str | None:
    """Return what is to be said of a network whose kind of roads was never compared where it lies, else None.

    Parameters
    ----------
    kind
        What it holds.
    box
        Where it lies.
    """
    if kind is RoadKind.HIGHWAYS:
        return None
    west, south, east, north = _CHECKED_STREETS
    inside = (
        box[0] >= west - _MARGIN_DEGREES
        and box[1] >= south - _MARGIN_DEGREES
        and box[2] <= east + _MARGIN_DEGREES
        and box[3] <= north + _MARGIN_DEGREES
    )
    return None if inside else NOT_CHECKED_HERE

"""A drawing board for roads: nodes on the plane and ways that join them, as OpenStreetMap knows them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from deserts.arrays import Floats

__all__ = ["Board", "Way", "wiggle"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way: its nodes (numbers on the board) and its tags."""

    nodes: tuple[int, ...]
    tags: tuple[tuple[str, str], ...]

    def tag(self, key: str) -> str | None:
        """Return the value of a tag, or None."""
        return dict(self.tags).get(key)


@dataclass
class Board:
    """Nodes and ways drawn so far."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    node_tags: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def node(self, x: float, y: float) -> int:
        """Put a node on the board and return its number."""
        self.xy.append((float(x), float(y)))
        return len(self.xy) - 1

    def path(self, points: Floats) -> list[int]:
        """Put a row of nodes on the board and return their numbers."""
        return [self.node(x, y) for x, y in points]

    def way(self, nodes: list[int], highway: str, **tags: str) -> int:
        """Join nodes by a road of a class and return the number of the way."""
        return self.raw_way(nodes, highway=highway, **tags)

    def raw_way(self, nodes: list[int], **tags: str) -> int:
        """Join nodes by a way that may be no road."""
        self.ways.append(Way(tuple(nodes), tuple(sorted(tags.items()))))
        return len(self.ways) - 1

    def tree(self, nodes: list[int]) -> cKDTree:
        """Return a search tree over some of the nodes."""
        return cKDTree(np.array([self.xy[node] for node in nodes]))


def wiggle(start: Floats, end: Floats, *, step_km: float, bend: float, rng: np.random.Generator) -> Floats:
    """Return a winding line between two points.

    Parameters
    ----------
    start, end
        Floats on the plane (km).
    step_km
        Rough distance between its points.
    bend
        Sideways swing as a share of the length; 0 draws a straight line.
    rng
        Source of chance.
    """
    length = float(np.hypot(*(end - start)))
    count = max(2, round(length / step_km) + 1)
    t = np.linspace(0, 1, count)
    along = start + (end - start) * t[:, None]
    across = np.array([-(end - start)[1], (end - start)[0]])
    order = np.arange(1, 6)
    swing = (rng.normal(0, 1 / order)[:, None] * np.sin(np.pi * order[:, None] * t)).sum(axis=0)
    line: Floats = along + across * (bend * swing)[:, None]
    return line

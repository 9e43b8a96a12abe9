"""The arrays of a road network, and what can be read from them alone."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import CLOSED
from deserts.roads.seasons import Season
from deserts.roads.speeds import RoadKind
from deserts.roads.tags import FERRY
from deserts.roads.turns import Turns
from deserts.roads.water import Shores, Waters

__all__ = ["Arcs", "EdgeFlag", "RoadArrays"]

_E7 = 1e-7


class EdgeFlag(IntFlag):
    """Facts about an edge; any number may hold."""

    CLOSED_SUMMER = 1
    CLOSED_WINTER = 2
    ROUNDABOUT = 4
    ENDS_ONLY = 8
    DEPARTS = 16
    ARRIVES = 32
    SHUT = 64
    THROUGH = 128

    @classmethod
    def closed(cls, season: Season) -> EdgeFlag:
        """Return the flag of edges that nobody may drive in a season."""
        return cls.CLOSED_WINTER if season is Season.WINTER else cls.CLOSED_SUMMER


@dataclass(frozen=True, slots=True)
class Arcs:
    """One CSR structure: arcs ``ptr[i]`` to ``ptr[i + 1]`` of node i lead to ``heads`` at packed ``costs``."""

    ptr: NDArray[np.int32]
    heads: NDArray[np.int32]
    costs: NDArray[np.int64]


@dataclass(frozen=True)
class RoadArrays:
    """The arrays of a road network.

    Parameters
    ----------
    node_lon, node_lat
        Degrees, WGS 84, float64 ``(nodes,)``; nodes lie along a space-filling curve.
    node_id
        OSM id of each node, int64 (negative for a copy made where a barrier cuts a road).
    component_id
        Strongly connected component of each node, int32, 0 is the largest.
    component_nodes
        Nodes of each component, counted as in the extract (before degree-2 nodes were contracted), int64.
    edge_tail, edge_head
        End nodes of each edge, int32 ``(edges,)``.
    edge_ms, edge_back_ms
        Milliseconds from tail to head and back, int32; 0 means that this direction may not be driven.
    edge_m
        Length in metres, int32, at least 1.
    road_class
        Index into ``meta["road_classes"]``, uint8.
    way_id
        OSM way id, int64.
    edge_name
        Index into the names, int32.
    edge_urbanity
        How built-up the surroundings are, uint8, 0 rural to 255 urban.
    edge_flags
        `EdgeFlag`, uint8. A copy (`EdgeFlag.DEPARTS`, `EdgeFlag.ARRIVES`) is an edge of the same road between other
        nodes, through which a car departs from a point on the road, or arrives there: rules that depend on where a
        car comes from need it. Points lie on no copy, and on none of those that a cut left for passing through
        (`EdgeFlag.THROUGH`).
    shape_ptr, shape_lon, shape_lat
        Inner vertices of each edge, tail to head: offsets int64 ``(edges + 1,)`` and coordinates in 1e-7 degrees,
        int32.
    copy_of, copy_edge
        Roads that have copies, in rising order, and the copies, int32.
    shore_ptr, shore_lon, shore_lat
        Shores near the roads, the water on their left: offsets int64 and 1e-7 degrees, int32.
    forward, reverse
        CSR arcs leaving and entering each node; those that may not be driven now cost
        `deserts.roads.costs.CLOSED`.
    name_ptr, name_bytes
        Names as one UTF-8 text with offsets.
    turns
        Turns at junctions, None for a network that is searched on its nodes.
    meta
        Sources, hashes, credits, notices and counts, as saved in ``meta.json``.
    folder
        Where the network was loaded from, so that other processes can map the same files; None when in memory only.
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    node_id: NDArray[np.int64]
    component_id: NDArray[np.int32]
    component_nodes: NDArray[np.int64]
    edge_tail: NDArray[np.int32]
    edge_head: NDArray[np.int32]
    edge_ms: NDArray[np.int32]
    edge_back_ms: NDArray[np.int32]
    edge_m: NDArray[np.int32]
    road_class: NDArray[np.uint8]
    way_id: NDArray[np.int64]
    edge_name: NDArray[np.int32]
    edge_urbanity: NDArray[np.uint8]
    edge_flags: NDArray[np.uint8]
    shape_ptr: NDArray[np.int64]
    shape_lon: NDArray[np.int32]
    shape_lat: NDArray[np.int32]
    copy_of: NDArray[np.int32]
    copy_edge: NDArray[np.int32]
    shore_ptr: NDArray[np.int64]
    shore_lon: NDArray[np.int32]
    shore_lat: NDArray[np.int32]
    forward: Arcs
    reverse: Arcs
    name_ptr: NDArray[np.int64]
    name_bytes: NDArray[np.uint8]
    turns: Turns | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.node_lon.size)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.edge_tail.size)

    @functools.cached_property
    def longest_arc(self) -> int:
        """Greatest packed cost of an arc, which sizes the searches' queues."""
        costs = self.forward.costs
        return int(costs.max(where=costs < CLOSED, initial=0))

    @functools.cached_property
    def own(self) -> NDArray[np.bool_]:
        """Whether each edge is a road itself, not a copy of one."""
        return np.asarray(self.edge_flags & int(EdgeFlag.DEPARTS | EdgeFlag.ARRIVES) == 0)

    @functools.cached_property
    def closed(self) -> NDArray[np.bool_]:
        """Whether nobody may drive each edge now: for the season, or because it was shut."""
        return np.asarray(self.edge_flags & int(EdgeFlag.closed(Season(self.meta["season"])) | EdgeFlag.SHUT) > 0)

    @functools.cached_property
    def snappable(self) -> NDArray[np.bool_]:
        """Whether points may lie on each edge.

        It is open and no copy, the roads beside it are there, a car comes back from it, and it is no ferry and no
        motorway in a town: one of a street network is entered at its ramps; highways alone show no ramps.
        """
        entered_elsewhere = [self.meta["road_classes"].index(FERRY)]
        if self.meta["kind"] != RoadKind.HIGHWAYS:
            entered_elsewhere += [self.meta["road_classes"].index(name) for name in ("motorway", "motorway_link")]
        inside = (self.component_id[self.edge_tail] == self.component_id[self.edge_head]) & ~self.closed & self.own
        inside &= self.edge_flags & int(EdgeFlag.THROUGH) == 0
        open_ = inside & ~np.isin(self.road_class, entered_elsewhere)
        return np.asarray(open_ if open_.any() else inside)

    @functools.cached_property
    def shores(self) -> Waters | None:
        """Water near the roads, None where none is known."""
        if not self.shore_lon.size:
            return None
        facts, lines = self.meta["shores"], self.shore_ptr.size - 1
        own = facts.get("own_lines", 0)  # networks of before hold the outline alone
        parts = []
        for first, last, kind in ((0, own, "own_"), (own, lines, "")):
            if last > first:
                on = slice(int(self.shore_ptr[first]), int(self.shore_ptr[last]))
                ptr = self.shore_ptr[first : last + 1] - self.shore_ptr[first]
                limits = facts[f"{kind}widest_m"], facts[f"{kind}off_shore_m"]
                parts.append(Shores(ptr, self.shore_lon[on], self.shore_lat[on], *limits))
        return Waters(tuple(parts))

    def name(self, edge: int) -> str:
        """Return an edge's name, or an empty text."""
        index = int(self.edge_name[edge])
        return bytes(self.name_bytes[self.name_ptr[index] : self.name_ptr[index + 1]]).decode("utf-8")

    def shape(self, edge: int) -> NDArray[np.float64]:
        """Return an edge's line from tail to head, ``(vertices, 2)`` lon/lat in degrees."""
        return self.shapes(np.array([edge]))[0]

    def shapes(self, edges: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the lines of some edges from tail to head.

        Returns
        -------
        points : lon/lat in degrees, ``(vertices, 2)``, one line after the other
        line : which of ``edges`` each vertex belongs to, ``(vertices,)``
        """
        sizes = self.shape_ptr[edges + 1] - self.shape_ptr[edges] + 2
        first = np.concatenate([[0], np.cumsum(sizes)])
        inner = np.ones(first[-1], dtype=bool)
        points = np.empty((first[-1], 2))
        for place, nodes in ((first[:-1], self.edge_tail), (first[1:] - 1, self.edge_head)):
            inner[place] = False
            points[place] = np.column_stack([self.node_lon[nodes[edges]], self.node_lat[nodes[edges]]])
        line = np.repeat(np.arange(sizes.size), sizes)
        at = (np.arange(first[-1]) + (self.shape_ptr[edges] - first[:-1] - 1)[line])[inner]
        points[inner] = np.column_stack([self.shape_lon[at], self.shape_lat[at]]) * _E7
        return points, line

"""From ways as they are read to straight segments with times: speeds, ferries, delays, barriers, doubled roads."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.roads.build import Pieces, Segments
from deserts.roads.speeds import DELAYS, SpeedModel
from deserts.roads.tags import FERRY, ROAD_CLASSES, WayRule, way_rule
from deserts.roads.urbanity import Density, Population, urbanity_of

__all__ = ["ROLES", "Nodes", "Ways", "cut_into_segments"]

ROLES = ("", "closed", *DELAYS)
"""What nodes do to a car; `Nodes.role` is an index into it."""


@dataclass
class Ways:
    """Ways as they are read: references in one row, and of each way its rule, id, name and file."""

    refs: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("q"))
    rule: array[int] = field(default_factory=lambda: array("i"))
    name: array[int] = field(default_factory=lambda: array("i"))
    rules: list[WayRule] = field(default_factory=list)
    rule_of: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    credits: set[str] = field(default_factory=set)

    def rule_index(self, values: tuple[str | None, ...]) -> int:
        """Return the index of the rule for these tag values, -1 where cars may not drive."""
        known = self.rule_of.get(values)
        if known is None:
            rule = way_rule(values)
            known = -1 if rule is None else len(self.rules)
            if rule is not None:
                self.rules.append(rule)
            self.rule_of[values] = known
        return known


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes that ways use: coordinates in 1e-7 degrees, what they do to a car, and whether any file has them."""

    ids: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    role: NDArray[np.int8]
    known: NDArray[np.bool_]

    def degrees(self, at: NDArray[np.generic]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return lon and lat of some of them."""
        return np.asarray(self.lon[at] * 1e-7, dtype=np.float64), np.asarray(self.lat[at] * 1e-7, dtype=np.float64)


def cut_into_segments(
    ways: Ways,
    place: NDArray[np.int64],
    nodes: Nodes,
    *,
    model: SpeedModel,
    density: Density,
    population: Population | None,
) -> Segments:
    """Cut ways into segments between nodes that are known, each once, with times each way."""
    tail, head, way = _stretches(ways, place, nodes)
    way_id = np.frombuffer(ways.ids, dtype=np.int64)
    lines = (*nodes.degrees(tail), *nodes.degrees(head))
    metres = great_circle_m(*lines)
    rules = np.frombuffer(ways.rule, dtype=np.int32)
    rule = rules[way]
    table = _RuleTable.of(ways.rules)
    urbanity = urbanity_of(
        lines, density=density, model=model, population=population,
        road_class=table.road_class[rule], both_ways=table.ahead[rule] & table.back[rule],
    )  # fmt: skip
    del lines
    kmh = model.kmh(table.road_class[rule], urbanity)
    times = tuple(
        _travel_ms(metres, np.where(np.isnan(limit), kmh, limit), may)
        for limit, may in ((table.kmh[rule], table.ahead[rule]), (table.back_kmh[rule], table.back[rule]))
    )
    del kmh
    _apply_durations(table.ferry_min[rule], way_id[way], metres, times)
    delay = np.rint(np.array([0.0, 0.0, *(model.delay_s[name] for name in DELAYS)]) * 1000).astype(np.int32)
    ms, back_ms = (
        np.where(time > 0, time + delay[nodes.role[end]], 0).astype(np.int32)
        for time, end in zip(times, (head, tail), strict=True)
    )
    tail, head, nodes = _cut_at_barriers(tail, head, nodes)
    name = np.frombuffer(ways.name, dtype=np.int32)
    kind, mirror = (
        np.where(kinds[rules] >= 0, kinds[rules] * len(ways.names) + name, -1) for kinds in _kinds(ways.rules)
    )
    return Segments(
        node_id=nodes.ids, node_lon=nodes.lon, node_lat=nodes.lat, tail=tail, head=head, ms=ms, back_ms=back_ms,
        metres=metres, urbanity=urbanity.astype(np.float32), piece=way,
        pieces=Pieces(way_id, table.road_class[rules], name, kind, mirror), names=tuple(ways.names),
    )  # fmt: skip


def _stretches(
    ways: Ways, place: NDArray[np.int64], nodes: Nodes
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return tail, head and way of each segment whose nodes are known."""
    counts = np.frombuffer(ways.counts, dtype=np.int64)
    way = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
    usable = way[1:] == way[:-1] if way.size else np.zeros(0, dtype=bool)
    usable &= nodes.known[place[:-1]] & nodes.known[place[1:]] & (place[1:] != place[:-1])
    tail, head = (np.asarray(end[usable], dtype=np.int32) for end in (place[:-1], place[1:]))
    way = way[1:][usable]
    ids = np.frombuffer(ways.ids, dtype=np.int64)
    if np.unique(ids).size == ids.size:
        return tail, head, way
    new = _each_once(tail, head, way, ids[way])
    return tail[new], head[new], way[new]


def _each_once(
    tail: NDArray[np.int32], head: NDArray[np.int32], way: NDArray[np.int32], way_id: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return which segments no earlier copy of their way has shown already."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((way, high, low, way_id))
    new = np.ones(tail.size, dtype=bool)
    new[1:] = (np.diff(way_id[order]) != 0) | (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    first = order[np.flatnonzero(new)]
    keep = np.zeros(tail.size, dtype=bool)
    keep[order] = way[order] == way[first[np.cumsum(new) - 1]]
    return keep


def _kinds(rules: Sequence[WayRule]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the kind of each rule, and the kind of its way back: roads of one kind may be joined.

    Of a kind and its mirror the lower one is driven ahead, or faster. Ferries join with nothing: a duration is that
    of one way.
    """
    known: dict[tuple[int, float, float], int] = {}
    kinds = np.full((2, len(rules)), -1, dtype=np.int64)
    for index, rule in enumerate(rules):
        ahead = (rule.kmh or 0.0) if rule.ahead else -1.0
        back = (rule.back_kmh or 0.0) if rule.back else -1.0
        if ROAD_CLASSES[rule.road_class] == FERRY:
            continue
        number = 2 * known.setdefault((rule.road_class, max(ahead, back), min(ahead, back)), len(known))
        kinds[:, index] = number + (ahead < back), number + (back < ahead)
    return kinds[0], kinds[1]


@dataclass(frozen=True, slots=True)
class _RuleTable:
    """The rules of ways as arrays; NaN for no limit or no duration."""

    road_class: NDArray[np.uint8]
    kmh: NDArray[np.float64]
    back_kmh: NDArray[np.float64]
    ahead: NDArray[np.bool_]
    back: NDArray[np.bool_]
    ferry_min: NDArray[np.float64]

    @classmethod
    def of(cls, rules: Sequence[WayRule]) -> _RuleTable:
        return cls(
            road_class=np.array([rule.road_class for rule in rules], dtype=np.uint8),
            kmh=np.array([rule.kmh for rule in rules], dtype=np.float64),
            back_kmh=np.array([rule.back_kmh for rule in rules], dtype=np.float64),
            ahead=np.array([rule.ahead for rule in rules], dtype=bool),
            back=np.array([rule.back for rule in rules], dtype=bool),
            ferry_min=np.array([rule.ferry_min for rule in rules], dtype=np.float64),
        )


def _travel_ms(metres: NDArray[np.float64], kmh: NDArray[np.float64], may: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(may, np.maximum(1, np.rint(metres * 3600 / kmh)), 0).astype(np.int64)


def _apply_durations(
    ferry_min: NDArray[np.float64],
    way_id: NDArray[np.int64],
    metres: NDArray[np.float64],
    times: Sequence[NDArray[np.int64]],
) -> None:
    """Spread the stated duration of a ferry over its segments by length."""
    at = np.flatnonzero(~np.isnan(ferry_min))
    if at.size == 0:
        return
    _, member = np.unique(way_id[at], return_inverse=True)
    length = np.maximum(np.bincount(member, weights=metres[at]), 1e-6)
    spread = np.maximum(1, np.rint(ferry_min[at] * 60_000 * metres[at] / length[member])).astype(np.int64)
    for ms in times:
        ms[at] = np.where(ms[at] > 0, spread, 0)


def _cut_at_barriers(
    tail: NDArray[np.int32], head: NDArray[np.int32], nodes: Nodes
) -> tuple[NDArray[np.int32], NDArray[np.int32], Nodes]:
    """Give each segment its own copy of a node that closes the road, so that nothing passes through it."""
    closed = nodes.role == ROLES.index("closed")
    ends = np.concatenate([tail, head])
    hits = np.flatnonzero(closed[ends])
    if hits.size == 0:
        return tail, head, nodes
    originals = ends[hits]
    ends[hits] = nodes.ids.size + np.arange(hits.size)
    grown = Nodes(
        ids=np.concatenate([nodes.ids, -1 - np.arange(hits.size)]),
        lon=np.concatenate([nodes.lon, nodes.lon[originals]]),
        lat=np.concatenate([nodes.lat, nodes.lat[originals]]),
        role=np.concatenate([nodes.role, nodes.role[originals]]),
        known=np.concatenate([nodes.known, nodes.known[originals]]),
    )
    return ends[: tail.size], ends[tail.size :], grown

"""Strokes: stretches of ways between nodes where something else meets, closes or begins.

The nodes of all ways lie in one row; a *step* is the piece of road from one place of the row to the next. Ways are cut
into strokes at nodes where other steps end, at nodes that must stay, and where a barrier makes a step different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.crossings import find_crossings
from deserts.roads.holds import Holds, controls, find_holds
from deserts.roads.node_tags import NodeFact
from deserts.roads.osm.extract import MISSING, Extract
from deserts.roads.seasons import SEASONS, Season
from deserts.roads.tags import WayRule

__all__ = ["Strokes", "cut_into_strokes"]

_CLOSED = NodeFact.CLOSED_SUMMER | NodeFact.CLOSED_WINTER
_PARTLY = {NodeFact.CLOSED_SUMMER: Season.SUMMER, NodeFact.CLOSED_WINTER: Season.WINTER}
_FIRST_COPY_ID = -(1 << 62)
"""Ids of the copies of a node that closes the road count up from here; no editor gives such ids."""


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes and the nodes at their ends.

    Parameters
    ----------
    node_id, node_lon, node_lat
        OSM ids (int64) and coordinates in 1e-7 degrees (int32) of the nodes at ends.
    control
        What rules the traffic there, `deserts.roads.holds.Control`, uint8.
    tail, head
        Node at each end, int32 ``(strokes,)``.
    ptr, lon, lat
        Inner vertices: offsets int64 ``(strokes + 1,)`` and 1e-7 degrees, int32.
    way_id, rule, name
        OSM id (int64), index into ``rules`` and into ``names`` (int32).
    held
        What holds cars up along them.
    """

    node_id: NDArray[np.int64]
    node_lon: NDArray[np.int32]
    node_lat: NDArray[np.int32]
    control: NDArray[np.uint8]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    way_id: NDArray[np.int64]
    rule: NDArray[np.int32]
    name: NDArray[np.int32]
    held: Holds
    rules: Sequence[WayRule]
    names: Sequence[bytes]

    def ends(self) -> Strokes:
        """Return the nodes without the strokes between them, for when these have been drawn."""
        drawn = ("tail", "head", "lon", "lat", "way_id", "rule", "name")
        return replace(self, ptr=self.ptr[:1], **{name: getattr(self, name)[:0].copy() for name in drawn})


def cut_into_strokes(extract: Extract, *, keep: NDArray[np.int64], contract: bool = True) -> Strokes:
    """Cut the ways of an extract into strokes.

    Parameters
    ----------
    extract
        The roads of one file.
    keep
        Sorted ids of nodes that must stay: where files meet, and where turns are forbidden.
    contract
        Whether nodes where nothing else meets are left out.
    """
    nodes, place = extract.nodes, extract.place
    known = nodes.lon != MISSING
    steps = _steps(place, extract.ways.ptr, known)
    uses = _count_uses(place, steps, nodes.ids.size)
    closed = (nodes.facts & _CLOSED) == _CLOSED
    joints = (uses == 2) & ~closed & contract
    joints[_among(keep, nodes.ids)] = False
    marks = _marks(nodes.facts, place, steps)
    first, last, way = _cut(place, extract.ways.ptr, steps, joints, marks)
    crossings = find_crossings(nodes, place, steps)
    control = controls(nodes.facts, crossings)
    step, back, kind = find_holds(extract, steps, uses, crossings)
    held = Holds((np.searchsorted(first, step, side="right") - 1).astype(np.int32), back == 1, kind.astype(np.uint8))
    tail, head = place[first], place[last]
    ptr = np.concatenate([[0], np.cumsum(last - first - 1)]).astype(np.int64)
    lon, lat = _inner(place, first, ptr, nodes.lon, nodes.lat)
    rule, rules = _rules(extract, way, marks[first])
    kept, tail, head, copies = _kept_nodes(tail, head, closed)
    ids = nodes.ids[kept]
    ids[copies:] = _FIRST_COPY_ID + np.arange(ids.size - copies)
    return Strokes(
        node_id=ids, node_lon=nodes.lon[kept], node_lat=nodes.lat[kept], control=control[kept], tail=tail, head=head,
        ptr=ptr, lon=lon, lat=lat, way_id=extract.ways.ids[way], rule=rule, name=extract.ways.name[way], held=held,
        rules=rules, names=extract.ways.names,
    )  # fmt: skip


def _among(wanted: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where those of some ids that are among sorted ones stand."""
    at = np.searchsorted(ids, wanted)
    at = at[at < ids.size]
    return np.asarray(at[np.isin(ids[at], wanted)])


@njit(cache=True, nogil=True)
def _steps(place, ptr, known):  # type: ignore[no-untyped-def]
    """Return at which places of the row a step begins: the next place is of the same way, and both nodes are known."""
    steps = np.zeros(place.size, dtype=np.bool_)
    for way in range(ptr.size - 1):
        for i in range(ptr[way], ptr[way + 1] - 1):
            steps[i] = known[place[i]] and known[place[i + 1]] and place[i] != place[i + 1]
    return steps


@njit(cache=True, nogil=True)
def _count_uses(place, steps, nodes):  # type: ignore[no-untyped-def]
    """Return how many steps end at each node, at most 255."""
    uses = np.zeros(nodes, dtype=np.uint8)
    for i in range(place.size):
        if steps[i]:
            for node in (place[i], place[i + 1]):
                uses[node] += uses[node] < 255
    return uses


def _marks(facts: NDArray[np.uint16], place: NDArray[np.int32], steps: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return what barriers at its ends make of each step: closed in a season, or for those who arrive or leave."""
    partly = np.where((facts & _CLOSED) == _CLOSED, 0, facts & (_CLOSED | NodeFact.ENDS_ONLY)).astype(np.uint8)
    marks = np.zeros(place.size, dtype=np.uint8)
    if partly.any():
        marks[:-1] = np.where(steps[:-1], partly[place[:-1]] | partly[place[1:]], 0)
    return marks


def _cut(
    place: NDArray[np.int32],
    ptr: NDArray[np.int64],
    steps: NDArray[np.bool_],
    joints: NDArray[np.bool_],
    marks: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return first and last place in the row, and way, of each stroke."""
    none = np.zeros(0, dtype=np.int64)
    count = _walk(place, ptr, steps, joints, marks, none, none, none.astype(np.int32))
    first, last, way = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int32)
    _walk(place, ptr, steps, joints, marks, first, last, way)
    return first, last, way


@njit(cache=True, nogil=True)
def _walk(place, ptr, steps, joints, marks, first, last, of):  # type: ignore[no-untyped-def]
    """Walk along all ways and note the strokes where there is room for them; return how many there are."""
    count = 0
    for way in range(ptr.size - 1):
        begun = ptr[way]
        for i in range(ptr[way], ptr[way + 1]):
            before, after = i > ptr[way] and steps[i - 1], steps[i]
            if before and after and joints[place[i]] and marks[i - 1] == marks[i]:
                continue
            if before:
                if count < first.size:
                    first[count], last[count], of[count] = begun, i, way
                count += 1
            begun = i
    return count


@njit(cache=True, nogil=True)
def _inner(place, first, ptr, node_lon, node_lat):  # type: ignore[no-untyped-def]
    """Return the coordinates of the vertices inside each stroke."""
    lon, lat = np.empty(ptr[-1], dtype=np.int32), np.empty(ptr[-1], dtype=np.int32)
    for stroke in range(first.size):
        for i in range(ptr[stroke], ptr[stroke + 1]):
            node = place[first[stroke] + 1 + i - ptr[stroke]]
            lon[i], lat[i] = node_lon[node], node_lat[node]
    return lon, lat


def _rules(
    extract: Extract, way: NDArray[np.int32], marks: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], list[WayRule]]:
    """Return the rule of each stroke: that of its way, changed by what barriers make of it."""
    rules = list(extract.ways.rules)
    rule = extract.ways.rule[way]
    marked = np.flatnonzero(marks)
    for number, mark in sorted(set(zip(rule[marked].tolist(), marks[marked].tolist(), strict=True))):
        closed = frozenset(season for fact, season in _PARTLY.items() if mark & fact) | rules[number].closed_in
        shut = len(closed) == len(SEASONS)
        was = rules[number]
        rules.append(
            replace(
                was,
                closed_in=closed,
                ends_only=was.ends_only or bool(mark & NodeFact.ENDS_ONLY),
                ahead=was.ahead and not shut,
                back=was.back and not shut,
            )
        )
        rule[marked[(rule[marked] == number) & (marks[marked] == mark)]] = len(rules) - 1
    return rule, rules


def _kept_nodes(
    tail: NDArray[np.int32], head: NDArray[np.int32], closed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], int]:
    """Return the nodes at ends, tails and heads among them, and how many are no copies.

    A node that closes the road is copied for each stroke that ends there, so that nothing passes through it.
    """
    used = np.zeros(closed.size, dtype=bool)
    used[tail] = True
    used[head] = True
    used &= ~closed
    kept = np.flatnonzero(used)
    rank = np.cumsum(used, dtype=np.int32) - np.int32(1)
    ends = np.concatenate([tail, head])
    shut = np.flatnonzero(closed[ends])
    numbers = rank[ends]
    numbers[shut] = kept.size + np.arange(shut.size, dtype=np.int32)
    return np.concatenate([kept, ends[shut]]), numbers[: tail.size], numbers[tail.size :], kept.size

"""Contraction: strokes of different ways are joined to chains at nodes where nothing else meets.

OpenStreetMap cuts roads at bridges, lanes and borders. Two strokes are joined where both are of one kind: same class,
limits, directions, seasons and name. A node where one of these changes is kept, so each chain has one of each and
points along it have their share of its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.roads.strokes import Strokes
from deserts.roads.tags import FERRY, ROAD_CLASSES, WayRule

__all__ = ["Chains", "join_strokes"]

_STAYS = 3


@dataclass(frozen=True, slots=True)
class Chains:
    """Strokes that follow each other.

    Parameters
    ----------
    stroke
        Strokes, chain by chain, int32.
    turned
        Whether each is driven from its head to its tail.
    first
        Where each chain begins in the row, and where the last one ends, int64 ``(chains + 1,)``.
    tail, head
        Nodes at the ends of each chain, int32.
    """

    stroke: NDArray[np.int32]
    turned: NDArray[np.bool_]
    first: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]


def join_strokes(strokes: Strokes, stays: NDArray[np.bool_]) -> Chains:
    """Join strokes of one kind.

    Parameters
    ----------
    strokes
        The strokes.
    stays
        Nodes that are kept whatever meets there.
    """
    uses = np.bincount(strokes.tail, minlength=stays.size) + np.bincount(strokes.head, minlength=stays.size)
    uses = np.where(stays, _STAYS, np.minimum(uses, _STAYS)).astype(np.uint8)
    kind, mirror = (
        np.where(of_rule[strokes.rule] >= 0, of_rule[strokes.rule] * len(strokes.names) + strokes.name, -1)
        for of_rule in _kinds(strokes.rules)
    )
    links = _links(strokes.tail, strokes.head, uses, kind, mirror)
    ends = strokes.node_id[strokes.tail], strokes.node_id[strokes.head]
    sequence, opens = _chains(links, *ends, strokes.way_id, kind, mirror)
    del links, ends, kind, mirror
    stroke, turned = (sequence >> 1).astype(np.int32), (sequence & 1).astype(bool)
    first = np.append(np.flatnonzero(opens), stroke.size)
    begin, end = first[:-1], first[1:] - 1
    return Chains(
        stroke=stroke,
        turned=turned,
        first=first,
        tail=np.where(turned[begin], strokes.head[stroke[begin]], strokes.tail[stroke[begin]]),
        head=np.where(turned[end], strokes.tail[stroke[end]], strokes.head[stroke[end]]),
    )


def _kinds(rules: Sequence[WayRule]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the kind of each rule, and the kind of its way back: roads of one kind may be joined.

    Of a kind and its mirror the lower one is driven ahead, or faster. Ferries join with nothing (-1): a duration is
    that of one way.
    """
    known: dict[tuple[object, ...], int] = {}
    kinds = np.full((2, len(rules)), -1, dtype=np.int64)
    for index, rule in enumerate(rules):
        ahead = (rule.kmh or 0.0) if rule.ahead else -1.0
        back = (rule.back_kmh or 0.0) if rule.back else -1.0
        if ROAD_CLASSES[rule.road_class] == FERRY:
            continue
        shared = rule.road_class, rule.cap_kmh, rule.ends_only, rule.closed_in, rule.roundabout
        number = 2 * known.setdefault((*shared, max(ahead, back), min(ahead, back)), len(known))
        kinds[:, index] = number + (ahead < back), number + (back < ahead)
    return kinds[0], kinds[1]


@njit(cache=True, nogil=True)
def _links(tail, head, uses, kind, mirror):  # type: ignore[no-untyped-def]
    """Return for both ends of each stroke where the road goes on: 2 * stroke + end (0 tail, 1 head), or -1."""
    waiting = np.full(uses.size, -1, dtype=np.int32)
    links = np.full((tail.size, 2), -1, dtype=np.int32)
    for stroke in range(tail.size):
        for side in range(2):
            node = head[stroke] if side else tail[stroke]
            if uses[node] != 2:
                continue
            other = waiting[node]
            if other < 0:
                waiting[node] = 2 * stroke + side
                continue
            before, at = other >> 1, other & 1
            leaves = kind[before] if at else mirror[before]
            enters = mirror[stroke] if side else kind[stroke]
            if before != stroke and leaves == enters and enters >= 0:
                links[before, at] = 2 * stroke + side
                links[stroke, side] = other
    return links


@njit(cache=True, nogil=True)
def _chains(links, tail_id, head_id, way, kind, mirror):  # type: ignore[no-untyped-def]
    """Walk along the links: strokes as 2 * stroke + turned, chain by chain, and which of them open a chain."""
    strokes = tail_id.size
    sequence = np.empty(strokes, dtype=np.int32)
    opens = np.zeros(strokes, dtype=np.bool_)
    placed = np.zeros(strokes, dtype=np.bool_)
    count = 0
    for rings in range(2):
        for stroke in range(strokes):
            if placed[stroke] or (rings == 0 and links[stroke, 0] >= 0 and links[stroke, 1] >= 0):
                continue
            at = 2 * stroke + (1 if rings == 0 and links[stroke, 0] >= 0 else 0)
            first = count
            while True:
                sequence[count] = at
                placed[at >> 1] = True
                count += 1
                at = links[at >> 1, 1 - (at & 1)]
                if at < 0 or placed[at >> 1]:
                    break
            if _runs_backwards(sequence[first:count], tail_id, head_id, way, kind, mirror):
                sequence[first:count] = sequence[first:count][::-1].copy() ^ 1
            opens[first] = True
    return sequence, opens


@njit(cache=True, nogil=True)
def _runs_backwards(chain, tail_id, head_id, way, kind, mirror):  # type: ignore[no-untyped-def]
    """Whether a chain is to be turned: so that the result does not depend on the order of the files."""
    first, last = chain[0], chain[-1]
    stroke, turned = first >> 1, first & 1
    if np.all(way[chain >> 1] == way[stroke]):
        return turned == 1  # the strokes of one way keep its direction
    if kind[stroke] != mirror[stroke]:
        ahead = mirror[stroke] if turned else kind[stroke]
        behind = kind[stroke] if turned else mirror[stroke]
        return ahead > behind
    begin = head_id[stroke] if turned else tail_id[stroke]
    end = tail_id[last >> 1] if last & 1 else head_id[last >> 1]
    return end < begin

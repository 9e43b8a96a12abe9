"""What holds a car up on its way: signals, signs, toll booths, railways; each once, and in the direction it faces.

A signal or sign that stands alone faces the traffic that its ``direction`` names; without one, the traffic towards the
nearest junction; else everybody. A sign on a junction itself stops everybody where it says so, else the lesser roads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.crossings import CROSSING_M, Crossings
from deserts.roads.node_tags import NodeFact
from deserts.roads.osm.extract import Extract
from deserts.roads.speeds import HOLDS
from deserts.roads.tags import CLASS_RANK

__all__ = ["Control", "Holds", "controls", "find_holds"]

_SIGNALS, _WALKERS = HOLDS.index("traffic_signals"), HOLDS.index("walkers_signals")
_SIGNS = ((NodeFact.STOP, HOLDS.index("stop")), (NodeFact.GIVE_WAY, HOLDS.index("give_way")))
_BOTH_WAYS = (
    (NodeFact.TOLL_BOOTH, HOLDS.index("toll_booth")),
    (NodeFact.LEVEL_CROSSING, HOLDS.index("level_crossing")),
)
_FACED = NodeFact.FORWARD | NodeFact.BACKWARD
_JUNCTION = 3
"""So many ends of steps make a node a junction."""

Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Steps (places in the row of ways), 1 where the car drives back along them, and kinds (index into `HOLDS`)."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds cars up on strokes or chains of them, one entry each time.

    Parameters
    ----------
    of
        Stroke or chain, int32.
    back
        Whether it holds up the car that drives back.
    kind
        Index into `HOLDS`, uint8.
    """

    of: NDArray[np.int32]
    back: NDArray[np.bool_]
    kind: NDArray[np.uint8]

    def moved(self, number: NDArray[np.int32], *, turned: NDArray[np.bool_] | None = None) -> Holds:
        """Return the entries under new numbers, -1 for what is gone; ``turned`` says what is driven the other way."""
        of = number[self.of]
        here = of >= 0
        back = self.back if turned is None else self.back ^ turned[self.of]
        return Holds(of[here], back[here], self.kind[here])

    def delays(self, ms: NDArray[np.float64], size: int, *, back: bool) -> NDArray[np.int32]:
        """Add up milliseconds, given by kind, for each of so many strokes or chains and one direction."""
        some = self.back == back
        return np.bincount(self.of[some], weights=ms[self.kind[some]], minlength=size).astype(np.int32)


class Control(IntFlag):
    """What rules the traffic at a junction."""

    SIGNALS = 1
    STOP_ALL = 2
    MINI_ROUNDABOUT = 4
    TURNING_PLACE = 8


def controls(facts: NDArray[np.uint16], crossings: Crossings) -> NDArray[np.uint8]:
    """Return the `Control` of every node."""
    found = np.zeros(facts.size, dtype=np.uint8)
    inside = np.flatnonzero(crossings.of >= 0)
    found[inside[crossings.for_cars[crossings.of[inside]]]] = Control.SIGNALS
    for fact, control in (
        (NodeFact.STOP_ALL, Control.STOP_ALL),
        (NodeFact.MINI_ROUNDABOUT, Control.MINI_ROUNDABOUT),
        (NodeFact.TURNING_PLACE, Control.TURNING_PLACE),
    ):
        found[np.flatnonzero(facts & fact)] |= np.uint8(control)
    return found


def find_holds(extract: Extract, steps: NDArray[np.bool_], uses: NDArray[np.uint8], crossings: Crossings) -> Found:
    """List what holds a car up that drives along the steps of an extract, ahead and back.

    Parameters
    ----------
    extract
        The roads.
    steps
        At which places of the row of ways a step begins.
    uses
        How many steps end at each node.
    crossings
        From `deserts.roads.crossings.find_crossings`.
    """
    facts = extract.nodes.facts
    lone = _lone_signals(crossings)
    found = [_entered(extract.place, steps, crossings, lone)]
    for chosen, kind in (
        (lone == _SIGNALS, _SIGNALS),
        (lone == _WALKERS, _WALKERS),
        *(((facts & fact) > 0, kind) for fact, kind in (*_SIGNS, *_BOTH_WAYS)),
    ):
        at = np.flatnonzero(chosen[extract.place])
        if at.size:
            facing = _facing(extract, steps, uses, at, kind)
            found += [
                (at[ahead] - 1, np.zeros(ahead.size, dtype=np.int64), np.full(ahead.size, kind))
                for ahead in (np.flatnonzero(facing[:, 0]),)
            ]
            found += [
                (at[back], np.ones(back.size, dtype=np.int64), np.full(back.size, kind))
                for back in (np.flatnonzero(facing[:, 1]),)
            ]
    step, back, kind_of = (np.concatenate([part[i] for part in found]) for i in range(3))
    return step, back, kind_of


def _lone_signals(crossings: Crossings) -> NDArray[np.int64]:
    """Return the kind of each signal that is a crossing of its own, -1 for other nodes."""
    kind = np.where(crossings.for_cars, _SIGNALS, _WALKERS)
    lone = np.full(crossings.of.size, -1, dtype=np.int64)
    inside = np.flatnonzero(crossings.of >= 0)
    inside = inside[crossings.nodes[crossings.of[inside]] == 1]
    lone[inside] = kind[crossings.of[inside]]
    return lone


def _entered(
    place: NDArray[np.int32], steps: NDArray[np.bool_], crossings: Crossings, lone: NDArray[np.int64]
) -> Found:
    """List the steps that lead into a crossing of several nodes."""
    kind = np.where(crossings.for_cars, _SIGNALS, _WALKERS)
    of = np.where(lone < 0, crossings.of, -1)
    at = np.flatnonzero((of >= 0)[place])
    at = np.unique(np.concatenate([at, at - 1]))
    at = at[at >= 0]
    at = at[steps[at]]
    tail, head = of[place[at]], of[place[at + 1]]
    ahead, back = np.flatnonzero((head >= 0) & (head != tail)), np.flatnonzero((tail >= 0) & (head != tail))
    return (
        np.concatenate([at[ahead], at[back]]),
        np.repeat([0, 1], [ahead.size, back.size]),
        np.concatenate([kind[head[ahead]], kind[tail[back]]]),
    )


def _facing(
    extract: Extract, steps: NDArray[np.bool_], uses: NDArray[np.uint8], at: NDArray[np.int64], kind: int
) -> NDArray[np.bool_]:
    """Return whether something at each place holds a car that comes to it ahead, and back, ``(places, 2)``."""
    nodes, place = extract.nodes, extract.place
    comes = np.column_stack([(at > 0) & steps[at - 1], steps[at]])
    facts, node = nodes.facts[place[at]], place[at]
    if kind in (known for _, known in _BOTH_WAYS):
        return comes
    named = np.column_stack([(facts & NodeFact.FORWARD) > 0, (facts & NodeFact.BACKWARD) > 0])
    is_sign = kind in (known for _, known in _SIGNS)
    at_junction = uses[node] >= _JUNCTION
    towards = _towards_junction(place, steps, uses, nodes.lon, nodes.lat, at)
    told = np.where((facts & _FACED)[:, None] > 0, named, np.where(at_junction[:, None], True, towards))
    if is_sign:
        lesser = at_junction & ((facts & NodeFact.STOP_ALL) == 0) & ((facts & _FACED) == 0)
        told &= ~lesser[:, None] | _on_lesser_road(extract, at, node)[:, None]
    return np.asarray(comes & told)


@njit(cache=True, nogil=True)
def _towards_junction(place, steps, uses, lon, lat, at):  # type: ignore[no-untyped-def]
    """Return whether the nearest junction along the way lies ahead, and back; both where none is near or both are."""
    found = np.empty((at.size, 2), dtype=np.bool_)
    for k in range(at.size):
        far = np.full(2, np.inf)
        for side in range(2):
            i, metres = at[k], 0.0
            while metres <= CROSSING_M:
                step = i if side == 0 else i - 1
                if step < 0 or not steps[step]:
                    break
                a, b = place[step], place[step + 1]
                dy = (lat[b] - lat[a]) * 1e-7
                dx = (lon[b] - lon[a]) * 1e-7 * np.cos(np.radians(lat[a] * 1e-7))
                metres += np.sqrt(dx * dx + dy * dy) * METRES_PER_DEGREE
                i += 1 if side == 0 else -1
                if uses[place[i]] >= _JUNCTION:
                    if metres <= CROSSING_M:
                        far[side] = metres
                    break
        # a car that drives ahead comes to the junction ahead
        found[k, 0] = far[0] <= far[1]
        found[k, 1] = far[1] <= far[0]
    return found


def _on_lesser_road(extract: Extract, at: NDArray[np.int64], node: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return whether the way at each place is lesser than the best road at its node; all are where all are alike."""
    rank_of_rule = np.array([CLASS_RANK[rule.road_class] for rule in extract.ways.rules], dtype=np.int64)
    wanted = np.unique(node)
    every = np.flatnonzero(np.isin(extract.place, wanted))
    way = np.searchsorted(extract.ways.ptr, every, side="right") - 1
    rank = rank_of_rule[extract.ways.rule[way]]
    which = np.searchsorted(wanted, extract.place[every])
    best, worst = np.full(wanted.size, 99), np.full(wanted.size, -1)
    np.minimum.at(best, which, rank)
    np.maximum.at(worst, which, rank)
    mine = rank_of_rule[extract.ways.rule[np.searchsorted(extract.ways.ptr, at, side="right") - 1]]
    here = np.searchsorted(wanted, node)
    return np.asarray((mine > best[here]) | (best[here] == worst[here]))

"""What each turn at a junction costs: by its angle, the roads it crosses, what rules the junction, and town or country.

The seconds stand in `speeds.toml` under `junction_s`. A junction has at least three roads; where two meet there is no
turn, whatever the bend. Going on along a motorway past its ramps costs nothing. Turns are named for traffic on the
right.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.holds import Control
from deserts.roads.speeds import JUNCTION_PARTS
from deserts.roads.tags import CLASS_RANK, ROAD_CLASSES

__all__ = ["bearings", "turn_milliseconds"]

_ON, _GIVE_WAY, _EVEN, _SLIGHT, _RIGHT, _LEFT, _SHARP, _ROUND, _ROUNDABOUT = range(len(JUNCTION_PARTS))
_SLIGHT_DEGREES, _TURN_DEGREES, _SHARP_DEGREES = 25.0, 55.0, 135.0
"""From these angles on a turn is slight, a turn, sharp."""
_LOOK_M = 15.0
"""So far along an edge its direction at the end is taken: the first metres may be a mapper's flourish."""
_RULED = int(Control.SIGNALS | Control.STOP_ALL)
_ROUND_AT = int(Control.TURNING_PLACE | Control.MINI_ROUNDABOUT)
_STEP_MS, _LEVELS = 100, 16
"""Delays are counted in tenths of a second, at so many levels between country and town: then few rows differ."""
_MOTORWAY, _SERVICE = 0, CLASS_RANK[ROAD_CLASSES.index("service")]


@njit(cache=True, nogil=True)
def bearings(tail, head, node_lon, node_lat, ptr, lon, lat):  # type: ignore[no-untyped-def]
    """Return the direction in which each edge leaves its tail and its head, degrees clockwise from north.

    Parameters
    ----------
    tail, head
        Nodes of each edge.
    node_lon, node_lat
        Degrees.
    ptr, lon, lat
        Inner vertices, 1e-7 degrees.

    Returns
    -------
    float32 ``(edges, 2)``
    """
    found = np.empty((tail.size, 2), dtype=np.float32)
    for edge in range(tail.size):
        first, last = ptr[edge], ptr[edge + 1]
        for side in range(2):
            near, far = (tail[edge], head[edge]) if side == 0 else (head[edge], tail[edge])
            x0, y0 = node_lon[near], node_lat[near]
            shrink = np.cos(np.radians(y0))
            dx, dy = 0.0, 0.0
            for i in range(last - first + 1):
                at = first + i if side == 0 else last - 1 - i
                if i < last - first:
                    x, y = lon[at] * 1e-7, lat[at] * 1e-7
                else:
                    x, y = node_lon[far], node_lat[far]
                dx, dy = (x - x0) * shrink, y - y0
                if np.sqrt(dx * dx + dy * dy) * METRES_PER_DEGREE >= _LOOK_M:
                    break
            found[edge, side] = np.degrees(np.arctan2(dx, dy))
    return found


@njit(cache=True, nogil=True)
def turn_milliseconds(  # type: ignore[no-untyped-def]
    ptr, keys, enter_ptr, enter_keys, start, direction, chain, rank, is_link, is_round, urbanity, control, arms,
    rural_ms, urban_ms,
):  # fmt: skip
    """Return the delay of every turn in milliseconds, -1 where it may not be taken.

    Parameters
    ----------
    ptr, keys
        Arcs that leave each node; keys are twice the edge, and one more where it is driven back.
    enter_ptr, enter_keys
        Arcs that enter each node.
    start
        From `deserts.roads.turn_rows.row_starts`.
    direction
        From `bearings`.
    chain
        Road of each edge; copies of a road share it.
    rank
        How great a road each edge is, 0 the greatest.
    is_link, is_round
        Whether it is a ramp, or part of a roundabout.
    urbanity
        0 rural to 255 urban.
    control
        `deserts.roads.holds.Control` of each node.
    arms
        How many roads meet at each node, copies counted once.
    rural_ms, urban_ms
        Milliseconds of each of `JUNCTION_PARTS`.
    """
    index = np.full(2 * chain.size, -1, dtype=np.int64)
    for arc in range(keys.size):
        index[keys[arc]] = arc
    delay = np.full(start[-1], -1, dtype=np.int32)
    for node in range(ptr.size - 1):
        for i in range(enter_ptr[node], enter_ptr[node + 1]):
            key = enter_keys[i]
            edge = key >> 1
            heading = direction[edge, 1 - (key & 1)] + 180.0
            town = np.rint(urbanity[edge] / 255.0 * _LEVELS) / _LEVELS
            stuck = _only_way_back(ptr, keys, node, chain, key)
            for out in range(ptr[node], ptr[node + 1]):
                to = keys[out] >> 1
                turning = _turns_round(chain, key, keys[out])
                if turning and not stuck and control[node] & _ROUND_AT == 0:
                    continue
                angle = (direction[to, keys[out] & 1] - heading + 540.0) % 360.0 - 180.0
                crossed = _crossed(ptr, keys, enter_ptr, enter_keys, node, chain, rank, edge, to)
                parts = _parts(
                    turning, angle, arms[node], crossed, rank[edge], rank[to], is_link[edge] or is_link[to],
                    is_round[edge], is_round[to], control[node],
                )  # fmt: skip
                total = 0.0
                for part in range(parts.size):
                    total += parts[part] * (rural_ms[part] + (urban_ms[part] - rural_ms[part]) * town)
                delay[start[index[key]] + out - ptr[node]] = _STEP_MS * np.int32(np.rint(total / _STEP_MS))
    return delay


@njit(cache=True, nogil=True, inline="always")
def _turns_round(chain, key, to_key):  # type: ignore[no-untyped-def]
    """Whether a turn leads back along the same road."""
    return chain[key >> 1] == chain[to_key >> 1] and (key & 1) != (to_key & 1)


@njit(cache=True, nogil=True)
def _only_way_back(ptr, keys, node, chain, key):  # type: ignore[no-untyped-def]
    """Whether the only way out of a node is back."""
    only = True
    for out in range(ptr[node], ptr[node + 1]):
        only = only and _turns_round(chain, key, keys[out])
    return only


@njit(cache=True, nogil=True)
def _crossed(ptr, keys, enter_ptr, enter_keys, node, chain, rank, edge, to):  # type: ignore[no-untyped-def]
    """Return the rank of the greatest road at a node beside the two that a car drives on; 99 for none."""
    best = 99
    for out in range(ptr[node], ptr[node + 1]):
        other = keys[out] >> 1
        if chain[other] != chain[edge] and chain[other] != chain[to]:
            best = min(best, rank[other])
    for i in range(enter_ptr[node], enter_ptr[node + 1]):
        other = enter_keys[i] >> 1
        if chain[other] != chain[edge] and chain[other] != chain[to]:
            best = min(best, rank[other])
    return best


@njit(cache=True, nogil=True)
def _parts(turning, angle, arms, crossed, rank, to_rank, on_link, from_round, to_round, control):  # type: ignore[no-untyped-def]
    """Return which parts of the delay a turn has."""
    found = np.zeros(9)
    size = abs(angle)
    if turning:
        found[_ROUND] = 1.0
        return found
    if arms < 3 or from_round:
        return found
    if to_round:
        found[_ROUNDABOUT] = 1.0
        return found
    free = (rank == _MOTORWAY and to_rank == _MOTORWAY) or on_link or crossed >= _SERVICE
    if free and size < _TURN_DEGREES:
        return found
    found[_ON] = 1.0
    if size >= _SHARP_DEGREES:
        found[_SHARP] = 1.0
    elif size >= _TURN_DEGREES:
        found[_RIGHT if angle > 0 else _LEFT] = 1.0
    elif size >= _SLIGHT_DEGREES:
        found[_SLIGHT] = 1.0
    if control & _RULED == 0:
        if min(crossed, to_rank) < rank:
            found[_GIVE_WAY] = 1.0
        elif (to_rank if size >= _TURN_DEGREES else crossed) == rank:
            found[_EVEN] = 1.0
    return found

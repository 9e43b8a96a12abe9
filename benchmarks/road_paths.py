"""What drives of given pairs pass, as arrays: from it minutes follow for any speeds, without a search.

What a network knows of its edges is learnt by reading it with models made for asking: speeds that are equal for all,
delays of a thousand seconds, a scale wide enough to hold any density.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from deserts.earth import great_circle_m
from deserts.roads import Network, read_network, snap
from deserts.roads.costs import UNREACHED, cost_of, cost_to_minutes, limit_cost
from deserts.roads.search import search_of
from deserts.roads.snapping import Snaps
from deserts.roads.speeds import Bends, SpeedModel, StandIn, UrbanityScale
from deserts.roads.tags import ROAD_CLASSES

_WIDE = UrbanityScale(1e-2, 1e6)
"""Holds any density; a step of an edge's byte is a fourteenth of its logarithm."""

Population = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Features:
    """What is known of each edge.

    Parameters
    ----------
    road_class, metres, turning
        Class, length, and radians of turning a kilometre around.
    log_people, log_roads
        Logarithm of people a square kilometre around, and of what tells among the roads.
    junction
        Whether the edge ends at a junction, driven ahead and back ``(edges, 2)``.
    """

    road_class: np.ndarray
    metres: np.ndarray
    turning: np.ndarray
    log_people: np.ndarray
    log_roads: np.ndarray
    junction: np.ndarray


def features_of(file: Path, model: SpeedModel, population: Population) -> Features:
    """Learn what is known of each edge of a file."""
    bare = read_network(file, speeds=_asking(model), population=population)
    held = read_network(file, speeds=_asking(model, junction_s=1000.0), population=population)
    bent = read_network(file, speeds=_asking(model, slope=1.0), population=population)
    by_roads = read_network(file, speeds=_asking(model))
    low, high = np.log([_WIDE.rural, _WIDE.urban])
    people, roads = (low + (high - low) * network.edge_urbanity / 255.0 for network in (bare, by_roads))
    ahead, back = held.edge_ms - bare.edge_ms, held.edge_back_ms - bare.edge_back_ms
    return Features(
        road_class=np.asarray(bare.road_class), metres=np.asarray(bare.edge_m, dtype=np.float64),
        turning=np.log(np.maximum(bent.edge_ms, 1) / np.maximum(bare.edge_ms, 1)),
        log_people=people, log_roads=roads, junction=np.column_stack([ahead > 0, back > 0]),
    )  # fmt: skip


def _asking(model: SpeedModel, *, junction_s: float = 0.0, slope: float = 0.0) -> SpeedModel:
    """Return a model by which times tell one thing alone."""
    same, held = (60.0,) * len(ROAD_CLASSES), (junction_s,) * len(ROAD_CLASSES)
    return replace(
        model,
        kinds={
            kind: replace(
                rules, rural_kmh=same, urban_kmh=same, junction_rural_s=held, junction_urban_s=held, scale=_WIDE,
                stand_in=StandIn(rules.stand_in.radius_km, 1.0, 1.0),
                bends=None if rules.bends is None else Bends(slope, 0.0, rules.bends.most, *_drawn(rules.bends)),
            )
            for kind, rules in model.kinds.items()
        },
    )  # fmt: skip


def _drawn(bends: Bends) -> tuple[float, float]:
    return bends.radius_km, bends.tolerance_m


@dataclass(frozen=True)
class Paths:
    """The quickest drives of pairs along the roads.

    Parameters
    ----------
    pair, step, share
        Each edge that a drive passes: the pair, twice the edge and 1 where it is driven back, and how much of it.
    legs_km
        Access leg at each end ``(pairs, 2)``.
    near
        Edge nearest to each end ``(pairs, 2)``.
    near_km
        Length of the leg to it ``(pairs, 2)``.
    straight_km
        From end to end.
    minutes
        By the model that found them, straight drives left out; NaN where there is none.
    """

    pair: np.ndarray
    step: np.ndarray
    share: np.ndarray
    legs_km: np.ndarray
    near: np.ndarray
    near_km: np.ndarray
    straight_km: np.ndarray
    minutes: np.ndarray

    def of(self, chosen: np.ndarray) -> Paths:
        """Return the paths of some pairs (a mask)."""
        number = np.cumsum(chosen) - 1
        steps = chosen[self.pair]
        rows = (self.legs_km, self.near, self.near_km, self.straight_km, self.minutes)
        return Paths(number[self.pair[steps]], self.step[steps], self.share[steps], *(row[chosen] for row in rows))


def find_paths(network: Network, pairs: Mapping[str, Any], *, max_snap_km: float = 50.0) -> Paths:
    """Find the quickest drive of each pair along the roads of a network without copies of edges."""
    ends = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=max_snap_km) for end in _ENDS]
    search, steps = search_of(network, reverse=False), _Steps.of(network)
    states, costs = search.starts(ends[0])
    reads, last = search.reads(ends[1])
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    legs, minutes = np.full((len(ends[0]), 2), np.nan), np.full(len(ends[0]), np.nan)
    for i in range(len(ends[0])):
        best = np.array([UNREACHED])
        search.to_targets((states[i], costs[i]), limit_cost(None), (reads[[i]], last[[i]]), best)
        if best[0] >= UNREACHED:
            continue
        with search.labels(states[i], costs[i], best[0]) as labels:
            there = np.where(reads[i] >= 0, labels[np.maximum(reads[i], 0)], UNREACHED)
            entered = np.minimum(np.where(there < UNREACHED, there + last[i], UNREACHED), UNREACHED)
            arrival = int(entered.argmin())
            if entered[arrival] >= UNREACHED:
                continue
            node, passed = _back(
                int(reads[i][arrival]), np.asarray(labels), states[i], costs[i], steps.ptr, steps.tail, steps.cost,
                steps.step,
            )  # fmt: skip
        departure = int(np.flatnonzero((states[i] == node[0]) & (costs[i] == node[1]))[0])
        first, final = _partial(ends[0], i, departure, leaving=True), _partial(ends[1], i, arrival, leaving=False)
        mine = np.concatenate([[first[0], final[0]], passed]).astype(np.int64)
        share = np.concatenate([[first[1], final[1]], np.ones(passed.size)])
        found.append((np.full(mine.size, i), mine, share))
        legs[i] = first[2], final[2]
        minutes[i] = cost_to_minutes(entered[[arrival]])[0]
    pair, step, share = (np.concatenate(column) for column in zip(*found, strict=True))
    near = np.column_stack([end.edge[:, 0] for end in ends])
    km = great_circle_m(ends[0].lon, ends[0].lat, ends[1].lon, ends[1].lat) / 1000
    near_km = np.column_stack([end.snap_km for end in ends])
    return Paths(pair, step, share, legs, near, near_km, km, minutes)


_ENDS = ("origin", "dest")


def _partial(snaps: Snaps, at: int, column: int, *, leaving: bool) -> tuple[int, float, float]:
    """Return step, share of the edge and leg for a column of `deserts.roads.ends.ends_on_nodes`."""
    road, to_tail = divmod(column, 2)
    fraction = float(snaps.fraction[at, road])
    back = bool(to_tail) == leaving
    return 2 * int(snaps.edge[at, road]) + back, fraction if to_tail else 1 - fraction, float(snaps.leg_km[at, road])


@dataclass(frozen=True)
class _Steps:
    """Directed edges by the node that they come to."""

    ptr: np.ndarray
    tail: np.ndarray
    cost: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, network: Network) -> _Steps:
        tail = np.concatenate([network.edge_tail, network.edge_head])
        head = np.concatenate([network.edge_head, network.edge_tail])
        ms = np.concatenate([network.edge_ms, network.edge_back_ms])
        step = np.concatenate([2 * np.arange(network.edges), 2 * np.arange(network.edges) + 1])
        cost = cost_of(ms, np.tile(network.edge_m, 2))
        used = np.flatnonzero(ms > 0)
        used = used[np.argsort(head[used], kind="stable")]
        ptr = np.searchsorted(head[used], np.arange(network.nodes + 1))
        return cls(ptr, tail[used], cost[used], step[used])


def _back(
    node: int, labels: np.ndarray, states: np.ndarray, costs: np.ndarray, *steps: np.ndarray
) -> tuple[tuple[int, int], np.ndarray]:
    """Follow labels from a node to where the search began: that node with its cost, and the steps."""
    start, passed = _followed(node, labels, states, costs, *steps)
    return (int(start), int(labels[start])), passed


@njit(cache=True)
def _followed(node, labels, states, costs, ptr, tail, cost, step):  # type: ignore[no-untyped-def]
    passed = [np.int64(0) for _ in range(0)]
    while True:
        for i in range(states.size):
            if states[i] == node and costs[i] == labels[node]:
                return node, np.array(passed)
        for k in range(ptr[node], ptr[node + 1]):
            if labels[tail[k]] + cost[k] == labels[node]:
                passed.append(np.int64(step[k]))
                node = tail[k]
                break
        else:
            return -1, np.array(passed)

"""From planned edges to edges with lengths and times, a part at a time so that it takes little memory.

Times are whole milliseconds a straight segment before they are added up, so contraction changes no cost between the
nodes that are kept.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.roads.edges import Edges, arrange
from deserts.roads.holds import Holds
from deserts.roads.joining import Chains
from deserts.roads.network import EdgeFlag
from deserts.roads.plan import Copy, Plan
from deserts.roads.road_density import Lines as Ends
from deserts.roads.seasons import Season
from deserts.roads.speeds import HOLDS, SpeedModel
from deserts.roads.strokes import Strokes
from deserts.roads.tags import FERRY, ROAD_CLASSES, WayRule
from deserts.roads.threads import in_threads
from deserts.roads.urbanity import Surroundings

__all__ = ["Lines", "RuleTable", "draw", "held_up", "segments_of", "time_edges"]

_PART_SEGMENTS = 1 << 14
"""So many segments are timed at once."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Planned edges in their final order, drawn: their rules and vertices, without times.

    Parameters
    ----------
    nodes, edges
        Order of the plan's nodes and edges, from `deserts.roads.build.arrange`.
    tail, head
        New numbers of the nodes of each edge, int32.
    rule, turned
        Rule of each edge, and whether it runs against the way that the rule is of.
    held
        What holds cars up along the chains that edges are of.
    ptr, lon, lat
        Inner vertices: offsets, and 1e-7 degrees.
    """

    nodes: NDArray[np.int32]
    edges: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    way_id: NDArray[np.int64]
    rule: NDArray[np.int32]
    turned: NDArray[np.bool_]
    name: NDArray[np.int32]
    held: Holds
    ptr: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]


def draw(plan: Plan, strokes: Strokes, chains: Chains) -> Lines:
    """Put the edges of a plan into their final order and draw their lines."""
    held = _held(strokes, chains)
    lead = chains.stroke[chains.first[:-1]]
    places = strokes.node_lon[plan.node], strokes.node_lat[plan.node]
    nodes, rank, edges = arrange(plan.tail, plan.head, strokes.way_id[lead[plan.chain]], places)
    del places
    chain = plan.chain[edges]
    lead = lead[chain]
    ptr = _line_ptr(strokes, chains, chain)
    lon, lat = np.empty(ptr[-1], dtype=np.int32), np.empty(ptr[-1], dtype=np.int32)
    _fill_lines(
        chain, ptr, lon, lat, chains.first, chains.stroke, chains.turned, strokes.ptr, strokes.lon, strokes.lat,
        strokes.tail, strokes.head, strokes.node_lon, strokes.node_lat,
    )  # fmt: skip
    return Lines(
        nodes=nodes, edges=edges, tail=rank[plan.tail[edges]], head=rank[plan.head[edges]],
        way_id=strokes.way_id[lead], rule=strokes.rule[lead], turned=chains.turned[chains.first[:-1]][chain],
        name=strokes.name[lead], held=held, ptr=ptr, lon=lon, lat=lat,
    )  # fmt: skip


def _line_ptr(strokes: Strokes, chains: Chains, chain: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return where the inner vertices of edges begin that are of some chains."""
    inner = np.add.reduceat(np.diff(strokes.ptr)[chains.stroke], chains.first[:-1])
    inner += np.diff(chains.first) - 1
    ptr = np.zeros(chain.size + 1, dtype=np.int64)
    np.cumsum(inner[chain], out=ptr[1:])
    return ptr


@njit(cache=True, nogil=True)
def _fill_lines(  # type: ignore[no-untyped-def]
    chain, ptr, lon, lat, first, stroke, turned, stroke_ptr, stroke_lon, stroke_lat, tail, head, node_lon, node_lat
):
    """Write the inner vertices of each edge: those of its strokes, and the nodes between them."""
    for edge in range(chain.size):
        at = ptr[edge]
        for position in range(first[chain[edge]], first[chain[edge] + 1]):
            s = stroke[position]
            if position > first[chain[edge]]:
                node = head[s] if turned[position] else tail[s]
                lon[at], lat[at] = node_lon[node], node_lat[node]
                at += 1
            for i in range(stroke_ptr[s], stroke_ptr[s + 1]):
                source = stroke_ptr[s] + stroke_ptr[s + 1] - 1 - i if turned[position] else i
                lon[at], lat[at] = stroke_lon[source], stroke_lat[source]
                at += 1


def _held(strokes: Strokes, chains: Chains) -> Holds:
    """Return what holds cars up along each chain."""
    chain = np.empty(chains.stroke.size, dtype=np.int32)
    chain[chains.stroke] = np.repeat(np.arange(chains.first.size - 1, dtype=np.int32), np.diff(chains.first))
    turned = np.empty(chains.stroke.size, dtype=bool)
    turned[chains.stroke] = chains.turned
    return strokes.held.moved(chain, turned=turned)


def time_edges(lines: Lines, plan: Plan, strokes: Strokes, *, surroundings: Surroundings) -> Edges:
    """Work out lengths and times of driving on.

    Parameters
    ----------
    lines, plan, strokes
        The roads.
    surroundings
        How urban a place is, and the speeds that go with it.
    """
    table = RuleTable.of(strokes.rules)
    node_lon, node_lat = (column[plan.node[lines.nodes]] for column in (strokes.node_lon, strokes.node_lat))
    count = lines.tail.size
    metres, urbanity = np.empty(count), np.empty(count, dtype=np.uint8)
    times = np.zeros((2, count), dtype=np.int32)

    def part(bounds: tuple[int, int]) -> None:
        mine = slice(*bounds)
        ends, edge, starts = segments_of(lines, bounds, (node_lon, node_lat))
        length = great_circle_m(*ends)
        around = surroundings.urbanity((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
        rule, turned = lines.rule[mine][edge], lines.turned[mine][edge]
        for side in range(2):
            limit, may = table.driven(rule, turned != bool(side))
            kmh = np.minimum(surroundings.rules.kmh(table.road_class[rule], around, limit), table.cap[rule])
            ms = np.where(may, np.maximum(1, np.rint(length * 3600 / kmh)), 0).astype(np.int32)
            times[side, mine] = np.add.reduceat(ms, starts)
        metres[mine] = np.add.reduceat(length, starts)
        weight = np.maximum(length, 1e-3)
        mean = np.add.reduceat(weight * around, starts) / np.add.reduceat(weight, starts)
        urbanity[mine] = np.rint(255 * np.clip(mean, 0.0, 1.0))

    for _ in in_threads(part, _parts(lines.ptr)):
        pass
    _sail(lines, table, metres, plan.copy[lines.edges] == 0, times, surroundings.model.ferry_wait_min)
    for side, may in enumerate((plan.ahead, plan.back)):
        times[side, ~may[lines.edges]] = 0
    return _edges(lines, plan, strokes, table, (node_lon, node_lat), times, metres, urbanity)


def held_up(edges: Edges, lines: Lines, plan: Plan, model: SpeedModel) -> Edges:
    """Add to the times of edges what signals, signs and booths along them take."""
    delay = np.rint(np.array([model.delay_s[name] for name in HOLDS]) * 1000)
    chain = plan.chain[lines.edges]

    def held(times: NDArray[np.int32], *, back: bool) -> NDArray[np.int32]:
        longer = times + lines.held.delays(delay, int(chain.max(initial=0)) + 1, back=back)[chain]
        longer[times <= 0] = 0
        return longer

    return replace(edges, ms=held(edges.ms, back=False), back_ms=held(edges.back_ms, back=True))


def _parts(ptr: NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Cut the edges into parts of so many segments."""
    segments = ptr + np.arange(ptr.size)
    cuts = np.searchsorted(segments, np.arange(0, segments[-1] + _PART_SEGMENTS, _PART_SEGMENTS))
    bounds = np.unique(np.append(np.minimum(cuts, ptr.size - 1), ptr.size - 1)).tolist()
    return list(itertools.pairwise(bounds))


def segments_of(
    lines: Lines, bounds: tuple[int, int], places: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> tuple[Ends, NDArray[np.int64], NDArray[np.int64]]:
    """Return the ends (lon, lat, lon, lat) and the edge of each segment of a part, and where each edge's begin.

    ``places`` are longitudes and latitudes of the nodes, 1e-7 degrees.
    """
    first, last = bounds
    inner = np.diff(lines.ptr[first : last + 1])
    starts = np.concatenate([[0], np.cumsum(inner + 2)[:-1]]).astype(np.int64)
    size = int(inner.sum()) + 2 * inner.size
    vertices = []
    is_inner = np.ones(size, dtype=bool)
    is_inner[starts] = is_inner[starts + inner + 1] = False
    for node, shape in zip(places, (lines.lon, lines.lat), strict=True):
        row = np.empty(size, dtype=np.int32)
        row[starts] = node[lines.tail[first:last]]
        row[starts + inner + 1] = node[lines.head[first:last]]
        row[is_inner] = shape[lines.ptr[first] : lines.ptr[last]]
        vertices.append(np.asarray(row * 1e-7, dtype=np.float64))
    begin = np.ones(size, dtype=bool)
    begin[starts + inner + 1] = False
    at = np.flatnonzero(begin)
    lon, lat = vertices
    edge = np.repeat(np.arange(inner.size, dtype=np.int64), inner + 1)
    return (lon[at], lat[at], lon[at + 1], lat[at + 1]), edge, starts - np.arange(inner.size)


@dataclass(frozen=True, slots=True)
class RuleTable:
    """The rules of ways as arrays; NaN for no limit or no duration, infinite for no cap."""

    road_class: NDArray[np.uint8]
    kmh: NDArray[np.float64]
    back_kmh: NDArray[np.float64]
    cap: NDArray[np.float64]
    ahead: NDArray[np.bool_]
    back: NDArray[np.bool_]
    ferry_min: NDArray[np.float64]
    ferry_interval_min: NDArray[np.float64]
    flags: NDArray[np.uint8]

    @classmethod
    def of(cls, rules: Sequence[WayRule]) -> RuleTable:
        """Put the rules of ways into columns."""
        return cls(
            road_class=np.array([rule.road_class for rule in rules], dtype=np.uint8),
            kmh=np.array([rule.kmh for rule in rules], dtype=np.float64),
            back_kmh=np.array([rule.back_kmh for rule in rules], dtype=np.float64),
            cap=np.array([np.inf if rule.cap_kmh is None else rule.cap_kmh for rule in rules], dtype=np.float64),
            ahead=np.array([rule.ahead for rule in rules], dtype=bool),
            back=np.array([rule.back for rule in rules], dtype=bool),
            ferry_min=np.array([rule.ferry_min for rule in rules], dtype=np.float64),
            ferry_interval_min=np.array([rule.ferry_interval_min for rule in rules], dtype=np.float64),
            flags=np.array([_flags(rule) for rule in rules], dtype=np.uint8),
        )

    def driven(
        self, rule: NDArray[np.int32], against: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return limit and permission of roads that are driven along their way, or against it."""
        return np.where(against, self.back_kmh[rule], self.kmh[rule]), np.where(
            against, self.back[rule], self.ahead[rule]
        )


def _flags(rule: WayRule) -> EdgeFlag:
    found = EdgeFlag(0)
    for season in rule.closed_in:
        found |= EdgeFlag.closed(Season(season))
    if rule.roundabout:
        found |= EdgeFlag.ROUNDABOUT
    return found | EdgeFlag.ENDS_ONLY if rule.ends_only else found


def _sail(
    lines: Lines,
    table: RuleTable,
    metres: NDArray[np.float64],
    own: NDArray[np.bool_],
    times: NDArray[np.int32],
    usual_wait_min: float,
) -> None:
    """Give ferries the duration that they state, and add the wait: half the interval between two, or the usual one.

    Both hold for a whole way and are spread over its edges by length.
    """
    at = np.flatnonzero(table.road_class[lines.rule] == ROAD_CLASSES.index(FERRY))
    if at.size == 0:
        return
    _, member = np.unique(lines.way_id[at], return_inverse=True)
    share = metres[at] / np.maximum(np.bincount(member, weights=metres[at] * own[at]), 1e-6)[member]
    stated = 60_000 * table.ferry_min[lines.rule[at]] * share
    half = table.ferry_interval_min[lines.rule[at]] / 2
    wait = 60_000 * np.where(np.isnan(half), usual_wait_min, half) * share
    sailing = np.where(np.isnan(stated), times[:, at], stated)
    total = np.maximum(1, np.rint(sailing + wait)).astype(np.int32)
    times[:, at] = np.where(times[:, at] > 0, total, 0)


def _edges(
    lines: Lines,
    plan: Plan,
    strokes: Strokes,
    table: RuleTable,
    places: tuple[NDArray[np.int32], NDArray[np.int32]],
    times: NDArray[np.int32],
    metres: NDArray[np.float64],
    urbanity: NDArray[np.uint8],
) -> Edges:
    """Put together what is known of the edges."""
    copy = plan.copy[lines.edges]
    flags = table.flags[lines.rule]
    flags[copy & Copy.DEPARTS > 0] |= np.uint8(EdgeFlag.DEPARTS)
    flags[copy & Copy.ARRIVES > 0] |= np.uint8(EdgeFlag.ARRIVES)
    own = copy == 0
    km = round(float(metres[own].sum()) / 1000, 3)
    np.maximum(1, np.rint(metres, out=metres), out=metres)
    edges = Edges(
        node_id=strokes.node_id[plan.node[lines.nodes]], node_lon=places[0], node_lat=places[1], tail=lines.tail,
        head=lines.head, ms=times[0], back_ms=times[1],
        metres=metres.astype(np.int32), road_class=table.road_class[lines.rule],
        way_id=lines.way_id, name=lines.name, urbanity=urbanity, flags=flags, shape_ptr=lines.ptr, shape_lon=lines.lon,
        shape_lat=lines.lat, names=strokes.names, km=km,
        segments=int(own.sum() + np.diff(lines.ptr).sum(where=own)),
    )  # fmt: skip
    if own.all():
        return edges
    place_of_edge, place_of_node = np.empty(copy.size, dtype=np.int32), np.full(plan.node.size, -1, dtype=np.int32)
    place_of_edge[lines.edges] = np.arange(copy.size, dtype=np.int32)
    place_of_node[lines.nodes] = np.arange(lines.nodes.size, dtype=np.int32)
    # a node of the strokes may be left without an edge of its own: then its first copy stands for all
    stands_for = np.full(strokes.node_id.size, -1, dtype=np.int32)
    for node in (lines.nodes[::-1], lines.nodes[lines.nodes < strokes.node_id.size]):
        stands_for[plan.node[node]] = place_of_node[node]
    return replace(edges, of=place_of_edge[plan.of[lines.edges]], same_node=stands_for[plan.node[lines.nodes]])

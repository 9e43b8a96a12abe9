"""Turn restrictions: which turns a car may not take, after one road or after several.

A restriction from a road over a node to another forbids turns at that node. One that runs over further roads
(``via`` ways) cannot be kept by looking at one node: the roads in between get a copy that only cars from the first road
drive on, and the last turn is forbidden to the copy. Restrictions may overlap, so the copies form an automaton: a car
is always on the copy that remembers most of where it came from, and what is forbidden after less is forbidden there
too.

Conditional restrictions (by hour or day) are left out and counted, as are those that do not name one road into the node
and one out of it.

References
----------
https://wiki.openstreetmap.org/wiki/Relation:restriction
Aho, A. V. and Corasick, M. J. (1975). Efficient string matching. Communications of the ACM 18 (6), 333-340.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deserts.roads.access import access_rules, parts_of
from deserts.roads.joining import Chains
from deserts.roads.osm.decode import Relation
from deserts.roads.plan import Copy, Plan
from deserts.roads.strokes import Strokes

__all__ = ["Bans", "Restriction", "nodes_to_keep", "read_restrictions", "restrict"]

_HOURS = ("day_on", "day_off", "hour_on", "hour_off")
_RULES = frozenset(
    f"{kind}_{turn}" for kind in ("no", "only") for turn in ("left_turn", "right_turn", "straight_on", "u_turn")
) | {"no_entry", "no_exit"}

KEPT, CONDITIONAL, FOR_OTHERS, UNUSABLE = "kept", "conditional", "for other vehicles", "unusable"

Arc = tuple[int, int]
"""Edge, and 0 where it is driven ahead or 1 back."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction for cars: ways it comes from, nodes or ways it runs over, ways it forbids or demands."""

    only: bool
    u_turn: bool
    sources: tuple[int, ...]
    via_nodes: tuple[int, ...]
    via_ways: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bans:
    """Forbidden turns. Arcs are ``2 * edge``, and one more where the edge is driven back.

    Parameters
    ----------
    before, after
        The turn from one arc to another, int64 ``(bans,)``.
    copy, comes_from
        From which arcs each copy is driven: no other turn into it is allowed, int64 ``(turns,)``.
    """

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    copy: NDArray[np.int64]
    comes_from: NDArray[np.int64]


def read_restrictions(relations: Iterable[Relation]) -> tuple[list[Restriction], Counter[str]]:
    """Return the restrictions that hold for cars, and how many were left out and why."""
    found: list[Restriction] = []
    left_out: Counter[str] = Counter()
    for relation in relations:
        value, why = _value(relation.tags)
        if value is None:
            left_out[why] += 1
            continue
        members = relation.members
        restriction = Restriction(
            only=value.startswith("only_"),
            u_turn=value.endswith("_u_turn"),
            sources=tuple(id_ for role, kind, id_ in members if role == "from" and kind == "w"),
            via_nodes=tuple(id_ for role, kind, id_ in members if role == "via" and kind == "n"),
            via_ways=tuple(id_ for role, kind, id_ in members if role == "via" and kind == "w"),
            targets=tuple(id_ for role, kind, id_ in members if role == "to" and kind == "w"),
        )
        if _is_clear(restriction, value):
            found.append(restriction)
        else:
            left_out[UNUSABLE] += 1
    return found, left_out


def _is_clear(restriction: Restriction, value: str) -> bool:
    """Whether a restriction names one road in (or several for `no_entry`), one way over, one road out (`no_exit`)."""
    sources, targets = len(restriction.sources), len(restriction.targets)
    one_via = (len(restriction.via_nodes) == 1) != bool(restriction.via_ways)
    return (
        one_via
        and (sources == 1 or (sources > 1 and value == "no_entry"))
        and (targets == 1 or (targets > 1 and value == "no_exit"))
    )


def _value(tags: Mapping[str, str]) -> tuple[str | None, str]:
    """Return what a restriction demands of a car, or None and why it says nothing to one."""
    modes = access_rules().modes[:3]
    kind, _, for_mode = tags.get("type", "").partition(":")
    if kind != "restriction" or (for_mode and for_mode not in modes):
        return None, FOR_OTHERS
    if not set(modes).isdisjoint(parts_of(tags.get("except"))):
        return None, FOR_OTHERS
    keys = [f"restriction:{mode}" for mode in modes] + ["restriction"]
    value = next((tags[key].strip().lower() for key in keys if key in tags), None)
    if value is None:
        return None, CONDITIONAL if any(f"{key}:conditional" in tags for key in keys) else FOR_OTHERS
    if any(key in tags for key in _HOURS):
        return None, CONDITIONAL
    return (value, KEPT) if value in _RULES else (None, UNUSABLE)


def nodes_to_keep(restrictions: Sequence[Restriction], way_ends: Mapping[int, tuple[int, int]]) -> NDArray[np.int64]:
    """Return the sorted ids of nodes that must stay for restrictions to find their turns.

    Parameters
    ----------
    restrictions
        The restrictions.
    way_ends
        First and last node of each way that restrictions run over.
    """
    ids = {node for restriction in restrictions for node in restriction.via_nodes}
    for restriction in restrictions:
        for way in restriction.via_ways:
            ids.update(way_ends.get(way, ()))
    return np.array(sorted(ids), dtype=np.int64)


@dataclass
class _Turns:
    """Arcs at the nodes that matter, and the bans and copies found so far.

    ``copies`` holds the copy of an arc for cars that come from another arc, or from a copy of one.
    """

    plan: Plan
    entering: dict[int, list[tuple[Arc, int]]]
    leaving: dict[int, list[tuple[Arc, int]]]
    bans: dict[Arc, set[Arc]] = field(default_factory=lambda: defaultdict(set))
    copies: dict[tuple[Arc, Arc], Arc] = field(default_factory=dict)
    first_copy: int = 0

    def head(self, arc: Arc) -> int:
        return int((self.plan.tail if arc[1] else self.plan.head)[arc[0]])

    def tail(self, arc: Arc) -> int:
        return int((self.plan.head if arc[1] else self.plan.tail)[arc[0]])

    def copy_for(self, before: Arc, arc: Arc) -> Arc:
        """Return the copy of an arc for cars that come from an arc or a copy, made when it is first asked for."""
        return self.copies.setdefault((before, arc), (self.first_copy + len(self.copies), arc[1]))


def restrict(
    plan: Plan, strokes: Strokes, chains: Chains, restrictions: Sequence[Restriction]
) -> tuple[Plan, Bans, Counter[str]]:
    """Return the plan with the copies that restrictions need, the forbidden turns, and how many were kept or not."""
    turns = _turns_at(plan, strokes, chains, restrictions)
    found: Counter[str] = Counter()
    nodes_of = _nodes_by_id(plan, strokes, restrictions)
    # those at one node first: what they forbid holds for the copies that the others make
    for restriction in sorted(restrictions, key=lambda one: bool(one.via_ways)):
        if restriction.via_ways:
            done = list(_over_ways(turns, restriction))
        else:
            done = [_over_node(turns, node, restriction) for node in nodes_of.get(restriction.via_nodes[0], ())]
        found[KEPT if any(done) else UNUSABLE] += 1
    return _with_copies(turns), _bans(turns), found


def _bans(turns: _Turns) -> Bans:
    """Return what is forbidden on roads and on their copies, and from where each copy is driven."""
    shorter = _shorter(turns)
    steps: dict[Arc, set[Arc]] = defaultdict(set)
    for before, arc in turns.copies:
        steps[before].add(arc)
    rows: set[tuple[Arc, Arc]] = set()
    entries: set[tuple[Arc, Arc]] = set()
    for state in {*turns.bans, *steps, *shorter}:
        memories = list(_memories(state, shorter))
        forbidden = {after for one in memories for after in turns.bans.get(one, ())}
        rows.update((state, after) for after in forbidden)
        for arc in {arc for one in memories for arc in steps.get(one, ())}:
            rows.add((state, arc))  # a copy is driven instead
            if arc not in forbidden:
                entries.add((_next(turns, state, arc, shorter), state))
    # one that nobody may come to is not open to everybody: it is driven from itself alone
    driven = {copy for copy, _ in entries}
    entries.update((copy, copy) for copy in turns.copies.values() if copy not in driven)
    return Bans(
        *(
            np.array(sorted((2 * a[0] + a[1], 2 * b[0] + b[1]) for a, b in pairs), dtype=np.int64).reshape(-1, 2)[:, i]
            for pairs in (rows, entries)
            for i in range(2)
        )
    )


def _shorter(turns: _Turns) -> dict[Arc, Arc]:
    """Return for each copy what a car is on that remembers less: the longest other end of its memory."""
    found: dict[Arc, Arc] = {}
    # a copy is made after the one that it is driven from, but what remembers less may be made later: short ones first
    length: dict[Arc, int] = {}
    for (before, _), copy in turns.copies.items():
        length[copy] = length.get(before, 0) + 1
    for (before, arc), copy in sorted(turns.copies.items(), key=lambda item: (length[item[1]], item[1])):
        found[copy] = _next(turns, found[before], arc, found) if before in found else arc
    return found


def _memories(state: Arc, shorter: Mapping[Arc, Arc]) -> Iterator[Arc]:
    """Yield a state and those that remember less and less, down to the road itself."""
    yield state
    while state in shorter:
        state = shorter[state]
        yield state


def _next(turns: _Turns, state: Arc, arc: Arc, shorter: Mapping[Arc, Arc]) -> Arc:
    """Return the copy on which a car drives an arc next, or the arc itself."""
    return next((turns.copies[one, arc] for one in _memories(state, shorter) if (one, arc) in turns.copies), arc)


def _turns_at(plan: Plan, strokes: Strokes, chains: Chains, restrictions: Sequence[Restriction]) -> _Turns:
    """List the arcs that enter and leave nodes, with the way that each has there, where a way of a restriction ends."""
    wanted = {way for r in restrictions for way in (*r.sources, *r.via_ways, *r.targets)}
    first, last = chains.stroke[chains.first[:-1]], chains.stroke[chains.first[1:] - 1]
    at_tail, at_head = strokes.way_id[first[plan.chain]], strokes.way_id[last[plan.chain]]
    known = np.array(sorted(wanted), dtype=np.int64)
    hit = np.unique(np.concatenate([plan.tail[np.isin(at_tail, known)], plan.head[np.isin(at_head, known)]]))
    near = np.zeros(plan.node.size, dtype=bool)
    near[hit] = True
    turns = _Turns(plan, defaultdict(list), defaultdict(list), first_copy=plan.tail.size)
    for edge in np.flatnonzero(near[plan.tail] | near[plan.head]).tolist():
        ends = (int(plan.tail[edge]), int(at_tail[edge])), (int(plan.head[edge]), int(at_head[edge]))
        for back, may in enumerate((plan.ahead[edge], plan.back[edge])):
            (start, way_out), (end, way_in) = ends[::-1] if back else ends
            if may:
                turns.leaving[start].append(((edge, back), way_out))
                turns.entering[end].append(((edge, back), way_in))
    return turns


def _nodes_by_id(plan: Plan, strokes: Strokes, restrictions: Sequence[Restriction]) -> dict[int, list[int]]:
    """Return the nodes, copies included, of each id that a restriction runs over."""
    wanted = np.array(sorted({node for r in restrictions for node in r.via_nodes}), dtype=np.int64)
    ids = strokes.node_id[plan.node]
    found: dict[int, list[int]] = defaultdict(list)
    for node in np.flatnonzero(np.isin(ids, wanted)).tolist():
        found[int(ids[node])].append(node)
    return found


def _over_node(turns: _Turns, node: int, restriction: Restriction) -> bool:
    """Forbid the turns of a restriction at one node; return whether it named any."""
    every_out = [arc for arc, _ in turns.leaving[node]]
    done = False
    for source in restriction.sources:
        ins = [arc for arc, way in turns.entering[node] if way == source]
        for target in restriction.targets:
            outs = [arc for arc, way in turns.leaving[node] if way == target]
            if restriction.u_turn and source == target:
                for arc in ins:
                    turns.bans[arc].add((arc[0], 1 - arc[1]))
                done = done or bool(ins)
                continue
            if not _is_one_road(turns, ins) or not _is_one_road(turns, outs):
                continue
            banned = [arc for arc in every_out if arc not in outs] if restriction.only else outs
            for before in ins:
                turns.bans[before].update(banned)
            done = True
    return done


def _is_one_road(turns: _Turns, arcs: Sequence[Arc]) -> bool:
    """Whether some arcs are one road at a node: the same chain, whatever its copies."""
    return len({int(turns.plan.chain[edge]) for edge, _ in arcs}) == 1


def _over_ways(turns: _Turns, restriction: Restriction) -> Iterator[bool]:
    """Forbid the last turn of a restriction to cars from its first road."""
    source, target = restriction.sources[0], restriction.targets[0]
    for node in sorted({node for node, arcs in turns.entering.items() if any(way == source for _, way in arcs)}):
        ins = [arc for arc, way in turns.entering[node] if way == source]
        for path in _paths(turns, node, restriction.via_ways):
            end = turns.head(path[-1])
            outs = [arc for arc, way in turns.leaving[end] if way == target]
            if not _is_one_road(turns, ins) or not _is_one_road(turns, outs):
                continue
            for before in ins:
                state = before
                for arc in path:
                    state = turns.copy_for(state, arc)
                every = [arc for arc, _ in turns.leaving[end]]
                turns.bans[state].update([arc for arc in every if arc not in outs] if restriction.only else outs)
                yield True


def _paths(turns: _Turns, node: int, ways: Sequence[int]) -> Iterator[tuple[Arc, ...]]:
    """Yield the ways along whole ways, one after the other, from a node to where the last one ends."""
    waiting: list[tuple[int, int, tuple[Arc, ...]]] = [(node, 0, ())]
    while waiting:
        here, number, path = waiting.pop()
        used = {arc[0] for arc in path}
        steps = [arc for arc, way in turns.leaving[here] if way == ways[number] and arc[0] not in used]
        for arc in steps:
            there = turns.head(arc)
            longer = (*path, arc)
            goes_on = [a for a, way in turns.leaving[there] if way == ways[number] and a[0] != arc[0]]
            if goes_on:
                waiting.append((there, number, longer))
            elif number + 1 < len(ways):
                waiting.append((there, number + 1, longer))
            else:
                yield longer


def _with_copies(turns: _Turns) -> Plan:
    """Return the plan with the copies that were made, in the order of their numbers."""
    plan = turns.plan
    of = np.array([arc[0] for _, arc in turns.copies], dtype=np.int32)
    back = np.array([arc[1] for _, arc in turns.copies], dtype=bool)
    return plan.grown(
        np.zeros(0, dtype=np.int32),
        chain=plan.chain[of], tail=plan.tail[of], head=plan.head[of], ahead=~back, back=back,
        copy=np.full(of.size, Copy.ARRIVES, dtype=np.uint8), of=plan.of[of],
    )  # fmt: skip

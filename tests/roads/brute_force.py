"""A plain search over the steps of ways that reads turn restrictions as they stand, for comparison.

A state is the step that a car has just driven and, of each restriction over further ways, how far along it the car is.
Nothing of the product is used but the times of steps.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Step = tuple[int, int, int]
"""From node, to node, way."""


@dataclass(frozen=True)
class Rule:
    """One restriction: kind (``no_left_turn`` …), way it comes from, node or ways it runs over, way it names."""

    kind: str
    source: int
    node: int | None
    over: tuple[int, ...]
    target: int


class Roads:
    """Steps with their milliseconds, and restrictions."""

    def __init__(self, steps: Mapping[Step, int], rules: Sequence[Rule]) -> None:
        self.steps = steps
        self.leaving: dict[int, list[Step]] = defaultdict(list)
        for step in steps:
            self.leaving[step[0]].append(step)
        self.touching: dict[int, set[int]] = defaultdict(set)
        for start, end, way in steps:
            self.touching[start].add(way)
            self.touching[end].add(way)
        self.at_node: dict[tuple[int, int], list[Rule]] = defaultdict(list)
        self.over_ways: list[Rule] = []
        for rule in rules:
            if rule.over:
                self.over_ways.append(rule)
            else:
                self.at_node[rule.node, rule.source].append(rule)

    def costs(self, start: int) -> dict[int, int]:
        """Return the least milliseconds from a node to every node; no turn is taken at the first one."""
        queue = [(self.steps[step], i, step, frozenset()) for i, step in enumerate(self.leaving[start])]
        heapq.heapify(queue)
        count = len(queue)
        done, found = set(), {start: 0}
        while queue:
            cost, _, step, along = heapq.heappop(queue)
            if (step, along) in done:
                continue
            done.add((step, along))
            found[step[1]] = min(found.get(step[1], cost), cost)
            for other in self.leaving[step[1]]:
                further = self._turn(step, other, along)
                if further is not None and (other, further) not in done:
                    count += 1
                    heapq.heappush(queue, (cost + self.steps[other], count, other, further))
        return found

    def _turn(self, step: Step, other: Step, along: frozenset) -> frozenset | None:
        """Return how far along restrictions a car is after a turn, or None where it may not take it."""
        node, way, next_way = step[1], step[2], other[2]
        turning = other[1] == step[0] and next_way == way
        if turning and any((s[1], s[2]) != (step[0], way) for s in self.leaving[node]):
            return None
        if any(_forbids(rule, way, next_way, turning) for rule in self.at_node.get((node, way), ())):
            return None
        further = set()
        for number, position in along:
            rule = self.over_ways[number]
            last = position == len(rule.over) - 1
            if last and rule.target in self.touching[node] and _forbids(rule, way, next_way, turning):
                return None
            if next_way == rule.over[position] and not turning:
                further.add((number, position))  # several steps of one way may follow each other
            elif not last and next_way == rule.over[position + 1]:
                further.add((number, position + 1))
        further.update(
            (number, 0) for number, rule in enumerate(self.over_ways) if way == rule.source and next_way == rule.over[0]
        )
        return frozenset(further)


def _forbids(rule: Rule, way: int, next_way: int, turning: bool) -> bool:
    """Whether a restriction forbids a turn at the node where it is decided."""
    if rule.kind.endswith("u_turn") and rule.target == way:
        return turning
    if rule.kind.startswith("only"):
        return next_way != rule.target
    return next_way == rule.target and not turning

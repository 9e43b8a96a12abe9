"""Edges before they are laid out: chains of strokes, and copies of chains that keep a car from where it may not go.

A rule that depends on where a car comes from (roads for those who arrive or leave, turns forbidden after a certain
road) is kept by copies: edges of the same road between nodes of their own. A point still lies on the road itself; a
copy only says through which edges a car that leaves it may depart, or one that comes to it arrive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from deserts.roads.joining import Chains
from deserts.roads.strokes import Strokes

__all__ = ["Copy", "Plan", "plan_of"]


class Copy(IntFlag):
    """What a copy of a road is for; 0 marks the road itself."""

    DEPARTS = 1
    ARRIVES = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """Edges and nodes as they will be; columns grow as rules add copies.

    Parameters
    ----------
    node
        Node of the strokes that each node is or copies, int32.
    chain
        Chain of each edge, int32.
    tail, head
        Its nodes, int32.
    ahead, back
        Whether it may be driven this way.
    copy
        `Copy`, uint8.
    of
        Edge that each copies, its own number where it copies none, int32.
    """

    node: NDArray[np.int32]
    chain: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ahead: NDArray[np.bool_]
    back: NDArray[np.bool_]
    copy: NDArray[np.uint8]
    of: NDArray[np.int32]

    def grown(self, node: NDArray[np.int32], **columns: NDArray[np.generic]) -> Plan:
        """Return the plan with more nodes and edges; every column but ``node`` has one value an edge."""
        return replace(
            self,
            node=np.concatenate([self.node, node]),
            **{name: np.concatenate([getattr(self, name), more]) for name, more in columns.items()},
        )


def plan_of(strokes: Strokes, chains: Chains) -> Plan:
    """Return the edges of chains, without any copy."""
    lead = chains.stroke[chains.first[:-1]]
    rule, turned = strokes.rule[lead], chains.turned[chains.first[:-1]]
    may = np.array([(one.ahead, one.back) for one in strokes.rules], dtype=bool).reshape(-1, 2)[rule]
    ahead, back = may[:, 0], may[:, 1]
    count = lead.size
    return Plan(
        node=np.arange(strokes.node_id.size, dtype=np.int32),
        chain=np.arange(count, dtype=np.int32),
        tail=chains.tail,
        head=chains.head,
        ahead=np.where(turned, back, ahead),
        back=np.where(turned, ahead, back),
        copy=np.zeros(count, dtype=np.uint8),
        of=np.arange(count, dtype=np.int32),
    )

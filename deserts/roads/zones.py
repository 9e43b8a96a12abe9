"""Roads for those who arrive or leave (`access=destination`, `customers`, `permit`): nobody passes through.

Such roads that touch each other are a *zone*, together with the open roads that are come to through them alone.
Nothing needs to be done for a zone with one way in: nobody passes through a dead end. Of any other zone the roads are
there twice: as they are left, from where a car only gets out, and as they are come to, from where a car never gets out.
A zone that is the only way between two great networks is open: people live on both sides.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph

from deserts.roads.plan import Copy, Plan

__all__ = ["bar_zones"]

GREAT_EDGES = 1000
"""A network of more edges than this is never taken as the inside of a zone, which would lay out all of it twice."""


def bar_zones(plan: Plan, ends_only: NDArray[np.bool_]) -> tuple[Plan, int]:
    """Bar zones to through traffic; return the plan and how many edges are barred.

    Parameters
    ----------
    plan
        Edges without copies.
    ends_only
        Whether each edge is for those who arrive or leave.
    """
    if not ends_only.any():
        return plan, 0
    is_barred = _barred(plan, ends_only)
    barred = np.flatnonzero(is_barred)
    if not barred.size:
        return plan, 0
    tail, head = plan.tail[barred], plan.head[barred]
    inside = np.unique(np.concatenate([tail, head]))
    rim = _ends(plan, ~is_barred)
    ends = (plan.node.size + np.searchsorted(inside, np.concatenate([tail, head]))).astype(np.int32)
    out_tail, out_head = np.split(ends, 2)
    in_tail, in_head = np.split(ends + np.int32(inside.size), 2)
    ahead, back = plan.ahead[barred], plan.back[barred]
    no = np.zeros(barred.size, dtype=bool)
    own_tail, own_head = plan.tail.copy(), plan.head.copy()
    own_tail[barred], own_head[barred] = out_tail, out_head
    grown = replace(plan, tail=own_tail, head=own_head).grown(plan.node[np.concatenate([inside, inside])])
    for start, end, may, may_back, use in (
        # out of the zone at its rim
        (out_tail, head, ahead & rim[head], no, Copy.DEPARTS),
        (tail, out_head, no, back & rim[tail], Copy.DEPARTS),
        # into the zone at its rim, and on inside
        (tail, in_head, ahead & rim[tail], no, Copy.ARRIVES),
        (in_tail, head, no, back & rim[head], Copy.ARRIVES),
        (in_tail, in_head, ahead, back, Copy.ARRIVES),
    ):
        used = may | may_back
        grown = grown.grown(
            np.zeros(0, dtype=np.int32),
            chain=plan.chain[barred[used]], tail=start[used], head=end[used], ahead=may[used], back=may_back[used],
            copy=np.full(int(used.sum()), use, dtype=np.uint8), of=barred[used].astype(np.int32),
        )  # fmt: skip
    return grown, int(barred.size)


def _barred(plan: Plan, ends_only: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the edges of zones that somebody could pass through, open roads inside them included."""
    part = _label(plan, ~ends_only)
    open_ends = _ends(plan, ~ends_only)
    edges = np.bincount(part[plan.tail[~ends_only]], minlength=plan.node.size)
    great = edges > min(GREAT_EDGES, edges.max(initial=0) - 1)
    absorbed = np.zeros(plan.node.size, dtype=bool)
    absorbed[part[_ends(plan, ends_only) & open_ends]] = True
    absorbed &= ~great
    barred = ends_only | absorbed[part[plan.tail]]
    zone = _label(plan, barred)
    rim = np.flatnonzero(_ends(plan, ~barred) & _ends(plan, barred))
    ways_in = np.bincount(zone[rim], minlength=plan.node.size)
    pairs = np.unique(np.column_stack([zone[rim], part[rim]]), axis=0)
    sides = np.bincount(pairs[:, 0], minlength=plan.node.size)
    passable = (ways_in > 1) & (sides == 1)
    return np.asarray(barred & passable[zone[plan.tail]])


def _ends(plan: Plan, edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which nodes are ends of some edges."""
    found = np.zeros(plan.node.size, dtype=bool)
    found[plan.tail[edges]] = found[plan.head[edges]] = True
    return found


def _label(plan: Plan, edges: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the part of each node that some edges connect, whichever way they are driven."""
    tail, head = plan.tail[edges], plan.head[edges]
    links = coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(plan.node.size, plan.node.size))
    return np.asarray(csgraph.connected_components(links, directed=False)[1])

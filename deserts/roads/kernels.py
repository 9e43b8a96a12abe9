"""Compiled searches on CSR arrays: bucket-queue (Dial) label correcting with packed costs.

The queue is an array of buckets, each a linked list of entries from a pool. A node whose label falls gets a new entry;
the old one is recognised as stale when it is taken out. Freed entries are used again at once, so the pool stays as
small as the search's front and lies in the fastest cache. Buckets are reused in a circle: at any time all queued labels
lie within the longest arc of the current bucket. Inside a bucket nodes may be scanned more than once, which is cheap:
on New York's streets 1.15 scans a node. Labels are the least costs whatever the order, hence results do not depend on
it.

References
----------
Dial, R. B. (1969). Algorithm 360: shortest-path forest with topological ordering. Communications of the ACM 12 (11),
632-633. https://doi.org/10.1145/363269.363610
Cherkassky, B. V., Goldberg, A. V., & Radzik, T. (1996). Shortest paths algorithms: theory and experimental evaluation.
Mathematical Programming 73, 129-174. https://doi.org/10.1007/BF02592101
"""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.costs import METRE_BITS, UNREACHED
from deserts.roads.prefetch import prefetch

__all__ = [
    "BUCKET_SHIFT",
    "WHOLE",
    "bucket_count",
    "improve_all",
    "is_held",
    "nearest_labels",
    "place_label",
    "reset",
    "search",
    "still_waiting",
]

BUCKET_SHIFT = METRE_BITS + 14
"""A bucket spans 2**14 ms (16 s) of driving: of 2**8 to 2**15 ms, widths near this one are quickest on street
graphs."""

WHOLE = 8
"""Labels are cleaned in a row where more than this part of them was touched, else one by one."""

_POOL = 1 << 16
"""Entries that a queue starts with; a search whose front outgrows them starts again with twice as many."""

_UNREACHED = int(UNREACHED)


def bucket_count(largest_step: int) -> int:
    """Return how many buckets (a power of two) a circle needs when no arc or seed spread exceeds ``largest_step``."""
    needed = (int(largest_step) >> BUCKET_SHIFT) + 2
    return 1 << max(6, int(needed - 1).bit_length())


@njit(cache=True, nogil=True)
def _seed(seed_nodes, seed_costs, limit, labels, first, touched, pool):  # type: ignore[no-untyped-def]
    """Put the seeds into the queue; return how many entries it has, how many nodes were touched, the lowest bucket."""
    mask = first.size - 1
    queued, reached = 0, 0
    lowest = np.int64(1) << 40
    for i in range(seed_nodes.size):
        node, cost = seed_nodes[i], seed_costs[i]
        if node < 0 or cost > limit or cost >= labels[node]:
            continue
        if labels[node] == _UNREACHED:
            touched[reached] = node
            reached += 1
        labels[node] = cost
        bucket = cost >> BUCKET_SHIFT
        lowest = min(lowest, bucket)
        pool[queued, 0] = first[bucket & mask]
        pool[queued, 1] = node
        first[bucket & mask] = queued
        queued += 1
    return queued, reached, lowest


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    ptr, heads, costs, seed_nodes, seed_costs, limit, target_nodes, target_costs, best, labels, first, touched, pool
):
    """Label nodes from the seeds until all within ``limit`` are reached, or no target can improve.

    Without targets (``best`` empty) nothing ends the search early. Returns how many entries of ``touched`` are filled,
    and whether the pool held out; if it did not, the search is not finished.
    """
    # indices are unsigned in the inner loop, which spares the test for negative ones: a sixth of the time
    one = np.uint64(1)
    mask = np.uint64(first.size - 1)
    queued, reached, current = _seed(seed_nodes, seed_costs, limit, labels, first, touched, pool)
    used, free = queued, -1
    waiting = best.size
    while queued > 0:
        slot = np.uint64(current) & mask
        while first[slot] >= 0:
            entry = first[slot]
            index = np.uint64(entry)
            node = np.uint64(pool[index, 1])
            first[slot] = pool[index, 0]
            pool[index, 0] = free
            free = entry
            queued -= 1
            base = labels[node]
            if base >> BUCKET_SHIFT != current:
                continue  # stale: the label has fallen into an earlier bucket since
            arc, last = np.uint64(ptr[node]), np.uint64(ptr[node + one])
            while arc < last:
                other = np.uint64(heads[arc])
                cost = base + costs[arc]
                arc += one
                old = labels[other]
                if cost >= old or cost > limit:
                    continue
                if old == _UNREACHED:
                    touched[np.uint64(reached)] = other
                    reached += 1
                labels[other] = cost
                if free >= 0:
                    entry = free
                    free = pool[np.uint64(entry), 0]
                elif used < pool.shape[0]:
                    entry = used
                    used += 1
                else:
                    return reached, False
                place = np.uint64(cost >> BUCKET_SHIFT) & mask
                index = np.uint64(entry)
                pool[index, 0] = first[place]
                pool[index, 1] = other
                first[place] = entry
                queued += 1
                ahead = np.uint64(ptr[other])
                prefetch(costs, ahead)
                prefetch(heads, ahead)
        current += 1
        if best.size > 0:
            waiting = still_waiting(waiting, current << BUCKET_SHIFT, target_nodes, target_costs, best, labels)
            if waiting == 0:
                break
    if queued > 0:
        first[:] = -1
    return reached, True


@njit(cache=True, nogil=True)
def reset(reached, labels, touched):  # type: ignore[no-untyped-def]
    """Clean the labels that a finished search touched: the price of a search is what it reached, not the network."""
    if WHOLE * reached > labels.size:
        labels[:] = _UNREACHED
        return
    for i in range(reached):
        labels[touched[i]] = _UNREACHED


@njit(cache=True, nogil=True)
def search(  # type: ignore[no-untyped-def]
    ptr, heads, costs, seed_nodes, seed_costs, limit, target_nodes, target_costs, best, labels, first, touched
):
    """Label every node within ``limit`` of the seeds; return how many entries of ``touched`` are filled.

    Parameters
    ----------
    ptr, heads, costs
        Arcs, as in `deserts.roads.network.Arcs`.
    seed_nodes, seed_costs
        Where the search starts (-1 for none), and at what cost.
    limit
        Greatest cost of a label.
    target_nodes, target_costs
        ``(targets, n)``: nodes next to each target (-1 for none) and the cost from there to the target. The search
        stops as soon as no target can improve; without targets nothing ends it early.
    best
        ``(targets,)``: upper bounds on entry (a way that needs no node). `improve_all` gives the least costs
        afterwards.
    labels, first, touched
        Clean scratch arrays: `UNREACHED` a node, -1 a bucket, room for all nodes. `reset` cleans the labels again.
    """
    # a pool that proves too small is taken twice as large
    room = max(_POOL, 2 * seed_nodes.size)
    bounds = best.copy()
    while True:
        pool = np.empty((room, 2), dtype=np.int32)
        reached, held = _search(
            ptr, heads, costs, seed_nodes, seed_costs, limit, target_nodes, target_costs, best, labels, first, touched,
            pool,
        )  # fmt: skip
        if held:
            return reached
        reset(reached, labels, touched)
        first[:] = -1
        best[:] = bounds
        room *= 2


@njit(cache=True, nogil=True)
def still_waiting(waiting, floor, target_nodes, target_costs, best, labels):  # type: ignore[no-untyped-def]
    """Lower the bounds of targets, last first, while labels at or above ``floor`` cannot lower them further."""
    while waiting > 0:
        i = waiting - 1
        improve(i, target_nodes, target_costs, best, labels)
        if best[i] > floor:
            break
        waiting -= 1
    return waiting


@njit(cache=True, nogil=True)
def improve_all(target_nodes, target_costs, best, labels):  # type: ignore[no-untyped-def]
    """Lower every target's cost to what the labels tell."""
    for i in range(best.size):
        improve(i, target_nodes, target_costs, best, labels)


@njit(cache=True, nogil=True)
def improve(i, target_nodes, target_costs, best, labels):  # type: ignore[no-untyped-def]
    """Lower one target's cost to what the labels tell."""
    for side in range(target_nodes.shape[1]):
        node = target_nodes[i, side]
        if node >= 0 and labels[node] != _UNREACHED:
            best[i] = min(best[i], labels[node] + target_costs[i, side])


@njit(cache=True, nogil=True, inline="always")
def place_label(node, cost, site, k, group_of, near_cost, near_site):  # type: ignore[no-untyped-def]
    """Enter a label into a node's sorted list of k distinct groups; return whether it entered."""
    last = k - 1
    if cost > near_cost[node, last] or (cost == near_cost[node, last] and site >= near_site[node, last]):
        return False
    hole = last
    group = group_of[site]
    for i in range(k):
        other = near_site[node, i]
        if other < 0:
            hole = i
            break
        if group_of[other] == group:
            if cost > near_cost[node, i] or (cost == near_cost[node, i] and site >= other):
                return False
            hole = i
            break
    i = hole
    while i > 0 and (
        near_cost[node, i - 1] > cost or (near_cost[node, i - 1] == cost and near_site[node, i - 1] > site)
    ):
        near_cost[node, i] = near_cost[node, i - 1]
        near_site[node, i] = near_site[node, i - 1]
        i -= 1
    near_cost[node, i] = cost
    near_site[node, i] = site
    return True


@njit(cache=True, nogil=True, inline="always")
def is_held(node, cost, site, k, near_cost, near_site):  # type: ignore[no-untyped-def]
    """Whether a label is still in a node's list."""
    for i in range(k):
        if near_site[node, i] == site:
            return near_cost[node, i] == cost
        if near_site[node, i] < 0 or near_cost[node, i] > cost:
            return False
    return False


@njit(cache=True, nogil=True)
def nearest_labels(ptr, heads, costs, seed_nodes, seed_costs, seed_sites, group_of, k, limit, buckets):  # type: ignore[no-untyped-def]
    """Find the k nearest sites of distinct groups for every node in one search on the reversed network.

    Each node keeps a sorted list of at most k labels (cost, site), one a group; a label that does not enter
    the list of a node can not matter beyond it, so the work grows with k and hardly with the number of sites.

    Returns
    -------
    near_cost : int64 ``(nodes, k)``
    near_site : int32 ``(nodes, k)``, -1 where there is none
    """
    nodes = ptr.size - 1
    room = max(_POOL, 2 * seed_nodes.size)
    while True:
        near_cost = np.full((nodes, k), _UNREACHED, dtype=np.int64)
        near_site = np.full((nodes, k), -1, dtype=np.int32)
        first = np.full(buckets, -1, dtype=np.int32)
        links = np.empty((room, 3), dtype=np.int32)
        entry_costs = np.empty(room, dtype=np.int64)
        if _spread_labels(
            ptr, heads, costs, seed_nodes, seed_costs, seed_sites, group_of, k, limit, near_cost, near_site, first,
            links, entry_costs,
        ):  # fmt: skip
            return near_cost, near_site
        room *= 2


@njit(cache=True, nogil=True)
def _spread_labels(  # type: ignore[no-untyped-def]
    ptr, heads, costs, seed_nodes, seed_costs, seed_sites, group_of, k, limit, near_cost, near_site, first, links,
    entry_costs,
):  # fmt: skip
    """Fill the lists of `nearest_labels`; return whether the pool (next entry, node and site; cost) held out."""
    mask = first.size - 1
    used, free, queued = 0, -1, 0
    current = np.int64(1) << 40
    for i in range(seed_nodes.size):
        node, cost, site = seed_nodes[i], seed_costs[i], seed_sites[i]
        if cost <= limit and place_label(node, cost, site, k, group_of, near_cost, near_site):
            bucket = cost >> BUCKET_SHIFT
            links[used, 0], links[used, 1], links[used, 2] = first[bucket & mask], node, site
            entry_costs[used] = cost
            first[bucket & mask] = used
            used += 1
            queued += 1
            current = min(current, bucket)
    while queued > 0:
        slot = current & mask
        while first[slot] >= 0:
            entry = first[slot]
            node, site, base = links[entry, 1], links[entry, 2], entry_costs[entry]
            first[slot] = links[entry, 0]
            links[entry, 0] = free
            free = entry
            queued -= 1
            if not is_held(node, base, site, k, near_cost, near_site):
                continue
            for arc in range(ptr[node], ptr[node + 1]):
                other = heads[arc]
                cost = base + costs[arc]
                if cost > limit or not place_label(other, cost, site, k, group_of, near_cost, near_site):
                    continue
                if free >= 0:
                    entry = free
                    free = links[entry, 0]
                elif used < entry_costs.size:
                    entry = used
                    used += 1
                else:
                    return False
                place = (cost >> BUCKET_SHIFT) & mask
                links[entry, 0], links[entry, 1], links[entry, 2] = first[place], other, site
                entry_costs[entry] = cost
                first[place] = entry
                queued += 1
        current += 1
    return True

"""Compiled searches on CSR arrays: bucket-queue (Dial) label correcting with packed costs.

The queue is an array of buckets, each an intrusive doubly linked list of nodes, so a decrease of a label moves a node
in constant time and nothing is allocated while searching. Buckets are reused in a circle: at any time all queued
labels lie within the longest arc of the current bucket. Inside a bucket nodes may be scanned more than once, which is
cheap because a bucket is narrow. Labels are the least costs whatever the order, hence results do not depend on it.

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
from numpy.typing import NDArray

from deserts.roads.costs import METRE_BITS, UNREACHED

__all__ = ["BUCKET_SHIFT", "Workspace", "bucket_count", "nearest_labels", "one_to_all", "reset", "to_targets"]

BUCKET_SHIFT = METRE_BITS + 14
"""A bucket spans 2**14 ms (16 s) of driving: of 2**8 to 2**15 ms, widths near this one are quickest on street
graphs."""

_ABSENT = -1
_NOT_QUEUED = -2
_UNREACHED = int(UNREACHED)


def bucket_count(largest_step: int) -> int:
    """Return how many buckets (a power of two) a circle needs when no arc or seed spread exceeds ``largest_step``."""
    needed = (int(largest_step) >> BUCKET_SHIFT) + 2
    return 1 << max(6, int(needed - 1).bit_length())


class Workspace:
    """Scratch arrays of one thread, made once and left clean by every search.

    Parameters
    ----------
    nodes
        Number of nodes.
    buckets
        From `bucket_count`.
    """

    def __init__(self, nodes: int, buckets: int) -> None:
        self.labels = np.full(nodes, UNREACHED, dtype=np.int64)
        self.following = np.full(nodes, _NOT_QUEUED, dtype=np.int32)
        self.preceding = np.empty(nodes, dtype=np.int32)
        self.first = np.full(buckets, _ABSENT, dtype=np.int32)
        self.touched = np.empty(nodes, dtype=np.int32)

    @property
    def arrays(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """The arrays in the order that the kernels take them."""
        return self.labels, self.following, self.preceding, self.first, self.touched


@njit(cache=True, nogil=True, inline="always")
def _enqueue(node, bucket, following, preceding, first):  # type: ignore[no-untyped-def]
    head = first[bucket]
    following[node] = head
    preceding[node] = -1
    if head >= 0:
        preceding[head] = node
    first[bucket] = node


@njit(cache=True, nogil=True, inline="always")
def _unlink(node, bucket, following, preceding, first):  # type: ignore[no-untyped-def]
    after = following[node]
    before = preceding[node]
    if before >= 0:
        following[before] = after
    else:
        first[bucket] = after
    if after >= 0:
        preceding[after] = before
    following[node] = -2


@njit(cache=True, nogil=True)
def _seed(seed_nodes, seed_costs, limit, labels, following, preceding, first, touched):  # type: ignore[no-untyped-def]
    """Put the seeds into the queue; return how many nodes were touched, how many are queued, and the lowest bucket."""
    mask = first.size - 1
    reached = 0
    queued = 0
    lowest = np.int64(1) << 40
    for i in range(seed_nodes.size):
        node = seed_nodes[i]
        cost = seed_costs[i]
        if node < 0 or cost > limit or cost >= labels[node]:
            continue
        if labels[node] == _UNREACHED:
            touched[reached] = node
            reached += 1
            queued += 1
        else:
            _unlink(node, (labels[node] >> BUCKET_SHIFT) & mask, following, preceding, first)
        labels[node] = cost
        bucket = cost >> BUCKET_SHIFT
        lowest = min(lowest, bucket)
        _enqueue(node, bucket & mask, following, preceding, first)
    return reached, queued, lowest


@njit(cache=True, nogil=True)
def _scan_bucket(  # type: ignore[no-untyped-def]
    current, ptr, heads, costs, limit, labels, following, preceding, first, touched, reached, queued
):
    """Scan every node of the current bucket until it stays empty; return nodes touched and queued."""
    mask = first.size - 1
    slot = current & mask
    while first[slot] >= 0:
        node = first[slot]
        _unlink(node, slot, following, preceding, first)
        queued -= 1
        base = labels[node]
        for arc in range(ptr[node], ptr[node + 1]):
            other = heads[arc]
            cost = base + costs[arc]
            old = labels[other]
            if cost >= old or cost > limit:
                continue
            bucket = (cost >> BUCKET_SHIFT) & mask
            if following[other] != -2:
                old_bucket = (old >> BUCKET_SHIFT) & mask
                labels[other] = cost
                if old_bucket == bucket:
                    continue
                _unlink(other, old_bucket, following, preceding, first)
            else:
                if old == _UNREACHED:
                    touched[reached] = other
                    reached += 1
                labels[other] = cost
                queued += 1
            _enqueue(other, bucket, following, preceding, first)
    return reached, queued


@njit(cache=True, nogil=True)
def one_to_all(ptr, heads, costs, seed_nodes, seed_costs, limit, labels, following, preceding, first, touched):  # type: ignore[no-untyped-def]
    """Label every node within ``limit`` of the seeds; return how many entries of ``touched`` are filled.

    The arrays from ``labels`` on are those of a clean `Workspace`; `reset` cleans them again.
    """
    reached, queued, current = _seed(seed_nodes, seed_costs, limit, labels, following, preceding, first, touched)
    while queued > 0:
        reached, queued = _scan_bucket(
            current, ptr, heads, costs, limit, labels, following, preceding, first, touched, reached, queued
        )
        current += 1
    return reached


@njit(cache=True, nogil=True)
def reset(reached, labels, touched):  # type: ignore[no-untyped-def]
    """Clean the labels that a finished search touched: the price of a search is what it reached, not the network."""
    for i in range(reached):
        labels[touched[i]] = _UNREACHED


@njit(cache=True, nogil=True)
def to_targets(  # type: ignore[no-untyped-def]
    ptr, heads, costs, seed_nodes, seed_costs, limit, target_nodes, target_costs, best,
    labels, following, preceding, first, touched,
):  # fmt: skip
    """Least cost from the seeds to each target, stopping as soon as none can improve.

    Parameters
    ----------
    target_nodes, target_costs
        ``(targets, 2)``: nodes next to each target (-1 for none) and the cost from there to the target.
    best
        ``(targets,)``: upper bounds on entry (a way that needs no node), least costs on return.
    """
    mask = first.size - 1
    reached, queued, current = _seed(seed_nodes, seed_costs, limit, labels, following, preceding, first, touched)
    waiting = best.size
    while queued > 0 and waiting > 0:
        reached, queued = _scan_bucket(
            current, ptr, heads, costs, limit, labels, following, preceding, first, touched, reached, queued
        )
        current += 1
        floor = current << BUCKET_SHIFT
        while waiting > 0:
            i = waiting - 1
            for side in range(target_nodes.shape[1]):
                node = target_nodes[i, side]
                if node >= 0 and labels[node] != _UNREACHED:
                    best[i] = min(best[i], labels[node] + target_costs[i, side])
            if best[i] > floor:
                break
            waiting -= 1
    for i in range(waiting):
        for side in range(target_nodes.shape[1]):
            node = target_nodes[i, side]
            if node >= 0 and labels[node] != _UNREACHED:
                best[i] = min(best[i], labels[node] + target_costs[i, side])
    for slot in range(mask + 1):  # stopped early: empty the queue
        while first[slot] >= 0:
            _unlink(first[slot], slot, following, preceding, first)
    reset(reached, labels, touched)


@njit(cache=True, nogil=True)
def _place(node, cost, site, group, k, group_of, near_cost, near_site, done):  # type: ignore[no-untyped-def]
    """Enter a label into a node's sorted list of k distinct groups; return whether it entered."""
    last = k - 1
    if near_site[node, last] >= 0 and (
        cost > near_cost[node, last] or (cost == near_cost[node, last] and site >= near_site[node, last])
    ):
        return False
    hole = last
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
        done[node, i] = done[node, i - 1]
        i -= 1
    near_cost[node, i] = cost
    near_site[node, i] = site
    done[node, i] = False
    return True


@njit(cache=True, nogil=True)
def _offer(  # type: ignore[no-untyped-def]
    node, cost, site, k, group_of, near_cost, near_site, done, keys, following, preceding, first
):
    """Offer a label to a node and queue the node under its least unscanned cost; return by how many the queue grew."""
    if not _place(node, cost, site, group_of[site], k, group_of, near_cost, near_site, done):
        return 0
    mask = first.size - 1
    grown = 1
    if following[node] != -2:
        if keys[node] <= cost:
            return 0
        _unlink(node, (keys[node] >> BUCKET_SHIFT) & mask, following, preceding, first)
        grown = 0
    keys[node] = cost
    _enqueue(node, (cost >> BUCKET_SHIFT) & mask, following, preceding, first)
    return grown


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
    near_cost = np.full((nodes, k), _UNREACHED, dtype=np.int64)
    near_site = np.full((nodes, k), -1, dtype=np.int32)
    done = np.zeros((nodes, k), dtype=np.bool_)
    keys = np.empty(nodes, dtype=np.int64)
    following = np.full(nodes, -2, dtype=np.int32)
    preceding = np.empty(nodes, dtype=np.int32)
    first = np.full(buckets, -1, dtype=np.int32)
    mask = buckets - 1
    queued = 0
    current = np.int64(1) << 40
    for i in range(seed_nodes.size):
        if seed_nodes[i] >= 0 and seed_costs[i] <= limit:
            queued += _offer(
                seed_nodes[i], seed_costs[i], seed_sites[i], k, group_of, near_cost, near_site, done, keys,
                following, preceding, first,
            )  # fmt: skip
            current = min(current, seed_costs[i] >> BUCKET_SHIFT)
    while queued > 0:
        slot = current & mask
        while first[slot] >= 0:
            node = first[slot]
            _unlink(node, slot, following, preceding, first)
            queued -= 1
            later = _UNREACHED
            for i in range(k):
                site = near_site[node, i]
                if site < 0:
                    break
                if done[node, i]:
                    continue
                base = near_cost[node, i]
                if base >> BUCKET_SHIFT != current:
                    later = base
                    break
                done[node, i] = True
                for arc in range(ptr[node], ptr[node + 1]):
                    cost = base + costs[arc]
                    if cost <= limit and heads[arc] != node:
                        queued += _offer(
                            heads[arc], cost, site, k, group_of, near_cost, near_site, done, keys,
                            following, preceding, first,
                        )  # fmt: skip
            if later != _UNREACHED and (following[node] == -2):
                keys[node] = later
                _enqueue(node, (later >> BUCKET_SHIFT) & mask, following, preceding, first)
                queued += 1
        current += 1
    return near_cost, near_site

"""Compiled steps between the labels of nodes and the times of points."""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.costs import UNREACHED

__all__ = ["by_point", "merge_nearest", "offer_pairs", "read_points"]

_UNREACHED = int(UNREACHED)


@njit(cache=True, nogil=True)
def read_points(labels, exit_states, exit_costs, bound, least, site_least, limit, found, costs):  # type: ignore[no-untyped-def]
    """List the points whose drive to one place is within the limit; return how many.

    ``bound`` is the cost of each point without passing a node, ``least`` and ``site_least`` the least that a drive from
    there or to the place can cost.
    """
    count = 0
    for p in range(bound.size):
        best = bound[p]
        for side in range(exit_states.shape[1]):
            state = exit_states[p, side]
            if state >= 0 and labels[state] != _UNREACHED:
                best = min(best, labels[state] + exit_costs[p, side])
        if best == _UNREACHED:
            continue
        total = max(best, max(least[p], site_least))
        if total <= limit:
            found[count] = p
            costs[count] = total
            count += 1
    return count


@njit(cache=True, nogil=True)
def by_point(ptr, reached, costs, place_of_site, points):  # type: ignore[no-untyped-def]
    """Turn lists by place into pairs sorted by point, then site (a counting sort)."""
    starts = np.zeros(points + 1, dtype=np.int64)
    for site in range(place_of_site.size):
        place = place_of_site[site]
        if place >= 0:
            for i in range(ptr[place], ptr[place + 1]):
                starts[reached[i] + 1] += 1
    for p in range(points):
        starts[p + 1] += starts[p]
    point = np.empty(starts[points], dtype=np.int32)
    site_of = np.empty(starts[points], dtype=np.int32)
    cost = np.empty(starts[points], dtype=np.int64)
    for site in range(place_of_site.size):
        place = place_of_site[site]
        if place >= 0:
            for i in range(ptr[place], ptr[place + 1]):
                at = starts[reached[i]]
                starts[reached[i]] += 1
                point[at] = reached[i]
                site_of[at] = site
                cost[at] = costs[i]
    return point, site_of, cost


@njit(cache=True, nogil=True, inline="always")
def _offer(p, cost, site, k, group_of, best_cost, best_site):  # type: ignore[no-untyped-def]
    """Enter a site into a point's sorted list of k distinct groups."""
    hole = k
    for i in range(k):
        other = best_site[p, i]
        if other < 0:
            hole = i
            break
        if group_of[other] == group_of[site]:
            if cost > best_cost[p, i] or (cost == best_cost[p, i] and site >= other):
                return
            hole = i
            break
    if hole == k:
        hole = k - 1
        if cost > best_cost[p, hole] or (cost == best_cost[p, hole] and site >= best_site[p, hole]):
            return
    while hole > 0 and (
        best_cost[p, hole - 1] > cost or (best_cost[p, hole - 1] == cost and best_site[p, hole - 1] > site)
    ):
        best_cost[p, hole] = best_cost[p, hole - 1]
        best_site[p, hole] = best_site[p, hole - 1]
        hole -= 1
    best_cost[p, hole] = cost
    best_site[p, hole] = site


@njit(cache=True, nogil=True)
def merge_nearest(near_cost, near_site, group_of, exit_states, exit_costs, limit, best_cost, best_site):  # type: ignore[no-untyped-def]
    """Join the lists of the states by which each point is left into its own list of nearest sites."""
    k = best_cost.shape[1]
    for p in range(best_cost.shape[0]):
        for side in range(exit_states.shape[1]):
            state = exit_states[p, side]
            if state < 0:
                continue
            for i in range(k):
                site = near_site[state, i]
                if site < 0:
                    break
                total = near_cost[state, i] + exit_costs[p, side]
                if total <= limit:
                    _offer(p, total, site, k, group_of, best_cost, best_site)


@njit(cache=True, nogil=True)
def offer_pairs(point, cost, site, group_of, limit, best_cost, best_site):  # type: ignore[no-untyped-def]
    """Enter some pairs into the points' lists of nearest sites."""
    for i in range(point.size):
        if cost[i] <= limit and cost[i] < _UNREACHED:
            _offer(point[i], cost[i], site[i], best_cost.shape[1], group_of, best_cost, best_site)

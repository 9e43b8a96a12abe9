"""Compiled steps between the labels of nodes and the times of points."""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.costs import METRE_BITS, UNREACHED

__all__ = ["by_point", "merge_nearest", "read_points"]

_UNREACHED = int(UNREACHED)


@njit(cache=True, nogil=True, inline="always")
def _direct(edge_ms, edge_back_ms, edge_m, edge, start, end):  # type: ignore[no-untyped-def]
    """Cost of driving straight along one edge; equal to `deserts.roads.ends.along_edge`."""
    step = end - start
    ms = edge_ms[edge] if step >= 0 else edge_back_ms[edge]
    if ms == 0 and step != 0:
        return _UNREACHED
    time = np.int64(np.rint(abs(step) * ms))
    length = np.int64(np.rint(abs(step) * edge_m[edge]))
    return (time << METRE_BITS) | length


@njit(cache=True, nogil=True)
def read_points(  # type: ignore[no-untyped-def]
    labels, exit_nodes, exit_costs, access, edge, fraction, lon, lat, edge_ms, edge_back_ms, edge_m,
    site_edge, site_fraction, site_lon, site_lat, site_access, limit, found, costs,
):  # fmt: skip
    """List the points whose drive to one place is within the limit; return how many."""
    count = 0
    for p in range(edge.size):
        if edge[p] < 0:
            continue
        best = _UNREACHED
        for side in range(exit_nodes.shape[1]):
            node = exit_nodes[p, side]
            if node >= 0 and labels[node] != _UNREACHED:
                best = min(best, labels[node] + exit_costs[p, side])
        if edge[p] == site_edge:
            best = min(best, _direct(edge_ms, edge_back_ms, edge_m, site_edge, fraction[p], site_fraction))
        if best == _UNREACHED:
            continue
        total = best + access[p] + site_access
        if lon[p] == site_lon and lat[p] == site_lat:
            total = 0
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
def merge_nearest(  # type: ignore[no-untyped-def]
    near_cost, near_site, group_of, exit_nodes, exit_costs, access, edge, fraction, lon, lat,
    edge_ms, edge_back_ms, edge_m, site_order, site_edge, site_fraction, site_lon, site_lat, site_access, k, limit,
):  # fmt: skip
    """Join the lists of the nodes next to each point with the sites on its own edge.

    ``site_order`` lists the snapped sites by edge, and ``site_edge`` their edges in that order.
    """
    best_cost = np.full((edge.size, k), _UNREACHED, dtype=np.int64)
    best_site = np.full((edge.size, k), -1, dtype=np.int32)
    for p in range(edge.size):
        if edge[p] < 0:
            continue
        for side in range(exit_nodes.shape[1]):
            node = exit_nodes[p, side]
            if node < 0:
                continue
            for i in range(k):
                site = near_site[node, i]
                if site < 0:
                    break
                total = near_cost[node, i] + exit_costs[p, side] + access[p]
                if total <= limit:
                    _offer(p, total, site, k, group_of, best_cost, best_site)
        for j in range(np.searchsorted(site_edge, edge[p]), site_edge.size):
            if site_edge[j] != edge[p]:
                break
            site = site_order[j]
            cost = _direct(edge_ms, edge_back_ms, edge_m, edge[p], fraction[p], site_fraction[site])
            if lon[p] == site_lon[site] and lat[p] == site_lat[site]:
                _offer(p, 0, site, k, group_of, best_cost, best_site)
            elif cost != _UNREACHED and cost + access[p] + site_access[site] <= limit:
                _offer(p, cost + access[p] + site_access[site], site, k, group_of, best_cost, best_site)
    return best_cost, best_site

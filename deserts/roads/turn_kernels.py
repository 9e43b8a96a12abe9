"""Compiled searches that know turns: labels on arcs, scanned only where one arc does not rule out another.

The state of a car at a junction is the arc that it came on, since that decides what each turn costs and which it may
take. An arc's label is the least cost of having driven it to its end. Searching all arcs would take three times a
search on nodes. Most arcs can be left aside: a car that comes to a junction later than another, by more than any turn
there or near there could make good (the arc's *slack*, see `deserts.roads.turn_slack`), reaches nothing sooner.

What a car that comes to an arc could do on it is read from the arcs before (see `deserts.roads.ends`), so labels that
are ruled out are not even written. One thing is not found so: the way back along which the earlier car came. A point on
that road is reached sooner by the earlier car, in the other direction, so nobody misses it.

The queue is that of `deserts.roads.kernels`.

References
----------
Geisberger, R., & Vetter, C. (2011). Efficient routing in road networks with turn costs. SEA 2011, LNCS 6630, 100-111.
https://doi.org/10.1007/978-3-642-20662-7_9
"""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.costs import UNREACHED
from deserts.roads.kernels import BUCKET_SHIFT, WHOLE, is_held, place_label, still_waiting
from deserts.roads.prefetch import prefetch
from deserts.roads.turns import NEVER, SLACK_SHIFT

__all__ = ["arcs_before", "beyond_arcs", "nearest_turns", "reset_turns", "search_turns"]

_POOL = 1 << 16
_UNREACHED = int(UNREACHED)
_SLACK_SHIFT = int(SLACK_SHIFT)


@njit(cache=True, nogil=True)
def search_turns(  # type: ignore[no-untyped-def]
    ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, limit, targets, target_costs, best, labels, least,
    first, touched,
):  # fmt: skip
    """Label arcs from the seeds; return how many were touched.

    Parameters
    ----------
    ptr, heads, costs
        Arcs, as in `deserts.roads.network.Arcs`.
    row, slack, codes
        Their turns, as in `deserts.roads.turns.TurnSide`.
    delays
        Packed cost of each code, int64 ``(256,)``; that of a forbidden turn is `UNREACHED`.
    seeds, seed_costs
        Arcs on which cars start (-1 for none), and the cost to their ends.
    limit
        Greatest cost of a label.
    targets, target_costs, best
        As in `deserts.roads.kernels.search`: arcs, and what is to be added to their labels.
    labels, least, first, touched
        Clean scratch arrays: labels of arcs, least label at each node, buckets, room for all arcs.
    """
    room = max(_POOL, 2 * seeds.size)
    bounds = best.copy()
    while True:
        pool = np.empty((room, 5), dtype=np.int32)
        reached, held = _spread(
            ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, limit, targets, target_costs, best, labels,
            least, first, touched, pool,
        )  # fmt: skip
        if held:
            return reached
        reset_turns(reached, heads, labels, least, touched)
        first[:] = -1
        best[:] = bounds
        room *= 2


@njit(cache=True, nogil=True)
def reset_turns(reached, heads, labels, least, touched):  # type: ignore[no-untyped-def]
    """Clean what a search touched."""
    if WHOLE * reached > labels.size:
        labels[:] = _UNREACHED
        least[:] = _UNREACHED
        return
    for i in range(reached):
        labels[touched[i]] = _UNREACHED
        least[heads[touched[i]]] = _UNREACHED


@njit(cache=True, nogil=True)
def _seed(seeds, seed_costs, limit, heads, row, slack, labels, least, first, touched, pool):  # type: ignore[no-untyped-def]
    """Put the seeds into the queue; return how many entries it has, how many arcs were touched, the lowest bucket."""
    mask = first.size - 1
    queued, reached = 0, 0
    lowest = np.int64(1) << 40
    for i in range(seeds.size):
        arc, cost = seeds[i], seed_costs[i]
        if arc < 0 or cost > limit or cost >= labels[arc]:
            continue
        if labels[arc] == _UNREACHED:
            touched[reached] = arc
            reached += 1
        node = heads[arc]
        labels[arc] = cost
        least[node] = min(least[node], cost)
        bucket = cost >> BUCKET_SHIFT
        lowest = min(lowest, bucket)
        pool[queued, 0] = first[bucket & mask]
        pool[queued, 1], pool[queued, 2], pool[queued, 3], pool[queued, 4] = arc, node, row[arc], slack[arc]
        first[bucket & mask] = queued
        queued += 1
    return queued, reached, lowest


@njit(cache=True, nogil=True)
def _spread(  # type: ignore[no-untyped-def]
    ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, limit, targets, target_costs, best, labels, least,
    first, touched, pool,
):  # fmt: skip
    """Search as `search_turns`; return how many arcs were touched, and whether the pool held out."""
    # indices are unsigned in the inner loop, which spares the test for negative ones
    one, mask = np.uint64(1), np.uint64(first.size - 1)
    queued, reached, current = _seed(seeds, seed_costs, limit, heads, row, slack, labels, least, first, touched, pool)
    used, free = queued, -1
    waiting = best.size
    while queued > 0:
        slot = np.uint64(current) & mask
        while first[slot] >= 0:
            entry = first[slot]
            index = np.uint64(entry)
            node, turn = np.uint64(pool[index, 2]), np.uint64(np.uint32(pool[index, 3]))
            base = labels[np.uint64(pool[index, 1])]
            first[slot] = pool[index, 0]
            pool[index, 0] = free
            free = entry
            queued -= 1
            if base >> BUCKET_SHIFT != current or _is_late(base, least[node], pool[index, 4]):
                continue  # stale: the label has fallen into an earlier bucket since, or another rules it out now
            arc, last = np.uint64(ptr[node]), np.uint64(ptr[node + one])
            while arc < last:
                cost = base + delays[codes[turn]] + costs[arc]
                turn += one
                out = arc
                arc += one
                other = np.uint64(heads[out])
                if cost > limit or _is_late(cost, least[other], slack[out]) or cost >= labels[out]:
                    continue
                if labels[out] == _UNREACHED:
                    touched[np.uint64(reached)] = out
                    reached += 1
                labels[out] = cost
                least[other] = min(least[other], cost)
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
                pool[index, 1] = out
                pool[index, 2] = other
                pool[index, 3] = row[out]
                pool[index, 4] = slack[out]
                first[place] = entry
                queued += 1
                ahead = np.uint64(ptr[other])
                prefetch(costs, ahead)
                prefetch(heads, ahead)
                prefetch(slack, ahead)
                prefetch(labels, ahead)
        current += 1
        if best.size > 0:
            waiting = still_waiting(waiting, current << BUCKET_SHIFT, targets, target_costs, best, labels)
            if waiting == 0:
                break
    if queued > 0:
        first[:] = -1
    return reached, True


@njit(cache=True, nogil=True, inline="always")
def _is_late(cost, least, slack):  # type: ignore[no-untyped-def]
    """Whether a car comes so much later to a junction than another that nothing could make it good."""
    return slack != NEVER and cost > least + (np.int64(slack) << _SLACK_SHIFT)


@njit(cache=True, nogil=True)
def nearest_turns(  # type: ignore[no-untyped-def]
    ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, seed_sites, group_of, k, limit, buckets
):
    """Find the k nearest sites of distinct groups for every arc in one search, as `kernels.nearest_labels` for nodes.

    A label is left aside as in `search_turns` where an earlier car of its group, or of k other groups, rules it out.

    Returns
    -------
    near_cost : int64 ``(arcs, k)``
    near_site : int32 ``(arcs, k)``, -1 where there is none
    """
    arcs = heads.size
    room = max(_POOL, 2 * seeds.size)
    while True:
        near_cost = np.full((arcs, k), _UNREACHED, dtype=np.int64)
        near_site = np.full((arcs, k), -1, dtype=np.int32)
        least = np.full((ptr.size - 1, k), _UNREACHED, dtype=np.int64)
        least_site = np.full((ptr.size - 1, k), -1, dtype=np.int32)
        first = np.full(buckets, -1, dtype=np.int32)
        links = np.empty((room, 3), dtype=np.int32)
        entry_costs = np.empty(room, dtype=np.int64)
        if _spread_labels(
            ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, seed_sites, group_of, k, limit, near_cost,
            near_site, least, least_site, first, links, entry_costs,
        ):  # fmt: skip
            return near_cost, near_site
        room *= 2


@njit(cache=True, nogil=True)
def _spread_labels(  # type: ignore[no-untyped-def]
    ptr, heads, costs, row, slack, codes, delays, seeds, seed_costs, seed_sites, group_of, k, limit, near_cost,
    near_site, least, least_site, first, links, entry_costs,
):  # fmt: skip
    """Fill the lists of `nearest_turns`; return whether the pool (next entry, arc and site; cost) held out."""
    one, mask = np.uint64(1), first.size - 1
    used, free, queued = 0, -1, 0
    current = np.int64(1) << 40
    for i in range(seeds.size):
        arc, cost = seeds[i], seed_costs[i]
        if cost > limit or not place_label(arc, cost, seed_sites[i], k, group_of, near_cost, near_site):
            continue
        place_label(heads[arc], cost, seed_sites[i], k, group_of, least, least_site)
        bucket = cost >> BUCKET_SHIFT
        links[used, 0], links[used, 1], links[used, 2] = first[bucket & mask], arc, seed_sites[i]
        entry_costs[used] = cost
        first[bucket & mask] = used
        used += 1
        queued += 1
        current = min(current, bucket)
    while queued > 0:
        slot = current & mask
        while first[slot] >= 0:
            entry = first[slot]
            arc, site, base = np.uint64(links[entry, 1]), np.uint64(links[entry, 2]), entry_costs[entry]
            first[slot] = links[entry, 0]
            links[entry, 0] = free
            free = entry
            queued -= 1
            if not is_held(arc, base, site, k, near_cost, near_site):
                continue
            node = np.uint64(heads[arc])
            if _is_beaten(base, site, slack[arc], node, k, group_of, least, least_site):
                continue
            turn, following, last = np.uint64(row[arc]), np.uint64(ptr[node]), np.uint64(ptr[node + one])
            while following < last:
                out = following
                following += one
                cost = base + delays[codes[turn]] + costs[out]
                turn += one
                other = np.uint64(heads[out])
                if cost > limit or _is_beaten(cost, site, slack[out], other, k, group_of, least, least_site):
                    continue
                if not place_label(out, cost, site, k, group_of, near_cost, near_site):
                    continue
                place_label(other, cost, site, k, group_of, least, least_site)
                if free >= 0:
                    entry = free
                    free = links[entry, 0]
                elif used < entry_costs.size:
                    entry = used
                    used += 1
                else:
                    return False
                place = (cost >> BUCKET_SHIFT) & mask
                links[entry, 0], links[entry, 1], links[entry, 2] = first[place], out, site
                entry_costs[entry] = cost
                first[place] = entry
                queued += 1
        current += 1
    return True


@njit(cache=True, nogil=True, inline="always")
def _is_beaten(cost, site, slack, node, k, group_of, least, least_site):  # type: ignore[no-untyped-def]
    """Whether cars of k groups, or one of the same group, come so much earlier that nothing could make it good."""
    if slack == NEVER:
        return False
    early = cost - (np.int64(slack) << _SLACK_SHIFT)
    if early > least[node, k - 1]:
        return True
    for i in range(k):
        if least[node, i] >= early:
            return False
        if group_of[least_site[node, i]] == group_of[site]:
            return True
    return False


@njit(cache=True, nogil=True)
def beyond_arcs(ptr, heads, row, codes, delays, labels):  # type: ignore[no-untyped-def]
    """Return the least cost from where each arc ends, given the labels of the arcs that a car may take there."""
    found = np.full(heads.size, _UNREACHED, dtype=np.int64)
    for arc in range(heads.size):
        node = heads[arc]
        for out in range(ptr[node], ptr[node + 1]):
            code = codes[row[arc] + out - ptr[node]]
            if labels[out] < _UNREACHED and delays[code] < _UNREACHED:
                found[arc] = min(found[arc], labels[out] + delays[code])
    return found


@njit(cache=True, nogil=True)
def arcs_before(  # type: ignore[no-untyped-def]
    mate, other_ptr, other_heads, other_row, other_codes, other_mate, delays, arcs, parts
):
    """List for each of some arcs those from which a car may turn into it, and the cost of the turn and of a part of it.

    Parameters
    ----------
    mate
        Arc of the other side that each arc of the searched side is.
    other_ptr, other_heads, other_row, other_codes, other_mate
        The other side, where the arcs before an arc are those after it.
    delays
        Packed cost of each code.
    arcs, parts
        ``(points, n)``: arcs that points lie on (-1 for none), and the cost of the part that is driven.

    Returns
    -------
    before : int32 ``(points, m)``, -1 for none
    costs : int64 ``(points, m)``
    """
    width = 1
    for p in range(arcs.shape[0]):
        count = 0
        for side in range(arcs.shape[1]):
            if arcs[p, side] >= 0:
                node = other_heads[mate[arcs[p, side]]]
                count += other_ptr[node + 1] - other_ptr[node]
        width = max(width, count)
    before = np.full((arcs.shape[0], width), -1, dtype=np.int32)
    costs = np.full((arcs.shape[0], width), _UNREACHED, dtype=np.int64)
    for p in range(arcs.shape[0]):
        count = 0
        for side in range(arcs.shape[1]):
            if arcs[p, side] < 0:
                continue
            arc = mate[arcs[p, side]]
            node = other_heads[arc]
            for i in range(other_ptr[node], other_ptr[node + 1]):
                code = other_codes[other_row[arc] + i - other_ptr[node]]
                if delays[code] < _UNREACHED:
                    before[p, count] = other_mate[i]
                    costs[p, count] = delays[code] + parts[p, side]
                    count += 1
    return before, costs

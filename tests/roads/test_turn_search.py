"""Searches that know turns, against a plain search over every arc."""

from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.roads import kernels, point_kernels, turn_kernels
from deserts.roads.costs import UNREACHED, cost_of, limit_cost
from deserts.roads.network import Arcs
from deserts.roads.turn_rows import lay_out_side, row_starts
from deserts.roads.turns import FORBIDDEN

DELAY_MS = np.array([0, 300, 1000, 4000, 20_000], dtype=np.int32)


def random_roads(rng, nodes, edges, *, longest_ms, one_way):
    """Return edges with times each way, 0 where they may not be driven."""
    tail = rng.integers(0, nodes, edges)
    head = (tail + rng.integers(1, nodes, edges)) % nodes
    ms = rng.integers(1, longest_ms, (edges, 2))
    closed = rng.random(edges)
    ms[closed < one_way, 1] = 0
    return tail, head, ms, rng.integers(1, 2000, edges)


def arcs_of(nodes, tail, head, ms, metres):
    """Return arcs by tail and their keys."""
    rows = sorted(
        (int(ends[0]), int(ends[1]), int(cost_of(time, length)), 2 * edge + side)
        for edge, (a, b, times, length) in enumerate(zip(tail, head, ms, metres, strict=True))
        for side, (ends, time) in enumerate((((a, b), times[0]), ((b, a), times[1])))
        if time
    )
    start, heads, costs, keys = np.array(rows, dtype=np.int64).T
    ptr = np.concatenate([[0], np.cumsum(np.bincount(start, minlength=nodes))]).astype(np.int32)
    return Arcs(ptr, heads.astype(np.int32), costs), keys


def random_codes(rng, arcs, keys, *, bans):
    """Return the code of every turn: turning round only at dead ends, and a share of other turns forbidden."""
    codes = []
    for arc in range(keys.size):
        out = np.arange(arcs.ptr[arcs.heads[arc]], arcs.ptr[arcs.heads[arc] + 1])
        mine = rng.integers(0, DELAY_MS.size, out.size)
        mine[rng.random(out.size) < bans] = FORBIDDEN
        back = keys[out] == keys[arc] ^ 1
        mine[back] = FORBIDDEN if out.size > 1 else DELAY_MS.size - 1
        codes.append(mine)
    return np.concatenate(codes).astype(np.uint8)


def every_label(arcs, start, codes, seeds):
    """Return the least cost at the end of every arc that is driven whole, by a plain search over all arcs."""
    labels = {}
    queue = [(int(cost), -1 - i, int(arc)) for i, (arc, cost) in enumerate(seeds)]
    heapq.heapify(queue)
    done = set()
    while queue:
        cost, state, arc = heapq.heappop(queue)
        if state in done:
            continue
        done.add(state)
        node = arcs.heads[arc]
        for place, out in enumerate(range(arcs.ptr[node], arcs.ptr[node + 1])):
            code = codes[start[arc] + place]
            if code == FORBIDDEN:
                continue
            other = cost + (int(DELAY_MS[code]) << 24) + int(arcs.costs[out])
            if other < labels.get(out, UNREACHED):
                labels[out] = other
                heapq.heappush(queue, (other, out, out))
    return labels


def run(arcs, side, seeds, *, limit, targets=None):
    """Search with the kernels; return labels of arcs and nodes, and the costs of targets."""
    nodes = arcs.ptr.size - 1
    delays = np.full(256, UNREACHED, dtype=np.int64)
    delays[: DELAY_MS.size] = DELAY_MS.astype(np.int64) << 24
    longest = int(arcs.costs.max()) + int(delays[DELAY_MS.size - 1])
    spread = max(cost for _, cost in seeds) - min(cost for _, cost in seeds)
    first = np.full(kernels.bucket_count(max(longest, spread)), -1, dtype=np.int32)
    scratch = (
        np.full(arcs.heads.size, UNREACHED, dtype=np.int64), np.full(nodes, UNREACHED, dtype=np.int64), first,
        np.empty(arcs.heads.size, dtype=np.int32),
    )  # fmt: skip
    reads = targets or (np.empty((0, 1), dtype=np.int32), np.empty((0, 1), dtype=np.int64))
    best = np.full(len(reads[0]), UNREACHED, dtype=np.int64)
    starts = np.array([a for a, _ in seeds], dtype=np.int32), np.array([c for _, c in seeds])
    turns = side.row, side.slack, side.codes, delays
    reached = turn_kernels.search_turns(
        arcs.ptr, arcs.heads, arcs.costs, *turns, *starts, limit, *reads, best, *scratch
    )
    kernels.improve_all(*reads, best, scratch[0])
    found = scratch[0].copy(), scratch[1].copy(), best
    turn_kernels.reset_turns(reached, arcs.heads, *scratch[:2], scratch[3])
    assert (scratch[0] == UNREACHED).all()
    assert (scratch[1] == UNREACHED).all()
    assert (first == -1).all()
    return found


def seeds_on(rng, arcs, keys, edges):
    """Start somewhere on some edges, in each direction in which they may be driven."""
    found = []
    for edge in edges:
        share = rng.random()
        for arc in np.flatnonzero(keys >> 1 == edge):
            cost = int(arcs.costs[arc])
            part = 1 - share if keys[arc] & 1 == 0 else share
            found.append((int(arc), int(cost_of((cost >> 24) * part, (cost & 0xFFFFFF) * part))))
    return found


def point_on(edge, share, arcs, keys, start, codes, expected):
    """Return what to read for a point on an edge, and the least cost to it of each of some plain searches."""
    before, wanted = [], [UNREACHED] * len(expected)
    for out in np.flatnonzero(keys >> 1 == edge).tolist():
        whole, along = int(arcs.costs[out]), (1 - share if keys[out] & 1 else share)
        part = int(cost_of((whole >> 24) * along, (whole & 0xFFFFFF) * along))
        wanted = [
            min(cost, labels[out] - whole + part) if out in labels else cost
            for cost, labels in zip(wanted, expected, strict=True)
        ]
        node = int(np.searchsorted(arcs.ptr, out, side="right")) - 1
        for arc in np.flatnonzero(arcs.heads == node).tolist():
            code = codes[start[arc] + out - arcs.ptr[node]]
            if code != FORBIDDEN:
                before.append((arc, (int(DELAY_MS[code]) << 24) + part))
    reads = (
        np.array([[arc for arc, _ in before] or [-1]], dtype=np.int32),
        np.array([[c for _, c in before] or [0]]),
    )
    return reads, wanted


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 1_000_000),
    longest_ms=st.sampled_from([50, 3000, 40_000, 5_000_000]),
    bans=st.sampled_from([0.0, 0.05, 0.4]),
    edges=st.integers(2, 60),
)
def test_equals_a_search_over_every_arc(seed, longest_ms, bans, edges):
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(3, 25))
    tail, head, ms, metres = random_roads(rng, nodes, edges, longest_ms=longest_ms, one_way=0.2)
    arcs, keys = arcs_of(nodes, tail, head, ms, metres)
    start = row_starts(arcs.ptr, arcs.heads)
    codes = random_codes(rng, arcs, keys, bans=bans)
    chain, no_copy = np.arange(edges, dtype=np.int32), np.zeros(keys.size, dtype=bool)
    side = lay_out_side(arcs, keys, chain, no_copy, codes, DELAY_MS, np.zeros(keys.size, dtype=np.int32))
    seeds = seeds_on(rng, arcs, keys, rng.choice(edges, size=min(edges, int(rng.integers(1, 4))), replace=False))
    expected = every_label(arcs, start, codes, seeds)
    free = limit_cost(None)
    _, least, _ = run(arcs, side, seeds, limit=free)
    by_node = np.full(nodes, UNREACHED, dtype=np.int64)
    for arc, cost in [*seeds, *expected.items()]:
        by_node[arcs.heads[arc]] = min(by_node[arcs.heads[arc]], cost)
    np.testing.assert_array_equal(least, by_node)
    # points on edges: what is read there is exact, although ways back were never labelled
    for edge in set(range(edges)) - {int(keys[arc]) >> 1 for arc, _ in seeds}:
        reads, wanted = point_on(edge, rng.random(), arcs, keys, start, codes, [expected])
        assert run(arcs, side, seeds, limit=free, targets=reads)[2][0] == wanted[0]
    reached = by_node[by_node < UNREACHED]
    limit = np.int64(np.median(reached))
    _, cut, _ = run(arcs, side, seeds, limit=limit)
    np.testing.assert_array_equal(cut, np.where(by_node <= limit, by_node, UNREACHED))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 1_000_000),
    longest_ms=st.sampled_from([50, 3000, 40_000, 5_000_000]),
    bans=st.sampled_from([0.0, 0.05, 0.4]),
    edges=st.integers(3, 60),
    k=st.integers(1, 4),
)
def test_the_nearest_groups_are_those_of_a_search_from_each_site(seed, longest_ms, bans, edges, k):
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(3, 25))
    tail, head, ms, metres = random_roads(rng, nodes, edges, longest_ms=longest_ms, one_way=0.2)
    arcs, keys = arcs_of(nodes, tail, head, ms, metres)
    start = row_starts(arcs.ptr, arcs.heads)
    codes = random_codes(rng, arcs, keys, bans=bans)
    chain, no_copy = np.arange(edges, dtype=np.int32), np.zeros(keys.size, dtype=bool)
    side = lay_out_side(arcs, keys, chain, no_copy, codes, DELAY_MS, np.zeros(keys.size, dtype=np.int32))
    on = rng.choice(edges, size=min(edges - 1, int(rng.integers(2, 7))), replace=False)
    by_site = [seeds_on(rng, arcs, keys, [edge]) for edge in on]
    groups = rng.integers(0, 4, on.size)
    delays = np.full(256, UNREACHED, dtype=np.int64)
    delays[: DELAY_MS.size] = DELAY_MS.astype(np.int64) << 24
    seeds = [(arc, cost, site) for site, some in enumerate(by_site) for arc, cost in some]
    places, costs, sites = (np.array(column) for column in zip(*seeds, strict=True))
    longest = int(arcs.costs.max()) + int(delays[DELAY_MS.size - 1])
    buckets = kernels.bucket_count(max(longest, int(np.ptp(costs))))
    near = turn_kernels.nearest_turns(
        arcs.ptr, arcs.heads, arcs.costs, side.row, side.slack, side.codes, delays, places.astype(np.int32), costs,
        sites.astype(np.int32), groups, k, limit_cost(None), buckets,
    )  # fmt: skip
    expected = [every_label(arcs, start, codes, some) for some in by_site]
    for edge in set(range(edges)) - set(on.tolist()):
        reads, wanted = point_on(edge, rng.random(), arcs, keys, start, codes, expected)
        best = np.full((1, k), UNREACHED, dtype=np.int64), np.full((1, k), -1, dtype=np.int32)
        point_kernels.merge_nearest(*near, groups, *reads, limit_cost(None), *best)
        least = {}  # of each group the cost and, among equals, the lower site
        for site, cost in enumerate(wanted):
            if cost < UNREACHED:
                least[groups[site]] = min(least.get(groups[site], (UNREACHED, 0)), (cost, site))
        nearest = sorted(least.values())[:k]
        assert best[0][0, : len(nearest)].tolist() == [cost for cost, _ in nearest]
        assert best[1][0].tolist() == [site for _, site in nearest] + [-1] * (k - len(nearest))

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csgraph, csr_array

from deserts.roads import kernels
from deserts.roads.costs import UNREACHED, cost_of, cost_to_km, cost_to_minutes, limit_cost

FREE = np.int64(UNREACHED - 1)


def csr(nodes, tail, head, cost):
    order = np.lexsort((head, tail))
    ptr = np.zeros(nodes + 1, dtype=np.int32)
    ptr[1:] = np.cumsum(np.bincount(tail, minlength=nodes))
    return ptr, head[order].astype(np.int32), cost[order].astype(np.int64)


def search(arcs, seeds, costs, limit=FREE):
    nodes = arcs[0].size - 1
    labels, touched = np.full(nodes, UNREACHED, dtype=np.int64), np.empty(nodes, dtype=np.int32)
    first = np.full(kernels.bucket_count(int(max(arcs[2].max(), np.ptp(costs)))), -1, dtype=np.int32)
    reads, best = (np.empty((0, 1), dtype=np.int32), np.empty((0, 1), dtype=np.int64)), np.empty(0, dtype=np.int64)
    seeded = np.array(seeds, dtype=np.int32), np.array(costs)
    reached = kernels.search(*arcs, *seeded, limit, *reads, best, labels, first, touched)
    found = labels.copy()
    kernels.reset(reached, labels, touched)
    assert (labels == UNREACHED).all()
    assert (first == -1).all()
    return found


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), longest=st.sampled_from([5, 20_000, 5_000_000]))
def test_any_graph_equals_scipy(seed, longest):
    rng = np.random.default_rng(seed)
    nodes, arcs = 40, 120
    pairs = np.unique(rng.integers(0, nodes, (arcs, 2)), axis=0)
    cost = cost_of(rng.integers(1, longest, len(pairs)), rng.integers(1, 5000, len(pairs)))
    graph = csr(nodes, pairs[:, 0], pairs[:, 1], cost)
    expected = csgraph.dijkstra(
        csr_array((cost.astype(float), (pairs[:, 0], pairs[:, 1])), shape=(nodes, nodes)), indices=3
    )
    found = search(graph, [3], [0])
    np.testing.assert_array_equal(np.where(found < UNREACHED, found, np.inf), expected)
    limit = np.int64(np.median(found[found < UNREACHED]))
    cut = search(graph, [3], [0], limit)
    np.testing.assert_array_equal(cut, np.where(found <= limit, found, UNREACHED))


def test_a_front_larger_than_the_pool():
    leaves = 150_000
    tail = np.concatenate([np.zeros(leaves, dtype=int), np.arange(1, leaves + 1)])
    head = np.concatenate([np.arange(1, leaves + 1), np.zeros(leaves, dtype=int)])
    cost = cost_of(np.full(2 * leaves, 60_000), np.ones(2 * leaves))
    graph = csr(leaves + 1, tail, head, cost)
    labels = search(graph, [0], [0])
    assert (labels[1:] == cost[0]).all()
    near_cost, near_site = kernels.nearest_labels(
        *graph, np.array([0], dtype=np.int32), np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int32),
        np.zeros(1, dtype=np.int64), 2, FREE, kernels.bucket_count(int(cost[0])),
    )  # fmt: skip
    np.testing.assert_array_equal(near_cost[:, 0], labels)
    assert (near_site[:, 1] == -1).all()


def test_more_seeds_than_nodes():
    graph = csr(2, np.array([0, 1]), np.array([1, 0]), cost_of([1000, 1000], [1, 1]))
    labels = search(graph, [0, 0, 0, 1, 0], [900, 800, 700, 5000, 600], FREE)
    assert labels[0] == 600
    assert labels[1] == min(5000, 600 + int(cost_of(1000, 1)))


@pytest.mark.parametrize(("ms", "metres"), [(0, 0), (90_000, 1234), (2**28, 2**23)])
def test_costs_keep_both_parts(ms, metres):
    cost = cost_of([ms], [metres])
    assert cost_to_minutes(cost)[0] == round(ms / 60_000, 4)
    assert cost_to_km(cost)[0] == metres / 1000
    assert float(cost[0]) == int(cost[0])  # exact as a double


def test_a_limit_includes_its_own_minute():
    assert cost_of(60_000, 99) <= limit_cost(1.0) < cost_of(60_001, 0)
    assert limit_cost(None) < UNREACHED

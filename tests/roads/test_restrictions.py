"""Turn restrictions: small cases, and whole networks against a plain search that reads them as they stand."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest

from deserts.roads import read_network
from deserts.roads.costs import CLOSED, METRE_BITS, UNREACHED
from deserts.roads.times import node_costs

from .brute_force import Roads, Rule
from .conftest import osm_text, town

ROAD = {"highway": "residential", "maxspeed": "40"}


@pytest.fixture(scope="module")
def no_delays(limits_only):
    """Speeds without any delay at junctions."""
    return replace(limits_only, junction_s=dict.fromkeys(limits_only.junction_s, (0.0, 0.0)))


def with_relations(text, relations, kind_of="restriction"):
    """Add relations (tags, members as (role, type, id)) of a type to a file."""
    found = [
        f'<relation id="{number}" version="1">'
        + "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for role, kind, ref in members)
        + "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in {"type": kind_of, **tags}.items())
        + "</relation>"
        for number, (tags, members) in enumerate(relations, start=1)
    ]
    return text.replace("</osm>", "\n".join([*found, "</osm>"]))


def at_node(kind, source, node, target, **tags):
    return ({"restriction": kind, **tags}, [("from", "way", source), ("via", "node", node), ("to", "way", target)])


def over(kind, source, ways, target, **tags):
    via = [("via", "way", way) for way in ways]
    return ({"restriction": kind, **tags}, [("from", "way", source), *via, ("to", "way", target)])


#      4
#      |
#  1 - 2 - 3 - 6
#      |   |
#      5   7 - 8      and a long way round from 3 to 4
CROSS = {
    1: (-70.01, 45.0), 2: (-70.0, 45.0), 3: (-69.99, 45.0), 4: (-70.0, 45.01), 5: (-70.0, 44.99), 6: (-69.98, 45.0),
    7: (-69.99, 44.99), 8: (-69.98, 44.99), 9: (-69.99, 45.01),
}  # fmt: skip
WAYS = [
    (12, [1, 2], ROAD), (23, [2, 3], ROAD), (24, [2, 4], ROAD), (25, [2, 5], ROAD), (36, [3, 6], ROAD),
    (37, [3, 7], ROAD), (78, [7, 8], ROAD), (39, [3, 9], ROAD), (94, [9, 4], ROAD),
]  # fmt: skip


@pytest.fixture
def cross(tmp_path, no_delays):
    def read(*relations, ways=WAYS, node_tags=None):
        path = tmp_path / "cross.osm"
        path.write_text(with_relations(osm_text(CROSS, ways, node_tags), relations), encoding="utf-8")
        return read_network(path, speeds=no_delays, turns=True, contract=False)

    return read


def route_ms(network, start, end):
    at = {int(name): i for i, name in enumerate(network.node_id)}
    cost = node_costs(network, np.array([at[end]]))[0, at[start]]
    return None if cost == UNREACHED else int(cost >> METRE_BITS)


def straight(network, *nodes):
    return sum(route_ms(network, a, b) for a, b in itertools.pairwise(nodes))


@pytest.mark.parametrize(
    ("relation", "kept", "detour"),
    [
        (at_node("no_left_turn", 12, 2, 24), "kept", True),
        (at_node("only_straight_on", 12, 2, 23), "kept", True),
        (at_node("no_entry", 12, 2, 24), "kept", True),
        (at_node("no_left_turn", 12, 2, 25), "kept", False),
        (at_node("no_left_turn", 12, 2, 24, **{"except": "bicycle;motorcar"}), "for other vehicles", False),
        (at_node("no_left_turn", 12, 2, 24, **{"except": "psv"}), "kept", True),
        (({"restriction:hgv": "no_left_turn"}, at_node("", 12, 2, 24)[1]), "for other vehicles", False),
        (({"restriction:motorcar": "no_left_turn"}, at_node("", 12, 2, 24)[1]), "kept", True),
        (({"restriction:conditional": "no_left_turn @ (Mo)"}, at_node("", 12, 2, 24)[1]), "conditional", False),
        (at_node("no_left_turn", 12, 2, 24, hour_on="07:00", hour_off="09:00"), "conditional", False),
        (at_node("no_left_turn_on_red", 12, 2, 24), "unusable", False),
        (at_node("no_left_turn", 12, 2, 999), "unusable", False),
        (at_node("no_left_turn", 12, 999, 24), "unusable", False),
        (({"restriction": "no_left_turn"}, [("from", "way", 12), ("to", "way", 24)]), "unusable", False),
        (({"type": "restriction:bus"}, at_node("", 12, 2, 24)[1]), "for other vehicles", False),
    ],
)  # fmt: skip
def test_a_restriction_at_a_node(cross, relation, kept, detour):
    network = cross(relation)
    assert network.meta["rules"]["turn_restrictions"] == {kept: 1}
    around = straight(network, 1, 2, 3, 9, 4)
    direct = straight(network, 1, 2, 4)
    assert route_ms(network, 1, 4) == (around if detour else direct)
    assert route_ms(network, 5, 4) == straight(network, 5, 2, 4)  # nobody else minds


@pytest.mark.parametrize(
    ("relation", "detour"),
    [
        (over("no_right_turn", 12, [23], 37), True),
        (over("only_straight_on", 12, [23], 36), True),
        (over("no_right_turn", 25, [23], 37), False),
        (over("no_right_turn", 12, [23, 37], 78), False),
    ],
)
def test_a_restriction_over_a_way(cross, relation, detour):
    network = cross(relation)
    assert network.meta["rules"]["turn_restrictions"] == {"kept": 1}
    direct = straight(network, 1, 2, 3, 7)
    if detour:  # to the dead end at 6 and back, since turning round is allowed there only
        assert route_ms(network, 1, 7) == straight(network, 1, 2, 3, 6, 3, 7)
    else:
        assert route_ms(network, 1, 7) == direct
    assert route_ms(network, 4, 7) == min(straight(network, 4, 2, 3, 7), straight(network, 4, 9, 3, 7))


def test_two_restrictions_over_one_way(cross):
    network = cross(over("no_right_turn", 12, [23], 37), over("no_straight_on", 12, [23], 36))
    assert network.meta["rules"]["turn_restrictions"] == {"kept": 2}
    assert route_ms(network, 1, 9) == min(straight(network, 1, 2, 3, 9), straight(network, 1, 2, 4, 9))
    # round the block, to come to 3 on another road, or into the dead end at 5 and back
    comes = min(straight(network, 1, 2, 4, 9, 3), straight(network, 1, 2, 5, 2, 3))
    assert route_ms(network, 1, 7) == comes + route_ms(network, 3, 7)
    assert route_ms(network, 1, 6) == comes + route_ms(network, 3, 6)


def test_a_restriction_holds_for_a_road_that_is_also_kept_by_a_copy(cross):
    """What is forbidden at the end of a way is forbidden to the cars that another restriction sends over its copy."""
    network = cross(over("no_right_turn", 12, [23], 37), at_node("no_straight_on", 23, 3, 36))
    assert route_ms(network, 1, 6) != straight(network, 1, 2, 3, 6)


def test_nobody_turns_round_but_at_dead_ends_and_turning_places(cross):
    turn = at_node("no_straight_on", 12, 2, 23), at_node("no_left_turn", 12, 2, 24)
    network = cross(*turn)
    assert route_ms(network, 1, 3) == straight(network, 1, 2, 5, 2, 3)
    banned = at_node("no_straight_on", 12, 2, 23), at_node("no_right_turn", 12, 2, 25)
    around = cross(*banned)
    assert route_ms(around, 1, 5) == straight(around, 1, 2, 4, 9, 3, 2, 5)
    circle = cross(*banned, node_tags={4: {"highway": "turning_circle"}})
    assert route_ms(circle, 1, 5) == straight(circle, 1, 2, 4, 2, 5)


def random_rules(rng, ways, count):
    """Draw restrictions at junctions and over ways that really follow each other.

    One-way streets are in none: a restriction that names a way which nobody can take is left out and counted.
    """
    by_end = {}
    for way, refs, tags in ways:
        if "oneway" in tags:
            continue
        for end in (refs[0], refs[-1]):
            by_end.setdefault(end, []).append((way, refs))
    junctions = [node for node, found in by_end.items() if len(found) >= 3]
    kinds = ["left_turn", "right_turn", "straight_on"]
    found = []
    while len(found) < count:
        node = int(rng.choice(junctions))
        source, target = (by_end[node][i] for i in rng.permutation(len(by_end[node]))[:2])
        kind = f"{rng.choice(['no', 'only'], p=[0.8, 0.2])}_{rng.choice(kinds)}"
        if rng.random() < 0.6:
            found.append(Rule(kind, source[0], node, (), target[0]))
            continue
        end = target[1][-1] if target[1][0] == node else target[1][0]
        onward = [way for way, _ in by_end[end] if way not in (target[0], source[0])]
        if onward:
            found.append(Rule(kind, source[0], None, (target[0],), int(rng.choice(onward))))
    return found


def relation_of(rule):
    if rule.over:
        return over(rule.kind, rule.source, rule.over, rule.target)
    return at_node(rule.kind, rule.source, rule.node, rule.target)


def steps_of(network):
    """Return the milliseconds of each step, by the ids of its nodes and way, of a network where nothing is joined."""
    found = {}
    for edge in range(network.edges):
        a, b = (int(network.node_id[end[edge]]) for end in (network.edge_tail, network.edge_head))
        way = int(network.way_id[edge])
        for start, end, ms in ((a, b, network.edge_ms[edge]), (b, a, network.edge_back_ms[edge])):
            if ms:
                found[start, end, way] = int(ms)
    return found


@pytest.mark.parametrize("seed", [*range(9), 18, 27, 28])  # in the last three restrictions overlap
def test_towns_equal_a_plain_search(tmp_path, no_delays, seed):
    rng = np.random.default_rng(seed)
    nodes, ways = town(seed, side=5)
    rules = random_rules(rng, ways, 14)
    path = tmp_path / "town.osm"
    path.write_text(with_relations(osm_text(nodes, ways), map(relation_of, rules)), encoding="utf-8")
    plain = Roads(steps_of(read_network(path, speeds=no_delays, contract=False)), rules)
    network = read_network(path, speeds=no_delays, turns=True)
    assert network.meta["rules"]["turn_restrictions"] == {"kept": 14}
    _compare(network, plain, np.arange(network.nodes))


def _compare(network, plain, sources):
    costs = node_costs(network, np.arange(network.nodes)) if network.nodes < 400 else None
    ids = network.node_id.tolist()
    for source in sources.tolist():
        expected = plain.costs(ids[source])
        ours = network_costs_from(network, source) if costs is None else costs[:, source]
        found = np.where(ours < UNREACHED, ours >> METRE_BITS, -1)
        np.testing.assert_array_equal(found, [expected.get(name, -1) for name in ids])


def network_costs_from(network, source):
    """Return the cost from one node to every node, by a forward search."""
    from deserts.roads.costs import limit_cost
    from deserts.roads.search import search_of

    row = np.empty(network.nodes, dtype=np.int64)
    search_of(network, reverse=False).from_nodes(np.array([source]), row, limit_cost(None))
    return row


def plain_labels(network, source):
    """Return the least cost from one node to every node by a plain search over all arcs and their turns."""
    arcs, turns = network.forward, network.turns
    side, delays = turns.forward, turns.delays.tolist()
    ptr, heads, costs = arcs.ptr.tolist(), arcs.heads.tolist(), arcs.costs.tolist()
    row, codes = side.row.tolist(), side.codes.tolist()
    queue = [(costs[arc], arc) for arc in range(ptr[source], ptr[source + 1])]
    labels = {arc: cost for cost, arc in queue}
    heapq.heapify(queue)
    found = np.full(network.nodes, UNREACHED, dtype=np.int64)
    while queue:
        cost, arc = heapq.heappop(queue)
        if cost > labels[arc]:
            continue
        node = heads[arc]
        found[node] = min(found[node], cost)
        for out in range(ptr[node], ptr[node + 1]):
            code = codes[row[arc] + out - ptr[node]]
            other = cost + delays[code] + costs[out]
            if other < labels.get(out, CLOSED):
                labels[out] = other
                heapq.heappush(queue, (other, out))
    found[source] = 0
    return found


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kept"),
    [("extracts/reisterstown-via-restriction", 28), ("columbus_oh", 9), ("nky_streets", 296)],
)
def test_real_streets_equal_a_plain_search_over_every_arc(shared, name, kept):
    network = read_network(shared / "roads" / f"{name}.osm.pbf", turns=True)
    assert network.meta["rules"]["turn_restrictions"]["kept"] == kept
    inside = np.flatnonzero(network.component_id == 0)
    for source in inside[[5, inside.size // 3, -9]].tolist():
        ours, theirs = network_costs_from(network, source), plain_labels(network, source)
        np.testing.assert_array_equal(by_place(network, ours), by_place(network, theirs))


def by_place(network, costs):
    """Return the least cost of each place: roads for those who arrive or leave have nodes of their own there."""
    _, place = np.unique(network.node_id, return_inverse=True)
    found = np.full(place.max() + 1, UNREACHED, dtype=np.int64)
    np.minimum.at(found, place, costs)
    return found


@pytest.mark.shared
def test_real_restrictions_equal_a_plain_search_that_reads_them(shared, no_delays, monkeypatch):
    """One of them runs over a way. The steps are those of the ways, and another reader reads the restrictions."""
    import osmium

    # the plain search knows nothing of roads for those who arrive or leave
    monkeypatch.setattr("deserts.roads.reader.bar_zones", lambda plan, _: (plan, 0))
    path = shared / "roads" / "extracts" / "reisterstown-via-restriction.osm.pbf"
    steps = steps_of(read_network(path, speeds=no_delays, contract=False))
    ways = {way for _, _, way in steps}
    rules = []
    for relation in osmium.FileProcessor(str(path), osmium.osm.RELATION):
        kind, members = relation.tags.get("restriction"), [(m.role, m.type, m.ref) for m in relation.members]
        named = {role: [ref for r, _, ref in members if r == role] for role in ("from", "to")}
        via = [(ref, kind_) for role, kind_, ref in members if role == "via"]
        if kind and ways.issuperset([*named["from"], *named["to"], *(ref for ref, kind_ in via if kind_ == "w")]):
            node = next((ref for ref, kind_ in via if kind_ == "n"), None)
            over_ways = tuple(ref for ref, kind_ in via if kind_ == "w")
            rules.append(Rule(kind, named["from"][0], node, over_ways, named["to"][0]))
    assert len(rules) == 28
    assert sum(bool(rule.over) for rule in rules) == 1
    network = read_network(path, speeds=no_delays, turns=True)
    inside = np.flatnonzero((network.component_id == 0) & (network.node_id > 0))
    _compare(network, Roads(steps, rules), inside[[7, inside.size // 2]])

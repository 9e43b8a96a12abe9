from __future__ import annotations

import dataclasses
import gzip
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from deserts.earth import great_circle_m
from deserts.errors import InputError, MissingDataError
from deserts.roads import Network, load_speeds, read_network
from deserts.roads.checked import NOT_CHECKED_HERE
from deserts.roads.costs import METRE_BITS, UNREACHED
from deserts.roads.speeds import RoadKind
from deserts.roads.tags import ROAD_CLASSES
from deserts.roads.times import node_costs

from .conftest import osm_text, town

LINE = {1: (-70.0, 45.0), 2: (-70.0, 45.01), 3: (-70.0, 45.02), 4: (-70.0, 45.03)}
KM = float(great_circle_m(-70, 45.0, -70, 45.01)) / 1000


def by_id(network, name):
    return int(np.flatnonzero(network.node_id == name)[0])


def minutes(network, start, end):
    cost = node_costs(network, np.array([by_id(network, end)]))[0, by_id(network, start)]
    return None if cost == UNREACHED else (cost >> METRE_BITS) / 60_000


def test_a_speed_limit_gives_the_time(write_osm, limits_only):
    path = write_osm(LINE, [(1, [1, 2, 3, 4], {"highway": "primary", "maxspeed": "60"})])
    network = read_network(path, speeds=limits_only)
    assert network.edges == 1  # inner nodes are contracted
    assert minutes(network, 1, 4) == pytest.approx(3 * KM, abs=1e-4)
    assert network.edge_m[0] == round(3000 * KM)
    np.testing.assert_allclose(network.shape(0)[:, 1], [45.0, 45.01, 45.02, 45.03])


def test_rural_and_urban_speeds_follow_the_population(write_osm):
    path = write_osm(LINE, [(1, [1, 2], {"highway": "primary"})])
    model = load_speeds()
    country = read_network(path, population=(np.array([-60.0]), np.array([40.0]), np.array([1.0])))
    town_ = read_network(path, population=(np.array([-70.0]), np.array([45.005]), np.array([1e7])))
    rules = model.kinds[RoadKind.HIGHWAYS]
    straight = np.exp(-rules.bends.slope * rules.bends.usual)
    at = rules.rural_kmh[2], rules.urban_kmh[2]
    assert minutes(country, 1, 2) == pytest.approx(KM / at[0] * 60 * straight, abs=1e-4)
    assert minutes(town_, 1, 2) == pytest.approx(KM / at[1] * 60 * straight, abs=1e-4)


def test_bends_slow_a_highway(write_osm):
    zigzag = {i: (-70.0 + 0.01 * (i % 2), 45.0 + 0.01 * i) for i in range(1, 12)}
    straight = {i: (-70.0, place[1]) for i, place in zigzag.items()}
    ways = [(1, list(zigzag), {"highway": "primary"})]
    rules = load_speeds().kinds[RoadKind.HIGHWAYS].bends
    kmh = []
    for nodes in (straight, zigzag):
        network = read_network(write_osm(nodes, ways), contract=True)
        kmh.append(float(network.edge_m[0] * 3600 / network.edge_ms[0]))
    # a turn of about 71 degrees every 1.36 km: more than counts
    assert kmh[1] / kmh[0] == pytest.approx(np.exp(-rules.slope * rules.most), rel=0.01)


def test_junctions_hold_up_a_drive_that_knows_no_turns(write_osm, limits_only):
    """Each junction of three roads and more costs its mean delay once; a bend between two roads costs nothing."""
    rules = limits_only.kinds[RoadKind.STREETS]
    held = tuple(2.0 if name == "residential" else 0.0 for name in ROAD_CLASSES)
    streets = replace(rules, junction_rural_s=held, junction_urban_s=held)
    model = replace(limits_only, kinds=dict.fromkeys(RoadKind, streets))
    nodes = LINE | {5: (-70.01, 45.01)}
    road = {"highway": "residential", "maxspeed": "60"}
    ways = [(1, [1, 2], road), (2, [2, 3], road), (3, [2, 5], road), (4, [3, 4], road | {"name": "Elm Street"})]
    plain, held_up = (read_network(write_osm(nodes, ways), speeds=speeds) for speeds in (limits_only, model))
    assert minutes(held_up, 1, 4) - minutes(plain, 1, 4) == pytest.approx(2 / 60, abs=1e-9)
    assert minutes(held_up, 4, 5) - minutes(plain, 4, 5) == pytest.approx(2 / 60, abs=1e-9)
    ways[2] = (3, [2, 5], {"highway": "service"})  # a driveway is no junction
    assert minutes(read_network(write_osm(nodes, ways), speeds=model), 1, 4) == minutes(plain, 1, 4)
    ways[2] = (3, [2, 5], road)
    turning = read_network(write_osm(nodes, ways), speeds=model, turns=True)
    assert (turning.edge_ms == plain.edge_ms).all()  # turns have delays of their own


def test_streets_say_where_they_were_never_checked(write_osm):
    street, highway = ({"highway": name} for name in ("residential", "primary"))
    new_york = {1: (-74.0, 40.7), 2: (-74.0, 40.71)}
    notices = [
        read_network(write_osm(nodes, [(1, [1, 2], tags)])).meta["notices"]
        for nodes, tags in ((LINE, street), (LINE, highway), (new_york, street))
    ]
    assert notices == [[NOT_CHECKED_HERE], [], []]


def test_a_network_knows_what_it_holds(write_osm):
    highway, collector, street = ({"highway": name} for name in ("primary", "tertiary", "residential"))
    kinds = [
        read_network(write_osm(LINE, [(1, [1, 2], highway), *ways])).meta["kind"]
        for ways in ([], [(2, [2, 3], street)], [(2, [2, 3], street), (3, [3, 4], collector)])
    ]
    assert kinds == [RoadKind.HIGHWAYS, RoadKind.PLAIN_STREETS, RoadKind.STREETS]


def test_one_ways_and_motorways(write_osm):
    ways = [(1, [1, 2], {"highway": "motorway"}), (2, [3, 2], {"highway": "primary", "oneway": "-1"})]
    network = read_network(write_osm(LINE, ways))
    assert minutes(network, 1, 3) is not None
    assert minutes(network, 3, 1) is None
    both = read_network(write_osm(LINE, [(1, [1, 2], {"highway": "motorway", "oneway": "no"})]))
    assert minutes(both, 2, 1) == minutes(both, 1, 2)


def test_junction_delays_are_a_term_of_their_own(write_osm):
    ways = [(1, [1, 2, 3], {"highway": "primary", "maxspeed": "60"})]
    plain = read_network(write_osm(LINE, ways))
    signals = read_network(write_osm(LINE, ways, {2: {"highway": "traffic_signals"}, 3: {"barrier": "toll_booth"}}))
    delay = load_speeds().delay_s
    expected = (delay["traffic_signals"] + delay["toll_booth"]) / 60
    assert minutes(signals, 1, 3) - minutes(plain, 1, 3) == pytest.approx(expected, abs=1e-9)
    # on the way back the toll booth lies behind the car
    assert minutes(signals, 3, 1) - minutes(plain, 3, 1) == pytest.approx(delay["traffic_signals"] / 60, abs=1e-9)


def test_a_bollard_cuts_the_road_for_every_way_through_it(write_osm):
    nodes = LINE | {5: (-70.01, 45.01)}
    ways = [(1, [1, 2, 3], {"highway": "primary"}), (2, [5, 2], {"highway": "primary"})]
    network = read_network(write_osm(nodes, ways, {2: {"barrier": "bollard"}}))
    assert minutes(network, 1, 3) is None
    assert minutes(network, 5, 3) is None
    assert minutes(read_network(write_osm(nodes, ways, {2: {"barrier": "gate"}})), 5, 3) is not None


@pytest.mark.parametrize("contract", [False, True])
def test_a_ferry_takes_its_stated_time_and_the_wait(write_osm, contract):
    """Half the interval between two ferries, or the usual wait; once, however the line is drawn."""
    ferry = {"route": "ferry", "duration": "00:40", "motor_vehicle": "yes"}

    def sailed(tags):
        return minutes(read_network(write_osm(LINE, [(1, [1, 2, 3], tags)]), contract=contract), 1, 3)

    usual = load_speeds().ferry_wait_min
    assert sailed(ferry) == pytest.approx(40 + usual, abs=1e-3)
    assert sailed(ferry | {"interval": "01:30"}) == pytest.approx(40 + 45, abs=1e-3)
    slow = load_speeds().kinds[RoadKind.HIGHWAYS].rural_kmh[ROAD_CLASSES.index("ferry")]
    del ferry["duration"]
    assert sailed(ferry) == pytest.approx(2 * KM / slow * 60 + usual, abs=1e-2)


def test_contraction_changes_no_cost(tmp_path):
    path = tmp_path / "town.osm"
    path.write_text(osm_text(*town(3)), encoding="utf-8")
    whole, contracted = read_network(path, contract=False), read_network(path)
    assert contracted.nodes < whole.nodes
    kept = contracted.node_id
    place = np.array([by_id(whole, name) for name in kept])
    sources = np.arange(0, contracted.nodes, 17)
    few = node_costs(contracted, sources)
    many = node_costs(whole, place[sources])[:, place]
    reached = few < UNREACHED
    assert reached.any()
    np.testing.assert_array_equal(few >> METRE_BITS, many >> METRE_BITS)
    metres = (1 << METRE_BITS) - 1
    apart = np.abs((few & metres) - (many & metres))[reached]
    assert apart.max() <= 30  # metres are whole numbers an edge, so sums differ by half a metre an edge


@pytest.mark.parametrize("seed", [3, 11, 29])
def test_ways_that_are_cut_in_two_make_the_same_edges(write_osm, seed):
    """OpenStreetMap cuts roads at bridges and borders, and draws the parts in any direction."""
    nodes, ways = town(seed)
    rng = np.random.default_rng(seed)
    turned = {None: None, "yes": "-1", "-1": "yes"}
    parts = []
    for way, (here, bend, there), tags in ways:
        for number, refs in enumerate(([here, bend], [bend, there])):
            back = rng.random() < 0.5
            oneway = turned[tags.get("oneway")] if back else tags.get("oneway")
            stated = {**tags, "oneway": oneway} if oneway else tags
            parts.append((10 * way + number, refs[::-1] if back else refs, stated))
    whole = read_network(write_osm(nodes, ways))
    for name, some in (("cut.osm", parts), ("mixed.osm", [parts[i] for i in rng.permutation(len(parts))])):
        cut = read_network(write_osm(nodes, some, name=name))
        np.testing.assert_array_equal(cut.node_id, whole.node_id)
        np.testing.assert_array_equal(np.diff(cut.shape_ptr).sum(), np.diff(whole.shape_ptr).sum())
        sources = np.arange(0, whole.nodes, 23)
        np.testing.assert_array_equal(node_costs(cut, sources) >> METRE_BITS, node_costs(whole, sources) >> METRE_BITS)
        assert ((cut.edge_ms > 0) | (cut.edge_back_ms == 0)).all()  # one-ways run along their edge


def test_parallel_roads_and_loops(write_osm, limits_only):
    nodes = LINE | {5: (-70.01, 45.005), 6: (-69.99, 45.005), 7: (-70.01, 45.03)}
    road = {"highway": "primary", "maxspeed": "60"}
    ways = [(n, [1, middle, 2], road) for n, middle in ((1, 5), (2, 6))]
    path = write_osm(nodes, [*ways, (3, [1, 2, 3, 4], road), (4, [4, 7, 3], road)])
    network = read_network(path, speeds=limits_only)
    assert network.component_nodes.tolist() == [7]
    assert minutes(network, 1, 3) == pytest.approx(2 * KM, abs=1e-4)
    assert network.forward.heads.size == 2 * network.edges


def test_joints_where_a_road_changes_are_kept(write_osm, limits_only):
    road = {"highway": "primary", "maxspeed": "60", "name": "Main Street"}
    changes = [{"maxspeed": "50"}, {"highway": "secondary"}, {"name": "Elm Street"}, {"oneway": "yes"}]
    for change in changes:
        network = read_network(write_osm(LINE, [(1, [1, 2, 3], road), (2, [4, 3], road | change)]))
        assert network.node_id.tolist() == [1, 3, 4]
    network = read_network(write_osm(LINE, [(1, [1, 2], road), (2, [3, 2], road), (3, [3, 4], road)]))
    assert network.node_id.tolist() == [1, 4]
    assert network.way_id.tolist() == [1]
    np.testing.assert_allclose(network.shape(0)[:, 1], [45.0, 45.01, 45.02, 45.03])
    path = write_osm(LINE, [(1, [1, 2], road), (2, [3, 2], road)], {2: {"highway": "traffic_signals"}})
    signals = read_network(path, speeds=limits_only)
    delay_min = load_speeds().delay_s["traffic_signals"] / 60
    assert minutes(signals, 1, 3) == pytest.approx(2 * KM + delay_min, abs=1e-4)
    assert minutes(signals, 3, 1) == pytest.approx(2 * KM + delay_min, abs=1e-4)


def test_a_ring_of_two_ways_is_one_edge(write_osm):
    nodes = LINE | {5: (-70.01, 45.01), 6: (-70.01, 45.02)}
    road = {"highway": "primary"}
    network = read_network(write_osm(nodes, [(1, [2, 5, 6], road), (2, [2, 3, 6], road)]))
    assert network.edges == 1
    assert np.diff(network.shape_ptr).tolist() == [3]


def test_two_extracts_merge_without_doubled_roads(tmp_path):
    nodes, ways = town(5)
    half = len(ways) // 2
    parts = []
    for name, some in (("a", ways[: half + 30]), ("b", ways[half - 30 :])):
        used = {ref for _, refs, _ in some for ref in refs}
        path = tmp_path / f"{name}.osm"
        path.write_text(osm_text({n: nodes[n] for n in nodes if n in used}, some), encoding="utf-8")
        parts.append(path)
    whole = tmp_path / "whole.osm"
    whole.write_text(osm_text(nodes, ways), encoding="utf-8")
    merged, single = read_network(parts), read_network(whole)
    turned = read_network(parts[::-1])
    for name in ("node_id", "edge_ms", "edge_back_ms", "edge_m", "component_id"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(single, name))
        np.testing.assert_array_equal(getattr(turned, name), getattr(single, name))


def test_a_way_cut_at_a_border_is_whole_again(write_osm):
    tags = {"highway": "primary"}
    west = write_osm({n: LINE[n] for n in (1, 2, 3)}, [(1, [1, 2, 3, 4], tags)], name="w.osm")
    east = write_osm({n: LINE[n] for n in (2, 3, 4)}, [(1, [1, 2, 3, 4], tags)], name="e.osm")
    assert minutes(read_network([west, east]), 1, 4) == pytest.approx(minutes(read_network([east, west]), 1, 4))


def test_files_of_different_numbering_are_refused(write_osm):
    tags = {"highway": "primary"}
    here = write_osm(LINE, [(1, [1, 2], tags)], name="a.osm")
    there = write_osm({1: (-80.0, 40.0), 2: (-80.0, 40.1)}, [(9, [1, 2], tags)], name="b.osm")
    with pytest.raises(InputError, match="two places"):
        read_network([here, there])


def test_unsorted_and_packed_files(write_osm, tmp_path):
    path = write_osm(LINE, [(1, [1, 2, 3], {"highway": "primary"})])
    text = path.read_text(encoding="utf-8")
    start, end = text.index("<node"), text.index("<way")
    turned = tmp_path / "turned.osm"
    turned.write_text(text[:start] + text[end:].replace("</osm>", text[start:end] + "</osm>"), encoding="utf-8")
    packed = tmp_path / "packed.osm.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    for other in (turned, packed):
        np.testing.assert_array_equal(read_network(other).edge_ms, read_network(path).edge_ms)


def test_save_and_load(town_network, tmp_path):
    town_network.save(tmp_path / "net")
    town_network.save(tmp_path / "net")  # replaces
    for mmap in (True, False):
        back = Network.load(tmp_path / "net", mmap=mmap)
        for field in dataclasses.fields(Network):
            if field.name in ("forward", "reverse"):
                for part in ("ptr", "heads", "costs"):
                    mine = getattr(getattr(back, field.name), part)
                    np.testing.assert_array_equal(mine, getattr(getattr(town_network, field.name), part))
            elif field.name not in ("meta", "folder"):
                np.testing.assert_array_equal(getattr(back, field.name), getattr(town_network, field.name))
    assert back.meta["attribution"] == ["© OpenStreetMap contributors"]
    (tmp_path / "net" / "edge_ms.npy").write_bytes(b"cut")
    with pytest.raises(InputError, match="damaged"):
        Network.load(tmp_path / "net")
    with pytest.raises(MissingDataError):
        Network.load(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", b"\x00\x00\x00\x0d\x0a\x09OSMHeader"])
def test_damaged_files(tmp_path, content):
    path = tmp_path / "bad.osm.pbf"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.osm\.pbf"):
        read_network(path)


def test_no_drivable_way_and_no_file(write_osm, tmp_path):
    with pytest.raises(InputError, match="no road"):
        read_network(write_osm(LINE, [(1, [1, 2], {"highway": "footway"})]))
    with pytest.raises(MissingDataError):
        read_network(tmp_path / "none.osm.pbf")


def test_a_truncated_pbf_is_refused(shared, tmp_path):
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes((shared / "roads" / "maine.osm.pbf").read_bytes()[:20_000])
    with pytest.raises(InputError, match="damaged or not an OpenStreetMap extract"):
        read_network(path)


@pytest.mark.shared
def test_columbus_equals_networkx(shared):
    network = read_network(shared / "roads" / "columbus_oh.osm.pbf")
    assert network.meta["counts"]["km"] == pytest.approx(3747, abs=5)
    graph = nx.DiGraph()
    tail, head = network.edge_tail.tolist(), network.edge_head.tolist()
    for u, v, ahead, back in zip(tail, head, network.edge_ms.tolist(), network.edge_back_ms.tolist(), strict=True):
        for a, b, ms in ((u, v, ahead), (v, u, back)):
            if ms and ms < graph.get_edge_data(a, b, {"ms": 1 << 40})["ms"]:
                graph.add_edge(a, b, ms=ms)
    sources = np.flatnonzero(network.component_id == 0)[[0, 5000, 15000]]
    ours = node_costs(network, sources)
    back = graph.reverse(copy=False)
    for row, source in enumerate(sources.tolist()):
        lengths = nx.single_source_dijkstra_path_length(back, source, weight="ms")
        expected = np.full(network.nodes, -1)
        expected[list(lengths)] = list(lengths.values())
        np.testing.assert_array_equal(np.where(ours[row] < UNREACHED, ours[row] >> METRE_BITS, -1), expected)


@pytest.mark.shared
def test_highways_carry_their_own_credit(shared):
    network = read_network(shared / "roads" / "maine.osm.pbf")
    assert network.meta["attribution"] == ["Travel Mapping project, travelmapping.net"]
    assert (network.edge_back_ms > 0).all()  # oneway=no on motorways


def test_scipy_agrees_on_packed_costs(town_network):
    from deserts.roads.single import scipy_costs

    for source in range(0, town_network.nodes, 31):
        ours = node_costs(town_network, np.array([source]))[0]
        start, cost = np.array([source], dtype=np.int32), np.zeros(1, dtype=np.int64)
        theirs = scipy_costs(town_network.reverse, start, cost, UNREACHED - 1)
        np.testing.assert_array_equal(ours, theirs)

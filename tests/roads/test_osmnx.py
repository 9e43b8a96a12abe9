from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import networkx as nx
import numpy as np
import pytest
import shapely

from deserts.config import Settings
from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError
from deserts.roads.costs import METRE_BITS, UNREACHED
from deserts.roads.osmnx_bridge import from_osmnx, to_osmnx
from deserts.roads.place import fetch_place
from deserts.roads.times import node_costs


def test_there_and_back(town_network):
    graph = to_osmnx(town_network)
    back = from_osmnx(graph)
    assert back.edges == town_network.edges
    np.testing.assert_array_equal(back.node_id, town_network.node_id)
    for pick in (np.minimum, np.maximum):  # a street that is open against its drawing comes back turned round
        mine, theirs = (np.sort(pick(network.edge_ms, network.edge_back_ms)) for network in (back, town_network))
        np.testing.assert_array_equal(mine, theirs)
    source = 11
    lengths = nx.single_source_dijkstra_path_length(
        graph.reverse(), int(town_network.node_id[source]), weight="travel_time"
    )
    costs = node_costs(back, np.array([source]))[0]
    for node in range(back.nodes):
        known = lengths.get(int(back.node_id[node]))
        if known is None:
            assert costs[node] == UNREACHED
        else:
            assert (costs[node] >> METRE_BITS) / 1000 == pytest.approx(known, abs=1e-6)


def test_a_clipped_area(town_network):
    box = (-69.97, 45.02, -69.92, 45.08)
    graph = to_osmnx(town_network, box)
    assert 0 < graph.number_of_nodes() < town_network.nodes
    assert all(box[0] <= data["x"] <= box[2] for _, data in graph.nodes(data=True))


def test_limits_and_classes_without_travel_times(limits_only):
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node, lon in ((1, -70.0), (2, -69.99), (3, -69.98)):
        graph.add_node(node, x=lon, y=45.0)
    graph.add_edge(1, 2, osmid=5, highway=["primary", "secondary"], length=1000.0, maxspeed=["60", "60"], oneway=True)
    graph.add_edge(2, 3, osmid=6, highway="odd", length=1000.0, maxspeed="30 mph")
    graph.add_edge(3, 2, osmid=6, highway="odd", length=1000.0, maxspeed="30 mph")
    network = from_osmnx(graph, speeds=limits_only)
    assert network.edges == 2
    assert sorted(network.edge_ms.tolist()) == [60_000, round(3_600_000 / 48.28032)]
    assert sorted(network.edge_back_ms.tolist()) == [0, round(3_600_000 / 48.28032)]


def test_bad_graphs():
    with pytest.raises(InputError, match="no edge"):
        from_osmnx(nx.MultiDiGraph())
    graph = nx.MultiDiGraph()
    graph.add_node(1, x=500_000.0, y=5_000_000.0)
    graph.add_edge(1, 1, length=5.0)
    with pytest.raises(InputError, match="projected"):
        from_osmnx(graph)


class _Overpass(BaseHTTPRequestHandler):
    answers: ClassVar[dict] = {}
    asked: ClassVar[list] = []

    def do_GET(self):
        self._send(
            "Connected as: 1\nCurrent time: x\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now.\n"
        )

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(self.headers["User-Agent"])
        self._send(json.dumps(self.answers))

    def _send(self, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def overpass():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Overpass)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    nodes = [{"type": "node", "id": n, "lat": 45.0 + 0.001 * n, "lon": -70.0 + 0.0005 * (n % 2)} for n in range(1, 30)]
    way = {
        "type": "way",
        "id": 7,
        "nodes": list(range(1, 30)),
        "tags": {"highway": "residential", "maxspeed": "25 mph"},
    }
    _Overpass.answers = {"version": 0.6, "elements": [*nodes, way]}
    _Overpass.asked = []
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()


BOX = shapely.box(-70.01, 45.0, -69.99, 45.04)


def test_an_area_is_fetched_once(overpass, tmp_path):
    settings = Settings(data_dir=tmp_path)
    first = fetch_place(BOX, settings, url=overpass, deadline_s=60)
    assert first.edges == 1
    assert first.meta["attribution"] == ["© OpenStreetMap contributors"]
    assert _Overpass.asked
    assert all("deserts" in agent for agent in _Overpass.asked)
    asked = len(_Overpass.asked)
    again = fetch_place(BOX, Settings(data_dir=tmp_path, allow_network=False), url=overpass, deadline_s=60)
    assert len(_Overpass.asked) == asked
    np.testing.assert_array_equal(again.edge_ms, first.edge_ms)


def test_a_part_of_an_answer_is_refused(overpass, tmp_path):
    _Overpass.answers = {**_Overpass.answers, "remark": "runtime error: Query timed out"}
    with pytest.raises(FaultyAnswerError, match="timed out"):
        fetch_place(BOX, Settings(data_dir=tmp_path), url=overpass, deadline_s=60)


def test_no_connection_where_forbidden(overpass, tmp_path):
    kept = tmp_path / "raw" / "public" / "overpass"
    kept.mkdir(parents=True)
    (kept / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NetworkForbiddenError):
        fetch_place(BOX, Settings(data_dir=tmp_path, allow_network=False), url=overpass, deadline_s=60)
    assert not _Overpass.asked


def test_a_cache_with_a_hole_is_not_mended_where_connections_are_forbidden(overpass, tmp_path):
    fetch_place(BOX, Settings(data_dir=tmp_path), url=overpass, deadline_s=60)
    for answer in (tmp_path / "raw" / "public" / "overpass").rglob("*.json"):
        answer.unlink()
    _Overpass.asked = []
    with pytest.raises(NetworkForbiddenError, match="not in the cache"):
        fetch_place(BOX, Settings(data_dir=tmp_path, allow_network=False), url=overpass, deadline_s=60)
    assert not _Overpass.asked

"""To and from OSMnx graphs, for anyone who holds one or wants one of a clipped area."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.build import lay_out
from deserts.roads.edges import Edges, arrange
from deserts.roads.land import shores_about
from deserts.roads.network import Network
from deserts.roads.osm.extract import OSM_CREDIT
from deserts.roads.reader import model_facts
from deserts.roads.speeds import RoadKind, SpeedModel, load_speeds
from deserts.roads.tags import ROAD_CLASSES, parse_maxspeed
from deserts.roads.urbanity import Density, Surroundings

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["from_osmnx", "to_osmnx"]

_UNKNOWN_CLASS = "road"


def from_osmnx(graph: nx.MultiDiGraph, *, speeds: SpeedModel | None = None) -> Network:
    """Build a network from an OSMnx graph (coordinates in degrees, ``length`` in metres).

    Times come from ``travel_time`` (seconds) where every edge has it, else from ``maxspeed`` and the road class. The
    two directions of a street become one edge.

    Raises
    ------
    InputError
        If the graph is empty, projected, or an edge has no length.
    """
    model = speeds or load_speeds()
    if graph.number_of_edges() == 0:
        raise InputError("the OSMnx graph has no edge", fix="download another area, or a wider filter")
    numbers = {name: index for index, name in enumerate(graph.nodes)}
    lon = np.array([float(data["x"]) for _, data in graph.nodes(data=True)])
    lat = np.array([float(data["y"]) for _, data in graph.nodes(data=True)])
    if np.abs(lon).max() > 180 or np.abs(lat).max() > 90:
        raise InputError("the OSMnx graph is projected", expected="coordinates in degrees", fix="give it unprojected")
    meta = {
        "attribution": [OSM_CREDIT],
        "notices": [],
        "sources": [{"file": "OSMnx graph", "created": str(graph.graph.get("created_date", "unknown"))}],
        "road_classes": list(ROAD_CLASSES),
        **model_facts(Surroundings(RoadKind.STREETS, model, Density.UNKNOWN)),
    }
    edges = _edges(graph, numbers, (lon, lat), model)
    return lay_out(edges, meta=meta, shores=shores_about(edges.node_lon, edges.node_lat))


def _edges(
    graph: nx.MultiDiGraph,
    numbers: Mapping[Hashable, int],
    places: tuple[NDArray[np.float64], NDArray[np.float64]],
    model: SpeedModel,
) -> Edges:
    """Return the streets of a graph as edges."""
    timed = all("travel_time" in data for _, _, data in graph.edges(data=True))
    streets = _pair_up(graph, numbers)
    names = {"": 0}
    urbanity = model.kinds[RoadKind.STREETS].scale.urbanity(np.array([model.unknown_per_km2]))[0]
    count = len(streets)
    tail, head, name = (np.empty(count, dtype=np.int32) for _ in range(3))
    way_id, road_class = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.uint8)
    times = np.zeros((2, count), dtype=np.int32)
    metres = np.empty(count)
    for i, (start, end, ahead, back) in enumerate(streets):
        tail[i], head[i], metres[i] = start, end, _metres(ahead)
        way_id[i], road_class[i] = _first_id(ahead.get("osmid")), _class_of(ahead)
        name[i] = names.setdefault(_text(ahead.get("name")), len(names))
        for side, data in enumerate((ahead, back)):
            ms = 0.0 if data is None else _milliseconds(data, int(road_class[i]), model, timed=timed)
            times[side, i] = max(1, round(ms)) if ms > 0 else 0
    lon, lat = (np.rint(place * 1e7).astype(np.int32) for place in places)
    node_id = np.array([one if isinstance(one, int) else index for one, index in numbers.items()], dtype=np.int64)
    nodes, rank, order = arrange(tail, head, way_id, (lon, lat))
    inner = [_inner(streets[i][2]) for i in order.tolist()]
    shape = np.rint(np.concatenate([np.zeros((0, 2)), *inner]) * 1e7).astype(np.int32)
    return Edges(
        node_id=node_id[nodes], node_lon=lon[nodes], node_lat=lat[nodes], tail=rank[tail[order]],
        head=rank[head[order]], ms=times[0, order], back_ms=times[1, order],
        metres=np.maximum(1, np.rint(metres[order])).astype(np.int32), road_class=road_class[order],
        way_id=way_id[order], name=name[order], urbanity=np.full(count, round(255 * urbanity), np.uint8),
        flags=np.zeros(count, dtype=np.uint8),
        shape_ptr=np.concatenate([[0], np.cumsum([len(line) for line in inner])]).astype(np.int64),
        shape_lon=shape[:, 0].copy(), shape_lat=shape[:, 1].copy(), names=[text.encode("utf-8") for text in names],
        segments=count + len(shape), km=round(float(metres.sum()) / 1000, 3),
    )  # fmt: skip


def _inner(data: _Edge) -> NDArray[np.float64]:
    """Return the vertices of an edge's line between its ends, degrees ``(vertices, 2)``."""
    line = data.get("geometry")
    return np.zeros((0, 2)) if line is None else np.asarray(line.coords)[1:-1, :2]


_Edge = Mapping[str, Any]


def _pair_up(graph: nx.MultiDiGraph, numbers: Mapping[Hashable, int]) -> list[tuple[int, int, _Edge, _Edge | None]]:
    """Return streets as (start, end, data ahead, data back or None): two opposite edges of one way are one street."""
    waiting: dict[tuple[int, int, str, float], list[int]] = {}
    streets: list[tuple[int, int, _Edge, _Edge | None]] = []
    for u, v, data in graph.edges(data=True):
        if not np.isfinite(_metres(data)):
            raise InputError(f"the edge {u} to {v} has no length", expected="`length` in metres on every edge")
        start, end = numbers[u], numbers[v]
        ids = data.get("osmid", "")
        way = str(sorted(map(str, ids)) if isinstance(ids, list) else ids)
        length = round(_metres(data), 2)
        opposite = waiting.get((end, start, way, length))
        if opposite:
            index = opposite.pop()
            streets[index] = (*streets[index][:3], data)
        else:
            waiting.setdefault((start, end, way, length), []).append(len(streets))
            streets.append((start, end, data, None))
    return streets


def _metres(data: _Edge) -> float:
    try:
        return float(data.get("length", np.nan))
    except (TypeError, ValueError):
        return float("nan")


def _class_of(data: _Edge) -> int:
    """Return the first class that is known (OSMnx lists several after simplifying)."""
    stated = data.get("highway", _UNKNOWN_CLASS)
    for name in stated if isinstance(stated, list) else [stated]:
        if name in ROAD_CLASSES:
            return ROAD_CLASSES.index(name)
    return ROAD_CLASSES.index(_UNKNOWN_CLASS)


def _milliseconds(data: _Edge, road_class: int, model: SpeedModel, *, timed: bool) -> float:
    if timed:
        return float(data["travel_time"]) * 1000
    stated = data.get("maxspeed")
    limits = [parse_maxspeed(str(text)) for text in (stated if isinstance(stated, list) else [stated or ""])]
    known = [limit for limit in limits if limit is not None]
    limit = np.array([sum(known) / len(known) if known else np.nan])
    rules = model.kinds[RoadKind.STREETS]
    urbanity = rules.scale.urbanity(np.array([model.unknown_per_km2]))
    return _metres(data) * 3600 / float(rules.kmh(np.array([road_class], dtype=np.uint8), urbanity, limit)[0])


def _first_id(ids: Any) -> int:
    value = ids[0] if isinstance(ids, list) and ids else ids
    return int(value) if isinstance(value, int | float | str) and str(value).lstrip("-").isdigit() else 0


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return value if isinstance(value, str) else ""


def to_osmnx(network: Network, bbox: tuple[float, float, float, float] | None = None) -> nx.MultiDiGraph:
    """Return the nodes within (west, south, east, north) and the edges between them as an OSMnx graph.

    Edges carry ``length`` (m), ``travel_time`` (s), ``speed_kph``, ``highway``, ``osmid``, ``oneway``, ``name`` and
    ``geometry``.
    """
    import networkx as nx
    from shapely import LineString

    west, south, east, north = bbox or (-180.0, -90.0, 180.0, 90.0)
    inside = (
        (network.node_lon >= west)
        & (network.node_lon <= east)
        & (network.node_lat >= south)
        & (network.node_lat <= north)
    )
    graph = nx.MultiDiGraph(crs="epsg:4326", simplified=True, created_with="deserts")
    for node in np.flatnonzero(inside).tolist():
        graph.add_node(int(network.node_id[node]), x=float(network.node_lon[node]), y=float(network.node_lat[node]))
    classes = network.meta["road_classes"]
    for edge in np.flatnonzero(network.own & inside[network.edge_tail] & inside[network.edge_head]).tolist():
        shape = network.shape(edge)
        ahead, back = int(network.edge_ms[edge]), int(network.edge_back_ms[edge])
        ends = int(network.node_id[network.edge_tail[edge]]), int(network.node_id[network.edge_head[edge]])
        for ms, (start, end), line, turned in ((ahead, ends, shape, False), (back, ends[::-1], shape[::-1], True)):
            if ms == 0:
                continue
            metres = float(network.edge_m[edge])
            facts = {
                "osmid": int(network.way_id[edge]),
                "highway": classes[network.road_class[edge]],
                "oneway": ahead == 0 or back == 0,
                "reversed": turned,
                "length": metres,
                "travel_time": ms / 1000,
                "speed_kph": metres / ms * 3600,
                "geometry": LineString(line),
            }
            if name := network.name(edge):
                facts["name"] = name
            graph.add_edge(start, end, **facts)
    return graph

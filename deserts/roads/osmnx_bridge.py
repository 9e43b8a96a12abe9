"""To and from OSMnx graphs, for anyone who holds one or wants one of a clipped area."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.errors import InputError
from deserts.roads.build import Pieces, Segments, join_segments, lay_out
from deserts.roads.network import Network
from deserts.roads.reader import OSM_CREDIT, model_facts
from deserts.roads.speeds import SpeedModel, load_speeds
from deserts.roads.tags import ROAD_CLASSES, parse_maxspeed
from deserts.roads.urbanity import Density

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
    segments = _segments(graph, numbers, _Vertices(lon, lat), model)
    meta = {
        "attribution": [OSM_CREDIT],
        "notices": [],
        "sources": [{"file": "OSMnx graph", "created": str(graph.graph.get("created_date", "unknown"))}],
        "road_classes": list(ROAD_CLASSES),
        "speed_model": model_facts(model, Density.UNKNOWN),
    }
    return lay_out(join_segments(segments), meta=meta)


def _segments(
    graph: nx.MultiDiGraph, numbers: Mapping[Hashable, int], vertices: _Vertices, model: SpeedModel
) -> Segments:
    """Return the streets of a graph as straight segments; each street is a piece of its own."""
    timed = all("travel_time" in data for _, _, data in graph.edges(data=True))
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in ("tail", "head", "metres", "ms", "back_ms")}
    pieces: dict[str, list[int]] = {name: [] for name in ("way", "class", "name", "segments")}
    names = {"": 0}
    for start, end, ahead, back in _pair_up(graph, numbers):
        chain, share = vertices.chain(start, end, ahead)
        road_class = _class_of(ahead)
        columns["tail"].append(chain[:-1])
        columns["head"].append(chain[1:])
        columns["metres"].append(share * _metres(ahead))
        for column, data in (("ms", ahead), ("back_ms", back)):
            total = 0.0 if data is None else _milliseconds(data, road_class, model, timed=timed)
            columns[column].append(_spread(total, share))
        pieces["way"].append(_first_id(ahead.get("osmid")))
        pieces["class"].append(road_class)
        pieces["name"].append(names.setdefault(_text(ahead.get("name")), len(names)))
        pieces["segments"].append(share.size)
    found = {name: np.concatenate(parts) for name, parts in columns.items()}
    lon, lat = vertices.arrays()
    node_id = np.full(lon.size, -1, dtype=np.int64)
    node_id[: len(numbers)] = [name if isinstance(name, int) else index for name, index in numbers.items()]
    return Segments(
        node_id=node_id,
        node_lon=np.rint(lon * 1e7).astype(np.int32),
        node_lat=np.rint(lat * 1e7).astype(np.int32),
        tail=found["tail"].astype(np.int32),
        head=found["head"].astype(np.int32),
        ms=found["ms"].astype(np.int32),
        back_ms=found["back_ms"].astype(np.int32),
        metres=found["metres"],
        urbanity=np.full(found["tail"].size, model.unknown_urbanity, dtype=np.float32),
        piece=np.repeat(np.arange(len(pieces["way"]), dtype=np.int32), pieces["segments"]),
        pieces=Pieces(
            way_id=np.array(pieces["way"], dtype=np.int64),
            road_class=np.array(pieces["class"], dtype=np.uint8),
            name=np.array(pieces["name"], dtype=np.int32),
        ),
        names=tuple(names),
    )


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


class _Vertices:
    """Nodes of the graph followed by the inner vertices of its edges."""

    def __init__(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
        self._lon, self._lat = [lon], [lat]
        self._count = lon.size

    def chain(self, start: int, end: int, data: _Edge) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the vertices of an edge and the share of its length that each segment has."""
        line = data.get("geometry")
        if line is None or len(line.coords) <= 2:
            return np.array([start, end]), np.ones(1)
        places = np.asarray(line.coords)[:, :2]
        inner = np.arange(self._count, self._count + len(places) - 2)
        self._count += inner.size
        self._lon.append(places[1:-1, 0])
        self._lat.append(places[1:-1, 1])
        metres = great_circle_m(places[:-1, 0], places[:-1, 1], places[1:, 0], places[1:, 1])
        share = metres / metres.sum() if metres.sum() > 0 else np.full(metres.size, 1 / metres.size)
        return np.concatenate([[start], inner, [end]]), share

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return all longitudes and latitudes."""
        return np.concatenate(self._lon), np.concatenate(self._lat)


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
    by_class = model.kmh(np.array([road_class], dtype=np.uint8), np.array([model.unknown_urbanity]))[0]
    return _metres(data) * 3600 / (sum(known) / len(known) if known else float(by_class))


def _spread(milliseconds: float, share: NDArray[np.float64]) -> NDArray[np.int64]:
    """Cut a time into whole milliseconds a segment that add up to the rounded whole; all 0 when there is none."""
    if milliseconds <= 0:
        return np.zeros(share.size, dtype=np.int64)
    whole = max(round(milliseconds), share.size)
    marks = np.concatenate([[0], np.rint(np.cumsum(share) * (whole - share.size))]).astype(np.int64)
    marks[-1] = whole - share.size
    return np.asarray(np.diff(marks) + 1, dtype=np.int64)


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
    for edge in np.flatnonzero(inside[network.edge_tail] & inside[network.edge_head]).tolist():
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

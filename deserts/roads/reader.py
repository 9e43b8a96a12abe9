"""Read OpenStreetMap extracts (``.pbf``, ``.osm`` and packed ``.osm``) straight into arrays.

Each file is read twice: the ways that cars may use, then only the nodes that these use, so files need not be sorted.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError, MissingDataError
from deserts.progress import track
from deserts.roads.build import Segments, build_network
from deserts.roads.geodesy import great_circle_m
from deserts.roads.network import Network
from deserts.roads.speeds import DELAYS, SpeedModel, load_speeds
from deserts.roads.tags import ROAD_CLASSES, WAY_TAGS, WayRule, node_role, way_rule
from deserts.store import sha256_of

__all__ = ["OSM_CREDIT", "Population", "model_facts", "read_network"]

OSM_CREDIT = "© OpenStreetMap contributors"
"""Credit that every output derived from OpenStreetMap shows (Open Database Licence 1.0)."""

_CREDIT_TAGS = {"tm:system": "Travel Mapping project, travelmapping.net"}
"""Way tags that tell a file made from another source in the same format, with the credit of that source."""

_SAME_PLACE_M = 1000.0
"""Nodes of one id that lie further apart than this in two files come from different numberings."""

_BIG_FILE_BYTES = 256 << 20
_LAST_LON_E7, _LAST_LAT_E7 = 1_800_000_000, 900_000_000

Population = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Longitudes, latitudes and numbers of people."""


def read_network(
    paths: Path | Sequence[Path],
    *,
    speeds: SpeedModel | None = None,
    population: Population | None = None,
    contract: bool = True,
) -> Network:
    """Read one or more extracts as one network; roads that lie in several are taken once.

    Parameters
    ----------
    paths
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2`` files of one numbering of nodes.
    speeds
        Speed model; None takes the one of this package.
    population
        Longitudes, latitudes (degrees) and people, each ``(points,)``, for the density around roads. None takes all
        roads as in between town and country.
    contract
        Whether to join segments at nodes where nothing else meets.

    Raises
    ------
    MissingDataError
        If a file is not there.
    InputError
        If a file is empty, damaged or has no road for cars, or the files number their nodes differently.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    model = speeds or load_speeds()
    ways = _Ways()
    for path in track(files, "reading roads"):
        _check_file(path)
        _read_ways(path, ways)
    refs = np.frombuffer(ways.refs, dtype=np.int64)
    node_id = np.unique(refs)
    lon, lat, role, known = _read_nodes(files, node_id)
    segments = _segments(
        ways, np.searchsorted(node_id, refs), _Nodes(node_id, lon, lat, role, known), model, population
    )
    if segments.tail.size == 0:
        raise InputError(
            "no road that cars may use",
            where=", ".join(path.name for path in files),
            expected="ways with a highway tag and the nodes they run through",
            fix="check the extract: it may have been filtered to something else",
        )
    meta = {
        "attribution": sorted(ways.credits),
        "notices": [],
        "sources": [
            {"file": path.name, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
            for path in sorted(files, key=lambda p: p.name)
        ],
        "road_classes": list(ROAD_CLASSES),
        "speed_model": model_facts(model, population),
    }
    return build_network(segments, meta=meta, contract=contract)


def model_facts(model: SpeedModel, population: Population | None) -> dict[str, Any]:
    """Return what a saved network needs of its speed model: access legs and the minutes of a trip."""
    return {
        "access_rural_kmh": model.access_rural_kmh,
        "access_urban_kmh": model.access_urban_kmh,
        "trip_min": model.trip_min,
        "density": "from population points" if population is not None else "unknown",
    }


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise MissingDataError("no such road file", where=path, fix="check the path, or fetch an extract first")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=path, expected="an OpenStreetMap extract (.osm.pbf or .osm)")


@dataclass
class _Ways:
    """Ways as they are read: references in one row, and of each way its rule, id, name and file."""

    refs: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("q"))
    rule: array[int] = field(default_factory=lambda: array("i"))
    name: array[int] = field(default_factory=lambda: array("i"))
    rules: list[WayRule] = field(default_factory=list)
    rule_of: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=lambda: {"": 0})
    credits: set[str] = field(default_factory=set)

    def rule_index(self, values: tuple[str | None, ...]) -> int:
        """Return the index of the rule for these tag values, -1 where cars may not drive."""
        known = self.rule_of.get(values)
        if known is None:
            rule = way_rule(values)
            known = -1 if rule is None else len(self.rules)
            if rule is not None:
                self.rules.append(rule)
            self.rule_of[values] = known
        return known


def _read_ways(path: Path, ways: _Ways) -> None:
    import osmium

    credit = set()
    found = False
    try:
        for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(
            osmium.filter.KeyFilter("highway", "route")
        ):
            get = way.tags.get
            rule = ways.rule_index(tuple(map(get, WAY_TAGS)))
            if rule < 0:
                continue
            if not found:
                found = True
                credit = {text for tag, text in _CREDIT_TAGS.items() if get(tag) is not None}
            nodes = way.nodes
            refs = [node.ref for node in map(nodes.__getitem__, range(len(nodes)))]
            ways.refs.extend(refs)
            ways.counts.append(len(refs))
            ways.ids.append(way.id)
            ways.rule.append(rule)
            ways.name.append(ways.names.setdefault(get("name") or get("ref") or "", len(ways.names)))
        stated = osmium.io.Reader(str(path)).header().get("attribution")
    except (RuntimeError, ValueError) as error:
        raise _damaged(path, error) from error
    ways.credits.update({stated} if stated else credit or {OSM_CREDIT})


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(
        f"the road file is damaged or not an OpenStreetMap extract: {error}",
        where=path,
        expected="a whole .osm.pbf or .osm file",
        fix="fetch it again and compare its checksum",
    )


@dataclass(frozen=True, slots=True)
class _Nodes:
    """The nodes that ways use: coordinates in 1e-7 degrees, what they do to a car, and whether any file has them."""

    ids: NDArray[np.int64]
    lon: NDArray[np.int32]
    lat: NDArray[np.int32]
    role: NDArray[np.int8]
    known: NDArray[np.bool_]


_ROLES = ("", "closed", *DELAYS)


def _read_nodes(
    files: Sequence[Path], node_id: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8], NDArray[np.bool_]]:

    lon = np.zeros(node_id.size, dtype=np.int32)
    lat = np.zeros(node_id.size, dtype=np.int32)
    role = np.zeros(node_id.size, dtype=np.int8)
    known = np.zeros(node_id.size, dtype=bool)
    for path in files:
        try:
            here = _look_up(_index_nodes(path, node_id), node_id)
            _read_roles(path, node_id, role)
        except (RuntimeError, ValueError) as error:
            raise _damaged(path, error) from error
        new_lon, new_lat, new = here
        both = np.flatnonzero(known & new)
        apart = great_circle_m(lon[both] * 1e-7, lat[both] * 1e-7, new_lon[both] * 1e-7, new_lat[both] * 1e-7)
        if (apart > _SAME_PLACE_M).any():
            raise InputError(
                f"node {node_id[both[int(np.argmax(apart))]]} lies in two places {apart.max() / 1000:.0f} km apart",
                where=", ".join(p.name for p in files),
                expected="extracts that number their nodes alike, as OpenStreetMap's own do",
                fix="use extracts of one source",
            )
        lon[new & ~known], lat[new & ~known] = new_lon[new & ~known], new_lat[new & ~known]
        known |= new
    return lon, lat, role, known


def _index_nodes(path: Path, node_id: NDArray[np.int64]) -> Any:
    """Return an index of the nodes of a file; of a big file only of those that roads use, which takes less memory."""
    import osmium

    index = osmium.index.create_map("sparse_mem_array")
    fill = osmium.NodeLocationsForWays(index)
    fill.ignore_errors()
    nodes = osmium.io.Reader(str(path), osmium.osm.NODE)
    if path.stat().st_size > _BIG_FILE_BYTES:
        osmium.apply(nodes, osmium.filter.IdFilter(node_id.tolist()), fill)
    else:
        osmium.apply(nodes, fill)
    osmium.apply(osmium.io.Reader(str(path), osmium.osm.WAY), fill)  # the index sorts itself at the first way
    return index


def _look_up(index: Any, node_id: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """Fetch the coordinates of nodes from an index; nodes that the file lacks are not known."""
    known = np.ones(node_id.size, dtype=bool)
    get = index.get
    lon, lat = array("i"), array("i")
    for position, node in enumerate(node_id.tolist()):
        try:
            place = get(node)
        except KeyError:
            known[position] = False
            lon.append(0)
            lat.append(0)
        else:
            lon.append(place.x)
            lat.append(place.y)
    x, y = (np.array(values, dtype=np.int32) for values in (lon, lat))
    return x, y, known & (np.abs(x) <= _LAST_LON_E7) & (np.abs(y) <= _LAST_LAT_E7)


def _read_roles(path: Path, node_id: NDArray[np.int64], role: NDArray[np.int8]) -> None:
    """Note the nodes that close the road or hold a car up."""
    import osmium

    ids = array("q")
    kinds = array("b")
    keys = osmium.filter.KeyFilter("barrier", "highway", "railway")
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(keys):
        if kind := node_role(dict(node.tags)):
            ids.append(node.id)
            kinds.append(_ROLES.index(kind))
    if not ids:
        return
    marked = np.frombuffer(ids, dtype=np.int64)
    place = np.minimum(np.searchsorted(node_id, marked), max(0, node_id.size - 1))
    used = node_id[place] == marked if node_id.size else np.zeros(marked.size, dtype=bool)
    role[place[used]] = np.frombuffer(kinds, dtype=np.int8)[used]


def _segments(
    ways: _Ways, place: NDArray[np.int64], nodes: _Nodes, model: SpeedModel, population: Population | None
) -> Segments:
    """Cut ways into segments between nodes that are known, each once, with times each way."""
    counts = np.frombuffer(ways.counts, dtype=np.int64)
    way = np.repeat(np.arange(counts.size), counts)
    inside = way[1:] == way[:-1] if way.size else np.zeros(0, dtype=bool)
    tail, head, way = place[:-1][inside], place[1:][inside], way[1:][inside]
    usable = nodes.known[tail] & nodes.known[head] & (tail != head)
    tail, head, way = tail[usable], head[usable], way[usable]
    way_id = np.frombuffer(ways.ids, dtype=np.int64)[way]
    tail, head, way, way_id = _each_once(tail, head, way, way_id)
    metres = great_circle_m(
        nodes.lon[tail] * 1e-7, nodes.lat[tail] * 1e-7, nodes.lon[head] * 1e-7, nodes.lat[head] * 1e-7
    )
    rule = np.frombuffer(ways.rule, dtype=np.int32)[way]
    table = _RuleTable.of(ways.rules)
    road_class = table.road_class[rule]
    urbanity = _urbanity(nodes, tail, head, model, population)
    kmh = model.kmh(road_class, urbanity)
    ms, back_ms = (
        _travel_ms(metres, np.where(np.isnan(limit), kmh, limit), may)
        for limit, may in ((table.kmh[rule], table.ahead[rule]), (table.back_kmh[rule], table.back[rule]))
    )
    _apply_durations(table.ferry_min[rule], way_id, metres, (ms, back_ms))
    delay = np.array([0.0, 0.0, *(model.delay_s[name] for name in DELAYS)])[nodes.role] * 1000
    ms = np.where(ms > 0, ms + np.rint(delay[head]).astype(np.int64), 0)
    back_ms = np.where(back_ms > 0, back_ms + np.rint(delay[tail]).astype(np.int64), 0)
    tail, head, nodes = _cut_at_barriers(tail, head, nodes)
    return Segments(
        node_id=nodes.ids, node_lon=nodes.lon, node_lat=nodes.lat, tail=tail, head=head, ms=ms, back_ms=back_ms,
        metres=metres, piece=way, way_id=way_id, road_class=road_class,
        name=np.frombuffer(ways.name, dtype=np.int32)[way], urbanity=urbanity, names=tuple(ways.names),
    )  # fmt: skip


def _each_once(
    tail: NDArray[np.int64], head: NDArray[np.int64], way: NDArray[np.int64], way_id: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Drop segments of a way that an earlier extract has shown already."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    order = np.lexsort((way, high, low, way_id))
    new = np.ones(tail.size, dtype=bool)
    new[1:] = (np.diff(way_id[order]) != 0) | (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    first = order[np.flatnonzero(new)]
    keep = np.zeros(tail.size, dtype=bool)
    keep[order] = way[order] == way[first[np.cumsum(new) - 1]]
    return tail[keep], head[keep], way[keep], way_id[keep]


@dataclass(frozen=True, slots=True)
class _RuleTable:
    """The rules of ways as arrays; NaN for no limit or no duration."""

    road_class: NDArray[np.uint8]
    kmh: NDArray[np.float64]
    back_kmh: NDArray[np.float64]
    ahead: NDArray[np.bool_]
    back: NDArray[np.bool_]
    ferry_min: NDArray[np.float64]

    @classmethod
    def of(cls, rules: Sequence[WayRule]) -> _RuleTable:
        return cls(
            road_class=np.array([rule.road_class for rule in rules], dtype=np.uint8),
            kmh=np.array([rule.kmh for rule in rules], dtype=np.float64),
            back_kmh=np.array([rule.back_kmh for rule in rules], dtype=np.float64),
            ahead=np.array([rule.ahead for rule in rules], dtype=bool),
            back=np.array([rule.back for rule in rules], dtype=bool),
            ferry_min=np.array([rule.ferry_min for rule in rules], dtype=np.float64),
        )


def _urbanity(
    nodes: _Nodes,
    tail: NDArray[np.int64],
    head: NDArray[np.int64],
    model: SpeedModel,
    population: Population | None,
) -> NDArray[np.float64]:
    """Return the urbanity at the middle of each segment."""
    if population is None:
        return np.full(tail.size, model.unknown_urbanity)
    from deserts.roads.density import people_per_km2

    lon, lat = (
        np.asarray((axis[tail] + axis[head].astype(np.int64)) * 0.5e-7, dtype=np.float64)
        for axis in (nodes.lon, nodes.lat)
    )
    return model.urbanity(people_per_km2(lon, lat, population=population, radius_km=model.radius_km))


def _travel_ms(metres: NDArray[np.float64], kmh: NDArray[np.float64], may: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(may, np.maximum(1, np.rint(metres * 3600 / kmh)), 0).astype(np.int64)


def _apply_durations(
    ferry_min: NDArray[np.float64],
    way_id: NDArray[np.int64],
    metres: NDArray[np.float64],
    times: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Spread the stated duration of a ferry over its segments by length."""
    at = np.flatnonzero(~np.isnan(ferry_min))
    if at.size == 0:
        return
    _, member = np.unique(way_id[at], return_inverse=True)
    length = np.maximum(np.bincount(member, weights=metres[at]), 1e-6)
    spread = np.maximum(1, np.rint(ferry_min[at] * 60_000 * metres[at] / length[member])).astype(np.int64)
    for ms in times:
        ms[at] = np.where(ms[at] > 0, spread, 0)


def _cut_at_barriers(
    tail: NDArray[np.int64], head: NDArray[np.int64], nodes: _Nodes
) -> tuple[NDArray[np.int64], NDArray[np.int64], _Nodes]:
    """Give each segment its own copy of a node that closes the road, so that nothing passes through it."""
    closed = nodes.role == _ROLES.index("closed")
    ends = np.concatenate([tail, head])
    hits = np.flatnonzero(closed[ends])
    if hits.size == 0:
        return tail, head, nodes
    originals = ends[hits]
    ends[hits] = nodes.ids.size + np.arange(hits.size)
    grown = _Nodes(
        ids=np.concatenate([nodes.ids, -1 - np.arange(hits.size)]),
        lon=np.concatenate([nodes.lon, nodes.lon[originals]]),
        lat=np.concatenate([nodes.lat, nodes.lat[originals]]),
        role=np.concatenate([nodes.role, nodes.role[originals]]),
        known=np.concatenate([nodes.known, nodes.known[originals]]),
    )
    return ends[: tail.size], ends[tail.size :], grown

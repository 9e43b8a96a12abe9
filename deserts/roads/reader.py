"""Read OpenStreetMap extracts (``.pbf``, ``.osm`` and packed ``.osm``) straight into arrays.

Each file is read twice: the ways that cars may use, then only the nodes that these use, so files need not be sorted.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.errors import InputError, MissingDataError
from deserts.progress import track
from deserts.roads.build import join_segments, lay_out
from deserts.roads.network import Network
from deserts.roads.segments import ROLES, Nodes, Ways, cut_into_segments
from deserts.roads.speeds import SpeedModel, load_speeds
from deserts.roads.tags import ROAD_CLASSES, WAY_TAGS, node_role
from deserts.roads.urbanity import Density, Population, density_at_hand, scale_of
from deserts.sandbox import reader
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
        Longitudes, latitudes (degrees) and people, each ``(points,)``, for the density around roads. None takes the
        main roads around instead, and in an extract too small for that all roads as in between town and country.
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
    ways = Ways()
    for path in track(files, "reading roads"):
        _check_file(path)
        _read_ways(path, ways)
    refs = np.frombuffer(ways.refs, dtype=np.int64)
    node_id = np.unique(refs)
    lon, lat, role, known = _read_nodes(files, node_id)
    nodes = Nodes(node_id, lon, lat, role, known)
    density = density_at_hand(*nodes.degrees(known), model=model, population=population)
    segments = cut_into_segments(
        ways, np.searchsorted(node_id, refs), nodes, model=model, density=density, population=population
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
        "speed_model": model_facts(model, density),
    }
    edges = join_segments(segments, contract=contract)
    del segments, ways, refs
    return lay_out(edges, meta=meta)


def model_facts(model: SpeedModel, density: Density) -> dict[str, Any]:
    """Return what a saved network needs of its speed model: access legs and the minutes of a trip."""
    scale = scale_of(density, model)
    return {
        "access_rural_kmh": scale.access_rural_kmh,
        "access_urban_kmh": scale.access_urban_kmh,
        "trip_min": model.trip_min,
        "density": density.value,
    }


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise MissingDataError("no such road file", where=path, fix="check the path, or fetch an extract first")
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=path, expected="an OpenStreetMap extract (.osm.pbf or .osm)")


_extract = reader("an OpenStreetMap extract")


@_extract
def _read_ways(path: Path, ways: Ways) -> None:
    import osmium

    credit = set()
    found = False
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway", "route")):
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
    ways.credits.update({stated} if stated else credit or {OSM_CREDIT})


def _read_nodes(
    files: Sequence[Path], node_id: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8], NDArray[np.bool_]]:

    lon = np.zeros(node_id.size, dtype=np.int32)
    lat = np.zeros(node_id.size, dtype=np.int32)
    role = np.zeros(node_id.size, dtype=np.int8)
    known = np.zeros(node_id.size, dtype=bool)
    for path in files:
        here = _look_up(_index_nodes(path, node_id), node_id)
        _read_roles(path, node_id, role)
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


@_extract
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


@_extract
def _read_roles(path: Path, node_id: NDArray[np.int64], role: NDArray[np.int8]) -> None:
    """Note the nodes that close the road or hold a car up."""
    import osmium

    ids = array("q")
    kinds = array("b")
    keys = osmium.filter.KeyFilter("barrier", "highway", "railway")
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(keys):
        if kind := node_role(dict(node.tags)):
            ids.append(node.id)
            kinds.append(ROLES.index(kind))
    if not ids:
        return
    marked = np.frombuffer(ids, dtype=np.int64)
    place = np.minimum(np.searchsorted(node_id, marked), max(0, node_id.size - 1))
    used = node_id[place] == marked if node_id.size else np.zeros(marked.size, dtype=bool)
    role[place[used]] = np.frombuffer(kinds, dtype=np.int8)[used]

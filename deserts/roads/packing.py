"""A network as a few flat tables, small enough to travel: names and ids stay behind, arcs are laid out again.

What drive times read is kept to the bit: places, times, metres, shapes, shores, parts. Tables are written by column as
differences (Parquet's ``DELTA_BINARY_PACKED``), because neighbours on the ground are neighbours in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.arrays import Arcs
from deserts.roads.network import FORMAT, Network
from deserts.roads.proof import prove

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLES_OF_A_NETWORK", "network_from_tables", "network_to_tables"]

_E7: Final = 1e-7
_EDGES: Final[Mapping[str, tuple[str, type[np.generic]]]] = {
    "tail": ("edge_tail", np.int32),
    "ms": ("edge_ms", np.int32),
    "m": ("edge_m", np.int32),
    "road_class": ("road_class", np.uint8),
    "urbanity": ("edge_urbanity", np.uint8),
    "flags": ("edge_flags", np.uint8),
}
"""Column of the table ``edges`` to the network's array and its kind; head and time back are kept as differences."""

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "nodes": ("lon", "lat", "component"),
    "parts": ("nodes",),
    "edges": (*_EDGES, "to_head", "slower_back", "bends"),
    "bends": ("lon", "lat"),
    "copies": ("of", "edge"),
    "shores": ("points",),
    "shore_points": ("lon", "lat"),
}
TABLES_OF_A_NETWORK: Final = tuple(_COLUMNS)
"""Names of the tables, in the order in which they are written."""


def network_to_tables(network: Network) -> dict[str, pa.Table]:
    """Return a network as tables by name.

    Raises
    ------
    InputError
        If the network knows turns, whose layout hangs on arcs that are not kept.
    """
    import pyarrow as pa

    if network.turns is not None:
        raise InputError(
            "a network with turns cannot be packed", expected="the network of a run, which is searched on its nodes"
        )
    columns: dict[str, dict[str, NDArray[Any]]] = {
        "nodes": {
            "lon": _whole(network.node_lon),
            "lat": _whole(network.node_lat),
            "component": network.component_id,
        },
        "parts": {"nodes": network.component_nodes},
        "edges": {name: np.asarray(getattr(network, array)) for name, (array, _) in _EDGES.items()}
        | {
            "to_head": np.asarray(network.edge_head) - np.asarray(network.edge_tail),
            "slower_back": np.asarray(network.edge_back_ms) - np.asarray(network.edge_ms),
            "bends": np.diff(network.shape_ptr).astype(np.int32),
        },
        "bends": {"lon": network.shape_lon, "lat": network.shape_lat},
        "copies": {"of": network.copy_of, "edge": network.copy_edge},
        "shores": {"points": np.diff(network.shore_ptr).astype(np.int32)},
        "shore_points": {"lon": network.shore_lon, "lat": network.shore_lat},
    }
    return {name: pa.table({key: np.asarray(value) for key, value in held.items()}) for name, held in columns.items()}


def _whole(degrees: NDArray[np.float64]) -> NDArray[Any]:
    """Return degrees as whole 1e-7 degrees where nothing is lost by it, else as they are."""
    whole = np.rint(np.asarray(degrees) / _E7).astype(np.int32)
    return whole if np.array_equal(whole * _E7, degrees) else np.asarray(degrees)


def network_from_tables(tables: Mapping[str, pa.Table], meta: Mapping[str, Any]) -> Network:
    """Return the network of tables that anybody may have written: proved before compiled code reads it.

    Parameters
    ----------
    tables
        As `network_to_tables` gave them.
    meta
        Facts of the network, as its index holds them.

    Raises
    ------
    InputError
        If a column is missing or the arrays do not fit each other.
    """
    for name, wanted in _COLUMNS.items():
        if name not in tables or not set(wanted) <= set(tables[name].column_names):
            raise InputError(f"the road network lacks {name} or one of its columns", expected=", ".join(wanted))
    if meta.get("format", FORMAT) != FORMAT:
        raise InputError(f"the road network is of version {meta['format']}, this is version {FORMAT}")
    nodes = tables["nodes"].num_rows
    none = Arcs(np.zeros(nodes + 1, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))
    facts = {key: value for key, value in meta.items() if key != "format"} | {"turns": False}
    bare = Network(**_arrays(tables), forward=none, reverse=none, meta=facts)
    prove(bare)
    from deserts.roads.build import arcs_of  # compiled, and only for what was proved

    ends, times = (bare.edge_tail, bare.edge_head), (bare.edge_ms, bare.edge_back_ms, bare.edge_m)
    forward, reverse = (arcs_of(nodes, ends, times, bare.closed, reverse=side)[0] for side in (False, True))
    return replace(bare, forward=forward, reverse=reverse)


def _arrays(tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return the arrays of a network but its arcs; ids and names, which stayed behind, are zeros."""

    def column(name: str, key: str, kind: type[np.generic]) -> NDArray[Any]:
        return _narrowed(tables[name].column(key).to_numpy(), kind, f"{name}.{key}")

    def degrees(key: str) -> NDArray[np.float64]:
        values = tables["nodes"].column(key).to_numpy()
        return _narrowed(values, np.float64, key) if values.dtype.kind == "f" else column("nodes", key, np.int32) * _E7

    nodes, edges = tables["nodes"].num_rows, tables["edges"].num_rows
    arrays: dict[str, Any] = {array: column("edges", key, kind) for key, (array, kind) in _EDGES.items()}
    return arrays | {
        "node_lon": degrees("lon"), "node_lat": degrees("lat"), "node_id": np.zeros(nodes, dtype=np.int64),
        "component_id": column("nodes", "component", np.int32), "component_nodes": column("parts", "nodes", np.int64),
        "edge_head": arrays["edge_tail"] + column("edges", "to_head", np.int32),
        "edge_back_ms": arrays["edge_ms"] + column("edges", "slower_back", np.int32),
        "way_id": np.zeros(edges, dtype=np.int64), "edge_name": np.zeros(edges, dtype=np.int32),
        "shape_ptr": _offsets(column("edges", "bends", np.int32)),
        "shape_lon": column("bends", "lon", np.int32), "shape_lat": column("bends", "lat", np.int32),
        "shore_ptr": _offsets(column("shores", "points", np.int32)),
        "shore_lon": column("shore_points", "lon", np.int32), "shore_lat": column("shore_points", "lat", np.int32),
        "copy_of": column("copies", "of", np.int32), "copy_edge": column("copies", "edge", np.int32),
        "name_ptr": np.zeros(2, dtype=np.int64), "name_bytes": np.zeros(0, dtype=np.uint8),
    }  # fmt: skip


def _narrowed(values: NDArray[Any], kind: type[np.generic], name: str) -> NDArray[Any]:
    """Return numbers as a kind that holds them all."""
    if values.dtype.kind not in "iuf":
        raise InputError(f"the road network's {name} are no numbers")
    found: NDArray[Any] = np.ascontiguousarray(values).astype(kind)
    if not np.array_equal(found, values):
        raise InputError(f"the road network's {name} do not fit their kind")
    return found


def _offsets(counts: NDArray[Any]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)

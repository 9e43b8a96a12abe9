"""The road network as plain arrays in one folder of ``.npy`` files that any number of processes can map into memory.

An *edge* is a stretch of one road between two nodes, with a time for each direction in which it may be driven. The
*arcs* of the two CSR structures are these directions: forward (leaving a node) and reverse (entering it), with packed
costs (see `deserts.roads.costs`). Points lie on edges; searches run on arcs.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import DamagedDataError, MissingDataError
from deserts.roads.proof import prove
from deserts.store import Digest, atomic_folder, require, write_json
from deserts.store.digests import INDEX, index_of
from deserts.store.files import restore_folder

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["FORMAT", "Arcs", "Network"]

FORMAT = 3
"""Version of the folder's layout; a folder of another version is refused."""

_FIX = "run the stage `roads` again"

_E7 = 1e-7


@dataclass(frozen=True, slots=True)
class Arcs:
    """One CSR structure: arcs ``ptr[i]`` to ``ptr[i + 1]`` of node i lead to ``heads`` at packed ``costs``."""

    ptr: NDArray[np.int32]
    heads: NDArray[np.int32]
    costs: NDArray[np.int64]


@dataclass(frozen=True)
class Network:
    """A road network.

    Parameters
    ----------
    node_lon, node_lat
        Degrees, WGS 84, float64 ``(nodes,)``; nodes lie along a space-filling curve.
    node_id
        OSM id of each node, int64 (negative for a copy made where a barrier cuts a road).
    component_id
        Strongly connected component of each node, int32, 0 is the largest.
    component_nodes
        Nodes of each component, counted as in the extract (before degree-2 nodes were contracted), int64.
    component_snappable
        Whether points may snap to each component (see `deserts.roads.components`).
    edge_tail, edge_head
        End nodes of each edge, int32 ``(edges,)``.
    edge_ms, edge_back_ms
        Milliseconds from tail to head and back, int32; 0 means that this direction may not be driven.
    edge_m
        Length in metres, int32, at least 1.
    road_class
        Index into ``meta["road_classes"]``, uint8.
    way_id
        OSM way id, int64.
    edge_name
        Index into the names, int32.
    edge_urbanity
        How built-up the surroundings are, uint8, 0 rural to 255 urban.
    shape_ptr, shape_lon, shape_lat
        Inner vertices of each edge, tail to head: offsets int64 ``(edges + 1,)`` and coordinates in 1e-7 degrees,
        int32.
    forward, reverse
        CSR arcs leaving and entering each node.
    name_ptr, name_bytes
        Names as one UTF-8 text with offsets.
    meta
        Sources, hashes, credits, notices and counts, as saved in ``meta.json``.
    folder
        Where the network was loaded from, so that other processes can map the same files; None when in memory only.
    """

    node_lon: NDArray[np.float64]
    node_lat: NDArray[np.float64]
    node_id: NDArray[np.int64]
    component_id: NDArray[np.int32]
    component_nodes: NDArray[np.int64]
    component_snappable: NDArray[np.bool_]
    edge_tail: NDArray[np.int32]
    edge_head: NDArray[np.int32]
    edge_ms: NDArray[np.int32]
    edge_back_ms: NDArray[np.int32]
    edge_m: NDArray[np.int32]
    road_class: NDArray[np.uint8]
    way_id: NDArray[np.int64]
    edge_name: NDArray[np.int32]
    edge_urbanity: NDArray[np.uint8]
    shape_ptr: NDArray[np.int64]
    shape_lon: NDArray[np.int32]
    shape_lat: NDArray[np.int32]
    forward: Arcs
    reverse: Arcs
    name_ptr: NDArray[np.int64]
    name_bytes: NDArray[np.uint8]
    meta: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return int(self.node_lon.size)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return int(self.edge_tail.size)

    @functools.cached_property
    def longest_arc(self) -> int:
        """Greatest packed cost of an arc, which sizes the searches' queues."""
        return int(self.forward.costs.max(initial=0))

    @functools.cached_property
    def snappable(self) -> NDArray[np.bool_]:
        """Whether points may snap to each edge: both ends in one component that is open to it."""
        tail = self.component_id[self.edge_tail]
        return np.asarray((tail == self.component_id[self.edge_head]) & self.component_snappable[tail])

    @functools.cached_property
    def boxes(self) -> tuple[NDArray[np.float64], ...]:
        """West, south, east and north of every edge (degrees), kept since every single question asks for them."""
        from deserts.roads.lines import edge_boxes

        return edge_boxes(self)

    def name(self, edge: int) -> str:
        """Return an edge's name, or an empty text."""
        index = int(self.edge_name[edge])
        return bytes(self.name_bytes[self.name_ptr[index] : self.name_ptr[index + 1]]).decode("utf-8")

    def shape(self, edge: int) -> NDArray[np.float64]:
        """Return an edge's line from tail to head, ``(vertices, 2)`` lon/lat in degrees."""
        inner = slice(int(self.shape_ptr[edge]), int(self.shape_ptr[edge + 1]))
        ends = [self.edge_tail[edge], self.edge_head[edge]]
        lon = np.concatenate([self.node_lon[ends[:1]], self.shape_lon[inner] * _E7, self.node_lon[ends[1:]]])
        lat = np.concatenate([self.node_lat[ends[:1]], self.shape_lat[inner] * _E7, self.node_lat[ends[1:]]])
        return np.column_stack([lon, lat])

    def save(self, folder: Path) -> None:
        """Write the network into a folder, which appears whole or not at all; the old one stands until then.

        What is saved has been proved: no index leads out of its array, no time is negative. The hash of each array
        carries that proof to whoever loads it.

        Raises
        ------
        InputError
            If the arrays do not fit each other.
        StorageError
            If the system refuses: no room, no right to write.
        """
        prove(self)
        with atomic_folder(folder) as temporary:
            for name, array in self._arrays().items():
                np.save(temporary / f"{name}.npy", array, allow_pickle=False)
            write_json(temporary / INDEX, {**self.meta, "format": FORMAT, "files": index_of(temporary)})

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = True) -> Network:
        """Open a saved network; with ``mmap`` its pages are shared by all processes that do so.

        Raises
        ------
        MissingDataError
            If there is no network in the folder.
        DamagedDataError
            If it is damaged or of another version.
        """
        restore_folder(folder)
        if not (folder / INDEX).is_file():
            raise MissingDataError("no road network here", where=folder, fix="run the stage `roads` first")
        try:
            meta = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            if meta.get("format") != FORMAT:
                raise DamagedDataError(
                    f"the road network is of version {meta.get('format')}, this is version {FORMAT}",
                    where=folder,
                    fix=_FIX,
                )
            files = meta.pop("files")
            for name in _file_names():
                require(folder / f"{name}.npy", Digest.from_json(files[f"{name}.npy"]), fix=_FIX)
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r" if mmap else None) for name in _file_names()}
        except (OSError, ValueError, EOFError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, DamagedDataError):
                raise
            raise DamagedDataError(f"the road network is damaged: {error!r}", where=folder, fix=_FIX) from error
        forward, reverse = (
            Arcs(*(arrays.pop(f"{side}_{part.name}") for part in fields(Arcs))) for side in ("forward", "reverse")
        )
        return cls(**arrays, forward=forward, reverse=reverse, meta=meta, folder=folder)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        found: dict[str, NDArray[Any]] = {}
        for name in _file_names():
            side, _, part = name.partition("_")
            found[name] = getattr(getattr(self, side), part) if side in ("forward", "reverse") else getattr(self, name)
        return found

    @classmethod
    def from_osmnx(cls, graph: nx.MultiDiGraph) -> Network:
        """Build a network from an OSMnx graph; see `deserts.roads.osmnx_bridge.from_osmnx`."""
        from deserts.roads.osmnx_bridge import from_osmnx

        return from_osmnx(graph)

    def to_osmnx(self, bbox: tuple[float, float, float, float] | None = None) -> nx.MultiDiGraph:
        """Return the part within (west, south, east, north) for OSMnx; see `deserts.roads.osmnx_bridge.to_osmnx`."""
        from deserts.roads.osmnx_bridge import to_osmnx

        return to_osmnx(self, bbox)


@functools.cache
def _file_names() -> tuple[str, ...]:
    """Names of the array files, in a fixed order."""
    plain = [f.name for f in fields(Network) if f.name not in ("forward", "reverse", "meta", "folder")]
    return (*plain, *(f"{side}_{part.name}" for side in ("forward", "reverse") for part in fields(Arcs)))

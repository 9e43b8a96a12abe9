"""Prove that the arrays of a network fit each other, before compiled code reads them without looking.

Compiled searches check no bounds: an index out of its array ends the process without a word, or gives minutes that are
nobody's. Every network is proved when it is saved; its hashes carry the proof to all who load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.costs import CLOSED, METRE_BITS
from deserts.roads.turns import FORBIDDEN

if TYPE_CHECKING:
    from deserts.roads.arrays import Arcs, RoadArrays

__all__ = ["prove"]

_LEAST_COST = 1 << METRE_BITS
_COST_BITS = 53
_DELAY_BITS = 22


def prove(network: RoadArrays) -> None:
    """Check the bounds of every index and the sign of every time.

    Raises
    ------
    InputError
        With everything that does not fit.
    """
    found = [
        *_nodes(network),
        *_edges(network),
        *_offsets("name_ptr", network.name_ptr, network.name_ptr.size - 1, network.name_bytes.size),
        *_offsets("shape_ptr", network.shape_ptr, network.edges, network.shape_lon.size),
        *_offsets("shore_ptr", network.shore_ptr, network.shore_ptr.size - 1, network.shore_lon.size),
        *([] if network.shore_lon.size == network.shore_lat.size else ["shores differ in size"]),
        *([] if _own_shores_fit(network) else ["the shores of its own are not among the shores"]),
        *_arcs("forward", network.forward, network.nodes),
        *_arcs("reverse", network.reverse, network.nodes),
        *_copies(network),
        *_turns(network),
    ]
    if found:
        raise InputError(
            f"the arrays of the road network do not fit each other: {'; '.join(found)}",
            fix="run the stage `roads` again; if it says so again, report the extract that it was made from",
        )


def _nodes(network: RoadArrays) -> list[str]:
    sizes = {name: getattr(network, name).size for name in ("node_lon", "node_lat", "node_id", "component_id")}
    components = network.component_nodes.size
    return [
        *([f"sizes differ: {sizes}"] if len(set(sizes.values())) > 1 else []),
        *_within("component_id", network.component_id, 0, components),
        *_within("node_lon", network.node_lon, -180.0, 180.1),
        *_within("node_lat", network.node_lat, -90.0, 90.1),
    ]


def _edges(network: RoadArrays) -> list[str]:
    names = (
        "edge_tail", "edge_head", "edge_ms", "edge_back_ms", "edge_m", "road_class", "way_id", "edge_name",
        "edge_urbanity", "edge_flags",
    )  # fmt: skip
    sizes = {name: getattr(network, name).size for name in names}
    return [
        *([f"sizes differ: {sizes}"] if len(set(sizes.values())) > 1 else []),
        *([] if network.shape_lon.size == network.shape_lat.size else ["shapes differ in size"]),
        *_within("edge_tail", network.edge_tail, 0, network.nodes),
        *_within("edge_head", network.edge_head, 0, network.nodes),
        *_within("edge_ms", network.edge_ms, 0, None),
        *_within("edge_back_ms", network.edge_back_ms, 0, None),
        *_within("edge_m", network.edge_m, 1, None),
        *_within("road_class", network.road_class, 0, len(network.meta.get("road_classes", ())) or None),
        *_within("edge_name", network.edge_name, 0, max(1, network.name_ptr.size - 1)),
    ]


def _arcs(side: str, arcs: Arcs, nodes: int) -> list[str]:
    return [
        *_offsets(f"{side}_ptr", arcs.ptr, nodes, arcs.heads.size),
        *([] if arcs.heads.size == arcs.costs.size else [f"{side}_heads and {side}_costs differ in size"]),
        *_within(f"{side}_heads", arcs.heads, 0, nodes),
        *_within(f"{side}_costs", arcs.costs[arcs.costs != CLOSED], _LEAST_COST, 1 << _COST_BITS),
    ]


def _copies(network: RoadArrays) -> list[str]:
    return [
        *([] if network.copy_of.size == network.copy_edge.size else ["copy_of and copy_edge differ in size"]),
        *_within("copy_of", network.copy_of, 0, network.edges),
        *_within("copy_edge", network.copy_edge, 0, network.edges),
        *([] if bool(np.all(network.copy_of[1:] >= network.copy_of[:-1])) else ["copy_of is not in order"]),
    ]


def _turns(network: RoadArrays) -> list[str]:
    turns = network.turns
    if turns is None:
        return []
    arcs = network.forward.heads.size
    found = [
        *([] if turns.of_edge.shape == (network.edges, 2) else ["turns_of_edge has not a row for each edge"]),
        *_within("turns_of_edge", turns.of_edge, -1, arcs),
        *_within("turns_delay_ms", turns.delay_ms, 0, 1 << _DELAY_BITS),
        *([] if turns.delay_ms.size <= FORBIDDEN else ["turns_delay_ms has too many codes"]),
    ]
    for name, side, of in (("forward", turns.forward, network.forward), ("reverse", turns.reverse, network.reverse)):
        sizes = {column: getattr(side, column).size for column in ("row", "slack", "mate")}
        if set(sizes.values()) != {arcs}:
            found.append(f"turns_{name}: sizes differ from the {arcs:,} arcs: {sizes}")
            continue
        last = side.row + (of.ptr[of.heads + 1] - of.ptr[of.heads]).astype(np.int64)
        found += _within(f"turns_{name}_row", last, 0, side.codes.size + 1)
        found += _within(f"turns_{name}_mate", side.mate, 0, arcs)
    return found


def _within(name: str, values: NDArray[Any], low: float, below: float | None) -> list[str]:
    """Return what is wrong with values that should be at least ``low`` and less than ``below``; NaN is never right."""
    if not values.size:
        return []
    least, most = values.min(), values.max()
    fits = bool(least >= low and (most < below if below is not None else most >= low))
    return [] if fits else [f"{name} runs from {least} to {most}"]


def _offsets(name: str, offsets: NDArray[Any], slots: int, items: int) -> list[str]:
    """Return what is wrong with offsets that should part ``items`` things into ``slots`` slots."""
    if offsets.size != slots + 1 or int(offsets[0]) != 0 or int(offsets[-1]) != items:
        return [f"{name} does not part {items:,} items into {slots:,}"]
    return [] if bool(np.all(offsets[1:] >= offsets[:-1])) else [f"{name} runs backwards"]


def _own_shores_fit(network: RoadArrays) -> bool:
    own = network.meta.get("shores", {}).get("own_lines", 0)
    return isinstance(own, int) and 0 <= own < max(1, network.shore_ptr.size)

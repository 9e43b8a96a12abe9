"""Cut a network to what drives from one area need, so that every minute stays as it was.

Inside the area every road is kept. Outside it those alone are kept that lie on a quickest way from the area's rim to a
place that is asked for, with and without roads that are closed for a part of the year. A drive that leaves the area for
good passes its rim, and from there goes a quickest way: so no drive gets longer, and none shorter. Kept roads outside
are marked `EdgeFlag.THROUGH`: nobody is put onto them, since the roads beside them are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from deserts.arrays import Floats
from deserts.earth import EARTH_RADIUS_KM, on_sphere
from deserts.errors import InputError
from deserts.roads.build import arcs_of
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.search import search_of
from deserts.roads.seasonal import without_seasonal
from deserts.roads.snapping import Snaps
from deserts.roads.times import distinct_places

__all__ = ["Cut", "cut_network", "km_to", "roads_within"]

_SHORES_KM = 50.0
"""How much farther out shores are kept than roads (km): a leg from the area's rim may reach there."""


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A network that was cut, and the new number of each former edge, -1 where it is gone."""

    network: Network
    edge: NDArray[np.int32]


def roads_within(network: Network, lon: Floats, lat: Floats, *, km: float) -> NDArray[np.bool_]:
    """Return which edges may come within so many kilometres of any of some places; a few more do no harm."""
    at = km_to(network.node_lon, network.node_lat, lon, lat)
    ends = np.minimum(at[network.edge_tail], at[network.edge_head])
    return np.asarray(ends <= km + np.asarray(network.edge_m) / 1000)


def cut_network(network: Network, whole: NDArray[np.bool_], targets: Sequence[Snaps]) -> Cut:
    """Return the roads of an area, and those on the quickest ways from it.

    Parameters
    ----------
    network
        The roads, searched on their nodes.
    whole
        Which edges lie in the area.
    targets
        Places on the network that drives end at.

    Raises
    ------
    InputError
        If the network knows turns.
    """
    if network.turns is not None:
        raise InputError("a network with turns cannot be cut", expected="one that is searched on its nodes")
    ends = [target.edge[target.edge >= 0] for target in targets]
    used = _ways_out(network, whole, targets)
    for without in without_seasonal(network).values():  # an answer says what a drive is while they are closed
        used |= _ways_out(without, whole, targets)
    used[np.concatenate([np.zeros(0, dtype=np.int32), *ends])] = True
    kept = whole | used
    kept[network.copy_edge[kept[network.copy_of]]] = True  # a road is left and come to over its copies
    return _without_rest(network, kept, through=kept & ~whole)


def km_to(lon: Floats, lat: Floats, place_lon: Floats, place_lat: Floats) -> Floats:
    """Return how far each point lies from the nearest of some places, by great circle (km; all in degrees)."""
    from scipy.spatial import cKDTree

    chord, _ = cKDTree(on_sphere(place_lon, place_lat)).query(on_sphere(lon, lat))
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, chord / 2)))


def _ways_out(network: Network, whole: NDArray[np.bool_], targets: Sequence[Snaps]) -> NDArray[np.bool_]:
    """Return which edges lie on a quickest way from a node of the area's rim to a target."""
    inside = np.zeros(network.nodes, dtype=bool)
    outside = np.zeros(network.nodes, dtype=bool)
    for nodes in (network.edge_tail, network.edge_head):
        inside[nodes[whole]] = True
        outside[nodes[~whole]] = True
    rim = np.flatnonzero(inside & outside).astype(np.int32)
    used = np.zeros(network.edges, dtype=bool)
    if not rim.size:
        return used
    ends, times = (network.edge_tail, network.edge_head), (network.edge_ms, network.edge_back_ms, network.edge_m)
    arcs, keys = arcs_of(network.nodes, ends, times, network.closed, reverse=False, keyed=True)
    search = search_of(network, reverse=True)
    stamp = np.zeros(network.nodes, dtype=np.int32)
    number = 0
    for target in targets:
        _, places = distinct_places(target)
        states, costs = search.starts(places)
        for i in range(len(places)):
            number += 1
            with search.labels(states[i], costs[i], limit_cost(None)) as labels:
                _mark_ways(
                    rim, inside, labels, (states[i], costs[i]), (arcs.ptr, arcs.heads, arcs.costs, keys),
                    (stamp, number), used,
                )  # fmt: skip
    return used


@njit(cache=True, nogil=True)
def _mark_ways(rim, inside, labels, starts, arcs, stamped, used):  # type: ignore[no-untyped-def]
    """Follow one quickest way from each node of the rim to where the search began or back into the area."""
    states, costs = starts
    ptr, heads, arc_costs, keys = arcs
    stamp, number = stamped
    for first in rim:
        node = first
        while labels[node] < UNREACHED and stamp[node] != number:
            stamp[node] = number
            is_end = False
            for i in range(states.size):
                if states[i] == node and costs[i] == labels[node]:
                    is_end = True
            if is_end:
                break
            following = -1
            for arc in range(ptr[node], ptr[node + 1]):
                if labels[heads[arc]] < UNREACHED and labels[heads[arc]] + arc_costs[arc] == labels[node]:
                    used[keys[arc] >> 1] = True
                    following = heads[arc]
                    break
            if following < 0 or inside[following]:
                break
            node = following


def _without_rest(network: Network, kept: NDArray[np.bool_], *, through: NDArray[np.bool_]) -> Cut:
    """Return the network of some edges, in their former order; roads that are only passed lose their shape."""
    number = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    alive = np.zeros(network.nodes, dtype=bool)
    alive[network.edge_tail[kept]] = True
    alive[network.edge_head[kept]] = True
    node = (np.cumsum(alive) - 1).astype(np.int32)
    flags = np.where(through, network.edge_flags | np.uint8(EdgeFlag.THROUGH), network.edge_flags).astype(np.uint8)
    bends = np.diff(network.shape_ptr)
    of_bend = np.repeat(kept & ~through, bends)
    pairs = (number[network.copy_of] >= 0) & (number[network.copy_edge] >= 0)
    tail, head = node[network.edge_tail[kept]], node[network.edge_head[kept]]
    times = network.edge_ms[kept], network.edge_back_ms[kept], network.edge_m[kept]
    forward, reverse = (
        arcs_of(int(alive.sum()), (tail, head), times, network.closed[kept], reverse=side)[0] for side in (False, True)
    )
    arrays: dict[str, Any] = {
        "node_lon": network.node_lon[alive], "node_lat": network.node_lat[alive], "node_id": network.node_id[alive],
        "component_id": network.component_id[alive],
        "edge_tail": tail, "edge_head": head, "edge_ms": times[0], "edge_back_ms": times[1], "edge_m": times[2],
        "edge_flags": flags[kept],
        **{name: getattr(network, name)[kept] for name in ("road_class", "way_id", "edge_name", "edge_urbanity")},
        "shape_ptr": np.concatenate([[0], np.cumsum(np.where(through, 0, bends)[kept])]).astype(np.int64),
        "shape_lon": network.shape_lon[of_bend], "shape_lat": network.shape_lat[of_bend],
        "copy_of": number[network.copy_of[pairs]], "copy_edge": number[network.copy_edge[pairs]],
        **_shores_near(network, kept & ~through),
    }  # fmt: skip
    return Cut(replace(network, forward=forward, reverse=reverse, folder=None, **arrays), number)


def _shores_near(network: Network, whole: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the shores that a leg in the area may meet."""
    if not network.shore_lon.size or not whole.any():
        return {}
    west, south, east, north = (side[whole] for side in network.boxes)
    lon, lat = network.shore_lon * 1e-7, network.shore_lat * 1e-7
    up = _SHORES_KM / (EARTH_RADIUS_KM * np.pi / 180)
    aside = up / max(0.1, float(np.cos(np.radians(min(89.0, np.abs([south.min(), north.max()]).max())))))
    near = (
        (lon >= west.min() - aside)
        & (lon <= east.max() + aside)
        & (lat >= south.min() - up)
        & (lat <= north.max() + up)
    )
    points = np.diff(network.shore_ptr)
    line = np.repeat(np.arange(points.size), points)
    stays = np.bincount(line, weights=near, minlength=points.size) > 0
    on = stays[line]
    own = network.meta["shores"].get("own_lines", 0)
    return {
        "meta": {**network.meta, "shores": {**network.meta["shores"], "own_lines": int(stays[:own].sum())}},
        "shore_ptr": np.concatenate([[0], np.cumsum(points[stays])]).astype(np.int64),
        "shore_lon": network.shore_lon[on],
        "shore_lat": network.shore_lat[on],
    }

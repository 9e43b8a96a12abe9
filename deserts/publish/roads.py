"""The main roads of a map's background, drawn from the run's own road network: no tile server is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from deserts.publish import geometry
from deserts.publish.layers import Frame
from deserts.publish.plane import project_shapes
from deserts.store import Store

if TYPE_CHECKING:
    from deserts.roads import Network

__all__ = ["edge_lines", "road_layer"]

_WIDTHS = {"motorway": 2.2, "trunk": 1.6, "primary": 1.0}
_WIDE_GRID_DEG = 1e-3
_MARGIN_DEG = 0.6
_EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)


def road_layer(store: Store, *, frame: Frame) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the main roads by class, and the credits that the network's own record demands.

    Roads of a map of many states are motorways and trunk roads alone. Without a network there are none.
    """
    if not store.has_network():
        return [], ()
    from deserts.roads import Network

    network = Network.load(store.find_network())
    wide = frame.grid_deg >= _WIDE_GRID_DEG
    bounds = _EVERYWHERE if frame.flat else frame.bounds
    names = list(network.meta["road_classes"])
    layers = []
    for name, width in _WIDTHS.items():
        if name not in names or (wide and name == "primary"):
            continue
        lines = edge_lines(network, network.own & (network.road_class == names.index(name)), bounds=bounds)
        if len(lines) == 0:
            continue
        lines = project_shapes(lines) if frame.flat else lines
        merged = shapely.line_merge(shapely.multilinestrings(lines))
        simple = shapely.simplify(merged, 2 * frame.tolerance_deg, preserve_topology=False)
        encoded = geometry.encode_lines(np.array([simple], dtype=object), grid_deg=frame.grid_deg)
        layers.append({"class": name, "width": width / 2 if wide else width, "lines": encoded})
    return layers, tuple(network.meta.get("attribution", ()))


def edge_lines(
    network: Network, chosen: npt.NDArray[np.bool_], *, bounds: tuple[float, float, float, float]
) -> npt.NDArray[Any]:
    """Return the chosen edges that start near the bounds as lines, EPSG:4326.

    Parameters
    ----------
    network
        Roads.
    chosen
        Which edges, ``(edges,)``.
    bounds
        West, south, east, north in degrees; edges that start more than 0.6 degrees outside are left out.
    """
    edges = np.flatnonzero(chosen)
    tail = np.asarray(network.edge_tail)[edges]
    lon, lat = np.asarray(network.node_lon)[tail], np.asarray(network.node_lat)[tail]
    west, south, east, north = bounds
    near = (
        (lon >= west - _MARGIN_DEG)
        & (lon <= east + _MARGIN_DEG)
        & (lat >= south - _MARGIN_DEG)
        & (lat <= north + _MARGIN_DEG)
    )
    edges = edges[near]
    first = np.asarray(network.shape_ptr)[edges]
    inner = np.asarray(network.shape_ptr)[edges + 1] - first
    owner = np.repeat(np.arange(len(edges)), inner)
    place = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner) + np.repeat(first, inner)
    ends = [np.asarray(network.edge_tail)[edges], np.asarray(network.edge_head)[edges]]
    owners = np.concatenate([np.arange(len(edges)), owner, np.arange(len(edges))])
    x = np.concatenate(
        [network.node_lon[ends[0]], np.asarray(network.shape_lon)[place] * 1e-7, network.node_lon[ends[1]]]
    )
    y = np.concatenate(
        [network.node_lat[ends[0]], np.asarray(network.shape_lat)[place] * 1e-7, network.node_lat[ends[1]]]
    )
    order = np.argsort(owners, kind="stable")  # tail, inner vertices, head of each edge in turn
    lines: npt.NDArray[Any] = shapely.linestrings(np.column_stack([x, y])[order], indices=owners[order])  # type: ignore[assignment]  # an array, since indices are given
    return lines

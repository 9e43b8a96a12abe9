"""Isochrones on New York streets: speed against the union of buffered edges, and how true the shapes are.

Fidelity over 20 sites and the bands 30, 60, 90 and 120 minutes: the share of nodes reached in time that lie inside, and
of the nodes inside the share that is not reached in time.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks.bench_roads import chosen_nodes, new_york
from benchmarks.harness import Report, Timing, alternating, shared_data
from deserts.roads import Network, Snaps, snap
from deserts.roads.isochrone import Lines, arrival_minutes, band_polygons, node_minutes, raster_settings

BANDS = (30.0, 60.0, 90.0, 120.0)
_SITES = 20
_BUFFER_M = 200.0


def sites_at(network: Network, nodes: np.ndarray) -> Snaps:
    """Snap onto nodes."""
    return snap(network, network.node_lon[nodes], network.node_lat[nodes], max_snap_km=1.0)


def buffered_union(network: Network, minutes: np.ndarray) -> list[object]:
    """Draw bands the usual way: the union of the buffered edges with both ends reached."""
    import shapely

    middle = np.cos(np.radians(40.8))
    x, y = network.node_lon * 111_195 * middle, network.node_lat * 111_195
    tail, head = network.edge_tail, network.edge_head
    shapes = []
    for band in BANDS:
        inside = (minutes[tail] <= band) & (minutes[head] <= band)
        ends = np.stack([np.stack([x[tail], y[tail]], -1)[inside], np.stack([x[head], y[head]], -1)[inside]], 1)
        shapes.append(shapely.union_all(shapely.buffer(shapely.linestrings(ends), _BUFFER_M, quad_segs=2)))
    return shapes


def main() -> None:
    """Measure and write."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to draw")
        return
    import shapely

    report = Report("roads_isochrones", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    network = new_york(data / "roads" / "ny_dimacs")
    settings = raster_settings(network, cell_m=None, off_road_km=None)
    lines = Lines.of(network)
    sites = sites_at(network, chosen_nodes(network, _SITES))
    runs = alternating(
        {"deserts, 4 bands, search and shapes": lambda: band_polygons(network, lines, sites[7:8], BANDS, settings)},
        runs=7,
    )
    minutes = node_minutes(network, arrival_minutes(network, sites[7:8], BANDS[-1]))
    start = time.perf_counter()
    buffered_union(network, minutes)
    union = Timing((time.perf_counter() - start,))
    ours = next(iter(runs.values()))
    report.timings("one site, 4 bands", runs | {"union of buffered edges, shapes only (one run)": union})
    report.fact("times faster than the union of buffered edges", union.median / ours.median)
    places = shapely.points(network.node_lon, network.node_lat)
    shapely.prepare(places)
    rows = []
    found = {band: [] for band in BANDS}
    for i in range(_SITES):
        minutes = node_minutes(network, arrival_minutes(network, sites[i : i + 1], BANDS[-1]))
        shapes = band_polygons(network, lines, sites[i : i + 1], BANDS, settings)
        for band, shape in zip(BANDS, shapes, strict=True):
            shapely.prepare(shape)
            inside = shapely.intersects(shape, places)
            reached = minutes <= band
            found[band].append(
                ((inside & reached).sum() / reached.sum(), (inside & ~reached).sum() / inside.sum(), shape.is_valid)
            )
    for band, values in found.items():
        kept, wrong, valid = zip(*values, strict=True)
        rows.append(
            {
                "band_min": band, "reached nodes inside %": 100 * float(np.mean(kept)),
                "inside but not reached %": 100 * float(np.mean(wrong)), "all valid": all(valid),
            }
        )  # fmt: skip
    report.table(f"fidelity over {_SITES} sites, cells of {settings.cell_m:g} m", rows)
    report.write()


if __name__ == "__main__":
    main()

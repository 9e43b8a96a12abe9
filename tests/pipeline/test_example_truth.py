"""Known truth on the example: an independent computation, a closed bridge, islands, the clinic over the line."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.earth import great_circle_m
from deserts.example import postal
from deserts.pipeline.inputs import files_for
from deserts.roads import Network, Snaps, read_network, snap, times_to_sites
from deserts.store import Store
from tests.example_data import example_run

BRIDGE = "Long Bridge"


def _graph_with_ends(network: Network, points: Snaps, sites: Snaps) -> nx.MultiDiGraph:
    """Build the network as NetworkX sees it, with points and sites as nodes that lead to and from their roads."""
    graph = nx.MultiDiGraph()
    forward_ms, back_ms = np.asarray(network.edge_ms), np.asarray(network.edge_back_ms)
    on_edge: dict[int, list[tuple[float, tuple[str, int, int]]]] = {}
    for kind, snaps in (("point", points), ("site", sites)):
        for number, road in zip(*np.nonzero(snaps.edge >= 0), strict=True):
            stop = (kind, int(number), int(road))
            on_edge.setdefault(int(snaps.edge[number, road]), []).append((float(snaps.fraction[number, road]), stop))
            leg_min = snaps.leg_km[number, road] * snaps.km_min[number] + snaps.end_min[number]
            there, back = ((kind, int(number)), stop)[:: 1 if kind == "point" else -1]
            graph.add_edge(there, back, ms=leg_min * 60_000)
    for edge, (tail, head) in enumerate(zip(np.asarray(network.edge_tail), np.asarray(network.edge_head), strict=True)):
        stops = [(0.0, int(tail)), *sorted(on_edge.get(edge, ()), key=lambda stop: stop[0]), (1.0, int(head))]
        for (start, a), (end, b) in pairwise(stops):
            if forward_ms[edge] > 0:
                graph.add_edge(a, b, ms=(end - start) * forward_ms[edge])
            if back_ms[edge] > 0:
                graph.add_edge(b, a, ms=(end - start) * back_ms[edge])
    return graph


def _snaps(store: Store, table: str, ids: pd.Series) -> Snaps:
    key = "point_id" if table == "point_snaps" else "site_id"
    rows = store.read(table).set_index(key).loc[ids].reset_index(drop=True)
    return Snaps.from_frame(rows)


def test_a_zip_without_an_area_is_told_as_such_by_the_command(example_store):
    kinds = example_store.read("zips").set_index("zip")["kind"]
    assert kinds[[postal.PO_BOX_ZIP, postal.HOSPITAL_ZIP]].tolist() == ["po_box", "po_box"]
    assert kinds.value_counts().to_dict() == {"area": len(kinds) - 2, "po_box": 2}
    data = str(example_store.settings.data_dir)
    asked = ["backup", "--region", "example", "--data", data, "--zip"]
    box = CliRunner().invoke(build_app(), [*asked, postal.PO_BOX_ZIP])
    assert box.exit_code == 0, box.output
    assert "post-office box or a single organisation" in " ".join(box.output.split())
    area = CliRunner().invoke(build_app(), [*asked, kinds.index[kinds == "area"][0]])
    assert area.exit_code == 0
    assert "post-office" not in area.output


def test_drive_times_equal_networkx_on_the_same_network(example_store):
    times = example_store.read("drive_times").astype({"point_id": str, "site_id": str})
    network = Network.load(example_store.network_dir)
    point_ids = example_store.read("demand")["point_id"]
    site_ids = times["site_id"].drop_duplicates().sort_values().reset_index(drop=True)
    points, sites = _snaps(example_store, "point_snaps", point_ids), _snaps(example_store, "site_snaps", site_ids)
    backward = _graph_with_ends(network, points, sites).reverse(copy=False)
    checked = 0
    for number, site_id in enumerate(site_ids):
        driving = nx.single_source_dijkstra_path_length(backward, ("site", number), weight="ms")
        expected = pd.Series(
            {
                point_id: driving[("point", i)] / 60_000
                for i, point_id in enumerate(point_ids)
                if ("point", i) in driving
            }
        )
        km = great_circle_m(points.lon, points.lat, sites.lon[number], sites.lat[number]) / 1000
        local = km * (points.km_min + sites.km_min[number]) / 2 + points.end_min + sites.end_min[number]
        ends = network.meta["ends"]
        settled = km + ends["direct_leg"] * (points.snap_km + sites.snap_km[number]) <= ends["direct_km"]
        near = pd.Series(np.where(settled, local, np.inf), index=point_ids)
        inside = pd.Series(points.within_km * points.km_min + 2 * points.end_min, index=point_ids)
        expected = expected.clip(upper=near[expected.index]).clip(lower=inside[expected.index])
        found = times[times["site_id"] == site_id].set_index("point_id")["drive_min"]
        within = expected[expected <= 480]
        assert set(found.index) == set(within.index)
        # minutes are kept to whole milliseconds a stretch: two ends and four decimals
        assert (found - within[found.index]).abs().max() < 3e-4
        checked += len(found)
    assert checked == len(times) > 5_000


def _without_way(source, target, name: str) -> int:
    dropped = 0
    with osmium.SimpleWriter(str(target)) as writer:
        for thing in osmium.FileProcessor(str(source)):
            if thing.is_way() and thing.tags.get("name") == name:
                dropped += 1
                continue
            writer.add(thing)
    return dropped


def test_a_closed_bridge_lengthens_drives_and_shortens_none(example_data, tmp_path):
    run = example_run(example_data)
    roads = [file.path for file in files_for(run, "roads")]
    closed = [tmp_path / path.name for path in roads]
    assert sum(_without_way(a, b, BRIDGE) for a, b in zip(roads, closed, strict=True)) >= 1
    demand, sites = run.store.read("demand"), run.store.read("sites").query("supplies and lon == lon").head(40)
    minutes = []
    for files in (roads, closed):
        network = read_network(files)
        points = snap(network, demand["lon"], demand["lat"], max_snap_km=40)
        ends = snap(network, sites["lon"], sites["lat"], max_snap_km=40)
        pairs = times_to_sites(network, points, ends, limit_min=480)
        minutes.append(pd.Series(pairs.drive_min, index=pd.MultiIndex.from_arrays([pairs.point, pairs.site])))
    before, after = minutes
    both = after.index.intersection(before.index)
    added = after[both] - before[both]
    assert after.index.isin(before.index).all()
    assert added.min() > -0.05  # a point that had snapped to the bridge itself may start a little elsewhere
    assert (added > 5).sum() > 100


def test_the_island_without_a_clinic_is_unreachable_and_the_one_with_a_clinic_is_served(example_store):
    counties = example_store.read("counties").set_index("county_fips")
    scores = example_store.read("county_scores").set_index("county_fips")
    lost = scores[scores["unreachable_share"] == 1]
    assert lost["status"].tolist() == ["unreachable"]
    assert lost["nearest_median_min"].isna().all()
    assert lost["beyond_240_share"].tolist() == [1.0]
    assert lost["desert_rank"].tolist() == [4]
    reach = example_store.read("reach").merge(example_store.read("demand")[["point_id", "county_fips"]], on="point_id")
    there = reach[reach["county_fips"] == lost.index[0]]
    assert set(there["status"]) == {"unreachable"}
    assert there["drive_min"].isna().all()
    served = example_store.read("sites").query("supplies and grade_rank <= 3")
    shapes = counties.loc[scores.index[scores["unreachable_share"] < 1]]
    assert len(served) > 5
    assert len(shapes) == len(scores) - 1


def test_the_clinic_over_the_state_line_is_found(example_store):
    reach = example_store.read("reach").query("basis == 'site' and rank == 1 and status == 'ok'")
    sites = example_store.read("sites").set_index("site_id")
    over = reach[reach["site_id"].map(sites["state"]) == "XB"]
    assert len(over) > 10
    assert over["point_id"].str.startswith("97").all()  # the points are this state's own


def test_every_scored_point_has_an_answer_and_people_are_conserved(example_store):
    demand = example_store.read("demand").query("scored")
    first = example_store.read("reach").query("basis == 'site' and rank == 1")
    assert set(first["point_id"]) == set(demand["point_id"])
    scores = example_store.read("county_scores")
    assert scores["population"].sum() == pytest.approx(demand["population"].sum())
    assert scores["points"].sum() == len(demand)


def test_traps_of_the_example_come_out_as_they_should(example_store):
    people = example_store.read("specialists")
    sites = example_store.read("sites")
    assert set(people["grade"]) == {
        "bills_baclofen", "refills_pumps", "manages_pumps", "implants", "specialty_only", "contradicted",
    }  # fmt: skip
    organisations = people[people["entity"] == "O"]
    assert sorted(organisations["supplies"].unique().tolist()) == [False, True]
    per_person = sites[sites["supplies"]].groupby("npi")["share"].agg(["sum", "size"])
    assert per_person["sum"].to_numpy() == pytest.approx(1)
    assert per_person["size"].max() == 3
    assert (people.loc[people["drug"] == "baclofen_proven", "grade_rank"] <= 4).all()

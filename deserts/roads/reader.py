"""Read OpenStreetMap extracts (``.pbf``, ``.osm`` and packed ``.osm``) as a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.progress import track
from deserts.roads.bends import slowed_in_bends
from deserts.roads.build import lay_out
from deserts.roads.checked import not_checked
from deserts.roads.edges import Edges, Junctions
from deserts.roads.joining import Chains, join_strokes
from deserts.roads.junctions import held_at_junctions
from deserts.roads.land import shores_about, with_own
from deserts.roads.merging import merged, shared_nodes
from deserts.roads.network import Network
from deserts.roads.osm.extract import OSM_CREDIT, Extract, read_extract
from deserts.roads.osm.waters import DrawnShores, joined_shores
from deserts.roads.pages import give_back, own_pages
from deserts.roads.plan import Plan, plan_of
from deserts.roads.restrictions import Bans, Restriction, nodes_to_keep, read_restrictions, restrict
from deserts.roads.seasons import Season
from deserts.roads.speeds import JUNCTION_PARTS, RoadKind, SpeedModel, load_speeds
from deserts.roads.stand_ins import surroundings_of
from deserts.roads.strokes import Strokes, cut_into_strokes
from deserts.roads.tags import ROAD_CLASSES
from deserts.roads.timing import Lines, draw, held_up, time_edges
from deserts.roads.urbanity import Population, Surroundings
from deserts.roads.zones import bar_zones
from deserts.store import sha256_of
from deserts.tables import MINUTE

__all__ = ["OSM_CREDIT", "Population", "model_facts", "plain_junctions", "read_network"]


@own_pages()
def read_network(
    paths: Path | Sequence[Path],
    *,
    speeds: SpeedModel | None = None,
    population: Population | None = None,
    turns: bool = False,
    season: Season = Season.SUMMER,
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
        roads around instead, and in an extract too small for that all roads as in between town and country.
    turns
        Whether the network knows turns at junctions: what each costs, and which are forbidden.
    season
        In which it is to be driven: mountain passes may be closed, and seasonal ferries do not sail.
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
    shared = shared_nodes(files) if len(files) > 1 else np.zeros(0, dtype=np.int64)
    found = _Files(shared, turns=turns, contract=contract)
    for path in track(files, "reading roads"):
        found.add(path)
    strokes = merged(found.strokes, shared, [path.name for path in files])
    if not strokes.tail.size:
        raise InputError(
            "no road that cars may use",
            where=", ".join(path.name for path in files),
            expected="ways with a highway tag and the nodes they run through",
            fix="check the extract: it may have been filtered to something else",
        )
    chains = join_strokes(strokes, np.isin(strokes.node_id, found.stays) | (not contract))
    plan, bans, counted = _planned(strokes, chains, found)
    lines = draw(plan, strokes, chains)
    box, strokes = _box(strokes), strokes.ends()
    del chains
    around = surroundings_of(lines, plan, strokes, box=box, model=model, population=population)
    edges = time_edges(lines, plan, strokes, surroundings=around)
    if around.rules.bends is not None:
        edges = slowed_in_bends(edges, around.rules.bends)
    edges = held_up(edges, lines, plan, model)
    junctions = _junctions(lines, plan, strokes, bans, around) if turns else None
    del strokes, plan, lines
    if not turns or around.kind is RoadKind.HIGHWAYS:
        edges = held_at_junctions(edges, around.rules)
    meta = {
        "attribution": sorted(found.credits),
        "notices": [] if (unchecked := not_checked(around.kind, box)) is None else [unchecked],
        "sources": [
            {"file": path.name, "sha256": sha256_of(path), "size_bytes": path.stat().st_size}
            for path in sorted(files, key=lambda p: p.name)
        ],
        "road_classes": list(ROAD_CLASSES),
        "rules": counted,
        **model_facts(around),
    }
    drawn = joined_shores(found.waters)
    meta["shores"] |= {"own_lines": drawn.ids.size}
    shores = with_own(drawn, shores_about(edges.node_lon, edges.node_lat))
    give_back()
    return lay_out(edges, meta=meta, shores=shores, junctions=junctions, season=season)


def model_facts(around: Surroundings) -> dict[str, Any]:
    """Return what a saved network keeps of its speed model: what it holds, and what the ends of a trip take."""
    rules, local, water = around.rules, around.model.local, around.model.water
    steps = np.log([rules.scale.rural, rules.scale.urban, local.rural, local.urban])
    return {
        "kind": around.kind.value,
        "density": around.density.value,
        "people_km2": [rules.scale.rural, rules.scale.urban],
        "minute": MINUTE,
        "ends": {
            "roads": rules.roads,
            "direct_km": rules.direct_km,
            "direct_leg": rules.direct_leg,
            "beside_km": rules.beside_km,
            "long_leg_km": rules.long_leg_km,
            "rural_kmh": local.rural_kmh,
            "urban_kmh": local.urban_kmh,
            "end_rural_min": local.end_rural_min,
            "end_urban_min": local.end_urban_min,
            "detour": local.detour,
            "slope": round(float((steps[1] - steps[0]) / (steps[3] - steps[2])), 9),
            "offset": round(float((steps[0] - steps[2]) / (steps[3] - steps[2])), 9),
        },
        "doubts": around.model.doubts.facts(),
        "shores": {
            "widest_m": water.outline_widest_m,
            "off_shore_m": water.outline_off_shore_m,
            "own_lines": 0,
            "own_widest_m": water.widest_m,
            "own_off_shore_m": water.off_shore_m,
        },
    }


class _Files:
    """What was read of each file."""

    def __init__(self, shared: NDArray[np.int64], *, turns: bool, contract: bool) -> None:
        self._shared = shared
        self.strokes: list[Strokes] = []
        self.credits: set[str] = set()
        self.restrictions: list[Restriction] = []
        self.left_out: Counter[str] = Counter()
        self.stays = np.zeros(0, dtype=np.int64)
        self.waters: list[DrawnShores] = []
        self._turns, self._contract = turns, contract

    def add(self, path: Path) -> None:
        """Read one more file."""
        extract = read_extract(path)
        give_back()
        self.credits.add(extract.credit)
        self.waters.append(extract.waters)
        keep = self._shared
        if self._turns:
            restrictions, left_out = read_restrictions(extract.relations)
            self.restrictions += restrictions
            self.left_out += left_out
            over = {way for one in restrictions for way in one.via_ways}
            stays = nodes_to_keep(restrictions, _way_ends(extract, over))
            self.stays = np.union1d(self.stays, stays)
            keep = np.union1d(keep, stays)
        self.strokes.append(cut_into_strokes(extract, keep=keep, contract=self._contract))
        del extract
        give_back()


def _way_ends(extract: Extract, wanted: set[int]) -> dict[int, tuple[int, int]]:
    """Return first and last node of some ways."""
    at = np.flatnonzero(np.isin(extract.ways.ids, np.array(sorted(wanted), dtype=np.int64)))
    ids, ptr = extract.nodes.ids, extract.ways.ptr
    first, last = ids[extract.place[ptr[at]]], ids[extract.place[ptr[at + 1] - 1]]
    ways = extract.ways.ids[at].tolist()
    return dict(zip(ways, zip(first.tolist(), last.tolist(), strict=True), strict=True))


def _planned(strokes: Strokes, chains: Chains, found: _Files) -> tuple[Plan, Bans, dict[str, Any]]:
    """Return the edges with the copies that access rules and turn restrictions need, and what was counted."""
    plan = plan_of(strokes, chains)
    ends_only = np.array([rule.ends_only for rule in strokes.rules], dtype=bool)
    plan, barred = bar_zones(plan, ends_only[strokes.rule[chains.stroke[chains.first[:-1]]]])
    plan, bans, kept = restrict(plan, strokes, chains, found.restrictions)
    return (
        plan,
        bans,
        {
            "edges_for_arriving_or_leaving": barred,
            "turn_restrictions": dict(sorted((kept + found.left_out).items())),
        },
    )


def _junctions(lines: Lines, plan: Plan, strokes: Strokes, bans: Bans, around: Surroundings) -> Junctions:
    """Return what turns need, in the final order of edges and nodes."""
    place = np.empty(lines.edges.size, dtype=np.int64)
    place[lines.edges] = np.arange(lines.edges.size)

    def moved(arcs: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(2 * place[arcs >> 1] + (arcs & 1))

    rural, urban = _junction_ms(around)
    return Junctions(
        chain=plan.chain[lines.edges], control=strokes.control[plan.node[lines.nodes]], before=moved(bans.before),
        after=moved(bans.after), copy=moved(bans.copy), comes_from=moved(bans.comes_from), rural_ms=rural,
        urban_ms=urban,
    )  # fmt: skip


def plain_junctions(edges: Edges, around: Surroundings) -> Junctions:
    """Return what turns need where nothing is known but the edges: no signals, no restrictions."""
    none = np.zeros(0, dtype=np.int64)
    rural, urban = _junction_ms(around)
    return Junctions(
        chain=np.arange(edges.tail.size, dtype=np.int32), control=np.zeros(edges.node_id.size, dtype=np.uint8),
        before=none, after=none, copy=none, comes_from=none, rural_ms=rural, urban_ms=urban,
    )  # fmt: skip


def _junction_ms(around: Surroundings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the milliseconds of each part of a junction's delay, in the country and in town.

    On highways the mean delay of a junction stands for most of what lies between them, and is in the times already.
    """
    if around.kind is RoadKind.HIGHWAYS:
        return np.zeros(len(JUNCTION_PARTS)), np.zeros(len(JUNCTION_PARTS))
    parts = around.model.junction_s
    rural, urban = (np.array([1000 * parts[part][side] for part in JUNCTION_PARTS]) for side in (0, 1))
    return rural, urban


def _box(strokes: Strokes) -> tuple[float, float, float, float]:
    """Return west, south, east and north of the roads, degrees."""
    lon, lat = (
        [column.min(initial=edge.min()), column.max(initial=edge.max())]
        for column, edge in ((strokes.lon, strokes.node_lon), (strokes.lat, strokes.node_lat))
    )
    return lon[0] * 1e-7, lat[0] * 1e-7, lon[1] * 1e-7, lat[1] * 1e-7

"""The roads of the example: town grids, roads between towns, one motorway, bridges, passes, a ferry, rural spurs."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy.spatial import Delaunay

from deserts.arrays import Floats
from deserts.example.drawing import Board, wiggle
from deserts.example.land import ISLANDS_KM, RIVER_KM, SEED, Land
from deserts.example.towns import BlockGroup, Town

__all__ = ["LONG_BRIDGE", "build_roads"]

LONG_BRIDGE = "Long Bridge"
"""Name of the one bridge in the middle of the river that a test or a what-if can close."""

_BRIDGES = ((LONG_BRIDGE, 207.0, "trunk"), ("Mill Ford Bridge", 42.0, "secondary"))
"""Name, place along the river (y, km) and road class."""
_PASSES = (("High Pass", (291.0, 266.6)), ("Border Pass", (-55.0, 280.1)))
"""Name and place (x, y, km)."""
_TRUNK_RANK_PEOPLE = 16_000
_SECONDARY_PEOPLE = 5_000
_ISLAND_KEYS = ("own_clinic", "no_clinic", "ferry")


@dataclass
class _Town:
    """A town on the board: where outside roads may join, and all its nodes."""

    town: Town
    gates: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)

    def gate_towards(self, board: Board, target: Floats) -> int:
        """Return the end of the main streets that lies nearest to a point."""
        return min(self.gates, key=lambda node: math.dist(board.xy[node], target))


def build_roads(land: Land, towns: tuple[Town, ...], groups: tuple[BlockGroup, ...]) -> Board:
    """Draw every road of both states on one board."""
    board = Board()
    placed = [_draw_town(board, town, index) for index, town in enumerate(towns)]
    mainland = [entry for entry in placed if entry.town.key not in _ISLAND_KEYS]
    by_key = {entry.town.key: entry for entry in placed if entry.town.key}
    country = _draw_links(board, land, mainland)
    country += _draw_crossings(board, land, mainland)
    country += _draw_motorway(board, by_key)
    _draw_ferry(board, by_key)
    _draw_spurs(board, land, groups, country)
    _draw_lanes(board, land, country)
    _draw_traps(board, land, by_key)
    return board


def _draw_town(board: Board, town: Town, index: int) -> _Town:
    """Draw a turned street grid with a ragged edge; its two main streets carry a higher class."""
    rng = np.random.default_rng([SEED, 20, index])
    # an island's own network must be large enough to count as one (50 junctions)
    half = max(5 if town.key in _ISLAND_KEYS else 3, round(0.275 * town.population**0.33))
    step = town.radius_km / half
    turn = rng.uniform(0, np.pi / 2)
    phase = rng.uniform(0, 2 * np.pi, 3)
    ids: dict[tuple[int, int], int] = {}
    for i, j in itertools.product(range(-half, half + 1), repeat=2):
        angle = math.atan2(j, i)
        edge = half * (1 + 0.13 * sum(math.sin(k * angle + p) for k, p in enumerate(phase, start=2)))
        if math.hypot(i, j) <= edge or (0 in (i, j) and max(abs(i), abs(j)) <= half):
            jitter = rng.normal(0, 0.07, 2)
            u, v = (i + jitter[0]) * step, (j + jitter[1]) * step
            ids[i, j] = board.node(
                town.x + u * math.cos(turn) - v * math.sin(turn), town.y + u * math.sin(turn) + v * math.cos(turn)
            )
    placed = _Town(town, nodes=list(ids.values()))
    for is_row, line in itertools.product((True, False), range(-half, half + 1)):
        cells = [(k, line) if is_row else (line, k) for k in range(-half, half + 1)]
        for run in _runs(cells, ids):
            _draw_street(board, town, run, line, is_row=is_row)
    placed.gates = [ids[cell] for cell in ((-half, 0), (half, 0), (0, -half), (0, half))]
    return placed


def _runs(cells: list[tuple[int, int]], ids: dict[tuple[int, int], int]) -> list[list[int]]:
    """Split a row of the grid where a node is missing; single nodes make no street."""
    found = [
        [ids[cell] for cell in group] for is_there, group in itertools.groupby(cells, key=ids.__contains__) if is_there
    ]
    return [run for run in found if len(run) > 1]


def _draw_street(board: Board, town: Town, run: list[int], line: int, *, is_row: bool) -> None:
    letter = f"{abs(line)}{'N' if line > 0 else 'S'}" if is_row else f"{abs(line)}{'E' if line > 0 else 'W'}"
    if line == 0:
        big = town.population > _TRUNK_RANK_PEOPLE
        board.way(run, "primary" if big else "secondary", name="Main Street" if is_row else "Church Street",
                  maxspeed="35 mph" if big else "30 mph")  # fmt: skip
    elif town.key in ("capital", "second") and not is_row and line in (1, 2):
        # a one-way pair; the second is drawn backwards, as some mappers do
        board.way(run, "secondary", name=f"Avenue {letter}", oneway="yes" if line == 1 else "-1", maxspeed="30 mph")
    elif line % 5 == 0:
        board.way(
            run, "tertiary", name=f"Street {letter}", maxspeed="30 mph;25 mph" if town.key == "west" else "30 mph"
        )
    else:
        board.way(run, "residential", name=f"Street {letter}")


def _gabriel_pairs(points: Floats) -> list[tuple[int, int]]:
    """Return the pairs of the Gabriel graph: neighbours whose circle holds no third place."""
    simplices = Delaunay(points).simplices
    pairs = sorted({tuple(sorted((int(a), int(b)))) for s in simplices for a, b in itertools.combinations(s, 2)})
    kept = []
    for a, b in pairs:
        middle, reach = (points[a] + points[b]) / 2, np.sum((points[a] - points[b]) ** 2) / 4
        distance = np.sum((points - middle) ** 2, axis=1)
        distance[[a, b]] = np.inf
        if distance.min() >= reach:
            kept.append((a, b))
    return kept


def _road_class(a: Town, b: Town) -> tuple[str, str | None]:
    """Return the class of a road between two towns and its posted speed, if it is posted."""
    smaller = min(a.population, b.population)
    larger = max(a.population, b.population)
    if smaller > _TRUNK_RANK_PEOPLE:
        return "trunk", "60 mph"
    if smaller > _SECONDARY_PEOPLE or larger > 3 * _TRUNK_RANK_PEOPLE:
        return "primary", "55 mph"
    if larger > _SECONDARY_PEOPLE:
        return "secondary", "50 mph" if (a.population + b.population) % 3 == 0 else None
    return "tertiary", None


def _draw_links(board: Board, land: Land, towns: list[_Town]) -> list[int]:
    """Join neighbouring towns where neither river nor ridge nor sea lies between; return the roads' nodes."""
    points = np.array([(entry.town.x, entry.town.y) for entry in towns])
    found: list[int] = []
    for number, (a, b) in enumerate(_gabriel_pairs(points)):
        one, other = towns[a], towns[b]
        highway, speed = _road_class(one.town, other.town)
        found += _join(
            board, land, one.gate_towards(board, points[b]), other.gate_towards(board, points[a]), highway,
            key=number, name=f"{one.town.name}-{other.town.name} Road", **({"maxspeed": speed} if speed else {}),
        )  # fmt: skip
    return found


def _join(board: Board, land: Land, start: int, end: int, highway: str, *, key: int, **tags: str) -> list[int]:
    """Draw a winding road that crosses no barrier, straightening it until it fits; return its inner nodes."""
    a, b = np.array(board.xy[start]), np.array(board.xy[end])
    for bend in (0.05, 0.02, 0.0):
        line = wiggle(a, b, step_km=0.85, bend=bend, rng=np.random.default_rng([SEED, 21, key]))
        if not land.is_barred(line):
            inner = board.path(line[1:-1])
            board.way([start, *inner, end], highway, **tags)
            return inner
    return []


def _draw_crossings(board: Board, land: Land, towns: list[_Town]) -> list[int]:
    """Draw the bridges and the passes with the roads that lead to them."""
    found: list[int] = []
    for number, (name, y, highway) in enumerate(_BRIDGES):
        x = float(np.interp(-y, [-place[1] for place in RIVER_KM], [place[0] for place in RIVER_KM]))
        west, east = board.node(x - 0.5, y), board.node(x + 0.5, y)
        board.way([west, east], highway, name=name, bridge="yes", maxspeed="45 mph")
        for side, head in ((-1, west), (1, east)):
            near = [entry for entry in towns if (entry.town.x - x) * side > 0]
            found += _approach(board, land, near, head, highway, key=9000 + 10 * number + side, name=f"{name} Road")
    for number, (name, (x, y)) in enumerate(_PASSES):
        foot, top = np.array([x, y - 5.0]), np.array([x, y + 5.0])
        # hairpins: a sideways swing that makes the pass road far longer than the line over the ridge
        t = np.linspace(0, 1, 41)
        line = foot + (top - foot) * t[:, None] + np.stack([1.6 * np.sin(12 * np.pi * t), 0 * t], axis=1)
        nodes = board.path(line)
        board.way(nodes, "tertiary", name=name, maxspeed="25 mph")
        for side, end in ((-1, nodes[0]), (1, nodes[-1])):
            near = [entry for entry in towns if (entry.town.y - y) * side > 0]
            found += _approach(board, land, near, end, "tertiary", key=9500 + 10 * number + side, name=f"{name} Road")
    return found


def _approach(
    board: Board, land: Land, towns: list[_Town], head: int, highway: str, *, key: int, name: str
) -> list[int]:
    """Join the head of a bridge or pass to the two nearest towns on its side that can be reached."""
    here = np.array(board.xy[head])
    found: list[int] = []
    joined = 0
    for entry in sorted(towns, key=lambda entry: math.dist((entry.town.x, entry.town.y), here)):
        inner = _join(board, land, head, entry.gate_towards(board, here), highway, key=key + 100 * joined, name=name)
        found += inner
        joined += bool(inner)
        if joined == 2:
            break
    return found


def _draw_motorway(board: Board, by_key: dict[str, _Town]) -> list[int]:
    """Draw two carriageways from the capital over the river to the neighbour state, with links at its towns."""
    bridge_x, river_y = RIVER_KM[5]
    course = np.array([
        [322.0, 104.0], [262.0, 118.0], [214.0, 132.0], [bridge_x + 1.0, river_y], [bridge_x - 1.0, river_y],
        [120.0, 122.0], [78.0, 117.0], [20.0, 126.0], [-44.0, 131.0],
    ])  # fmt: skip
    axis = shapely.LineString(course)
    marks = np.arange(0, axis.length, 1.5)
    middle = np.array([axis.interpolate(mark).coords[0] for mark in marks])
    middle[:, 1] += 1.5 * np.sin(marks / 17.0) * np.clip(np.abs(middle[:, 0] - bridge_x) / 20, 0, 1)
    offset = np.array([0.0, 0.02])
    westward, eastward = board.path(middle + offset), board.path((middle - offset)[::-1])
    for nodes, direction in ((westward, "West"), (eastward, "East")):
        for first in range(0, len(nodes) - 1, 20):
            piece = nodes[first : first + 21]
            tags = {"ref": "EX 1", "name": f"Exampland Turnpike {direction}", "maxspeed": "70 mph"}
            # no oneway tag on the westward carriageway: a motorway implies one
            board.way(piece, "motorway", **tags, **({"oneway": "yes"} if direction == "East" else {}))
    exits = {"capital": (318.0, 104.9), "second": (213.0, 131.0), "west": (78.0, 117.0), "crossing": (-40.0, 130.5)}
    found: list[int] = []
    for key, place in exits.items():
        found += _draw_interchange(board, by_key[key], (westward, eastward), middle, np.array(place))
    return found


def _draw_interchange(
    board: Board, entry: _Town, carriageways: tuple[list[int], list[int]], middle: Floats, place: Floats
) -> list[int]:
    """Join both carriageways by four links to a roundabout, and the roundabout to the town."""
    mark = int(np.argmin(np.sum((middle - place) ** 2, axis=1)))
    mark = min(max(mark, 2), len(middle) - 3)
    x, y = middle[mark]
    side = 1.0 if entry.town.y > y else -1.0
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ring = board.path(np.stack([x + 0.05 * np.cos(angle), y + side * 0.5 + 0.05 * np.sin(angle)], axis=1))
    # no oneway tag: a roundabout implies one, counter-clockwise as drawn
    board.way([*ring, ring[0]], "primary", junction="roundabout", name=f"{entry.town.name} Interchange")
    westward, eastward = carriageways
    last = len(middle) - 1
    for nodes, at in ((westward, mark), (eastward, last - mark)):
        board.way([nodes[at - 1], ring[0]], "motorway_link", oneway="yes", maxspeed="40 mph")
        board.way([ring[4], nodes[at + 1]], "motorway_link", oneway="yes", maxspeed="40 mph")
    here = np.array(board.xy[ring[2]])
    gate = entry.gate_towards(board, here)
    line = wiggle(here, np.array(board.xy[gate]), step_km=0.8, bend=0.01, rng=np.random.default_rng([SEED, 23, mark]))
    inner = board.path(line[1:-1])
    board.way([ring[2], *inner, gate], "trunk", name=f"{entry.town.name} Connector", maxspeed="55 mph")
    return inner


def _draw_ferry(board: Board, by_key: dict[str, _Town]) -> None:
    port, isle = by_key["ferry_port"], by_key["ferry"]
    x, y, _ = ISLANDS_KM["ferry"]
    quay = port.gate_towards(board, np.array([x, y]))
    landing = isle.gate_towards(board, np.array(board.xy[quay]))
    line = wiggle(np.array(board.xy[quay]), np.array(board.xy[landing]), step_km=9.0, bend=0.0,
                  rng=np.random.default_rng([SEED, 24]))  # fmt: skip
    board.raw_way([quay, *board.path(line[1:-1]), landing], route="ferry", name="Ferry Isle Ferry", duration="01:20",
                  motor_vehicle="yes")  # fmt: skip


def _draw_spurs(board: Board, land: Land, groups: tuple[BlockGroup, ...], country: list[int]) -> None:
    """Lead an unclassified road to every scattered place of the mainland, ending in a few lanes."""
    tree = board.tree(country)
    for number, group in enumerate(group for group in groups if group.town < 0):
        if not land.mainland.contains(shapely.Point(group.x, group.y)):
            continue
        rng = np.random.default_rng([SEED, 25, number])
        _, near = tree.query((group.x, group.y), k=400)
        here = np.array([group.x, group.y])
        end = board.node(*here)
        for candidate in near[::8]:
            if _join(board, land, country[int(candidate)], end, "unclassified", key=20_000 + number):
                break
        ends = board.path(here + rng.normal(0, 0.5, (5, 2)))
        for first, second in itertools.pairwise([end, *ends]):
            board.way([first, second], "residential")


def _draw_lanes(board: Board, land: Land, country: list[int]) -> None:
    """Join country roads that run near each other by narrow lanes, so that there is more than one way."""
    rng = np.random.default_rng([SEED, 26])
    picks = [country[i] for i in rng.permutation(len(country))[:900]]
    tree = board.tree(country)
    drawn = 0
    for start in picks:
        here = np.array(board.xy[start])
        around = tree.query_ball_point(here, 11.0)
        far = [country[i] for i in sorted(around) if math.dist(board.xy[country[i]], here) > 6.0]
        if not far:
            continue
        end = far[int(rng.integers(len(far)))]
        line = wiggle(here, np.array(board.xy[end]), step_km=0.9, bend=0.06, rng=rng)
        if not land.is_barred(line):
            board.way([start, *board.path(line[1:-1]), end], "unclassified", surface="gravel")
            drawn += 1
        if drawn == 170:
            break


def _draw_traps(board: Board, land: Land, by_key: dict[str, _Town]) -> None:
    """Add what a reader must leave out: a private short cut, a footbridge, a gate, a service yard, the river itself."""
    far, near = by_key["far_north"], by_key["bridge_west"]
    start = far.gate_towards(board, np.array([near.town.x, near.town.y]))
    end = near.gate_towards(board, np.array([far.town.x, far.town.y]))
    middle = board.node(121.0, 276.0)
    board.way([start, middle, end], "unclassified", access="private", name="Quarry Haul Road")
    board.node_tags[middle] = (("barrier", "gate"), ("access", "private"))
    west, east = board.node(153.0, 163.0), board.node(161.0, 163.0)
    board.way([west, east], "footway", bridge="yes", name="Footbridge")
    yard = by_key["capital"].nodes[0]
    x, y = board.xy[yard]
    board.way([yard, board.node(x + 0.05, y + 0.05)], "service", service="parking_aisle")
    board.raw_way(board.path(np.array(land.river.coords)), waterway="river", name="River Tarn")

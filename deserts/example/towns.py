"""Towns of the example by rank and size, their block groups, and the scattered people between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely

from deserts.example.land import ISLANDS_KM, SEED, Land

__all__ = ["BlockGroup", "Town", "build_block_groups", "build_towns"]

_LARGEST = 190_000
"""People of the largest town; the town of rank r has 1/r of it (rank-size rule)."""

_FIXED = (
    # key, name, x, y, rank
    ("capital", "Port Haven", 335.0, 97.0, 1),
    ("second", "Millbrook", 213.0, 204.0, 2),
    ("west", "Westbury", 78.0, 128.0, 3),
    ("crossing", "Crossing", -48.0, 141.0, 4),
    ("south", "Southport", 262.0, 22.0, 6),
    ("bridge_west", "Longbridge West", 122.0, 207.0, 9),
    ("ferry_port", "Ferrymouth", 301.0, 30.0, 14),
    ("north", "Northgate", 300.0, 309.0, 30),
    ("far_north", "Candlewick", 120.0, 322.0, 44),
    ("border_north", "Borderlea", -28.0, 318.0, 52),
    ("own_clinic", "Skerry Harbour", ISLANDS_KM["own_clinic"][0] - 2.0, ISLANDS_KM["own_clinic"][1] + 1.0, 40),
    ("no_clinic", "Lone Holm", ISLANDS_KM["no_clinic"][0] + 1.0, ISLANDS_KM["no_clinic"][1] - 1.0, 60),
    ("ferry", "Ferry Isle", ISLANDS_KM["ferry"][0], ISLANDS_KM["ferry"][1], 80),
)

_FIRST = (
    "Alder", "Black", "Clear", "Dun", "Ever", "Fair", "Grand", "Hazel", "Iron", "King", "Lang", "Marsh", "New", "Oak",
    "Pine", "Quarry", "Red", "Stone", "Thorn", "Upper", "Vine", "White", "Winter", "Yarrow",
)  # fmt: skip
_LAST = ("brook", "bury", "combe", "dale", "field", "ford", "ham", "hollow", "ley", "mere", "mill", "stead", "ton",
         "wick")  # fmt: skip

_TOWNS = 98
_SPACING_KM = 17.0
_INLAND_KM = 5.0
_CLEAR_OF_BARRIERS_KM = 4.5
_PEOPLE_A_BLOCK_GROUP = 1_850
_SCATTERED_POINTS = 200
_NORTH_KM = 262.0


@dataclass(frozen=True, slots=True)
class Town:
    """One town.

    Parameters
    ----------
    key
        Short name of a town with a part to play, empty for others.
    name
        Name of the place.
    x, y
        Centre on the plane (km).
    population
        Residents.
    county
        Index of its county.
    """

    key: str
    name: str
    x: float
    y: float
    population: int
    county: int

    @property
    def radius_km(self) -> float:
        """Radius of the built-up area; area grows with population."""
        return 0.35 + 0.0115 * math.sqrt(self.population)


@dataclass(frozen=True, slots=True)
class BlockGroup:
    """One block group.

    Parameters
    ----------
    geoid
        Twelve digits: state, county, tract, block group.
    x, y
        Centre of population on the plane (km).
    population
        Residents.
    town
        Index of the town it lies in, -1 for scattered people.
    """

    geoid: str
    x: float
    y: float
    population: int
    town: int


def _free_places(land: Land, taken: list[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    """Throw darts until ``count`` places keep their distance from each other, the coast and the barriers."""
    rng = np.random.default_rng([SEED, 10])
    west, south, east, north = land.mainland.bounds
    darts = rng.uniform((west, south), (east, north), (8000, 2))
    keeps_out = shapely.union_all(
        [land.mainland.boundary.buffer(_INLAND_KM), land.river.buffer(_CLEAR_OF_BARRIERS_KM),
         land.ridge.buffer(2 * _CLEAR_OF_BARRIERS_KM)]
    )  # fmt: skip
    allowed = shapely.contains_xy(land.mainland, darts) & ~shapely.contains_xy(keeps_out, darts)
    # the north is thinly settled: seven darts in ten are taken away there
    allowed &= (darts[:, 1] < _NORTH_KM) | (rng.random(len(darts)) < 0.3)
    places = list(taken)
    for x, y in darts[allowed]:
        spacing = _SPACING_KM if y < _NORTH_KM else 1.6 * _SPACING_KM
        if all((x - px) ** 2 + (y - py) ** 2 > spacing**2 for px, py in places):
            places.append((float(x), float(y)))
        if len(places) == len(taken) + count:
            break
    return places[len(taken) :]


def build_towns(land: Land) -> tuple[Town, ...]:
    """Return the towns, those with a part to play first.

    Ranks that no fixed town holds go to the other places, the north receiving the smallest.
    """
    fixed_places = [(x, y) for _, _, x, y, _ in _FIXED]
    free = _free_places(land, fixed_places, _TOWNS - len(_FIXED))
    taken_ranks = {rank for *_, rank in _FIXED}
    ranks = [rank for rank in range(1, len(free) + len(_FIXED) + 1) if rank not in taken_ranks]
    rng = np.random.default_rng([SEED, 11])
    weight = rng.random(len(free)) + np.array([2.0 if y > _NORTH_KM else 0.0 for _, y in free])
    rank_of = dict(zip(np.argsort(weight, kind="stable").tolist(), ranks, strict=False))
    names = [first + last for first in _FIRST for last in _LAST]
    chosen = rng.permutation(len(names))[: len(free)]
    entries = [(key, name, x, y, rank) for key, name, x, y, rank in _FIXED]
    entries += [("", names[chosen[i]], x, y, rank_of[i]) for i, (x, y) in enumerate(free)]
    county = land.county_of(np.array([(x, y) for _, _, x, y, _ in entries]))
    return tuple(
        Town(key, name, x, y, int(_LARGEST / rank), int(county[i])) for i, (key, name, x, y, rank) in enumerate(entries)
    )


def build_block_groups(land: Land, towns: tuple[Town, ...]) -> tuple[BlockGroup, ...]:
    """Spread the people of both states over block groups: towns first, then scattered points, then odd ones.

    The odd ones are a block group without people, and Gull Rock, which no road comes near.
    """
    rng = np.random.default_rng([SEED, 12])
    places: list[tuple[float, float, int, int]] = []
    for index, town in enumerate(towns):
        count = max(1, round(town.population / _PEOPLE_A_BLOCK_GROUP))
        share = rng.dirichlet(np.full(count, 12.0))
        distance = town.radius_km * np.sqrt(rng.random(count)) * 0.9
        angle = rng.uniform(0, 2 * np.pi, count)
        people = np.maximum(1, np.round(share * town.population)).astype(int)
        places += [
            (town.x + d * math.cos(a), town.y + d * math.sin(a), int(p), index)
            for d, a, p in zip(distance, angle, people, strict=True)
        ]
    places += [(x, y, people, -1) for x, y, people in _scattered(land, towns)]
    rock_x, rock_y, _ = ISLANDS_KM["rock"]
    places.append((rock_x, rock_y, 14, -1))
    south = next(town for town in towns if town.key == "south")
    places.append((south.x + 1.0, south.y - 1.0, 0, towns.index(south)))
    return _numbered(land, places)


def _scattered(land: Land, towns: tuple[Town, ...]) -> list[tuple[float, float, int]]:
    """Return rural places; each county of the mainland has at least two."""
    rng = np.random.default_rng([SEED, 13])
    inner = land.mainland.buffer(-2.5).difference(
        shapely.union_all([land.river.buffer(2.0), land.ridge.buffer(5.0)])
        .union(shapely.union_all([shapely.Point(t.x, t.y).buffer(t.radius_km + 2.0) for t in towns]))
    )  # fmt: skip
    west, south, east, north = inner.bounds
    darts = rng.uniform((west, south), (east, north), (1200, 2))
    darts = darts[shapely.contains_xy(inner, darts)]
    county = land.county_of(darts)
    order = np.argsort(_rank_within(county), kind="stable")[:_SCATTERED_POINTS]
    people = rng.integers(420, 1500, len(darts))
    people = np.where(darts[:, 1] > _NORTH_KM, people // 2, people)
    return [(float(darts[i, 0]), float(darts[i, 1]), int(people[i])) for i in order]


def _rank_within(group: np.ndarray) -> np.ndarray:
    """Return how many earlier entries have the same group, for each entry."""
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], group[order], side="left")
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = np.arange(len(group)) - start
    return rank


def _numbered(land: Land, places: list[tuple[float, float, int, int]]) -> tuple[BlockGroup, ...]:
    """Give each place its code: tracts of three block groups, numbered within the county."""
    county = land.county_of(np.array([place[:2] for place in places]))
    rank = _rank_within(county)
    found = []
    for (x, y, people, town), home, number in zip(places, county, rank, strict=True):
        tract = f"{(number // 3 + 1) * 100:06d}"
        geoid = f"{land.counties[home].fips}{tract}{number % 3 + 1}"
        found.append(BlockGroup(geoid, x, y, people, town))
    return tuple(sorted(found, key=lambda group: group.geoid))

"""The speed model: journey speeds that slide between rural and urban with the people around, for each kind of network.

The minute that it gives is an average daytime drive without an hour of departure. Its numbers were fitted once to such
minutes: for networks of highways on pairs all over the country, for full streets on those of New York.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.arrays import Floats
from deserts.roads.number_table import NumberTable
from deserts.roads.tags import ROAD_CLASSES

__all__ = [
    "HOLDS", "JUNCTION_PARTS", "Bends", "KindModel", "LocalRules", "RoadKind", "SpeedModel", "StandIn",
    "UrbanityScale", "WaterRules", "load_speeds",
]  # fmt: skip

HOLDS = ("traffic_signals", "walkers_signals", "stop", "give_way", "toll_booth", "level_crossing")
"""Kinds of thing on a road that hold a car up, in a fixed order."""

JUNCTION_PARTS = ("on", "give_way", "even", "slight", "right", "left", "sharp", "turn_round", "roundabout")
"""Parts of the delay at a junction, in a fixed order.

on
    every junction that is passed, whatever the turn
give_way
    a greater road is crossed or turned into, without signals
even
    a road of the same class is crossed or turned into, without signals
slight, right, left, sharp, turn_round
    the turn itself
roundabout
    driving into one
"""

_MOST_ROADS = 4
"""Nearest roads of a point at most, since tables of snapped points have columns for so many."""


class RoadKind(StrEnum):
    """What a network holds."""

    HIGHWAYS = "numbered highways only"
    STREETS = "full streets"
    PLAIN_STREETS = "full streets, collector roads not told from residential ones"


_SECTIONS = {RoadKind.HIGHWAYS: "highways", RoadKind.STREETS: "streets", RoadKind.PLAIN_STREETS: "plain_streets"}


@dataclass(frozen=True, slots=True)
class UrbanityScale:
    """People per square kilometre up to which a road is wholly rural, and from which on it is wholly urban."""

    rural: float
    urban: float

    def urbanity(self, per_km2: Floats) -> Floats:
        """Return 0 (rural) to 1 (urban), linear in the logarithm of the density between the two bounds."""
        low, high = np.log(self.rural), np.log(self.urban)
        logs = np.log(np.maximum(per_km2, 1e-9))
        return np.asarray(np.clip((logs - low) / (high - low), 0.0, 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class StandIn:
    """How roads tell of people where no population is given: people per square kilometre = ``people`` * density^power.

    The density is that of kilometres of highway, or of crossings of streets, per square kilometre.

    Parameters
    ----------
    radius_km
        Within which they are added up.
    people
        People per square kilometre where a square kilometre has one.
    power
        Exponent.
    """

    radius_km: float
    people: float
    power: float

    def people_per_km2(self, per_km2: Floats) -> Floats:
        """Return the people that go with such a density."""
        return np.asarray(self.people * np.maximum(per_km2, 1e-9) ** self.power, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Bends:
    """How bends slow a journey on highways, which follow the lie of the land.

    Parameters
    ----------
    slope
        Speed falls by the exponential of this for each radian of turning a kilometre.
    usual, most
        Turning (rad/km) at which the class speeds hold, and above which it matters no more.
    radius_km
        Within which turning is added up.
    tolerance_m
        Bends that leave a straight line by less are not seen, so that coarse and fine drawings tell the same.
    """

    slope: float
    usual: float
    most: float
    radius_km: float
    tolerance_m: float


@dataclass(frozen=True, slots=True)
class LocalRules:
    """What local roads beyond the network take, and the ends of a trip; see `deserts.roads.local.LocalRoads`.

    Parameters
    ----------
    rural_kmh, urban_kmh
        Speed along the straight line.
    rural, urban
        People per square kilometre between which it slides.
    end_rural_min, end_urban_min
        Minutes at each end of a trip.
    detour
        Kilometres driven for each along the straight line.
    """

    rural_kmh: float
    urban_kmh: float
    rural: float
    urban: float
    end_rural_min: float
    end_urban_min: float
    detour: float


@dataclass(frozen=True, slots=True)
class WaterRules:
    """Water that a straight leg may not cross, metres; see `deserts.roads.water.Shores`.

    Parameters
    ----------
    widest_m, off_shore_m
        For shores that an extract draws.
    outline_widest_m, outline_off_shore_m
        For the coarse outline of the country that stands in where an extract draws no coast.
    """

    widest_m: float
    off_shore_m: float
    outline_widest_m: float
    outline_off_shore_m: float


@dataclass(frozen=True, slots=True)
class DoubtRules:
    """Within how many thousandths of the minutes nine drives in ten lie where that is doubtful.

    Parameters
    ----------
    far_min
        Drives from so many minutes on are far ones.
    unchecked_near, unchecked_far
        Where minutes were never compared with others'.
    long_leg_near, long_leg_far
        Where an end lies far from any road of the network.
    """

    far_min: float
    unchecked_near: float
    unchecked_far: float
    long_leg_near: float
    long_leg_far: float

    def facts(self) -> dict[str, Any]:
        """Return the numbers as `deserts.roads.checked.doubt_shares` takes them: whole, near and far."""
        return {
            "far_min": round(self.far_min),
            "unchecked": [round(self.unchecked_near), round(self.unchecked_far)],
            "long_leg": [round(self.long_leg_near), round(self.long_leg_far)],
        }


@dataclass(frozen=True, slots=True)
class KindModel:
    """What holds for one kind of network.

    Parameters
    ----------
    rural_kmh, urban_kmh
        By class, in the order of `deserts.roads.tags.ROAD_CLASSES`.
    junction_rural_s, junction_urban_s
        Mean delay of a journey along the class at each junction that it passes, seconds, where turns are not known.
    scale
        From people per square kilometre to urbanity.
    stand_in
        From roads to people.
    bends
        None where bends do not matter.
    roads
        By how many of the nearest roads a place may be left.
    direct_km
        Longest straight distance that may be driven on local roads alone.
    direct_leg
        By how much each kilometre of access leg at either end shortens it, kilometres.
    beside_km
        A road of another part of the network may lie further than the nearest road by so much; None sets no limit.
    long_leg_km
        Legs longer than this are marked.
    """

    rural_kmh: tuple[float, ...]
    urban_kmh: tuple[float, ...]
    junction_rural_s: tuple[float, ...]
    junction_urban_s: tuple[float, ...]
    scale: UrbanityScale
    stand_in: StandIn
    bends: Bends | None
    roads: int
    direct_km: float
    direct_leg: float
    beside_km: float | None
    long_leg_km: float

    def kmh(self, road_class: NDArray[np.uint8], urbanity: Floats, limit: Floats | None = None) -> Floats:
        """Return journey speeds.

        A posted limit (km/h, NaN for none) takes the place of the rural speed, and is never exceeded in town.
        """
        rural, urban = np.asarray(self.rural_kmh)[road_class], np.asarray(self.urban_kmh)[road_class]
        if limit is not None:
            posted = ~np.isnan(limit)
            rural, urban = np.where(posted, limit, rural), np.where(posted, np.minimum(limit, urban), urban)
        return np.asarray(rural + (urban - rural) * urbanity, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class SpeedModel:
    """Speeds and delays.

    Parameters
    ----------
    kinds
        What holds for each kind of network.
    people_radius_km
        Within which people are counted.
    unknown_per_km2
        People per square kilometre taken where nothing tells.
    street_share
        Share of street classes in the length of a network from which on it holds streets.
    local, water
        The ends of a trip.
    doubts
        How far off doubtful minutes may be.
    delay_s
        Seconds by kind of thing on a road (`HOLDS`).
    junction_s
        Seconds by part of the delay at a junction (`JUNCTION_PARTS`), in the country and in town; for networks that
        know turns.
    ferry_wait_min
        Minutes of waiting for a ferry that states no interval.
    """

    kinds: Mapping[RoadKind, KindModel]
    people_radius_km: float
    unknown_per_km2: float
    street_share: float
    local: LocalRules
    water: WaterRules
    doubts: DoubtRules
    delay_s: Mapping[str, float]
    junction_s: Mapping[str, tuple[float, float]]
    ferry_wait_min: float


class _Table(NumberTable):
    """A speed table as it is read."""

    def by_class(self, kind: RoadKind, name: str, *, zero: bool = False) -> tuple[float, ...]:
        """Return a number of each road class: a kind's own, else that of full streets."""
        own = _SECTIONS[kind]
        found = []
        for road_class in ROAD_CLASSES:
            section = f"{own}.class.{road_class}"
            section = section if name in self.section(section) else f"streets.class.{road_class}"
            found.append(self.number(section, name, zero=zero))
        return tuple(found)

    def kind(self, kind: RoadKind) -> KindModel:
        """Return what holds for a kind of network; plain streets differ from full ones in class speeds only."""
        section = _SECTIONS[RoadKind.STREETS if kind is RoadKind.PLAIN_STREETS else kind]
        ends = f"{section}.ends"
        has_limit = "beside_km" in self.section(ends)
        return KindModel(
            rural_kmh=self.by_class(kind, "rural_kmh"),
            urban_kmh=self.by_class(kind, "urban_kmh"),
            junction_rural_s=self.by_class(kind, "junction_rural_s", zero=True),
            junction_urban_s=self.by_class(kind, "junction_urban_s", zero=True),
            scale=self.record(f"{section}.urbanity", UrbanityScale),
            stand_in=self.record(f"{section}.stand_in", StandIn),
            bends=self.record(f"{section}.bends", Bends, zero=("slope",)) if self.has(f"{section}.bends") else None,
            roads=self.count(ends, "roads", most=_MOST_ROADS),
            direct_km=self.number(ends, "direct_km", zero=True),
            direct_leg=self.number(ends, "direct_leg", zero=True),
            beside_km=self.number(ends, "beside_km", zero=True) if has_limit else None,
            long_leg_km=self.number(ends, "long_leg_km"),
        )


def load_speeds(path: Path | None = None) -> SpeedModel:
    """Read a speed table; None takes the one of this package.

    Raises
    ------
    InputError
        If the file cannot be read, or a number is missing, not above zero or without a reason.
    """
    return _own_speeds() if path is None else _model_of(_Table.read(path))


@functools.cache
def _own_speeds() -> SpeedModel:
    return _model_of(_Table.read(None))


def _model_of(table: _Table) -> SpeedModel:
    """Return the model that a table describes."""

    def junction(part: str, side: str) -> float:
        return table.number(f"junction_s.{part}", side, zero=True)

    return SpeedModel(
        kinds={kind: table.kind(kind) for kind in RoadKind},
        people_radius_km=table.number("people", "radius_km"),
        unknown_per_km2=table.number("people", "unknown"),
        street_share=table.number("streets", "share"),
        local=table.record("local", LocalRules, zero=("end_rural_min", "end_urban_min")),
        water=table.record("water", WaterRules, zero=("widest_m", "off_shore_m")),
        doubts=table.record("doubts", DoubtRules),
        delay_s={name: table.number("delay_s", name, zero=True) for name in HOLDS},
        junction_s={part: (junction(part, "rural"), junction(part, "urban")) for part in JUNCTION_PARTS},
        ferry_wait_min=table.number("ferry", "wait_min", zero=True),
    )

"""The speed model: class speeds that slide between rural and urban with the density of people or roads around."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.tags import ROAD_CLASSES

__all__ = ["HOLDS", "JUNCTION_PARTS", "SpeedModel", "UrbanityScale", "load_speeds"]

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


@dataclass(frozen=True, slots=True)
class UrbanityScale:
    """How a density around a road tells how urban it is, and the speeds of access legs that go with it.

    Parameters
    ----------
    radius_km
        Within which the density is measured.
    rural, urban
        Densities at which it starts and stops to matter, per square kilometre.
    access_rural_kmh, access_urban_kmh
        Speed along the straight line from a point to the nearest road.
    """

    radius_km: float
    rural: float
    urban: float
    access_rural_kmh: float
    access_urban_kmh: float

    def urbanity(self, per_km2: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 (rural) to 1 (urban), linear in the logarithm of the density between the two bounds."""
        low, high = np.log(self.rural), np.log(self.urban)
        logs = np.log(np.maximum(per_km2, 1e-9))
        return np.asarray(np.clip((logs - low) / (high - low), 0.0, 1.0), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class SpeedModel:
    """Speeds and delays.

    Parameters
    ----------
    rural_kmh, urban_kmh
        By class, in the order of `deserts.roads.tags.ROAD_CLASSES`.
    trip_min
        Minutes that every trip takes beside driving.
    delay_s
        Seconds by kind of thing on a road (`HOLDS`).
    junction_s
        Seconds by part of the delay at a junction (`JUNCTION_PARTS`), in the country and in town; for networks that
        know turns.
    people, main_roads
        Scales of people per square kilometre, and of km of main road per square kilometre.
    unknown_urbanity
        Urbanity where neither is known.
    """

    rural_kmh: tuple[float, ...]
    urban_kmh: tuple[float, ...]
    trip_min: float
    delay_s: Mapping[str, float]
    junction_s: Mapping[str, tuple[float, float]]
    people: UrbanityScale
    main_roads: UrbanityScale
    unknown_urbanity: float

    def kmh(self, road_class: NDArray[np.uint8], urbanity: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the speed of each road without a limit of its own."""
        rural = np.asarray(self.rural_kmh)[road_class]
        urban = np.asarray(self.urban_kmh)[road_class]
        return np.asarray(rural + (urban - rural) * urbanity, dtype=np.float64)


def load_speeds(path: Path | None = None) -> SpeedModel:
    """Read a speed table; None takes the one of this package.

    Raises
    ------
    InputError
        If the file cannot be read, or a number is missing or not above zero.
    """
    where = "deserts/roads/speeds.toml" if path is None else str(path)
    try:
        text = (resources.files("deserts.roads") / "speeds.toml" if path is None else path).read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"the speed table cannot be read: {error}", where=where) from error
    classes = table.get("class", {})

    def speeds(kind: str) -> tuple[float, ...]:
        return tuple(_number(classes, name, kind, where=where) for name in ROAD_CLASSES)

    def scale(section: str) -> UrbanityScale:
        return UrbanityScale(
            **{field.name: _number(table, section, field.name, where=where) for field in fields(UrbanityScale)}
        )

    def junction(part: str, kind: str) -> float:
        return _number(table.get("junction_s", {}), part, kind, where=where, zero=True)

    return SpeedModel(
        rural_kmh=speeds("rural_kmh"),
        urban_kmh=speeds("urban_kmh"),
        trip_min=_number(table, "trip", "minutes", where=where, zero=True),
        delay_s={name: _number(table, "delay_s", name, where=where, zero=True) for name in HOLDS},
        junction_s={name: (junction(name, "rural"), junction(name, "urban")) for name in JUNCTION_PARTS},
        people=scale("people"),
        main_roads=scale("main_roads"),
        unknown_urbanity=_number(table, "unknown", "urbanity", where=where, zero=True),
    )


def _number(table: Mapping[str, Any], section: str, name: str, *, where: str, zero: bool = False) -> float:
    entry = table.get(section, {}).get(name, {})
    value = entry.get("value") if isinstance(entry, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or (value == 0 and not zero):
        raise InputError(
            f"no usable number for {section}.{name}",
            where=where,
            expected=f"{name} = {{ value = NUMBER, why = REASON }} with a number above zero",
        )
    if not str(entry.get("why", "")).strip():
        raise InputError(f"{section}.{name} has no reason", where=where, expected="a sentence under `why`")
    return float(value)

"""The access rules of `access.toml`: what a car may use, in which direction and season.

The order is OpenStreetMap's: the mode before the general key, and within a mode the condition with a direction, the
condition, the direction, the plain tag. A value that says nothing leaves the question to the next key.

References
----------
https://wiki.openstreetmap.org/wiki/Key:access, https://wiki.openstreetmap.org/wiki/Conditional_restrictions
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from importlib import resources
from typing import Any

from deserts.roads.seasons import SEASONS, Season, conditions, holds

__all__ = ["DIRECTIONS", "AccessRules", "Tags", "Use", "access_keys", "access_rules", "parts_of"]

_FILE = "access.toml"
_LISTED = re.compile(r"[;,|]")
DIRECTIONS = ("forward", "backward")

Tags = Mapping[str, str | None]


class Use(IntEnum):
    """What a car may do with a road; of several the greatest is the most permissive."""

    CLOSED = 0
    ENDS = 1
    OPEN = 2


def parts_of(text: str | None) -> list[str]:
    """Return the parts of a value that may be a list, in lower case."""
    return [part for raw in _LISTED.split(text or "") if (part := raw.strip().lower())]


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Tables of `access.toml`.

    Parameters
    ----------
    modes
        Access keys, the most special first.
    meaning
        What a value allows.
    classes
        Kinds of way that a tag must open: the keys that can, and the road class they then have.
    closing
        Tags, other than access, that close a road.
    open_barriers
        Barriers that stand open unless a tag closes them.
    days, words
        Day of each season, and the words of conditions that hold then.
    unnamed_season_closed
        The season in which ``seasonal=yes`` closes.
    caps
        The most that a value of a key lets a car drive (km/h).
    """

    modes: tuple[str, ...]
    meaning: Mapping[str, Use]
    classes: Mapping[str, tuple[tuple[str, ...], str]]
    closing: Mapping[str, frozenset[str]]
    open_barriers: frozenset[str]
    days: Mapping[Season, tuple[int, int]]
    words: Mapping[Season, frozenset[str]]
    unnamed_season_closed: Season
    caps: Mapping[str, Mapping[str, float]]

    def use(self, tags: Tags, season: Season, direction: str | None = None) -> Use | None:
        """Return what the access tags allow in a season, and in a direction of a way; None when they say nothing."""
        for mode in self.modes:
            found = self._mode_says(tags, mode, season, direction)
            if found is not None:
                return found
        return None

    def _mode_says(self, tags: Tags, mode: str, season: Season, direction: str | None) -> Use | None:
        keys = [mode] if direction is None else [f"{mode}:{direction}", mode]
        for key in keys:
            # of several conditions that hold the last one counts
            for value, condition in reversed(list(conditions(tags.get(f"{key}:conditional")))):
                found = self.value(value)
                if found is not None and holds(condition, self.days[season], self.words[season]):
                    return found
        return next((found for key in keys if (found := self.value(tags.get(key))) is not None), None)

    def value(self, text: str | None) -> Use | None:
        """Return what a value of an access key allows; of a list the most permissive part."""
        return max((self.meaning[part] for part in parts_of(text) if part in self.meaning), default=None)

    def out_of_season(self, tags: Tags, season: Season) -> bool:
        """Whether the tags about seasons say that the way is not there."""
        if any(tags.get(key) == "yes" for key in ("winter_road", "ice_road")):
            return season is not Season.WINTER
        named = parts_of(tags.get("seasonal"))
        if "yes" in named:
            return season is self.unnamed_season_closed
        known = {"spring", "summer", "autumn", "winter"}.intersection(named)
        return bool(known) and season.value not in known

    def is_closed_by(self, tags: Tags) -> bool:
        """Whether a tag other than access closes the way."""
        return any(not values.isdisjoint(parts_of(tags.get(key))) for key, values in self.closing.items())

    def cap_kmh(self, tags: Tags) -> float | None:
        """Return the most that the surface lets a car drive, or None."""
        caps = [table[part] for key, table in self.caps.items() for part in parts_of(tags.get(key)) if part in table]
        return min(caps, default=None)


@functools.cache
def access_rules() -> AccessRules:
    """Return the rules of this package."""
    table = tomllib.loads((resources.files("deserts.roads") / _FILE).read_text(encoding="utf-8"))
    seasons = table["seasons"]
    return AccessRules(
        modes=tuple(table["modes"]["order"]),
        meaning={value: Use[name.upper()] for name, values in table["values"].items() for value in values},
        classes={name: (tuple(entry["keys"]), entry["as"]) for name, entry in table["classes"].items()},
        closing={key: frozenset(values) for key, values in table["closing_tags"].items()},
        open_barriers=frozenset(table["barriers"]["open"]),
        days={season: _day(seasons[season]["day"]) for season in SEASONS},
        words={season: frozenset(seasons["words"][season]) for season in SEASONS},
        unnamed_season_closed=Season(seasons["unnamed"]["closed"]),
        caps={key: _caps(table[f"{key}_kmh"]) for key in ("surface", "tracktype", "smoothness")},
    )


def access_keys(*, directed: bool) -> tuple[str, ...]:
    """Return every key that the access rules look at."""
    plain = access_rules().modes
    keys = [key for mode in plain for key in (mode, *(f"{mode}:{way}" for way in DIRECTIONS if directed))]
    return (*keys, *(f"{key}:conditional" for key in keys))


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


def _caps(table: Mapping[str, Any]) -> dict[str, float]:
    return {value: float(entry["kmh"]) for value, entry in table.items()}

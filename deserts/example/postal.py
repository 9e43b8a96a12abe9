"""ZIP codes of the example: areas, PO-box and single-organisation ZIPs without an area, and one nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.example.land import Land
from deserts.example.towns import Town

__all__ = ["HOSPITAL_ZIP", "LOST_ZEROS_ZIP", "PO_BOX_ZIP", "UNKNOWN_ZIP", "Zip", "build_zips", "zips_of_town"]

PO_BOX_ZIP = "86990"
"""PO boxes of the capital: known to the postal list only."""
HOSPITAL_ZIP = "86991"
"""The university hospital's own ZIP: known to the postal list only."""
UNKNOWN_ZIP = "86998"
"""In addresses, but in no list; its neighbour in number is known."""
LOST_ZEROS_ZIP = "00301"
"""Of a town over the state line; written without its zeros in several files. The prefix is unassigned."""

_PEOPLE_A_ZIP = 40_000


@dataclass(frozen=True, slots=True)
class Zip:
    """One ZIP code; ``town`` is an index, ``has_area`` says whether it is a tabulation area (ZCTA)."""

    code: str
    town: int
    x: float
    y: float
    has_area: bool


def build_zips(land: Land, towns: tuple[Town, ...]) -> tuple[Zip, ...]:
    """Give every town its ZIPs, several to the larger ones."""
    following = {"XA": 86901, "XB": 86801}
    found: list[Zip] = []
    for index, town in enumerate(towns):
        state = land.counties[town.county].state
        if town.key == "border_north":
            found.append(Zip(LOST_ZEROS_ZIP, index, town.x, town.y, has_area=True))
            continue
        for part in range(max(1, round(town.population / _PEOPLE_A_ZIP))):
            shift = 0.45 * town.radius_km * part
            found.append(Zip(str(following[state]), index, town.x + shift, town.y - shift / 2, has_area=True))
            following[state] += 1
    capital = next(i for i, town in enumerate(towns) if town.key == "capital")
    for code, shift in ((PO_BOX_ZIP, 0.4), (HOSPITAL_ZIP, -0.8)):
        found.append(Zip(code, capital, towns[capital].x + shift, towns[capital].y + shift, has_area=False))
    return tuple(sorted(found, key=lambda entry: entry.code))


def zips_of_town(zips: tuple[Zip, ...], town: int) -> tuple[Zip, ...]:
    """Return the area ZIPs of a town."""
    return tuple(entry for entry in zips if entry.town == town and entry.has_area)

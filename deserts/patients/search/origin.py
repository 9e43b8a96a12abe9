"""Where the patient is: a ZIP or coordinates, resolved on this machine.

The place is kept out of ``repr`` and out of every error, so that it can't end in a log.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from deserts.config import US_STATES
from deserts.errors import InputError, UnknownNameError
from deserts.places.zips import ZipIndex, ZipPlace, clean_zip

__all__ = ["Origin", "find_zip", "from_lonlat", "from_zip", "require_inside"]

_KIND_NOTES = {
    "po_box": "That ZIP is a post-office box or a single organisation's own: minutes count from its post office, "
    "and the patient may live elsewhere.",
    "organisation": "That ZIP belongs to a single organisation: minutes count from there.",
    "unknown": "What kind of ZIP that is could not be told: minutes count from its published place.",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A patient's place.

    Parameters
    ----------
    lon, lat
        WGS 84 degrees.
    label
        The place in words for the answer; never for logs.
    zip_precise
        Whether only the centre of the ZIP is known.
    notes
        What the reader must know about the place.
    """

    lon: float = field(repr=False)
    lat: float = field(repr=False)
    label: str = field(repr=False)
    zip_precise: bool
    notes: tuple[str, ...] = ()


def from_zip(text: str, zips: ZipIndex, *, region_states: Sequence[str] = ()) -> Origin:
    """Look a ZIP up offline.

    Parameters
    ----------
    text
        The ZIP as typed.
    zips
        The offline table.
    region_states
        States of the region; a ZIP elsewhere is answered with a warning.

    Raises
    ------
    InputError
        If the text is not a ZIP.
    UnknownNameError
        If the ZIP is not known.
    """
    place = find_zip(text, zips)
    notes = ["Minutes count from the centre of the ZIP: a real address can be some minutes nearer or farther."]
    if place.kind in _KIND_NOTES:
        notes.append(_KIND_NOTES[place.kind])
    if region_states and place.state and place.state not in region_states:
        again = f" Ask again with --region {place.state}." if place.state in US_STATES else ""
        notes.append(
            f"That ZIP is in {place.state}, outside this region ({', '.join(region_states)}): clinicians farther out "
            f"on that side can be missing.{again}"
        )
    label = f"{place.zip} {place.place}".strip() + (f", {place.state}" if place.state else "")
    return Origin(place.lon, place.lat, label, zip_precise=True, notes=tuple(notes))


def find_zip(text: str, zips: ZipIndex) -> ZipPlace:
    """Return the place of a ZIP.

    Raises
    ------
    InputError
        If the text is not a ZIP.
    UnknownNameError
        If the ZIP is not known; the message offers those that lie nearest and does not repeat what was typed.
    """
    zip_code = clean_zip(text)
    try:
        place = zips.find(zip_code)
    except UnknownNameError:
        place = None
    if place is None:
        near = zips.near_words(zip_code)
        raise UnknownNameError(
            "that ZIP is not in the table of this region",
            where="zip",
            expected="a ZIP of the region or its surroundings",
            fix=f"{near}; or give --lonlat" if near else "check the digits and --region, or give --lonlat",
        )
    return place


def require_inside(lon: float, lat: float, zips: ZipIndex, *, where: str) -> None:
    """Refuse a place (degrees) that the data do not reach: an answer there would be about somewhere else.

    Raises
    ------
    UnknownNameError
        With the known ZIPs that lie nearest.
    """
    if zips.is_outside(lon, lat):
        near = zips.near_place_words(lon, lat)
        raise UnknownNameError(
            "that place lies outside the data of this region",
            where=where,
            expected="a place in the region or its surroundings",
            fix=f"check it and --region; {near}" if near else "check it and --region",
        )


def from_lonlat(text: str, zips: ZipIndex) -> Origin:
    """Read ``longitude,latitude`` in degrees.

    Raises
    ------
    InputError
        If it is not two numbers, or they are swapped or out of range; the message does not repeat them.
    UnknownNameError
        If the place lies outside the data.
    """
    expected = "longitude,latitude in degrees, for example -68.77,44.80"
    try:
        lon, lat = (float(part) for part in text.replace(";", ",").split(","))
    except ValueError:
        lon = lat = math.nan
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise InputError("these are not two numbers", where="lonlat", expected=expected)
    if abs(lat) > 90 or abs(lon) > 180 or lon > 0 > lat:
        raise InputError(
            "these are not a longitude and a latitude in the United States",
            where="lonlat",
            expected=expected,
            fix="longitude comes first and is negative; swap the two if they are the other way round",
        )
    require_inside(lon, lat, zips, where="lonlat")
    return Origin(lon, lat, "the given coordinates", zip_precise=False)

"""What the Census geocoder would answer for the example's clinics, each on the square in the middle of its ZIP."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from deserts.example.archives import csv_bytes
from deserts.example.cast import Address, Clinician
from deserts.example.land import to_lonlat
from deserts.example.players import Gazette
from deserts.sources.publishers.geocoder import GeocoderSettings
from deserts.sources.publishers.geocoder_answers import ANSWERS, address_keys

__all__ = ["street_answers"]


def street_answers(people: Iterable[Clinician], gazette: Gazette) -> bytes:
    """Return kept answers for every street address of the example; an address of an unknown ZIP has no match."""
    addresses = list({at for who in people for at in who.sites})
    table = pd.DataFrame(
        {
            "address": [f"{at.street} {at.street2}".strip() for at in addresses],
            **{name: [getattr(at, name) for at in addresses] for name in ("city", "state", "zip")},
        }
    )
    rows = {key: [key, *_answer(at, gazette)] for key, at in zip(address_keys(table), addresses, strict=True) if key}
    return csv_bytes(ANSWERS, [rows[key] for key in sorted(rows)])


def _answer(at: Address, gazette: Gazette) -> list[str]:
    """Return longitude, latitude, status, matched address, county and benchmark."""
    benchmark = GeocoderSettings().benchmark
    areas = [entry for entry in gazette.zips if entry.code == at.zip]
    if not areas:
        return ["", "", "no_match", "", "", benchmark]
    lon, lat = to_lonlat(np.array([areas[0].x, areas[0].y]))
    county = gazette.land.counties[gazette.towns[at.town].county]
    matched = f"{at.street}, {at.city}, {at.state}, {at.zip}".upper()
    return [f"{lon:.6f}", f"{lat:.6f}", "match", matched, county.fips, benchmark]

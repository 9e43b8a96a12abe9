"""Drive times against Google, Bing, Esri and public OSRM on real ZIP-to-hospital pairs.

The speed model was fitted once on this open half of the pairs; the other half is kept for judging. Roads are the
numbered highways of the country, and the full streets of New York, where 132 pairs have both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import Report, shared_data
from deserts.roads import Network, pair_times, read_network, snap

BANDS = ((0, 30), (30, 60), (60, 120), (120, np.inf))
NEW_YORK = [-74.49, 40.31, -73.51, 41.29]
"""West, south, east and north of the pairs that New York's streets can drive."""
CITIES = ("bangor_maine", "columbus_oh", "nky_streets")
_CITY_PAIRS = 2000
_ENDS = ("origin", "dest")
OTHERS = ("google", "bing", "esri", "osrm")


def population(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ZIP populations at ZIP centres."""
    people = pd.read_csv(data / "mirror/_no_canonical_url/census_zip_population_2023.csv", dtype={"ZIP_CLEAN": str})
    places = pd.read_csv(
        data / "mirror/download.geonames.org/export/zip/US.txt", sep="\t", header=None, usecols=[1, 9, 10],
        names=["zip", "lat", "lon"], dtype={"zip": str},
    ).drop_duplicates("zip")  # fmt: skip
    both = people.assign(zip=people["ZIP_CLEAN"].str.zfill(5)).merge(places, on="zip")
    lon, lat, count = (both[name].to_numpy(dtype=np.float64) for name in ("lon", "lat", "population"))
    return lon, lat, count


def agreement(ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """Return median ratio, median absolute % error, share within 10 minutes."""
    known = np.isfinite(ours) & np.isfinite(theirs)
    ratio = ours[known] / theirs[known]
    return {
        "pairs": int(known.sum()),
        "median ratio": float(np.median(ratio)) if known.any() else np.nan,
        "median abs error %": float(100 * np.median(np.abs(ratio - 1))) if known.any() else np.nan,
        "within 10 min %": float(100 * np.mean(np.abs(ours[known] - theirs[known]) <= 10)) if known.any() else np.nan,
    }


def bench_travel_time(report: Report, data: Path, network: Network) -> None:
    """Compare with TravelTime's minutes, which were chosen to last about 30 to 70 minutes."""
    pairs = pd.read_csv(data / "validation" / "traveltime_open.csv")
    minutes = minutes_between(network, pairs)
    theirs = pairs["traveltime_min"].to_numpy()
    rows = [
        {"kind": kind, "name": name} | agreement(minutes[at], theirs[at])
        for kind in ("area", "state")
        for name in sorted(pairs[kind].unique())
        for at in [(pairs[kind] == name).to_numpy()]
    ]
    report.table(
        "deserts with --population against TravelTime", rows,
        note="Whether TravelTime's minutes contain traffic is not stated; every pair lasts 20 minutes or more.",
    )  # fmt: skip


def bench_streets(report: Report, data: Path, highways: Network, people: tuple[np.ndarray, ...]) -> None:
    """Compare full streets with highways and straight access legs between random places in three cities."""
    published = [pd.read_csv(data / "validation" / name) for name in ("traveltime_open.csv", "drive_times_open.csv")]
    rows = []
    for city in CITIES:
        streets = read_network(data / "roads" / f"{city}.osm.pbf", population=people)
        drawn = places_in(streets)
        on_streets = minutes_between(streets, drawn, max_snap_km=0.5)
        inside = sum(int(within(pairs, _middle(streets)).sum()) for pairs in published)
        rows.append(
            {"city": city, "published pairs inside": inside}
            | agreement(on_streets, minutes_between(highways, drawn))
            | {"median minutes on streets": float(np.nanmedian(on_streets))}
        )
    report.table(
        "city streets against highways with access legs, random places", rows,
        note="Ratios are streets to highways, by one speed model. Where no published pair lies inside an extract, "
        "streets can not be judged against anybody's minutes directly; `roads_references.md` tells what can be said.",
    )  # fmt: skip


def _middle(streets: Network) -> list[float]:
    """Return west, south, east and north of all but the outermost streets."""
    return [float(np.quantile(axis, q)) for q in (0.02, 0.98) for axis in (streets.node_lon, streets.node_lat)]


def places_in(streets: Network) -> dict[str, np.ndarray]:
    """Draw pairs of places anywhere in the middle of an extract, the same each time."""
    box, rng = _middle(streets), np.random.default_rng(3)
    return {
        f"{end}_{axis}": rng.uniform(box[at], box[at + 2], _CITY_PAIRS)
        for end in _ENDS
        for at, axis in enumerate(("lon", "lat"))
    }


def bench_legs(report: Report, network: Network, pairs: pd.DataFrame, minutes: np.ndarray) -> None:
    """Compare with Google by the length of the longer access leg of a trip."""
    legs = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=50.0).snap_km for end in _ENDS]
    longer, google = np.maximum(*legs), pairs["google_min"].to_numpy()
    report.table(
        "highways with --population against Google, by the longer leg to the nearest highway",
        [
            {"leg km": f"{low} to {high}"} | agreement(minutes[at], google[at])
            for low, high in ((0, 0.5), (0.5, 2), (2, 4), (4, 8), (8, np.inf))
            for at in [(longer >= low) & (longer < high)]
        ],
    )


def bench_new_york(report: Report, data: Path, highways: Network, people: tuple[np.ndarray, ...]) -> None:
    """Compare full streets with Google on the pairs inside New York's extract: with people, without, with turns."""
    pairs = pd.read_csv(data / "validation" / "drive_times_open.csv")
    pairs = pairs[within(pairs, NEW_YORK)]
    file = data / "roads" / "ny_streets.osm.pbf"
    minutes = {
        "streets, --population": minutes_between(read_network(file, population=people), pairs),
        "streets, no population": minutes_between(read_network(file), pairs),
        "streets, --population, --turns": minutes_between(read_network(file, population=people, turns=True), pairs),
        "numbered highways, --population": minutes_between(highways, pairs),
    } | {name: pairs[f"{name}_min"].to_numpy() for name in OTHERS[1:]}
    google = pairs["google_min"].to_numpy()
    report.table(
        "New York: against Google on pairs inside the street extract",
        [
            {"Google minutes": f"{low} to {high}", "minutes of": name} | agreement(ours[band], google[band])
            for low, high in BANDS[:3]
            for band in [(google >= low) & (google < high)]
            for name, ours in minutes.items()
        ],
        note="The street numbers of the model were fitted on these pairs, so this is agreement in the sample.",
    )


def within(pairs: pd.DataFrame, box: list[float]) -> pd.Series:
    """Return which pairs have both ends in a box."""
    west, south, east, north = box
    return (
        pairs["origin_lon"].between(west, east)
        & pairs["origin_lat"].between(south, north)
        & pairs["dest_lon"].between(west, east)
        & pairs["dest_lat"].between(south, north)
    )


def minutes_between(network: Network, pairs: Mapping[str, Any], *, max_snap_km: float = 50.0) -> np.ndarray:
    """Return minutes of pairs; NaN where there is no way."""
    ends = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=max_snap_km) for end in _ENDS]
    return pair_times(network, *ends)[0]


def main() -> None:
    """Print and write every comparison."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to compare with")
        return
    pairs = pd.read_csv(data / "validation" / "drive_times_open.csv")
    google = pairs["google_min"].to_numpy()
    report = Report("roads_accuracy", __doc__.split("\n\n", 1)[1].replace("\n", " ").strip() if __doc__ else "")
    for title, people in (("with --population (ZIP centres)", population(data)), ("without --population", None)):
        network = read_network(data / "roads" / "us_highways.osm.pbf", population=people)
        minutes = minutes_between(network, pairs)
        bands = [(low, high, (google >= low) & (google < high)) for low, high in BANDS]
        rows = [
            {"Google minutes": f"{low} to {high}", "compared with": name}
            | agreement(minutes[band], pairs[f"{name}_min"].to_numpy()[band])
            for low, high, band in bands
            for name in OTHERS
        ]
        report.table(
            f"deserts {title}", rows, note=f"Pairs with a minute: {int(np.isfinite(minutes).sum())} of {len(pairs)}."
        )
        if people is not None:
            bench_travel_time(report, data, network)
            bench_streets(report, data, network, people)
            bench_new_york(report, data, network, people)
            bench_legs(report, network, pairs, minutes)
            report.table(
                "by state of the origin, deserts against Google, trips over 30 minutes",
                [
                    {"state": state} | agreement(minutes[at], google[at])
                    for state in sorted(pairs["origin_state"].dropna().unique())
                    for at in [((pairs["origin_state"] == state) & (google >= 30)).to_numpy()]
                ],
            )
    report.table(
        "the others against Google on the same pairs",
        [
            {"Google minutes": f"{low} to {high}", "service": name}
            | agreement(pairs[f"{name}_min"].to_numpy()[band], google[band])
            for low, high in BANDS
            for band in [(google >= low) & (google < high)]
            for name in OTHERS[1:]
        ],
    )
    report.write()


if __name__ == "__main__":
    main()

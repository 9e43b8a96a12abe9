"""What the references themselves say: TravelTime's pairs against Google's of like kind, and streets in three cities.

TravelTime's source chose its pairs by their minutes, so a state whose pairs are short in kilometres holds slow ones
only. Streets outside New York have no published pairs; a public profile of class speeds, whose distance from Google is
known, stands between the two.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from benchmarks.bench_roads_accuracy import CITIES, minutes_between, places_in, population
from benchmarks.harness import Report, shared_data
from deserts.earth import great_circle_m
from deserts.roads import Network, load_speeds, pair_times, read_network, snap
from deserts.roads.density import per_km2
from deserts.roads.speeds import SpeedModel
from deserts.roads.tags import ROAD_CLASSES
from deserts.roads.timing import RuleTable

_LIKE = 0.15
"""Pairs are alike whose straight length and speed along it differ by less, in the logarithm."""
_FEWEST = 3
_LENGTHS_KM = (0, 5, 10, 15, 20, 30)
_TOWNS_PER_KM2 = (300, 2500)

_PROFILE_KMH = {
    "motorway": 90, "motorway_link": 45, "trunk": 85, "trunk_link": 40, "primary": 65, "primary_link": 30,
    "secondary": 55, "secondary_link": 25, "tertiary": 40, "tertiary_link": 20, "unclassified": 25, "residential": 25,
    "living_street": 10, "service": 15,
}  # fmt: skip
"""Class speeds of the car profile that OSRM publishes; four fifths of a posted limit instead, where there is one."""
_PROFILE_LIMIT = 0.8


def straight_km(pairs: pd.DataFrame) -> np.ndarray:
    """Return the straight length of pairs."""
    ends = (pairs[name].to_numpy() for name in ("origin_lon", "origin_lat", "dest_lon", "dest_lat"))
    return great_circle_m(*ends) / 1000


def on_highways(network: Network, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs with our minutes, with and without straight drives on local roads, and legs."""
    ends = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=50.0) for end in ("origin", "dest")]
    without = replace(network, meta=network.meta | {"ends": network.meta["ends"] | {"direct_km": 0.0}})
    return pairs.assign(
        km=straight_km(pairs), legs_km=ends[0].snap_km + ends[1].snap_km, ours=pair_times(network, *ends)[0],
        without=pair_times(without, *ends)[0],
    )  # fmt: skip


def bench_choice(report: Report, chosen: pd.DataFrame, google: pd.DataFrame) -> None:
    """Compare each state of TravelTime's with Google's pairs of like straight length and speed."""
    kmh = google["km"] / google["google_min"]
    rows = []
    for state, pairs in chosen.groupby("state"):
        ratios = []
        for km, pace in zip(pairs["km"], pairs["km"] / pairs["traveltime_min"], strict=True):
            like = google[(np.abs(np.log(google["km"] / km)) < _LIKE) & (np.abs(np.log(kmh / pace)) < _LIKE)]
            if len(like) >= _FEWEST:
                names = ("ours", "bing_min", "esri_min", "osrm_min")
                ratios.append([(like[name] / like["google_min"]).median() for name in names])
        ours, bing, esri, osrm = np.median(ratios, axis=0)
        rows.append(
            {"state": state, "pairs": len(pairs), "median straight km": pairs["km"].median()}
            | {"under 20 km %": 100 * (pairs["km"] < 20).mean(), "median legs km": pairs["legs_km"].median()}
            | {"ours / TravelTime": (pairs["ours"] / pairs["traveltime_min"]).median()}
            | {"the same without straight local drives": (pairs["without"] / pairs["traveltime_min"]).median()}
            | {"with like pairs of Google's": len(ratios), "there ours / Google": ours}
            | {"Bing / Google": bing, "Esri / Google": esri, "OSRM / Google": osrm}
        )
    report.table(
        "TravelTime's pairs, and Google's pairs of like straight length and speed", rows,
        note="All of TravelTime's pairs last 20 minutes or more, whatever their length. Where they are short, as in "
        "Texas, only slow drives were chosen, and any model of usual speeds falls short of them.",
    )  # fmt: skip


def bench_lengths(report: Report, chosen: pd.DataFrame) -> None:
    """Show Texas against the other states by straight length."""
    in_texas = chosen["state"] == "Texas"
    ratio = chosen["ours"] / chosen["traveltime_min"]
    rows = []
    for low, high in ((0, 10), (10, 15), (15, 20), (20, 25), (25, 40), (40, 100)):
        band = chosen["km"].between(low, high, inclusive="left")
        texas, rest = band & in_texas, band & ~in_texas
        rows.append(
            {"straight km": f"{low} to {high}", "pairs in Texas": int(texas.sum()), "ratio": ratio[texas].median()}
            | {"pairs elsewhere": int(rest.sum()), "ratio elsewhere": ratio[rest].median() if rest.any() else np.nan}
        )
    report.table("ours / TravelTime by straight length", rows)


def by_profile(model: SpeedModel) -> SpeedModel:
    """Return the class speeds and delays of OSRM's profile in place of ours."""
    kmh = tuple(float(_PROFILE_KMH.get(name, 25)) for name in ROAD_CLASSES)
    still = (0.0,) * len(kmh)
    turns = {"right": (3.0, 3.0), "left": (4.0, 4.0), "sharp": (7.0, 7.0), "turn_round": (20.0, 20.0)}
    return replace(
        model,
        kinds={
            kind: replace(rules, rural_kmh=kmh, urban_kmh=kmh, junction_rural_s=still, junction_urban_s=still)
            for kind, rules in model.kinds.items()
        },
        delay_s=dict.fromkeys(model.delay_s, 0.0) | {"traffic_signals": 2.0},
        junction_s=dict.fromkeys(model.junction_s, (0.0, 0.0)) | turns,
        local=replace(model.local, rural_kmh=25.0, urban_kmh=25.0, end_rural_min=0.0, end_urban_min=0.0),
    )


def read_by_profile(path: Path) -> Network:
    """Read streets with the speeds of OSRM's profile."""
    posted = RuleTable.driven

    def driven(table: RuleTable, rule: Any, against: Any) -> Any:
        limit, may = posted(table, rule, against)
        return limit * _PROFILE_LIMIT, may

    with mock.patch.object(RuleTable, "driven", driven):
        return read_network(path, speeds=by_profile(load_speeds()), turns=True)


def bench_cities(report: Report, data: Path, highways: Network, google: pd.DataFrame) -> None:
    """Compare streets in three cities with the profile, and the profile with Google between like places elsewhere."""
    people = population(data)
    around = [
        per_km2(google[f"{end}_lon"].to_numpy(), google[f"{end}_lat"].to_numpy(), points=people, radius_km=8.0)
        for end in ("origin", "dest")
    ]
    mean = np.sqrt((around[0] + 1) * (around[1] + 1))
    towns = google[(mean >= _TOWNS_PER_KM2[0]) & (mean < _TOWNS_PER_KM2[1])]
    rows, shapes = [], []
    for city in CITIES:
        path = data / "roads" / f"{city}.osm.pbf"
        streets = read_network(path, population=people)
        drawn = pd.DataFrame(places_in(streets))
        km = straight_km(drawn)
        ends = [snap(streets, drawn[f"{end}_lon"], drawn[f"{end}_lat"], max_snap_km=0.5) for end in ("origin", "dest")]
        ours, driven_km, _ = pair_times(streets, *ends)
        profile = minutes_between(read_by_profile(path), drawn, max_snap_km=0.5)
        plain = minutes_between(highways, drawn)
        known = np.isfinite(ours) & np.isfinite(profile) & np.isfinite(plain)
        shapes.append(
            {"city": city, "places off the streets %": 100 * float((~ends[0].snapped).mean())}
            | {"driven / straight km, streets": np.median((driven_km / km)[known])}
            | {"km/h driven on streets": np.median((60 * driven_km / ours)[known])}
            | {"streets / highways": np.median((ours / plain)[known])}
        )
        for low, high in itertools.pairwise(_LENGTHS_KM):
            at, like = known & (km >= low) & (km < high), towns[towns["km"].between(low, high, inclusive="left")]
            to_google = (like["osrm_min"] / like["google_min"]).median()
            rows.append(
                {"city": city, "straight km": f"{low} to {high}", "pairs": int(at.sum())}
                | {"profile / streets": np.median((profile / ours)[at]) if at.any() else np.nan}
                | {"profile / highways": np.median((profile / plain)[at]) if at.any() else np.nan}
                | {"OSRM / Google elsewhere": to_google, "pairs elsewhere": len(like)}
                | {"so streets / Google": to_google / np.median((profile / ours)[at]) if at.any() else np.nan}
                | {"so highways / Google": to_google / np.median((profile / plain)[at]) if at.any() else np.nan}
            )
    report.table(
        "streets between random places in three cities", shapes,
        note="Northern Kentucky's extract is cut along bus lines: its streets lie in strips, with no road from one to "
        "the next, so drives go round. Its ratio tells of the cut, not of speeds.",
    )  # fmt: skip
    report.table(
        "by way of OSRM's published car profile", rows,
        note="The profile was put on our networks; elsewhere are Google's pairs between places with "
        f"{_TOWNS_PER_KM2[0]} to {_TOWNS_PER_KM2[1]} people a square kilometre. A derived figure, for want of any "
        "published minutes in these cities.",
    )  # fmt: skip


def main() -> None:
    """Print and write every comparison."""
    data = shared_data()
    if data is None:
        print("the real public data are absent: nothing to compare with")
        return
    report = Report("roads_references", (__doc__ or "").split("\n\n", 1)[1].replace("\n", " ").strip())
    highways = read_network(data / "roads" / "us_highways.osm.pbf", population=population(data))
    read = (pd.read_csv(data / "validation" / name) for name in ("traveltime_open.csv", "drive_times_open.csv"))
    chosen, google = (on_highways(highways, pairs) for pairs in read)
    bench_choice(report, chosen, google)
    bench_lengths(report, chosen)
    bench_cities(report, data, highways, google)
    report.write()


if __name__ == "__main__":
    main()

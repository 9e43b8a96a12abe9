"""Drive times against Google, Bing, Esri and public OSRM on real ZIP-to-hospital pairs.

The speed model was chosen once on this open half of the pairs; the other half is kept for judging. Roads are the
numbered highways only, so trips under 30 minutes can not be right and are reported, not judged.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.harness import Report, shared_data
from deserts.roads import pair_times, read_network, snap

BANDS = ((0, 30), (30, 60), (60, 120), (120, np.inf))
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
        origins = snap(network, pairs["origin_lon"], pairs["origin_lat"], max_snap_km=50)
        ends = snap(network, pairs["dest_lon"], pairs["dest_lat"], max_snap_km=50)
        minutes, _, status = pair_times(network, origins, ends)
        bands = [(low, high, (google >= low) & (google < high)) for low, high in BANDS]
        rows = [
            {"Google minutes": f"{low} to {high}", "compared with": name}
            | agreement(minutes[band], pairs[f"{name}_min"].to_numpy()[band])
            for low, high, band in bands
            for name in OTHERS
        ]
        report.table(f"deserts {title}", rows, note=f"Pairs with a minute: {(status == 'ok').sum()} of {len(pairs)}.")
        if people is not None:
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

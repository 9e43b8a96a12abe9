"""After a closure: hospitals that were paid for it without naming a clinician, whom those who lose it can ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats

__all__ = ["NAMED", "HospitalDrives", "hospital_options"]

NAMED = ("place_id", "name", "city", "state", "phone", "grade", "drug", "payers")
"""What is told of a hospital that is to be asked."""


@dataclass(frozen=True, slots=True, eq=False)
class HospitalDrives:
    """Drives to hospitals that supply without a named clinician.

    Parameters
    ----------
    pairs
        Drives from the points that are asked about to the rows of ``places``.
    places
        Rows of ``hospital_places`` that supply.
    system
        Certification number to the system of hospitals that it belongs to.
    """

    pairs: PairTable
    places: pd.DataFrame
    system: Mapping[str, str]

    @classmethod
    def of_points(
        cls, place_times: pd.DataFrame, point_ids: pd.Series, places: pd.DataFrame, system: Mapping[str, str]
    ) -> HospitalDrives:
        """Take the drives of demand points from the table ``place_times``."""
        shown = places[places["supplies"]].reset_index(drop=True)
        point = pd.Index(point_ids).get_indexer(place_times["point_id"])
        place = pd.Index(shown["place_id"]).get_indexer(place_times["place_id"])
        known = (point >= 0) & (place >= 0)
        pairs = PairTable.from_arrays(
            point[known], place[known], place_times["drive_min"].to_numpy()[known],
            n_points=len(point_ids), n_sites=len(shown),
        )  # fmt: skip
        return cls(pairs, shown, system)


def hospital_options(
    drives: HospitalDrives, people: Floats, stranded: Bools, closed_systems: frozenset[str]
) -> pd.DataFrame:
    """Return the hospitals that are nearest to those who lose a practice, most people first.

    Parameters
    ----------
    drives
        From the points of ``people``.
    people
        Who loses it, at each point.
    stranded
        Whether no named clinician is left within the limit at each point.
    closed_systems
        Systems that the closing practices belong to: their owner's hospital may close the clinic, too.

    Returns
    -------
    DataFrame
        ``place_id, name, city, state, phone, grade, drug, payers, people, people_stranded, drive_mean_min,
        same_owner``. They are asked, never counted: no figure of the plan holds them.
    """
    nearest = drives.pairs.nearest(1)[:, 0]
    minutes = drives.pairs.minutes_at(nearest)
    reached = np.isfinite(minutes) & (people > 0)
    rows = pd.DataFrame({"pair": nearest[reached], "people": people[reached], "minutes": minutes[reached]})
    rows["place"] = drives.pairs.site[rows["pair"]]
    rows["stranded"] = np.where(stranded[reached], rows["people"], 0.0)
    rows["person_min"] = rows["people"] * rows["minutes"]
    sums = rows.groupby("place")[["people", "stranded", "person_min"]].sum()
    found = drives.places.iloc[sums.index][list(NAMED)].reset_index(drop=True)
    found["people"] = sums["people"].to_numpy()
    found["people_stranded"] = sums["stranded"].to_numpy()
    found["drive_mean_min"] = (sums["person_min"] / sums["people"]).to_numpy()
    system = drives.places.iloc[sums.index]["ccn"].map(drives.system)
    found["same_owner"] = system.isin(closed_systems - {""}).to_numpy()
    return found.sort_values(["people", "place_id"], ascending=[False, True], ignore_index=True)

"""What hospitals that do it without a named clinician would add, in columns of their own: no headline counts them.

A named clinician can be phoned, graded and verified; a place cannot. So minutes to the nearest are those to a
clinician, and beside them stand the minutes that a patient would drive if the nearest place were counted, too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean, weighted_quantile
from deserts.access.pairs import codes_of
from deserts.arrays import Floats
from deserts.specialists.hospital_grades import places_of_payer
from deserts.tables import Status

__all__ = ["LIMITS_MIN", "PLACE_COLUMNS", "minutes_to_places", "payer_places", "score_places"]

LIMITS_MIN = (60, 120)
PLACE_COLUMNS = (
    "with_places_median_min",
    *(f"beyond_{limit}_with_places_share" for limit in LIMITS_MIN),
    "hospital_places_within_120",
    "places_status",
)
"""Columns of ``county_scores`` about hospital places."""


def minutes_to_places(point_ids: pd.Series, place_times: pd.DataFrame) -> Floats:
    """Return the minutes of each point to its nearest hospital place, infinite where none is within the limit."""
    nearest = place_times.groupby("point_id")["drive_min"].min()
    found: Floats = point_ids.map(nearest).fillna(np.inf).to_numpy(dtype=np.float64)
    return found


def score_places(
    scores: pd.DataFrame, reach: pd.DataFrame, demand: pd.DataFrame, place_times: pd.DataFrame, *, searched: bool
) -> pd.DataFrame:
    """Return a county table with the columns of hospital places added; no other column changes.

    Parameters
    ----------
    scores
        The table ``county_scores``.
    reach
        The table ``reach`` of the same run.
    demand
        The table ``demand``.
    place_times
        The table ``place_times``.
    searched
        Whether any hospital's price file was read: without one nothing is known of places, and the columns are null.
    """
    status = "searched" if searched else "not_searched"
    if not searched:
        blank = dict.fromkeys(PLACE_COLUMNS[:-1], np.nan)
        return scores.assign(**blank, places_status=status).astype(dict.fromkeys(PLACE_COLUMNS[:-1], "float64"))
    fips = pd.Index(scores["county_fips"])
    points = demand[demand["scored"] & (demand["population"] > 0)].reset_index(drop=True)
    county = codes_of(points["county_fips"], fips)
    points, county = points[county >= 0].reset_index(drop=True), county[county >= 0]
    first = reach[(reach["basis"] == "site") & (reach["rank"] == 1) & (reach["status"] == Status.OK)]
    own = points["point_id"].map(first.set_index("point_id")["drive_min"]).fillna(np.inf).to_numpy(dtype=np.float64)
    both = np.minimum(own, minutes_to_places(points["point_id"], place_times))
    people = points["population"].to_numpy(dtype=np.float64)
    median = weighted_quantile(both, people, county, len(fips), 0.5)
    near = place_times[place_times["drive_min"] <= LIMITS_MIN[-1]].groupby("point_id")["place_id"].nunique()
    within = np.asarray(points["point_id"].map(near).fillna(0), dtype=np.float64)
    shares = {
        f"beyond_{limit}_with_places_share": weighted_mean(np.where(both > limit, 1.0, 0.0), people, county, len(fips))
        for limit in LIMITS_MIN
    }
    return scores.assign(
        with_places_median_min=np.where(np.isfinite(median), median, np.nan),
        **shares,
        hospital_places_within_120=weighted_mean(within, people, county, len(fips)),
        places_status=status,
    )


def payer_places(
    scores: pd.DataFrame, demand: pd.DataFrame, place_times: pd.DataFrame, evidence: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    """Return a table by payer and county with its hospital places added.

    Parameters
    ----------
    scores
        The table ``payer_scores``.
    demand, place_times, evidence, places
        The tables ``demand``, ``place_times``, ``hospital_evidence`` and ``hospital_places``.

    Returns
    -------
    DataFrame
        With ``hospital_places_paid`` (places that this payer has paid, anywhere in the data) and
        ``nearest_place_median_min`` (to the nearest of them; null beyond the limit); both null where no price file was
        read.
    """
    if places.empty:
        return scores.assign(hospital_places_paid=np.nan, nearest_place_median_min=np.nan)
    points = demand[demand["scored"] & (demand["population"] > 0)].reset_index(drop=True)
    people = points["population"].to_numpy(dtype=np.float64)
    supplying = places.loc[places["supplies"], ["ccn", "place_id"]]
    made = []
    for payer, rows in scores.groupby("payer"):
        own = supplying[supplying["ccn"].isin(places_of_payer(evidence, str(payer)))]
        county = codes_of(points["county_fips"], pd.Index(rows["county_fips"]))
        minutes = minutes_to_places(points["point_id"], place_times[place_times["place_id"].isin(own["place_id"])])
        inside = county >= 0
        median = weighted_quantile(minutes[inside], people[inside], county[inside], len(rows), 0.5)
        made.append(
            rows.assign(
                hospital_places_paid=float(len(own)),
                nearest_place_median_min=np.where(np.isfinite(median), median, np.nan),
            )
        )
    return pd.concat(made).sort_index() if made else scores

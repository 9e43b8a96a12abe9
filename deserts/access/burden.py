"""The mileage clock: miles, hours and money a year that care at the nearest clinic costs a patient of each county.

Both ways count. A caregiver who drives spends the same hours. People without a site within the limit are not in the
averages; their share stands beside them, since their burden is larger than any number here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean
from deserts.access.pairs import PairTable
from deserts.arrays import Floats, Ints
from deserts.earth import KM_PER_MILE
from deserts.errors import InputError
from deserts.services import Service

__all__ = ["county_burden", "region_burden", "visit_schedules"]

_WEEKS_PER_YEAR = 365.25 / 7


def visit_schedules(service: Service) -> Mapping[str, float]:
    """Return the visits a year of each schedule: refills at three intervals, and the weeks of titration where known."""
    schedules = {
        "every 6 weeks": _WEEKS_PER_YEAR / 6,
        "every 3 months": 4.0,
        "every 6 months": 2.0,
    }
    if "burden.titration_weeks" in service.numbers:
        schedules["weekly during titration"] = service.number("burden.titration_weeks")
    return schedules


def county_burden(
    pairs: PairTable, population: Floats, county: Ints, county_fips: pd.Series, *, service: Service
) -> pd.DataFrame:
    """Return the yearly burden of one patient of each county, by schedule.

    Parameters
    ----------
    pairs
        Drives within the limit, with kilometres; one row a point.
    population, county
        People and county number of each point.
    county_fips
        Codes of the counties.
    service
        Gives the mileage rate and the weeks of titration.

    Returns
    -------
    ``county_fips, schedule, visits_per_year, miles_per_year, hours_per_year, usd_per_year, caregiver_hours_per_year,
    out_of_reach_share``; the schedule of titration counts its visits alone, not the year after it. Values are null
    where nobody reaches a site.

    Raises
    ------
    InputError
        If the pair table has no kilometres.
    """
    if pairs.dist_km is None:
        raise InputError("the mileage clock needs kilometres", expected="a pair table with dist_km")
    n = len(county_fips)
    nearest = pairs.nearest(1)[:, 0]
    reached = nearest >= 0
    miles = 2.0 * pairs.dist_km[nearest[reached]] / KM_PER_MILE
    hours = 2.0 * pairs.drive_min[nearest[reached]] / 60.0
    where, people = county[reached], population[reached]
    miles_visit = weighted_mean(miles, people, where, n)
    hours_visit = weighted_mean(hours, people, where, n)
    out = weighted_mean((~reached).astype(np.float64), population, county, n)
    rate = service.number("burden.usd_per_mile")
    parts = [
        pd.DataFrame(
            {
                "county_fips": county_fips.to_numpy(),
                "schedule": schedule,
                "visits_per_year": visits,
                "miles_per_year": visits * miles_visit,
                "hours_per_year": visits * hours_visit,
                "usd_per_year": visits * miles_visit * rate,
                "caregiver_hours_per_year": visits * hours_visit,
                "out_of_reach_share": out,
            }
        )
        for schedule, visits in visit_schedules(service).items()
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["county_fips", "schedule"], ignore_index=True)


def region_burden(burden: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """Return totals of a region, by schedule.

    Parameters
    ----------
    burden
        Result of `county_burden`.
    patients
        Patients by county code: a user's own counts, or any number spread like the residents.

    Returns
    -------
    ``schedule, patients, patients_out_of_reach`` (expected), ``patients_unknown`` (of counties of whose residents no
    drive is known) and the yearly sums of the other columns, for patients who reach a site.
    """
    here = patients.reindex(burden["county_fips"]).fillna(0.0).to_numpy(dtype=np.float64)
    out = here * burden["out_of_reach_share"].to_numpy(dtype=np.float64)
    sums = ["miles_per_year", "hours_per_year", "usd_per_year", "caregiver_hours_per_year"]
    table = burden[sums].mul(here - out, axis=0)  # what is null in a county belongs to nobody who reaches a site
    table.insert(0, "schedule", burden["schedule"].to_numpy())
    table.insert(1, "patients", here)
    table.insert(2, "patients_out_of_reach", out)
    table.insert(3, "patients_unknown", np.where(np.isnan(out), here, 0.0))
    return table.groupby("schedule", sort=True).sum().reset_index()

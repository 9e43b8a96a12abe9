"""What the draws of a Monte Carlo are made of: who is in business, where rough places lie, how wrong the minutes are.

Two questions are kept apart. *In business*: who still does this work and where; the question of the run itself, which
counts everybody at its grade. *Takes new patients*: who of them would say yes; for lists of the team. What nobody knows
of all (the common rate of yes, the error of the chances to be active) is drawn once a draw, never once a clinician.
Random numbers belong to a name and the draw, not to a position in a table ("common random numbers"): two scenarios that
differ in one clinician differ in that clinician alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from deserts.arrays import Bools, Floats, Ints
from deserts.services import Service
from deserts.specialists.acceptance import expected_rate, rests_on_own
from deserts.specialists.acceptance_sample import CommonRate

__all__ = [
    "BANDS_MIN", "Scenarios", "availability", "certain", "in_business", "minutes_error", "rough_places", "stays",
    "takes_new", "uniforms",
]  # fmt: skip

BANDS_MIN: Final = (30.0, 60.0, 120.0)
"""Bounds of the bands of minutes by which the check of drive times tells its errors."""
_BAND_SD: Final = ("speed_under_30_sd", "speed_30_to_60_sd", "speed_60_to_120_sd", "speed_over_120_sd")
_SHIFTS: Final = {
    "zip": "shift_zip_min",
    "city": "shift_city_min",
    "zip_nearby": "shift_zip_nearby_min",
    "county": "shift_county_min",
}
_COMMON, _ACTIVE, _RADIUS, _ANGLE, _REGION, _BAND, _SECOND, _RATE, _TAKES = range(1, 10)
_WIDEST = 2.5
"""Normal errors are cut at so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Scenarios:
    """What differs from draw to draw.

    Parameters
    ----------
    here
        Whether each site counts: draws x sites.
    place
        Number of the shared rough place of each site, -1 where its place is known to the street.
    east_min, north_min
        How far each rough place lies from where it was put, in minutes of driving: draws x places.
    factor
        Minutes of a draw over those of the run: draws x counties x bands.
    """

    here: Bools
    place: Ints
    east_min: Floats
    north_min: Floats
    factor: Floats


def in_business(
    sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service, grade: str, draws: int, seed: int
) -> Bools:
    """Draw who still does this work: draws x sites.

    At the run's grade by ``p_active``, whose log odds share one error a draw (``active.stop_sd``); below it by
    ``uncertainty.hidden_share``, the chance that suppression alone hides the evidence. All sites of a clinician share
    one draw.
    """
    person = specialists.set_index("npi").reindex(sites["npi"])
    chance = person["p_active"].fillna(1.0).to_numpy(np.float64)
    shared = service.number("active.stop_sd") * _normals(pd.Series(["active"]), draws, seed=seed, purpose=_COMMON)[0]
    with np.errstate(divide="ignore"):
        odds = np.log(chance) - np.log1p(-chance)
    drawn = 1.0 / (1.0 + np.exp(-(odds[None, :] + shared[:, None])))
    at_grade = (sites["grade_rank"] <= service.rank(grade)).to_numpy(bool)
    return stays(sites, np.where(at_grade, drawn, service.number("uncertainty.hidden_share")), draws=draws, seed=seed)


def stays(sites: pd.DataFrame, chance: Floats, *, draws: int, seed: int) -> Bools:
    """Draw who is there, clinicians independently of one another, with chances a site (or draws x sites)."""
    here: Bools = chance > uniforms(sites["npi"], draws, seed=seed, purpose=_ACTIVE).T
    return here


def availability(sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service, grade: str) -> Floats:
    """Return the chance that each site's clinician is in business and takes a new patient; for lists of the team.

    At the run's grade ``p_active`` times ``p_accepts_pump``; below it ``uncertainty.hidden_share``.
    """
    person = specialists.set_index("npi").reindex(sites["npi"])
    accepts = person["p_accepts_pump"].fillna(expected_rate(service))
    found = (person["p_active"].fillna(1.0) * accepts).to_numpy(dtype=np.float64)
    at_grade = (sites["grade_rank"] <= service.rank(grade)).to_numpy()
    return np.where(at_grade, found, service.number("uncertainty.hidden_share"))


def takes_new(sites: pd.DataFrame, specialists: pd.DataFrame, rate: CommonRate, *, draws: int, seed: int) -> Bools:
    """Draw who would take a new patient: draws x sites. For the team; no public table rests on it.

    The common rate is not known: one is drawn for each draw and holds for all of them, so that a low rate empties the
    map at once and errors do not cancel over clinicians. Whom an answer of their own is known of has its chance
    (``p_accepts_pump``) in every draw.
    """
    common = rate.quantile(uniforms(pd.Series(["accepts"]), draws, seed=seed, purpose=_RATE)[0])
    person = specialists.set_index("npi").reindex(sites["npi"])
    is_own = rests_on_own(person["p_accepts_basis"]) & person["p_accepts_pump"].notna().to_numpy()
    own = person["p_accepts_pump"].to_numpy(np.float64)
    chance = np.where(is_own[None, :], own[None, :], common[:, None])
    yes: Bools = chance > uniforms(sites["npi"], draws, seed=seed, purpose=_TAKES).T
    return yes


def rough_places(sites: pd.DataFrame, *, service: Service, draws: int, seed: int) -> tuple[Ints, Floats, Floats]:
    """Draw where roughly placed sites lie: the place of each site, and minutes east and north, draws x places.

    All sites of a ZIP (of a city, where the ZIP is not known) are put at one point, so they share its error. The
    distance is uniform up to the ``uncertainty.shift_*`` of the precision, the direction any.
    """
    rough = sites["precision"].isin(_SHIFTS).to_numpy(bool)
    precision = sites["precision"].astype(str)
    where = sites["zip"].fillna("").astype(str)
    where = where.where((where != "") & (precision != "city"), sites["city"].fillna("") + "," + sites["state"])
    codes, names = pd.factorize((precision + " " + where)[rough], sort=True)
    place = np.full(len(sites), -1, dtype=np.int64)
    place[rough] = codes
    label = pd.Series(np.asarray(names, dtype=object))
    widest = np.array([service.number(f"uncertainty.{_SHIFTS[str(name).split(' ', 1)[0]]}") for name in names])
    radius = uniforms(label, draws, seed=seed, purpose=_RADIUS).T * widest
    angle = 2 * np.pi * uniforms(label, draws, seed=seed, purpose=_ANGLE).T
    return place, radius * np.cos(angle), radius * np.sin(angle)


def minutes_error(county_fips: Sequence[str], *, service: Service, draws: int, seed: int) -> Floats:
    """Draw how wrong minutes are: factors, draws x counties x bands of minutes.

    One error for all roads of a state and one for each county and band, log-normal with the standard deviations that
    the check of drive times shows (``uncertainty.speed_*_sd``).
    """
    fips = pd.Series(list(county_fips), dtype="str")
    state, names = pd.factorize(fips.str[:2], sort=True)
    region = _normals(pd.Series(names), draws, seed=seed, purpose=_REGION)[state]
    factor = np.empty((draws, len(fips), len(_BAND_SD)))
    for band, name in enumerate(_BAND_SD):
        own = _normals(fips + f" {band}", draws, seed=seed, purpose=_BAND)
        log = service.number("uncertainty.speed_region_sd") * region + service.number(f"uncertainty.{name}") * own
        factor[:, :, band] = np.exp(log).T
    return factor


def certain(sites: int, counties: int, *, draws: int, here: Bools | None = None) -> Scenarios:
    """Return scenarios without any error of place and minutes; everybody is there unless ``here`` says otherwise."""
    return Scenarios(
        np.ones((draws, sites), dtype=bool) if here is None else here,
        np.full(sites, -1, dtype=np.int64),
        np.zeros((draws, 0)),
        np.zeros((draws, 0)),
        np.ones((draws, counties, len(_BAND_SD))),
    )


def uniforms(names: pd.Series, draws: int, *, seed: int, purpose: int) -> Floats:
    """Return numbers in [0, 1) that depend on name, draw, seed and purpose alone: names x draws.

    The generator is SplitMix64 on a hash of the name (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195).
    """
    key = pd.util.hash_array(names.to_numpy(dtype=object), categorize=False)
    stream = _mix(np.uint64((seed * 0x9E3779B97F4A7C15 + purpose) % 2**64))
    mixed = _mix(_mix(key ^ stream)[:, None] + np.arange(draws, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def _normals(names: pd.Series, draws: int, *, seed: int, purpose: int) -> Floats:
    """Return standard normal numbers like `uniforms` (Box-Muller), cut at `_WIDEST`."""
    one = uniforms(names, draws, seed=seed, purpose=purpose)
    two = uniforms(names, draws, seed=seed, purpose=purpose + 100 * _SECOND)
    normal = np.sqrt(-2.0 * np.log(1.0 - one)) * np.cos(2 * np.pi * two)
    return np.asarray(np.clip(normal, -_WIDEST, _WIDEST), dtype=np.float64)


def _mix(state: np.ndarray | np.uint64) -> np.ndarray:
    with np.errstate(over="ignore"):
        z = np.asarray(state, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))

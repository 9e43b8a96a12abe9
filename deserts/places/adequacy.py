"""County types and base time and distance limits of Medicare Advantage network adequacy.

References
----------
42 CFR 422.116(c) (county types) and (d)(2) (base limits). CMS publishes county-specific values every year in its
reference workbook; where that is at hand it goes first, and these tables are the fallback.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["BASE_LIMITS", "COUNTY_TYPES", "KM2_PER_SQ_MILE", "base_limits", "county_type", "required_share"]

KM2_PER_SQ_MILE = 2.589988110336
"""Square kilometres in a square mile (international mile, exact)."""

COUNTY_TYPES = ("Large Metro", "Metro", "Micro", "Rural", "CEAC")
"""Types of 42 CFR 422.116(c), densest first; CEAC means counties with extreme access considerations."""

_RULES: tuple[tuple[str, float, float], ...] = (
    ("Large Metro", 1_000_000, 1_000),
    ("Large Metro", 500_000, 1_500),
    ("Large Metro", 0, 5_000),
    ("Metro", 1_000_000, 10),
    ("Metro", 500_000, 10),
    ("Metro", 200_000, 10),
    ("Metro", 50_000, 100),
    ("Metro", 10_000, 1_000),
    ("Micro", 50_000, 10),
    ("Micro", 10_000, 50),
    ("Rural", 0, 10),
)
"""Type, least population, least people per square mile; the first rule that holds decides."""

_PATTERNS: tuple[tuple[tuple[str, ...], tuple[tuple[float, float], ...]], ...] = (
    (("Primary Care",),
     ((10, 5), (15, 10), (30, 20), (40, 30), (70, 60))),
    (("Cardiology", "General Surgery", "Ophthalmology", "Orthopedic Surgery"),
     ((20, 10), (30, 20), (50, 35), (75, 60), (95, 85))),
    (("Clinical Social Work",),
     ((20, 10), (30, 20), (50, 35), (75, 60), (125, 110))),
    (("Dermatology", "Gastroenterology", "Neurology", "Oncology - Medical, Surgical", "Podiatry", "Psychiatry",
      "Pulmonology", "Urology"),
     ((20, 10), (45, 30), (60, 45), (75, 60), (110, 100))),
    (("Clinical Psychology",),
     ((20, 10), (45, 30), (60, 45), (75, 60), (145, 130))),
    (("Allergy and Immunology", "Chiropractor", "ENT/Otolaryngology", "Gynecology, OB/GYN", "Nephrology",
      "Physiatry, Rehabilitative Medicine"),
     ((30, 15), (45, 30), (80, 60), (90, 75), (125, 110))),
    (("Cardiothoracic Surgery", "Endocrinology", "Infectious Diseases", "Neurosurgery",
      "Oncology - Radiation/ Radiation Oncology", "Plastic Surgery", "Rheumatology", "Vascular Surgery"),
     ((30, 15), (60, 40), (100, 75), (110, 90), (145, 130))),
)  # fmt: skip
"""Specialties that share their limits, and these in the order of `COUNTY_TYPES`: minutes, miles."""

BASE_LIMITS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    specialty: dict(zip(COUNTY_TYPES, limits, strict=True)) for names, limits in _PATTERNS for specialty in names
}
"""Specialty (as the reference workbook spells it) and county type to minutes and miles, all 29 of 42 CFR 422.116."""


def county_type(population: npt.ArrayLike, density_per_sq_mile: npt.ArrayLike) -> npt.NDArray[np.str_]:
    """Derive the county type from population and density.

    Parameters
    ----------
    population
        Residents, shape (n,).
    density_per_sq_mile
        Residents per square mile of land, shape (n,); NaN where the land area is not known.

    Returns
    -------
    ndarray
        Type of each county, shape (n,); empty text where the density is not known.

    References
    ----------
    42 CFR 422.116(c).
    """
    people = np.asarray(population, dtype=float)
    density = np.asarray(density_per_sq_mile, dtype=float)
    conditions = [np.isnan(density), density < 10]
    choices = ["", "CEAC"]
    for name, least_people, least_density in _RULES:
        conditions.append((people >= least_people) & (density >= least_density))
        choices.append(name)
    return np.select(conditions, choices, default="").astype(np.str_)


def base_limits(specialty: str, county_types: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the base limits in minutes and in miles for each county type; NaN where there is no standard.

    Parameters
    ----------
    specialty
        Name in `BASE_LIMITS`. Pain medicine and anesthesiology have none in the rule.
    county_types
        Types, shape (n,).
    """
    limits = BASE_LIMITS.get(specialty, {})
    pairs = [limits.get(str(name), (np.nan, np.nan)) for name in np.asarray(county_types)]
    array = np.array(pairs, dtype=float).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def required_share(county_types: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of beneficiaries who must live within both limits, by county type (422.116(d)(4)).

    0.90 in Large Metro and Metro, 0.85 in Micro, Rural and CEAC, NaN where the type is not known.
    """
    shares = {"Large Metro": 0.90, "Metro": 0.90, "Micro": 0.85, "Rural": 0.85, "CEAC": 0.85}
    return np.array([shares.get(str(name), np.nan) for name in np.asarray(county_types)], dtype=float)

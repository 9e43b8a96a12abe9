"""What the research tables are made from, and the form in which their makers read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean
from deserts.access.coverage import told
from deserts.access.pairs import PairTable, codes_of
from deserts.access.prepared import AccessInputs, Prepared, prepare
from deserts.access.survey import Survey
from deserts.arrays import Floats, Ints
from deserts.searches import SourceRead
from deserts.services import Service
from deserts.user_csv import header_of, read_user_csv

__all__ = [
    "SHARE_COLUMNS",
    "ResearchInputs",
    "Work",
    "county_mean",
    "drawn_points",
    "prepare_work",
    "read_county_shares",
    "scored_rows",
]

SHARE_COLUMNS = ("under_18_share", "medicare_share", "disability_share", "ma_share")
"""Columns of a user's table of counties: shares of the residents, and Medicare Advantage among Medicare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearchInputs:
    """What the research tables are made from.

    Parameters
    ----------
    scores
        Inputs of the scores.
    county_scores
        The run's own table.
    specialists
        The registry.
    affiliations
        ``npi, ccn``: clinicians and hospitals; empty when unknown.
    county_shares
        Result of `read_county_shares`, or None.
    patients
        A user's patients by county code, or None: then a thousand spread like the residents.
    leaving
        A user's ``npi, p_leaves``: chances to stop that go before ``retirement.leave_share``; or None.
    wide
        Inputs that hold the drives to clinicians below the run's grade too, so that the intervals can tell what
        suppression may hide; None when that grade was not run.
    survey
        Who lives in the counties and tracts (American Community Survey); None where it was not read.
    sources
        What the run read of each source.
    draws, seed
        Of the Monte Carlo.
    """

    scores: AccessInputs
    county_scores: pd.DataFrame
    specialists: pd.DataFrame
    affiliations: pd.DataFrame
    county_shares: pd.DataFrame | None = None
    patients: pd.Series | None = None
    leaving: pd.DataFrame | None = None
    wide: AccessInputs | None = None
    survey: Survey | None = None
    sources: tuple[SourceRead, ...] = ()
    draws: int = 1000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Work:
    """The region's own points, by county; counties that were not searched are in none."""

    inputs: ResearchInputs
    service: Service
    time_limit_min: float
    all: Prepared
    pairs: PairTable
    population: Floats
    county: Ints
    fips: pd.Series

    @property
    def n_counties(self) -> int:
        """Counties of the region."""
        return len(self.fips)

    @property
    def nearest_min(self) -> Floats:
        """Minutes from each point to the nearest site; infinite where there is none."""
        return self.pairs.minutes_at(self.pairs.nearest(1)[:, 0])


def read_county_shares(path: Path) -> pd.DataFrame:
    """Read a user's table ``county_fips`` with any of `SHARE_COLUMNS`, each 0 to 1.

    Raises
    ------
    InputError
        If a code repeats or a share is not between 0 and 1.
    """
    header = header_of(path)
    numbers = {name: (0.0, 1.0) for name in SHARE_COLUMNS if name in header}
    return read_user_csv(path, text=["county_fips"], numbers=numbers, unique=["county_fips"])


def prepare_work(inputs: ResearchInputs, *, service: Service, time_limit_min: float) -> Work:
    """Bring the inputs of the research tables into the form that their makers read."""
    prepared = prepare(inputs.scores, time_limit_min=time_limit_min)
    fips = inputs.county_scores["county_fips"].reset_index(drop=True)
    county = _told_county(prepared, inputs.county_scores)
    rows = np.flatnonzero(prepared.demand["scored"].to_numpy(dtype=bool) & (county >= 0))
    return Work(
        inputs, service, time_limit_min, prepared, prepared.pairs.take_points(rows), prepared.population[rows],
        county[rows], fips,
    )  # fmt: skip


def _told_county(prepared: Prepared, scores: pd.DataFrame) -> Ints:
    """Return the number of the county of each point, -1 outside them all and where nothing can be told."""
    county = codes_of(prepared.demand["county_fips"], pd.Index(scores["county_fips"]))
    can_tell = np.append(told(scores).to_numpy(), False)
    return np.where(can_tell[county], county, -1)


def scored_rows(work: Work) -> Ints:
    """Return the rows of the region's own points among all."""
    county = _told_county(work.all, work.inputs.county_scores)
    return np.flatnonzero(work.all.demand["scored"].to_numpy(dtype=bool) & (county >= 0))


def drawn_points(work: Work) -> pd.DataFrame:
    """Return ``lon, lat, population`` of the region's own points."""
    return work.all.demand[["lon", "lat"]].iloc[scored_rows(work)].assign(population=work.population)


def county_mean(work: Work, value: Floats) -> Floats:
    """Return the mean of the residents of each county."""
    return weighted_mean(value, work.population, work.county, work.n_counties)

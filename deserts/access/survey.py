"""Shares of residents and households from survey counts, with margins of error, for the areas of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.places.redrawn import counts_of_areas, overlaps
from deserts.sources.publishers.acs import MEASURES, read_acs
from deserts.sources.readers.margins import share_margin
from deserts.tables import Search

__all__ = ["Survey", "county_shares", "read_survey", "tract_shares"]

_COUNTS = ("part", "part_moe", "whole", "whole_moe")
_MARGINS = ("part_moe", "whole_moe")
_STATE_DIGITS, _COUNTY_DIGITS = 2, 5


@dataclass(frozen=True, slots=True)
class Survey:
    """What was read of the American Community Survey.

    Parameters
    ----------
    counts
        ``level, geoid, measure, part, part_moe, whole, whole_moe``, see `sources.publishers.acs.read_acs`.
    year
        Last of the five years; None where the files do not tell.
    """

    counts: pd.DataFrame
    year: int | None = None

    def of(self, level: str) -> pd.DataFrame:
        """Return the counts of counties or of tracts."""
        return self.counts[self.counts["level"] == level]


def read_survey(files: Sequence[tuple[Path, int | None]]) -> Survey | None:
    """Read files of the survey, each with the last year that it describes; None where there are none.

    Of several years the newest counts; files that do not tell their year are read beside it.

    Raises
    ------
    InputError
        If one of them is no table of the survey.
    """
    newest = max((year for _, year in files if year is not None), default=None)
    frames = [read_acs(path).frame for path, year in files if year in (newest, None)]
    return Survey(pd.concat(frames, ignore_index=True), newest) if frames else None


def county_shares(survey: Survey | None, counties: pd.Series) -> pd.DataFrame:
    """Return the shares of the residents of counties, a row each, in the order asked for.

    Counties that were redrawn take counts from those they overlap, by population (`places.redrawn`).

    Returns
    -------
    DataFrame
        Indexed by county: for each measure ``NAME_share`` (0 to 1) and ``NAME_share_moe``, null where it is not known;
        ``acs_basis`` (``own``, ``by_population``, empty), and ``acs_search``: whether the survey was read there at all.
    """
    counts = _by_measure(survey, "county")
    moved = {name: counts_of_areas(counties, rows, margins=_MARGINS) for name, rows in counts.items()}
    return _shares(moved, pd.Index(counties), searched=_states_of(survey, "county"))


def tract_shares(survey: Survey | None, tracts: pd.Series) -> pd.DataFrame:
    """Return the shares of the residents of tracts, as `county_shares` does.

    Where counties were redrawn a tract kept its last six digits: the one tract of the state that ends so is the same.
    """
    keys = _tract_keys(pd.Index(tracts))
    found = {}
    for name, rows in _by_measure(survey, "tract").items():
        known = rows.set_axis(_tract_keys(rows.index))
        known = known[~known.index.duplicated(keep=False)]
        same = known.reindex(keys).set_axis(pd.Index(tracts))
        same[keys.duplicated(keep=False)] = np.nan
        found[name] = same.assign(basis=np.where(same["part"].notna(), "own", ""))
    return _shares(found, pd.Index(tracts), searched=_states_of(survey, "tract"))


def _tract_keys(tracts: pd.Index[str]) -> pd.Index[str]:
    """Return what tells a tract whatever its county is called."""
    redrawn = tracts.str[:_COUNTY_DIGITS].isin(overlaps()["county_fips"])
    keys: pd.Index[str] = tracts.where(~redrawn, tracts.str[:_STATE_DIGITS] + "-" + tracts.str[_COUNTY_DIGITS:])
    return keys


def _by_measure(survey: Survey | None, level: str) -> dict[str, pd.DataFrame]:
    """Return the counts of each measure by area; of an area that stands in several files the first counts."""
    none = pd.DataFrame(columns=[*_COUNTS], index=pd.Index([], dtype="str"), dtype=np.float64)
    if survey is None:
        return {measure.name: none for measure in MEASURES}
    rows = survey.of(level).drop_duplicates(["geoid", "measure"])
    parts = {str(name): part.set_index("geoid")[[*_COUNTS]] for name, part in rows.groupby("measure")}
    return {measure.name: parts.get(measure.name, none) for measure in MEASURES}


def _states_of(survey: Survey | None, level: str) -> set[str]:
    return set() if survey is None else set(survey.of(level)["geoid"].str[:_STATE_DIGITS])


def _shares(counts: dict[str, pd.DataFrame], areas: pd.Index[str], *, searched: set[str]) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    basis = np.full(len(areas), "", dtype=object)
    for name, rows in counts.items():
        part, part_moe, whole, whole_moe = (rows[column].to_numpy(np.float64) for column in _COUNTS)
        share = np.divide(part, whole, out=np.full(len(areas), np.nan), where=whole > 0)
        columns[f"{name}_share"] = share
        columns[f"{name}_share_moe"] = share_margin(part, part_moe, whole, whole_moe)
        basis = np.where((basis == "") & ~np.isnan(share), rows["basis"].to_numpy(), basis)
    was_read = areas.str[:_STATE_DIGITS].isin(searched)
    search = np.select([basis != "", was_read], [Search.FOUND, Search.NONE], Search.NOT)
    return pd.DataFrame({**columns, "acs_basis": basis, "acs_search": search}, index=areas)

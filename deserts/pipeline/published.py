"""County shares, the survey's counts and districts from the raw files that the region chose, where they are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from deserts.access.registry_change import Residents, yearly_access
from deserts.access.survey import Survey, read_survey
from deserts.pipeline.inputs import files_for
from deserts.pipeline.point_kinds import scores_by_point_kind
from deserts.pipeline.run import Run
from deserts.sources.publishers.districts import read_districts
from deserts.sources.publishers.penetration import read_penetration
from deserts.sources.publishers.population import read_county_population

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["published_districts", "published_shares", "published_survey", "research_sources", "yearly_trend"]


def research_sources(run: Run, *, points: Sequence[Path] = ()) -> dict[str, Any]:
    """Return what `access.outputs.write_research` takes beside a run's tables: what publishers give, other points."""
    return {
        "published_shares": published_shares(run),
        "published_districts": published_districts(run),
        "survey": published_survey(run),
        "point_kinds": scores_by_point_kind(run, points),
        "trend": yearly_trend(run),
    }


def yearly_trend(run: Run) -> pd.DataFrame | None:
    """Return access by year of the claims (`access.registry_change.yearly_access`); None where no bills were read."""
    store = run.store
    if not store.has("registry_years") or store.read("registry_years").empty:
        return None
    read = next((read for read in store.provenance().sources if read.source == "claims"), None)
    return yearly_access(
        store.read("registry_years"), () if read is None else read.missing_years,
        residents=Residents.load(store), grade_rank=run.service.rank(run.grade),
    )  # fmt: skip


def published_shares(run: Run) -> pd.DataFrame | None:
    """Return ``county_fips`` with the shares that the raw files give; None when they give none.

    ``under_18_share`` from the population estimates by age; ``medicare_share`` (those who could join a Medicare
    Advantage plan, over residents) and ``ma_share`` from the penetration file.
    """
    people = [read_county_population(file.path).frame for file in files_for(run, "county_population")]
    plans = [read_penetration(file.path).frame for file in files_for(run, "ma_penetration")]
    if not people and not plans:
        return None
    table = pd.DataFrame({"county_fips": pd.Series(dtype="str")})
    if people:
        last = people[-1]
        own = pd.DataFrame({"county_fips": last["county_fips"], "residents": last["population"]})
        own["under_18_share"] = _share(last["under_18"], last["population"])
        table = own.drop_duplicates("county_fips")
    if plans:
        last = plans[-1][["county_fips", "eligible", "enrolled_share"]].drop_duplicates("county_fips")
        table = table.merge(last.rename(columns={"enrolled_share": "ma_share"}), on="county_fips", how="outer")
        if people:
            table["medicare_share"] = _share(table["eligible"], table["residents"])
    shares = [name for name in ("under_18_share", "medicare_share", "ma_share") if name in table]
    known = [name for name in shares if table[name].notna().any()]
    return table[["county_fips", *known]].sort_values("county_fips", ignore_index=True) if known else None


def published_survey(run: Run) -> Survey | None:
    """Return the survey's counts from the raw files of the newest year; None where there are none."""
    return read_survey([(file.path, file.year) for file in files_for(run, "acs")])


def published_districts(run: Run) -> dict[str, gpd.GeoDataFrame]:
    """Return the districts of each chamber (``congress``, ``upper``, ``lower``) in the raw files, by chamber."""
    frames = [read_districts(file.path).frame for file in files_for(run, "districts")]
    chambers = sorted({str(name) for frame in frames for name in frame["chamber"]})
    parts = {name: [frame[frame["chamber"] == name] for frame in frames] for name in chambers}
    return {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    share: pd.Series = (part / whole.where(whole > 0)).clip(0.0, 1.0).astype(np.float64)
    return share

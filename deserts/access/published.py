"""County shares and districts from the region's own raw files, where the publishers' files are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deserts.sources.publishers.districts import read_districts
from deserts.sources.publishers.penetration import read_penetration
from deserts.sources.publishers.population import read_county_population
from deserts.sources.raw import RawArea
from deserts.store import Store

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["published_districts", "published_shares"]


def published_shares(store: Store) -> pd.DataFrame | None:
    """Return ``county_fips`` with the shares that the raw files give; None when they give none.

    ``under_18_share`` from the population estimates by age; ``medicare_share`` (those who could join a Medicare
    Advantage plan, over residents) and ``ma_share`` from the penetration file.
    """
    area = RawArea.open(store.settings.raw_area(store.region))
    people = [read_county_population(path).frame for path in area.paths("county_population", required=False)]
    plans = [read_penetration(path).frame for path in area.paths("ma_penetration", required=False)]
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


def published_districts(store: Store) -> dict[str, gpd.GeoDataFrame]:
    """Return the districts of each chamber (``congress``, ``upper``, ``lower``) in the raw files, by chamber."""
    area = RawArea.open(store.settings.raw_area(store.region))
    frames = [read_districts(path).frame for path in area.paths("districts", required=False)]
    chambers = sorted({str(name) for frame in frames for name in frame["chamber"]})
    parts = {name: [frame[frame["chamber"] == name] for frame in frames] for name in chambers}
    return {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    share: pd.Series = (part / whole.where(whole > 0)).clip(0.0, 1.0).astype(np.float64)
    return share

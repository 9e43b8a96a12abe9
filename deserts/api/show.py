"""What a notebook shows: a small table between sentences, every value escaped; tables of places as points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deserts.documents.html import environment

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["Page", "as_points"]


@dataclass(frozen=True, slots=True)
class Page:
    """A title, sentences above, a table, sentences below."""

    title: str
    above: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[str, ...]

    def html(self) -> str:
        """Return it as HTML."""
        text: str = environment("deserts.api").get_template("answer.html").render(page=self)
        return text


def as_points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return a table with longitude and latitude as a GeoDataFrame; a place that is not known has no point."""
    import geopandas as gpd

    points = gpd.points_from_xy(frame["lon"], frame["lat"], crs="EPSG:4326")
    known = (frame["lon"].notna() & frame["lat"].notna()).to_numpy()
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, index=frame.index).where(known, None))

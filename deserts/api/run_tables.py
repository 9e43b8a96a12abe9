"""The tables of a run, each read when it is first asked for."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from deserts.api.show import as_points
from deserts.pipeline.run import Run as PipelineRun

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from deserts.roads import Network

__all__ = ["RunTables"]


class RunTables(PipelineRun):
    """What `deserts.Run` knows of its tables: each call gives a frame of its own."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a table of the run by name, as the codebook lists them; a spatial one as a GeoDataFrame.

        Raises
        ------
        MissingDataError
            If no stage has written it.
        """
        if name not in self._tables:
            self._tables[name] = self.store.read(name)
        return self._tables[name].copy(deep=False)

    @functools.cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @property
    def scores(self) -> gpd.GeoDataFrame:
        """The scores of the region's own counties (``county_scores``) with their shapes."""
        shapes = self.counties[["county_fips", "geometry"]]
        joined = shapes.merge(self.table("county_scores"), on="county_fips", how="inner")
        ordered = [name for name in joined.columns if name != "geometry"] + ["geometry"]
        return joined[ordered].sort_values("county_fips", ignore_index=True)

    @property
    def counties(self) -> gpd.GeoDataFrame:
        """The counties of the region and of what lies around it."""
        return self.table("counties")

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Clinicians at addresses as points; ``counts`` says whether they count as supply at the run's grade."""
        found = self.table("sites")
        counts = found["supplies"] & (found["grade_rank"] <= self.service.rank(self.grade))
        return as_points(found.assign(counts=counts))

    @property
    def demand(self) -> gpd.GeoDataFrame:
        """The points where people live, with how many."""
        return as_points(self.table("demand"))

    @property
    def hospitals(self) -> gpd.GeoDataFrame:
        """The hospitals as points."""
        return as_points(self.table("hospitals"))

    @property
    def isochrones(self) -> gpd.GeoDataFrame:
        """Land within so many minutes of a site. For looking at: no score is computed from it."""
        return self.table("isochrones")

    @property
    def reach(self) -> pd.DataFrame:
        """For each demand point its nearest site, second-nearest and so on, by site and by practice."""
        return self.table("reach")

    @property
    def drive_times(self) -> pd.DataFrame:
        """Minutes and kilometres from each demand point to each site within the time limit."""
        return self.table("drive_times")

    @property
    def specialists(self) -> pd.DataFrame:
        """Clinicians and organisations with their grade."""
        return self.table("specialists")

    @property
    def evidence(self) -> pd.DataFrame:
        """The dated observations that the grades rest on."""
        return self.table("evidence")

    @functools.cached_property
    def network(self) -> Network:
        """The roads, as arrays that stay on disk until they are touched."""
        from deserts.roads import Network

        return Network.load(self.store.find_network())

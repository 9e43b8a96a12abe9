"""What the figures of a run draw on: its tables, read once and brought into the form that they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.gate import Gate, require_gate
from deserts.access.reach import people_by_nearest
from deserts.places.redrawn import classes_of_counties
from deserts.provenance import Provenance
from deserts.publish.notes import data_line
from deserts.publish.words import counted_words, is_upper_bound, region_name
from deserts.sentences import say
from deserts.services import Service
from deserts.store import Store

__all__ = ["FigureData", "load_figure_data"]


@dataclass(frozen=True, slots=True)
class FigureData:
    """Tables of a run that the figures draw on.

    Parameters
    ----------
    points
        One row a scored demand point with people: population, county_fips, nearest_min, second_min, nearest_km,
        practice_id (of the nearest); minutes are null where there is no site within the limit.
    classes
        Rural-urban codes of counties with the share of their residents, see `places.redrawn.classes_of_counties`.
    practices
        Name of each practice.
    nearest_for
        Residents by the practice that is nearest to them, shared equally where several are exactly as near.
    evidence, specialists
        Processed tables.
    flow
        Steps of the stage ``specialists``.
    """

    store: Store
    service: Service
    gate: Gate
    provenance: Provenance
    points: pd.DataFrame
    classes: pd.DataFrame
    practices: Mapping[str, str]
    nearest_for: pd.Series
    evidence: pd.DataFrame
    specialists: pd.DataFrame
    flow: pd.DataFrame

    def points_by_code(self) -> pd.DataFrame:
        """Return ``points`` with ``rucc``; a point of a county that falls under several codes has a row for each.

        Its residents are then parted by the county's shares; ``rucc`` is null where none is known.
        """
        rows = self.points.merge(self.classes.rename(columns={"code": "rucc"}), on="county_fips", how="left")
        return rows.assign(population=rows["population"] * rows["share"].fillna(1.0))

    def nearest_words(self, practice_id: str) -> str:
        """Say for how many residents a practice is the nearest."""
        verdict = self.provenance.verdict("nearest_for", service=self.service)
        people = f"{self.nearest_for[practice_id]:,.0f}"
        return say("nearest_for", verdict, practice=self.practices[practice_id], people=people)

    @property
    def source(self) -> str:
        """One line on what a figure rests on."""
        notice = "Upper bound, not access. " if is_upper_bound(self.service, self.store.grade) else ""
        notice += "".join(f"{text.rstrip('.')}. " for text in self.provenance.notices)
        counted = counted_words(self.service, grade=self.store.grade)
        return f"{notice}{region_name(self.store.region)}. Counted: {counted}. {data_line(self.provenance)}"

    @property
    def credits(self) -> str:
        """One line on whom a figure owes credit: it goes about alone, without the page around it."""
        return f"Credits: {'; '.join(sorted(self.provenance.attribution))}." if self.provenance.attribution else ""


def load_figure_data(store: Store, *, service: Service, force: bool = False) -> FigureData:
    """Read the tables of a run, once its checks allow that it is published.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    NotPublishableError
        If a check failed, and it may not be or was not overridden (``force``).
    """
    gate = require_gate(store, service=service, force=force)
    demand = store.read("demand", columns=["point_id", "county_fips", "population", "scored"])
    demand = demand[demand["scored"] & (demand["population"] > 0)]
    counties = store.read("counties")
    reach = store.read("reach")
    reach = reach[reach["basis"] == "practice"]
    sites = store.read("sites", columns=["site_id", "practice_id", "practice_name", "address", "city"])
    first, second = reach[reach["rank"] == 1], reach[reach["rank"] == 2]
    lengths = store.read("drive_times", columns=["point_id", "site_id", "dist_km"])
    points = (
        demand.merge(first[["point_id", "site_id", "drive_min"]], on="point_id", how="left")
        .merge(second[["point_id", "drive_min"]], on="point_id", how="left", suffixes=("", "_second"))
        .merge(sites[["site_id", "practice_id"]], on="site_id", how="left")
        .merge(lengths, on=["point_id", "site_id"], how="left")
        .rename(columns={"drive_min": "nearest_min", "drive_min_second": "second_min", "dist_km": "nearest_km"})
        .sort_values("point_id", ignore_index=True)
    )
    names = sites.sort_values("site_id").drop_duplicates("practice_id").set_index("practice_id")
    shown = np.where(
        names["practice_name"].fillna("") == "", names["address"] + ", " + names["city"], names["practice_name"]
    )
    flow_path = store.path("evidence").with_name("flow_specialists.csv")
    return FigureData(
        store=store,
        service=service,
        gate=gate,
        provenance=store.provenance(),
        points=points,
        classes=classes_of_counties(counties),
        practices=dict(zip(names.index, shown, strict=True)),
        nearest_for=people_by_nearest(reach.merge(sites[["site_id", "practice_id"]], on="site_id"), demand),
        evidence=store.read("evidence", columns=["npi", "source", "kind", "year"]),
        specialists=store.read("specialists"),
        flow=pd.read_csv(store.find_file(flow_path, "the flow of rows"))
        if store.has_file(flow_path)
        else pd.DataFrame(columns=["step", "rows_in", "rows_out"]),
    )

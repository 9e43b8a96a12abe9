"""Answers of a run: each prints as a command does, shows as a table in a notebook, and gives its values to programs."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from deserts.api.show import Page
from deserts.patients.asking.ask import Asked
from deserts.patients.refill.plan import Plan
from deserts.patients.search.answer import BackupAnswer, Candidate
from deserts.patients.search.backup_text import distance_words, place_distance_words, render

if TYPE_CHECKING:
    import geopandas as gpd

    from deserts.patients.search.at_hour import AtHour
    from deserts.patients.search.closed_roads import RoadsClosed
    from deserts.planning.region import RegionCase
    from deserts.planning.scenario import WhatIf

__all__ = ["Backups", "Change", "Explanation"]


@dataclasses.dataclass(frozen=True, slots=True)
class Backups:
    """Who could take a patient over, with the pump's days and the plan. For the team: it names clinicians.

    Parameters
    ----------
    asked
        The pump's days, the plan, and the three tiers of candidates with notes and sources.
    today
        Day of the question.
    """

    asked: Asked = dataclasses.field(repr=False)
    today: dt.date = dataclasses.field(repr=False)

    @property
    def answer(self) -> BackupAnswer:
        """The three tiers of candidates with notes and sources."""
        return self.asked.answer

    @property
    def roads_closed(self) -> RoadsClosed | None:
        """What the answer becomes while roads are closed; None where that was not asked."""
        return self.asked.roads_closed

    @property
    def at_hour(self) -> AtHour | None:
        """What the drives become at the hour of the appointment; None where none was given."""
        return self.asked.at_hour

    @property
    def plan(self) -> Plan | None:
        """What must happen by when; None while nothing is known of the days and no sign was given."""
        return self.asked.plan

    def __str__(self) -> str:
        """Return what the command prints: what is most pressing stands first, be it that no day is known."""
        from deserts.patients.refill.refill_text import render_plan, render_timeline

        parts, timeline = [], self.asked.timeline
        if timeline is not None and self.plan is not None:
            parts.append(render_plan(self.plan, timeline) + "\n")
            parts.append(render_timeline(timeline, today=self.today, with_first_line=False) + "\n")
        elif timeline is not None:
            parts.append(timeline.first_line + "\n\n")
        parts += [f"you entered {line}\n" for line in self.asked.read_as] + (["\n"] if self.asked.read_as else [])
        beside = [part for part in (self.at_hour, self.roads_closed) if part is not None]
        parts += ["\n  ".join(part.sentences) + "\n\n" for part in beside]
        return "".join([*parts, render(self.answer)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as the command's ``--json`` prints them."""
        plain = self.asked.to_dict()
        answer, beside = plain.pop("answer"), {name: plain.pop(name) for name in ("roads_closed", "at_hour")}
        return {**plain, **answer, **{name: part for name, part in beside.items() if part is not None}}

    def frame(self) -> pd.DataFrame:
        """Return the candidates, one row each in the order of the list."""
        names = [field.name for field in dataclasses.fields(Candidate)]
        rows = [[getattr(candidate, name) for name in names] for candidate in self.answer.candidates]
        return pd.DataFrame(rows, columns=names).astype({"tier": "str"})

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        rows = [
            (tier.title, candidate.name, distance_words(candidate), candidate.practice_name, candidate.phone)
            for tier in self.answer.tiers
            for candidate in tier.candidates
        ]
        rows += [
            ("hospital, nobody named", place.name, place_distance_words(place), "ask for the clinic", place.phone)
            for place in self.answer.places
        ]
        timeline = self.asked.timeline
        above = () if timeline is None else (timeline.first_line,)
        heads = ("what is known", "name", "drive", "practice", "phone")
        below = (*self.answer.set_aside, *self.answer.provenance, self.answer.disclaimer)
        return Page(f"From {self.answer.place}", (*above, *self.answer.notes), heads, tuple(rows), below).html()


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """Why a county scored as it did.

    Parameters
    ----------
    county_fips
        The county.
    sentences
        Class, each component with its weight, resilience, adequacy.
    sources
        Grade, years and age of the data, and what they can't see.
    reproduce
        The command that makes the result again, and the files that it was made from.
    """

    county_fips: str
    sentences: tuple[str, ...]
    sources: tuple[str, ...]
    reproduce: str

    def __str__(self) -> str:
        """Return what the command prints."""
        return "\n".join([*self.sentences, "", *self.sources, self.reproduce])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return Page(self.sentences[0], self.sentences[1:], (), (), (*self.sources, self.reproduce)).html()


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """What a scenario changes.

    Parameters
    ----------
    result
        What the planning package found.
    counties
        One row a county with its shape: minutes before and after, winners and losers.
    sources
        Grade, years and age of the data, and what they can't see.
    case
        The region that the scenario started from.
    """

    result: WhatIf = dataclasses.field(repr=False)
    counties: gpd.GeoDataFrame = dataclasses.field(repr=False)
    sources: tuple[str, ...] = dataclasses.field(repr=False)
    case: RegionCase = dataclasses.field(repr=False)

    @property
    def totals(self) -> Mapping[str, Any]:
        """Minutes and people of the whole region, before and after."""
        return self.result.totals

    @property
    def table(self) -> pd.DataFrame:
        """One row a county without its shape, as the command prints it."""
        return pd.DataFrame(self.counties.drop(columns="geometry")).round(4)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What closes and opens, and what that changes for the region; where a check failed, that leads."""
        from deserts.publish.change_map import change_sentences, shut_words

        closed = len(self.result.closed)
        counts = f"{closed} {'site closes' if closed == 1 else 'sites close'}, {len(self.result.added)} open"
        if self.result.shut_roads:
            counts += f", {shut_words(self.result.shut_roads)}"
        return (*self.case.gate.banners(), counts, *change_sentences(self.result.totals))

    def __str__(self) -> str:
        """Return the region's change in words."""
        return "\n".join([*self.sentences, *self.sources])

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the counties that lose most first."""
        moved = self.counties.assign(added=self.counties["mean_after_min"] - self.counties["mean_before_min"])
        shown = moved[moved["added"].abs() > 0].sort_values("added", ascending=False, kind="stable").head(10)
        rows = [
            (str(row.name_), f"{row.mean_before_min:.1f}", f"{row.mean_after_min:.1f}", f"{row.added:+.1f}")
            for row in shown.rename(columns={"name": "name_"}).itertuples()
        ]
        heads = ("county", "mean before, min", "mean after, min", "change, min")
        return Page(self.sentences[0], self.sentences[1:], heads, tuple(rows), self.sources).html()

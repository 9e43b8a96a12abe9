"""The one finding that stands on top: what share of residents lives too far away, from possible to proven supply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.coverage import told
from deserts.publish.words import (
    counted_words,
    is_upper_bound,
    limit_words,
    percent,
    proven_rank,
    region_name,
    share_of_residents,
    who,
)
from deserts.searches import Verdict
from deserts.sentences import say
from deserts.services import Service
from deserts.store import Store
from deserts.tables import Status

__all__ = ["Headline", "make_headline", "share_beyond", "withhold"]

_NOT_A_FINDING = "That is a gap in what was read, not a finding about care: no number is given."


@dataclass(frozen=True, slots=True)
class Headline:
    """A finding and how it may be read.

    Parameters
    ----------
    sentence
        The finding in plain words.
    meaning
        One sentence on what it means or why there is no number.
    possible_share, proven_share
        Share of residents beyond the severe limit, counting everyone at the run's grade, and counting only those
        proven by public files; None where no number may be given.
    """

    sentence: str
    meaning: str
    possible_share: float | None = None
    proven_share: float | None = None


def share_beyond(scores: pd.DataFrame, limit_min: int) -> float:
    """Return the share of residents over ``limit_min`` minutes away, all counties together (NaN without residents)."""
    lived = scores[(scores["status"] != Status.NO_POPULATION) & scores[f"beyond_{limit_min}_share"].notna()]
    people = lived["population"].to_numpy(dtype=float)
    if people.sum() == 0:
        return float("nan")
    return float(np.average(lived[f"beyond_{limit_min}_share"].to_numpy(dtype=float), weights=people))


def make_headline(
    store: Store, *, service: Service, scores: pd.DataFrame, sites: pd.DataFrame, fips: frozenset[str] | None = None
) -> Headline:
    """Word the finding of a run, for the whole region or for some of its counties.

    Parameters
    ----------
    store
        Tables of the run; ``drive_times`` and ``demand`` are read when proven and possible supply differ.
    service
        Its ladder and threshold.
    scores, sites
        The tables ``county_scores`` and ``sites``.
    fips
        Counties to which the finding is limited; None takes all.
    """
    grade = store.grade
    limit = int(service.number("desert.severe_min"))
    region = region_name(store.region)
    if is_upper_bound(service, grade):
        return Headline(
            f"This map shows who might be asked in {region}, not who does it.",
            f"It counts {who(service, grade)}: an upper bound, not access. No number is given, because most of them "
            "do not offer this care.",
        )
    verdict = store.provenance().verdict("share_beyond", service=service)
    if not verdict.may_be_said:
        return Headline(say("share_beyond", verdict, whom=who(service, grade)), _NOT_A_FINDING)
    supply = sites[sites["supplies"] & (sites["grade_rank"] <= service.rank(grade))]
    if supply.empty:
        return Headline(
            say("none_at_grade", verdict, grade=grade, region=region),
            f"The public files name nobody shown to: {service.grade(grade).words}. That is a gap in the record as "
            f"much as in care: ask by phone before concluding either.{_partly(verdict)}",
        )
    chosen = scores if fips is None else scores[scores["county_fips"].isin(fips)]
    can_tell = told(chosen)
    if not can_tell.any():
        return Headline("Nothing can be told: " + str(chosen["desert_class"].iloc[0]) + ".", _NOT_A_FINDING)
    possible = share_beyond(chosen, limit)
    if np.isnan(possible):
        return Headline("Nobody lives here by the data used.", "There is no share to give.")
    proven_sites = supply[supply["grade_rank"] <= proven_rank(service)]
    proven = possible
    if len(proven_sites) < len(supply):
        proven = _proven_share(
            store, proven_sites, limit_min=limit, fips=frozenset(chosen.loc[can_tell, "county_fips"])
        )
    hours = limit_words(limit)
    shares = share_of_residents(proven, possible)
    sentence = say("share_beyond", verdict, shares=shares, limit=hours, whom=who(service, grade))
    counted = counted_words(service, grade=grade)
    if percent(proven) != percent(possible):
        rung = service.grades[proven_rank(service)]
        meaning = f"Proven is who, by public files, {rung.words}; possible is {counted}."
    else:
        meaning = f"Counted is {counted}."
    meaning += _left_out(chosen[~can_tell]) + _partly(verdict)
    return Headline(sentence[:1].upper() + sentence[1:], meaning, possible, proven)


def withhold(headline: Headline, reasons: Sequence[str]) -> Headline:
    """Return what stands in the place of a headline that may not be given, with the reasons."""
    if headline.possible_share is None:  # there was no finding to begin with
        return headline
    return Headline("Not verified: no finding is given.", " ".join(reasons))


def _left_out(scores: pd.DataFrame) -> str:
    if scores.empty:
        return ""
    people = scores["population"].sum()
    return f" {len(scores)} counties with {people:,.0f} residents are not assessed and not counted."


def _partly(verdict: Verdict) -> str:
    return f" Partly searched: {verdict.words()}." if verdict.missing else ""


def _proven_share(store: Store, proven_sites: pd.DataFrame, *, limit_min: int, fips: frozenset[str]) -> float:
    demand = store.read("demand", columns=["point_id", "county_fips", "population", "scored"])
    demand = demand[demand["scored"] & demand["county_fips"].isin(fips) & (demand["population"] > 0)]
    reached = (
        store.read(
            "drive_times",
            columns=["point_id"],
            filters=[("site_id", "in", sorted(proven_sites["site_id"])), ("drive_min", "<=", float(limit_min))],
        )
        if len(proven_sites)
        else pd.DataFrame({"point_id": pd.Series(dtype="str")})
    )
    near = demand["point_id"].isin(reached["point_id"].unique())
    return 1.0 - float(demand.loc[near, "population"].sum() / demand["population"].sum())

"""What a paper asks of a run beside its tables: who was left out and why, ranks with intervals, a methods paragraph.

References
----------
Benchimol and others 2015, The RECORD statement, doi:10.1371/journal.pmed.1001885 (item 13: selection of the people in
the study). Goldstein & Spiegelhalter 1996, League tables and their limitations, doi:10.2307/2983325
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from deserts.access.coverage import told
from deserts.access.firmness import SCORE_DRAWS
from deserts.access.point_kinds import PointKind, kinds_compared
from deserts.access.uncertainty import Draws
from deserts.arrays import Floats
from deserts.provenance import Provenance
from deserts.services import Service
from deserts.specialists.activity import borrowed_words
from deserts.store import Store

__all__ = ["Paper", "attrition", "methods_paragraph", "rank_intervals"]

_STAGES: Mapping[str, str] = {
    "places": "demand", "roads": "demand", "specialists": "evidence", "addresses": "evidence",
    "supply": "evidence", "times": "reach", "scores": "reach",
}  # fmt: skip
"""Stages that take something in or leave it out, in the order in which they run, each with a table that lies beside
its record."""
_WORST_SHARE = 0.1


def attrition(store: Store) -> pd.DataFrame:
    """Return every step of the run that kept or left out something: ``stage, step, rows_in, rows_out, left_out, why``.

    A step that makes several rows of one (addresses of a clinician) leaves nothing out.
    """
    frames = []
    for stage, table in _STAGES.items():
        path = store.path(table).with_name(f"flow_{stage}.csv")
        if store.has_file(path):
            rows = pd.read_csv(store.find_file(path, f"the flow of the stage {stage}"))
            frames.append(rows.assign(stage=stage, step_number=np.arange(1, len(rows) + 1)))
    if not frames:
        return pd.DataFrame()
    steps = pd.concat(frames, ignore_index=True)
    steps["left_out"] = (steps["rows_in"] - steps["rows_out"]).clip(lower=0)
    return steps[["stage", "step_number", "step", "rows_in", "rows_out", "left_out", "why"]]


def rank_intervals(drawn: Draws, county_fips: Sequence[str], now_min: Floats, *, level: float = 0.9) -> pd.DataFrame:
    """Return each county's rank by the middle resident's minutes, 1 the farthest, with its interval over the draws.

    Counties with the same minutes, and those beyond the limit, share their mean rank.

    Parameters
    ----------
    drawn
        Draws of the run.
    now_min
        The run's own medians; null beyond the limit.
    level
        Share of the draws that an interval holds.

    Returns
    -------
    ``county_fips, rank_now, rank_median, rank_low, rank_high, worst_tenth_share_of_draws``; null without residents.
    """
    peopled = ~np.isnan(drawn.beyond_limit[0])
    n = int(peopled.sum())
    table = pd.DataFrame({"county_fips": list(county_fips)})
    columns = ("rank_now", "rank_median", "rank_low", "rank_high", "worst_tenth_share_of_draws")
    values = np.full((len(columns), len(table)), np.nan)
    if n:
        ranks = rankdata(-drawn.median_min[:, peopled], axis=1)
        tail, last, ordered = (1.0 - level) / 2.0, len(ranks) - 1, np.sort(ranks, axis=0)
        values[:, peopled] = [
            rankdata(-np.where(np.isnan(now_min[peopled]), np.inf, now_min[peopled])),
            np.median(ranks, axis=0),
            ordered[int(np.floor(tail * last))],
            ordered[int(np.ceil((1.0 - tail) * last))],
            np.mean(ranks <= max(1.0, _WORST_SHARE * n), axis=0),
        ]
    return table.assign(**dict(zip(columns, values, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the methods paragraph is written from.

    Parameters
    ----------
    provenance, service
        Of the run.
    scores, demand, sites
        Its county scores, demand points, and sites at its grade.
    time_limit_min
        Of the run.
    draws, seed
        Of the intervals.
    survey_year
        Last year of the survey; None where none was read.
    point_kinds
        Scores by kind of point, the run's own first.
    """

    provenance: Provenance
    service: Service
    scores: pd.DataFrame
    demand: pd.DataFrame
    sites: pd.DataFrame
    time_limit_min: float
    draws: int
    seed: int
    survey_year: int | None = None
    point_kinds: Sequence[PointKind] = ()


def methods_paragraph(paper: Paper) -> str:
    """Return a paragraph on methods and main results with the run's own numbers; what was not read is said so."""
    credit = "; ".join(paper.provenance.attribution)
    sentences = [
        *(f"NOTICE: {notice.rstrip('.')}." for notice in paper.provenance.notices),
        _population(paper), _supply(paper), *_unread(paper), _roads(paper), *_results(paper), *_areas(paper),
        _survey(paper),
        *([f"Credits: {credit}."] if credit else []),
    ]  # fmt: skip
    return " ".join(sentences)


def _population(paper: Paper) -> str:
    own = paper.demand[paper.demand["scored"]]
    kinds = own.groupby("point_kind")["population"].agg(["size", "sum"]).sort_values("sum", ascending=False)
    points = " and ".join(f"{int(row['size']):,} points of kind {kind}" for kind, row in kinds.iterrows()) or "no point"
    return (
        f"Potential spatial access to {paper.service.title} was measured for the region {paper.provenance.region_id}: "
        f"{own['population'].sum():,.0f} residents at {points} in {len(paper.scores):,} counties."
    )


def _supply(paper: Paper) -> str:
    facts, sites = paper.provenance, paper.sites
    years = ", ".join(map(str, facts.claims_years))
    claims = f"Medicare claims of {years}" if years else "no claims file (not searched)"
    listed = f"the clinician directory of {facts.directory_date}" if facts.directory_date else "no clinician directory"
    clinicians, practices = sites["npi"].nunique(), sites["practice_id"].nunique()
    words = paper.service.grade(facts.grade).words
    return (
        f"Supply was {clinicians:,} clinicians at {len(sites):,} sites of {practices:,} practices in the region and "
        f"its surroundings who reach grade {facts.grade} ({words}) by {claims} and {listed}, as of "
        f"{facts.as_of or 'an unknown day'}; claims show nobody with ten or fewer Medicare patients a year."
    )


def _unread(paper: Paper) -> list[str]:
    gaps = "; ".join(paper.provenance.missing)
    return [f"Not read, and so possibly hiding nearer clinicians: {gaps}."] if gaps else []


def _roads(paper: Paper) -> str:
    return (
        f"Average daytime driving minutes were searched along roads up to {paper.time_limit_min:g} minutes; residents "
        "beyond stay in every denominator."
    )


def _results(paper: Paper) -> list[str]:
    assessed = paper.scores[told(paper.scores)]
    left = len(paper.scores) - len(assessed)
    people = assessed["population"].to_numpy(np.float64)
    if not people.sum() > 0:
        return ["No county could be assessed: a source that is needed was not read, so no share is given."]
    gone = [f"{left:,} counties were not assessed, and their residents count nowhere."] if left else []
    lived_in = people > 0
    far = [
        float(np.average(assessed[f"beyond_{limit}_share"].to_numpy(np.float64)[lived_in], weights=people[lived_in]))
        for limit in (60, 120)
    ]
    moderate, bar = (paper.service.number(name) for name in ("desert.moderate_min", "uncertainty.robust_share"))
    deserts = assessed[assessed["desert_rank"] >= 2]
    robust = int((deserts["desert_firmness"] == "robust").sum())
    lived = f"{far[0]:.1%} of residents lived over 60 minutes and {far[1]:.1%} over 120 minutes from the nearest site."
    classes = (
        f"In {len(deserts):,} of {len(assessed):,} counties most residents lived over {moderate:g} minutes away; "
        f"{robust:,} of these kept that class in at least {bar:.0%} of {SCORE_DRAWS} draws of who is in business, "
        f"where roughly placed sites lie and how far minutes are off (intervals of the research tables: "
        f"{paper.draws:,} draws, seed {paper.seed}). {borrowed_words(paper.service)}"
    )
    return [*gone, lived, classes.rstrip()]


def _areas(paper: Paper) -> list[str]:
    compared = kinds_compared(paper.point_kinds)
    return [
        f"With residents at points of kind {row.point_kind} ({row.source}) the class of "
        f"{row.counties_class_differs:,} of {row.counties:,} counties differed."
        for row in compared.iloc[1:].itertuples()
    ]


def _survey(paper: Paper) -> str:
    if paper.survey_year is None:
        return "No survey of residents was read; its columns are null."
    return f"Covariates are five-year estimates to {paper.survey_year} with margins of error of 90 %."

"""The one finding that stands on top: what share of residents lives too far away, from possible to proven supply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.coverage import told
from deserts.access.gate import NO_FINDING
from deserts.publish.supply_views import POSSIBLE, PROVEN, SupplyView
from deserts.publish.words import (
    counted_words,
    is_upper_bound,
    limit_words,
    people_words,
    percent,
    proven_rank,
    region_name,
    share_of_residents,
    who,
    who_is_proven,
)
from deserts.searches import Verdict
from deserts.sentences import say
from deserts.services import Service
from deserts.store import Store
from deserts.tables import Status

__all__ = ["Headline", "area_finding", "make_headline", "people_beyond", "share_beyond", "view_headlines", "withhold"]

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

    @property
    def has_number(self) -> bool:
        """Whether a finding may be given."""
        return self.possible_share is not None


def people_beyond(scores: pd.DataFrame, limit_min: int) -> tuple[float, float]:
    """Return how many residents live over ``limit_min`` minutes away, and their share (NaN without residents)."""
    lived = scores[(scores["status"] != Status.NO_POPULATION) & scores[f"beyond_{limit_min}_share"].notna()]
    people = lived["population"].to_numpy(dtype=float)
    if people.sum() == 0:
        return 0.0, float("nan")
    far = float((people * lived[f"beyond_{limit_min}_share"].to_numpy(dtype=float)).sum())
    return far, far / float(people.sum())


def share_beyond(scores: pd.DataFrame, limit_min: int) -> float:
    """Return the share of residents over ``limit_min`` minutes away, all counties together (NaN without residents)."""
    return people_beyond(scores, limit_min)[1]


def make_headline(store: Store, *, service: Service, views: Sequence[SupplyView]) -> Headline:
    """Word the finding of a run.

    Parameters
    ----------
    store
        Gives region, grade and what was searched.
    service
        Its ladder and threshold.
    views
        Result of `deserts.publish.supply_views.supply_views`.
    """
    scores = views[-1].scores
    grade = store.grade
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
    if not views[-1].site_ids:
        return Headline(
            say("nobody_shown", verdict, words=service.grade(grade).words, region=region),
            "That is a gap in the record as much as in care: ask by phone before concluding either." + _partly(verdict),
        )
    if not told(scores).any():
        return Headline("Nothing can be told: " + str(scores["desert_class"].iloc[0]) + ".", _NOT_A_FINDING)
    limit = int(service.number("desert.severe_min"))
    proven, possible = (share_beyond(view.scores, limit) for view in (views[0], views[-1]))
    if np.isnan(possible):
        return Headline("Nobody lives here by the data used.", "There is no share to give.")
    shares = share_of_residents(proven, possible)
    sentence = say("share_beyond", verdict, shares=shares, limit=limit_words(limit), whom=who(service, grade))
    counted = counted_words(service, grade=grade)
    if percent(proven) != percent(possible):
        rung = service.grades[proven_rank(service)]
        meaning = f"Proven is who, by public files, {rung.words}; possible is {counted}."
    else:
        meaning = f"Counted is {counted}."
    meaning += _left_out(scores[~told(scores)]) + _partly(verdict)
    return Headline(sentence[:1].upper() + sentence[1:], meaning, possible, proven)


def view_headlines(
    store: Store, headline: Headline, *, service: Service, views: Sequence[SupplyView]
) -> dict[str, Headline]:
    """Word the finding of each view by its key: people first, then the share, then what the other view says.

    A headline without a finding stands for every view.
    """
    if not headline.has_number:
        return {view.key: headline for view in views}
    limit = int(service.number("desert.severe_min"))
    verdict = store.provenance().verdict("share_beyond", service=service)
    far = {view.key: people_beyond(view.scores, limit) for view in views}
    found = {}
    for view in views:
        whom = who_is_proven(service) if view.key == PROVEN else who(service, store.grade)
        people, share = far[view.key]
        sentence = say("share_beyond", verdict, shares=people_words(people, share), limit=limit_words(limit), whom=whom)
        others = [key for key in far if key != view.key]
        meaning = _MEANING[view.key].format(counted=counted_words(service, grade=store.grade))
        meaning += "".join(f" {_OTHER[key].format(far=people_words(*far[key]))}" for key in others)
        tail = _left_out(view.scores[~told(view.scores)]) + _partly(verdict)
        found[view.key] = Headline(sentence, meaning + tail, headline.possible_share, headline.proven_share)
    return found


def area_finding(store: Store, *, service: Service, view: SupplyView) -> str:
    """Return the finding of any area of a view, with the places ``{people}``, ``{share}`` and ``{name}`` left open."""
    limit = limit_words(service.number("desert.severe_min"))
    verdict = store.provenance().verdict("share_beyond", service=service)
    if not verdict.may_be_said:
        return ""
    whom = who_is_proven(service) if view.key == PROVEN else who(service, store.grade)
    return say("share_beyond", verdict, shares="{people} residents ({share}) of {name}", limit=limit, whom=whom)


_MEANING = {
    PROVEN: "Counted are proven practices only.",
    POSSIBLE: "Counted is {counted}.",
}
_OTHER = {
    PROVEN: "With proven practices only it would be {far}.",
    POSSIBLE: "With possible practices counted too it would be {far}.",
}


def withhold(headline: Headline, reasons: Sequence[str]) -> Headline:
    """Return what stands in the place of a headline that may not be given, with the reasons."""
    if not headline.has_number:  # there was no finding to begin with
        return headline
    return Headline(NO_FINDING, " ".join(reasons))


def _left_out(scores: pd.DataFrame) -> str:
    if scores.empty:
        return ""
    people = scores["population"].sum()
    return f" {len(scores)} counties with {people:,.0f} residents are not assessed and not counted."


def _partly(verdict: Verdict) -> str:
    return f" Partly searched: {verdict.words()}." if verdict.missing else ""

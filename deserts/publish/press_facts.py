"""The numbers of a press kit: of a state and each of its counties, proven practices alone and possible ones too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deserts.errors import NotPublishableError, UnknownNameError
from deserts.publish.area_facts import Area, AreaFacts, FactBase, area_facts, list_areas
from deserts.publish.comparison import Comparer, beside_words
from deserts.publish.how_firm import state_interval
from deserts.publish.map_data import MapContent, load_content
from deserts.publish.supply_views import POSSIBLE, PROVEN

__all__ = ["RESULT_MEANINGS", "PressFacts", "load_press_facts"]

RESULT_MEANINGS: Mapping[str, str] = {
    "county_fips": "code of the county",
    "county": "its name",
    "state": "postal code of its state",
    "residents": "people of its demand points (census)",
    **{
        name.format(view): f"{words}, counting {counted}"
        for view, counted in ((PROVEN, "proven practices only"), (POSSIBLE, "possible practices too"))
        for name, words in (
            ("{}_residents_far", "residents who live farther by road than the limit"),
            ("{}_share_far", "their share of the residents, 0 to 1"),
            (
                "{}_middle_drive_min",
                "minutes of the middle resident to the nearest; empty: none within reach",
            ),
            ("{}_middle_drive_if_it_stops_min", "the same to a second practice; empty: none within reach"),
        )
    },
    "status": "ok, or why there are no numbers",
}
"""Meaning of each column of the table of results."""


@dataclass(frozen=True, slots=True, eq=False)
class PressFacts:
    """What a press kit tells.

    Parameters
    ----------
    base, content
        The run, and what its map holds.
    area, facts
        The state and its five numbers.
    results
        One row a county of the state, columns of `RESULT_MEANINGS`, the worst first.
    fragile, drawn
        Counties of which it may change whether they are a desert when the inputs are off as they may be, and counties
        for which that was tried.
    interval
        The state's row of ``state_intervals``; None where nothing was drawn.
    beside
        What the neighbours of a county and the region have, in words, by the code of the county.
    """

    base: FactBase
    content: MapContent
    area: Area
    facts: AreaFacts
    results: pd.DataFrame
    fragile: int
    drawn: int
    interval: Mapping[str, Any] | None
    beside: Mapping[str, str]


def load_press_facts(base: FactBase, state: str | None) -> PressFacts:
    """Return the facts of one state of a run.

    Raises
    ------
    UnknownNameError
        If the state has no residents in the run, or none is named and there are several.
    NotPublishableError
        If the run has no finding: nothing is given to newspapers then.
    """
    areas = {area.area_id: area for area in list_areas(base, by="state")}
    if state is None and len(areas) == 1:
        state = next(iter(areas))
    if state not in areas:
        raise UnknownNameError(
            "name one state of the run" if state is None else f"no residents of {state!r} are in this run",
            where="--state", expected=", ".join(areas), fix="choose one of these, or another --region",
        )  # fmt: skip
    content = load_content(base.store, service=base.service, gate=base.gate)
    if not content.headline.has_number or not base.gate.is_verified:
        raise NotPublishableError(
            f"there is no finding to give to the press: {content.headline.sentence}",
            where=base.store.provenance_path.parent, expected="a run with a finding that passed its checks",
            fix="choose a grade that shows the care itself, or read what is missing in `deserts publish audit`",
        )  # fmt: skip
    results = _results(content, state, limit=int(base.service.number("desert.severe_min")))
    firm = content.views[-1].scores
    own = firm[firm["state"] == state]
    firmness = own["desert_firmness"] if "desert_firmness" in own else pd.Series(dtype="str")
    return PressFacts(
        base, content, areas[state], area_facts(base, areas[state]), results, int((firmness == "fragile").sum()),
        int((firmness != "").sum()), state_interval(base.store, state), _beside(base, content),
    )  # fmt: skip


def _beside(base: FactBase, content: MapContent) -> dict[str, str]:
    limit = int(base.service.number("desert.severe_min"))
    scores = [content.views[0].scores, content.views[-1].scores]
    comparer = Comparer.of(base.store.read("counties"), scores[-1])
    both = zip(*(comparer.of_counties(table, limit_min=limit) for table in scores), strict=True)
    words = (beside_words(pair, base.store.region, limit_min=limit) for pair in both)
    return dict(zip(scores[-1]["county_fips"].astype(str), words, strict=True))


def _results(content: MapContent, state: str, *, limit: int) -> pd.DataFrame:
    """Return the table of results; a run with one view counts the same practices as proven and as possible."""
    views = {PROVEN: content.views[0], POSSIBLE: content.views[-1]}
    own = views[POSSIBLE].scores
    own = own[own["state"] == state]
    columns: dict[str, object] = {
        "county_fips": own["county_fips"], "county": own["name"], "state": own["state"],
        "residents": own["population"].round(),
    }  # fmt: skip
    for key, view in views.items():
        scores = view.scores.loc[own.index]
        columns[f"{key}_residents_far"] = (scores["population"] * scores[f"beyond_{limit}_share"]).round()
        columns[f"{key}_share_far"] = scores[f"beyond_{limit}_share"].round(4)
        columns[f"{key}_middle_drive_min"] = scores["nearest_median_min"].round()
        columns[f"{key}_middle_drive_if_it_stops_min"] = scores["second_practice_median_min"].round()
    table = pd.DataFrame({**columns, "status": own["status"]})[list(RESULT_MEANINGS)]
    order = np.lexsort((table["county_fips"], -table[f"{PROVEN}_residents_far"].fillna(-1).to_numpy(dtype=float)))
    return table.iloc[order].reset_index(drop=True)

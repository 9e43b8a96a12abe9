"""How firm the numbers of a state or district are: the state's own share with its interval, and its counties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from deserts.access.firmness import firmness_words, interval_words
from deserts.publish.area_facts import Area, FactBase
from deserts.publish.words import limit_words, percent
from deserts.services import Service
from deserts.specialists.activity import borrowed_words
from deserts.store import Store

__all__ = ["firm_words", "is_mostly_far", "state_interval", "state_words"]

_MOST_FRAGILE = 2
"""So many counties are named with their interval; all of them stand on the map."""


def firm_words(base: FactBase, area: Area) -> str:
    """Say how firm a state's share is, with its interval, and of how many counties it is firm that they are a desert.

    Parameters
    ----------
    base, area
        See `deserts.publish.area_facts`; a district has no share of its own that was drawn.
    """
    scores = base.store.read("county_scores")
    if "desert_firmness" not in scores:  # a run of an earlier version
        return ""
    own = scores[scores["county_fips"].isin(set(base.points["county_fips"].iloc[area.rows]))]
    drawn = own[own["desert_firmness"] != ""]
    if drawn.empty:
        return ""
    row = state_interval(base.store, area.area_id)
    words = "" if row is None else f" {state_words(row, service=base.service)}"
    limit = base.store.settings.time_limit_min
    if len(drawn) == 1:
        alone = firmness_words(drawn.iloc[0], service=base.service, time_limit_min=limit)
        return f"{words} {drawn['name'].iloc[0]}: {alone}"
    return f"{words} {_of_counties(drawn, base.service, limit)} {borrowed_words(base.service)}".rstrip()


def _of_counties(drawn: pd.DataFrame, service: Service, limit_min: float) -> str:
    fragile = drawn[drawn["desert_firmness"] == "fragile"].sort_values(
        ["population", "county_fips"], ascending=[False, True]
    )
    words = (
        f"Whether most live over {limit_words(service.number('desert.moderate_min'))} away is robust in "
        f"{len(drawn) - len(fragile)} of {len(drawn)} counties, if clinicians stop, places and minutes are off"
    )
    if len(fragile):
        named = [f"{row['name']} {interval_words(row, limit_min)}" for _, row in fragile.head(_MOST_FRAGILE).iterrows()]
        words += f"; fragile, with the middle drive in nine draws of ten: {', '.join(named)}"
        words += ", and smaller ones" if len(fragile) > _MOST_FRAGILE else ""
    return f"{words}."


def state_interval(store: Store, state: str) -> Mapping[str, Any] | None:
    """Return the row of ``state_intervals`` of a state; None for another area, and where nothing was drawn."""
    if not store.has("state_intervals"):  # a run of an earlier version
        return None
    table = store.read("state_intervals")
    own = table[(table["state"] == state) & (table["firmness"] != "")]
    return None if own.empty else {str(name): value for name, value in own.iloc[0].items()}


def state_words(row: Mapping[str, Any], *, service: Service) -> str:
    """Say how firm a state's own share is, with its intervals.

    Parameters
    ----------
    row
        Result of `state_interval`.
    service
        Gives the bounds.
    """
    near, far = (limit_words(service.number(f"desert.{bound}_min")) for bound in ("moderate", "severe"))
    if row["firmness"] == "fragile":
        firm = f"it is fragile whether most live over {near} away"
    else:
        where = f"over {near} away" if is_mostly_far(row, service) else f"within {near}"
        firm = f"it is robust that most live {where}"
    firm += f" ({percent(agreeing_share(row, service))} of the draws agree)"
    shares = [_interval(row, bound) for bound in ("moderate", "severe")]
    return (
        f"For the state as a whole, possible practices counted, {firm}: in nine draws of ten {shares[0]} of residents "
        f"live over {near} away, and {shares[1]} over {far}."
    )


def agreeing_share(row: Mapping[str, Any], service: Service) -> float:
    """Return the share of draws that agree with the run on whether most residents live beyond the moderate bound."""
    far = float(row["far_share_of_draws"])
    return far if is_mostly_far(row, service) else 1 - far


def is_mostly_far(row: Mapping[str, Any], service: Service) -> bool:
    """Return whether most residents of a state live beyond the moderate bound in the run."""
    return bool(row["beyond_moderate_share"] > service.number("desert.majority_share"))


def _interval(row: Mapping[str, Any], bound: str) -> str:
    """Return the drawn interval of a share in words, one figure where both ends read the same."""
    low, high = (percent(row[f"beyond_{bound}_{end}_share"]) for end in ("low", "high"))
    return low if low == high else f"{low} to {high}"

"""What a fact sheet says of payers' networks, where the user's own table names who is in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.documents import plain
from deserts.publish.area_facts import Area, FactBase
from deserts.publish.words import limit_words, percent

__all__ = ["payer_lines"]

_MOST = 4
"""Payers named on one page, those that leave most residents far away first."""


def payer_lines(base: FactBase, area: Area) -> tuple[str, ...]:
    """Return a sentence a payer: the share of an area's residents far from its network, beside that for any network.

    Shares of a county are taken to hold for all its parts, so those of a district that cuts counties are close, not
    exact.

    Parameters
    ----------
    base, area
        The run, with or without the table ``payer_scores``, and the area.
    """
    store = base.store
    severe = base.service.number("desert.severe_min")
    share = f"beyond_{severe:.0f}_share"
    if not store.has("payer_scores"):
        return ()
    payers, scores = store.read("payer_scores"), store.read("county_scores")
    if share not in payers or share not in scores:
        return ()
    residents = base.points.iloc[area.rows].groupby("county_fips")["population"].sum()
    every = _weighted(scores, share, residents)
    found = [(str(payer), _weighted(own, share, residents)) for payer, own in payers.groupby("payer", sort=True)]
    found.sort(key=lambda entry: -np.nan_to_num(entry[1]))  # stable: equal shares stay in the order of names
    lines = [
        f"{plain(payer, one_line=True)}: {percent(own)} of residents live more than {limit_words(severe)} from anyone "
        f"in its network, {percent(every)} from anyone in any."
        for payer, own in found[:_MOST]
    ]
    if len(found) > _MOST:
        lines.append(f"{len(found) - _MOST} more on the map.")
    return (*lines, "Networks are those of the user's own table.") if lines else ()


def _weighted(table: pd.DataFrame, column: str, residents: pd.Series) -> float:
    """Return the mean of a column of counties, weighted by residents; NaN where no county of the area has it."""
    values = table.set_index("county_fips")[column].reindex(residents.index)
    known = values.notna().to_numpy() & (residents.to_numpy() > 0)
    if not known.any():
        return float("nan")
    return float(np.average(values.to_numpy(dtype=float)[known], weights=residents.to_numpy(dtype=float)[known]))

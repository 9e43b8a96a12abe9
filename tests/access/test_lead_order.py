"""Leads are called in the order of what a yes would change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deserts.access.lead_order import order_leads
from deserts.access.pairs import PairTable


def test_the_lead_whose_yes_saves_most_minutes_comes_first_and_unplaced_ones_last() -> None:
    leads = pd.DataFrame(
        {"lead_id": ["b", "a", "c", "d"], "source": "s", "hint": "", "name": ["near", "far", "nowhere", "useless"]}
    )
    # Two points: 10 people who drive 100 minutes today and 1 who drives 20.
    pairs = PairTable.from_arrays(
        np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]), np.array([40.0, 90.0, 10.0, 20.0]),
        n_points=2, n_sites=3,
    )  # fmt: skip
    ranked = order_leads(
        leads, np.array([0.0, 1.0, np.nan, 2.0]), pairs, np.array([10.0, 1.0]), np.array([100.0, 20.0])
    )
    assert ranked["name"].tolist() == ["near", "far", "useless", "nowhere"]
    assert ranked["person_min_saved"].tolist()[:3] == pytest.approx([610.0, 100.0, 0.0])
    assert ranked["people_gaining"].tolist()[:3] == pytest.approx([11.0, 10.0, 0.0])
    assert np.isnan(ranked["person_min_saved"].iloc[3])
    assert ranked["rank"].tolist() == [1, 2, 3, 4]

"""The fact sheet's sentences on payers: weighted by residents, the worst first, nothing without the user's table."""

from __future__ import annotations

import pandas as pd

from deserts.publish.area_facts import list_areas, load_fact_base
from deserts.publish.payer_facts import payer_lines
from tests.publish.conftest import HOSTILE, write_small_store


def _payer(name: str, shares: tuple[float, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "payer": name, "county_fips": [f"97{n:03d}" for n in (1, 3, 5, 7)], "population": 100.0,
            "nearest_median_min": 20.0, "any_network_median_min": 10.0, "beyond_60_share": 0.0,
            "beyond_120_share": shares, "adequate_share": 1.0, "adequacy": "pass", "sites_in_network": 1,
            "network_basis": "members", "status": "ok",
        }
    )  # fmt: skip


def test_shares_are_weighted_by_residents_and_the_worst_stands_first(tmp_path, itb):
    store = write_small_store(tmp_path)
    base = load_fact_base(store, service=itb)
    (state,) = list_areas(base, by="state")
    assert payer_lines(base, state) == ()
    names = ("Anchor", HOSTILE, "Coast", "Delta", "Echo")
    tables = [_payer(name, (0.0, 0.0, 0.0, 1.0)) for name in names[:-1]] + [_payer("Echo", (1.0, 0.0, 0.0, 0.0))]
    store.write("payer_scores", pd.concat(tables, ignore_index=True))
    lines = payer_lines(base, state)
    assert lines[0].startswith("Echo: 54% of residents live more than 2 hours from anyone in its network"), lines
    assert lines[2].startswith("Anchor: 4% of residents")
    assert lines[4] == "1 more on the map."
    assert lines[-1] == "Networks are those of the user's own table."

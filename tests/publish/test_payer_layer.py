"""The map's colouring by payer network: only when the table is there, hostile names as text, both minutes told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deserts.publish.desert_map import build_map, write_map
from tests.publish.conftest import HOSTILE, TODAY, wait_until_drawn, write_small_store
from tests.publish.test_desert_map import view_of


@pytest.fixture
def payers() -> pd.DataFrame:
    """Two payers in four counties; the last payer refuses somebody."""
    fips = [f"97{n:03d}" for n in (1, 3, 5, 7)]
    one = pd.DataFrame(
        {
            "payer": "Harbor", "county_fips": fips, "population": 100.0,
            "nearest_median_min": [20.0, 90.0, np.nan, np.nan], "any_network_median_min": [10.0, 20.0, 30.0, np.nan],
            "beyond_60_share": [0.0, 1.0, 1.0, 1.0], "beyond_120_share": [0.0, 0.0, 1.0, 1.0],
            "adequate_share": [1.0, 0.5, 0.0, 0.0], "adequacy": ["pass", "fail", "fail", "fail"],
            "sites_in_network": 1, "network_basis": "members",
            "status": ["ok", "ok", "beyond_limit", "unreachable"],
        }
    )  # fmt: skip
    other = one.assign(payer=HOSTILE, network_basis="refusals")
    return pd.concat([one, other], ignore_index=True)


def test_without_the_table_there_is_no_such_layer(small_store, itb, linked):
    html, _ = build_map(small_store, service=itb, today=TODAY, assets=linked)
    view = view_of(html, "possible")
    assert not [m for m in view["measures"] if m["key"].startswith("payer_")]
    assert view["notes"] == {}


def test_each_payer_is_a_colouring_with_notes(tmp_path, itb, linked, payers):
    store = write_small_store(tmp_path)
    store.write("payer_scores", payers.sample(frac=1, random_state=1))
    html, _ = build_map(store, service=itb, today=TODAY, assets=linked)
    view = view_of(html, "possible")
    labels = {m["label"]: m["key"] for m in view["measures"]}
    key = labels["Minutes to the nearest in Harbor's network"]
    assert view["classes"][key] == [0, 2, 5, 5]
    notes = view["notes"][key]
    assert len(notes) == 4
    assert "in network: 20 min; in any network:" in notes[0]
    assert "in network: over 8 hours; in any network:" in notes[2]
    assert "in network: no road to any" in notes[3]
    assert HOSTILE not in html
    hostile = next(k for label, k in labels.items() if label.startswith("Minutes to the nearest in") and k != key
                   and k.startswith("payer_"))  # fmt: skip
    assert "only who is out" in view["notes"][hostile][0]


@pytest.mark.browser
def test_the_note_stands_there_while_the_map_shows_the_payer(tmp_path, itb, leaflet, payers, visit):
    store = write_small_store(tmp_path)
    store.write("payer_scores", payers)
    report = write_map(store, tmp_path / "map.html", service=itb, today=TODAY, assets=leaflet)
    window = visit(offline=True)
    page = window.page
    page.goto(report.path.as_uri())
    wait_until_drawn(page)
    page.check("#supply label:has-text('Possible too') input")
    page.fill("#query", "birch, xa (county)")
    page.keyboard.press("Enter")
    assert "in any network" not in page.inner_text("#detail")
    page.evaluate(
        "[...document.querySelectorAll('#measures label')]"
        ".find((label) => label.textContent.includes(\"Harbor's network\")).querySelector('input').click()"
    )
    assert "in any network" in page.inner_text("#detail")
    assert "Harbor's network" in page.inner_text("#legend")
    assert page.inner_text("#detail h3") == "Birch, XA"
    assert window.console == []
    assert page.title().startswith("Exampland")

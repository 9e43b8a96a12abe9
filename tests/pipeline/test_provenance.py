"""What a run says of counties that its map cannot draw, and of how well it knows where clinicians stand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.pipeline.provenance import border_notices, place_notices
from deserts.provenance import load_provenance
from deserts.store import Store


def _counties(*status: str, scored: bool = True) -> pd.DataFrame:
    names = ["Chugach", "Copper River", "Nome", "Sitka", "Juneau", "Wrangell", "Skagway"]
    return pd.DataFrame({"name": names[: len(status)], "state": "AK", "scored": scored, "status": list(status)})


def test_a_county_without_a_border_is_named() -> None:
    (told,) = border_notices(_counties("vintage_gap", "vintage_gap", "ok"))
    assert told.startswith("2 counties are counted and not drawn, because the borders at hand are of another year")
    assert told.endswith(": Chugach, AK; Copper River, AK")
    assert border_notices(_counties(*["vintage_gap"] * 6, "ok"))[0].endswith("Juneau, AK and 1 more")


def test_nothing_is_said_where_all_are_drawn_or_none_or_those_are_another_state_s() -> None:
    assert border_notices(_counties("ok", "ok")) == []
    assert border_notices(_counties("vintage_gap", "vintage_gap")) == []
    assert border_notices(_counties("vintage_gap", "ok", scored=False)) == []


def test_where_no_street_was_looked_up_every_output_says_so() -> None:
    sites = pd.DataFrame(
        {"supplies": [True, True, True, False], "grade_rank": [3, 1, 3, 1], "place_check": ["", "zip_state", "", ""],
         "precision": ["zip", "city", "none", "zip"]}
    )  # fmt: skip
    told = place_notices(sites, least_rank=3, is_asked=False)
    assert told[0] == "1 of 3 counted sites have no known place and are not on the map"
    assert told[1].startswith("1 of 3 counted sites have a contradicting address")
    assert told[2] == "no street address was looked up: 2 of 3 counted sites stand in the middle of a ZIP or city"
    assert len(place_notices(sites, least_rank=3, is_asked=True)) == 2
    assert place_notices(sites.iloc[:0], least_rank=3, is_asked=False) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("sources", ["text"]), ("sources", [7]), ("sources", {"a": 1}), ("notices", 7), ("inputs", [7]), ("strange", 1)],
)
def test_a_record_of_another_shape_is_refused(example_store: Store, tmp_path: Path, key: str, value: object) -> None:
    facts = {**json.loads(example_store.provenance_path.read_text(encoding="utf-8")), key: value}
    path = tmp_path / "provenance.json"
    path.write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match="the record of sources is damaged"):
        load_provenance(path)


def test_a_record_that_is_no_object_is_refused(tmp_path: Path) -> None:
    for text in ("[]", "7", "null", "{}", '"x"', "{"):
        (tmp_path / "provenance.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="the record of sources is damaged"):
            load_provenance(tmp_path / "provenance.json")

"""What a run says of counties that its map cannot draw."""

from __future__ import annotations

import pandas as pd

from deserts.pipeline.provenance import border_notices


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

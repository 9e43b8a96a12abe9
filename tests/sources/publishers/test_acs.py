"""The American Community Survey: both forms of its tables, sentinels, margins of error, and the key that it wants."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deserts.config import Region, Settings
from deserts.errors import FaultyAnswerError, InputError
from deserts.services import Service
from deserts.sources.fetch import fetch
from deserts.sources.plan import plan_downloads
from deserts.sources.publishers.acs import API, MEASURES, TABLES, fetch_table, read_acs, table_file
from deserts.sources.readers.margins import share_margin, sum_margin
from deserts.sources.transport.http import Http
from tests.replay import Replay
from tests.replay.census import CensusApi
from tests.replay.world import build_world
from tests.sources.test_fetch import DAY

Connect = Callable[..., Http]


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def households(*rows: list[str | None]) -> list[list[str | None]]:
    names = ["B08201_001E", "B08201_001M", "B08201_002E", "B08201_002M", "state", "county", "tract"]
    return [names, *rows]


def test_an_answer_and_a_table_file_say_the_same(tmp_path: Path) -> None:
    answer = write(tmp_path / "a.json", households(["200", "20", "50", "12", "23", "001", "000100"]))
    head = "GEO_ID|" + "|".join(f"B08201_{kind}{cell:03d}" for cell in (1, 2, 3) for kind in "EM")
    text = f"{head}\n1400000US23001000100|200|20|50|12|9|9\n"
    whole = text + "1500000US230010001001|1|1|1|1|1|1\n0100000US|9|9|9|9|9|9\n"
    table = write(tmp_path / "acsdt5y2024-b08201.dat", whole)
    one, two = read_acs(answer).frame, read_acs(table).frame
    assert one.equals(two)
    assert one.to_dict("records") == [
        {"level": "tract", "geoid": "23001000100", "measure": "no_vehicle", "part": 50.0, "part_moe": 12.0,
         "whole": 200.0, "whole_moe": 20.0}
    ]  # fmt: skip


def test_sentinels_are_unknown_and_a_controlled_estimate_has_no_error(tmp_path: Path) -> None:
    rows = households(
        ["-666666666", "-222222222", "-666666666", "-222222222", "23", "003", "000100"],
        ["1000", "-555555555", "30", "-333333333", "23", "005", "000100"],
        ["1000", "-555555555", None, None, "23", "007", "000100"],
        ["1000", "5", "-3", "1", "23", "009", "000100"],
        ["1000", "5", "many", "1", "23", "011", "000100"],
        ["1000", "5", "3", "1", "23", "003", "000100"],
        ["1000", "5"],
    )  # fmt: skip
    parsed = read_acs(write(tmp_path / "a.json", rows))
    frame = parsed.frame.set_index("geoid")
    assert frame.loc["23003000100", ["part", "part_moe", "whole", "whole_moe"]].isna().all()
    assert frame.loc["23005000100", ["part", "whole", "whole_moe"]].tolist() == [30, 1000, 0]
    assert frame.loc[["23005000100", "23007000100"], "part_moe"].isna().all()
    assert np.isnan(frame.loc["23007000100", "part"]), "what is not known is never zero"
    assert sorted(parsed.rejected["reason"]) == [
        "B08201_002E is not a count", "B08201_002E is not a count", "a second row of the same area",
        "another number of fields than the header",
    ]  # fmt: skip
    assert parsed.rejected["line"].tolist() == sorted(parsed.rejected["line"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<!DOCTYPE html><html><title>Missing Key</title></html>", "web page"),
        ("[]", "no table"),
        ('[{"B08201_001E": 1}]', "no table"),
        ('[["NAME", "state"], ["Maine", "23"]]', "no counties"),
        ('[["B99999_001E", "state", "county"], ["1", "23", "001"]]', "no estimate"),
        ("A|B\n1|2\n", "1 columns are missing"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_acs(write(tmp_path / "x.json", content))


def test_margins_are_those_of_the_handbook() -> None:
    """Handbook of 2020, chapter 8: of several empty cells the largest margin counts once; shares inside their whole."""
    estimates, margins = np.array([[120.0, 0.0, 0.0]]), np.array([[30.0, 12.0, 9.0]])
    assert sum_margin(estimates, margins) == pytest.approx([np.hypot(30, 12)])
    assert share_margin(*(np.array([v]) for v in (4634.0, 989.0, 31713.0, 601.0))) == pytest.approx([0.0311], abs=5e-5)
    # Where the root would be of less than nothing the ratio's formula stands in.
    assert share_margin(*(np.array([v]) for v in (90.0, 5.0, 100.0, 30.0))) == pytest.approx([np.hypot(5, 27) / 100])
    assert np.isnan(share_margin(*(np.array([v]) for v in (0.0, 3.0, 0.0, 9.0)))).all()


@settings(deadline=None, max_examples=40)
@given(
    hnp.arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, 3.0, 70.0, np.nan])),
    hnp.arrays(np.float64, (5, 4), elements=st.sampled_from([0.0, 2.0, 11.0, np.nan])),
)
def test_an_unknown_cell_never_makes_a_known_sum(estimates: np.ndarray, margins: np.ndarray) -> None:
    found = sum_margin(estimates, margins)
    unknown = (np.isnan(estimates) | np.isnan(margins)).any(axis=1)
    assert (np.isnan(found) == unknown).all()


def test_measures_count_each_cell_once_and_ask_for_few_names() -> None:
    for measure in MEASURES:
        assert len(set(measure.parts)) == len(measure.parts)
        assert measure.whole not in measure.parts
    by_age = {m.name: set(m.parts) for m in MEASURES if m.table == "B01001"}
    assert not by_age["under_18"] & by_age["age_65_plus"]


# --- fetching ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(example: Path, connect: Connect, itb: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that fetches the survey with a key, and what was asked."""
    api = CensusApi()

    def run(key: str):
        monkeypatch.setenv("CENSUS_API_KEY", key)
        region, settings = Region("ME", ("ME",), ("ME", "NH"), 2020), Settings(data_dir=tmp_path / "data")
        with build_world(example, api_census_gov=api) as world:
            return fetch(region, itb, settings, also=("acs",), http=connect(world), today=DAY), api, world

    return run


def test_with_a_key_a_state_is_asked_for_and_the_key_is_written_nowhere(asked, tmp_path: Path) -> None:
    found, api, _ = asked("s3cr3t-k3y")
    files = found.area.of("acs")
    assert len(files) == len(api.questions) == 2 * len(TABLES)
    assert {question.split()[1] for question in api.questions} == {"state:23"}  # not the surroundings
    assert all(file.year == 2024 for file in files)
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or b"s3cr3t-k3y" not in path.read_bytes(), path
    frame = read_acs(found.area.folder / next(f.path for f in files if "B08201-tract" in f.path)).frame
    assert frame["geoid"].tolist() == ["23011000200", "23003000200", "23001000100"]
    assert frame["part"].isna().tolist() == [False, True, False]


@pytest.mark.slow
def test_without_a_key_the_table_files_are_asked_for(asked, itb: Service) -> None:
    found, api, world = asked("")
    assert api.questions == []
    assert [gap.dataset for gap in found.gaps if gap.dataset == "acs"] == ["acs"]
    assert any("acsdt5y2024-b01001.dat" in line for line in map(str, world.log))
    needs = plan_downloads(Region.parse("ME"), itb, Settings(), also=("acs",), today=DAY)
    need = next(need for need in needs if need.dataset == "acs")
    assert [item.url for item in need.items] == [table_file(2024, table) for table in TABLES]


def test_a_key_that_is_not_valid_is_said_in_words(world: Replay, connect: Connect) -> None:
    with pytest.raises(FaultyAnswerError, match="the key is missing or not valid") as caught:
        fetch_table(connect(world), API.format(year=2024), "B08201", "county", "23", key="no-such-key")
    assert "no-such-key" not in str(caught.value)

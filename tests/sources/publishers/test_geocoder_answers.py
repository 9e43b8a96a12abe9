"""An address is asked for once, whatever runs ask for it; a service that is down is not asked for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from deserts.config import Region, Settings
from deserts.errors import InputError
from deserts.pipeline import addresses
from deserts.sources.fetch import forget_damaged_answers, keep_answers
from deserts.sources.publishers.geocoder import GeocoderSettings
from deserts.sources.publishers.geocoder_answers import ANSWERS, address_keys, answers_path, ask_for, read_answers
from deserts.sources.raw import RawArea
from deserts.sources.transport.http import Http
from tests.replay import Fault, Replay
from tests.replay.census import Geocoder

Connect = Callable[..., Http]
SMALL = GeocoderSettings(batch_rows=(20, 7, 3))


@pytest.fixture
def coder(world: Replay) -> Geocoder:
    service = Geocoder(known={f"{i} MAIN ST": (-68.77 + i / 1000, 44.8) for i in range(40)})
    world.services["geocoding.geo.census.gov"] = service
    return service


def clinics(numbers: range, *, suite: str = "Suite 3") -> pd.DataFrame:
    frame = pd.DataFrame(
        {"address": [f"{i} Main St, {suite}" for i in numbers], "city": "Bangor", "state": "ME", "zip": "04401"}
    )
    return frame.assign(key=address_keys(frame))


def test_an_address_is_asked_for_once(world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path) -> None:
    first = ask_for(clinics(range(45)), folder=tmp_path, http=connect(world), settings=SMALL)
    assert list(first.columns) == list(ANSWERS)
    assert first["status"].value_counts().to_dict() == {"match": 40, "no_match": 5}
    asked = len(world.log)
    # Another region with some of the same doors, written otherwise, and three new ones.
    told: list[int] = []
    more = ask_for(
        clinics(range(30, 48), suite="STE 9"), folder=tmp_path, http=connect(world), settings=SMALL, told=told.append
    )
    assert told == [3]
    assert len(more) == 48
    assert len(world.log) > asked
    asked = len(world.log)
    again = ask_for(clinics(range(48)), folder=tmp_path, http=connect(world), settings=SMALL)
    pd.testing.assert_frame_equal(again, read_answers(answers_path(tmp_path)))
    assert len(world.log) == asked
    here = again.set_index("key").loc[clinics(range(1, 2))["key"].iloc[0]]
    assert (here["lon"], here["county_fips"]) == (-68.769, "23019")


def test_a_broken_run_goes_on_where_it_stopped(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    world.fail(Fault("addressbatch", "status", times=200, status=500))
    broken = ask_for(clinics(range(30)), folder=tmp_path, http=connect(world), settings=SMALL, keep_every=10)
    assert set(broken["status"]) == {"not_sent"}
    assert len(broken) == 10  # the service counts as down after six failures in a row: the rest is not sent at all
    assert len(world.log) < 60
    world.faults.waiting.clear()
    whole = ask_for(clinics(range(30)), folder=tmp_path, http=connect(world), settings=SMALL, keep_every=10)
    assert set(whole["status"]) == {"match"}
    np.testing.assert_allclose(np.sort(whole["lon"]), -68.77 + np.arange(30) / 1000)


def test_without_a_street_there_is_nothing_to_ask(world: Replay, connect: Connect, tmp_path: Path) -> None:
    frame = pd.DataFrame({"address": ["PO BOX 9", "", "Medical Center"], "city": "X", "state": "ME", "zip": "04401"})
    keys = address_keys(frame)
    assert keys.tolist() == ["", "", ""]
    assert ask_for(frame.assign(key=keys), folder=tmp_path, http=connect(world)).empty
    assert world.log == []


def test_damaged_answers_are_told(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("key,lon\na,b\n")
    with pytest.raises(InputError, match="answers of the geocoder are damaged"):
        read_answers(path)
    assert read_answers(tmp_path / "none.csv").empty


def _recorded(world: Replay, connect: Connect, folder: Path) -> pd.DataFrame:
    record = partial(keep_answers, folder, fetched_on=dt.date(2026, 11, 22))
    return ask_for(clinics(range(10)), folder=folder, http=connect(world), settings=SMALL, kept=record)


def _damage(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("-68.76", "-58.76"), encoding="utf-8")


def test_damaged_answers_are_asked_for_again_and_never_recorded_as_true(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path
) -> None:
    whole = _recorded(world, connect, tmp_path)
    assert not forget_damaged_answers(tmp_path)
    assert len(RawArea.open(tmp_path).paths("geocoded")) == 1
    _damage(answers_path(tmp_path))
    assert forget_damaged_answers(tmp_path)
    assert RawArea.open(tmp_path).of("geocoded") == ()
    pd.testing.assert_frame_equal(_recorded(world, connect, tmp_path), whole)
    assert not forget_damaged_answers(tmp_path)


def test_a_run_that_may_ask_looks_at_kept_answers_before_it_adds_to_them(
    world: Replay, connect: Connect, coder: Geocoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, as_of=dt.date(2026, 11, 22))
    run = SimpleNamespace(settings=settings, region=Region.parse("ME"), service=None)
    _recorded(world, connect, folder := settings.raw_area(run.region))
    _damage(answers_path(folder))
    monkeypatch.setattr(addresses, "http_for", lambda _settings: connect(world))
    monkeypatch.setattr(addresses, "files_for", lambda *_: ())
    addresses._answers(run, clinics(range(12)))
    assert read_answers(answers_path(folder))["lon"].max() < -68
    assert len(RawArea.open(folder).paths("geocoded")) == 1

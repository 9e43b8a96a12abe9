"""Fetching hospitals' price files: through a table of addresses, never a signature written down, sizes said first."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deserts.config import Region, Settings
from deserts.errors import MissingDataError
from deserts.services import Service
from deserts.sources.announce import announcement
from deserts.sources.fetch import Fetched, fetch
from deserts.sources.plan_further import ADDRESS_TABLE
from deserts.sources.plan_items import Item, Need
from deserts.sources.publishers.price_files import read_prices
from deserts.sources.transport.http import Http
from tests.replay import Replay
from tests.replay.hospitals import SIGNATURE, Collection, Hospitals
from tests.replay.server import Answer
from tests.replay.world import build_world

HOST = "https://prices.example.org"
TABLE = (
    ("970001", "EXAMPLAND UNIVERSITY HOSPITAL", f"{HOST}/university/970000001_university_standardcharges.csv"),
    ("970002", "MILLBROOK GENERAL HOSPITAL", f"{HOST}/millbrook/970000002_millbrook_standardcharges.csv"),
    ("970003", "WESTBURY", f"{HOST}/westbury/970000003_westbury_standardcharges.csv?sig={SIGNATURE}&se=2026-12-01"),
)
Get = Callable[..., Fetched]


@pytest.fixture
def world(example: Path) -> Iterator[Replay]:
    """Every publisher, a collection of addresses and the hospitals' host."""
    parts = {
        "raw_githubusercontent_com": Collection(TABLE),
        "prices_example_org": Hospitals(example / "prices.example.org"),
    }
    with build_world(example, **parts) as replay:
        yield replay


@pytest.fixture
def get(world: Replay, connect: Callable[..., Http], itb: Service, settings: Settings) -> Get:
    region = Region("ME", ("ME",), ("ME", "NH"), 2020)

    def run(*also: str) -> Fetched:
        return fetch(region, itb, settings, http=connect(world), today=dt.date(2026, 11, 22), also=also)

    return run


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", local_dir=tmp_path / "local")


def written(settings: Settings) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(settings.data_dir.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def test_files_come_through_the_table_and_no_signature_stays(
    get: Get, world: Replay, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    get("hospital_price_addresses")
    got = get("hospital_price_addresses", "hospital_prices")
    paths = [path for path, _ in written(settings) if "prices.example.org" in str(path) and path.suffix != ".json"]
    assert len([entry for entry in got.area.entries if entry.dataset == "hospital_prices"]) == 3
    assert all(len(read_prices(path, codes=["62370", "62369", "J0475"]).prices) for path in paths)
    assert world.asked(f"sig={SIGNATURE}")  # it was used once …
    assert not [path for path, content in written(settings) if SIGNATURE.encode() in content]  # … and written nowhere
    assert SIGNATURE not in caplog.text
    assert all(SIGNATURE not in str(path) for path, _ in written(settings))
    world.forget()
    get("hospital_price_addresses", "hospital_prices")
    assert not world.asked("prices.example.org")  # all are cached, the signed one too


def test_a_failing_signed_address_is_named_without_its_signature(
    get: Get, world: Replay, caplog: pytest.LogCaptureFixture
) -> None:
    world.services["prices.example.org"] = lambda _asked: Answer(b"AuthenticationFailed", 403, "text/plain")
    get("hospital_price_addresses")
    got = get("hospital_price_addresses", "hospital_prices")
    assert "hospital_prices" in {gap.dataset for gap in got.gaps}
    assert caplog.text.count("hospital_prices: not fetched: ") == 3
    assert f"{HOST}/westbury/970000003_westbury_standardcharges.csv" in caplog.text
    assert SIGNATURE not in caplog.text + str(got.gaps)


def test_of_many_files_that_fail_the_first_are_told_and_the_others_counted(
    get: Get, world: Replay, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deserts.sources.fetch._TOLD", 1)
    world.services["prices.example.org"] = lambda _asked: Answer(b"AuthenticationFailed", 403, "text/plain")
    get("hospital_price_addresses")
    get("hospital_price_addresses", "hospital_prices")
    assert caplog.text.count("hospital_prices: not fetched: ") == 1
    assert "hospital_prices: 2 more of its files not fetched either" in caplog.text


def test_without_any_address_it_says_where_one_goes(get: Get) -> None:
    with pytest.raises(MissingDataError, match=ADDRESS_TABLE):
        get("hospital_prices")


def test_a_table_of_ones_own_with_a_locator_file(get: Get, world: Replay, settings: Settings) -> None:
    settings.local_dir.mkdir()
    rows = f"ccn,hospital_name,url\n971302,Candlewick District Hospital,{HOST}/cms-hpt.txt\n"
    rows += f"970001,,{TABLE[0][2]}\n"
    (settings.local_dir / ADDRESS_TABLE).write_text(rows)
    got = get("hospital_prices")
    names = {Path(entry.path).name for entry in got.area.entries if entry.dataset == "hospital_prices"}
    assert names == {"970000001_university_standardcharges.csv", "970000004_candlewick_standardcharges.json"}
    assert not world.asked("westbury")


def test_large_fetches_are_said_beforehand(
    get: Get, world: Replay, connect: Callable[..., Http], settings: Settings
) -> None:
    big = Need("medicaid", (Item("medicaid", how="file", url="https://x.example/m.zip", size_mb=3350.0),))
    small = Need("psps", (Item("psps", how="file", url="https://x.example/p.csv", size_mb=2.0),))
    said = announcement([small, big], http=connect(world), is_here=lambda _item: False)
    assert said is not None
    assert said.startswith("about to fetch 3,352 MB: medicaid (1 file, about 3,350 MB: ")
    assert announcement([small], http=connect(world), is_here=lambda _item: False) is None
    assert announcement([big], http=connect(world), is_here=lambda item: item.dataset == "medicaid") is None

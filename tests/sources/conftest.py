"""The example's files, a world of publishers on loopback, and connections that lead there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deserts.config import Region, Settings
from deserts.example import write_example
from deserts.services import Service, load_service
from deserts.sources import accept
from deserts.sources.transport.http import Http, HttpSettings
from tests.replay import Replay
from tests.replay.world import build_world


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw area of the example."""
    return write_example(Settings(data_dir=tmp_path_factory.mktemp("example"))).folder


@pytest.fixture(autouse=True, scope="session")
def small_world() -> Iterator[None]:
    """The publishers of the tests have one small state: no floor of national files holds for them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accept, "LEAST_ROWS", {})
        yield


@pytest.fixture
def world(example: Path) -> Iterator[Replay]:
    """Every publisher, on loopback."""
    with build_world(example) as replay:
        yield replay


@pytest.fixture
def connect() -> Callable[..., Http]:
    """Return a function that makes a connection to a server, without any waiting."""

    def make(replay: Replay, **changes: object) -> Http:
        quick = {"read_timeout_s": 2.0, "connect_timeout_s": 2.0, "backoff_s": 0.0, "intervals_s": {}}
        return Http(HttpSettings(routes=replay.routes, **{**quick, **changes}))  # type: ignore[arg-type]

    return make


@pytest.fixture
def region() -> Region:
    """Two states, one of them scored: small enough to fetch whole."""
    return Region("ME", ("ME",), ("ME", "NH"), 2020)


@pytest.fixture(scope="session")
def itb() -> Service:
    return load_service("itb")

from __future__ import annotations

import pytest

from deserts.config import Settings
from deserts.example import write_example
from deserts.sources.raw import RawArea


@pytest.fixture(scope="session")
def area(tmp_path_factory) -> RawArea:
    return write_example(Settings(data_dir=tmp_path_factory.mktemp("example")))

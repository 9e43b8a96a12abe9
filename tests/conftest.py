"""Fixtures that every test may use: the real public data beside the checkout, and the example region made once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser import browser, driver, leaflet, visit  # noqa: F401  fixtures for every test that needs a real browser
from tests.example_data import example_data, example_store, own_example  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent


def _shared_data() -> Path:
    return Path(os.environ.get("DESERTS_SHARED", ROOT.parent / "shared")) / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real public data; the test is skipped with a reason where it is absent."""
    folder = _shared_data()
    if not (folder / "README.md").is_file():
        pytest.skip(f"the real public data are not at {folder}; set DESERTS_SHARED to their parent folder")
    return folder

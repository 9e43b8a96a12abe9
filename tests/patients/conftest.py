"""Fixtures of the patients' tests."""

from __future__ import annotations

import pytest

from tests.patients.world import flat_search


@pytest.fixture
def flat_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a kilometre take a minute, so that expected answers can be worked out by hand."""
    monkeypatch.setattr("deserts.patients.backups.search_from", flat_search)

"""Fixtures of the patients' tests."""

from __future__ import annotations

import pytest

from tests.patients.world import flat_doubts, flat_search, flat_times


@pytest.fixture
def flat_roads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a kilometre take a minute, so that expected answers can be worked out by hand."""
    monkeypatch.setattr("deserts.patients.search.backups.snap_origin", lambda origin, data: origin)
    monkeypatch.setattr("deserts.patients.search.backups.search_roads", flat_search)
    monkeypatch.setattr("deserts.patients.search.nearest._times", flat_times)
    monkeypatch.setattr("deserts.patients.search.nearest._doubts", flat_doubts)

"""What a stage works on: settings, region, service and grade, resolved once."""

from __future__ import annotations

from dataclasses import dataclass

from deserts.config import Region, Settings
from deserts.services import Service
from deserts.store import Store

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """One combination of region, service and grade."""

    settings: Settings
    region: Region
    service: Service
    grade: str

    @property
    def store(self) -> Store:
        """Tables of this run."""
        return Store(self.settings, self.region, self.service.service_id, self.grade)

"""What a stage works on: settings, region, service and grade, resolved once."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from deserts.config import Region, Settings
from deserts.services import Service
from deserts.sources.lock import own_files
from deserts.store import OwnFiles, Store

__all__ = ["Run"]


@dataclass(frozen=True)
class Run:
    """One combination of region, service and grade.

    Parameters
    ----------
    settings, region, service, grade
        What is run.
    of
        The user's own files that an earlier run was made from, for a reader of that run; None takes those of the
        settings.
    building
        Whether a stage is at work: it reads the newest tables, everybody else those of the last whole run.
    """

    settings: Settings
    region: Region
    service: Service
    grade: str
    of: OwnFiles | None = None
    building: bool = False

    @functools.cached_property
    def store(self) -> Store:
        """Tables of this run."""
        own = own_files(self.settings.files) if self.of is None else self.of
        return Store(self.settings, self.region, self.service.service_id, self.grade, own, self.building)

"""Where the log and what belongs to it lie: known without loading a database library."""

from __future__ import annotations

import os
from pathlib import Path

from deserts.config import Settings

__all__ = ["DATABASE_URL", "has_calls", "log_file", "remembered_path", "waiting_folder"]

DATABASE_URL = "DESERTS_DATABASE_URL"
"""Name of the environment variable that names a shared database."""


def log_file(settings: Settings) -> Path:
    """Return where the log of one person lies, whether it is there or not."""
    return settings.local_dir / "verifications.sqlite"


def waiting_folder(settings: Settings) -> Path:
    """Return the folder of the calls that wait to be written to the log."""
    return settings.local_dir / "calls_waiting"


def remembered_path(settings: Settings) -> Path:
    """Return where the last reading of the log is kept."""
    return settings.local_dir / "calls_last_read.json"


def has_calls(settings: Settings) -> bool:
    """Whether there can be calls at all: of a shared database, a team's pack, or in the folder."""
    if os.environ.get(DATABASE_URL) or settings.calls_of_pack is not None:
        return True
    return any(place(settings).exists() for place in (log_file, waiting_folder, remembered_path))

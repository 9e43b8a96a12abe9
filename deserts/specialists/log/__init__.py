"""The verification log: in a database that nothing changes; read in time, copied, queued, exchanged as sheets."""

from __future__ import annotations

import hashlib

import pandas as pd

from deserts.config import Settings
from deserts.services import Service
from deserts.specialists.log.database import DamagedLogError, Kept, VerificationLog, open_log
from deserts.specialists.log.reading import CallsRead, read_calls

__all__ = [
    "CallsRead", "DamagedLogError", "Kept", "VerificationLog", "log_fingerprint", "open_log", "read_calls",
    "read_verifications",
]  # fmt: skip


def read_verifications(settings: Settings, *, service: Service) -> pd.DataFrame | None:
    """Return all answers about a service, oldest first, or None when there is none; for the stages, which never guess.

    Raises
    ------
    SourceError
        If the log cannot be read.
    """
    rows = open_log(settings).read(service=service.service_id)
    return None if rows.empty else rows


def log_fingerprint(settings: Settings, *, service: Service) -> str:
    """Return a hash of all answers about a service, so that a stage knows whether it must run again."""
    rows = open_log(settings).read(service=service.service_id)
    return hashlib.sha256(rows.to_json(orient="values").encode()).hexdigest()

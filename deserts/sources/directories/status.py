"""How each reader of directories is proved: on sample files, on a server that replays faults, or on a live one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["READER_STATUS", "reader_lines", "status_line"]

READER_STATUS: Mapping[str, tuple[str, str]] = {
    "plannet": ("Plan-Net", "replayed, on official sample files and a server with known faults"),
    "ma_fhir": ("Medicare Advantage files", "replayed, on sample files and a server with known faults"),
    "ma_json": ("Medicare Advantage JSON", "fixture, its layout was not confirmed"),
    "qhp": ("Marketplace files", "replayed, on official sample files and a server with known faults"),
    "npd": ("National Provider Directory", "replayed, on an official sample and a server with known faults"),
    "tic": ("files of negotiated rates", "fixture, on official sample files"),
}
"""Source of a listing to the form in words and how its reader is proved. None has met a live server yet; who proves one
live writes "live" and the day here."""


def reader_lines() -> tuple[str, ...]:
    """Return each form with how its reader is proved, one line a form."""
    return tuple(f"{form}: {status}" for form, status in READER_STATUS.values())


def status_line(sources: Iterable[str]) -> str:
    """Return how the readers of some sources are proved, one sentence; empty where none is known."""
    told = [READER_STATUS[source] for source in sorted(set(sources)) if source in READER_STATUS]
    if not told:
        return ""
    live = any(status.startswith("live") for _, status in told)
    said = "; ".join(f"{form}: {status}" for form, status in told)
    return f"Readers: {said}{'' if live else '; never on a live server'}."

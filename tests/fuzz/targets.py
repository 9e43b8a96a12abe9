"""Every door through which a file comes in; see the modules of the topics."""

from __future__ import annotations

from pathlib import Path

from deserts.config import Settings
from deserts.example import write_example
from tests.fuzz import binaries, directories, own_tables, publishers
from tests.fuzz.harness import Target

__all__ = ["build"]


def build(folder: Path) -> tuple[Target, ...]:
    """Return every target; the example is written below ``folder`` for its files."""
    raw = write_example(Settings(data_dir=folder / "example")).folder
    made = [*publishers.targets(raw), *binaries.targets(raw, folder), *own_tables.targets(), *directories.targets()]
    return tuple(sorted(made, key=lambda target: target.name))

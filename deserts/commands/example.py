"""The command ``deserts source example``: write the synthetic state."""

from __future__ import annotations

import typer

from deserts.commands.context import build_settings
from deserts.commands.options import DataDir

__all__ = ["example"]


def example(*, data: DataDir = None) -> None:
    """Write the embedded example: a synthetic state in the publishers' own file formats.

    Every person, place and clinician in it is invented; every output derived from it says so. The same bytes are
    written each time, below `data/raw/example`.

    Examples
    --------
        deserts source example

        deserts source example --data scratch
    """
    from deserts.example import NOTICE, write_example

    area = write_example(build_settings(data=data))
    size = sum(entry.size_bytes for entry in area.entries)
    typer.echo(f"{len(area.entries)} files, {size / 1e6:.1f} MB, in {area.folder}")
    typer.echo(NOTICE)

"""Command ``source bundle``: a whole run in one archive that somebody else can repeat to the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deserts.commands.run_options import INPUTS, with_run

if TYPE_CHECKING:
    from deserts.pipeline.run import Run

__all__ = ["bundle"]


def _bundle(run: Run, *, out: Path, without_inputs: bool, include_team: bool) -> None:
    from deserts.pipeline.bundle import write_bundle

    made = write_bundle(out, run, inputs=not without_inputs, team=include_team)
    typer.echo(f"{made.files} files, {made.size_bytes / 1e6:,.1f} MB in {out}; its README.txt says how to repeat it")
    for line in made.left_out:
        typer.echo(f"left out: {line}")


bundle = with_run(
    _bundle,
    """Pack a finished run into one archive: inputs, lock, exact command, versions, and the hashes that must come out.

    What your team wrote itself (calls, stock, payer networks) is left out and listed, and the hashes are those of the
    run without it, unless you ask for it. Give your own files with the options that the run was made with.

    Examples
    --------
        deserts source bundle ME-2026-11.zip --region ME

        deserts source bundle small.zip --region ME --without-inputs
    """,
    {
        "without_inputs": (
            Annotated[bool, typer.Option("--without-inputs", help="Pack addresses and hashes of raw files alone.")],
            False,
        ),
        "include_team": (
            Annotated[bool, typer.Option("--include-team", help="Pack data/local too: calls, stock, payer networks.")],
            False,
        ),
    },
    arguments={"out": Annotated[Path, typer.Argument(help="The archive to write, for example ME-2026-11.zip.")]},
    only=INPUTS,
)

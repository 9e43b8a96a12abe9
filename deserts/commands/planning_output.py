"""What the planning commands of a region share: reading the run, checking places, and giving the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from deserts.commands.context import made_run, parse_day

if TYPE_CHECKING:
    import pandas as pd

    from deserts.api.run import Run
    from deserts.planning.region import RegionCase

__all__ = ["about_lines", "candidate_places", "give", "parse_place", "read_panel", "region_case"]


def region_case(
    region: str, service: str, grade: str | None, data: Path | None, local: Path | None, *, panel: Path | None = None
) -> tuple[Run, RegionCase]:
    """Read a finished run; with a panel file its patients count instead of residents."""
    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    return run, run.case(read_panel(panel))


def read_panel(path: Path | None) -> pd.DataFrame | None:
    """Return a file ``zip,patients``; None without one."""
    from deserts.user_csv import read_user_csv

    if path is None:
        return None
    return read_user_csv(path, text=["zip"], numbers={"patients": (0.0, 1e9)}, unique=["zip"])


def about_lines(run: Run, today: str | None, case: RegionCase, *, panel: bool = False) -> list[str]:
    """Return the sentences on every output: failed checks, whom it counts, sources, limits, credits."""
    from deserts.api.scenario import about_lines as lines_of

    return lines_of(run, parse_day(today, option="--today"), gate=case.gate, panel=panel)


def parse_place(text: str, option: str) -> tuple[float, float]:
    """Return longitude and latitude of ``LON,LAT``."""
    from deserts.api.scenario import read_place

    return read_place(text, option)


def candidate_places(run: Run, path: Path | None) -> pd.DataFrame:
    """Return the hospitals of the region as candidates, or the places of a user's file."""
    from deserts.planning.region import hospital_candidates, place_candidates
    from deserts.user_csv import read_user_csv

    if path is None:
        return hospital_candidates(run.store, states=run.region.states)
    bounds = {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0)}
    return place_candidates(read_user_csv(path, text=["candidate_id"], numbers=bounds, unique=["candidate_id"]))


def give(
    summary: dict[str, Any], tables: dict[str, pd.DataFrame], lines: list[str], *, out: Path | None, json_out: bool,
    sentences: Sequence[str] = (),
) -> None:  # fmt: skip
    """Give the answer on standard output, and the table in a file when one is asked for.

    Beside a file ``NAME.csv`` stands ``NAME.about.txt``: how the answer was found, and the sentences that stand on
    every output.
    """
    from deserts.documents.spreadsheet import csv_text
    from deserts.store import write_text

    (name, table), *_ = tables.items()
    text = csv_text(table)
    shown = sentences or [f"{key}: {_short(value)}" for key, value in summary.items() if value not in (None, [], "")]
    if out is not None:
        write_text(out, text)
        write_text(out.with_suffix(".about.txt"), "\n".join([*shown, "", *lines]) + "\n")
    if json_out:
        rows = json.loads(table.to_json(orient="records"))
        typer.echo(json.dumps({"summary": summary, name: rows, "provenance": lines}, indent=1, sort_keys=True))
        return
    typer.echo("\n".join([*shown, *([] if out is not None else ["", text.rstrip("\n")])]))
    typer.echo("\n".join(lines), err=True)


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return f"{value:,.6g}" if isinstance(value, float) else str(value)

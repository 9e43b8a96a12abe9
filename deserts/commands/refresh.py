"""Commands ``source refresh changes rollback``: renew raw files, see what that changed, go back."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from deserts.commands.context import build_settings, parse_day
from deserts.commands.options import DataDir, JsonOut, RegionName
from deserts.commands.run_options import RAW, with_run

if TYPE_CHECKING:
    from deserts.pipeline.run import Run
    from deserts.sources.versions import Change

__all__ = ["changes", "refresh", "rollback"]

_DAYS_OF: Final = {"d": 1, "w": 7, "m": 30, "y": 365}
_SHOWN: Final = 10

Datasets = Annotated[
    list[str] | None, typer.Argument(help="Datasets as `deserts source list` names them; all when none is named.")
]


def _days(text: str | None) -> int | None:
    """Read an age such as ``90d``, ``12w``, ``6m`` or ``1y``."""
    from deserts.errors import InputError

    if text is None:
        return None
    hit = re.fullmatch(r"\s*([0-9]{1,5})\s*([dwmy]?)\s*", text)
    if hit is None:
        raise InputError(f"{text!r} is no age", where="--older-than", expected="for example 90d, 12w, 6m or 1y")
    return int(hit[1]) * _DAYS_OF[hit[2] or "d"]


def _known(datasets: list[str] | None) -> frozenset[str]:
    from deserts.errors import UnknownNameError
    from deserts.sources.raw import DATASETS

    unknown = sorted(set(datasets or ()) - set(DATASETS))
    if unknown:
        raise UnknownNameError(f"there is no dataset {unknown[0]!r}", expected="one of " + ", ".join(sorted(DATASETS)))
    return frozenset(datasets or ())


def _refresh(run: Run, *, datasets: list[str] | None, older_than: str | None, accept: bool) -> None:
    from deserts.errors import FaultyAnswerError, InputError
    from deserts.sources.fetch import fetch
    from deserts.sources.fetchers import Refresh
    from deserts.sources.versions import previous_of

    if run.region.is_example:
        raise InputError("the example has no publishers", where="--region", fix="name a real region, or run it again")
    wish = Refresh(_known(datasets), _days(older_than), accept)
    folder = run.settings.raw_area(run.region)
    before = previous_of(folder) if folder.is_dir() else {}
    found = fetch(run.region, run.service, run.settings, also=run.settings.also, refresh=wish)
    replaced = {path for path, entry in previous_of(folder).items() if before.get(path) != entry}
    for entry in found.area.entries:
        if entry.path in replaced:
            typer.echo(f"{entry.dataset:<20} new, of {entry.version or entry.fetched_on}")
    for dataset, why in found.kept:
        typer.echo(f"{dataset:<20} KEPT as it was: {why}", err=True)
    for gap in found.gaps:
        typer.echo(f"{gap.dataset:<20} missing: {gap.why}", err=True)
    typer.echo(
        f"{len(replaced)} files replaced. `deserts source changes` says what is different; "
        f"`deserts run --region {run.region.region_id}` makes the results anew."
    )
    if found.kept:
        raise FaultyAnswerError(
            f"{len(found.kept)} files could not be renewed and stay as they were",
            fix="see the reasons above; refused files lie in the folder quarantine of the raw area",
        )


refresh = with_run(
    _refresh,
    """Fetch anew what has grown old, look at it, and keep the version before.

    A file that is no longer of its layout, has too few rows, or differs from the one before more than releases do is
    put aside with the reason, and the version before stays in use, with a notice on what is made from it. Without
    datasets every source is renewed at its own age (see `deserts source list`).

    Examples
    --------
        deserts source refresh --region ME

        deserts source refresh directory hospitals --region ME

        deserts source refresh --region ME --older-than 90d
    """,
    {
        "older_than": (
            Annotated[str | None, typer.Option("--older-than", help="Least age: 90d, 12w, 6m, 1y.")],
            None,
        ),
        "accept": (
            Annotated[bool, typer.Option("--accept", help="Take a file although it differs much from the one before.")],
            False,
        ),
    },
    arguments={"datasets": Datasets},
    only=RAW,
)


def changes(
    datasets: Datasets = None, *, region: RegionName = "ME", data: DataDir = None, as_json: JsonOut = False
) -> None:
    """Say what the last refresh changed: rows, and clinicians gained and lost.

    Examples
    --------
        deserts source changes --region ME

        deserts source changes directory --region ME --json
    """
    from deserts.config import Region
    from deserts.sources.versions import changes as compare

    settings = build_settings(data=data)
    found = compare(settings.raw_area(Region.parse(region)), _known(datasets))
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(change) for change in found], indent=1))
        return
    if not found:
        typer.echo("no file has an earlier version to compare it with")
    for change in found:
        typer.echo("\n".join(_sentences(change)))


def _sentences(change: Change) -> list[str]:
    lines = [f"{change.dataset}: of {change.fetched_on}, before that of {change.before_on} ({change.path})"]
    if change.rows is not None and change.rows_before is not None:
        lines.append(f"  rows: {change.rows_before:,} -> {change.rows:,} ({change.rows - change.rows_before:+,})")
    for words, npis in (("gained", change.gained), ("lost", change.lost)):
        if npis:
            more = f" and {len(npis) - _SHOWN:,} more" if len(npis) > _SHOWN else ""
            lines.append(f"  clinicians {words}: {len(npis):,} ({', '.join(npis[:_SHOWN])}{more})")
    return lines


def rollback(
    datasets: Annotated[list[str], typer.Argument(help="Datasets whose version before is to be used again.")],
    *,
    region: RegionName = "ME",
    data: DataDir = None,
) -> None:
    """Use the version before again; the one that was in use is kept in its place, so that this can be undone.

    Examples
    --------
        deserts source rollback directory --region ME
    """
    from deserts.config import Region
    from deserts.sources.versions import roll_back

    settings = build_settings(data=data)
    day = parse_day(None, option="--today")
    for entry in roll_back(settings.raw_area(Region.parse(region)), sorted(_known(datasets)), day=day.isoformat()):
        typer.echo(f"{entry.dataset}: {entry.path} of {entry.fetched_on} is in use again")
    typer.echo(f"`deserts run --region {region}` makes the results anew.")

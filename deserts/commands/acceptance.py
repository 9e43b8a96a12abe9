"""``deserts log acceptance``: a drawn sample to call, and what its answers tell of who takes new patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from deserts.commands.closures import source_lines
from deserts.commands.context import made_run, parse_day
from deserts.commands.options import (
    DataDir,
    GradeName,
    JsonOut,
    LocalDir,
    MonteCarlo,
    RegionName,
    ServiceName,
    TodayDate,
)
from deserts.commands.specialists import print_json, print_lines

if TYPE_CHECKING:
    from pathlib import Path

    from deserts.api.run import Run
    from deserts.specialists.acceptance_sample import CommonRate

__all__ = ["acceptance"]

_LIMITS = (
    "team only: an answer on the telephone is no public fact, and no public table, map or class rests on this",
    "those who answer are taken to be like those who do not; a list that is full today may open tomorrow",
)


def acceptance(
    *,
    draw: Annotated[int | None, typer.Option("--draw", min=1, help="Draw so many clinicians to call, first.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draw and of the intervals.")] = 1,
    draws: MonteCarlo = 1000,
    region: RegionName = "example",
    service: ServiceName = "itb",
    grade: GradeName = None,
    data: DataDir = None,
    local: LocalDir = None,
    json_out: JsonOut = False,
    today: TodayDate = None,
) -> None:
    """Say what is known of how many take new patients, and what it means for access. For the team.

    Nothing is published on it, and a team calls whom it doubts. So the rate is learned from a sample alone: `--draw`
    draws clinicians by chance and writes down, before the first call, from whom (in the folder of your own tables).
    Record their answers with `deserts log verify`; answers of others change their own chance and nobody else's.

    Examples
    --------
        deserts log acceptance --region ME --draw 12

        deserts log acceptance --region ME
    """
    from deserts.api.phoning import load_live
    from deserts.specialists.acceptance_sample import FOLDER, rate_words, read_rate
    from deserts.specialists.activity import borrowed_words

    run = made_run(region=region, service=service, grade=grade, data=data, local=local)
    prepared, specialists, team = load_live(run, parse_day(today, option="--today"))
    folder = run.settings.local_dir / FOLDER
    chosen = [] if draw is None else _draw(run, folder, draw, seed, today)
    rate = read_rate(run.settings.local_dir, team.standings, service=run.service)
    scores = run.table("county_scores")
    table = _access(run, prepared, specialists, scores, rate, draws, seed)
    limits = [*_LIMITS, *filter(None, [borrowed_words(run.service)])]
    lines = [*team.warnings, *limits, *source_lines(run, today)]
    if json_out:
        low, high = rate.quantile(0.025), rate.quantile(0.975)
        facts: dict[str, Any] = {
            "to_call": chosen, "sampled": rate.sampled, "answered": rate.answered, "yes": rate.yes, "no": rate.no,
            "rate": {"mean": rate.mean, "low": float(low), "high": float(high)},
        }  # fmt: skip
        print_json({**facts, "access": table, "sources": lines})
        return
    print_lines([*(f"to call: {npi}" for npi in chosen), rate_words(rate), *_told(table), *lines])


def _draw(run: Run, folder: Path, size: int, seed: int, today: str | None) -> list[str]:
    """Draw a sample, write it down, and return whom to call in which order."""
    from deserts.specialists.acceptance_sample import draw_sample, save_sample
    from deserts.specialists.supply import supply_at_grade

    sites = supply_at_grade(run.table("sites"), service=run.service, grade=run.grade)
    own = sites[sites["state"].isin(run.region.states)]
    sample = draw_sample(
        own["npi"], size, on=parse_day(today, option="--today"), region_id=run.region.region_id,
        service_id=run.service.service_id, grade=run.grade, seed=seed,
    )  # fmt: skip
    save_sample(folder, sample)
    return list(sample.sampled)


def _access(
    run: Run, prepared: Any, specialists: Any, scores: Any, rate: CommonRate, draws: int, seed: int
) -> list[dict[str, Any]]:
    from deserts.access.acceptance import accepting_access
    from deserts.access.coverage import told

    searched = scores.loc[told(scores), "county_fips"].reset_index(drop=True)
    if searched.empty:
        return []
    found = accepting_access(
        prepared, specialists, searched, rate, service=run.service, grade=run.grade,
        time_limit_min=run.settings.time_limit_min, draws=draws, seed=seed,
    )  # fmt: skip
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]


def _told(table: list[dict[str, Any]]) -> list[str]:
    if not table:
        return ["Access is not said: no county of the region was searched."]
    return [
        f"{row['question']}: {row['median_share']:.0%} of residents live over {row['beyond_min']:g} minutes away "
        f"(between {row['low_share']:.0%} and {row['high_share']:.0%}, nine draws of ten)."
        for row in table
    ]

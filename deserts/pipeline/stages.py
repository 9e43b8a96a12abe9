"""All stages in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Iterator

from deserts.pipeline import data, draw, places, roads, scores, specialists, times
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage, StageReport, run_stage

__all__ = ["STAGES", "run_all"]

STAGES: tuple[Stage, ...] = (
    data.STAGE,
    places.STAGE,
    specialists.STAGE,
    roads.STAGE,
    times.STAGE,
    scores.STAGE,
    draw.STAGE,
)


def run_all(run: Run, *, force: bool = False) -> Iterator[StageReport]:
    """Run every stage in order and yield its report as it finishes."""
    for stage in STAGES:
        yield run_stage(stage, run, force=force)

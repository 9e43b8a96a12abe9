"""All stages in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from deserts.errors import UnknownNameError
from deserts.pipeline import data, draw, places, roads, scores, specialists, supply, times
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage, StageReport, run_stage

__all__ = ["STAGES", "run_all", "stages_until"]

STAGES: tuple[Stage, ...] = (
    data.STAGE,
    places.STAGE,
    supply.STAGE,
    specialists.STAGE,
    roads.STAGE,
    times.STAGE,
    scores.STAGE,
    draw.STAGE,
)


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "data": (),
    "places": ("data",),
    "supply": ("places",),
    "specialists": ("places", "supply"),
    "roads": ("data",),
    "times": ("specialists", "roads"),
    "scores": ("times",),
    "map": ("scores",),
}
"""The stages that each one reads from."""


def stages_until(name: str) -> tuple[Stage, ...]:
    """Return a stage and all that it depends on, in order.

    Raises
    ------
    UnknownNameError
        If there is no such stage.
    """
    if name not in _NEEDS:
        raise UnknownNameError(f"there is no stage {name!r}", expected="one of " + ", ".join(_NEEDS))
    wanted, asked = {name}, [name]
    while asked:
        more = [need for need in _NEEDS[asked.pop()] if need not in wanted]
        wanted.update(more)
        asked += more
    return tuple(stage for stage in STAGES if stage.name in wanted)


def run_all(run: Run, *, until: str = "map", force: bool = False) -> Iterator[StageReport]:
    """Run every stage up to one, in order, and yield its report as it finishes."""
    for stage in stages_until(until):
        yield run_stage(stage, run, force=force)

"""Find what is damaged in a run, raw files and tables alike, and make it good: fetched again, or made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deserts.example import write_example
from deserts.pipeline.run import Run
from deserts.pipeline.stages import run_all
from deserts.sources.fetch import fetch, forget_damaged_answers, region_area
from deserts.sources.lock import differences, is_own
from deserts.store import Store, alone, what_differs
from deserts.store.files import restore_folder, sweep
from deserts.store.whole import release
from deserts.tables import Scope

__all__ = ["Damage", "examine_tables", "repair"]


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that a run has written and that can't be used: where, and why."""

    path: Path
    reason: str


def examine_tables(store: Store) -> tuple[Damage, ...]:
    """Return what is damaged of a run's tables, and where its parts do not belong together."""
    data_dir, lineage = store.settings.data_dir, store.current
    found = [
        Damage(data_dir / path, reason)
        for manifest in lineage.manifests.values()
        for path, digest in manifest.outputs.items()
        if (reason := what_differs(data_dir / path, digest)) is not None
    ]
    for name in lineage.manifests:
        broken = lineage.break_above(name)
        if broken is not None:
            reader, read = broken
            found.append(Damage(store.region_dir, f"{reader} was made from another {read} than stands there now"))
    found += [
        Damage(folder, "it holds tables that no finished stage vouches for")
        for folder in _folders(store)
        if any(folder.glob("*.parquet")) and not any(folder.glob("manifest/*.json"))
    ]
    return tuple(sorted(set(found), key=lambda damage: (str(damage.path), damage.reason)))


def _folders(store: Store) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(store.folder(scope) for scope in Scope))


def repair(run: Run) -> Iterator[str]:
    """Make good what is damaged, and say what is being done.

    Raises
    ------
    DesertsError
        If a file cannot be had again.
    """
    store = run.store
    with alone(store.region_dir, doing="running a stage"):
        sweep(store.region_dir, deep=True)
        restore_folder(store.network_dir)
    yield from _repair_raw(run)
    damaged = examine_tables(store)
    if not damaged:
        release(store)
        yield "tables: whole"
        return
    for damage in damaged:
        yield f"{damage.path}: {damage.reason}"
    for _ in run_all(run):
        pass
    left = {damage.path for damage in examine_tables(dataclasses.replace(store))}
    for path in sorted({damage.path for damage in damaged} - left):
        yield f"{path}: made again"


def _repair_raw(run: Run) -> Iterator[str]:
    if not run.region.is_example and forget_damaged_answers(run.settings.raw_area(run.region)):
        yield "answers of the geocoder: damaged and taken away; the next run with connections asks for them again"
    area = region_area(run.region, run.service, run.settings)
    wrong = differences([entry for entry in area.entries if not is_own(entry)], area.folder)
    if not wrong:
        yield "raw files: whole"
        return
    yield from wrong
    if run.region.is_example:
        write_example(run.settings)
        yield "the example's files: written again"
        return
    result = fetch(run.region, run.service, run.settings, also=run.settings.also)
    yield f"raw files: fetched again, {len(result.area.entries)} are there"

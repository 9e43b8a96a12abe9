"""Whole runs: when every table of a grade was made from those that stand beside it, readers get these, and no others.

``run.json`` in the folder of a grade holds the manifests of the last whole run. While stages make newer tables it stays
as it is, and so does what it names (see `deserts.store.kept`). ``current.json`` says which of several runs of a grade,
made from different files of the user's own, was finished last.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from deserts.errors import DamagedDataError, DesertsError, UnknownNameError
from deserts.store.kept import tidy
from deserts.store.manifest import Lineage
from deserts.store.own import PUBLISHED, OwnFiles
from deserts.store.sealed import read_sealed, write_sealed
from deserts.store.tables import Store
from deserts.tables import Scope

__all__ = ["own_of_run", "release", "runs_of_grade"]

_FIX: Final = "run `deserts run` again"
_POINTER: Final = "current.json"


def release(store: Store) -> bool:
    """Record the tables that stand now as a whole run, if they are one; return whether they are."""
    tables = {name: made for name, made in store.current.manifests.items() if made.is_read}
    lineage = Lineage(tables)
    of_grade = {path.stem for path in (store.folder(Scope.GRADE) / "manifest").glob("*.json")}
    if not of_grade & tables.keys() or any(lineage.break_above(name) for name in tables):
        return False
    facts = {"of": store.name_of_run, "own": store.own.to_json(), "stages": lineage.to_json()}
    if _read(store.run_path) != facts:
        write_sealed(store.run_path, facts)
        tidy(store.region_dir, store.settings.data_dir)
    pointer = _pointer_path(store)
    if _read(pointer) != {"own": store.own.to_json()}:
        write_sealed(pointer, {"own": store.own.to_json()})
    return True


def _pointer_path(store: Store) -> Path:
    return dataclasses.replace(store, own=PUBLISHED).folder(Scope.GRADE) / _POINTER


def _read(path: Path) -> dict[str, object] | None:
    try:
        return read_sealed(path, fix=_FIX)
    except DesertsError:
        return None


def runs_of_grade(store: Store) -> dict[str, OwnFiles]:
    """Return the whole runs of a grade by name: ``published`` and ``own-…``."""
    base = dataclasses.replace(store, own=PUBLISHED).folder(Scope.GRADE)
    found = {}
    for record in sorted([*base.glob("run.json"), *base.glob("own-*/run.json")]):
        facts = _read(record)
        if facts is not None and "own" in facts:
            own = OwnFiles.from_json(facts["own"])
            found[own.tag(Scope.GRADE) or "published"] = own
    return found


def own_of_run(store: Store, name: str = "") -> OwnFiles:
    """Return the user's own files of a run of this grade: of the one that was finished last, or of the one named.

    Raises
    ------
    UnknownNameError
        If there is no run of that name.
    DamagedDataError
        If the run that was finished last is not there.
    """
    if name:
        runs = runs_of_grade(store)
        if name not in runs:
            known = "; ".join(f"{tag}: {own.sentence() or 'published files'}" for tag, own in runs.items())
            raise UnknownNameError(f"there is no run {name!r} of this grade", expected=known or "none was finished")
        return runs[name]
    facts = _read(_pointer_path(store))
    if facts is None:
        return PUBLISHED
    own = OwnFiles.from_json(facts["own"])
    if not dataclasses.replace(store, own=own).run_path.is_file():
        raise DamagedDataError(
            "the run that was finished last is not there", where=_pointer_path(store), expected="its run.json", fix=_FIX
        )
    return own

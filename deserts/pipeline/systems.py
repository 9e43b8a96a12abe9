"""Stage ``systems``: which hospitals, and which legal entities that practices are paid through, belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.pipeline import months
from deserts.pipeline.inputs import file_hashes, files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.publishers.hospital_owners import read_hospital_enrolments, read_hospital_owners
from deserts.specialists.ownership import find_systems, no_systems
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE"]

_DATASETS = ("hospital_owners", "hospital_enrolments")
_TABLES = ("hospital_systems", "system_entities")


def _inputs(run: Run) -> Mapping[str, str]:
    return file_hashes(file for dataset in _DATASETS for file in files_for(run, dataset))


def _parameters(_run: Run) -> Mapping[str, object]:
    return {}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


def _work(run: Run) -> Sequence[FlowRow]:
    owners = [read_hospital_owners(file.path) for file in files_for(run, "hospital_owners")]
    enrolled = [read_hospital_enrolments(file.path) for file in files_for(run, "hospital_enrolments")]
    told = pd.concat([part.frame for part in owners], ignore_index=True) if owners else None
    known = pd.concat([part.frame for part in enrolled], ignore_index=True) if enrolled else None
    systems = no_systems() if told is None else find_systems(told, known)
    entities = pd.DataFrame(sorted(systems.of_entity.items()), columns=["pac_id", "system_id"], dtype="str")
    entities["system_name"] = entities["system_id"].map(dict(systems.name)).fillna("").astype("str")
    run.store.write("hospital_systems", systems.hospitals)
    run.store.write("system_entities", entities)
    why = "owners of half or more, managers, chain offices; investors make no system" if owners else "not read"
    rows = sum(part.rows_in for part in owners)
    return [
        FlowRow(
            "hospital owners", rows, sum(len(part.frame) for part in owners), "organisations; persons are not read"
        ),
        FlowRow("hospital systems", len(systems.hospitals), systems.hospitals["system_id"].nunique(), why),
    ]


STAGE = Stage(
    "systems", "owners of hospitals", Scope.SERVICE, _inputs, _parameters, _outputs, _work, followed_by=months.STAGE
)
